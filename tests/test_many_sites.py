"""Dozens of sites in one process: each with its own politeness, none held up by another."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest

from newscrawl.config import Config
from newscrawl.store import Store
from newscrawl.store import leases as lease_rules

from .conftest import command_environment
from .towns import serve_towns


def test_dozens_at_once_one_hanging_one_failing(config: Config, store: Store, tmp_path: Path) -> None:
    with serve_towns(40) as towns:
        towns[3].hangs = True
        towns[4].status = 503
        for town in towns:
            town.delay = 0.02
            town.write_site_file(tmp_path / "sites")
        env = {"NEWSCRAWL_SITES": str(tmp_path / "sites"), "NEWSCRAWL_CONCURRENT_SITES": "8"}
        code = (
            "import sys; from newscrawl import settings; settings.DOWNLOAD_TIMEOUT = 3; settings.RETRY_TIMES = 1;"
            "from newscrawl.cli import run; sys.exit(run(['crawl', '--json', *sys.argv[1:]]))"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, *[town.name for town in towns]],
            env=command_environment(config) | env, capture_output=True, timeout=120, check=False, cwd=tmp_path,
        )  # fmt: skip
        stderr = done.stderr.decode()
        assert "Traceback" not in stderr, stderr
        assert "40 of 40 sites" in stderr
        results = {one["site"]: one["run"] for one in json.loads(done.stdout)}
        statuses = {name: run["status"] for name, run in results.items() if run["status"] != "done"}
        assert statuses == {"town003": "unavailable", "town004": "unavailable"}
        assert done.returncode == 3
        assert store.articles.count_documents({}) == 38 * 3
        for town in towns:
            assert town.most_connections == 1 or town.hangs or town.status != 200, town.name
            for (_, end, _), (begin, _, path) in pairwise(sorted(one for one in town.asked if one[0])):
                assert begin >= end - 0.001, f"{town.name}: {path} was asked while another request was under way"
        assert store.leases.count_documents({"_id": {"$regex": "^site:town"}}) == 0
        # Eight at the same time, no more; and the one that hangs held up nobody.
        # As times: «10Z» comes after «10.5Z» as text.
        spans = [
            tuple(datetime.fromisoformat(run[name]) for name in ("started_at", "finished_at"))
            for run in results.values()
        ]
        assert max(sum(begin <= moment < end for begin, end in spans) for moment, _ in spans) <= 8
        slow = results.pop("town003")
        after = [run for run in results.values() if run["started_at"] > slow["started_at"]]
        assert len(after) > 20
        assert sum(run["finished_at"] < slow["finished_at"] for run in after) > 10


def test_one_thread_keeps_all_runs_alive(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease_rules, "RENEWAL", lease_rules.RENEWAL / 50)

    def pulses() -> int:
        return sum(thread.name == "pulse" for thread in threading.enumerate())

    before = pulses()
    runs = [store.start_run("crawl", f"s{number}") for number in range(50)]
    assert pulses() == before + 1
    for run in runs:
        run.count("requests", 3)
        run.count("field.$where")
    first = {one["_id"]: one["expires_at"] for one in store.leases.find()}
    deadline = time.monotonic() + 10
    while store.runs.count_documents({"stats.requests": 3}) < 50:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    second = {one["_id"]: one["expires_at"] for one in store.leases.find()}
    assert all(second[key] > first[key] for key in first)

    store.leases.update_one({"_id": "site:s7"}, {"$set": {"run_id": "another"}})
    assert runs[7].lost.wait(10)
    assert not any(run.lost.is_set() for run in runs if run.site != "s7")
    for run in runs:
        run.finish("done")
    deadline = time.monotonic() + 10
    while pulses() != before:  # it ends by itself, once it sees that no run is left
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert store.runs.count_documents({"status": "done"}) == 50
    assert [one["_id"] for one in store.leases.find()] == ["site:s7"]
    again = store.start_run("crawl", "s1")
    assert pulses() == before + 1
    again.finish("done")


_HANGING_DNS = """
import socket, sys, time
usual = socket.gethostbyname, socket.getaddrinfo
def slow(name, *more, usual=usual[1], **named):
    if str(name).endswith('.hangs'):
        time.sleep(25)
        raise socket.gaierror(-3, 'temporary')
    return usual(name, *more, **named)
socket.getaddrinfo = slow
socket.gethostbyname = lambda name: slow(name, None)[0][4][0]
from newscrawl.cli import run
status = run(['crawl', '--json', *sys.argv[1:]])
sys.stdout.flush()
import os
os._exit(status)
"""


def test_names_that_hang_do_not_block_the_others(config: Config, store: Store, tmp_path: Path) -> None:
    with serve_towns(12) as towns:
        for town in towns:
            path = town.write_site_file(tmp_path / "sites")
            name = f"{town.name}.hangs" if town.number < 10 else "localhost"
            path.write_text(
                path.read_text("utf-8").replace("127.0.0.1", name).replace("delay = 0.0", "delay = 0.5"), "utf-8"
            )
            if town.number >= 10:
                path.write_text(path.read_text("utf-8").replace("delay = 0.5", "delay = 0.0"), "utf-8")
        env = command_environment(config) | {"NEWSCRAWL_SITES": str(tmp_path / "sites")}
        running = subprocess.Popen(
            [sys.executable, "-c", _HANGING_DNS, *[town.name for town in towns]],
            env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path,
        )  # fmt: skip
        try:
            deadline = time.monotonic() + 20
            while store.runs.count_documents({"site": {"$in": ["town010", "town011"]}, "status": "done"}) < 2:
                assert time.monotonic() < deadline, "the names that hang hold up the others"
                time.sleep(0.1)
        finally:
            running.kill()
            running.communicate()
