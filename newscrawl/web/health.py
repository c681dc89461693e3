"""The health of the crawl as the pages show it: looked at once for all readers, kept for some seconds."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import get_args

from newscrawl.config import Config
from newscrawl.items import RunStatus
from newscrawl.jobs.gaps import Months, look_for_gaps
from newscrawl.jobs.site_status import SiteInDepth, SiteStatus, look_at_all, look_at_one
from newscrawl.jobs.timetable import Timetable
from newscrawl.sites import Site, all_sites
from newscrawl.sites.load import read_sites
from newscrawl.store import Store
from newscrawl.store.store import Unresolved
from newscrawl.store.watched import count_runs
from newscrawl.web.kept import Kept

DAYS = 60
"""Of the chart of all sites and of each one's small picture."""
QUARTER = 91
"""Days of the chart of one site."""
STATES = ("alarm", "failed", "look", "fine", "never")
"""How a site can be, the worst first; `never`: it was not crawled yet."""
_MOST_MONTHS = 600
"""Of the chart of one site: a date that was misread as one of long ago does not hold up the page."""
_MOST_KEPT = 64
"""Sites of which a look in depth is kept."""


@dataclass(frozen=True)
class Overview:
    """All sites at a moment."""

    at: datetime
    rows: Sequence[SiteStatus]
    """The worst first."""
    regions: Mapping[str, str]
    """Site -> ISO 3166-2 code; sites without one are absent."""
    runs: Mapping[str, int]
    """Status -> runs of all jobs that began in the last day."""
    broken: Sequence[str]
    """What is wrong with the site files that are left out, a sentence each."""

    @property
    def days(self) -> list[int]:
        """Articles of all sites by day of publication (UTC), today last."""
        return [sum(numbers) for numbers in zip(*(row.days for row in self.rows), strict=True)] or [0] * DAYS

    @property
    def states(self) -> Counter[str]:
        """How many sites are in which state; see `state_of`."""
        return Counter(state_of(row) for row in self.rows)


@dataclass(frozen=True)
class Portrait:
    """One site at a moment."""

    at: datetime
    site: Site | None
    """None: articles are stored, but no file is there any more."""
    depth: SiteInDepth
    months: Months | None
    unresolved: Sequence[Unresolved]
    """The most frequent first."""
    next_due: datetime | None


def state_of(row: SiteStatus) -> str:
    """Return in a word how a site is, one of STATES."""
    if row.trouble == 0 and row.last_status == "never run":
        return "look" if row.articles and row.advice else "never"  # articles without a site file
    return {3: "alarm", 2: "failed", 1: "look"}.get(row.trouble, "fine")


class Health:
    """Looks at the crawl for one application. Its methods raise StoreUnavailableError and ConfigError."""

    def __init__(self, store: Store, config: Config) -> None:
        self._store = store
        self._config = config
        self._timetable = Timetable(store, config.schedule)
        self._all = Kept(self._look_at_all)
        self._lock = Lock()
        self._ones: OrderedDict[str, Kept[Portrait | None]] = OrderedDict()

    def all(self) -> Overview:
        """Return how all sites are."""
        return self._all.get()

    def one(self, name: str) -> Portrait | None:
        """Return how one site is; None for a name that neither a file nor an article has."""
        with self._lock:
            kept = self._ones.pop(name, None) or Kept(lambda: self._look_at_one(name), stale=15.0)
            self._ones[name] = kept
            while len(self._ones) > _MOST_KEPT:
                self._ones.popitem(last=False)
        return kept.get()

    def _look_at_all(self) -> Overview:
        at = datetime.now(UTC)
        sites, wrong = read_sites(self._config.own_sites)
        dues = self._timetable.look(site for site in sites.values() if site.is_crawlable)
        rows = look_at_all(
            self._store, self._config, days=DAYS, now=at, next_due={due.site.name: due.at for due in dues}
        )
        return Overview(
            at=at,
            rows=sorted(rows, key=lambda row: STATES.index(state_of(row))),
            regions={site.name: site.region for site in sites.values() if site.region},
            runs=count_runs(self._store, get_args(RunStatus), at - timedelta(days=1)),
            broken=[one.message for one in wrong],
        )

    def _look_at_one(self, name: str) -> Portrait | None:
        if not name:
            return None
        at = datetime.now(UTC)
        site = all_sites(self._config.own_sites).get(name)
        depth = look_at_one(self._store, site or name, days=QUARTER, now=at)
        if site is None and not depth.status.articles and not depth.runs:
            return None
        return Portrait(
            at=at,
            site=site,
            depth=depth,
            months=look_for_gaps(self._store, site, most=_MOST_MONTHS) if site else None,
            unresolved=self._store.unresolved(name),
            next_due=self._timetable.next_of(site) if site and site.is_crawlable else None,
        )
