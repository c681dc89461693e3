"""Verdicts on pairs of articles, remembered while a process lives: they depend on the two texts alone."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from newscrawl.store.signatures import digest_of, slices, texts
from pipelines.duplicates import Document, Verdict, compare_many

if TYPE_CHECKING:
    from newscrawl.store.store import Store

_REMEMBERED = 100_000
"""Verdicts of a process, about 25 MB."""
_AT_ONCE = 500
"""Pairs whose texts are in memory at once."""
_GONE = Verdict(False, "unrelated", 0.0, 0.0, None)


class Party(NamedTuple):
    """An article that is compared."""

    url: str
    rank: int
    text: int
    """Digest of its text, as its signature has it."""


Pair = tuple[Party, Party]


class Verdicts:
    """Verdicts by pair. Used by whoever holds the turn at grouping, so by one thread at a time."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, int, int, int], Verdict] = {}

    def among(self, store: Store, pairs: Sequence[Pair]) -> dict[tuple[int, int], Verdict]:
        """Return the verdict on each pair by both ranks, in the order of the pair; without figures."""
        found = {(one.rank, other.rank): self._known.get(_key(one, other)) for one, other in pairs}
        told = {pair: verdict for pair, verdict in found.items() if verdict is not None}
        for part in slices([pair for pair in pairs if found[pair[0].rank, pair[1].rank] is None], _AT_ONCE):
            told |= self._compare(store, part)
        return told

    def _compare(self, store: Store, pairs: Sequence[Pair]) -> dict[tuple[int, int], Verdict]:
        parties = {party.url: party for pair in pairs for party in pair}
        found = texts(store, parties.keys())
        documents = [Document(url, *text) for url, text in found.items()]
        places = {document.id: index for index, document in enumerate(documents)}
        as_signed = {url for url, text in found.items() if digest_of(*text) == parties[url].text}
        there = [(one, other) for one, other in pairs if one.url in places and other.url in places]
        verdicts = compare_many(documents, [(places[one.url], places[other.url]) for one, other in there])
        told = {(one.rank, other.rank): _GONE for one, other in pairs}
        for (one, other), verdict in zip(there, verdicts, strict=True):
            told[one.rank, other.rank] = brief = verdict.without_figures()
            if {one.url, other.url} <= as_signed:  # else its new text is about to be signed
                self._remember(_key(one, other), brief)
        return told

    def _remember(self, key: tuple[int, int, int, int], verdict: Verdict) -> None:
        if len(self._known) >= _REMEMBERED:
            for old in list(islice(self._known, _REMEMBERED // 2)):
                del self._known[old]
        self._known[key] = verdict


def _key(one: Party, other: Party) -> tuple[int, int, int, int]:
    first, second = sorted((one[1:], other[1:]))
    return (*first, *second)
