"""Worker processes for `process_page`. Language models live here, never in the process that talks to the network.

Each lane is a thread that owns a process pool of one. So when a process dies, it is plain which page it was at, and
the other lanes go on; one pool of several would break as a whole and forget what each process was doing.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing.connection import wait
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from newscrawl.canonical import article_url
from newscrawl.errors import NewscrawlError
from newscrawl.items import Page, Problem
from newscrawl.sites.model import Site

if TYPE_CHECKING:
    from pipelines.road import Outcome

Work = TypeVar("Work")
Answer = TypeVar("Answer")

_START_TIMEOUT = 180.0
"""Seconds for a process to import everything and load its models; it takes about 2 on an idle machine."""
_ATTEMPTS = 2
"""How often a page is tried when the process under it dies: once may be an accident, twice is the page."""
_GARBAGE = (10_000, 20, 20)
"""After so many new objects garbage is looked for among them, and how many times rarer among older ones."""
_NICENESS = 5
"""Workers yield to the process that keeps connections waiting."""


class WorkerPool:
    """A fixed number of worker processes, started on demand, replaced when they die or hang."""

    def __init__(
        self,
        size: int,
        page_timeout: float,
        on_replaced: Callable[[str], None] | None = None,
        gazetteer: Path | None = None,
    ) -> None:
        """`on_replaced` is told why (`worker_died`, `timeout`) each time a process is replaced.

        `gazetteer` is a folder of a user's own names, see `pipelines.entities.load`.
        """
        # One lane is one core; threads of the matrix library only get in each other's way, and spin: on a busy machine
        # a page took eight times the CPU. Read when numpy loads, so the processes must be born with it.
        os.environ["OPENBLAS_NUM_THREADS"] = "1"
        self.size = size
        self.replaced = 0
        """Processes replaced so far."""
        self._page_timeout = page_timeout
        self._on_replaced = on_replaced
        self._gazetteer = gazetteer
        self._threads = ThreadPoolExecutor(size, thread_name_prefix="worker lane")
        self._local = threading.local()
        self._lock = threading.Lock()
        self._lanes: list[_Lane] = []

    def __enter__(self) -> WorkerPool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Begin to start all processes, so that models load while the first pages are fetched."""
        barrier = threading.Barrier(self.size)

        def start_one() -> None:
            barrier.wait()  # holds this thread until every other one has taken its start too
            self._lane()

        for _ in range(self.size):
            self._threads.submit(start_one)

    def submit(self, page: Page, site: Site | None) -> Future[Outcome]:
        """Process a page; the future raises NewscrawlError only when no worker can be started at all."""
        return self._threads.submit(self._process, page, site)

    def map(self, pages: Iterable[tuple[Page, Site | None]]) -> Iterator[Outcome]:
        """Process pages in order, a bounded number ahead: memory stays flat for any number."""
        waiting: list[Future[Outcome]] = []
        for page, site in pages:
            waiting.append(self.submit(page, site))
            if len(waiting) >= 4 * self.size:
                yield waiting.pop(0).result()
        for future in waiting:
            yield future.result()

    def map_chunks(
        self,
        function: Callable[[Sequence[Work]], Answer],
        chunks: Iterable[Sequence[Work]],
        lost: Callable[[Work, Problem], Answer],
    ) -> Iterator[Answer]:
        """Answer chunks in order, a bounded number ahead: many small tasks for the price of one journey.

        `function` is a module's own, and repeatable. A chunk over which a process dies, or that takes longer than a
        page may, is done again task by task; what `lost` makes of a task that ends so by itself, too, is its answer.
        """
        waiting: list[Future[list[Answer]]] = []
        for chunk in chunks:
            waiting.append(self._threads.submit(self._answer, function, chunk, lost))
            if len(waiting) >= 2 * self.size + 1:
                yield from waiting.pop(0).result()
        for future in waiting:
            yield from future.result()

    def pids(self) -> list[int]:
        """Return the process ids of the workers that run now."""
        with self._lock:
            return [lane.pid for lane in self._lanes]

    def close(self) -> None:
        """Finish what was submitted, then end the processes."""
        self._threads.shutdown(wait=True)
        with self._lock:
            lanes, self._lanes = self._lanes, []
        for lane in lanes:
            lane.close()

    def _process(self, page: Page, site: Site | None) -> Outcome:
        from pipelines.road import Outcome, process_page  # late: not all parts of jobs read pages

        answer = self._run(process_page, page, site)
        if isinstance(answer, Problem):
            return Outcome(page.id, article_url(page, site), problem=answer)
        return answer

    def _answer(
        self,
        function: Callable[[Sequence[Work]], Answer],
        chunk: Sequence[Work],
        lost: Callable[[Work, Problem], Answer],
    ) -> list[Answer]:
        answer = self._run(function, chunk, attempts=1)
        if not isinstance(answer, Problem):
            return [answer]
        singles = ((task, self._run(function, [task])) for task in chunk)
        return [lost(task, one) if isinstance(one, Problem) else one for task, one in singles]

    def _run(self, function: Callable[..., Answer], *arguments: object, attempts: int = _ATTEMPTS) -> Answer | Problem:
        """Call a function in this thread's process; a Problem when that died over it or was too slow."""
        reason = ""
        for _ in range(attempts):
            lane = self._lane()
            try:
                return lane.executor.submit(function, *arguments).result(self._page_timeout)
            except BrokenProcessPool:
                reason = "worker_died"
                self._replace(lane, reason)
            except TimeoutError:
                reason = "timeout"
                self._replace(lane, reason)
                break
        sentence = {
            "worker_died": f"the worker process died {_ATTEMPTS} times over this page",
            "timeout": f"the page took longer than {self._page_timeout:g} s",
        }[reason]
        return Problem(field="page", reason=reason, text=sentence)

    def _lane(self) -> _Lane:
        lane: _Lane | None = getattr(self._local, "lane", None)
        if lane is None:
            lane = self._local.lane = _Lane(self._gazetteer)
            with self._lock:
                self._lanes.append(lane)
        return lane

    def _replace(self, lane: _Lane, reason: str) -> None:
        lane.kill()
        self._local.lane = None
        with self._lock:
            self._lanes.remove(lane)
            self.replaced += 1
        if self._on_replaced is not None:
            self._on_replaced(reason)


