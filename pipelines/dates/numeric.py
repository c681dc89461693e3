"""Pieces that begin with a digit: 12, 12-го, 12.12.2018, 14:30, 2018-12-12T14:30:00Z, 10-15.

A piece is classified by its own characters alone; what it means beside others is the grammar's matter.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from .lexicon import WORDS

INSTANT = (
    r"(?:\d{4}-\d\d-\d\dt\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?\s?(?:z|[+-]\d\d(?::?\d\d)?)?"
    r"|\d{8}t\d{4}(?:\d\d)?(?:z|[+-]\d{4}|[+-]\d\d)?)(?!\w)"
)
# A date and a clock of two elements with nothing between them.
GLUED = r"\d{1,2}\.\d{1,2}\.(?:19|20)\d\dt?\d\d:\d\d(?!\d)"
CLOCK = (
    r"\d{1,2}:\d\d(?::\d\d(?:[.,]\d{1,9})?(?:\s?(?:z|[+-]\d\d(?::?\d\d)?))?"
    r"|\s?(?:z|\+\d\d:?\d\d|-\d{4}))?(?![\w:])"
)
ROMAN = r"\d{1,2}[./-]\s?[xivхіⅰ-ⅻ]{1,5}[./-]\s?(?:\d{4}|\d\d)(?!\d)"
SPACED = r"\d{1,2}\s?(?:\.\s?\d{1,2}\s?\.\s?\d{4}|/\s?\d{1,2}\s?/\s?\d{4}|\.\s\d\d\.\d\d)(?![\d./])"
CHUNK = r"\d+(?:[.:/-]\d+)*(?:-[а-яa-z]+|(?:го|ое|е|й|му|м|х|th|st|nd|rd)(?![а-яa-z]))?"

Entry = tuple[str, Any]
# Class of a piece that is several tokens; its value is a tuple of Token.
SEVERAL = "\0"


class Token(NamedTuple):
    """A class, its value and where it stands within its chunk."""

    cls: str
    value: Any
    start: int
    stop: int


_ORDINAL_DAY = {"го", "ое", "е", "му", "м", "ого", "его", "ому", "ом", "ым", "th", "st", "nd", "rd"}
_ORDINAL_OTHER = {"й", "ый", "ой", "ий", "я", "ая", "ю", "ую", "х", "ых"}
_DATE = re.compile(
    r"(?P<y>\d{4})([-./])(?P<m>\d{1,2})\2(?P<d>\d{1,2})|(?P<d2>\d{1,2})([-./])(?P<m2>\d{1,2})\6(?P<y2>\d{4}|\d\d)"
)
_DAY_AND_MONTH = re.compile(r"(\d{1,2})\.(\d{1,2})")
_MONTH_AND_YEAR = re.compile(r"(0[1-9]|1[0-2])[./]([12]\d{3})|([12]\d{3})-(0[1-9]|1[0-2])")
_PLAIN_CLOCK = re.compile(r"\d{1,2}:\d\d(:\d\d)?")
_WITH_LETTERS = re.compile(r"(.*\d)(-?)([а-яa-z]+)")
MAX_PIECE = 40


def integer(text: str) -> tuple[str, Any]:
    """A run of digits, by its length."""
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
        return integer(text)
    match = _DATE.fullmatch(text)
    if match:
        if match["y"]:
            return "A", (int(match["y"]), int(match["m"]), int(match["d"]), "iso")
        style = "short" + match[6] if len(match["y2"]) == 2 else "full"
        return "A", (int(match["y2"]), int(match["m2"]), int(match["d2"]), style)
    match = _DAY_AND_MONTH.fullmatch(text)
    if match:
        return "B", (int(match[1]), int(match[2]), len(match[1]) == 2 == len(match[2]))
    match = _MONTH_AND_YEAR.fullmatch(text)
    if match:
        return "E", (int(match[2] or match[3]), int(match[1] or match[4]))
    if _PLAIN_CLOCK.fullmatch(text):
        return "T", clock(text)
    return None


def _chunk(text: str) -> tuple[Token, ...]:
    """The tokens of a run of digits and separators, with letters attached by a hyphen perhaps."""
    stem, suffix = text, ""
    match = None if text[-1].isdigit() else _WITH_LETTERS.fullmatch(text)
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
    """12-го, 2018-й, 90-е, 1-я, 3-5-го, 1950-1960-х."""
    if whole is not None:
        return (Token(*_with_suffix(stem, whole, suffix), 0, size),)
    inner = _chunk(stem)
    if len(inner) != 3 or inner[1].cls != "-":
        return (Token("i", None, 0, size),)
    left, dash, right = inner
    entry = _with_suffix(stem[right.start :], (right.cls, right.value), suffix)
    return left, dash, Token(*entry, right.start, size)


_FEMININE = ("я", "ая", "ю", "ую")
_PLURAL = ("е", "х", "ые", "ых")


def _with_suffix(stem: str, entry: tuple[str, Any], suffix: str) -> tuple[str, Any]:
    cls, value = entry
    if cls == "y" and value % 10 == 0 and suffix in _PLURAL:
        return "Z", value
    if cls == "y" and suffix not in (*_FEMININE, "х", "ых"):
        return "O", value
    if cls == "k" and value % 10 == 0 and value >= 20 and suffix in _PLURAL:
        return "z", value
    if stem in ("20", "30", "00", "10") and suffix in ("х", "ых"):
        return "z", int(stem)
    if cls == "k" and value > 31 and suffix in ("го", "ого", "его"):
        return "Ю", value
    if cls == "d" and suffix in _ORDINAL_DAY:
        return "o", value
    if cls == "d" and suffix in ("й", "ый", "ой", "ий", *_FEMININE):
        return "q", value
    return "i", None


def clock(text: str) -> tuple[int, int, int, int | None]:
    """Hours, minutes, seconds and the offset from UTC in minutes, null where none is told."""
    match = re.fullmatch(r"(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,]\d+)?)?\s?(z|[+-][\d:]+)?", text)
    if not match:
        return 99, 0, 0, None
    offset = None if not match[4] else 0 if match[4] == "z" else offset_minutes(match[4])
    return int(match[1]), int(match[2]), int(match[3] or 0), offset


def offset_minutes(text: str) -> int:
    """+03:00, +0300 or +3, in minutes."""
    digits = text[1:].replace(":", "").strip()
    hours, minutes = (int(digits[:-2]), int(digits[-2:])) if len(digits) > 2 else (int(digits), 0)
    return (-1 if text[0] == "-" else 1) * (60 * hours + minutes)


def _instant(text: str) -> Entry:
    day, _, rest = text.partition("t")
    if "-" not in day:  # ISO's basic form
        rest = re.sub(r"^(\d\d)(\d\d)(\d\d)?", lambda m: ":".join(filter(None, m.groups())), rest)
    return "I", (*_fields(day.replace("-", "")), *clock(rest))


def _glued(text: str) -> Entry:
    day = len(text) - len("14:30")
    date = _numeric(text[:day].rstrip("t"))
    assert date is not None
    return SEVERAL, (Token(*date, 0, day), Token("T", clock(text[day:]), day, len(text)))


def _roman(text: str) -> Entry:
    day, month, year = re.split(r"[./-]\s?", text)
    return "A", (int(year), WORDS.get(month, ("r", 99))[1], int(day), "full" if len(year) == 4 else "short.")


def _spaced(text: str) -> Entry:
    return _numeric(re.sub(r"\s", "", text)) or ("i", None)


_FORMS: list[tuple[re.Pattern[str], Callable[[str], Entry]]] = [
    (re.compile(INSTANT), _instant),
    (re.compile(GLUED), _glued),
    (re.compile(CLOCK), lambda text: ("T", clock(text))),
    (re.compile(ROMAN), _roman),
    (re.compile(SPACED), _spaced),
]
_DOTTED = re.compile(r"[\d.]+")


def number(text: str) -> Entry:
    """What a piece that begins with a digit is."""
    if text.isdigit():
        return integer(text)
    if not _DOTTED.fullmatch(text):
        for pattern, read in _FORMS:
            if pattern.fullmatch(text):
                return read(text)
    elif text.count(".") > 2:
        return "i", None  # a network address or the number of a paragraph
    tokens = _chunk(text)
    return (tokens[0].cls, tokens[0].value) if len(tokens) == 1 else (SEVERAL, tokens)
