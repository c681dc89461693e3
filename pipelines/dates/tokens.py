"""From folded text to tokens: a signature of one class character a token, with values and places. See `lexicon.py`.

A text is cut into pieces by one regular expression, and every piece is looked up by its own words alone, so that the
work on a token is
a dictionary's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property, lru_cache
from itertools import accumulate
from typing import Any

from .lexicon import WORDS
from .named_days import NamedDays
from .numeric import (
    CHUNK,
    CLOCK,
    GLUED,
    INSTANT,
    MAX_PIECE,
    ROMAN,
    SEVERAL,
    SPACED,
    Entry,
    integer,
    number,
    offset_minutes,
)

PUNCTUATION = {
    ".": "!", ",": ",", "-": "-", "/": "/", "(": "⟨", ")": "⟩", "[": "⟨", "]": "⟩", ":": ":", ";": ";", '"': '"',
    "№": "#",
    "|": "¦", "•": "¦", "·": "¦", "@": "¦", "∙": "¦", "→": "¦", "&": "&", "…": "!",
    "%": "¤", "₽": "¤", "$": "¤", "€": "¤", "°": "¤", "£": "¤", "§": "#", "‰": "¤",
}  # fmt: skip
_ZONE_NAME = r"(?:мск|msk|utc|gmt)"
_GROUP = r"[ст]\.\s?г\.(?!\s?[а-я]\.)|г\.\s?р\b\.?"
_ZONE = rf"{_ZONE_NAME}(?:\s?[+-]\s?\d{{1,2}}(?::?\d\d)?)?(?!\w)"
# Every branch begins with a class of its own or is bounded, so a place is tried in constant time; a run of one sign
# is one piece.
# The first two branches are short cuts for most of a text; they leave мск to the zones.
_SOLID = (
    r"(?!мск)[а-я]{3}[^\W\d_]*|[0-9]+(?=[,)]?(?:\s[а-я]|$))"
    rf"|(?=\d)(?:{INSTANT}|{GLUED}|{CLOCK}|{ROMAN}|{SPACED}|{CHUNK})|{_GROUP}|{_ZONE}|[^\W\d_]+|\.{{3,}}|-{{3,}}"
)
# A dash that begins a line is a list's mark.
PIECE = re.compile(rf"\s+(?:(?<=\n)-(?=\s))?|{_SOLID}|.", re.DOTALL)
SOLID_PIECE = re.compile(rf"{_SOLID}|\S")


@lru_cache(maxsize=16384)
def _unknown(piece: str) -> Entry:
    """A piece that is no word of the lexicon."""
    first = piece[0]
    if first.isdigit():
        return number(piece) if first.isascii() else ("i", None)
    if first.isspace():
        return ("¶", None) if piece.count("\n") > 1 or piece.endswith("-") else (" ", None)
    if re.fullmatch(_ZONE, piece):
        offset = re.sub(r"\s", "", piece)[3:]
        return "Y", ("мск" if piece[0] in "мm" else "utc", offset_minutes(offset) if offset else 0)
    if re.fullmatch(_GROUP, piece):
        return ("g", None) if first == "г" else ("t", None)
    return ("_", None) if first.isalpha() else ("*", None)


class _Pieces(dict[str, Entry]):
    """The lexicon, punctuation and small numbers; other pieces are classified, and short ones kept up to a bound."""

    def __missing__(self, piece: str) -> Entry:
        if len(piece) > MAX_PIECE:
            return _long(piece)
        entry = _unknown(piece)
        if len(self) < _MOST_PIECES:
            self[piece] = entry
        return entry


_MOST_PIECES = 60_000
"""About 8 MB: the words of a city's news."""


def _long(piece: str) -> Entry:
    if piece.isspace():
        return ("¶", None) if piece.count("\n") > 1 else (" ", None)
    return "i", None


_PIECES = _Pieces(WORDS)
_PIECES |= {sign: (cls, None) for sign, cls in PUNCTUATION.items()}
_PIECES |= {text: integer(text) for n in range(10000) for text in (str(n), f"{n:02}")}
_PIECES |= {" ": (" ", None), "\n": (" ", None)}


