"""Which places of an article are one: unknown settlements by their best-supported nominative, streets by their name."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from pipelines.entities.drafts import Draft

ALLOWED = 0.3
"""What a mention that only could have a nominative counts, beside 1 for one that was given it."""


def key(text: str) -> str:
    """Small letters, ё as е."""
    return text.lower().replace("ё", "е")


def agree_on_nominatives(drafts: Sequence[Draft]) -> None:
    """Change a settlement's nominative to another that its form allows and that more of the article supports.

    «Светлореченска» beside two of «Светлореченск» is one of them. Whatever has a code stays.
    """
    towns = [draft for draft in drafts if draft.candidates]
    if len({key(draft.normal) for draft in towns}) < 2:
        return
    allowed: dict[int, frozenset[str]] = {}
    own: Counter[str] = Counter()
    support: defaultdict[str, float] = defaultdict(float)
    spelling: dict[str, str] = {}
    for index, draft in enumerate(towns):
        mine = key(draft.normal)
        allowed[index] = frozenset(map(key, draft.candidates))
        own[mine] += 1
        spelling.setdefault(mine, draft.normal)
        for name in allowed[index] - {mine}:
            support[name] += ALLOWED
    for index, draft in enumerate(towns):
        mine = key(draft.normal)
        best = max((n for n in allowed[index] if n in own), key=lambda n: (own[n] + support[n], n), default=mine)
        if own[best] + support[best] > own[mine] + support[mine]:
            draft.normal = spelling[best]


def join_streets(drafts: Sequence[Draft]) -> None:
    """«На Молодёжной» is the «Молодёжная улица» that the article names too."""
    by_name: dict[str, set[int]] = defaultdict(set)
    for index, draft in enumerate(drafts):
        if draft.street:
            by_name[key(draft.street)].add(index)
    for draft in drafts:
        owners = [drafts[index] for index in sorted(by_name.get(key(draft.normal), ()))]
        if not draft.street and len({owner.id for owner in owners}) == 1:
            draft.id, draft.normal = owners[0].id, owners[0].normal
