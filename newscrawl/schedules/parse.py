"""The `schedule` of a site file: a word, an interval, or a cron expression."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from newscrawl.schedules.cron import check_cron

_INTERVAL = re.compile(r"(\d{1,6}) ?(s|m|h|d)")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_LONGEST = timedelta(days=366)
SHORTEST = timedelta(minutes=1)
"""No site on the network is crawled more often."""


@dataclass(frozen=True)
class Auto:
    """By the site's own rhythm."""


@dataclass(frozen=True)
class Every:
    """So long after the last crawl began."""

    interval: timedelta


@dataclass(frozen=True)
class Cron:
    """When a cron expression says, in the site's time zone."""

    expression: str


@dataclass(frozen=True)
class Never:
    """Only when it is named."""


Schedule = Auto | Every | Cron | Never


def parse_schedule(text: str) -> Schedule:
    """Read `auto`, `never`, an interval (`15m`, `2h`, `1d`) or a cron expression of five fields.

    Raises ValueError with a sentence that says what was expected.
    """
    words = text.strip()
    if words in {"auto", "never"}:
        return Auto() if words == "auto" else Never()
    if match := _INTERVAL.fullmatch(words):
        interval = timedelta(**{_UNITS[match[2]]: int(match[1])})
        if not timedelta() < interval <= _LONGEST:
            raise ValueError(f"expected an interval of more than nothing and at most 366d, found {text!r}")
        return Every(interval)
    if len(words.split()) >= 3:
        check_cron(words)
        return Cron(words)
    raise ValueError(
        f"expected auto, never, an interval such as 15m, 2h or 1d, or a cron expression of five fields such as "
        f"0 8-20/2 * * 1-5, found {text!r}"
    )


def is_too_often(schedule: Schedule) -> bool:
    """Tell whether a schedule has an interval that no site on the network should bear."""
    return isinstance(schedule, Every) and schedule.interval < SHORTEST
