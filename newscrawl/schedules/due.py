"""When the next crawl of a site is due. docs/scheduling.md says the same in words."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from newscrawl.items import RunStatus
from newscrawl.rhythm import Rhythm
from newscrawl.schedules.cron import next_fire
from newscrawl.schedules.parse import Auto, Cron, Every, Never, Schedule

SOONEST = timedelta(minutes=15)
"""`auto` comes no sooner: a list asked every quarter of an hour costs a site a hundred requests a day."""
LATEST = timedelta(hours=12)
"""`auto` comes no later: what is corrected or taken down is seen the same day, on the quietest site too."""
UNKNOWN = timedelta(hours=1)
"""`auto` without a history that gives a rhythm."""
ARTICLES = 1.0
"""`auto` comes when so many articles are expected that no crawl has seen."""
_LONGEST_PAUSE = timedelta(days=1)
"""A site that cannot be reached is tried at least so often."""
_SPREAD = 0.1
_MOST_SPREAD = timedelta(minutes=10)


@dataclass(frozen=True)
class Past:
    """What the last crawl of a site was."""

    run_id: str
    started_at: datetime
    """UTC."""
    status: RunStatus
    in_vain: int = 0
    """How many crawls in a row, this one included, did not come to their end: unavailable, stopped or died."""


def next_due(
    schedule: Schedule,
    past: Past | None,
    *,
    now: datetime,
    site: str,
    timezone: str,
    rhythm: Callable[[], Rhythm | None],
) -> datetime | None:
    """Return the moment (UTC) from which a crawl of `site` is due; None if by itself it never is.

    `past` is the site's last crawl, None before the first: then it is due `now`. So it is after one that died or was
    stopped, which goes on from what it stored; unless that happens time after time. A site that could not be reached is
    left alone for its usual interval, then for twice as long and so on, up to a day.
    `rhythm` is asked for only where the schedule needs it.
    """
    if isinstance(schedule, Never):
        return None
    if past is None or past.status == "running":  # one that really runs holds its lease
        return now
    in_vain = past.in_vain - (past.status != "unavailable")  # the first that died or was stopped counts for nothing
    if past.status in {"died", "stopped"} and in_vain < 1:
        return now
    usual = _usual(schedule, past.started_at, timezone, rhythm)
    if usual is None:
        return None
    pause = max(usual - past.started_at, timedelta())
    if past.status in {"unavailable", "died", "stopped"}:
        pause = min(pause * 2 ** min(in_vain - 1, 20), max(_LONGEST_PAUSE, pause))
    if isinstance(schedule, Cron):
        return next_fire(schedule.expression, past.started_at + pause - timedelta(seconds=1), timezone)
    return past.started_at + pause + spread(site, pause)


def _usual(
    schedule: Schedule, started: datetime, timezone: str, rhythm: Callable[[], Rhythm | None]
) -> datetime | None:
    """Return when the crawl after one that began at `started` is due as a rule."""
    if isinstance(schedule, Every):
        return started + schedule.interval
    if isinstance(schedule, Cron):
        return next_fire(schedule.expression, started, timezone)
    assert isinstance(schedule, Auto)
    learnt = rhythm()
    expected = started + UNKNOWN if learnt is None else learnt.when(started, ARTICLES)
    return min(max(expected, started + SOONEST), started + LATEST).astimezone(UTC)


def spread(site: str, pause: timedelta) -> timedelta:
    """Return by how much later a site comes than its interval says: a tenth at most, ten minutes at most.

    Always the same for one name, so that a thousand sites with one interval drift apart and stay so.
    """
    share = int.from_bytes(hashlib.sha256(site.encode()).digest()[:4]) / 2**32
    return min(pause * _SPREAD, _MOST_SPREAD) * share
