"""A name in an oblique case beside the same name in the nominative: «Марадоне» is Марадона where an article has him."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from pipelines.entities.drafts import Draft
from pipelines.entities.morphology import shaped
from pipelines.entities.persons import Name

Words = tuple[str, ...]
Written = defaultdict[str, set[Words]]
"""Names as the article writes them, by their last word."""


OF_BOTH = ("ова", "ева", "ина", "ына")
"""A surname alone with one of these ends settles nothing: «Белова» may be of Белов."""


def agree_on_names(drafts: Sequence[Draft]) -> None:
    """Give a name whose nominative the article nowhere has another that its form allows and that the article has.

    A name is compared with names of as many words; a surname alone stands for the last word of any. What is written
    as its own nominative counts, without doubt before with doubt.
    """
    sure: Written = defaultdict(set)
    unsure: Written = defaultdict(set)
    for draft in drafts:
        words = _key(draft.text)
        if draft.name is None or not draft.name.options or words != _key(draft.normal):
            continue
        if len(words) > 1 or not words[0].endswith(OF_BOTH):
            (unsure if draft.uncertain else sure)[words[-1]].add(words)
    for draft in drafts:
        name, last = draft.name, _key(draft.normal)[-1]
        if name is None or not name.options or last in sure:
            continue
        found = _agreed(name, sure)
        if not found and last not in unsure:
            found = _agreed(name, unsure)
        if len(found) == 1:
            _rename(draft, name, found.pop())


def _agreed(name: Name, written: Written) -> set[Words]:
    """What the words of a name may be by these names."""
    mine = _key(name.normal)
    result = set()
    for words in (words for last in name.options[-1] for words in written.get(last, ())):
        if len(words) == len(name.options) and all(w in o for w, o in zip(words, name.options, strict=True)):
            result.add(words)
        elif len(words) == 1 or len(mine) == 1:
            result.add((*mine[:-1], words[-1]))
    return result


def _rename(draft: Draft, name: Name, words: Words) -> None:
    texts = draft.text.split()
    if len(texts) != len(words):
        return
    old = draft.normal.split()
    new = [shaped(w, o) if w != o.lower().replace("ё", "е") else o for w, o in zip(words, old, strict=True)]
    draft.name = name.renamed(new)
    draft.normal, draft.uncertain = draft.name.normal, None


def _key(text: str) -> Words:
    return tuple(text.lower().replace("ё", "е").split())
