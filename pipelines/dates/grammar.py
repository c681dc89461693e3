"""The shapes that dates are written in: patterns over signatures (see `lexicon.py` for the classes).

`SHAPES` is the flat list, longest forms first: name -> pattern. `find` takes the first that matches at a place,
`parse` wants one that covers the whole date (`whole.py`). What a shape means is computed by the function of the same
name in `rules_*.py`.
"""

from __future__ import annotations

import re
from functools import cache

MON = "(?:m|a!?)"
# 12, «12», 12 (двенадцатого)
DAY = '(?:[do](?:⟨o⟩)?|"d")'
YW = "g!?"
# A year that nothing else can be: 2018 года, 2018-го, этого года, того же года, с.г.
YEAR = f"(?:v?[yO]{YW}|v?pg!?|v?τжg!?|O|t)"
TAIL = f"(?:[-/,]?(?:v?[yO]{YW}|y|O|v?pg!?|v?τжg!?|t)|Ю(?:{YW})?|⟨[yO](?:{YW})?⟩)"
QUARTER_YEAR = f"(?:{YEAR}|y)"
WD = "(?:w|u!?)"
NTH = "[doqr]"
UNIT = "[WMDhnsgl]"
TO = "(?:&?b|-)"

DMY = f"(?:{DAY}(?:[-/]?{MON}{TAIL}?|!{MON}!?y(?:{YW})?))"
DMY_SHORT = f"(?:{DAY}[-/]?{MON}[dk]{YW})"
NUMERIC = f"(?:A(?:{YW})?)"
# A member of an enumeration of days: 22, 22–24, 22 декабря.
MEMBER = f"(?:f?{DAY}(?:[-b]{DAY})?(?:{MON}{TAIL}?)?)"
DATE = f"(?:{DMY_SHORT}|{DMY}|{NUMERIC}|y{YW},?{DAY}{MON}|{MON}d,y)"
WDATE = f"(?:(?:v?p?{WD}[,¦]?)?{DATE}(?:,?⟨{WD}⟩|,v{WD}|,?{WD})?)"
# A day within a range may have its time of day.
TIMED = f"(?:(?:T,?)?(?:{WD},?)?{DATE}(?:,?v?T)?)"
MONTH = f"(?:{MON}{TAIL}|[yO]{YW},?{MON})"
CENTURY = "(?:[roqdk]-?V!?|rv!)"
# A stop follows the short ones only (2 ч. 21 мин. назад); after a long one it ends the sentence before.
AGO = f"(?:(?:[dkNoyi]?(?:[hns]!|{UNIT}|x)[,&]{{0,2}}){{1,6}}!?~?«)"
SOON = f"(?:»~?(?:[dkN]?{UNIT}|x)(?:[,&]{{0,2}}[dkN]{UNIT}){{0,6}})"
# What a sentence goes on with after a bare 15-го.
CLAUSE_END = "(?=[!;⟩¶]|$|v|,(?![do&]))"

