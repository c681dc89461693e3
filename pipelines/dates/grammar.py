"""The shapes that dates are written in: patterns over signatures (see `lexicon.py` for the classes).

`SHAPES` is the flat list, longest forms first: name -> pattern. `find` takes the first that matches at a place,
`parse` wants one that
covers the whole date. What a shape means is computed by the function of the same name in `rules_*.py`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

MON = "(?:m|a!?)"
# 12, «12», 12 (двенадцатого)
DAY = '(?:[do](?:⟨o⟩)?|"d")'
YW = "g!?"
# A year that nothing else can be: 2018 года, 2018-го, этого года, с.г.
YEAR = f"(?:v?[yO]{YW}|v?pg!?|O|t)"
TAIL = f"(?:[-/,]?(?:v?[yO]{YW}|y|O|v?pg!?|t))"
QUARTER_YEAR = f"(?:{YEAR}|y)"
WD = "(?:w|u!?)"
NTH = "[doqr]"
UNIT = "[WMDhnsgl]"
TO = "(?:&?b|-)"

DMY = f"(?:{DAY}[-/]?{MON}{TAIL}?)"
DMY_SHORT = f"(?:{DAY}[-/]?{MON}[dk]{YW})"
NUMERIC = f"(?:A(?:{YW})?)"
# A member of an enumeration of days: 22, 22–24, 22 декабря.
MEMBER = f"(?:{DAY}(?:[-b]{DAY})?(?:{MON}{TAIL}?)?)"
DATE = f"(?:{DMY_SHORT}|{DMY}|{NUMERIC}|y{YW}{DAY}{MON}|{MON}d,y)"
WDATE = f"(?:(?:v?p?{WD},?)?{DATE}(?:,?⟨{WD}⟩|,v?{WD})?)"
MONTH = f"(?:{MON}{TAIL})"
CENTURY = "(?:[roqdk]-?V!?|rv!)"
# A stop follows the short ones only (2 ч. 21 мин. назад); after a long one it ends the sentence before.
AGO = f"(?:(?:[dkNoyi]?(?:[hns]!|{UNIT}|x)[,&]{{0,2}}){{1,6}}~?«)"
SOON = f"(?:»~?(?:[dkN]?{UNIT}|x)(?:[,&]{{0,2}}[dkN]{UNIT}){{0,6}})"

SHAPES: list[tuple[str, str]] = [
    ("enum_days", f"(?:{MEMBER},){{0,30}}{MEMBER}(?:,?&|,){DAY}(?:[-b]{DAY})?[-/]?{MON}{TAIL}?"),
    ("range_dates", f"f?(?:{WD},?)?{DATE}{TO}(?:{WD},?)?{DATE}"),
    ("range_days", f"f?{DAY}!?(?:{TO}|/){DATE}"),
    ("range_numeric", f"f?B!?{TO}{NUMERIC}"),
    ("range_day_months", f"fB!?{TO}B"),
    ("range_night", f"(?:v?п)?f{DAY}(?:{MON}{TAIL}?)?v{DATE}"),
    ("range_words", f"f?R{TO}R"),
    ("relative_date", f"R,{WDATE}"),
    ("date", WDATE),
    ("weekday_of_week", "v?w,?v?pW|v?pWv?w"),
    ("weekday_told", "v?pw"),
    ("day_word", "R"),
    ("enum_months", f"(?:m,){{0,12}}m(?:,?&|,)m{TAIL}"),
    ("range_months", f"f?{MON}{TAIL}?{TO}{MON}{TAIL}?"),
    ("range_quarters", f"f?{NTH}{TO}{NTH}-?K!?{QUARTER_YEAR}|{NTH}&{NTH}K!?{QUARTER_YEAR}"),
    ("range_centuries", "f?[roqdk](?:&?b|[-&])[roqdk](?:V!?|v!)"),
    ("months_of_year", f"[dN]M{YEAR}"),
    ("quarter", f"{NTH}K!?{QUARTER_YEAR}?"),
    ("quarter_told", "v?pK"),
    ("half", f"{NTH}P{QUARTER_YEAR}?"),
    ("half_told", f"{NTH}Б{YEAR}"),
    ("season_year", f"S(?:y/[yk]|{YEAR}|y)"),
    ("season_told", "pS"),
    ("month", MONTH),
    ("academic_year", "y[-/][ydk]Q?[gG]!?|y[-/][ydk]Qg"),
    ("range_years", "f?[yO](?:[gG]!?)?(?:&?b|[-/])[yOdk][gG]!?|fybyg?!?|⟨y-y⟩"),
    ("enum_years", "(?:y,){0,30}y(?:,?&|,)y[gG]!?"),
    ("decade_century", f"(?:zG?|oG)!?{CENTURY}"),
    ("decade", "ZG?!?|[zo]G!?"),
    ("century", CENTURY),
    ("week_told", "v?pW"),
    ("month_told", "v?pM"),
    ("ago", AGO),
    ("soon", SOON),
    ("year", f"[yO]{YW}|v?pg|t|O"),
]  # fmt: skip

# Forms that only a string which is a date may have, and forms that only running text needs.
WHOLE_SHAPES: list[tuple[str, str]] = [
    ("instant", "I"),
    ("unix", "U"),
    ("month_day", f"(?:{WD},?)?{MON}{DAY},?y"),
    ("date_short", f"(?:{WD},?)?{DAY}[-/]?{MON}[-/,]?[dk](?:{YW})?"),
    ("year_first", f"y,?{DAY}{MON}"),
    ("day_impossible", f"k[-/]?{MON}{TAIL}?"),
    ("date_dotted", f"{DAY}m!{TAIL}"),
    ("range_parts", f"f?[Bd]!?{TO}B!?"),
    ("date_parts", f"(?:{WD},?)?B!?(?:,?⟨?{WD}⟩?)?"),
    ("month_short", f"{MON}[-/]?k(?:{YW})?"),
    ("month_numeric", f"E(?:{YW})?"),
    ("month_bare", f"v?{MON}"),
    ("weekday_bare", f"v?{WD}"),
    ("season_bare", "v?S"),
    ("year_word_first", "gy"),
    ("years_pair", "y/[ykd]|y-y"),
    ("year_bare", "y"),
    ("now", "J|⊙ч"),
]
TEXT_SHAPES: list[tuple[str, str]] = [
    ("month_bare", "m"),
    ("weekday_bare", "[vfb]w"),
    ("year_after_in", "vy(?=[!;⟩¶]|,(?![dk])|$)"),
]

# A time of day, alone and with what may stand between it and a date.
_CLOCK = r"~?(?:T|[dkN]h!?(?:[dkN]n!?)?|[dN](?=c))c?"
_ZONE = r"(?:,?⟨?(?:Y!?|bLL?)⟩?)?"
_BETWEEN = r"[¦,/⟨⟩:;\-*]*(?:L:?)?[*]*v?"
_AFTER_ONLY = r"B|d-[dk]"
_EDGE = r"[¦,⟨⟩:;\-*!\"/&¶]*"
_LEFT = rf"{_EDGE}(?:[LHfv~]{_EDGE})*"
_INITIALS = r"_(?:[_&vfbrchn#]!){1,2}"
_FOREIGN = r"[_L#iydkqoXjlDQ!,:\-⟨⟩¦*;\"v&fb/NrgcnhnJ]*?"
_FOREIGN_LEFT = rf"(?P<foreign>{_FOREIGN}(?:(?<![dkoqr])[,¦:;⟩*]|L|(?<=[_L⟩!])[/\-]|#i?f|_f|{_INITIALS}))??{_LEFT}"
_FOREIGN_RIGHT = rf"{_EDGE}(?P<after>(?<=[,¦:;⟨⟩*!\-])(?:[_Li#]|[ydk]_){_FOREIGN}|[#L]{_FOREIGN}|H[^H]*)??"
_TIMED = {
    "date",
    "relative_date",
    "day_word",
    "weekday_told",
    "weekday_of_week",
    "month_day",
    "date_short",
    "date_dotted",
    "year_first",
    "date_parts",
    "weekday_bare",
}


def _alternatives(shapes: list[tuple[str, str]]) -> str:
    return "|".join(f"(?P<{name}>{pattern})" for name, pattern in shapes)


_ALL_WHOLE = [*SHAPES, *WHOLE_SHAPES]
_WHOLE = [
    # Ranges and periods first: a day among them must not pass for the whole. Then days, with a time on either side
    # perhaps.
    re.compile(rf"{_LEFT}(?:{_alternatives([s for s in _ALL_WHOLE if s[0] not in _TIMED])}){_EDGE}"),
    re.compile(
        rf"{_FOREIGN_LEFT}(?:(?P<before>v?{_CLOCK}{_ZONE}){_BETWEEN})?"
        rf"(?:{_alternatives([s for s in _ALL_WHOLE if s[0] in _TIMED])})"
        rf"(?:{_BETWEEN}(?:(?P<span_of_day>f?(?:T|[dk]h?)[-b](?:T|[dk]h))|(?P<time>{_CLOCK}{_ZONE}|(?:{_AFTER_ONLY}){_ZONE})))?"
        rf"(?P<part>e)?v?{_FOREIGN_RIGHT}"
    ),
    re.compile(rf"{_LEFT}(?P<clock>T{_ZONE}){_EDGE}"),
]
# What no mention begins with is passed over at a glance.
TEXT = re.compile(r"(?![_!,\-/⟩:;¦*¶#LXj&~eVQG«])(?:" + _alternatives([*SHAPES, *TEXT_SHAPES]) + ")")


class Shape(NamedTuple):
    """A shape's name, its place in the signature and the places of its time of day; (0, 0) is none."""

    name: str
    start: int
    stop: int
    time: tuple[int, int]
    foreign: bool


@lru_cache(maxsize=8192)
def whole(signature: str) -> Shape | None:
    """The shape of a string that is a date, labels and such around it left out; null if it is none."""
    for pattern in _WHOLE:
        match = pattern.fullmatch(signature)
        if match is None:
            continue
        found = match.groupdict()
        context = bool(found.pop("foreign", None)) or bool(found.pop("after", None))
        found.pop("after", None)
        before, time = found.pop("before", None), found.pop("time", None)
        found.pop("span_of_day", None)
        found.pop("part", None)
        if before and time:
            return None
        clock = match.span("time") if time else match.span("before") if before else (0, 0)
        name = next(name for name, text in found.items() if text is not None)
        return Shape(name, *match.span(name), clock, context)
    return None
