"""Which bodies of an article are one: quoted names, short names after full ones, abbreviations."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipelines.entities.drafts import Draft
from pipelines.entities.quotes import folded

_QUOTED = re.compile(r"«([^«»]+)»*$")
_WORD = re.compile(r"\w+")
SMALL = frozenset("и в по на при о об за от к с для им имени".split())
"""Words that leave no letter in an abbreviation."""


def link_bodies(drafts: Sequence[Draft]) -> None:
    """Give mentions of one body one id."""
    named = [draft for draft in drafts if not draft.bare]
    _link_quoted(named)
    _link_shorter(named)
    _link_abbreviations(named)
    _link_bare(drafts)


def _link_shorter(drafts: Sequence[Draft]) -> None:
    """«Речной комитет» is the one «Речной комитет России» of the article: the same words, then more."""
    full = {folded(draft.normal): draft for draft in sorted(drafts, key=lambda d: len(d.normal))}
    owners: dict[str, str] = {}
    for short in full:
        longer = {d.id for name, d in full.items() if name.startswith(short + " ") and not d.in_quotes}
        if len(longer) == 1 and not full[short].in_quotes:
            owners[full[short].id] = longer.pop()
    for draft in drafts:
        draft.id = owners.get(draft.id, draft.id)


def _link_abbreviations(drafts: Sequence[Draft]) -> None:
    """«СОР» is the «Союз охраны рек» of the article, if that is the only name with these initials."""
    initials: dict[str, set[str]] = {}
    for draft in drafts:
        words = [word for word in _WORD.findall(draft.normal) if word.lower() not in SMALL]
        if len(words) > 2:
            initials.setdefault("".join(word[0].upper() for word in words), set()).add(draft.id)
    for draft in drafts:
        if draft.text.isupper() and len(draft.text) > 2:
            owners = initials.get(draft.text, set())
            if len(owners) == 1:
                draft.id = next(iter(owners))


def _link_quoted(drafts: Sequence[Draft]) -> None:
    """Bodies with one quoted name are one, if the words beside it do not contradict; the longest gives the id."""
    groups: dict[str, list[Draft]] = {}
    for draft in drafts:
        groups.setdefault(_quoted_name(draft), []).append(draft)
    for name, members in groups.items():
        if not name:
            continue
        owners: list[Draft] = []
        for draft in sorted(members, key=lambda d: (-len(folded(d.normal)), d.start)):
            fits = [o for o in owners if _describes(draft, name) <= _describes(o, name)]
            if len({o.id for o in fits}) == 1:
                draft.id = fits[0].id
            elif not fits:
                owners.append(draft)


def _link_bare(drafts: Sequence[Draft]) -> None:
    """«Союз» is the last longer name with that head before it, or the first after it."""
    for draft in drafts:
        if draft.bare:
            longer = [d for d in drafts if d.head == draft.head and not d.bare and " " in d.text]
            before = [d for d in longer if d.start < draft.start]
            owner = before[-1] if before else longer[0] if longer else draft
            draft.id = owner.id


def _quoted_name(draft: Draft) -> str:
    """The innermost quoted name, folded; that of a name which stands in quotation marks is the name itself."""
    match = _QUOTED.search(draft.normal)
    if match:
        return folded(match[1])
    return folded(draft.normal)


def _describes(draft: Draft, name: str) -> frozenset[str]:
    """The words beside the quoted name."""
    return frozenset(folded(draft.normal).split()) - frozenset(name.split())
