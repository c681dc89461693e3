"""What shows others that the runs of this process live: one thread for all of them, however many."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from pymongo import UpdateOne

from newscrawl.errors import UnavailableError
from newscrawl.store import leases

if TYPE_CHECKING:
    from newscrawl.store.runs import Run
    from newscrawl.store.store import Store


class Pulse:
    """Renews the leases of runs and writes their counters every 10 s. Its thread lives while there is a run."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._runs: dict[str, Run] = {}
        self._lock = threading.Lock()
        self._beating = threading.Lock()
        """Held while the store is written to: a run that ended must not be called running again."""
        self._idle = threading.Event()
        self._thread: threading.Thread | None = None

    def begin(self, run: Run) -> None:
        """Keep a run alive from now on."""
        with self._lock:
            self._runs[run.id] = run
            if self._thread is None:
                self._idle = threading.Event()
                self._thread = threading.Thread(target=self._beat, args=(self._idle,), name="pulse", daemon=True)
                self._thread.start()

    def end(self, run: Run) -> None:
        """Leave a run to itself; when this returns, nothing more is written of it."""
        with self._lock:
            self._runs.pop(run.id, None)
            if not self._runs:
                self._idle.set()
                self._thread = None
        if self._beating.acquire(timeout=30):
            self._beating.release()

    def _beat(self, idle: threading.Event) -> None:
        while not idle.wait(leases.RENEWAL.total_seconds()):
            with self._beating:
                try:
                    self._store.call(self._say_alive, patience=leases.RENEWAL.total_seconds())
                except UnavailableError:
                    continue  # the jobs themselves wait for the store too, and decide when they have waited enough

    def _say_alive(self) -> None:
        with self._lock:
            runs = dict(self._runs)
        if not runs:
            return
        for lost in leases.renew_all(self._store.leases, {run.id: run.site for run in runs.values() if run.site}):
            runs.pop(lost).lost.set()
        if runs:
            counted = [UpdateOne({"_id": run.id}, {"$set": {"stats": run.stored_stats}}) for run in runs.values()]
            self._store.runs.bulk_write(counted, ordered=False)
