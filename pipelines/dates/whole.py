"""The shape of a string that is a date: labels and ornaments around it, a time of day on either side."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from .grammar import SHAPES, WHOLE_SHAPES, alternatives

# A time of day: 14:30, 14 : 30, 14 ч. 30 мин., 3 часа дня.
CLOCK = r"~?(?:T|[dk]:[dk]|[dkN]h!?(?:[dkN]n!?|o)?|[dN](?=[cDп]))[cDп]?"
_ZONE = r"(?:,?⟨?b?(?:Y!?|LL?(?:⟨Y⟩)?)⟩?)?"
TIME = f"{CLOCK}{_ZONE}"
BETWEEN = r"[¦,/⟨⟩:;\-*]*(?:L:?)?[*]*v?"
_AFTER_ONLY = r"B|d-[dk]"
EDGE = r"[¦,⟨⟩:;\-*!\"/&¶]*"
LEFT = rf"{EDGE}(?:[LHfbvλε~]{EDGE})*"
_TIMED = {
    "date", "relative_date", "day_word", "weekday_told", "weekday_of_week", "month_day", "date_short", "date_dotted",
    "date_separated", "year_first", "date_parts", "weekday_bare",
}  # fmt: skip
_ALL = [*SHAPES, *WHOLE_SHAPES]
_WHOLE = [
    # Ranges and periods first: a day among them must not pass for the whole. Then days, with a time perhaps.
    re.compile(rf"{LEFT}(?:{alternatives([s for s in _ALL if s[0] not in _TIMED])}){EDGE}"),
    re.compile(
        rf"{LEFT}(?:(?P<before>v?{TIME}){BETWEEN})?"
        rf"(?:{alternatives([s for s in _ALL if s[0] in _TIMED])})"
        rf"(?:{BETWEEN}(?:(?P<span_of_day>f?(?:T|[dk]h?)[-b](?:T|[dk]h))|(?P<time>{TIME}|(?:{_AFTER_ONLY}){_ZONE})))?"
        rf"(?:e)?v?{EDGE}"
    ),
    # Wed Jan 9 10:15:30 2019: the C library's form, and the one of JavaScript.
    re.compile(
        rf"{EDGE}(?P<month_day>u!?a!?d(?P<time>T)y)()|{EDGE}(?P<date>u!?a!?dy(?=TY))(?P<time_after>TY)[⟨⟩_uYL,]*"
    ),
    re.compile(rf"{LEFT}(?P<clock>T{_ZONE}){EDGE}"),
]


class Shape(NamedTuple):
    """A shape's name, its place in the signature and the places of its time of day; (0, 0) is none."""

    name: str
    start: int
    stop: int
    time: tuple[int, int]


@lru_cache(maxsize=8192)
def whole(signature: str) -> Shape | None:
    """The shape of a string that is a date and nothing else but labels; null if it is none."""
    for pattern in _WHOLE:
        match = pattern.fullmatch(signature)
        if match is None:
            continue
        found = {name: text for name, text in match.groupdict().items() if text is not None}
        times = [name for name in ("before", "time", "time_after") if found.pop(name, None) is not None]
        found.pop("span_of_day", None)
        if len(times) > 1:
            return None
        (name,) = found
        return Shape(name, *match.span(name), match.span(times[0]) if times else (0, 0))
    return None
