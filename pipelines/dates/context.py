"""What a rule knows beside the words: the base, the zone, and how a missing year is chosen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from .span import Value
from .zones import check_base, zone_of

# A 29 February may be eight years away (1896 .. 1904).
_REACH = 9


class NothingToldError(LookupError):
    """A mention carries on from a day, and none was told."""


class Context:
    """The base in the zone (`now` is its clock there, `today` its day) and the rule for a missing year.

    `near` is the rule of running text, nearest either way; else the nearest past.
    """

    __slots__ = ("near", "now", "today", "told", "zone")

    def __init__(self, base: datetime, zone: ZoneInfo, *, near: bool) -> None:
        self.zone = zone
        self.near = near
        self.told: date | None = None
        """The day that the text told last, which «в тот же день» means."""
        try:
            self.now: datetime = base.astimezone(zone).replace(microsecond=0)
        except OverflowError:  # within hours of the calendar's ends
            self.now = base.replace(microsecond=0)
        self.today: date = self.now.date()

    def fresh(self, *, near: bool) -> Context:
        """The same base with nothing told yet."""
        new = Context.__new__(Context)
        new.zone, new.now, new.today, new.near, new.told = self.zone, self.now, self.today, near, None
        return new

    def told_before(self) -> date:
        """The day that the text told last; raises NothingToldError."""
        if self.told is None:
            raise NothingToldError
        return self.told

    def full_year(self, two_digits: int) -> int:
        """20yy if that is at most five years after the base, else 19yy."""
        year = 2000 + two_digits
        return year if year <= self.today.year + 5 else year - 100

    def choose(self, make: Callable[[int], Value | None], *, by_month: bool = False) -> Value | None:
        """The value whose year the text leaves out; `make(year)` gives it for a year, null where there is none."""
        this = self.today.year
        if not self.near:
            for year in range(this, this - _REACH, -1):
                value = _made(make, year)
                if value is not None and value.first <= self.today:
                    return value
            return None
        best: tuple[int, Value] | None = None
        for step in range(_REACH):
            for year in (this - step, this + step):
                value = _made(make, year)
                if value is not None:
                    far = self._distance(value, by_month)
                    # The past is tried first, so a tie stays with it.
                    if (
                        best is None
                        or far < best[0]
                        or (far == best[0] and value.last < best[1].first and value.last < self.today)
                    ):
                        best = (far, value)
            if best is not None and step >= 1:
                return best[1]
        return best and best[1]

    def _distance(self, value: Value, by_month: bool) -> int:
        if value.first <= self.today <= value.last:
            return 0
        edge = value.last if value.last < self.today else value.first
        if by_month:
            return abs(12 * (edge.year - self.today.year) + edge.month - self.today.month)
        return abs(edge.toordinal() - self.today.toordinal())


def _made(make: Callable[[int], Value | None], year: int) -> Value | None:
    try:
        return make(year)
    except ValueError:  # 29 February of a common year, year 0
        return None


@lru_cache(maxsize=256)
def _context(base: datetime, timezone: str, near: bool) -> Context:
    check_base(base)
    return Context(base, zone_of(timezone), near=near)


def context(base: datetime, timezone: str, *, near: bool) -> Context:
    """The context of a base, checked; raises NaiveBaseError and UnknownTimezoneError.

    Remembered: a page's dates share a base. Equal bases are one instant, and nothing else of a base is used.
    """
    try:
        return _context(base, timezone, near)
    except TypeError:  # neither can be hashed, so neither is what it should be
        check_base(base)
        return Context(base, zone_of(timezone), near=near)
