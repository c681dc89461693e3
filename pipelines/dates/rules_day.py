"""Days: from a shape's signature and values to a Value; null means that there is no such day."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from . import span
from .context import Context
from .grammar import DAY, TIMED
from .span import Value

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

    def told_year(self, ctx: Context) -> int | None:
        """The year that the text says, null where it leaves it out."""
        if self.year is None and self.shift is not None:
            return ctx.today.year + self.shift
        return self.year


# τ (того же года) and p (прошлого года) count only with their «года».
_PART_OF = dict(zip("τmayOdkЮABwutp", "τmmyykkkABwwpp", strict=True))


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
    year = parts.told_year(ctx)
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
    day, month, year, *_ = _places(sig)
    if year >= 0 and month >= 0 and day >= 0:  # the common case, without the parts
        return span.day(date(vals[year], vals[month], vals[day]))
    return resolve(read_parts(sig, vals, ctx), ctx)


def date_separated(sig: str, vals: Values, ctx: Context) -> Value | None:
    """12 · 12 · 2018, 12.12 2018: the parts stand apart."""
    if "E" in sig:
        year, month = vals[sig.index("E")]
        return span.day(date(year, month, vals[sig.index("d")]))
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


_RIGHT = re.compile(f"{TIMED}|B!?")
_LEFT = re.compile(f"[fμ]?(?:{TIMED}|{DAY}!?|B!?)")


@lru_cache(maxsize=4096)
def _middle(sig: str) -> tuple[int, int]:
    """Where a range's left side ends and its right side begins."""
    for match in re.finditer("&?b|[-/&]", sig):
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
    ends_in, begins_in = right.told_year(ctx), left.told_year(ctx)
    if ends_in is not None:
        return make(ends_in - wraps)
    return ctx.choose(make) if begins_in is None else make(begins_in)


def _through(left: Value | None, right: Value | None) -> Value | None:
    return span.through(left, right) if left and right else None


def range_words(sig: str, vals: Values, ctx: Context) -> Value | None:
    """С сегодня до послезавтра."""
    first, last = (v for c, v in zip(sig, vals, strict=True) if c == "R")
    return span.through(span.day(ctx.today + timedelta(first)), span.day(ctx.today + timedelta(last)))
