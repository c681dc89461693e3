"""Worker processes: real ones, really killed."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from newscrawl.demo import SampleCity, sample_site
from newscrawl.items import Page
from newscrawl.sites import Site
from pipelines import workers
from pipelines.road import process_page
from pipelines.workers import WorkerPool


@pytest.fixture(scope="module")
def site() -> Site:
    return sample_site("http://127.0.0.1:8000")


@pytest.fixture(scope="module")
def pages(city: SampleCity, site: Site) -> list[Page]:
    good = [one.path for one in city.expected if not one.flaw][:12]
    return [
        Page(url=site.origin + path, fetched_at=datetime(2026, 11, 1, tzinfo=UTC), body=city.answer(path).body, id=path)
        for path in good
    ]


@pytest.fixture(scope="module")
def pool() -> Iterator[WorkerPool]:
    with WorkerPool(2, page_timeout=60) as opened:
        yield opened


def test_workers_give_what_this_process_gives_in_order(pool: WorkerPool, pages: list[Page], site: Site) -> None:
    there = list(pool.map((page, site) for page in pages))
    assert [one.article for one in there] == [process_page(page, site).article for page in pages]
    assert all(one.article is not None for one in there)
    assert len(pool.pids()) == 2


def test_a_killed_worker_is_replaced_counted_and_its_page_not_lost(
    pool: WorkerPool, pages: list[Page], site: Site
) -> None:
    futures = [pool.submit(page, site) for page in pages]
    victim = pool.pids()[0]
    os.kill(victim, signal.SIGKILL)
    outcomes = [future.result() for future in futures]
    # The kill may fall between two pages: then the next one finds out.
    outcomes += list(pool.map((page, site) for page in pages[:4]))
    assert all(one.article is not None for one in outcomes)
    assert pool.replaced == 1
    assert victim not in pool.pids()


def test_a_page_that_takes_too_long_is_marked_and_the_worker_replaced(pages: list[Page], site: Site) -> None:
    reasons: list[str] = []
    with WorkerPool(1, page_timeout=0.001, on_replaced=reasons.append) as pool:
        outcome = pool.submit(pages[0], site).result()
    assert outcome.article is None
    assert outcome.problem is not None
    assert outcome.problem.reason == "timeout"
    assert reasons == ["timeout"]


def test_a_page_that_crashes_extraction_is_a_marked_outcome(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> None:
        raise RecursionError("too deep")

    monkeypatch.setattr("pipelines.road.extract_article", crash)
    outcome = process_page(Page(url="http://x.example/", fetched_at=datetime(2026, 1, 1, tzinfo=UTC), body=b"x"), site)
    assert outcome.problem is not None
    assert (outcome.problem.reason, outcome.problem.text) == ("crashed", "RecursionError: too deep")


def test_workers_end_with_a_parent_that_is_killed() -> None:
    code = (
        "from pipelines.workers import WorkerPool\n"
        "import time\n"
        "if __name__ == '__main__':\n"
        "    pool = WorkerPool(1, 60); pool.start()\n"
        "    while not pool.pids(): time.sleep(0.05)\n"
        "    print(pool.pids()[0], flush=True); time.sleep(100)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        worker = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    _, alive = psutil.wait_procs([worker], timeout=20)
    assert not alive


def test_the_pool_is_nice() -> None:
    # Workers yield to the process that keeps connections waiting.
    assert workers._NICENESS > 0
    with WorkerPool(1, 60) as pool:
        pool.start()
        deadline = time.monotonic() + 60
        while not pool.pids() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert psutil.Process(pool.pids()[0]).nice() >= workers._NICENESS


def environment(_: Sequence[str]) -> str | None:
    return os.environ.get("OPENBLAS_NUM_THREADS")


def test_workers_are_born_with_one_thread_for_matrices(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library reads it when numpy loads, which may be before anything of ours runs in the process."""
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    with WorkerPool(1, page_timeout=60) as pool:
        born = [
            Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
            for _ in pool.map_chunks(environment, [["a"]], lambda task, problem: None)
            for pid in pool.pids()
        ]
    assert [b"OPENBLAS_NUM_THREADS=1" in one for one in born] == [True]


def collector(_: Sequence[str]) -> tuple[int, tuple[int, int, int]]:
    return gc.get_freeze_count(), gc.get_threshold()


def test_workers_look_for_garbage_seldom_and_not_among_what_is_loaded() -> None:
    with WorkerPool(1, page_timeout=60) as pool:
        ((frozen, threshold),) = pool.map_chunks(collector, [["a"]], lambda task, problem: (0, (0, 0, 0)))
    assert frozen > 50_000  # dictionaries, models, modules
    assert threshold == workers._GARBAGE
