"""The embedded MongoDB with a real mongod: private, shared, back after every kill, gone when nobody needs it."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from multiprocessing import forkserver
from pathlib import Path

import psutil
import pytest
from pymongo import MongoClient, WriteConcern

from newscrawl.errors import NewscrawlError
from newscrawl.store.embedded import EmbeddedServer, find_mongod
from newscrawl.store.embedded.home import prepare
from newscrawl.store.embedded.keeper.folder import Folder
from newscrawl.store.embedded.keeper.keeper import SETTLED
from newscrawl.store.embedded.keeper.logs import LOG_LIMIT
from newscrawl.store.embedded.keeper.mongod import arguments
from tests.embedded_tools import (
    GRACE,
    PATIENCE,
    User,
    await_rounds,
    await_true,
    client_of,
    fresh_home,
    kill,
    mongod_at_work,
    ping,
    processes,
    socket_of,
)


@pytest.fixture(autouse=True, scope="module")
def _users_start_fast() -> None:
    """Have the process that other users are forked from import what it needs while the first tests run."""
    forkserver.ensure_running()


@pytest.fixture(scope="module")
def _shared() -> Iterator[EmbeddedServer]:
    with fresh_home() as path, EmbeddedServer(path, grace=GRACE) as server:
        yield server


@pytest.fixture
def shared(_shared: EmbeddedServer) -> EmbeddedServer:
    """A server that runs and that this process uses; whatever a test did to it is healed for the next one."""
    _shared.connect()
    return _shared


@pytest.fixture
def home() -> Iterator[Path]:
    with fresh_home() as path:
        yield path


@pytest.fixture
def server(home: Path) -> Iterator[EmbeddedServer]:
    """A server that does not run yet."""
    with EmbeddedServer(home, grace=GRACE) as it:
        yield it


# Alive


def test_a_server_keeps_data_and_tells_about_itself(shared: EmbeddedServer) -> None:
    uri = shared.connect()
    with client_of(uri) as client:
        client.test.things.insert_one({"_id": 1})
        assert client.test.things.find_one() == {"_id": 1}
    status = shared.status()
    assert (status.running, status.phase, status.uri) == (True, "ready", uri)
    assert status.users == (os.getpid(),)
    assert status.binary == find_mongod()
    assert status.version
    assert status.data.is_dir()
    assert not status.pinned


def test_a_server_is_private(shared: EmbeddedServer) -> None:
    path = socket_of(shared.connect())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(shared.folder.root.stat().st_mode) == 0o700
    assert [entry.name for entry in path.parent.iterdir()] == ["m.sock"]
    mongod = psutil.Process(shared.status().pid)
    assert mongod.net_connections("inet") == []
    assert {str(one.laddr) for one in mongod.net_connections("unix")} - {"", "()"} == {str(path)}


def test_the_keeper_is_nobodys_child_and_only_it_holds_the_locks(shared: EmbeddedServer) -> None:
    keeper, mongod = psutil.Process(shared.status().keeper_pid), psutil.Process(shared.status().pid)
    assert keeper.cwd() == str(shared.folder.root)
    assert os.getsid(keeper.pid) != os.getsid(0)
    assert keeper.ppid() != os.getpid()
    held = [
        {Path(one.path).relative_to(shared.folder.root).parts[0] for one in process.open_files()}
        for process in (keeper, mongod)
    ]
    assert held == [{"keeper.lock", "users.lock", "logs"}, {"data", "logs"}]


def test_the_log_is_bounded(shared: EmbeddedServer) -> None:
    log = shared.folder.log
    os.truncate(log, LOG_LIMIT + 1)
    old = log.with_name("mongod.log.1")
    await_true(lambda: old.exists() and old.stat().st_size > LOG_LIMIT and log.exists())
    assert log.stat().st_size < LOG_LIMIT
    assert ping(shared.connect())


# Killed, and back


def test_acknowledged_writes_survive_the_death_of_mongod(shared: EmbeddedServer) -> None:
    uri = shared.connect()
    with client_of(uri) as client:
        numbers = client.test.get_collection("numbers", write_concern=WriteConcern(w=1, j=True))
        for start in range(0, 2000, 100):
            numbers.insert_many({"_id": n, "text": "я" * 200} for n in range(start, start + 100))
        killed = shared.status().pid
        kill(killed)
    assert shared.connect() == uri
    assert shared.status().pid != killed
    with client_of(uri) as client:
        assert client.test.numbers.count_documents({}) == 2000
        assert client.test.command("validate", "numbers")["valid"]


def test_a_mongod_that_ran_for_a_while_and_dies_comes_back_by_itself(shared: EmbeddedServer) -> None:
    before = shared.status()
    began = psutil.Process(before.pid).create_time()
    await_true(lambda: time.time() > began + SETTLED + 0.1)
    kill(before.pid)
    await_true(lambda: shared.status().running and shared.status().pid != before.pid)
    assert shared.status().keeper_pid == before.keeper_pid
    assert ping(shared.connect())


def test_after_the_death_of_the_keeper_there_is_a_new_one(shared: EmbeddedServer) -> None:
    uri = shared.connect()
    before = shared.status()
    kill(before.keeper_pid)
    assert shared.connect() == uri
    assert ping(uri)
    after = shared.status()
    assert after.keeper_pid != before.keeper_pid
    assert after.pid != before.pid
    assert len(processes(shared.home)) == 2


def test_a_socket_that_was_cleaned_away_comes_back(shared: EmbeddedServer) -> None:
    uri = shared.connect()
    pid = shared.status().pid
    shutil.rmtree(socket_of(uri).parent)
    await_true(lambda: shared.status().running and shared.status().pid != pid)
    assert shared.connect() == uri
    assert ping(uri)


def test_a_stop_is_refused_while_others_use_the_server(shared: EmbeddedServer) -> None:
    uri = shared.connect()
    another = EmbeddedServer(shared.home)
    another.start()
    with pytest.raises(NewscrawlError, match=f"in use by process {os.getpid()}") as refused:
        another.stop()
    assert "--force" in refused.value.advice
    assert shared.status().pinned
    assert ping(uri)
    another.stop(force=True)
    await_true(lambda: not processes(shared.home))
    assert not shared.status().pinned
    assert shared.connect() == uri
    assert ping(uri)


def test_processes_share_the_server(shared: EmbeddedServer) -> None:
    pid = shared.status().pid
    other = User(shared.home)
    assert other.uri() == shared.connect()
    assert set(shared.status().users) == {os.getpid(), other.process.pid}
    other.leave()
    await_rounds(shared, 3)
    assert shared.status().pid == pid
    assert shared.status().users == (os.getpid(),)


def test_a_pin_survives_the_death_of_the_keeper(shared: EmbeddedServer) -> None:
    shared.close()
    uri = shared.start()
    kill(shared.status().keeper_pid)
    assert shared.status().pinned
    assert not shared.status().running
    with EmbeddedServer(shared.home, grace=0.0) as user:
        assert user.connect() == uri
    assert shared.status().users == ()
    await_rounds(shared, 2)
    assert ping(uri)
    shared.stop()
    assert not shared.status().pinned
    await_true(lambda: not processes(shared.home))


# Begun and ended


def test_the_last_user_stops_the_server(server: EmbeddedServer, home: Path) -> None:
    assert not server.status().running
    uri = server.connect()
    assert server.connect() == uri
    version = server.status().version
    server.close()
    server.close()
    await_true(lambda: not processes(home))
    assert not socket_of(uri).parent.exists()
    assert server.status().phase == "stopped"
    assert server.status().version == version


def test_a_killed_client_is_no_user_any_more(server: EmbeddedServer, home: Path) -> None:
    other = User(home)
    other.uri()
    assert server.status().running
    other.kill()
    await_true(lambda: not processes(home))
    assert server.status().users == ()
    assert not list(server.folder.users.iterdir())


def test_eight_racing_clients_get_one_server(home: Path) -> None:
    users = [User(home) for _ in range(8)]
    assert len({user.uri() for user in users}) == 1
    assert len(processes(home)) == 2
    assert len(EmbeddedServer(home).status().users) == 8
    for user in users[:4]:
        user.kill()
    for user in users[4:]:
        user.leave()


def test_a_client_that_comes_during_the_end_gets_a_fresh_server(home: Path) -> None:
    server = EmbeddedServer(home, grace=0.0)
    assert ping(server.connect())
    server.close()
    assert ping(server.connect())  # at once
    server.close()
    await_true(lambda: server.status().phase == "stopping")
    with server:
        assert ping(server.connect())


def test_a_pinned_server_outlives_its_command_until_it_is_stopped(home: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from newscrawl.store.embedded import EmbeddedServer\n"
        "print(EmbeddedServer(Path(sys.argv[1]), grace=0.0).start())"
    )
    # Returns only when nobody holds the other end of its pipes.
    done = subprocess.run(
        [sys.executable, "-c", code, str(home)], capture_output=True, text=True, timeout=PATIENCE, check=True
    )
    assert done.stderr == ""
    server = EmbeddedServer(home)
    assert server.status().pinned
    assert server.status().users == ()
    await_rounds(server, 2)
    assert ping(done.stdout.strip())
    server.stop()
    await_true(lambda: not processes(home))
    assert not server.status().pinned
    server.stop()


def test_a_mongod_that_a_dead_keeper_left_behind_is_replaced(server: EmbeddedServer, home: Path) -> None:
    prepare(home, server.folder)
    path = home / "tmp" / "left.sock"
    with mongod_at_work(arguments(server.folder, str(find_mongod()), path), path) as left:
        assert ping(server.connect())
        assert left.wait(PATIENCE) == 0


def test_a_tmpdir_too_long_for_a_socket_is_passed_over(home: Path) -> None:
    (home / ("x" * 100)).mkdir()
    # Undone before `home` ends, which has a TMPDIR of its own: else the next tests would be left that one.
    with pytest.MonkeyPatch.context() as patch, EmbeddedServer(home, grace=0.0) as server:
        patch.setenv("TMPDIR", str(home / ("x" * 100)))
        uri = server.connect()
        assert socket_of(uri).parent.parent == Path("/tmp")
        assert ping(uri)
    await_true(lambda: not processes(home))
    assert not socket_of(uri).parent.exists()


def test_status_and_stop_make_nothing(home: Path) -> None:
    server = EmbeddedServer(home / "new")
    assert not server.status().running
    server.stop()
    assert not (home / "new").exists()
    (home / "file").touch()
    assert not EmbeddedServer(home / "file").status().running


def test_a_first_start_that_was_cut_off_heals_by_itself(server: EmbeddedServer, home: Path) -> None:
    """What a mongod leaves that is killed while it first fills an empty folder; no client ever had those data."""
    folder = Folder(home / "mongodb")
    prepare(home, folder)
    folder.first_start.touch()
    (folder.data / "WiredTiger").write_text("cut off", encoding="utf-8")
    (folder.data / "WiredTiger.wt").write_bytes(b"\x00" * 100)
    ping(server.connect())
    assert not folder.first_start.exists()


def test_data_that_were_ready_once_are_never_made_anew(server: EmbeddedServer, home: Path) -> None:
    with MongoClient[dict[str, object]](server.connect()) as client:
        client["t"]["t"].insert_one({"_id": 1})
    server.stop(force=True)
    with MongoClient[dict[str, object]](server.connect()) as client:
        assert client["t"]["t"].count_documents({}) == 1
    assert not Folder(home / "mongodb").first_start.exists()
