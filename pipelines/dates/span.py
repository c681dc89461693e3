"""What a date means: the public DateSpan and Reading, and the bare Value that rules compute."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import NamedTuple
from zoneinfo import ZoneInfo

from newscrawl.items import MentionPrecision

from .zones import zone_of

# EDTF (ISO 8601-2:2019, 4.8) sub-year groupings: seasons 21-24, quarters 33-36, half-years 40-41.
SEASON_CODE, QUARTER_CODE, HALF_CODE = 20, 32, 39


class DateSpan(NamedTuple):
    """A date as it was written and what it stands for. Fields mean the same as in `newscrawl.items.DateMention`."""

    text: str
    """The string as given."""
    value: str
    """EDTF (ISO 8601-2): `2018-12-12`, `2018-12`, `2018-12-03/2018-12-07`, `2018-33` (a quarter), `199X`."""
    first: str
    """First day, `YYYY-MM-DD`, or a date-time with its offset for a time of day."""
    last: str
    """Last day, inclusive, or the same date-time."""
    precision: MentionPrecision
    """How fine the end points are."""
    rule: str
    """Which rule read it; `dateparser` for the second opinion."""

    def start(self, timezone: str = "Europe/Moscow") -> datetime:
        """The first instant, aware: the instant itself, or the first day's midnight in `timezone` (IANA name).

        Raises UnknownTimezoneError for a name that zoneinfo does not know.
        """
        if "T" in self.first:
            return datetime.fromisoformat(self.first)
        return datetime.combine(date.fromisoformat(self.first), time(), zone_of(timezone))


class Reading(NamedTuple):
    """What came of a string: a span, or the reason why there is none (exactly one of the two is null)."""

    span: DateSpan | None
    """The date."""
    reason: str | None
    """A stable word: `missing`, `too_long`, `impossible_day`, `out_of_range`, `ambiguous`, `unreadable`."""


class Value(NamedTuple):
    """First and last day (or instant, twice) with precision and EDTF; what every rule returns."""

    first: date
    last: date
    precision: MentionPrecision
    edtf: str


def day(first: date) -> Value:
    """One day."""
    return Value(first, first, "day", first.isoformat())


def days(first: date, last: date) -> Value:
    """From day to day, inclusive."""
    return day(first) if first == last else Value(first, last, "day", f"{first.isoformat()}/{last.isoformat()}")


def week(monday: date) -> Value:
    """Monday to Sunday. EDTF has no weeks: an interval of days."""
    last = date.fromordinal(monday.toordinal() + 6)
    return Value(monday, last, "week", f"{monday.isoformat()}/{last.isoformat()}")


def month_end(year: int, month: int) -> date:
    """The last day of a month."""
    return date(year, 12, 31) if month == 12 else date.fromordinal(date(year, month + 1, 1).toordinal() - 1)


def month(year: int, number: int) -> Value:
    """A calendar month."""
    return Value(date(year, number, 1), month_end(year, number), "month", f"{year:04}-{number:02}")


def quarter(year: int, number: int) -> Value:
    """A calendar quarter, 1..4."""
    first = date(year, 3 * number - 2, 1)
    return Value(first, month_end(year, 3 * number), "quarter", f"{year:04}-{QUARTER_CODE + number}")


def half(year: int, number: int) -> Value:
    """A half-year, 1 or 2."""
    first = date(year, 6 * number - 5, 1)
    return Value(first, month_end(year, 6 * number), "half", f"{year:04}-{HALF_CODE + number}")


def season(year: int, number: int) -> Value:
    """Spring 1 .. winter 4, whole months; winter begins in December of `year`."""
    first = date(year, 3 * number, 1)
    last = month_end(year + 1, 2) if number == 4 else month_end(year, 3 * number + 2)
    return Value(first, last, "season", f"{year:04}-{SEASON_CODE + number}")


def year(number: int) -> Value:
    """A calendar year."""
    return Value(date(number, 1, 1), date(number, 12, 31), "year", f"{number:04}")


def decade(first: int) -> Value:
    """Ten years from one that ends in 0."""
    return Value(date(first, 1, 1), date(first + 9, 12, 31), "decade", f"{first // 10:03}X")


def century(number: int) -> Value:
    """The 19th is 1801..1900, as Russian counts them; so an interval of years and not EDTF's `18XX` (1800..1899)."""
    first, last = 100 * number - 99, 100 * number
    return Value(date(first, 1, 1), date(last, 12, 31), "century", f"{first:04}/{last:04}")


def through(left: Value, right: Value) -> Value | None:
    """From the beginning of `left` to the end of `right`; null if that runs backwards."""
    if isinstance(left.first, datetime) or isinstance(right.last, datetime) or left.first > right.last:
        return None
    if left.precision == "day" and right.precision == "day":
        return days(left.first, right.last)
    if left.precision == right.precision and left.precision in ("month", "year"):
        return Value(left.first, right.last, left.precision, f"{left.edtf}/{right.edtf}")
    if left.precision == right.precision:
        # Quarters, decades and their like cannot stand in an EDTF interval; their days can.
        return Value(left.first, right.last, left.precision, f"{left.first.isoformat()}/{right.last.isoformat()}")
    return Value(left.first, right.last, "day", f"{left.first.isoformat()}/{right.last.isoformat()}")


def instant(when: datetime, *, hour: bool = False) -> Value:
    """A time of day, to the minute (or told in hours); `when` has no fraction of a second."""
    return Value(when, when, "hour" if hour else "minute", when.isoformat())


def ends(value: Value) -> tuple[str, str]:
    """First and last as text."""
    if value.first is value.last and value.precision in _ONE_MOMENT:
        return value.edtf, value.edtf
    return value.first.isoformat(), value.last.isoformat()


_ONE_MOMENT = frozenset({"day", "minute", "hour"})


def local_instant(on: date, clock: tuple[int, int, int], zone: ZoneInfo) -> datetime:
    """A day and a clock in a zone, with the offset that the zone had then."""
    return datetime(on.year, on.month, on.day, *clock, tzinfo=zone)
