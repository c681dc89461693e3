"""Jobs on the articles of sites, in parts: each site has its run and its lease, whoever does the parts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic

from newscrawl.errors import LeaseHeldError, UnavailableError
from newscrawl.items import RunStatus, count_failures
from newscrawl.parts import Engine, P, Task, Work
from newscrawl.store import Run, RunLog, Store


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
    on_start: Callable[[RunLog], None] = lambda _: None,
    on_refused: Callable[[Sequence[P]], None] = lambda _: None,
) -> Carried:
    """Do the parts of each site under a run of its own; an engine of this process does one site after the other.

    `on_start` is told of each run that begins. What a part warns of or fails at is said by its site's run, whose status
    is then `failures`. Raises UnavailableError when store or machines are gone; the runs end as `unavailable`.
    """
    return _Job(engine, store, job, parts, on_start, on_refused).carry_out(work)


class _Job(Generic[P]):
    def __init__(
        self,
        engine: Engine,
        store: Store,
        job: str,
        parts: Mapping[str, Sequence[P]],
        on_start: Callable[[RunLog], None],
        on_refused: Callable[[Sequence[P]], None],
    ) -> None:
        self._engine = engine
        self._store = store
        self._job = job
        self._parts = parts
        self._on_start = on_start
        self._on_refused = on_refused
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
                    run.count("failed.part")
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
            for part in parts:
                yield Task(part, run.id, run)

    def _end(self, run: Run) -> None:
        self._store.refresh_entities()
        self._store.call(self._store.duplicates.refresh)
        del self._open[run.id]
        run.finish("failures" if count_failures(run.stats) else "done")
        self._carried.runs.append(run)

    def _abandon(self, status: RunStatus) -> None:
        """End what is still open; a store that is gone finds such a run dead by its lease."""
        for run in self._open.values():
            try:
                run.finish(status)
            except UnavailableError:
                return
