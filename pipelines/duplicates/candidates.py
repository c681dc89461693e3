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

import numpy as np
import numpy.typing as npt

from pipelines.duplicates.signatures import Signature

WIDE = 64
"""All documents of a posting meet up to here."""
NARROW = 4
"""So many of the earliest documents of a longer posting meet all others."""
LEAST_SHARED = 2
"""Meetings that make a candidate."""
ENTRIES_AT_ONCE = 4_000_000
"""Entries of postings that are sorted at once; more are cut into bands."""

_LOW = np.uint64(0xFFFFFFFF)


@dataclass(frozen=True, eq=False)
class Meetings:
    """Pairs that met in the postings of one band, each pair once."""

    pairs: npt.NDArray[np.uint64]
    """The earlier document's number in the upper 32 bits, the later one's in the lower; ascending."""
    counts: npt.NDArray[np.int64]
    """In how many postings each met."""


def candidate_pairs(signatures: Sequence[Signature], *, bands: int | None = None) -> npt.NDArray[np.int64]:
    """Return the candidates among documents as an array of shape (pairs, 2) of indexes, the earlier one first.

    `signatures` must stand in the order of their documents (`order`). `bands` says into how many ranges of shingles the
    work is cut (for memory's sake; None: by its size); the result is the same for any.
    """
    entries = sum(len(signature.hashes) for signature in signatures)
    bands = bands or 1 + entries // ENTRIES_AT_ONCE
    return candidates_of(meetings(signatures, band, bands) for band in range(bands))


def candidates_of(parts: Iterable[Meetings]) -> npt.NDArray[np.int64]:
    """Return the candidates from the meetings of all bands, in any order: shape (pairs, 2), ascending."""
    found: list[Meetings] = list(parts)
    if not found:
        return np.zeros((0, 2), np.int64)
    pairs, counts = _added(
        np.concatenate([part.pairs for part in found]), np.concatenate([part.counts for part in found])
    )
    pairs = pairs[counts >= LEAST_SHARED]
    return np.stack([(pairs >> np.uint64(32)).astype(np.int64), (pairs & _LOW).astype(np.int64)], axis=1)


def meetings(signatures: Sequence[Signature], band: int = 0, bands: int = 1) -> Meetings:
    """Return what meets in the postings of one band out of `bands`; `signatures` stand in the order of documents."""
    hashes, documents = _entries(signatures, band, bands)
    by_hash = np.argsort(hashes, kind="stable")
    hashes, documents = hashes[by_hash], documents[by_hash]
    if not len(hashes):
        return Meetings(np.zeros(0, np.uint64), np.zeros(0, np.int64))
    firsts = np.flatnonzero(np.concatenate(([True], hashes[1:] != hashes[:-1])))
    sizes = np.diff(np.append(firsts, len(hashes)))
    places = np.arange(len(hashes)) - np.repeat(firsts, sizes)
    partners = np.where(places < WIDE, places, NARROW)
    total = int(partners.sum())
    later = np.repeat(np.arange(len(hashes)), partners)
    steps = np.arange(total) - np.repeat(np.cumsum(partners) - partners, partners)
    earlier = (later - places[later]) + steps
    packed = (documents[earlier].astype(np.uint64) << np.uint64(32)) | documents[later].astype(np.uint64)
    return Meetings(*_added(packed, np.ones(total, np.int64)))


def _entries(
    signatures: Sequence[Signature], band: int, bands: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return (shingle, document) of all entries of a band, by document."""
    if not signatures:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    hashes = np.concatenate([signature.hashes for signature in signatures])
    documents = np.repeat(
        np.arange(len(signatures)), np.fromiter((len(one.hashes) for one in signatures), np.int64, len(signatures))
    )
    if bands > 1:
        # Kept shingles lie low, so the ranges are of their lower bits.
        chosen = (hashes & ((1 << 20) - 1)) * bands >> 20 == band
        hashes, documents = hashes[chosen], documents[chosen]
    return hashes, documents


def _added(
    pairs: npt.NDArray[np.uint64], counts: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64]]:
    """Return each pair once, ascending, and the sum of its counts."""
    order = np.argsort(pairs, kind="stable")
    pairs, counts = pairs[order], counts[order]
    if not len(pairs):
        return pairs, counts
    firsts = np.flatnonzero(np.concatenate(([True], pairs[1:] != pairs[:-1])))
    return pairs[firsts], np.add.reduceat(counts, firsts)
