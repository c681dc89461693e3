"""The runs of jobs: what each did, what it has to say, what is wrong with its site."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import AwareDatetime, Field

from newscrawl.items.record import Record

RunStatus = Literal["running", "done", "failures", "stopped", "unavailable", "died"]
Monitor = Literal["silence", "coverage", "selectors", "listing", "dates", "errors", "gone", "robots", "runs"]


class Alarm(Record):
    """Something that a monitor found when it compared a run with its site's own past."""

    monitor: Monitor
    """Which one: `silence` (no news for longer than the site's rhythm allows), `coverage` (a field is found less
    often), `selectors` (a field comes from elsewhere), `listing` (lists name fewer articles, or tell less of them),
    `dates` (more stay unresolved), `errors` (more requests fail), `gone` (many articles were taken down), `robots`
    (robots.txt forbids what was crawled), `runs` (the site could not be crawled at all; raised from outside)."""
    subject: str
    """What of the site it concerns, '' for the whole: a field, a source's address."""
    text: str
    """What was found, in a sentence with its figures."""
    advice: str
    """What to do."""
    since: AwareDatetime | None = None
    """When the first run began that shows it, UTC; null where that cannot be told."""


class Run(Record):
    """One run of a job."""

    id: str
    """`_id` in the store; begins with the start in UTC, so ids sort by time."""
    job: str
    """`crawl`, `reprocess`, …"""
    site: str | None
    """The site it worked on; null for all."""
    started_at: AwareDatetime
    """UTC."""
    finished_at: AwareDatetime | None
    """UTC; null while it runs."""
    status: RunStatus
    """`done`; `failures`: done, with failures worth a look; `stopped` by hand; `unavailable`: store or network gone;
    `died`: ended without a word; `running`."""
    stats: dict[str, int | float]
    """Counts by name: `articles_new`, `unresolved.date_published.missing`, …"""
    warnings: tuple[str, ...]
    """What a person should look at."""
    alarms: tuple[Alarm, ...] = ()
    """Where the site behaves otherwise than its own past lets expect."""
    robots: dict[str, str] = Field(default_factory=dict)
    """Host -> digest of the robots.txt that it gave, '' where it has none."""


def count_failures(stats: Mapping[str, int | float]) -> int | float:
    """Return how much failed in a run: the sum of its `failed.…` counters."""
    return sum(number for name, number in stats.items() if name.startswith("failed."))
