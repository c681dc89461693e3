"""`newscrawl crawl --due`: what is due is crawled, once, whoever else does the same."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from newscrawl.config import Config
from newscrawl.errors import LeaseHeldError, NotDueError
from newscrawl.jobs.timetable import Timetable
from newscrawl.sites import load_site
from newscrawl.store import Store

from .conftest import Run, command_environment
from .test_crawl import wait_for
from .towns import Town, serve_towns

Due = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def towns(tmp_path: Path) -> Iterator[list[Town]]:
    with serve_towns(4) as served:
        for town in served:
            town.write_site_file(tmp_path / "sites", 'schedule = "1h"')
        yield served


@pytest.fixture
def due(newscrawl: Run, towns: list[Town], tmp_path: Path) -> Due:
    """`crawl --due` of the towns; the bundled sites are on the network."""
    names = [town.name for town in towns]
    env = {"NEWSCRAWL_SITES": str(tmp_path / "sites")}
    return lambda *arguments: newscrawl("crawl", "--due", *(arguments or names), env=env)


def test_what_is_due_is_crawled_and_then_is_not(
    due: Due, cli: Run, towns: list[Town], store: Store, tmp_path: Path, config: Config
) -> None:
    first = due()
    assert first.returncode == 0, first.stderr
    assert store.articles.count_documents({}) == 12
    env = {"NEWSCRAWL_SITES": str(tmp_path / "sites")}
    names = [town.name for town in towns]
    second = cli("crawl", "--due", *names, env=env)
    assert (second.returncode, second.stdout) == (0, "")
    found = re.search(r"Nothing is due. The next is (town\d+) at .* UTC, in (\d+) min", second.stderr)
    assert found is not None, second.stderr
    assert 58 <= int(found[2]) <= 67
    nothing = cli("crawl", "town001", "--due", "--json", env=env)
    assert (nothing.returncode, json.loads(nothing.stdout)) == (0, [])
    both = cli("crawl", "town001", "--all", "--due", env=env)
    assert (both.returncode, both.stdout) == (2, "")

    # Two hours later one is due again; so is one whose crawl was cut off by kill -9.
    long_ago = datetime.now(UTC) - timedelta(hours=2)
    store.runs.update_one({"site": "town002"}, {"$set": {"started_at": long_ago}})
    run = store.start_run("crawl", "town000")
    towns[1].delay = 0.5
    killed = subprocess.Popen(
        [sys.executable, "-m", "newscrawl", "crawl", "town001"], env=command_environment(config) | env, cwd=tmp_path
    )
    wait_for(lambda: store.runs.count_documents({"site": "town001"}) == 2)
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    towns[1].delay = 0
    third = due(*names, "--json")
    crawled = {one["site"]: one["run"]["status"] for one in json.loads(third.stdout)}
    assert crawled == {"town001": "done", "town002": "done"}
    assert [one.status for one in store.find_runs("town001")] == ["done", "died", "done"]
    # One that a living process works on is left alone; what was stopped goes on.
    timetable = Timetable(store, "auto")
    site = load_site(tmp_path / "sites" / "town000.toml")
    assert timetable.look([site]) == []
    run.finish("stopped")
    assert [one.site.name for one in timetable.look([site])] == ["town000"]
    assert timetable.is_due(site)
    assert towns[0].lists_asked == towns[3].lists_asked == 1

    for town in towns:
        town.write_site_file(tmp_path / "sites", 'schedule = "never"')
    never = cli("crawl", "--due", *names, env=env)
    assert never.returncode == 0
    assert "nothing will be by itself" in never.stderr


def test_two_at_once_crawl_each_site_once(config: Config, towns: list[Town], store: Store, tmp_path: Path) -> None:
    for town in towns:
        town.delay = 0.15
    command = [sys.executable, "-m", "newscrawl", "crawl", "--due", "--json", *[town.name for town in towns]]
    env = command_environment(config) | {"NEWSCRAWL_SITES": str(tmp_path / "sites")}
    both = [
        subprocess.Popen(
            command, env=env | {"NEWSCRAWL_CONCURRENT_SITES": str(places)},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path,
        )
        for places in (1, 4)
    ]  # fmt: skip
    told = [one.communicate(timeout=120) for one in both]
    assert [one.returncode for one in both] == [0, 0], told
    assert [town.lists_asked for town in towns] == [1, 1, 1, 1]
    assert store.runs.count_documents({"job": "crawl"}) == 4
    assert store.leases.count_documents({"_id": {"$regex": "^site:town"}}) == 0
    results = [result for stdout, _ in told for result in json.loads(stdout)]
    crawled = [one["site"] for one in results if one["run"]]
    assert sorted(crawled) == [town.name for town in towns]
    for one in results:
        assert one["error"] is None
        assert (one["run"] is None) == (one["skipped"] is not None)


def test_dueness_is_asked_under_the_lease(store: Store) -> None:
    asked = []

    def no_more() -> bool:
        asked.append({one["_id"] for one in store.leases.find()})
        with pytest.raises(LeaseHeldError):
            store.start_run("crawl", "n")
        return False

    with pytest.raises(NotDueError, match="another process has just crawled"):
        store.start_run("crawl", "n", still_due=no_more)
    assert asked == [{"site:n"}]
    assert store.leases.count_documents({}) == store.runs.count_documents({}) == 0

    def breaks() -> bool:
        raise RuntimeError("gone")

    with pytest.raises(RuntimeError):
        store.start_run("crawl", "n", still_due=breaks)
    run = store.start_run("crawl", "n", still_due=lambda: True)
    run.finish("done")


def test_runs_in_vain_are_counted(store: Store) -> None:
    start = datetime(2026, 3, 1, tzinfo=UTC)

    def write(site: str, *statuses: str) -> None:
        for number, status in enumerate(statuses):
            run = store.start_run("crawl", site)
            run.started_at = start + timedelta(hours=number)
            run.finish(status)  # type: ignore[arg-type]

    write("a", "done", "unavailable", "died", "unavailable")
    write("b", "unavailable", "failures")
    write("c", *["stopped"] * 12)
    store.start_run("reprocess", "b").finish("stopped")
    found = store.last_crawls()
    assert {site: (one.status, one.in_vain) for site, one in found.items()} == {
        "a": ("unavailable", 3), "b": ("failures", 0), "c": ("stopped", 8),
    }  # fmt: skip
    assert found["a"].started_at == start + timedelta(hours=3)
    assert store.last_crawls(["b", "z"]).keys() == {"b"}


def test_the_last_crawls_come_from_an_index(store: Store) -> None:
    stages = [
        {"$match": {"job": "crawl"}},
        {"$sort": {"job": 1, "site": 1, "started_at": -1}},
        {"$group": {"_id": "$site", "run_id": {"$first": "$_id"}}},
    ]
    plan = str(store.database.command("explain", {"aggregate": "runs", "pipeline": stages, "cursor": {}}))
    assert "IXSCAN" in plan or "DISTINCT_SCAN" in plan
    assert "COLLSCAN" not in plan
    assert "'SORT'" not in plan