SHAPES: list[tuple[str, str]] = [
    ("enum_days", f"(?<![*])(?:{MEMBER},){{0,30}}{MEMBER}(?:,?&|,)f?{DAY}(?:[-b]{DAY})?[-/]?{MON}{TAIL}?"),
    ("enum_numeric", f"(?:B,){{0,30}}B(?:,?&|,){NUMERIC}"),
    ("range_dates", f"f?{TIMED}{TO}{TIMED}|μ{DATE}&{DATE}"),
    ("range_days", f"f?{DAY}!?(?:{TO}|/){DATE}|μ{DAY}&{DATE}"),
    ("range_numeric", f"f?B!?{TO}{NUMERIC}"),
    ("range_day_months", f"fB!?{TO}B"),
    ("range_night", f"v?пf{DAY}(?:{MON}{TAIL}?)?v{DATE}"),
    ("enum_moved", f"f{DAY}(?:{MON}{TAIL}?)?v{DATE}"),
    ("range_words", f"f?R{TO}R"),
    ("relative_date", f"R,{WDATE}"),
    ("date", WDATE),
    ("nth_weekday", f"v?[oqλ]w{MON}{TAIL}?"),
    ("weekday_of_week", "v?w,?v?pW|v?pWv?w"),
    ("weekday_told", "v?pw"),
    ("day_word", "R"),
    ("enum_months", f"(?:m,){{0,12}}m(?:,?&|,)m{TAIL}"),
    ("enum_quarters", f"{NTH}&{NTH}K!?{QUARTER_YEAR}"),
    ("range_months", f"f?{MON}{TAIL}?{TO}{MON}{TAIL}?"),
    ("range_quarters", f"f?{NTH}{TO}{NTH}-?K!?{QUARTER_YEAR}"),
    ("range_centuries", "f?[roqdk](?:&?b|[-&])[roqdk](?:V!?|v!)"),
    ("range_decades", f"f?(?:[yZ]{TO}Z(?:G!?)?|[dkz]{TO}[zo]G!?(?:{CENTURY}|pV)?)"),
    ("months_of_year", f"[dN]M!?{YEAR}"),
    ("ten_days", f"{NTH}δ{MON}{TAIL}?"),
    ("quarter", f"{NTH}K!?{QUARTER_YEAR}?"),
    ("quarter_told", "v?pK"),
    ("half", f"{NTH}P!?{QUARTER_YEAR}?"),
    ("half_told", f"{NTH}Б{YEAR}"),
    ("season_year", f"S-?(?:y[-/][ykd]?(?:[gG]!?)?|{YEAR}|y)"),
    ("season_told", "pS"),
    ("month", MONTH),
    ("academic_year", "y[-/][ydk](?:Q!?)?[gG]!?"),
    ("range_years", f"f?[yO](?:[gG]!?)?(?:&?b|[-/])[yOdk][gG]!?|f?O{TO}O|fybyg?!?|⟨y-y⟩"),
    ("enum_years", "(?:y,){0,30}y(?:,?&|,)y[gG]!?"),
    ("decade_century", f"(?:zG?|oG)!?(?:{CENTURY}|pV)"),
    ("decade", "Z(?:G!?)?|[zo]G!?|εz"),
    ("century", CENTURY),
    ("century_told", "v?pV"),
    ("weekend_told", "v?πω"),
    ("week_told", "v?pW"),
    ("month_told", "v?pM"),
    ("named_day", f"v?ν{TAIL}"),
    ("ago", AGO),
    ("soon", SOON),
    ("day_number", "[do]ЧpM"),
    ("year", f"[yO]{YW}|v?pg|t|O"),
]  # fmt: skip

# Forms that only a string which is a date may have.
_SEPARATED = "(?:d[-!¦,]?d[-!¦,]?y|B[-,!¦]?y|d!?E)"
WHOLE_SHAPES: list[tuple[str, str]] = [
    ("instant", "I"),
    ("unix", "U"),
    ("month_day", f"(?:{WD},?)?{MON}{DAY},?y?"),
    ("date_short", f"(?:{WD},?)?{DAY}[-/]?{MON}[-/,]?[dk](?:{YW})?"),
    ("year_first", f"y,?(?:{DAY}{MON}|{MON}d)"),
    ("day_impossible", f"k[-/]?{MON}{TAIL}?"),
    ("date_dotted", f"{DAY}m!{TAIL}"),
    ("date_separated", f"(?:{WD},?)?{_SEPARATED}(?:{YW})?"),
    ("range_parts", f"f?[Bd]!?{TO}B!?"),
    ("date_parts", f"(?:{WD},?)?B!?(?:,?⟨?{WD}⟩?)?"),
    ("month_short", f"{MON}(?:[-/]?k|[-/]d)(?:{YW})?"),
    ("month_numeric", f"E(?:{YW})?"),
    ("month_after_year", f"y,?{MON}"),
    ("month_bare", f"v?{MON}"),
    ("weekday_bare", f"v?{WD}"),
    ("season_bare", "v?S"),
    ("named_day_bare", "v?ν"),
    ("year_word_first", "gy"),
    ("years_pair", "y/[ykd]|y-y"),
    ("year_bare", "y"),
    ("now", "J|⊙ч"),
]
# Forms that only running text needs.
TEXT_SHAPES: list[tuple[str, str]] = [
    ("month_bare", "m"),
    ("enum_weekdays", "[vfb]w(?:,v?w){0,5}&v?w"),
    ("weekday_bare", "[vfb]w"),
    ("named_day_bare", "vν"),
    ("same_day", "v(?:τжD|pжD)"),
    ("next_day", "vpD"),
    ("same_month", "v?τжM"),
    ("same_year", "v?τжg"),
    ("carried_day", f"[do]Ч|o{CLAUSE_END}"),
    ("year_in_brackets", "⟨y⟩"),
    ("decade_bare", "[vfb]z(?![GrVp])"),
    ("year_after_in", "vy(?=[!;⟩¶]|,(?![dk])|$)"),
]


