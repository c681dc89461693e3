"""Days: from a shape's signature and values to a Value; null means that there is no such day."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from typing import Any

from . import span
from .context import Context
from .grammar import DATE, DAY, WD
from .span import Value
from .zones import zone_of

Values = Sequence[Any]


class Parts:
    """What one written day tells, any of it; `shift` counts years from the base's (этого года: 0)."""

    __slots__ = ("day", "month", "shift", "weekday", "year")

    def __init__(self) -> None:
        self.year: int | None = None
        self.month: int | None = None
        self.day: int | None = None
        self.weekday: int | None = None
        self.shift: int | None = None

    @property
    def has_year(self) -> bool:
        """Whether the text says which year."""
        return self.year is not None or self.shift is not None


_PART_OF = {"m": "m", "a": "m", "y": "y", "O": "y", "d": "k", "k": "k", "A": "A", "B": "B", "w": "w", "u": "w",
            "t": "p", "p": "p"}  # fmt: skip


@lru_cache(maxsize=4096)
def _places(sig: str) -> tuple[int, ...]:
    """Where a shape has its day, month, year, short year, numeric date, 12.12, weekday and told year; -1 for none."""
    found = dict.fromkeys("dmykABwp", -1)
    for i, cls in enumerate(sig):
        if cls in "do" and found["d"] < 0:
            found["d"] = i
        elif cls in _PART_OF and (cls != "p" or sig[i + 1 : i + 2] == "g"):
            found[_PART_OF[cls]] = i
    return tuple(found.values())


def read_parts(sig: str, vals: Values, ctx: Context) -> Parts:
    """Collect the parts of a day; the shape has made sure that each is there once."""
    parts = Parts()
    day, month, year, short, numeric, dotted, weekday, told = _places(sig)
    if day >= 0:
        parts.day = vals[day]
    if month >= 0:
        parts.month = vals[month]
    if year >= 0:
        parts.year = vals[year]
    if short >= 0:
        parts.year = ctx.full_year(vals[short])
    if numeric >= 0:
        number, parts.month, parts.day, style = vals[numeric]
        parts.year = ctx.full_year(number) if style.startswith("short") else number
    if dotted >= 0:
        parts.day, parts.month = vals[dotted][:2]
    if weekday >= 0:
        parts.weekday = vals[weekday]
    if told >= 0:
        parts.shift = vals[told] or 0
    return parts


def resolve(parts: Parts, ctx: Context) -> Value | None:
    """The day itself; ValueError for one that does not exist."""
    month, number = parts.month, parts.day
    if month is None or number is None:
        raise ValueError("no day")  # 32 мая
    year = parts.year
    if year is None and parts.shift is not None:
        year = ctx.today.year + parts.shift
    if year is not None:
        return span.day(date(year, month, number))
    date(2000, month, number)  # so that an impossible day is told from one without a year
    if not ctx.near:  # the common case, without the search
        today = ctx.today
        if (month, number) <= (today.month, today.day) and (month, number) != (2, 29):
            return span.day(date(today.year, month, number))
    return ctx.choose(lambda y: span.day(date(y, month, number)))


def date_(sig: str, vals: Values, ctx: Context) -> Value | None:
    """12 декабря 2018 г., 12.12.2018, среда, 12 дек."""
    return resolve(read_parts(sig, vals, ctx), ctx)


def relative_date(sig: str, vals: Values, ctx: Context) -> Value | None:
    """Сегодня, 2 сентября: the date is what is meant; the word decides a missing year."""
    parts = read_parts(sig[1:], vals[1:], ctx)
    told = ctx.today + timedelta(vals[0])
    if not parts.has_year and (parts.month, parts.day) == (told.month, told.day):
        return span.day(told)
    return resolve(parts, ctx)


def day_word(_sig: str, vals: Values, ctx: Context) -> Value | None:
    """Сегодня, вчера, послезавтра."""
    return span.day(ctx.today + timedelta(vals[0]))


def weekday_bare(sig: str, vals: Values, ctx: Context) -> Value | None:
    """В понедельник: the last such day (or today), or the nearest within three days either way."""
    wanted = next(v for c, v in zip(sig, vals, strict=True) if c in "wu")
    back = (ctx.today.weekday() - wanted) % 7
    if ctx.near and back > 3:
        back -= 7
    return span.day(ctx.today - timedelta(back))


