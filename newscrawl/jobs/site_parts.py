"""Jobs on the articles of sites, in parts: each site has its run and its lease, whoever does the parts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic

from newscrawl.errors import ArchiveError, ArchiveUnavailableError, LeaseHeldError, NewscrawlError, UnavailableError
from newscrawl.items import RunStatus, count_failures
from newscrawl.parts import Engine, P, Task, Work
from newscrawl.store import Run, Store

_UNAVAILABLE = "archive_unavailable"


@dataclass
class Carried:
    """What became of a job on several sites."""

    runs: list[Run] = field(default_factory=list)
    """Of the sites that it was done on, ended."""
    refused: dict[str, LeaseHeldError] = field(default_factory=dict)
    """Site -> who works on it, so that nothing was done."""


def carry_out(
    engine: Engine,
    store: Store,
    job: str,
    work: Work[P, Any],
    parts: Mapping[str, Sequence[P]],
    *,
    on_start: Callable[[Run], None] = lambda _: None,
    on_refused: Callable[[Sequence[P]], None] = lambda _: None,
    lane: Callable[[P], str] = lambda _: "",
) -> Carried:
    """Do the parts of each site under a run of its own; an engine of this process does one site after the other.

    `on_start` is told of each run that begins. What a part warns of or fails at is said by its site's run, whose status
    is then `failures`. Parts with the same `lane` (a host) are done one after the other, and so are those of one site
    that have any. Raises UnavailableError when store or machines are gone; the runs end as `unavailable`.
    """
    return _Job(engine, store, job, parts, on_start, on_refused, lane).carry_out(work)


class _Job(Generic[P]):
    def __init__(
        self,
        engine: Engine,
        store: Store,
        job: str,
        parts: Mapping[str, Sequence[P]],
        on_start: Callable[[Run], None],
        on_refused: Callable[[Sequence[P]], None],
        lane: Callable[[P], str],
    ) -> None:
        self._engine = engine
        self._store = store
        self._job = job
        self._parts = parts
        self._on_start = on_start
        self._on_refused = on_refused
        self._lane = lane
        self._carried = Carried()
        self._open: dict[str, Run] = {}
        """Run id -> run that has parts to be done."""
        self._left: dict[str, int] = {}
        """Run id -> how many."""

    def carry_out(self, work: Work[P, Any]) -> Carried:
        status: RunStatus = "stopped"
        try:
            for done in self._engine.run(work, self._tasks()):
                run = self._open[done.task.run_id]
                run.check_lease()
                if done.error is not None:
                    run.count(f"failed.{reason_of(done.error)}")
                    run.warn(done.error.message)
                self._left[run.id] -= 1
                if not self._left[run.id]:
                    self._end(run)
        except UnavailableError:
            status = "unavailable"
            raise
        finally:
            self._abandon(status)
        return self._carried

    def _tasks(self) -> Iterator[Task[P]]:
        for site, parts in self._parts.items():
            try:
                run = self._store.start_run(self._job, site)
            except LeaseHeldError as error:
                self._carried.refused[site] = error
                self._on_refused(parts)
                continue
            self._open[run.id], self._left[run.id] = run, len(parts)
            self._on_start(run)
            has_lanes = any(map(self._lane, parts))
            for part in parts:
                yield Task(part, run.id, run, self._lane(part), site if has_lanes else "")

    def _end(self, run: Run) -> None:
        self._store.refresh_entities()
        self._store.call(self._store.duplicates.refresh)
        del self._open[run.id]
        status: RunStatus = "failures" if count_failures(run.stats) else "done"
        run.finish("unavailable" if run.stats.get(f"failed.{_UNAVAILABLE}") else status)
        self._carried.runs.append(run)

    def _abandon(self, status: RunStatus) -> None:
        """End what is still open; a store that is gone finds such a run dead by its lease."""
        for run in self._open.values():
            try:
                run.finish(status)
            except UnavailableError:
                return


def reason_of(error: NewscrawlError) -> str:
    """Return the word by which a run counts what a part could not do."""
    if isinstance(error, ArchiveUnavailableError):
        return _UNAVAILABLE
    return "archive_answer" if isinstance(error, ArchiveError) else "part"
