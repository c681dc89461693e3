"""How all sites are: gathered from the whole store, so one look serves all who ask within some seconds."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from datetime import datetime

from newscrawl.config import Config
from newscrawl.jobs.site_status import SiteStatus, look_at_all
from newscrawl.jobs.timetable import Timetable
from newscrawl.sites import all_sites
from newscrawl.store import Store
from newscrawl.store.documents import now

KEPT = 15.0
"""Seconds for which a look is good enough."""
DAYS = 30
"""That `days` of each site has."""


@dataclass(frozen=True)
class Look:
    """What was seen."""

    at: datetime
    """When, UTC."""
    sites: list[SiteStatus]
    """The worst first."""


class Overview:
    """Looks at all sites of one store. Thread-safe."""

    def __init__(self, store: Store, config: Config) -> None:
        self._store = store
        self._config = config
        self._timetable = Timetable(store, config.schedule)
        self._lock = threading.Lock()
        self._last: Look | None = None
        self._good_until = 0.0

    def look(self) -> Look:
        """Return how all sites are, seen within the last seconds; while one thread looks, the others get the last look.

        Raises StoreUnavailableError.
        """
        if self._last is not None and (time.monotonic() < self._good_until or self._lock.locked()):
            return self._last
        with self._lock:
            if self._last is None or time.monotonic() >= self._good_until:
                self._last = self._gather()
                self._good_until = time.monotonic() + KEPT
            return self._last

    def _gather(self) -> Look:
        at = now()
        crawled = [site for site in all_sites(self._config.own_sites).values() if site.is_crawlable]
        dues = {due.site.name: due.at for due in self._timetable.look(crawled)}
        return Look(at, look_at_all(self._store, self._config, days=DAYS, now=at, next_due=dues))
