"""The engine that gives parts to the workers of a Dask cluster."""

from __future__ import annotations

import logging
import queue
import socket
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from newscrawl import __version__
from newscrawl.config import Config, environment
from newscrawl.errors import ConfigError, NewscrawlError, UnavailableError
from newscrawl.machines.attempt import Order, Report, carry_out, stop_job
from newscrawl.machines.frames import NOTHING, Said
from newscrawl.parts import Done, Lanes, P, Task, Work, ends_all
from newscrawl.secrecy import redact

if TYPE_CHECKING:
    from distributed import Client, Future

_CONNECT = 10.0
"""Seconds that a scheduler may take to answer at first."""
_LOOK_EVERY = 0.5
"""Seconds between two looks whether the scheduler is still there."""
_AGAIN = "Run the same command again when it is back: what was stored is not done twice."


class DaskEngine:
    """Parts side by side on a Dask cluster; each is one task. Use it as a context manager."""

    has_a_process_for_each = True

    def __init__(self, address: str, config: Config) -> None:
        """Connect to the scheduler at `address` (`tcp://host:8786`, `tls://…`).

        Raises ConfigError without the `dask` extra, for an address that is none and for workers with another newscrawl;
        UnavailableError when there is no scheduler, or no worker within `config.patience` seconds.
        """
        self._address = address
        self._patience = config.patience
        self._environment = environment(config)
        # One process for each of the worker's threads: Dask decides how many parts a machine does at a time.
        self._environment["NEWSCRAWL_WORKERS"] = "1"
        self._host = socket.gethostname() if config.mongo_uri is None else None
        self._client = _connect(address)
        try:
            self._wait_for_workers()
        except NewscrawlError:
            self._client.close()
            raise

    def __enter__(self) -> DaskEngine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Leave the scheduler; it and its workers stay."""
        with suppress(TimeoutError, OSError):
            self._client.close(timeout=_CONNECT)

    @property
    def slots(self) -> int:
        """How many parts the cluster does at the same time now; at least 1."""
        workers = self._client.scheduler_info(n_workers=-1)["workers"].values()
        return max(1, sum(int(worker["nthreads"]) for worker in workers))

    def run(self, work: Work[P, Any], tasks: Iterable[Task[P]]) -> Iterator[Done[P]]:
        """Do all tasks, yielding each as it ends.

        A part whose worker dies is done again by another; what the dead one had counted until its last report (each
        second) stays counted. Raises UnavailableError when the scheduler goes away, when the store is out of reach of
        a worker, and when no worker is left for `patience` seconds.
        """
        job = f"newscrawl-{uuid.uuid4().hex}"
        given = list(tasks)
        tally = _Tally(given)
        self._client.subscribe_topic(job, lambda event: tally.note(Report.from_message(event[1])))
        lanes: Lanes[P] = Lanes()
        ended: queue.SimpleQueue[Future[Any]] = queue.SimpleQueue()
        futures: dict[Future[Any], Task[P]] = {}

        def begin(task: Task[P]) -> None:
            future = self._submit(job, work, task)
            futures[future] = task
            future.add_done_callback(ended.put)

        try:
            for task in given:
                for ready in lanes.enter(task):
                    begin(ready)
            while futures:
                future = self._next(ended)
                done = self._done(future, futures.pop(future), tally)
                future.release()  # Dask would do it again if the worker that has its result died
                yield done
                free = lanes.leave(done)
                while free:
                    following = free.pop()
                    if (error := lanes.why_lost(following)) is None:
                        begin(following)
                    else:
                        undone = Done(following, None, error)
                        yield undone
                        free += lanes.leave(undone)
        finally:
            self._stop(job, list(futures))

    def _submit(self, job: str, work: Work[P, Any], task: Task[P]) -> Future[Any]:
        name = task.part.name
        call = (work, task.part, task.run_id)
        order = Order(job, name, call, self._environment, __version__, self._host)
        return self._client.submit(carry_out, order, key=f"{name}-{job}", pure=False)

    def _next(self, ended: queue.SimpleQueue[Future[Any]]) -> Future[Any]:
        """Return the next that has ended, while scheduler and workers are there."""
        alone_since: float | None = None
        while True:
            try:
                return ended.get(timeout=_LOOK_EVERY)
            except queue.Empty:
                alone_since = self._check(alone_since)

    def _check(self, alone_since: float | None) -> float | None:
        """Raise UnavailableError when nobody is there to do anything; return since when there is no worker."""
        if self._client.status != "running":
            raise self._gone()
        if self._client.scheduler_info(n_workers=-1)["workers"]:
            return None
        alone_since = alone_since or time.monotonic()
        if time.monotonic() - alone_since > self._patience:
            raise UnavailableError(f"the Dask scheduler at {self._address} has no workers any more", advice=_AGAIN)
        return alone_since

    def _gone(self) -> UnavailableError:
        return UnavailableError(f"the Dask scheduler at {self._address} went away", advice=_AGAIN)

    def _done(self, future: Future[Any], task: Task[P], tally: _Tally) -> Done[P]:
        if future.status == "cancelled":  # nobody here did that
            raise self._gone()
        if future.status == "error":
            return Done(task, None, _broken(task.part.name, future.exception()))
        attempt, ended = future.result()
        tally.note(Report(task.part.name, attempt, ended.said))
        if ended.error is not None and (ends_all(ended.error) or isinstance(ended.error, ConfigError)):
            raise ended.error
        return Done(task, ended.result, ended.error)

    def _stop(self, job: str, futures: list[Future[Any]]) -> None:
        """End what is under way, here and on the workers."""
        left = [future for future in futures if not future.done()]
        if left and self._client.status == "running":
            with suppress(OSError, TimeoutError):
                self._client.cancel(left)
                self._client.run(stop_job, job, on_error="ignore")
        with suppress(OSError, TimeoutError, ValueError):
            self._client.unsubscribe_topic(job)

    def _wait_for_workers(self) -> None:
        try:
            self._client.wait_for_workers(1, timeout=max(self._patience, 1.0))
        except TimeoutError:
            raise UnavailableError(
                f"the Dask scheduler at {self._address} has no workers",
                advice=f"Start some: `dask worker {self._address}`, in an environment with newscrawl.",
            ) from None
        strangers = {
            worker: found
            for worker, found in self._client.run(_newscrawl_here, on_error="return").items()
            if found != __version__
        }
        if strangers:
            worker, found = next(iter(strangers.items()))
            what = f"newscrawl {found}" if isinstance(found, str) else "no newscrawl"
            raise ConfigError(
                f"{len(strangers)} Dask workers, {worker} one of them, have {what}; this is newscrawl {__version__}",
                advice="Install the same version in the environment of every worker.",
            )


class _Tally:
    """Passes on what attempts say, each thing once; attempts that died keep what they said."""

    def __init__(self, tasks: Iterable[Task[Any]]) -> None:
        self._logs = {task.part.name: task.log for task in tasks}
        self._heard: defaultdict[str, Said] = defaultdict(lambda: NOTHING)
        self._lock = threading.Lock()

    def note(self, report: Report) -> None:
        """Add to a task's log what an attempt has said since its last report."""
        with self._lock:
            before = self._heard[report.attempt]
            if report.said.number <= before.number:
                return  # it came by the longer way
            self._heard[report.attempt] = report.said
        grown = {name: number - before.stats.get(name, 0) for name, number in report.said.stats.items()}
        new = report.said.warnings[len(before.warnings) :]
        self._logs[report.name].add({name: number for name, number in grown.items() if number}, new)


def _newscrawl_here() -> str:
    return __version__


def _connect(address: str) -> Client:
    try:
        from distributed import Client
    except ImportError:
        raise ConfigError(
            "--dask needs Dask, which is not installed", advice="Install it: pip install 'newscrawl[dask]'."
        ) from None
    for name in ("distributed", "distributed.client"):  # what matters is told in a sentence
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        return Client(address, timeout=_CONNECT, set_as_default=False)
    except ValueError as error:
        raise ConfigError(f"{address} is no address of a Dask scheduler: {error}", advice="tcp://host:8786") from None
    except OSError as error:  # TimeoutError is one
        raise UnavailableError(
            f"no Dask scheduler answers at {address} ({redact(str(error)).splitlines()[0][:120]})",
            advice="Start one with `dask scheduler`, or leave --dask to do the same on this machine.",
        ) from None


def _broken(name: str, error: BaseException | None) -> NewscrawlError:
    from distributed import KilledWorker

    if isinstance(error, KilledWorker):
        why = f"every worker that took it died, {error.allowed_failures + 1} of them"
    else:
        why = f"{type(error).__name__}: {error}"
    return NewscrawlError(f"{name}: {why}", advice="The logs of the Dask workers tell more.")
