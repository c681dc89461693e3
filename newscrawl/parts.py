"""Jobs in parts: what one process does part after part, and many machines do side by side.

A job that may be shared is a function (`Work`) and the parts that it is done to. Whoever carries it out, an `Engine`,
may do a part twice, or begin anew one that died half-way: so a part is done idempotently, and what was done before is
found in the store and not done again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from newscrawl.errors import ArchiveUnavailableError, NewscrawlError, UnavailableError
from newscrawl.resources import Resources
from newscrawl.store.runs import RunLog


class Part(Protocol):
    """A piece of a job: small, picklable, complete in itself."""

    @property
    def name(self) -> str:
        """What people see of it; no other part of the job has this name."""

    @property
    def size(self) -> int:
        """How many articles, pages or sites it has, about."""


P = TypeVar("P", bound=Part)
R = TypeVar("R")

Work = Callable[[Resources, P, str, RunLog], R]
"""(resources, part, id of the run that it belongs to, where to count and warn) -> what came of it, picklable.

A function of a module, so that other machines find it by its name. Raises NewscrawlError, UnavailableError when nothing
can be done any more."""


@dataclass(frozen=True)
class Task(Generic[P]):
    """A part that is to be done for a run."""

    part: P
    run_id: str
    log: RunLog
    """What the work counts and says arrives here while it goes on."""
    lane: str = ""
    """A host that one process at a time may ask: tasks of one lane are done one after the other. '': none."""
    turn: str = ""
    """What else is done one after the other, in the order of the tasks: a site whose archives are asked in turn."""


@dataclass(frozen=True)
class Done(Generic[P]):
    """A part that has come to its end."""

    task: Task[P]
    result: Any
    """What the work returned; None with an error."""
    error: NewscrawlError | None = None
    """Why this part could not be done; the others go on."""


class Engine(Protocol):
    """Carries out parts, in whatever order and wherever."""

    has_a_process_for_each: bool
    """Whether each part runs in a process of its own, several at the same time."""

    @property
    def slots(self) -> int:
        """How many parts are done at the same time; at least 1."""

    def run(self, work: Work[P, Any], tasks: Iterable[Task[P]]) -> Iterator[Done[P]]:
        """Do all tasks, yielding each as it ends. Raises UnavailableError when store or machines are gone.

        An archive that is out of reach ends its lane: the tasks that come after are yielded with that error, undone.
        Leaving the iteration stops what is under way.
        """


class Lanes(Generic[P]):
    """The tasks that wait for others of their lane or turn, and the lanes that lead nowhere any more."""

    def __init__(self) -> None:
        self._waiting: list[Task[P]] = []
        self._taken: set[tuple[str, str]] = set()
        self._lost: dict[str, NewscrawlError] = {}

    def enter(self, task: Task[P]) -> list[Task[P]]:
        """Take a task up; return it if it may be begun now."""
        self._waiting.append(task)
        return self._free()

    def leave(self, done: Done[P]) -> list[Task[P]]:
        """Note that a task has ended; return those that may be begun now."""
        if isinstance(done.error, ArchiveUnavailableError) and done.task.lane:
            self._lost.setdefault(done.task.lane, done.error)
        self._taken -= _ways(done.task)
        return self._free()

    def why_lost(self, task: Task[P]) -> NewscrawlError | None:
        """Return why a task leads nowhere."""
        return self._lost.get(task.lane)

    def _free(self) -> list[Task[P]]:
        found, left, wanted = [], [], set(self._taken)
        for task in self._waiting:
            ways = _ways(task)
            if wanted & ways:
                left.append(task)
            else:
                found.append(task)
                self._taken |= ways
            wanted |= ways  # who came first goes first
        self._waiting = left
        return found


def _ways(task: Task[Any]) -> set[tuple[str, str]]:
    return {way for way in (("lane", task.lane), ("turn", task.turn)) if way[1]}


def ends_all(error: NewscrawlError | None) -> bool:
    """Tell whether nothing can be done any more, and not only what was asked of an archive."""
    return isinstance(error, UnavailableError) and not isinstance(error, ArchiveUnavailableError)


class ThisProcess:
    """One part after another, here; the worker processes of `resources` do the heavy part."""

    has_a_process_for_each = False
    slots = 1

    def __init__(self, resources: Resources) -> None:
        self._resources = resources

    def run(self, work: Work[P, Any], tasks: Iterable[Task[P]]) -> Iterator[Done[P]]:
        """Do all tasks in their order; each is asked for when the one before has ended."""
        lanes: Lanes[P] = Lanes()
        for task in tasks:
            lanes.enter(task)
            done = self._do(work, task, lanes.why_lost(task))
            lanes.leave(done)
            yield done

    def _do(self, work: Work[P, Any], task: Task[P], error: NewscrawlError | None) -> Done[P]:
        if error is not None:
            return Done(task, None, error)
        try:
            return Done(task, work(self._resources, task.part, task.run_id, task.log))
        except NewscrawlError as failed:
            if ends_all(failed):
                raise
            return Done(task, None, failed)
