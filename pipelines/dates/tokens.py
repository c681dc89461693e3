"""From folded text to tokens: a signature of one class character a token, with values and places. See `lexicon.py`.

A text is cut into pieces by one regular expression, and every piece is looked up by its own words alone, so that the
work on a token is
a dictionary's.
"""

from __future__ import annotations

import re
from functools import cached_property, lru_cache
from itertools import accumulate
from typing import Any, NamedTuple

from .lexicon import WORDS

PUNCTUATION = {
    ".": "!", ",": ",", "-": "-", "/": "/", "(": "⟨", ")": "⟩", "[": "⟨", "]": "⟩", ":": ":", ";": ";", '"': '"', "№": "#",
    "|": "¦", "•": "¦", "·": "¦", "@": "¦", "∙": "¦", "→": "¦", "&": "&", "…": "!",
}  # fmt: skip
_ZONE_NAME = r"(?:мск|msk|utc|gmt)"
_INSTANT = r"\d{4}-\d\d-\d\dt\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?\s?(?:z|[+-]\d\d(?::?\d\d)?)?(?!\w)"
_CLOCK = (
    r"\d{1,2}:\d\d(?::\d\d(?:[.,]\d{1,9})?(?:\s?(?:z|[+-]\d\d(?::?\d\d)?))?"
    r"|\s?(?:z|\+\d\d:?\d\d|-\d{4}))?(?![\w:])"
)
_ROMAN = r"\d{1,2}[./-]\s?[xivхі]{1,5}[./-]\s?(?:\d{4}|\d\d)(?!\d)"
_SPACED = r"\d{1,2}\s?(?:\.\s?\d{1,2}\s?\.\s?\d{4}|/\s?\d{1,2}\s?/\s?\d{4}|\.\s\d\d\.\d\d)(?![\d./])"
_CHUNK = r"\d+(?:[.:/-]\d+)*(?:-[а-яa-z]+|(?:го|ое|е|й|му|м|х)(?![а-яa-z]))?"
_GROUP = r"[ст]\.\s?г\.(?!\s?[а-я]\.)|г\.\s?р\b\.?"
_ZONE = rf"{_ZONE_NAME}(?:\s?[+-]\s?\d{{1,2}}(?::?\d\d)?)?(?!\w)"
# Every branch begins with a class of its own or is bounded, so a place is tried in constant time; a run of one sign
# is one piece.
PIECE = re.compile(
    rf"\s+|(?=\d)(?:{_INSTANT}|{_CLOCK}|{_ROMAN}|{_SPACED}|{_CHUNK})|{_GROUP}|{_ZONE}|[^\W\d_]+|\.{{3,}}|-{{3,}}|_+|.",
    re.DOTALL,
)
Entry = tuple[str, Any]
# Class of a piece that is several tokens; its value is a tuple of Token.
_SEVERAL = "\0"


class Token(NamedTuple):
    """A class, its value and where it stands within its chunk."""

    cls: str
    value: Any
    start: int
    stop: int


_ORDINAL_DAY = {"го", "ое", "е", "му", "м", "ого", "его", "ому", "ом"}
_ORDINAL_OTHER = {"й", "ый", "ой", "ий", "ым", "я", "ая", "ю", "ую", "х", "ых"}
_DATE = re.compile(
    r"(?P<y>\d{4})([-./])(?P<m>\d{1,2})\2(?P<d>\d{1,2})|(?P<d2>\d{1,2})([-./])(?P<m2>\d{1,2})\6(?P<y2>\d{4}|\d\d)"
)
_YEARS = re.compile(r"(\d{4})([-/])(\d{4}|\d\d)")
_MAX_CHUNK = 40


