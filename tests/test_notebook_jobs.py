"""Crawls and readings anew from a notebook: as often as one likes, in a running loop, stopped in order."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from newscrawl import notebook
from newscrawl.config import load_config
from newscrawl.demo import SampleCity, Server, serve
from newscrawl.errors import ConfigError, NewscrawlError, UnavailableError
from newscrawl.notebook.work import Ran
from newscrawl.store import Store, open_store

from .conftest import write_site_file

TOWN = SampleCity(articles=16)


@pytest.fixture(scope="module")
def town() -> Iterator[Server]:
    with serve(TOWN) as server:
        yield server


@pytest.fixture(scope="module")
def place(town: Server, home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """The settings of a notebook in the environment: one site, `loop`, and a database for the whole module."""
    sites = tmp_path_factory.mktemp("sites")
    write_site_file(sites, town.origin)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NEWSCRAWL_HOME", str(home))
        patch.setenv("NEWSCRAWL_DATABASE", f"jobs{os.getpid()}")
        patch.setenv("NEWSCRAWL_SITES", str(sites))
        patch.setenv("NEWSCRAWL_WORKERS", "1")
        # As JupyterLab has it: programs are to draw as on a terminal, which no notebook could show.
        patch.setenv("FORCE_COLOR", "1")
        patch.setenv("CLICOLOR_FORCE", "1")
        patch.chdir(sites)
        with open_store(load_config()) as store:
            yield store
            store.connection.client.drop_database(store.database.name)
        notebook.close()


def test_crawl_twice_in_a_running_loop(place: Store, capsys: pytest.CaptureFixture[str]) -> None:
    days = sorted(one.published.date() for one in TOWN.expected if one.published is not None)

    async def cell() -> tuple[Ran, Ran]:
        return notebook.crawl("loop", since=days[-4]), notebook.crawl(["loop"], limit=2)

    first, second = asyncio.run(cell())
    assert 3 <= first.stats["articles_new"] < len(days)
    assert second.stats["articles_listed"] <= 2
    assert [one.job for one in first.runs] == ["crawl"]
    assert first.runs[0].id != second.runs[0].id
    assert len(notebook.articles(site="loop", include_duplicates=True)) == place.articles.count_documents({}) >= 3
    told = capsys.readouterr().out
    assert "loop" in told
    assert "\x1b" not in told
    assert "new" in repr(first)
    assert first._repr_html_().count("<tr>") == 2


def test_reprocess_tells_what_would_change_and_changes_it(place: Store) -> None:
    (url,) = [one["_id"] for one in place.articles.find({}).sort("_id", 1).limit(1)]
    place.articles.update_one({"_id": url}, {"$set": {"headline": "<b>Иначе</b>", "pipeline_version": "0"}})
    would = notebook.reprocess("loop", dry_run=True)
    assert isinstance(would, notebook.WouldChange)
    assert (would.changed, would.fields["headline"]["changed"]) == (1, 1)
    assert "&lt;b&gt;Иначе" in would._repr_html_()
    assert "nothing was written" in repr(would)
    assert place.articles.find_one({"_id": url})["headline"] == "<b>Иначе</b>"  # type: ignore[index]
    done = notebook.reprocess()
    assert isinstance(done, Ran)
    assert done.stats["articles_changed"] == 1
    article = notebook.article(url)
    assert article is not None
    assert [one.revision for one in article.revisions] == [1, 2]
    assert "1 changed" in repr(done)


@pytest.mark.parametrize(
    ("site", "kind", "told"),
    [
        ("nowhere", ConfigError, "nowhere"),
        ("sample", ConfigError, "not on the network"),
        ("--all", ConfigError, "neither a name nor a list"),
        ([], ConfigError, "neither a name nor a list"),
        (7, ConfigError, "neither a name nor a list"),
    ],
)
def test_errors_of_the_command_are_the_callers(place: Store, site: str, kind: type[NewscrawlError], told: str) -> None:
    call = notebook.reprocess if site in ("nowhere", "--all") else notebook.crawl
    with pytest.raises(kind) as caught:
        call(site)
    assert told in caught.value.message
    assert caught.value.advice


def test_bad_bounds_start_nothing(place: Store) -> None:
    with pytest.raises(ConfigError, match="limit=0"):
        notebook.crawl("loop", limit=0)
    with pytest.raises(ConfigError, match="since='soon'"):
        notebook.crawl("loop", since="soon")


def test_a_site_that_is_being_crawled_says_so(place: Store) -> None:
    run = place.start_run("crawl", "loop")
    try:
        with pytest.raises(NewscrawlError) as caught:
            notebook.crawl("loop")
    finally:
        run.finish("done")
    assert "is being crawled by" in caught.value.message
    assert "Wait for it to end" in caught.value.advice


def test_no_store_is_one_sentence(place: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSCRAWL_PATIENCE", "0.1")
    with pytest.raises(UnavailableError) as caught:
        notebook.reprocess(mongo_uri="mongodb://127.0.0.1:1/")
    assert "127.0.0.1:1" in caught.value.message
    assert "newscrawl doctor" in caught.value.advice


def test_an_interrupt_stops_the_crawl_in_order(place: Store, town: Server, tmp_path: Path) -> None:
    """As a notebook's stop button: SIGINT to the kernel and all of its group."""
    sites = tmp_path / "sites"
    write_site_file(sites, town.origin, ("delay = 0.0", "delay = 3.0"))
    code = (
        "import signal\n"
        "from newscrawl import notebook\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)  # as kernels do, whoever started them\n"
        "try:\n"
        "    notebook.crawl('loop')\n"
        "except KeyboardInterrupt:\n"
        "    print('stopped')\n"
    )
    place.articles.delete_many({})
    place.visits.delete_many({})
    asked = len(town.requests)
    kernel = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, start_new_session=True,
        env=os.environ | {"NEWSCRAWL_SITES": str(sites)},
    )  # fmt: skip
    try:
        while len(town.requests) < asked + 3:  # robots.txt, the list, an article: there are many more to come
            assert kernel.poll() is None
            time.sleep(0.05)
        children = psutil.Process(kernel.pid).children(recursive=True)
        os.killpg(kernel.pid, signal.SIGINT)
        told, _ = kernel.communicate(timeout=60)
    finally:
        kernel.kill()
    assert told.splitlines()[-1] == "stopped"
    assert "Stopping in order" in told
    assert place.find_runs("loop", limit=1)[0].status == "stopped"
    psutil.wait_procs(children, timeout=20)
    assert [one.pid for one in children if one.is_running() and one.status() != psutil.STATUS_ZOMBIE] == []
