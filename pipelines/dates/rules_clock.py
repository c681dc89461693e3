"""Times of day: 14:30, в 3 часа дня, 14 ч. 30 мин. (мск), and whole instants."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from typing import Any, NamedTuple

from . import span
from .context import Context
from .span import Value
from .zones import zone_of

Values = Sequence[Any]


@lru_cache(maxsize=1024)
def _clock_places(sig: str) -> tuple[int, ...]:
    """Where a time of day has its 14:30, 14.30, hours, minutes, part of the day, zone; -1 for none."""
    found = dict.fromkeys(("T", "B", "hours", "minutes", "part", "Y"), -1)
    for i, cls in enumerate(sig):
        if cls in "dkNo":
            found["hours" if found["hours"] < 0 else "minutes"] = i
        elif cls in "cDп":
            found["part"] = i
        elif cls in found:
            found[cls] = i
    return tuple(found.values())


class Clock(NamedTuple):
    """A time of day; `zone` is minutes from UTC or a name with minutes; `days` is 1 for 24:00."""

    time: tuple[int, int, int]
    zone: Any
    only_hours: bool
    days: int


def clock_of(sig: str, vals: Values) -> Clock | None:
    """The time of day that a shape tells; null if there is no such time."""
    full, dotted, hours, minutes, part, named = _clock_places(sig)
    hour, minute, second, zone = 0, 0, 0, None
    if full >= 0:
        hour, minute, second, zone = vals[full]
    elif dotted >= 0:
        hour, minute = vals[dotted][:2]
    else:
        hour, minute = int(vals[hours]), int(vals[minutes]) if minutes >= 0 else 0
    if named >= 0:
        zone = vals[named]
    if part >= 0:
        hour = _part_of_day(hour, sig[part], vals[part])
    if (hour, minute, second) == (24, 0, 0):
        return Clock((0, 0, 0), zone, False, 1)
    if hour > 23 or minute > 59 or second > 59:
        return None
    return Clock((hour, minute, second), zone, full < 0 and dotted < 0 and minutes < 0, 0)


def _part_of_day(hour: int, cls: str, value: Any) -> int:
    """3 часа дня, 8 вечера, 12 ночи, 2 ночи."""
    late = cls == "D" or (cls == "c" and value == 12)
    if late and hour < 12:
        return hour + 12
    return 0 if cls == "п" and hour == 12 else hour


def at(day: date, sig: str, vals: Values, ctx: Context) -> Value | None:
    """A time of day on a day."""
    told = clock_of(sig, vals)
    if told is None:
        return None
    return _instant(day + timedelta(told.days), told.time, told.zone, ctx, told.only_hours)


def _instant(day: date, clock: tuple[int, int, int], zone: Any, ctx: Context, only_hours: bool = False) -> Value | None:
    when = span.local_instant(day, clock, ctx.zone)
    if zone is not None:
        offset = moscow_offset(when) + zone[1] if isinstance(zone, tuple) and zone[0] == "мск" else zone
        if isinstance(offset, tuple):
            offset = offset[1]
        if abs(offset) >= 16 * 60:
            return None
        when = when.replace(tzinfo=timezone(timedelta(minutes=offset)))
    return span.instant(when, hour=only_hours)


def moscow_offset(when: datetime) -> int:
    """Minutes from UTC in Moscow at that wall clock: МСК+2 moves with Moscow's own history."""
    offset = when.replace(tzinfo=zone_of("Europe/Moscow")).utcoffset()
    return 180 if offset is None else int(offset.total_seconds()) // 60


def instant(_sig: str, vals: Values, ctx: Context) -> Value | None:
    """2018-12-12T14:30:00+03:00."""
    year, month, number, hour, minute, second, zone = vals[0]
    if hour > 23 or minute > 59 or second > 59:
        return None
    return _instant(date(year, month, number), (hour, minute, second), zone, ctx)


def unix(_sig: str, vals: Values, ctx: Context) -> Value | None:
    """Seconds since 1970."""
    return span.instant(datetime.fromtimestamp(vals[0], UTC).astimezone(ctx.zone))


def now(_sig: str, _vals: Values, ctx: Context) -> Value | None:
    """Сейчас: the base."""
    return span.instant(ctx.now)
