"""`newscrawl reprocess --dask`: the pages of a site on the workers of a cluster, one of which dies."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from newscrawl.config import Config
from newscrawl.demo import SampleCity
from newscrawl.jobs.reprocess import plan_parts, reprocess
from newscrawl.machines import DaskEngine
from newscrawl.parts import ThisProcess
from newscrawl.resources import Resources
from newscrawl.sites import get_site
from newscrawl.store import Run as StoredRun
from newscrawl.store import Store, open_store

from .conftest import Run
from .dask_tools import dask_cluster
from .test_reprocess import documents, save

_OF_THE_RUN = ("first_seen", "last_seen", "unsettled")


def test_a_worker_killed_in_the_middle(config: Config, store: Store, tmp_path: Path) -> None:
    site, city = get_site("sample"), SampleCity(articles=80)
    urls = save(store, site, city)
    alone = config.model_copy(update={"database": f"{config.database}_alone"})
    with Resources.open(alone) as resources:
        save(resources.store, site, city)
        (run,) = reprocess(ThisProcess(resources), resources.store, plan_parts(resources.store, [site])).runs
        undisturbed, stats = documents(resources.store, *_OF_THE_RUN), run.stats
        resources.store.connection.client.drop_database(alone.database)
    assert stats["articles_new"] > 60

    logs: list[StoredRun] = []
    killed: list[int] = []

    def kill() -> None:
        while store.articles.count_documents({}) < 10:
            time.sleep(0.05)
        killed.append(cluster.kill_a_busy_worker())

    with dask_cluster(tmp_path) as cluster, DaskEngine(cluster.address, config) as engine:
        killer = threading.Thread(target=kill)
        killer.start()
        parts = plan_parts(store, [site], size=12)
        assert len(parts) > 5
        (run,) = reprocess(engine, store, parts, on_start=logs.append).runs
        killer.join()
    assert documents(store, *_OF_THE_RUN) == undisturbed
    assert logs == [run]
    # What the dead worker had done since its last word is not counted, and not done again.
    assert stats["articles_new"] - 12 <= run.stats["articles_new"] <= stats["articles_new"]
    assert run.stats["passed"] >= len(urls)
    found = store.find_run(run.id)
    assert found is not None
    assert found.status == ("failures" if found.stats.get("pages_failed") else "done")
    assert store.leases.count_documents({}) == 0


def test_the_command(config: Config, newscrawl: Run, tmp_path: Path) -> None:
    site = get_site("sample")
    with open_store(config) as store, dask_cluster(tmp_path, workers=1) as cluster:
        save(store, site, SampleCity(articles=16))
        shown = newscrawl("reprocess", "--dry-run", "--dask", cluster.address)
        assert shown.returncode == 0, shown.stderr
        assert store.articles.count_documents({}) == 0
        done = newscrawl("reprocess", "--dask", cluster.address)
        assert "sample: reprocess" in done.stdout, done.stderr
        assert store.articles.count_documents({}) > 5
        cluster.kill()
        gone = newscrawl("reprocess", "--dask", cluster.address)
        assert gone.returncode == 3
        assert "no Dask scheduler answers" in gone.stderr
        store.connection.client.drop_database(config.database)
