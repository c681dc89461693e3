"""Distances from the base: назад, через, на прошлой неделе, в прошлом месяце."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from . import span
from .context import Context
from .span import Value

Values = Sequence[Any]
_SECONDS = {"h": 3600, "n": 60, "s": 1}
# More than that is no distance that anybody means, and would leave the calendar.
_MOST = 5000


def week_told(sig: str, vals: Values, ctx: Context) -> Value | None:
    """На прошлой неделе: Monday to Sunday."""
    monday = ctx.today - timedelta(ctx.today.weekday()) + timedelta(7 * vals[sig.index("p")])
    return span.week(monday)


def month_told(sig: str, vals: Values, ctx: Context) -> Value | None:
    """В прошлом месяце."""
    return span.month(*_months_from(ctx, vals[sig.index("p")]))


def _months_from(ctx: Context, count: int) -> tuple[int, int]:
    months = 12 * ctx.today.year + ctx.today.month - 1 + count
    return months // 12, months % 12 + 1


def ago(sig: str, vals: Values, ctx: Context) -> Value | None:
    """3 часа назад, два года назад, 5 дней 2 часа назад."""
    return _move(sig, vals, ctx, -1)


def soon(sig: str, vals: Values, ctx: Context) -> Value | None:
    """Через неделю, спустя полгода."""
    return _move(sig, vals, ctx, 1)


@lru_cache(maxsize=4096)
def _units(sig: str) -> tuple[tuple[str, int], ...]:
    """Unit and the place of its amount (-1: one) for every part of a distance; `x` brings its own."""
    units: list[tuple[str, int]] = []
    count = -1
    for i, cls in enumerate(sig):
        if cls in "dkNoyi":
            count = i
        elif cls == "x":
            units.append(("x", i))
            count = -1
        elif cls in "WMDhnsgl":
            units.append(("g" if cls == "l" else cls, count))
            count = -1
    return tuple(units)


def _amounts(sig: str, vals: Values) -> dict[str, float]:
    """Unit -> how many."""
    amounts: dict[str, float] = {}
    for unit, i in _units(sig):
        if unit == "x":
            name, count = vals[i]
        else:
            name, count = unit, 1 if i < 0 else vals[i]
        amounts[name] = amounts.get(name, 0) + (_MOST + 1 if count is None else count)
    return amounts


def _move(sig: str, vals: Values, ctx: Context, sign: int) -> Value | None:
    amounts = _amounts(sig, vals)
    if not amounts or max(amounts.values()) > _MOST:
        return None
    months = amounts.get("M", 0) + 12 * amounts.get("g", 0)
    days = amounts.get("D", 0) + 7 * amounts.get("W", 0)
    clock = sign * sum(amounts.get(unit, 0) * seconds for unit, seconds in _SECONDS.items())
    if not months and not days:
        return _instant(ctx.now, clock, amounts, ctx) if clock else span.day(ctx.today)
    year, number = _months_from(ctx, sign * int(months))
    if not clock and not days:
        return span.year(year) if "M" not in amounts and months % 12 == 0 else span.month(year, number)
    day = min(ctx.today.day, span.month_end(year, number).day)
    moved = ctx.today.replace(year=year, month=number, day=day) + timedelta(sign * days)
    if not clock:
        return span.day(moved)
    # Hours count on the absolute clock, days and months on the calendar.
    return _instant(ctx.now.replace(year=moved.year, month=moved.month, day=moved.day), clock, amounts, ctx)


def _instant(start: datetime, seconds: float, amounts: dict[str, float], ctx: Context) -> Value:
    when = (start.astimezone(UTC) + timedelta(seconds=seconds)).astimezone(ctx.zone)
    return span.instant(when, hour="n" not in amounts and "s" not in amounts)
