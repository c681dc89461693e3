"""Cron expressions of five fields, as crontab(5) means them, over the triggers of APScheduler.

APScheduler 3 counts weekdays from Monday and wants both day fields to fit; cron counts from Sunday, and where both are
restricted one of them is enough. So weekdays are handed over by their names, and two day fields as two triggers.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger

_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_PART = re.compile(r"(?P<first>\*|\w+)(?:-(?P<last>\w+))?(?:/(?P<step>\d+))?")
_LONGEST = timedelta(days=366 * 8)
"""The rarest day of all, 29 February, comes within so many days even where a century leaves one out."""
_ANY_DAY = datetime(2000, 1, 1, tzinfo=UTC)


def check_cron(text: str) -> None:
    """Raise ValueError, with a sentence, for what is no cron expression or names a day that never comes."""
    fields = text.split()
    if len(fields) != 5:
        raise ValueError(f"expected the five fields of a cron expression, found {len(fields)}: {text!r}")
    try:
        fires = next_fire(text, _ANY_DAY, "UTC")
    except ValueError as error:
        raise ValueError(f"expected a cron expression such as 0 8-20/2 * * 1-5: {error}") from None
    if fires is None:
        raise ValueError(f"expected a cron expression whose day exists, found {text!r}")


def next_fire(text: str, after: datetime, timezone: str) -> datetime | None:
    """Return the first moment (UTC) after `after` that a cron expression names in a time zone; None if none does."""
    # Counted in UTC: in local time the second of two equal hours would be taken for the first.
    later = (after.astimezone(UTC) + timedelta(microseconds=1)).astimezone(ZoneInfo(timezone))
    fires = [one.get_next_fire_time(None, later) for one in _triggers(text, timezone)]
    found = [fire.astimezone(UTC) for fire in fires if fire is not None and after < fire <= after + _LONGEST]
    return min(found, default=None)


@lru_cache(maxsize=4096)
def _triggers(text: str, timezone: str) -> tuple[CronTrigger, ...]:
    minute, hour, day, month, weekday = text.lower().split()
    days = _weekdays(weekday)

    def trigger(day: str, weekdays: str) -> CronTrigger:
        zone = ZoneInfo(timezone)
        # An end is needed, else a day that never comes is looked for through all years.
        return CronTrigger(
            minute=minute, hour=hour, day=day, month=month, day_of_week=weekdays, timezone=zone, end_date="2199-12-31"
        )

    if day.startswith("*") or weekday.startswith("*"):
        return (trigger(day, days),)
    return trigger(day, "*"), trigger("*", days)


def _weekdays(field: str) -> str:
    """Return the names of the days that a weekday field of cron means, as APScheduler takes them."""
    if field == "*":
        return "*"
    found: set[int] = set()
    for part in field.split(","):
        match = _PART.fullmatch(part)
        if match is None:
            raise ValueError(f"{part!r} is no weekday")
        step = int(match["step"] or 1)
        first = 0 if match["first"] == "*" else _day(match["first"])
        last = _day(match["last"]) if match["last"] else 6 if match["first"] == "*" or match["step"] else first
        if step < 1 or last < first:
            raise ValueError(f"{part!r} is no span of weekdays")
        found.update(number % 7 for number in range(first, last + 1, step))
    return ",".join(_DAYS[number] for number in sorted(found))


def _day(word: str) -> int:
    if word in _DAYS:
        return _DAYS.index(word)
    if word.isdigit() and int(word) <= 7:
        return int(word)
    raise ValueError(f"{word!r} is no weekday: 0 (Sunday) to 7 (Sunday again), or sun to sat")
