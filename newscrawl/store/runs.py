"""One run of a job: its record, its counters, its lease."""

from __future__ import annotations

import secrets
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from newscrawl.clock import now
from newscrawl.errors import LeaseHeldError, NotDueError
from newscrawl.items import Alarm, RunStatus
from newscrawl.items import Run as RunRecord
from newscrawl.secrecy import redact
from newscrawl.store import leases
from newscrawl.store.documents import stored
from newscrawl.store.schema import Document

if TYPE_CHECKING:
    from newscrawl.store.store import Store

_MOST_WARNINGS = 200


class RunLog:
    """What a run has counted and has to say. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stats: defaultdict[str, int | float] = defaultdict(int)
        self._warnings: list[str] = []

    def count(self, name: str, number: int | float = 1) -> None:
        """Add to a counter."""
        with self._lock:
            self._stats[name] += number

    def warn(self, sentence: str) -> None:
        """Note something that a person should look at; the first 200 are kept word for word, the rest counted."""
        with self._lock:
            self._stats["warnings"] += 1
            if len(self._warnings) < _MOST_WARNINGS:
                self._warnings.append(redact(sentence))

    def check_lease(self) -> None:
        """Raise LeaseHeldError once what is counted is no longer ours to do. A log of its own has no lease."""

    def add(self, stats: Mapping[str, int | float], warnings: Sequence[str]) -> None:
        """Take over what another log has counted, its warnings too, and the words of these."""
        with self._lock:
            for name, number in stats.items():
                self._stats[name] += number
            self._warnings += warnings[: _MOST_WARNINGS - len(self._warnings)]

    @property
    def stats(self) -> dict[str, int | float]:
        """The counters as they stand."""
        with self._lock:
            return dict(sorted(self._stats.items()))

    @property
    def warnings(self) -> list[str]:
        """What was noted."""
        with self._lock:
            return list(self._warnings)


class Run(RunLog):
    """A run in the store. Made by `Store.start_run`; `finish` must follow, else others find it dead by its lease."""

    def __init__(self, store: Store, job: str, site: str | None, still_due: Callable[[], bool] | None = None) -> None:
        """Take the site's lease (LeaseHeldError when it is held), write the record, begin to pulse.

        `still_due` is asked once the lease is taken; when it says no the lease is given back, with NotDueError.
        """
        super().__init__()
        self.started_at = now()
        self.id = f"{self.started_at:%Y%m%dT%H%M%SZ}-{job}-{site or 'all'}-{secrets.token_hex(2)}"
        self.job = job
        self.site = site
        self.alarms: tuple[Alarm, ...] = ()
        """What the monitors found; written by `finish`."""
        self.robots: dict[str, str] = {}
        """Host -> digest of its robots.txt; written by `finish`."""
        self.lost = threading.Event()
        """Set when another run has taken the lease: this one must not write any more."""
        self._store = store
        dead = store.call(lambda: leases.acquire(store.leases, site, self.id)) if site else None
        self.replaces = dead
        """The run that held the lease before and ended without a word, if one did."""
        if dead:
            store.mark_dead(dead)
            self.warn(f"the run {dead} ended without a word; this one goes on from what it stored")
        if site and still_due is not None:
            self._ask(site, still_due)
        store.call(lambda: store.runs.replace_one({"_id": self.id}, self._document("running"), upsert=True))
        store.pulse.begin(self)

    def _ask(self, site: str, still_due: Callable[[], bool]) -> None:
        is_due = False
        try:
            is_due = still_due()
        finally:
            if not is_due:
                self._store.call(lambda: leases.release(self._store.leases, site, self.id))
        if not is_due:
            raise NotDueError(site)

    def check_lease(self) -> None:
        """Raise LeaseHeldError once another run has taken the site: this one must not write any more."""
        if self.lost.is_set():
            raise LeaseHeldError(self.site or "", "another run, which took this one for dead")

    def finish(self, status: RunStatus, further_stats: Mapping[str, int | float] | None = None) -> None:
        """Write the last word and give the lease back."""
        self._store.pulse.end(self)
        document = self._document(status)
        document["stats"] |= dict(further_stats or {})
        document["finished_at"] = now()
        self._store.call(lambda: self._store.runs.replace_one({"_id": self.id}, document, upsert=True))
        self._store.add_totals(stored(RunRecord, document))
        if self.site:
            site = self.site
            self._store.call(lambda: leases.release(self._store.leases, site, self.id))

    @property
    def stored_stats(self) -> Document:
        """The counters under names that MongoDB takes."""
        return {name.replace("$", "_"): value for name, value in self.stats.items()}

    def _document(self, status: RunStatus) -> Document:
        return {
            "_id": self.id,
            "job": self.job,
            "site": self.site,
            "started_at": self.started_at,
            "finished_at": None,
            "status": status,
            "stats": self.stored_stats,
            "warnings": self.warnings,
            "alarms": [one.model_dump() for one in self.alarms],
            "robots": self.robots,
        }
