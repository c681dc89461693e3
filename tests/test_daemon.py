"""`newscrawl schedule`: a real process against towns on loopback, with schedules of seconds."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from newscrawl.config import Config, load_config
from newscrawl.store import Store, open_store

from .conftest import Run, command_environment
from .test_crawl import OwnMongod, own_mongod, wait_for
from .towns import Town, serve_towns

__all__ = ["own_mongod"]


class Daemon:
    """The process and what it has said so far."""

    def __init__(self, config: Config, folder: Path, *names: str, **env: str) -> None:
        settings = command_environment(config) | {"NEWSCRAWL_SITES": str(folder / "sites")} | env
        self.process = subprocess.Popen(
            [sys.executable, "-m", "newscrawl", "schedule", "--every", "0.5", *names],
            env=settings, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=folder,
        )  # fmt: skip
        self.lines: list[str] = []
        self.errors: list[str] = []
        self._readers = [
            threading.Thread(target=lambda: self.lines.extend(self.process.stdout or [])),
            threading.Thread(target=lambda: self.errors.extend(self.process.stderr or [])),
        ]
        for reader in self._readers:
            reader.start()

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and return the exit status."""
        self.process.send_signal(number)
        status = self.process.wait(60)
        self.close()
        return status

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for reader in self._readers:
            reader.join()
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()

    def said(self, words: str) -> int:
        return sum(words in line for line in self.lines)


@contextmanager
def daemon(config: Config, folder: Path, *names: str, **env: str) -> Iterator[Daemon]:
    started = Daemon(config, folder, *names, **env)
    try:
        yield started
    finally:
        started.close()


@pytest.fixture
def towns(tmp_path: Path) -> Iterator[list[Town]]:
    with serve_towns(3) as served:
        for town in served:
            town.write_site_file(tmp_path / "sites", 'schedule = "2s"')
        yield served


def test_sites_come_again_and_again_and_sigterm_ends_in_order(
    config: Config, store: Store, towns: list[Town], tmp_path: Path
) -> None:
    towns[2].write_site_file(tmp_path / "sites", 'schedule = "never"')
    with daemon(config, tmp_path, *[town.name for town in towns]) as running:
        wait_for(lambda: min(town.lists_asked for town in towns[:2]) >= 3)
        assert towns[2].lists_asked == 0
        # Files are read anew: a new schedule is followed, a broken file is told of once and costs no other site.
        towns[2].write_site_file(tmp_path / "sites", 'schedule = "2s"')
        wait_for(lambda: towns[2].lists_asked >= 1)
        broken = towns[1].write_site_file(tmp_path / "sites", 'schedule = "hourly"')
        wait_for(lambda: running.said("left out until it is mended") == 1)
        before = towns[0].lists_asked
        wait_for(lambda: towns[0].lists_asked >= before + 2)
        assert running.said("left out until it is mended") == 1
        towns[1].write_site_file(tmp_path / "sites", 'schedule = "2s"')
        wait_for(lambda: running.said(f"{broken} can be read again") == 1)
        # A crawl under way comes to its end in order.
        for town in towns:
            town.delay = 0.4
        wait_for(lambda: store.runs.count_documents({"status": "running"}) > 0)
        assert running.end() == 0, running.errors
    assert running.errors == []
    assert running.lines[-1].endswith("ended in order\n")
    assert running.said("town000: done, 3 new, 0 changed, 0 failed") == 1
    assert running.said("town000: done, 0 new, 0 changed, 0 failed") >= 2
    assert running.said("; next 20") >= 6
    assert store.articles.count_documents({}) == 9
    assert store.runs.count_documents({"status": "running"}) == 0
    assert store.leases.count_documents({"_id": {"$regex": "^site:town"}}) == 0


def test_a_second_signal_ends_at_once(config: Config, store: Store, towns: list[Town], tmp_path: Path) -> None:
    towns[0].hangs = True
    with daemon(config, tmp_path, "town000") as running:
        wait_for(lambda: store.runs.count_documents({"status": "running"}) == 1 and towns[0].connections > 0)
        running.process.send_signal(signal.SIGTERM)
        wait_for(lambda: running.said("ending: 1 crawls under way") == 1)
        assert running.process.poll() is None
        assert running.end(signal.SIGINT) == 128 + signal.SIGINT


def test_mongodb_goes_and_comes_back(config: Config, own_mongod: OwnMongod, towns: list[Town], tmp_path: Path) -> None:
    env = {"NEWSCRAWL_MONGO_URI": own_mongod.uri, "NEWSCRAWL_DATABASE": "newscrawl", "NEWSCRAWL_PATIENCE": "1"}
    with open_store(load_config(mongo_uri=own_mongod.uri, home=config.home)) as store:
        with daemon(config, tmp_path, *[town.name for town in towns], **env) as running:
            wait_for(lambda: store.runs.count_documents({"status": "done"}) >= 3)
            own_mongod.kill()
            wait_for(lambda: running.said("MongoDB does not answer: waiting") == 1)
            threading.Event().wait(4)  # some looks in vain
            assert running.process.poll() is None
            own_mongod.start()
            wait_for(lambda: running.said("MongoDB answers again") == 1)
            done = {one["_id"] for one in store.runs.find({"status": "done"})}
            wait_for(lambda: store.runs.count_documents({"status": "done", "_id": {"$nin": list(done)}}) >= 3)
            assert running.end() == 0
            assert running.said("MongoDB does not answer: waiting") == 1
            assert running.errors == []
        assert store.articles.count_documents({}) == 9


def test_without_mongodb_it_does_not_start(cli: Run, towns: list[Town], tmp_path: Path) -> None:
    env = {
        "NEWSCRAWL_MONGO_URI": "mongodb://127.0.0.1:9/", "NEWSCRAWL_PATIENCE": "1",
        "NEWSCRAWL_SITES": str(tmp_path / "sites"),
    }  # fmt: skip
    done = cli("schedule", "town000", env=env)
    assert done.returncode == 3
    assert "does not answer" in done.stderr
    unknown = cli("schedule", "nowhere", env=env)
    assert unknown.returncode == 2
    assert "there is no site 'nowhere'" in unknown.stderr