def weekday_told(sig: str, vals: Values, ctx: Context) -> Value | None:
    """В прошлую пятницу: the last before the base; в ближайшую: the first after it; в эту: that of the base's week."""
    shift, wanted = vals[sig.index("p")], vals[sig.index("w")]
    today = ctx.today
    if shift == 0:
        return span.day(today + timedelta(wanted - today.weekday()))
    if shift > 0:
        return span.day(today + timedelta((wanted - today.weekday() - 1) % 7 + 1))
    return span.day(today - timedelta((today.weekday() - wanted - 1) % 7 + 1) + timedelta(7 * (shift + 1)))


def weekday_of_week(sig: str, vals: Values, ctx: Context) -> Value | None:
    """Во вторник на следующей неделе."""
    monday = ctx.today - timedelta(ctx.today.weekday())
    return span.day(monday + timedelta(7 * vals[sig.index("p")] + vals[sig.index("w")]))


_RIGHT = re.compile(f"(?:{WD},?)?{DATE}|B!?")
_LEFT = re.compile(rf"f?(?:(?:{WD},?)?{DATE}|{DAY}!?|B!?)")


@lru_cache(maxsize=4096)
def _middle(sig: str) -> tuple[int, int]:
    """Where a range's left side ends and its right side begins."""
    for match in re.finditer("&?b|[-/]", sig):
        if _LEFT.fullmatch(sig, 0, match.start()) and _RIGHT.fullmatch(sig, match.end()):
            return match.span()
    raise ValueError(sig)


def range_dates(sig: str, vals: Values, ctx: Context) -> Value | None:
    """С 28 декабря по 8 января 2018 года: what one side leaves out, the other has."""
    i, j = _middle(sig)
    left, right = read_parts(sig[:i], vals[:i], ctx), read_parts(sig[j:], vals[j:], ctx)
    return join(left, right, ctx)


def range_night(sig: str, vals: Values, ctx: Context) -> Value | None:
    """В ночь с 31 декабря на 1 января."""
    begin = sig.index("f") + 1
    middle = sig.index("v", begin)
    left = read_parts(sig[begin:middle], vals[begin:middle], ctx)
    return join(left, read_parts(sig[middle + 1 :], vals[middle + 1 :], ctx), ctx)


def join(left: Parts, right: Parts, ctx: Context) -> Value | None:
    """The range between two days that share what they leave out."""
    month, number = left.month or right.month, left.day
    if number is None or month is None or right.month is None or right.day is None:
        return None
    if left.has_year and right.has_year:
        return _through(resolve(left, ctx), resolve(right, ctx))
    to = (right.month, right.day)
    wraps = (month, number) > to
    if wraps and left.month is None:
        return None  # «с 28 по 5 января»: not ours to mend

    def make(year: int) -> Value | None:
        first, last = date(year, month, number), date(year + wraps, *to)
        return span.days(first, last) if first <= last else None

    date(2000, month, number), date(2000, *to)
    if right.has_year:
        year = right.year if right.year is not None else ctx.today.year + (right.shift or 0)
        return make(year - wraps)
    if left.has_year:
        return make(left.year if left.year is not None else ctx.today.year + (left.shift or 0))
    return ctx.choose(make)


def _through(left: Value | None, right: Value | None) -> Value | None:
    return span.through(left, right) if left and right else None


def range_words(sig: str, vals: Values, ctx: Context) -> Value | None:
    """С сегодня до послезавтра."""
    first, last = (v for c, v in zip(sig, vals, strict=True) if c == "R")
    return span.through(span.day(ctx.today + timedelta(first)), span.day(ctx.today + timedelta(last)))


@lru_cache(maxsize=1024)
def _clock_places(sig: str) -> tuple[int, ...]:
    """Where a time of day has its 14:30, 14.30, hours, minutes, утра or вечера, zone; -1 for none."""
    found = dict.fromkeys(("T", "B", "hours", "minutes", "c", "Y"), -1)
    for i, cls in enumerate(sig):
        if cls in "dkN":
            found["hours" if found["hours"] < 0 else "minutes"] = i
        elif cls in found:
            found[cls] = i
    return tuple(found.values())


def clock_of(sig: str, vals: Values) -> tuple[tuple[int, int, int], Any, bool] | None:
    """Hours, minutes and seconds; the zone told (minutes from UTC, or its name); whether only hours were told.

    Null if there is no such time.
    """
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
    if part >= 0 and vals[part] and hour < 12:
        hour += 12
    if hour > 23 or minute > 59 or second > 59:
        return None
    return (hour, minute, second), zone, full < 0 and dotted < 0 and minutes < 0


def at(day: date, sig: str, vals: Values, ctx: Context) -> Value | None:
    """A time of day on a day."""
    told = clock_of(sig, vals)
    if told is None:
        return None
    clock, zone, only_hours = told
    return _instant(day, clock, zone, ctx, only_hours)


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
