"""What the embedded MongoDB says when it cannot run: one sentence on what is wrong, one on what to do."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from newscrawl.errors import ConfigError, EmbeddedServerError
from newscrawl.store.embedded import EmbeddedServer, find_mongod
from newscrawl.store.embedded.home import prepare
from newscrawl.store.embedded.keeper.keeper import TRIES
from newscrawl.store.embedded.keeper.sockets import answers, socket_path
from newscrawl.store.embedded.keeper.state import RefusalError, read_state
from tests.embedded_tools import GRACE, await_true, fresh_home, mongod_at_work, ping, processes

IS_ROOT = os.geteuid() == 0


@pytest.fixture
def home() -> Iterator[Path]:
    with fresh_home() as path:
        yield path


@pytest.fixture
def server(home: Path) -> Iterator[EmbeddedServer]:
    """A server that does not run yet."""
    with EmbeddedServer(home, grace=GRACE) as it:
        yield it


# Its data


def test_data_in_use_by_a_foreign_mongod_is_left_alone(server: EmbeddedServer, home: Path) -> None:
    prepare(home, server.folder)
    path = home / "tmp" / "foreign.sock"
    command = [str(find_mongod()), "--dbpath", str(server.folder.data), "--bind_ip", str(path)]
    command += ["--unixSocketPrefix", str(home / "tmp"), "--wiredTigerCacheSizeGB", "0.25"]
    with mongod_at_work(command, path) as foreign:
        with pytest.raises(EmbeddedServerError, match=f"in use by process {foreign.pid}"):
            server.connect()
        assert foreign.poll() is None
    assert ping(server.connect())


def test_damaged_data_is_called_damaged(server: EmbeddedServer) -> None:
    server.connect()
    server.stop()
    (server.folder.data / "WiredTiger.turtle").write_bytes(os.urandom(2000))
    with pytest.raises(EmbeddedServerError, match="is damaged") as failed:
        server.connect()
    assert "backup" in failed.value.advice
    assert server.status().phase == "failed"
    assert server.status().users == ()
    shutil.rmtree(server.folder.data)
    assert ping(server.connect())


# Its folders


def test_the_folder_of_the_socket_stays_and_takes_no_comma(
    home: Path, server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(home / "tmp"))
    before = socket_path(server.folder)
    (home / "a,b").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(home / "a,b"))
    assert socket_path(server.folder, str(before)) == before
    shutil.rmtree(before.parent)
    assert socket_path(server.folder, str(before)) == before
    elsewhere = socket_path(server.folder, "/nowhere/m.sock")
    assert elsewhere.parent.parent == Path("/tmp")
    elsewhere.parent.rmdir()
    monkeypatch.setattr(tempfile, "tempdir", str(home / "nowhere"))
    with pytest.raises(RefusalError, match="cannot make the folder"):
        socket_path(server.folder)


def plant_symlink(path: Path) -> None:
    path.with_name("elsewhere").mkdir(mode=0o700)
    path.symlink_to(path.with_name("elsewhere"))


def plant_foreign(path: Path) -> None:
    path.mkdir(mode=0o700)
    os.chown(path, 12345, -1)


@pytest.mark.parametrize(
    ("plant", "problem"),
    [
        (plant_symlink, "is not a folder"),
        (Path.touch, "is not a folder"),
        (lambda path: path.mkdir(mode=0o755), r"open to other users \(mode 0755\)"),
        *([(plant_foreign, "belongs to another user")] if IS_ROOT else []),
    ],
)
def test_a_socket_folder_that_is_not_ours_alone_is_refused(
    plant: Callable[[Path], object],
    problem: str,
    home: Path,
    server: EmbeddedServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(home / "tmp"))
    path = socket_path(server.folder).parent
    path.rmdir()
    plant(path)
    with pytest.raises(EmbeddedServerError, match=problem) as refused:
        server.connect()
    assert str(path) in str(refused.value)
    assert "TMPDIR" in refused.value.advice
    assert path.lstat()


def test_a_home_that_cannot_be_used_is_named(home: Path) -> None:
    (home / "file").touch()
    (home / "open").mkdir()
    (home / "open").chmod(0o777)
    (home / "theirs").mkdir()
    if IS_ROOT:
        os.chown(home / "theirs", 12345, -1)
    else:
        (home / "theirs").chmod(0o500)
    for name, problem in (
        ("file", "cannot use its folder"),
        ("open", "every user may write"),
        ("theirs", "belongs to another user|cannot be written to|cannot use"),
    ):
        with pytest.raises(EmbeddedServerError, match=problem) as refused:
            EmbeddedServer(home / name).connect()
        assert "NEWSCRAWL_HOME" in refused.value.advice


def test_too_little_room_is_said_before_mongod_tries(server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage("/")._replace(free=200 * 2**20)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage)
    with pytest.raises(EmbeddedServerError, match=r"only 200 MiB are free .* needs 320 MiB") as failed:
        server.connect()
    assert "NEWSCRAWL_HOME" in failed.value.advice
    assert not server.status().running


# Its mongod


def test_mongod_is_the_named_one_then_that_on_path_then_that_of_the_wheel(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(home))
    if importlib.util.find_spec("fiftyone"):
        assert find_mongod().match("fiftyone/db/bin/mongod")
    (home / "mongod").write_text("#!/bin/sh\n")
    (home / "mongod").chmod(0o755)
    assert find_mongod() == home / "mongod"
    shutil.copy(home / "mongod", home / "mine")
    monkeypatch.setenv("NEWSCRAWL_MONGOD", str(home / "mine"))
    assert find_mongod() == home / "mine"
    for wrong in (home / "nothing", home):
        monkeypatch.setenv("NEWSCRAWL_MONGOD", str(wrong))
        with pytest.raises(ConfigError, match=r"NEWSCRAWL_MONGOD is .* not an executable file"):
            EmbeddedServer(home).connect()


def test_a_missing_mongod_comes_with_the_ways_to_get_one(
    home: Path, server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(home))
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(EmbeddedServerError, match="no mongod was found") as missing:
        server.connect()
    for way in ("NEWSCRAWL_MONGOD", "PATH", "pip install 'newscrawl[embedded]'", "NEWSCRAWL_MONGO_URI"):
        assert way in missing.value.advice


def test_a_mongod_for_another_machine_is_said_plainly(
    home: Path, server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "alien").write_bytes(b"\x7fELF\x02\x01\x01" + bytes(200))
    (home / "alien").chmod(0o755)
    monkeypatch.setenv("NEWSCRAWL_MONGOD", str(home / "alien"))
    with pytest.raises(EmbeddedServerError, match="alien cannot be run: Exec format error") as failed:
        server.connect()
    assert "another kind of machine" in failed.value.advice


def use_script(home: Path, monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    (home / "script").write_text(f"#!/bin/sh\n{body}\n")
    (home / "script").chmod(0o755)
    monkeypatch.setenv("NEWSCRAWL_MONGOD", str(home / "script"))


def test_a_mongod_that_never_answers_is_not_waited_for_for_ever(
    home: Path, server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_script(home, monkeypatch, "exec sleep 600")
    began = time.monotonic()
    with pytest.raises(EmbeddedServerError, match=r"did not answer within 0\.5 seconds"):
        server.connect(timeout=0.5)
    assert time.monotonic() - began < 10
    assert server.status().phase == "starting"
    server.stop()
    await_true(lambda: not processes(home))


def test_an_option_that_mongod_does_not_know_is_named(
    home: Path, server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_script(home, monkeypatch, f'exec {find_mongod()} --younger-than-you "$@"')
    with pytest.raises(EmbeddedServerError, match=r"does not know an option .* '--younger-than-you'") as failed:
        server.connect()
    assert "6.0" in failed.value.advice


@contextmanager
def every_mongod_killed(server: EmbeddedServer) -> Iterator[list[int]]:
    """Kill each mongod of the server before it gets ready; yields the list of their process ids."""
    killed: list[int] = []
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.005):
            state = read_state(server.folder)
            if state and state.mongod and state.mongod not in killed:
                killed.append(state.mongod)
                os.kill(state.mongod, signal.SIGKILL)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield killed
    finally:
        over.set()
        thread.join()


def test_a_mongod_that_is_killed_again_and_again_is_given_up(server: EmbeddedServer, home: Path) -> None:
    with every_mongod_killed(server) as killed, pytest.raises(EmbeddedServerError) as failed:
        server.connect()
    assert len(killed) == TRIES
    assert "did not start, tried 3 times in a row: mongod was killed" in failed.value.message
    assert "memory" in failed.value.advice
    await_true(lambda: not processes(home))
    status = server.status()
    assert (status.phase, status.pid, status.users) == ("failed", None, ())
    assert ping(server.connect())


def test_a_stranger_on_the_socket_is_no_server(home: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(home / "tmp" / "s"))
        listener.listen()
        assert not answers(home / "tmp" / "s", timeout=0.1)
    assert not answers(home / "tmp" / "nothing")


def test_on_windows_the_way_is_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(EmbeddedServerError, match="Linux and macOS") as refused:
        EmbeddedServer(home).connect()
    assert "NEWSCRAWL_MONGO_URI" in refused.value.advice