def _integer(text: str) -> tuple[str, Any]:
    size, number = len(text), int(text) if len(text) <= 14 else 0
    if size <= 2:
        return ("d", number) if 1 <= number <= 31 else ("k", number)
    if size == 4 and 1000 <= number <= 2999:
        return "y", number
    if size == 8 and "19000101" <= text <= "20991231" and text[4:6] <= "12" and text[6:] <= "31":
        return "A", (number // 10000, number // 100 % 100, number % 100, "compact")
    if size == 10 and 10**9 <= number < 2 * 10**9:
        return "U", number
    if size == 13 and 10**12 <= number < 2 * 10**12:
        return "U", number // 1000
    if size == 14 and text.startswith(("19", "20")):
        return "I", (*_fields(text[:8]), int(text[8:10]), int(text[10:12]), int(text[12:]), None)
    return "i", number if size <= 4 else None


def _fields(text: str) -> tuple[int, int, int]:
    return int(text[:4]), int(text[4:6]), int(text[6:8])


def _numeric(text: str) -> tuple[str, Any] | None:
    """A chunk that is one thing, or null."""
    if text.isdigit():
        return _integer(text)
    match = _DATE.fullmatch(text)
    if match:
        if match["y"]:
            return "A", (int(match["y"]), int(match["m"]), int(match["d"]), "iso")
        style = "short" + match[6] if len(match["y2"]) == 2 else "full"
        return "A", (int(match["y2"]), int(match["m2"]), int(match["d2"]), style)
    match = re.fullmatch(r"(\d{1,2})\.(\d{1,2})", text)
    if match:
        return "B", (int(match[1]), int(match[2]), len(match[1]) == 2 == len(match[2]))
    match = re.fullmatch(r"(0[1-9]|1[0-2])[./]([12]\d{3})|([12]\d{3})-(0[1-9]|1[0-2])", text)
    if match:
        return "E", (int(match[2] or match[3]), int(match[1] or match[4]))
    if re.fullmatch(r"\d{1,2}:\d\d(:\d\d)?", text):
        return "T", clock(text)
    return None


def _chunk(text: str) -> tuple[Token, ...]:
    """The tokens of a run of digits and separators, with letters attached by a hyphen perhaps."""
    stem, suffix = text, ""
    match = re.fullmatch(r"(.*\d)(-?)([а-яa-z]+)", text)
    if match:
        stem, suffix = match[1], match[3]
        if suffix not in _ORDINAL_DAY and suffix not in _ORDINAL_OTHER:
            entry = WORDS.get(suffix)
            if entry and entry[0] in "magG":
                inner = _chunk(stem)
                dash = Token("-", None, len(stem), len(stem) + 1)
                return (*inner, dash, Token(entry[0], entry[1], len(stem) + 1, len(text)))
            return (Token("i", None, 0, len(text)),)
    whole = _numeric(stem)
    if suffix:
        return _ordinal(stem, suffix, len(text), whole)
    if whole:
        return (Token(whole[0], whole[1], 0, len(stem)),)
    parts = re.split(r"([-/])", stem)
    kinds = [_numeric(p) for p in parts[::2]]
    if len(parts) == 3 and all(k is not None and k[0] in "dkyABTE" for k in kinds):
        out, at = [], 0
        for i, part in enumerate(parts):
            kind = (part, None) if i % 2 else kinds[i // 2]
            assert kind is not None
            out.append(Token(kind[0], kind[1], at, at + len(part)))
            at += len(part)
        return tuple(out)
    return (Token("i", None, 0, len(stem)),)


def _ordinal(stem: str, suffix: str, size: int, whole: tuple[str, Any] | None) -> tuple[Token, ...]:
    """12-го, 2018-й, 90-е, 1-я, 3-5-го."""
    if whole is None:
        inner = _chunk(stem)
        if len(inner) == 3 and inner[2].cls == "d" and inner[1].cls == "-":
            return (*inner[:2], Token("o", inner[2].value, inner[2].start, size))
        return (Token("i", None, 0, size),)
    cls, value = whole
    if cls == "y" and value % 10 == 0 and suffix in ("е", "х", "ые", "ых"):
        return (Token("Z", value, 0, size),)
    if cls == "y" and suffix not in ("я", "ая", "ю", "ую", "х", "ых"):
        return (Token("O", value, 0, size),)
    if cls in "dk" and value % 10 == 0 and value >= 20 and suffix in ("е", "х", "ые", "ых") and cls == "k":
        return (Token("z", value, 0, size),)
    if stem in ("20", "30", "00", "10") and suffix in ("х", "ых"):
        return (Token("z", int(stem), 0, size),)
    if cls == "d" and suffix in _ORDINAL_DAY:
        return (Token("o", value, 0, size),)
    if cls == "d" and suffix in ("й", "ый", "ой", "ий", "ым"):
        return (Token("q", value, 0, size),)
    return (Token("i", None, 0, size),)


def clock(text: str) -> tuple[int, int, int, int | None]:
    """Hours, minutes, seconds and the offset from UTC in minutes, null where none is told."""
    match = re.fullmatch(r"(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,]\d+)?)?\s?(z|[+-][\d:]+)?", text)
    if not match:
        return 99, 0, 0, None
    offset = None if not match[4] else 0 if match[4] == "z" else _offset(match[4])
    return int(match[1]), int(match[2]), int(match[3] or 0), offset


def _offset(text: str) -> int:
    digits = text[1:].replace(":", "").strip()
    hours, minutes = (int(digits[:-2]), int(digits[-2:])) if len(digits) > 2 else (int(digits), 0)
    return (-1 if text[0] == "-" else 1) * (60 * hours + minutes)


def _number(text: str) -> Entry:
    """What a piece that begins with a digit is."""
    if re.fullmatch(_INSTANT, text):
        day, _, rest = text.partition("t")
        return "I", (*_fields(day.replace("-", "")), *clock(rest))
    if re.fullmatch(_CLOCK, text):
        return "T", clock(text)
    if re.fullmatch(_ROMAN, text):
        parts = re.split(r"[./-]\s?", text)
        number = WORDS.get(parts[1], ("r", 99))[1]
        return "A", (int(parts[2]), number, int(parts[0]), "full" if len(parts[2]) == 4 else "short.")
    if re.fullmatch(_SPACED, text):
        return _numeric(re.sub(r"\s", "", text)) or ("i", None)
    tokens = _chunk(text)
    return (tokens[0].cls, tokens[0].value) if len(tokens) == 1 else (_SEVERAL, tokens)


@lru_cache(maxsize=16384)
def _unknown(piece: str) -> Entry:
    """A piece that is no word of the lexicon."""
    first = piece[0]
    if first.isdigit():
        return _number(piece) if first.isascii() else ("i", None)
    if first.isspace():
        return ("¶", None) if piece.count("\n") > 1 else (" ", None)
    if re.fullmatch(_ZONE, piece):
        offset = re.sub(r"\s", "", piece)[3:]
        return "Y", ("мск" if piece[0] in "мm" else "utc", _offset(offset) if offset else 0)
    if re.fullmatch(_GROUP, piece):
        return ("g", None) if first == "г" else ("t", None)
    return ("_", None) if first.isalpha() else ("*", None)


class _Pieces(dict[str, Entry]):
    """The lexicon, punctuation and small numbers; what is not in it is classified, long pieces without being remembered."""

    def __missing__(self, piece: str) -> Entry:
        if len(piece) <= _MAX_CHUNK:
            return _unknown(piece)
        return (
            ("¶", None)
            if piece.isspace() and piece.count("\n") > 1
            else (" ", None)
            if piece.isspace()
            else ("i", None)
        )


_PIECES = _Pieces(WORDS)
_PIECES |= {sign: (cls, None) for sign, cls in PUNCTUATION.items()}
_PIECES |= {text: _integer(text) for n in range(10000) for text in (str(n), f"{n:02}")}
_PIECES |= {" ": (" ", None), "\n": (" ", None)}


class Tokens:
    """The tokens of a folded text: `sig`, the signature, and `vals`, their values; `place(i)` tells where one stands."""

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


def tokenize(text: str) -> Tokens:
    """The tokens of the folded `text`. Linear in its length."""
    pieces = PIECE.findall(text)
    entries = [_PIECES[piece] for piece in pieces]
    full = "".join([entry[0] for entry in entries])
    lengths = [len(piece) for piece in pieces]
    if _SEVERAL in full:
        full, entries, lengths = _expand(entries, lengths)
    if "N" in full:
        full, entries, lengths = _sum_numerals(full, entries, lengths)
    return Tokens(full, entries, lengths)


def _expand(entries: list[Entry], lengths: list[int]) -> tuple[str, list[Entry], list[int]]:
    """10-15 is three tokens."""
    out: list[Entry] = []
    sizes: list[int] = []
    for entry, length in zip(entries, lengths, strict=True):
        if entry[0] == _SEVERAL:
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
            cls = "O" if total >= 1000 else "i"
        out += [*entries[at:i], (cls, total)]
        sizes += [*lengths[at:i], sum(lengths[i:j])]
        at = j
    out += entries[at:]
    sizes += lengths[at:]
    return "".join([entry[0] for entry in out]), out, sizes
