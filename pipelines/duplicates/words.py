"""Words of many texts at once, as numbers: cut, folded and hashed with numpy, character by character.

A word is a run of letters and digits. Folding is NFKC, case, ё as е, and letters that look alike as one («c» of either
script), so OCR and typography count for little; digits stay. Soft hyphens, zero-width characters and accents inside
words are left out. What a word becomes depends on the word alone, never on the batch it came in.
"""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.uint32]
Hashes = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]

_SEPARATOR, _INSIDE, _LEFT_OUT, _EXPANDS = range(4)
"""What a character is for a word; one that expands needs NFKC of its whole text first."""
_LAST = 0xFFFF
"""Code points beyond the first plane all go here: letters of them are of no language that we read."""
_ALIKE = str.maketrans("abcehkmoptxyёіјѕοαερν", "авсенкмортхуеijsоаерv")
_NOT_EXPANDED = str.maketrans("№™℠", "   ")
_BASE = 0x9E3779B97F4A7C15
_MASK = (1 << 64) - 1
_BATCH_CHARACTERS = 100_000
BATCH_TEXTS = 1024
"""Most texts of one batch."""


@dataclass(frozen=True, eq=False)
class Words:
    """Words of a batch of texts; text `i` has the words `bounds[i]` to `bounds[i + 1]`."""

    points: Codes
    """The code points of all texts without those that are left out; beyond the first plane they are one."""
    starts: Places
    ends: Places
    """Where each word stands in `points`; ends are exclusive."""
    hashes: Hashes
    bounds: Places

    def folded(self, first: int, last: int) -> list[str]:
        """Return the words `first` to before `last`, folded."""
        if first == last:
            return []
        codes = _table().folded[self.points[self.starts[first] : self.ends[last - 1]]]
        return codes.astype("<u4").tobytes().decode("utf-32-le", "replace").split()

    def raw(self, first: int, last: int) -> str:
        """Return the text from the word `first` to before the word `last`, as it stands but for what is left out."""
        points = self.points[self.starts[first] : self.ends[last - 1]] if first < last else self.points[:0]
        return points.astype("<u4").tobytes().decode("utf-32-le", "replace")

    def capitals(self, first: int, last: int) -> npt.NDArray[np.bool_]:
        """Tell for the words `first` to before `last` whether they begin with a capital."""
        return _table().capitals[self.points[self.starts[first:last]]]

    def breaks(self, first: int, last: int) -> npt.NDArray[np.bool_]:
        """Tell for those words whether one of `.!?…` or a line break stands before them; the first one's is True."""
        if first == last:
            return np.zeros(0, np.bool_)
        begin = self.starts[first]
        before = np.cumsum(_table().breaks[self.points[begin : self.ends[last - 1]]])
        broken: npt.NDArray[np.bool_] = np.diff(before[self.starts[first:last] - begin], prepend=-1) > 0
        return broken


def words_of(texts: Sequence[str]) -> Iterator[tuple[int, Words]]:
    """Give (index of its first text, Words) for each batch that `texts` are cut into."""
    first, characters = 0, 0
    for index, text in enumerate(texts):
        if index > first and (characters + len(text) > _BATCH_CHARACTERS or index - first >= BATCH_TEXTS):
            yield first, words_of_batch(texts[first:index])
            first, characters = index, 0
        characters += len(text)
    if first < len(texts):
        yield first, words_of_batch(texts[first:])


