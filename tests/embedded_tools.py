"""What the tests of the embedded MongoDB share: homes of their own, other processes that use one, and patience."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import unquote

import psutil
import pytest
from pymongo import MongoClient

from newscrawl.store.embedded import EmbeddedServer
from newscrawl.store.embedded.keeper.sockets import answers

GRACE = 0.1
PATIENCE = 60.0  # seconds; only a broken test waits that long

# Children come from a process that has everything imported: eight of them cost what one interpreter costs.
spawning = multiprocessing.get_context("forkserver")
spawning.set_forkserver_preload(["newscrawl.store.embedded", "psutil", "pymongo", "pytest"])


@contextmanager
def fresh_home() -> Iterator[Path]:
    """A home with its own TMPDIR inside; afterwards no process may be left, and nothing in TMPDIR."""
    # Short: a Unix socket's path must fit into 107 bytes.
    path = Path(tempfile.mkdtemp(prefix="nc-"))
    (path / "tmp").mkdir()
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("TMPDIR", str(path / "tmp"))
            patch.delenv("NEWSCRAWL_MONGOD", raising=False)
            yield path
        while User.living:  # of a test that failed
            User.living[0].kill()
        await_true(lambda: not processes(path))
        assert not list((path / "tmp").glob("newscrawl-*/*"))
    finally:
        for process in processes(path):
            process.kill()
        shutil.rmtree(path)


def await_true(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def await_rounds(server: EmbeddedServer, rounds: int) -> None:
    """Let the keeper look around so many times: it sleeps once a round, and the system counts its sleeps."""
    keeper = psutil.Process(server.status().keeper_pid)
    before = keeper.num_ctx_switches().voluntary
    await_true(lambda: keeper.num_ctx_switches().voluntary >= before + rounds)


def processes(home: Path) -> list[psutil.Process]:
    """The keepers and mongods of a home; zombies have no command line."""
    found = []
    for process in psutil.process_iter():
        try:
            command = process.cmdline()
        except psutil.Error:
            continue
        if any(word.startswith(str(home / "mongodb")) for word in command):
            found.append(process)
    return found


@contextmanager
def mongod_at_work(command: list[str], path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A mongod without a keeper, started with `command`, that answers on the socket at `path`."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as mongod:
        try:
            await_true(lambda: answers(path))  # stopped any sooner, mongod may abort
            yield mongod
        finally:
            mongod.terminate()


def kill(pid: int | None) -> None:
    assert pid
    os.kill(pid, signal.SIGKILL)
    await_true(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)


@contextmanager
def client_of(uri: str) -> Iterator[MongoClient[dict[str, Any]]]:
    client: MongoClient[dict[str, Any]] = MongoClient(uri, serverSelectionTimeoutMS=2_000)
    try:
        yield client
    finally:
        client.close()


def ping(uri: str) -> bool:
    with client_of(uri) as client:
        return bool(client.admin.command("ping")["ok"])


def socket_of(uri: str) -> Path:
    return Path(unquote(uri.removeprefix("mongodb://")))


def be_a_user(home: Path, environ: dict[str, str], talk: Connection) -> None:
    """A child: connects, says its URI, and leaves when told to; told `again`, it connects once more."""
    os.environ.update(environ)
    with EmbeddedServer(home, grace=GRACE) as server:
        talk.send(server.connect())
        while talk.recv() == "again":
            talk.send(server.connect())


class User:
    """Another process that uses the server."""

    living: ClassVar[list[User]] = []

    def __init__(self, home: Path) -> None:
        self.talk, theirs = spawning.Pipe()
        self.process = spawning.Process(target=be_a_user, args=(home, dict(os.environ), theirs))
        self.process.start()
        theirs.close()
        self.living.append(self)

    def uri(self) -> str:
        assert self.talk.poll(PATIENCE)
        return str(self.talk.recv())

    def leave(self) -> None:
        self.talk.send("leave")
        self.end()

    def kill(self) -> None:
        self.process.kill()
        self.end()

    def end(self) -> None:
        self.living.remove(self)
        self.process.join(PATIENCE)
        self.process.close()
        self.talk.close()