def alternatives(shapes: list[tuple[str, str]]) -> str:
    """One pattern with a group a shape."""
    return "|".join(f"(?P<{name}>{pattern})" for name, pattern in shapes)


# The classes that a shape may begin with, so that a place in a text is tried with few patterns; a test computes them.
LEADS = {
    "enum_days": 'fdo"', "enum_numeric": "B", "range_dates": 'dyoATmawufμ"', "range_days": 'dofμ"',
    "range_numeric": "Bf", "range_day_months": "f", "range_night": "vп", "enum_moved": "f", "range_words": "Rf",
    "relative_date": "R", "date": 'dyoAmawupv"', "nth_weekday": "oqvλ", "weekday_of_week": "wpv",
    "weekday_told": "pv", "day_word": "R", "enum_months": "m", "enum_quarters": "doqr", "range_months": "maf",
    "range_quarters": "doqrf", "range_centuries": "dkoqrf", "range_decades": "dkyZzf", "months_of_year": "dN",
    "ten_days": "doqr", "quarter": "doqr", "quarter_told": "pv", "half": "doqr", "half_told": "doqr",
    "season_year": "S", "season_told": "p", "month": "yOma", "academic_year": "y", "range_years": "yOf⟨",
    "enum_years": "y", "decade_century": "oz", "decade": "oZzε", "century": "dkoqr", "century_told": "pv",
    "weekend_told": "vπ", "week_told": "pv", "month_told": "pv", "named_day": "vν", "ago": "dkyioglWMDhnsxN",
    "soon": "»", "day_number": "do", "year": "yOtpv", "month_bare": "m", "enum_weekdays": "fbv",
    "weekday_bare": "fbv", "named_day_bare": "v", "same_day": "v", "next_day": "v", "same_month": "vτ",
    "same_year": "vτ", "carried_day": "do", "decade_bare": "fbv", "year_in_brackets": "⟨", "year_after_in": "v",
}  # fmt: skip
_IN_TEXT = [*SHAPES, *TEXT_SHAPES]
LEAD = re.compile(f"[{re.escape(''.join(sorted(set(''.join(LEADS.values())))))}]")
"""Where a mention may begin."""


@cache
def beginning_with(lead: str) -> re.Pattern[str]:
    """The shapes that may begin with a class, in their order. Made when first met: all take a tenth of a second."""
    return re.compile(alternatives([shape for shape in _IN_TEXT if lead in LEADS[shape[0]]]))


def next_shape(signature: str, at: int) -> re.Match[str] | None:
    """The first shape at or after a place; the group's name is the shape's."""
    while (lead := LEAD.search(signature, at)) is not None:
        at = lead.start()
        match = beginning_with(lead[0]).match(signature, at)
        if match is not None:
            return match
        at += 1
    return None
