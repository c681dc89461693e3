"""Days: from a shape's signature and values to a Value; null means that there is no such day."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from typing import Any, NamedTuple

from . import named_days, span
from .context import Context
from .grammar import DAY, TIMED
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


# τ (того же года) and p (прошлого года) count only with their «года».
_PART_OF = {"τ": "τ", "m": "m", "a": "m", "y": "y", "O": "y", "d": "k", "k": "k", "A": "A", "B": "B", "w": "w", "u": "w",
            "t": "p", "p": "p"}  # fmt: skip


@lru_cache(maxsize=4096)
def _places(sig: str) -> tuple[int, ...]:
    """Where a shape has its day, month, year, short year, numeric date, 12.12, weekday, told and same year; or -1."""
    found = dict.fromkeys("dmykABwpτ", -1)
    for i, cls in enumerate(sig):
        if cls in "do" and found["d"] < 0:
            found["d"] = i
        elif cls in _PART_OF and (cls != "p" or sig[i + 1 : i + 2] == "g"):
            found[_PART_OF[cls]] = i
    return tuple(found.values())


def read_parts(sig: str, vals: Values, ctx: Context) -> Parts:
    """Collect the parts of a day; the shape has made sure that each is there once."""
    parts = Parts()
    day, month, year, short, numeric, dotted, weekday, told, same = _places(sig)
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
    if same >= 0:
        parts.year = ctx.told_before().year
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


def date_separated(sig: str, vals: Values, ctx: Context) -> Value | None:
    """12 · 12 · 2018, 12.12 2018: the parts stand apart."""
    numbers = [v for c, v in zip(sig, vals, strict=True) if c in "dBy"]
    day, month = numbers[0][:2] if "B" in sig else numbers[:2]
    return span.day(date(numbers[-1], month, day))


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
    if parts.year is not None:
        return make(parts.year)
    if parts.shift is not None:
        return make(ctx.today.year + parts.shift)
    return ctx.choose(make)


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


_RIGHT = re.compile(f"{TIMED}|B!?")
_LEFT = re.compile(f"f?(?:{TIMED}|{DAY}!?|B!?)")


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
    """Where a time of day has its 14:30, 14.30, hours, minutes, part of the day, zone; -1 for none."""
    found = dict.fromkeys(("T", "B", "hours", "minutes", "part", "Y"), -1)
    for i, cls in enumerate(sig):
        if cls in "dkN":
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
