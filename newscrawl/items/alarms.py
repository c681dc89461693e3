"""Sites over time: alarms that last and clear, and what all runs of a site add up to."""

from __future__ import annotations

from pydantic import AwareDatetime, Field

from newscrawl.items.record import Record
from newscrawl.items.runs import Alarm, RunStatus


class SiteAlarm(Alarm):
    """An alarm of a site over time: one document, however often it is raised."""

    id: str
    """`_id` in the store: site, monitor and subject."""
    site: str
    """The site's name."""
    raised_at: AwareDatetime
    """When it was raised first since it was last clear, UTC; it may have been so before, see `since`."""
    seen_at: AwareDatetime
    """When it was last raised, UTC."""
    times: int
    """How many runs have raised it since."""
    cleared_at: AwareDatetime | None
    """When a run found all well again, UTC; null while the alarm lasts."""
    accepted_at: AwareDatetime | None
    """When somebody accepted what it tells as the new state of things, UTC: nothing before is compared with."""
    told: dict[str, AwareDatetime]
    """Channel -> when it was last told that this alarm lasts, UTC; a channel told of the recovery is taken out."""


class SiteTotals(Record):
    """What all crawls of a site add up to, and how the last one went; kept so that no overview reads every run."""

    site: str
    """`_id` in the store: the site's name."""
    counts: dict[str, int | float] = Field(default_factory=dict)
    """Sums of counters over all crawls; they only grow. `seconds` is how long they took."""
    runs: dict[str, int] = Field(default_factory=dict)
    """Crawls by status."""
    successes: int = 0
    """Crawls that ended `done` or `failures`."""
    failed_in_a_row: int = 0
    """Crawls since the last success that ended `unavailable` or `died`."""
    interval: float | None = None
    """Usual seconds between two successes (the latest weigh most); null before the second."""
    last_success_at: AwareDatetime | None = None
    """When a crawl last ended `done` or `failures`, UTC."""
    last_run_id: str | None = None
    """The crawl that ended last."""
    last_status: RunStatus | None = None
    """How it ended."""
    last_started_at: AwareDatetime | None = None
    """When it began, UTC."""
    last_seconds: float | None = None
    """How long it took."""
    last_stats: dict[str, int | float] = Field(default_factory=dict)
    """Its counters."""
