"""What the tests of backfills share: archives on loopback, captures of the sample's articles, a backfill in process."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from newscrawl.archives.sifting import Span
from newscrawl.cli.backfill import plan_as_json
from newscrawl.config import Config
from newscrawl.jobs.backfill import backfill as run_backfill
from newscrawl.jobs.backfill import exit_status
from newscrawl.jobs.backfill_parts import VIAS
from newscrawl.jobs.backfill_plan import Order, plan
from newscrawl.parts import ThisProcess
from newscrawl.resources import Resources
from newscrawl.sites import load_site
from newscrawl.store import Store
from pipelines.workers import WorkerPool

from .archive_servers import Archives, ArchiveServer, Taken, served
from .conftest import command_environment, write_site_file

ORIGIN = "http://svetlorechensk.example"
SPAN = ("--from", "2019-01-01", "--to", "2019-12-31")
Backfill = Callable[..., tuple[int, dict[str, Any]]]


def article(number: int, *, day: str = "12.03.2019", words: str = "На улице Садовой начали ремонт") -> bytes:
    """Return an article in the sample's layout."""
    return (
        f'<html><body><div id="articles"><h1>Новость № {number} о ремонте улицы</h1><div class="date">{day} 10:30</div>'
        f'<div class="text"><p>{words} участка № {number}. Работы закончат к 1 декабря.</p></div></div></body></html>'
    ).encode()


def url(number: int, *, scheme: str = "http", host: str = "svetlorechensk.example") -> str:
    return f"{scheme}://{host}/novosti/2019/{number}"


def taken(
    number: int, at: str = "20190401120000", *, body: bytes | None = None, url_: str | None = None, **kwargs: Any
) -> Taken:
    """Return a capture of an article."""
    return Taken(url_ or url(number), at, article(number) if body is None else body, **kwargs)


def stats(told: dict[str, Any]) -> dict[str, Any]:
    """Return the counters of the last run."""
    return dict(told["runs"][-1]["stats"])


def stored(store: Store) -> set[str]:
    """Return the numbers of the stored articles."""
    return {one["_id"].rpartition("/")[2] for one in store.articles.find({}, {"_id": 1})}


@pytest.fixture
def archives() -> Archives:
    return Archives()


@pytest.fixture
def server(archives: Archives) -> Iterator[ArchiveServer]:
    with served(archives) as one:
        yield one


@pytest.fixture(scope="session")
def workers() -> Iterator[WorkerPool]:
    """One worker process for all tests of a session."""
    with WorkerPool(1, 60) as pool:
        yield pool


@pytest.fixture
def backfill(
    config: Config,
    store: Store,
    workers: WorkerPool,
    server: ArchiveServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Backfill:
    """Backfill the site `loop` for 2019 from archives, in this process; returns the exit status, the plan, the runs."""
    site = load_site(write_site_file(tmp_path / "sites", "http://127.0.0.1:9"))
    monkeypatch.chdir(tmp_path)

    def run(
        *vias: str, files: tuple[str, ...] = (), span: Span | None = None, only_plan: bool = False, **env: str
    ) -> tuple[int, dict[str, Any]]:
        with monkeypatch.context() as patch:
            for name, value in (command_environment(config) | server.env | {"NEWSCRAWL_PATIENCE": "3"} | env).items():
                patch.setenv(name, value)
            wanted = tuple(one for one in VIAS if one in vias)
            assert len(wanted) == len(vias)
            paths = tuple(Path(one) for one in files)
            order = Order((site,), span or Span(date(2019, 1, 1), date(2019, 12, 31)), wanted, paths)
            engine = ThisProcess(Resources(store, workers))
            made = plan(engine, store, order)
            results = [] if only_plan else run_backfill(engine, store, made)
            runs = [run.model_dump(mode="json") for one in results for run in one.runs]
            return exit_status(made, results), json.loads(json.dumps(plan_as_json(made), default=str)) | {"runs": runs}

    return run