class Tokens:
    """The tokens of a folded text: `sig`, the signature, and `vals`, their values; `place(i)` is where one stands."""

    __slots__ = ("__dict__", "_full", "_lengths", "sig", "vals")

    def __init__(self, full: str, entries: list[Entry], lengths: list[int]) -> None:
        self._full = full
        self._lengths = lengths
        self.sig = full.replace(" ", "")
        self.vals = [entry[1] for entry in entries if entry[0] != " "]

    @cached_property
    def _stops(self) -> list[int]:
        return list(accumulate(self._lengths))

    @cached_property
    def _pieces(self) -> list[int]:
        return [i for i, cls in enumerate(self._full) if cls != " "]

    def place(self, index: int) -> tuple[int, int]:
        """Start and stop of a token in the folded text."""
        piece = self._pieces[index]
        stop = self._stops[piece]
        return stop - self._lengths[piece], stop


def tokenize(text: str, named: NamedDays) -> Tokens:
    """The tokens of the folded `text`. Linear in its length."""
    pieces = PIECE.findall(text)
    entries = [_PIECES[piece] for piece in pieces]
    lengths = list(map(len, pieces))
    if not named.heads.isdisjoint(pieces):
        entries, lengths = _join_names(pieces, entries, lengths, named)
    return Tokens(*_finished(entries, lengths))


def shape_of(text: str, named: NamedDays) -> tuple[str, Sequence[Any]]:
    """Signature and values of a short text, places and blank lines left out."""
    pieces = SOLID_PIECE.findall(text)
    entries = [_PIECES[piece] for piece in pieces]
    if not named.heads.isdisjoint(pieces):
        entries, _ = _join_names(pieces, entries, [1] * len(entries), named)
    sig = "".join([entry[0] for entry in entries])
    if SEVERAL in sig or "N" in sig:
        sig, entries, _ = _finished(entries, [1] * len(entries))
    return sig, [entry[1] for entry in entries]


def _join_names(
    pieces: list[str], entries: list[Entry], lengths: list[int], named: NamedDays
) -> tuple[list[Entry], list[int]]:
    """День Победы is one token."""
    heads = named.heads
    out: list[Entry] = []
    sizes: list[int] = []
    at = 0
    for i in [i for i, piece in enumerate(pieces) if piece in heads]:
        found = named.longest(pieces, i) if i >= at else None
        if found is not None:
            stop, day = found
            out += [*entries[at:i], ("ν", day)]
            sizes += [*lengths[at:i], sum(lengths[i:stop])]
            at = stop
    return out + entries[at:], sizes + lengths[at:]


def _finished(entries: list[Entry], lengths: list[int]) -> tuple[str, list[Entry], list[int]]:
    full = "".join([entry[0] for entry in entries])
    if SEVERAL in full:
        full, entries, lengths = _expand(entries, lengths)
    if "N" in full:
        full, entries, lengths = _sum_numerals(full, entries, lengths)
    return full, entries, lengths


def _expand(entries: list[Entry], lengths: list[int]) -> tuple[str, list[Entry], list[int]]:
    """10-15 is three tokens."""
    out: list[Entry] = []
    sizes: list[int] = []
    for entry, length in zip(entries, lengths, strict=True):
        if entry[0] == SEVERAL:
            out += [(token.cls, token.value) for token in entry[1]]
            sizes += [token.stop - token.start for token in entry[1]]
        else:
            out.append(entry)
            sizes.append(length)
    return "".join([entry[0] for entry in out]), out, sizes


_NUMERALS = re.compile(r"N(?: ?N)*(?: ?[oqz])?")


def _sum_numerals(full: str, entries: list[Entry], lengths: list[int]) -> tuple[str, list[Entry], list[int]]:
    """Numerals in several words become one token: двадцать четвёртое, две тысячи восемнадцатый, сорок пять."""
    out: list[Entry] = []
    sizes: list[int] = []
    at = 0
    for match in _NUMERALS.finditer(full):
        i, j = match.span()
        if j - i < 2:
            continue
        values = [value for cls, value in entries[i:j] if cls != " "]
        total: float = 0
        for value in values:
            total = max(total, 1) * 1000 if value == 1000 and total < 1000 else total + value
        cls = match[0][-1]
        if cls == "z" or total > 2999 or 1.5 in values:
            continue
        if cls != "N" and total >= 32:
            cls = "O" if total >= 1000 else "Ю" if cls == "o" and total < 100 else "i"
        out += [*entries[at:i], (cls, total)]
        sizes += [*lengths[at:i], sum(lengths[i:j])]
        at = j
    out += entries[at:]
    sizes += lengths[at:]
    return "".join([entry[0] for entry in out]), out, sizes