class _Lane:
    """One worker process with its models loaded."""

    def __init__(self, gazetteer: Path | None) -> None:
        context = multiprocessing.get_context("spawn")
        self.executor = ProcessPoolExecutor(1, mp_context=context, initializer=settle_in)
        try:
            self.pid = self.executor.submit(_warm_up, gazetteer).result(_START_TIMEOUT)
        except NewscrawlError:  # its own words say what is missing
            self.executor.shutdown(wait=False, cancel_futures=True)
            raise
        except (BrokenProcessPool, TimeoutError):
            self.executor.shutdown(wait=False, cancel_futures=True)
            raise NewscrawlError(
                "a worker process does not start",
                advice="`newscrawl doctor` tries one and shows why; 300 MiB of free memory are needed for each.",
            ) from None

    def kill(self) -> None:
        with suppress(ProcessLookupError):  # gone is what we want
            os.kill(self.pid, signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
        self.executor.shutdown(wait=False, cancel_futures=True)

    def close(self) -> None:
        self.executor.shutdown(wait=True)


def settle_in() -> None:
    """Run first in a worker: leave Ctrl-C to the parent, be nice, and die with the parent however it dies."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_die_with, args=(parent.sentinel,), daemon=True).start()


def _die_with(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)


def _warm_up(gazetteer: Path | None) -> int:
    from pipelines import entities, road  # noqa: F401 - the road to an article, all of it loaded before the first page

    entities.load(gazetteer)
    # What is loaded stays, and of what a page makes little hangs in cycles: first readings come a fifth sooner when
    # garbage is looked for less often, among fewer objects.
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_GARBAGE)
    return os.getpid()
