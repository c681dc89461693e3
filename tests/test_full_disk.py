"""The disk runs full under a crawl: it waits, says so, loses nothing, and goes on when there is room."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from pymongo.errors import PyMongoError

from newscrawl.config import Config, load_config
from newscrawl.store import open_store
from newscrawl.store.embedded import EmbeddedServer
from tests.conftest import command_environment
from tests.loop_hosts import city, write_site

_ARTICLES = range(1, 21)


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A file system of 420 MiB: an empty database takes 300."""
    folder = Path(tempfile.mkdtemp(prefix="nc-"))
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=420m", "none", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        folder.rmdir()
        pytest.skip("nothing may be mounted here")
    yield folder
    EmbeddedServer(folder).stop(force=True)
    subprocess.run(["umount", "-l", str(folder)], check=True)
    folder.rmdir()


def fill(folder: Path) -> Path:
    """Take all the room there is."""
    ballast = folder / "ballast"
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 65536)
    return ballast


def test_a_full_disk_is_waited_for_told_and_survived(small_disk: Path, config: Config, tmp_path: Path) -> None:
    own = load_config(home=small_disk, database=config.database, workers=1)
    with city(_ARTICLES).serving() as host:
        write_site(tmp_path / "sites", "town", host.origin)
        path = tmp_path / "sites" / "town.toml"
        path.write_text(path.read_text(encoding="utf-8").replace("delay = 0.0", "delay = 0.2"), encoding="utf-8")
        env = command_environment(own) | {"NEWSCRAWL_SITES": str(tmp_path / "sites"), "NEWSCRAWL_PATIENCE": "4"}
        command = [sys.executable, "-m", "newscrawl", "crawl", "town"]
        with open_store(own) as store:
            running = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            until = time.monotonic() + 60
            while store.articles.count_documents({}) < 3:
                assert time.monotonic() < until
                time.sleep(0.05)
            acknowledged = {one["_id"] for one in store.articles.find({}, {"_id": 1})}
            ballast = fill(small_disk)
            assert shutil.disk_usage(small_disk).free < 65536
            with suppress(PyMongoError):  # what MongoDB does each minute by itself: mongod ends over it
                store.connection.client.admin.command("fsync")
        began = time.monotonic()
        stdout, stderr = running.communicate(timeout=120)
        assert running.returncode == 3, stdout + stderr
        assert "MiB are free on the disk" in stderr  # or: there is no space left on the disk
        assert "Free some space there" in stderr
        assert "Traceback" not in stderr
        assert 2 < time.monotonic() - began < 30
        assert len(acknowledged) < len(_ARTICLES)

        ballast.unlink()
        again = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120, check=False)
        assert again.returncode == 0, again.stdout + again.stderr
        with open_store(own) as store:
            found = {one["_id"] for one in store.articles.find({}, {"_id": 1})}
    assert acknowledged <= found
    assert found == {f"{host.origin}/news/{number}/" for number in _ARTICLES}
