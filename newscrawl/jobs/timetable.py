"""When each site is to be crawled next, from its schedule and what the store knows of its past."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from newscrawl.rhythm import Rhythm
from newscrawl.schedules import Past, next_due, parse_schedule
from newscrawl.sites import Site
from newscrawl.store import Store

WEEKS = 8
"""Weeks of the past that a rhythm is learnt from."""


@dataclass(frozen=True)
class Due:
    """A site and the moment (UTC) from which it is due."""

    site: Site
    at: datetime


class Timetable:
    """Tells what is due. Keeps what it has reckoned while a site's last crawl and schedule stay the same."""

    def __init__(self, store: Store, usual: str) -> None:
        """`usual` is the schedule of sites whose file has none."""
        self._store = store
        self._usual = usual
        self._known: dict[str, tuple[tuple[str, str, Past | None], datetime | None]] = {}

    def look(self, sites: Iterable[Site]) -> list[Due]:
        """Return for each site from when it is due, the earliest first; those that never are by themselves are absent.

        A site that a living process works on is left out too: its next crawl follows from how this one ends.
        Raises StoreUnavailableError.
        """
        at_work = self._store.sites_at_work()
        past = self._store.last_crawls()
        now = datetime.now(UTC)
        found = []
        for site in sites:
            at = None if site.name in at_work else self._due(site, past.get(site.name), now)
            if at is not None:
                found.append(Due(site, at))
        return sorted(found, key=lambda one: (one.at, one.site.name))

    def is_due(self, site: Site) -> bool:
        """Tell whether a site is due now by its last crawl as the store has it; asked while its lease is held."""
        now = datetime.now(UTC)
        at = self._due(site, self._store.last_crawls([site.name]).get(site.name), now)
        return at is not None and at <= now

    def next_of(self, site: Site) -> datetime | None:
        """Return from when a site is due by its last crawl; None when by itself it never is."""
        return self._due(site, self._store.last_crawls([site.name]).get(site.name), datetime.now(UTC))

    def _due(self, site: Site, past: Past | None, now: datetime) -> datetime | None:
        schedule = site.schedule or self._usual
        key = (schedule, site.timezone, past)
        known = self._known.get(site.name)
        if known is not None and known[0] == key:
            return known[1]

        def rhythm() -> Rhythm | None:
            times = self._store.publication_times(site.name, now - timedelta(weeks=WEEKS), timezone=site.timezone)
            return Rhythm.learn(times, now=now, timezone=site.timezone, weeks=WEEKS)

        parsed = parse_schedule(schedule)
        at = next_due(parsed, past, now=now, site=site.name, timezone=site.timezone, rhythm=rhythm)
        self._known[site.name] = (key, at)
        return at
