"""Which documents are worth comparing: pairs that share shingles, found by sorting, bounded for each document.

Documents stand in the order of `pipelines.duplicates.documents.order`: the earliest first. The *posting* of a shingle
is the documents that have it, in that order. A later document meets an earlier one in a posting when the later is
among its first `WIDE` documents or the earlier among its first `NARROW`; a pair is a candidate when it meets in at
least `LEAST_SHARED` postings. So a document of a flood of notices is compared with a few of the earliest only, and
each copy of a story that a thousand cities print still meets the original. What a pair is depends on its postings
alone: never on how documents came, nor on how shingles are spread over bands.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from pipelines.duplicates.signatures import Signature

WIDE = 32
"""All documents of a posting meet up to here."""
NARROW = 4
"""So many of the earliest documents of a longer posting meet all others."""
LEAST_SHARED = 2
"""Meetings that make a candidate."""
ENTRIES_AT_ONCE = 250_000
"""Entries of postings that are sorted at once; more are cut into bands."""
MOST_BANDS = 16
"""Bands of one call: each reads all entries."""

PAIRS_AT_ONCE = 500_000
"""Pairs whose meetings in all bands are added up at once."""

Hashes = npt.NDArray[np.int64]
Documents = npt.NDArray[np.uint32]

_LOW = np.uint64(0xFFFFFFFF)
_LAST = (1 << 64) - 1


@dataclass(frozen=True, eq=False)
class Meetings:
    """Pairs that met in the postings of one band, each pair once."""

    pairs: npt.NDArray[np.uint64]
    """The earlier document's number in the upper 32 bits, the later one's in the lower; ascending."""
    counts: npt.NDArray[np.uint16]
    """In how many postings each met."""


def candidate_pairs(signatures: Sequence[Signature], *, bands: int | None = None) -> npt.NDArray[np.int64]:
    """Return the candidates among documents as an array of shape (pairs, 2) of indexes, the earlier one first.

    `signatures` must stand in the order of their documents (`order`). `bands` says into how many ranges of shingles the
    work is cut (for memory's sake; None: by its size); the result is the same for any.
    """
    hashes, documents = _entries(signatures)
    bands = bands or min(MOST_BANDS, 1 + len(hashes) // ENTRIES_AT_ONCE)
    if bands == 1:
        return candidates_of([_meetings(hashes, documents)])
    of = _band_of(hashes, bands)
    return candidates_of(_meetings(hashes[of == band], documents[of == band]) for band in range(bands))


def candidates_of(parts: Iterable[Meetings]) -> npt.NDArray[np.int64]:
    """Return the candidates from the meetings of all bands, in any order: shape (pairs, 2), ascending."""
    found = list(parts)
    # Parts are ascending, so a range of pairs is a slice of each. Every hundredth pair tells where they lie.
    sample = np.sort(np.concatenate([part.pairs[::100] for part in found] or [np.zeros(0, np.uint64)]))
    edges = [np.uint64(0), *sample[PAIRS_AT_ONCE // 100 :: PAIRS_AT_ONCE // 100], np.uint64(_LAST)]
    chosen = [_met_enough(found, start, stop) for start, stop in pairwise(edges)]
    pairs = np.concatenate(chosen)
    return np.stack([(pairs >> np.uint64(32)).astype(np.int64), (pairs & _LOW).astype(np.int64)], axis=1)


def _met_enough(parts: Sequence[Meetings], start: np.uint64, stop: np.uint64) -> npt.NDArray[np.uint64]:
    """Return the pairs from `start` to before `stop` that met in `LEAST_SHARED` postings."""
    slices = [(part, *np.searchsorted(part.pairs, np.array([start, stop])).tolist()) for part in parts]
    pairs, counts = _added(
        np.concatenate([part.pairs[first:last] for part, first, last in slices] or [np.zeros(0, np.uint64)]),
        np.concatenate([part.counts[first:last] for part, first, last in slices] or [np.zeros(0, np.uint16)]),
    )
    return pairs[counts >= LEAST_SHARED]


def meetings(signatures: Sequence[Signature], band: int = 0, bands: int = 1) -> Meetings:
    """Return what meets in the postings of one band out of `bands`; `signatures` stand in the order of documents."""
    hashes, documents = _entries(signatures)
    chosen = _band_of(hashes, bands) == band
    return _meetings(hashes[chosen], documents[chosen])


def meetings_of(hashes: Hashes, documents: Documents) -> Meetings:
    """Return what meets among entries: shingles and, for each, the number of a document that has it, ascending.

    Takes about 50 bytes a pair that meets: give it a range of shingles at a time.
    """
    return _meetings(hashes, documents)


def _entries(signatures: Sequence[Signature]) -> tuple[Hashes, Documents]:
    """Return (shingle, document) of all entries, by document."""
    sizes = np.fromiter((len(one.hashes) for one in signatures), np.int64, len(signatures))
    hashes = np.concatenate([one.hashes for one in signatures]) if signatures else np.zeros(0, np.int64)
    return hashes, np.repeat(np.arange(len(signatures), dtype=np.uint32), sizes)


def _band_of(hashes: Hashes, bands: int) -> npt.NDArray[np.uint16]:
    """Return the band of each shingle. Kept shingles lie low, so bands are ranges of their lower bits."""
    return ((hashes & ((1 << 20) - 1)) * bands >> 20).astype(np.uint16)


def _meetings(hashes: Hashes, documents: Documents) -> Meetings:
    if not len(hashes):
        return Meetings(np.zeros(0, np.uint64), np.zeros(0, np.uint16))
    by_hash = np.argsort(hashes, kind="stable")
    hashes, documents = hashes[by_hash], documents[by_hash]
    firsts = np.flatnonzero(np.concatenate(([True], hashes[1:] != hashes[:-1])))
    sizes = np.diff(np.append(firsts, len(hashes)))
    shared = np.repeat(sizes > 1, sizes)
    documents, sizes = documents[shared], sizes[sizes > 1]
    places = np.arange(len(documents)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    partners = np.where(places < WIDE, places, NARROW)
    # The earlier ones of each entry: from where its posting begins.
    earlier = np.arange(int(partners.sum())) - np.repeat(np.cumsum(partners) - partners, partners)
    earlier += np.repeat(np.arange(len(documents)) - places, partners)
    packed = documents[earlier].astype(np.uint64) << np.uint64(32)
    del earlier
    packed |= np.repeat(documents, partners)
    packed.sort()
    firsts = np.flatnonzero(np.concatenate((np.ones(min(1, len(packed)), np.bool_), packed[1:] != packed[:-1])))
    return Meetings(packed[firsts], np.diff(np.append(firsts, len(packed))).astype(np.uint16))


def _added(
    pairs: npt.NDArray[np.uint64], counts: npt.NDArray[np.uint16]
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint16]]:
    """Return each pair once, ascending, and the sum of its counts. Fast where `pairs` are a few ascending runs."""
    order = np.argsort(pairs, kind="stable")
    pairs, counts = pairs[order], counts[order]
    if not len(pairs):
        return pairs, counts
    firsts = np.flatnonzero(np.concatenate(([True], pairs[1:] != pairs[:-1])))
    return pairs[firsts], np.add.reduceat(counts, firsts)
