"""Mentions that carry on from a day told before: в тот же день, 15-го, в том же году."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from . import span
from .context import Context
from .span import Value

Values = Sequence[Any]


def same_day(_sig: str, _vals: Values, ctx: Context) -> Value | None:
    """В тот же день: the day told before."""
    return span.day(ctx.told_before())


def next_day(sig: str, vals: Values, ctx: Context) -> Value | None:
    """На следующий день: counted from the day told before."""
    shift = vals[sig.index("p")]
    return span.day(ctx.told_before() + timedelta(shift)) if shift else None


def carried_day(_sig: str, vals: Values, ctx: Context) -> Value | None:
    """15-го, 15 числа: the such day that is nearest to the one told before, a tie going on."""
    told, number = ctx.told_before(), vals[0]
    months = (12 * told.year + told.month - 1 + step for step in (0, 1, -1))
    days = [date(m // 12, m % 12 + 1, number) for m in months if number <= span.month_end(m // 12, m % 12 + 1).day]
    return span.day(min(days, key=lambda day: (abs((day - told).days), day < told))) if days else None


def same_month(_sig: str, _vals: Values, ctx: Context) -> Value | None:
    """В том же месяце."""
    told = ctx.told_before()
    return span.month(told.year, told.month)


def same_year(_sig: str, _vals: Values, ctx: Context) -> Value | None:
    """В том же году."""
    return span.year(ctx.told_before().year)
