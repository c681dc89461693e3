"""`newscrawl backfill --dask`: lists of the site and an archive, on the workers of a cluster, one of which dies."""

from __future__ import annotations

import threading
import time
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from newscrawl.archives.sifting import Span
from newscrawl.config import Config, load_config
from newscrawl.jobs.backfill import backfill
from newscrawl.jobs.backfill_plan import Order, plan
from newscrawl.machines import DaskEngine
from newscrawl.sites.load import load_site
from newscrawl.store import Store

from .archive_servers import Archives, served
from .backfill_tools import ORIGIN, taken
from .conftest import command_environment, write_site_file
from .dask_tools import dask_cluster


def test_a_worker_killed_in_the_middle(
    config: Config, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archives = Archives()
    site = load_site(write_site_file(tmp_path / "sites", "http://127.0.0.1:9"))
    archives.captures = [taken(number) for number in range(40)]
    with served(archives) as server:
        for name, value in (command_environment(config) | server.env | {"NEWSCRAWL_PATIENCE": "20"}).items():
            monkeypatch.setenv(name, value)
        order = Order((site,), Span(date(2019, 1, 1), date(2019, 12, 31)), ("wayback",))
        killed: list[int] = []

        def kill() -> None:
            while store.articles.count_documents({}) < 10:
                time.sleep(0.02)
            killed.append(cluster.kill_a_busy_worker())

        with dask_cluster(tmp_path) as cluster, DaskEngine(cluster.address, load_config()) as engine:
            made = plan(engine, store, order)
            assert made.problems == []
            assert [(one.via, one.known, one.to_fetch) for one in made.sources] == [("wayback", 40, 40)]
            killer = threading.Thread(target=kill)
            killer.start()
            (result,) = backfill(engine, store, made)
            killer.join()
        assert killed
        assert result.error is None
        assert [run.status for run in result.runs] == ["done"]
        assert {one["_id"] for one in store.articles.find({}, {"_id": 1})} == {
            f"{ORIGIN}/novosti/2019/{number}" for number in range(40)
        }
        asked = Counter(path for path in server.asked if "/web/" in path)
        # What was under way when the worker died may be asked for again: a batch at most.
        assert sum(asked.values()) <= 40 + 20
        assert store.leases.count_documents({}) == 0
