"""Is a site as it was? Monitors compare a finished crawl run with the site's own past and raise alarms.

Pure: records in, alarms out; no store, and the clock is an argument. `MONITORS` is the list; each is told in
docs/monitoring.md, measured by benchmarks/monitors.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from newscrawl.items import Alarm
from newscrawl.monitors.articles import coverage, dates, selectors
from newscrawl.monitors.attempts import LEAST_FAILURES, unreached
from newscrawl.monitors.history import History
from newscrawl.monitors.requests import errors, gone, robots
from newscrawl.monitors.sources import RHYTHM_WEEKS, listing, rhythm_before, silence

MONITORS: tuple[Callable[[History], Iterator[Alarm]], ...] = (
    silence,
    coverage,
    selectors,
    listing,
    dates,
    errors,
    gone,
    robots,
)
"""What looks at each run, in the order in which alarms are told."""
RUNS, RUNS_WITH_ARTICLES = 30, 80
"""How many of the latest crawls are the past, and of those that read articles: most of a schedule's read none."""
JUDGED = tuple(one.__name__ for one in MONITORS)
"""Their names, as alarms carry them."""


def judge(history: History) -> tuple[Alarm, ...]:
    """Return what is wrong with a site, as far as its runs tell."""
    return tuple(alarm for monitor in MONITORS for alarm in monitor(history))


__all__ = [
    "JUDGED",
    "LEAST_FAILURES",
    "MONITORS",
    "RHYTHM_WEEKS",
    "RUNS",
    "RUNS_WITH_ARTICLES",
    "History",
    "judge",
    "rhythm_before",
    "unreached",
]
