"""`newscrawl crawl --all --dask`: many sites on the workers of a cluster, one of which dies."""

from __future__ import annotations

import json
import threading
from collections import Counter
from pathlib import Path

from newscrawl.items import StoredArticle
from newscrawl.store import Store, open_store
from newscrawl.store import leases as lease_rules

from .conftest import Config, Run
from .dask_tools import dask_cluster
from .towns import Town, serve_towns

_OF_THE_RUN = {"run_id", "fetched_at", "first_seen", "last_seen", "extracted_by"}


def _articles(store: Store) -> dict[str, dict[str, object]]:
    found: list[StoredArticle] = list(store.find_articles())
    return {one.url: one.model_dump(exclude=_OF_THE_RUN) for one in found}


def _asked(towns: list[Town]) -> Counter[str]:
    return Counter(f"{town.name}{path}" for town in towns for _, _, path in town.asked)


def test_a_worker_killed_in_the_middle(config: Config, store: Store, newscrawl: Run, tmp_path: Path) -> None:
    with serve_towns(12, articles=4) as towns, dask_cluster(tmp_path) as cluster:
        for town in towns:
            town.delay = 0.15
            town.write_site_file(tmp_path / "sites")
        towns[5].status = 503
        env = {"NEWSCRAWL_SITES": str(tmp_path / "sites"), "NEWSCRAWL_PATIENCE": "2"}
        names = [town.name for town in towns]
        killed = []

        def kill() -> None:
            while sum(town.lists_asked for town in towns) < 3:
                threading.Event().wait(0.05)
            killed.append(cluster.kill_a_busy_worker())

        killer = threading.Thread(target=kill)
        killer.start()
        done = newscrawl("crawl", *names, "--dask", cluster.address, "--json", env=env)
        killer.join()
        assert killed
        results = {one["site"]: one for one in json.loads(done.stdout)}
        assert {name: one["run"]["status"] for name, one in results.items() if one["run"]["status"] != "done"} == {
            "town005": "unavailable"
        }
        assert done.returncode == 3
        assert "12 of 12 sites, 44 new, 0 changed" in done.stderr
        assert cluster.children() == []
        shared, asked = _articles(store), _asked(towns)
        assert len(shared) == 44
        # What is in doubt when a worker dies is at most two pages of each of its sites.
        articles = {path: times for path, times in asked.items() if path[-1].isdigit()}
        assert sum(articles.values()) <= 44 + 2 * 4
        assert store.leases.count_documents({}) == 0
        died = store.runs.count_documents({"status": "died"})
        assert died <= 4

        towns[5].status = 200
        alone = config.model_copy(update={"database": f"{config.database}_alone"})
        newscrawl("--database", alone.database, "crawl", *(name for name in names if name != "town005"), env=env)
        with open_store(alone) as other:
            assert _articles(other) == shared
            other.connection.client.drop_database(alone.database)


def test_what_it_says_to_people(newscrawl: Run, cli: Run, tmp_path: Path) -> None:
    with serve_towns(2) as towns, dask_cluster(tmp_path, workers=1) as cluster:
        for town in towns:
            town.write_site_file(tmp_path / "sites")
        env = {"NEWSCRAWL_SITES": str(tmp_path / "sites")}
        done = newscrawl("crawl", "town000", "town001", "--dask", cluster.address, env=env)
        assert done.returncode == 0, done.stderr
        assert "town001: crawl done" in done.stdout
        assert "2 of 2 sites, 6 new" in done.stderr
        cluster.kill()
        gone = newscrawl("crawl", "town000", "--dask", cluster.address, env=env)
        assert gone.returncode == 3
        assert "no Dask scheduler answers" in gone.stderr
    both = cli("crawl", "--due", "--dask", "tcp://127.0.0.1:1")
    assert both.returncode == 2


def test_a_dead_workers_lease_on_another_machine_is_waited_for(
    config: Config, store: Store, newscrawl: Run, tmp_path: Path
) -> None:
    holder = {
        "host": "another-machine",
        "pid": 1,
        "process_started": 1.0,
        "run_id": "20260101T000000Z-crawl-town000-dead",
    }
    with serve_towns(1) as towns, dask_cluster(tmp_path, workers=1) as cluster:
        towns[0].write_site_file(tmp_path / "sites")
        store.leases.update_one({"_id": "site:town000"}, lease_rules._take(holder, True), upsert=True)
        later = [{"$set": {"expires_at": {"$add": ["$$NOW", 8000]}}}]
        store.leases.update_one({"_id": "site:town000"}, later)
        env = {"NEWSCRAWL_SITES": str(tmp_path / "sites")}
        done = newscrawl("crawl", "town000", "--dask", cluster.address, "--json", env=env)
        assert done.returncode == 0, done.stderr
        (one,) = json.loads(done.stdout)
        assert one["run"]["stats"]["articles_new"] == 3
        assert "ended without a word" in one["run"]["warnings"][0]
