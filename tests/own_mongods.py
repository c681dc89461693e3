"""mongods of a test's own: one with what options it likes, or a replica set of several."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from newscrawl.store.embedded import find_mongod


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Mongod:
    """One mongod on loopback."""

    def __init__(self, folder: Path, *options: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.port = free_port()
        self._command = [
            str(find_mongod()), "--dbpath", str(folder), "--bind_ip", "127.0.0.1", "--nounixsocket",
            "--port", str(self.port), "--logpath", str(folder / "log"), "--logappend",
            "--wiredTigerCacheSizeGB", "0.25", "--oplogSize", "16", *options,
        ]  # fmt: skip
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def netloc(self) -> str:
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        self.process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def client(self, **options: Any) -> MongoClient[dict[str, Any]]:
        """Return a client of this very server once it answers."""
        client: MongoClient[dict[str, Any]] = MongoClient(
            f"mongodb://{self.netloc}/", directConnection=True, serverSelectionTimeoutMS=20_000, **options
        )
        client.admin.command("ping")
        return client


@contextmanager
def mongods(number: int, *options: str) -> Iterator[list[Mongod]]:
    """Run so many mongods, started."""
    folder = Path(tempfile.mkdtemp(prefix="nc-own-"))
    servers = [Mongod(folder / str(one), *options) for one in range(number)]
    try:
        for one in servers:
            one.start()
        yield servers
    finally:
        for one in servers:
            one.kill()
        shutil.rmtree(folder)


@contextmanager
def replica_set(number: int) -> Iterator[tuple[list[Mongod], str]]:
    """Run a replica set; yields its members and its address. Elections take about a second."""
    with mongods(number, "--replSet", "rs") as servers:
        members = [{"_id": one, "host": server.netloc} for one, server in enumerate(servers)]
        settings = {"electionTimeoutMillis": 1000, "heartbeatIntervalMillis": 200}
        for server in servers:  # each must answer the others
            server.client().close()
        with servers[0].client() as client:
            client.admin.command("replSetInitiate", {"_id": "rs", "members": members, "settings": settings})
        primary(servers)
        yield servers, f"mongodb://{','.join(one.netloc for one in servers)}/?replicaSet=rs"


def primary(servers: Sequence[Mongod]) -> Mongod:
    """Return the member that is the primary, waiting for one."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        for server in servers:
            if server.process is None or server.process.poll() is not None:
                continue
            try:
                with server.client() as client:
                    if client.admin.command("hello")["isWritablePrimary"]:
                        return server
            except PyMongoError:
                continue
        time.sleep(0.1)
    raise AssertionError("no member became the primary")
