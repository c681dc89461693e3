"""Jobs in parts: what one process does part after part, and many machines do side by side.

A job that may be shared is a function (`Work`) and the parts that it is done to. Whoever carries it out, an `Engine`,
may do a part twice, or begin anew one that died half-way: so a part is done idempotently, and what was done before is
found in the store and not done again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from newscrawl.errors import NewscrawlError, UnavailableError
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

    def run(self, work: Work[P, Any], tasks: Iterable[Task[P]]) -> Iterator[Done[P]]:
        """Do all tasks, yielding each as it ends. Raises UnavailableError when store or machines are gone.

        Leaving the iteration stops what is under way.
        """


class ThisProcess:
    """One part after another, here; the worker processes of `resources` do the heavy part."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources

    def run(self, work: Work[P, Any], tasks: Iterable[Task[P]]) -> Iterator[Done[P]]:
        """Do all tasks in their order; each is asked for when the one before has ended."""
        for task in tasks:
            try:
                yield Done(task, work(self._resources, task.part, task.run_id, task.log))
            except UnavailableError:
                raise
            except NewscrawlError as error:
                yield Done(task, None, error)
