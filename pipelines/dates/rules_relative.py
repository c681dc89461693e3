"""Distances from the base: назад, через, на прошлой неделе, в прошлом месяце."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, timedelta
from typing import Any

from . import span
from .context import Context
from .span import Value

Values = Sequence[Any]
_CLOCK_UNITS = {"h": "hours", "n": "minutes", "s": "seconds"}
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


def _amounts(sig: str, vals: Values) -> dict[str, float]:
    """Unit -> how many."""
    amounts: dict[str, float] = {}
    count: float | None = None
    for cls, value in zip(sig, vals, strict=True):
        if cls in "dkNoyi":
            count = value if value is not None else _MOST + 1
        elif cls == "x":
            unit, count = value
            amounts[unit] = amounts.get(unit, 0) + (count or 0)
            count = None
        elif cls in "WMDhnsgl":
            unit = "g" if cls == "l" else cls
            amounts[unit] = amounts.get(unit, 0) + (1 if count is None else count)
            count = None
    return amounts


def _move(sig: str, vals: Values, ctx: Context, sign: int) -> Value | None:
    amounts = _amounts(sig, vals)
    if not amounts or any(amount > _MOST for amount in amounts.values()):
        return None
    months = amounts.get("M", 0) + 12 * amounts.get("g", 0)
    days = amounts.get("D", 0) + 7 * amounts.get("W", 0)
    year, number = _months_from(ctx, sign * int(months))
    clock = {name: amounts[unit] for unit, name in _CLOCK_UNITS.items() if unit in amounts}
    if not clock and not days:
        if set(amounts) == {"g"} and months % 12 == 0:
            return span.year(year)
        return span.month(year, number)
    day = min(ctx.today.day, span.month_end(year, number).day)
    moved = ctx.today.replace(year=year, month=number, day=day) + timedelta(sign * days)
    if not clock:
        return span.day(moved)
    # Hours count on the absolute clock, days and months on the calendar.
    local = ctx.now.replace(year=moved.year, month=moved.month, day=moved.day)
    when = (local.astimezone(UTC) + sign * timedelta(**clock)).astimezone(ctx.zone)
    return span.instant(when, hour=set(clock) == {"hours"})
