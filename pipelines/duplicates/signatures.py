"""Signatures: a few numbers of a text by which its near-duplicates are found in an index.

A shingle is three words in a row, as a number of 53 bits. A text is known by those of its shingles that lie below a
threshold: the third part of those at its top (what a brief keeps), the eighth part of the rest, a larger part of a
short text, a smaller one of a long one. Thresholds nest, so a short cut of a long text has numbers in common with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipelines.duplicates.words import Hashes, Words, mixed, words_of

SCHEME = "s1"
"""Version of the signatures: those of different schemes are never compared. Any change of their bytes changes it."""

BITS = 53
"""Bits of a shingle's number: a signed integer of MongoDB, and exact in JSON and in a double."""
SHINGLE = 3
"""Words of a shingle."""
SHARE = 8
"""One shingle in so many is kept of a text of middle length."""
TOP = 48
"""Shingles at the top of a text, where more are kept."""
TOP_SHARE = 3
"""One in so many of them is kept."""
FEWEST = 16
"""About so many are kept of a short text, as far as it has them."""
MOST = 96
"""About so many are kept of a long text; never more than `LIMIT`."""
LIMIT = 128

_FACTORS = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F), np.uint64(0x165667B19E3779F9))


@dataclass(frozen=True, slots=True, eq=False)
class Signature:
    """What the index keeps of a text."""

    hashes: npt.NDArray[np.int64]
    """The kept shingles: ascending, all different, at most `LIMIT`; empty for a text without a word."""
    words: int
    """How many words the text has."""


def signatures(texts: Sequence[str]) -> list[Signature]:
    """Return the signature of each text, in their order; any string will do. A text's own depends on it alone."""
    result: list[Signature] = []
    for _, words in words_of(texts):
        result += _signatures(words)
    return result


def _signatures(words: Words) -> list[Signature]:
    counts = np.diff(words.bounds)
    shingles, owners = _shingles(words, counts)
    numbers = np.maximum(counts - SHINGLE + 1, 1)
    share = np.minimum(np.maximum(1 / SHARE, FEWEST / numbers), MOST / numbers)
    thresholds = (np.minimum(share, 1.0) * (1 << BITS)).astype(np.uint64)
    limits = thresholds[owners]
    at_top = np.arange(len(owners)) - np.searchsorted(owners, np.arange(len(counts)))[owners] < TOP
    limits[at_top] = np.maximum(limits[at_top], np.uint64((1 << BITS) // TOP_SHARE))
    kept = shingles < limits
    # A batch has at most 2^10 texts, so both numbers fit into one, and a sort is one of plain integers.
    packed = np.sort((owners[kept].astype(np.uint64) << np.uint64(BITS)) | shingles[kept])
    if len(packed):
        packed = packed[np.concatenate(([True], packed[1:] != packed[:-1]))]
    chosen = (packed & np.uint64((1 << BITS) - 1)).astype(np.int64)
    ends = np.searchsorted(packed, np.arange(len(counts) + 1, dtype=np.uint64) << np.uint64(BITS)).tolist()
    return [
        Signature(chosen[start : min(stop, start + LIMIT)].copy(), number)
        for start, stop, number in zip(ends, ends[1:], counts.tolist(), strict=False)
    ]


def _shingles(words: Words, counts: npt.NDArray[np.int64]) -> tuple[Hashes, npt.NDArray[np.int64]]:
    """Return (shingles of all texts, the text each is of). A text of few words has two of all its words besides."""
    owners = np.repeat(np.arange(len(counts)), counts)
    hashes = words.hashes
    if len(hashes) >= SHINGLE:
        sums = sum(hashes[i : len(hashes) - SHINGLE + 1 + i] * _FACTORS[i] for i in range(SHINGLE))
        inside = owners[SHINGLE - 1 :] == owners[: len(owners) - SHINGLE + 1]
        shingles, of = mixed(np.asarray(sums, np.uint64))[inside], owners[: len(inside)][inside]
    else:
        shingles, of = np.zeros(0, np.uint64), owners[:0]
    few = np.flatnonzero((counts > 0) & (counts <= SHINGLE))
    if len(few):
        whole = [sum(hashes[words.bounds[i] : words.bounds[i + 1]].tolist()) & ((1 << 64) - 1) for i in few.tolist()]
        values = np.array(whole, np.uint64)
        extra = np.concatenate([mixed(values + factor) for factor in _FACTORS[:2]])
        shingles, of = np.concatenate([shingles, extra]), np.concatenate([of, few, few])
        by_text = np.argsort(of, kind="stable")
        shingles, of = shingles[by_text], of[by_text]
    return shingles >> np.uint64(64 - BITS), of