def words_of_batch(texts: Sequence[str]) -> Words:
    """Return the words of `texts`, all at once in memory: about 50 bytes a character."""
    parts = [html.unescape(text) if "&" in text else text for text in texts]
    table = _table()
    points, lengths = _code_points(parts)
    kinds = table.kinds[points]
    if kinds.max() == _EXPANDS:
        parts = _expanded(parts, kinds, lengths)
        points, lengths = _code_points(parts)
        kinds = table.kinds[points]
    offsets = np.zeros(len(parts) + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    if kinds.max() > _INSIDE:
        kept = kinds <= _INSIDE
        before = np.zeros(len(kinds) + 1, np.int64)
        np.cumsum(kept, out=before[1:])
        points, kinds, offsets = points[kept], kinds[kept], before[offsets]
    edges = np.flatnonzero(kinds[1:] != kinds[:-1]) + 1
    starts, ends = edges[::2], edges[1::2]
    return Words(points, starts, ends, _word_hashes(points, starts, ends), np.searchsorted(starts, offsets))


def mixed(values: Hashes) -> Hashes:
    """Return 64-bit values whose every bit depends on every bit of `values` (the finaliser of splitmix64)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _code_points(parts: Sequence[str]) -> tuple[Codes, Places]:
    """Return the code points of all parts, each ended by a line break, after one more; and their lengths with it."""
    joined = "\n" + "\n".join(parts) + "\n"
    points = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32)
    lengths = np.fromiter((len(part) + 1 for part in parts), np.int64, len(parts))
    return points if points.max() <= _LAST else np.minimum(points, _LAST), lengths


def _expanded(parts: Sequence[str], kinds: npt.NDArray[np.uint8], lengths: Places) -> list[str]:
    """Return `parts` with those in NFKC that hold a character which expands."""
    owners = np.searchsorted(np.cumsum(lengths), np.flatnonzero(kinds == _EXPANDS) - 1, side="right")
    result = list(parts)
    for index in np.unique(owners).tolist():
        result[index] = unicodedata.normalize("NFKC", parts[index].translate(_NOT_EXPANDED))
    return result


def _word_hashes(points: Codes, starts: Places, ends: Places) -> Hashes:
    """Return a polynomial hash of each word's folded code points, modulo 2^64, from sums over all characters.

    A separator stands before the first word, so there is a sum before each.
    """
    powers, inverses = _powers(1 << max(16, len(points).bit_length()))
    sums = _table().values[points]
    sums *= powers[: len(points)]
    np.cumsum(sums, out=sums)
    return mixed((sums[ends - 1] - sums[starts - 1]) * inverses[starts])


@cache
def _powers(size: int) -> tuple[Hashes, Hashes]:
    inverse = pow(_BASE, -1, 1 << 64)
    return _power_table(_BASE, size), _power_table(inverse, size)


def _power_table(base: int, size: int) -> Hashes:
    powers = np.full(size, base, np.uint64)
    powers[0] = 1
    return np.multiply.accumulate(powers)


@dataclass(frozen=True, eq=False)
class _Table:
    """What each code point of the first plane is."""

    kinds: npt.NDArray[np.uint8]
    folded: Codes
    values: Hashes
    """What the folded code point counts for in a hash."""
    capitals: npt.NDArray[np.bool_]
    breaks: npt.NDArray[np.bool_]


@cache
def _table() -> _Table:
    kinds = np.zeros(_LAST + 1, np.uint8)
    folded = np.full(_LAST + 1, ord(" "), np.uint32)
    capitals = np.zeros(_LAST + 1, np.bool_)
    breaks = np.zeros(_LAST + 1, np.bool_)
    for point in range(_LAST):
        kinds[point], folded[point] = _character(chr(point))
        capitals[point] = chr(point).isupper()
    breaks[[ord(sign) for sign in ".!?…\n"]] = True
    values = mixed(np.arange(1, _LAST + 2, dtype=np.uint64) * np.uint64(_BASE))
    values[kinds != _INSIDE] = 0
    return _Table(kinds, folded, values[folded], capitals, breaks)


def _character(character: str) -> tuple[int, int]:
    """Return (kind, folded code point) of a character."""
    category = unicodedata.category(character)
    if category == "Cf" or (category == "Mn" and character >= "\ufe00"):
        return _LEFT_OUT, ord(" ")
    if category in {"Mn", "Me"}:
        return _EXPANDS, ord(" ")
    whole = unicodedata.normalize("NFKC", character)
    if len(whole) > 1 and any(map(str.isalnum, whole)) and character not in "№™℠":
        return _EXPANDS, ord(" ")
    if len(whole) != 1 or not whole.isalnum():
        return _SEPARATOR, ord(" ")
    small = whole.casefold()
    small = (small if len(small) == 1 else whole.lower()[0]).translate(_ALIKE)
    return _INSIDE, min(ord(small), _LAST)
