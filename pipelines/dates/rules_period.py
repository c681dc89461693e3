"""Months, quarters, half-years, seasons, years, decades, centuries, and ranges of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from . import span
from .context import Context
from .span import Value

Values = Sequence[Any]


def _year(sig: str, vals: Values, ctx: Context) -> int | None:
    """The year that the words tell, if any."""
    for i, cls in enumerate(sig):
        if cls in "yO":
            return int(vals[i])
        if cls == "t" or (cls == "p" and sig[i + 1 : i + 2] == "g"):
            return ctx.today.year + (vals[i] or 0)
        if cls == "τ":
            return ctx.told_before().year
        if cls == "Ю":
            return ctx.full_year(vals[i])
    return None


def month(sig: str, vals: Values, ctx: Context) -> Value | None:
    """Декабрь 2017, в мае этого года; авг 96; the year may be missing."""
    number = next(v for c, v in zip(sig, vals, strict=True) if c in "ma")
    year = _year(sig, vals, ctx)
    short = re.search("[dk]", sig)
    if year is None and short is not None:
        year = ctx.full_year(vals[short.start()])
    if year is not None:
        return span.month(year, number)
    return ctx.choose(lambda y: span.month(y, number), by_month=True)


def month_numeric(_sig: str, vals: Values, _ctx: Context) -> Value | None:
    """01.2016, 2010-04."""
    return span.month(*vals[0])


def range_months(sig: str, vals: Values, ctx: Context) -> Value | None:
    """Январь–март 2018 года, с ноября 2017 по март 2018."""
    middle = next(m for m in re.finditer("&?b|-", sig) if "m" in sig[m.end() :] or "a" in sig[m.end() :])
    left_sig, right_sig = sig[: middle.start()], sig[middle.end() :]
    left_vals, right_vals = vals[: middle.start()], vals[middle.end() :]
    first = next(v for c, v in zip(left_sig, left_vals, strict=True) if c in "ma")
    last = next(v for c, v in zip(right_sig, right_vals, strict=True) if c in "ma")
    from_year, to_year = _year(left_sig, left_vals, ctx), _year(right_sig, right_vals, ctx)
    wraps = first > last

    def make(year: int) -> Value | None:
        return span.through(span.month(year, first), span.month(year + wraps, last))

    if from_year is not None and to_year is not None:
        return span.through(span.month(from_year, first), span.month(to_year, last))
    if to_year is not None:
        return make(to_year - wraps)
    if from_year is not None:
        return make(from_year)
    return ctx.choose(make, by_month=True)


def months_of_year(sig: str, vals: Values, ctx: Context) -> Value | None:
    """9 месяцев 2019 года: January to September."""
    year, count = _year(sig, vals, ctx), vals[0]
    if year is None or not 1 <= count <= 12:
        return None
    if count == 1:
        return span.month(year, 1)
    return span.through(span.month(year, 1), span.month(year, int(count)))


def _numbered(make: Any, most: int) -> Any:
    def rule(sig: str, vals: Values, ctx: Context) -> Value | None:
        number = vals[0]
        if not 1 <= number <= most:
            return None
        year = _year(sig[1:], vals[1:], ctx)
        found: Value | None = make(year, number) if year is not None else ctx.choose(lambda y: make(y, number))
        return found

    return rule


quarter = _numbered(span.quarter, 4)
half = _numbered(span.half, 2)


def range_quarters(sig: str, vals: Values, ctx: Context) -> Value | None:
    """III–IV кварталы 2018 года."""
    numbers = [v for c, v in zip(sig, vals, strict=True) if c in "doqr"]
    year = _year(sig, vals, ctx)
    if year is None or not all(1 <= n <= 4 for n in numbers):
        return None
    return span.through(span.quarter(year, numbers[0]), span.quarter(year, numbers[1]))


def quarter_told(sig: str, vals: Values, ctx: Context) -> Value | None:
    """В следующем квартале."""
    count = 4 * ctx.today.year + (ctx.today.month - 1) // 3 + vals[sig.index("p")]
    return span.quarter(count // 4, count % 4 + 1)


def season_year(sig: str, vals: Values, ctx: Context) -> Value | None:
    """Весна 2020, лето-2018, зима 2018/2019 (the winter that begins in the first)."""
    year = _year(sig, vals, ctx)
    return None if year is None else span.season(year, vals[0])


def season_bare(sig: str, vals: Values, ctx: Context) -> Value | None:
    """Лето."""
    number = vals[sig.index("S")]
    return ctx.choose(lambda y: span.season(y, number))


def season_told(_sig: str, vals: Values, ctx: Context) -> Value | None:
    """Этим летом, прошлой осенью; a winter is told by its two years or not at all."""
    shift, number = vals
    return None if number == 4 else span.season(ctx.today.year + shift, number)


def year(sig: str, vals: Values, ctx: Context) -> Value | None:
    """В 2018 году, 2018-й, в прошлом году, с.г."""
    found = _year(sig, vals, ctx)
    return None if found is None else span.year(found)


def year_bare(_sig: str, vals: Values, ctx: Context) -> Value | None:
    """2018 and nothing else: a year if it is one that news have."""
    return span.year(vals[0]) if 1900 <= vals[0] <= ctx.today.year + 5 else None


def range_years(sig: str, vals: Values, ctx: Context) -> Value | None:
    """1945–1950 гг., 1941-45 гг., 1850/51."""
    ends = [(c, v) for c, v in zip(sig, vals, strict=True) if c in "yOdk"]
    first, last = ends[0][1], ends[1][1]
    if ends[1][0] in "dk":
        last += first // 100 * 100
    if not first < last < first + 1000:
        return None
    return span.through(span.year(first), span.year(last))


def academic_year(sig: str, vals: Values, ctx: Context) -> Value | None:
    """2018/2019 учебный год: both years."""
    value = range_years(sig, vals, ctx)
    consecutive = value is not None and value.last.year == value.first.year + 1
    return value if consecutive or "Q" not in sig else None


def decade(sig: str, vals: Values, ctx: Context) -> Value | None:
    """1990-е, 90-е годы, девяностые годы, в 90-х."""
    first = vals[next(i for i, cls in enumerate(sig) if cls in "Zzo")]
    if first % 10:
        return None
    if first < 100:
        first += 2000 if 2000 + first <= ctx.today.year else 1900
    return span.decade(first)


def range_decades(sig: str, vals: Values, ctx: Context) -> Value | None:
    """1950–1960-е, 20–30-е годы XX века."""
    places = [i for i, cls in enumerate(sig) if cls in "yZdkzo"][:2]
    first, last = (vals[i] for i in places)
    if first % 10 or last % 10:
        return None
    if last < 100:
        before = _years_before(sig[places[1] + 1 :], vals[places[1] + 1 :], ctx)
        first, last = (1900 if before is None else before) + first, (1900 if before is None else before) + last
    return span.through(span.decade(first), span.decade(last)) if first < last else None


def _years_before(sig: str, vals: Values, ctx: Context) -> int | None:
    """The years before the century that the words tell: 1900 for XX века, 1800 for прошлого in 1990."""
    number = next((v for c, v in zip(sig, vals, strict=True) if c in "roqdk"), None)
    if number is None and "p" in sig:
        number = (ctx.today.year + 99) // 100 + vals[sig.index("p")]
    return None if number is None or not 1 <= number <= 21 else 100 * (number - 1)


def century_told(sig: str, vals: Values, ctx: Context) -> Value | None:
    """В прошлом веке, нынешнего столетия."""
    return span.century((ctx.today.year + 99) // 100 + vals[sig.index("p")])


def decade_century(sig: str, vals: Values, ctx: Context) -> Value | None:
    """60-е годы XX века, 80-е годы прошлого века."""
    before = _years_before(sig[1:], vals[1:], ctx)
    return None if before is None or vals[0] % 10 else span.decade(before + vals[0])


def century(_sig: str, vals: Values, _ctx: Context) -> Value | None:
    """XIX век, в девятнадцатом веке."""
    return span.century(vals[0]) if 1 <= vals[0] <= 21 else None


def range_centuries(sig: str, vals: Values, _ctx: Context) -> Value | None:
    """XVIII–XIX века."""
    numbers = [v for c, v in zip(sig, vals, strict=True) if c in "roqdk"]
    if not 1 <= numbers[0] < numbers[1] <= 21:
        return None
    return span.through(span.century(numbers[0]), span.century(numbers[1]))
