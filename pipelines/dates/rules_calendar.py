"""Days told by their place in the calendar: последняя суббота августа, вторая декада мая, День Победы, выходные."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

from . import named_days, span
from .context import Context
from .rules_day import Parts, read_parts
from .span import Value

Values = Sequence[Any]


def nth_weekday(sig: str, vals: Values, ctx: Context) -> Value | None:
    """В последнюю субботу августа, второе воскресенье сентября 2019 года."""
    at = sig.index("w")
    number, weekday = vals[at - 1] or 0, vals[at]
    parts = read_parts(sig[at + 1 :], vals[at + 1 :], ctx)
    month = parts.month
    if month is None or not 0 <= number <= 5:
        return None
    return in_year(parts, lambda year: span.day(named_days.nth_weekday(year, month, number, weekday)), ctx)


def in_year(parts: Parts, make: Callable[[int], Value | None], ctx: Context) -> Value | None:
    """What `make` gives for the year that the words tell, or for the one that the context chooses."""
    year = parts.told_year(ctx)
    return ctx.choose(make) if year is None else make(year)


def ten_days(sig: str, vals: Values, ctx: Context) -> Value | None:
    """Первая декада мая: the 1st to the 10th; the third lasts to the month's end."""
    number, parts = vals[0], read_parts(sig[2:], vals[2:], ctx)
    month = parts.month
    if month is None or not 1 <= number <= 3:
        return None
    first = 10 * number - 9

    def make(year: int) -> Value:
        last = span.month_end(year, month) if number == 3 else date(year, month, first + 9)
        return span.days(date(year, month, first), last)

    return in_year(parts, make, ctx)


def named_day(sig: str, vals: Values, ctx: Context) -> Value | None:
    """День Победы 2019 года, в День города, Пасха."""
    at = sig.index("ν")
    return in_year(read_parts(sig[at + 1 :], vals[at + 1 :], ctx), vals[at].on, ctx)


def day_number(sig: str, vals: Values, ctx: Context) -> Value | None:
    """15 числа этого месяца."""
    month = 12 * ctx.today.year + ctx.today.month - 1 + vals[sig.index("p")]
    return span.day(date(month // 12, month % 12 + 1, vals[0]))


def weekend_told(sig: str, vals: Values, ctx: Context) -> Value | None:
    """В минувшие, эти, ближайшие выходные: a Saturday and its Sunday."""
    shift, today = vals[sig.index("π")], ctx.today
    saturday = today + timedelta(5 - today.weekday())
    if shift > 0 and today.weekday() >= 5:
        saturday += timedelta(7)
    elif shift < 0:
        saturday -= timedelta(7)
    return span.days(saturday, saturday + timedelta(1))
