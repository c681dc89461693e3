"""`newscrawl dedup --dask`: the parts of a grouping on the workers of a cluster, one of which dies."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from newscrawl.config import Config
from newscrawl.jobs import dedup as job
from newscrawl.machines import DaskEngine
from newscrawl.store import Store
from newscrawl.store import dedup as steps

from .conftest import Run
from .dask_tools import dask_cluster
from .test_dedup import Lot, put, stored_groups, wanted


def test_a_worker_killed_in_the_middle(
    config: Config, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job, "_RANGE", 30)
    monkeypatch.setattr(steps, "_ENTRIES", 500)
    monkeypatch.setattr(steps, "_SLICE", 20)
    put(store, Lot(31).articles(stories=8, copies=40, notices=40))
    killed: list[int] = []
    with dask_cluster(tmp_path) as cluster, DaskEngine(cluster.address, config) as engine:

        def kill() -> None:
            while (plan := steps.find_plan(store)) is None or not plan.done:
                time.sleep(0.02)
            killed.append(cluster.kill_a_busy_worker())

        killer = threading.Thread(target=kill)
        killer.start()
        run = job.dedup(engine, store, rebuild=True)
        killer.join()
    assert killed
    found = store.find_run(run.id)
    assert found is not None
    assert found.status == "done"
    assert stored_groups(store) == wanted(store)
    assert steps.find_plan(store) is None
    assert store.leases.count_documents({}) == 0


def test_the_command(store: Store, newscrawl: Run, tmp_path: Path) -> None:
    put(store, Lot(32).articles(stories=3, copies=9, notices=5))
    with dask_cluster(tmp_path, workers=1) as cluster:
        done = newscrawl("dedup", "--dask", cluster.address, "--json")
    assert done.returncode == 0, done.stderr
    assert stored_groups(store) == wanted(store)
