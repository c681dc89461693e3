"""`EmbeddedServer`: one client of the embedded MongoDB, and `ServerStatus`, what it can tell without joining."""

from __future__ import annotations

import os
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from newscrawl.errors import EmbeddedServerError, NewscrawlError
from newscrawl.store.embedded.binary import version_in
from newscrawl.store.embedded.home import prepare, refusals_explained, space_hint
from newscrawl.store.embedded.keeper.folder import Folder
from newscrawl.store.embedded.keeper.locks import is_held, open_lock, try_lock
from newscrawl.store.embedded.keeper.sockets import answers
from newscrawl.store.embedded.keeper.state import read_state
from newscrawl.store.embedded.launch import failure, keeper_lost, start_keeper
from newscrawl.store.embedded.users import POLL, Membership, live_users

ATTEMPTS = 3  # keepers that may vanish without a word before `connect` gives up


@dataclass(frozen=True)
class ServerStatus:
    """What the embedded server of a home folder is doing."""

    running: bool  # mongod answers
    phase: str  # starting | ready | stopping | stopped | failed
    pid: int | None  # of mongod
    keeper_pid: int | None
    uri: str | None  # None unless running
    data: Path  # mongod's dbpath
    log: Path
    users: tuple[int, ...]  # process ids, one for every connected EmbeddedServer
    pinned: bool  # runs without users until `stop`
    binary: Path | None  # the mongod that runs, or ran last
    version: str | None  # its version, as it said itself


class EmbeddedServer:
    """One user of the embedded server of `home`, whose files are under `home`/mongodb.

    `grace` is how many seconds a server that this user has to start outlives its last user. Methods may be called
    from any thread. A forked child that inherits a connected user keeps the server running as long as it lives.
    """

    def __init__(self, home: Path, *, grace: float = 2.0) -> None:
        self.home = Path(os.path.realpath(home))
        self.folder = Folder(Path(os.path.realpath(self.home / "mongodb")))
        self.grace = grace
        self._lock = threading.RLock()
        self._membership: Membership | None = None

    def connect(self, timeout: float = 30.0) -> str:
        """Join the users of the server, start it if it does not run, and return its `mongodb://` URI.

        Call it again, at any time, to have a server that died started anew: the URI stays the same. Waits up to
        `timeout` seconds. Raises EmbeddedServerError, ConfigError.
        """
        _require_flock()
        deadline = time.monotonic() + timeout
        with self._lock:
            joined_before = self._membership is not None
            try:
                with refusals_explained():
                    prepare(self.home, self.folder)
                    if self._membership is None:
                        self._membership = Membership(self.folder, deadline)
                    return self._await_server(deadline, timeout)
            except BaseException:
                if not joined_before:
                    self.close()
                raise

    def close(self) -> None:
        """Leave the users of the server; it stops soon after the last one left. May be called twice."""
        with self._lock:
            if self._membership is not None:
                self._membership.leave()
                self._membership = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self, timeout: float = 30.0) -> str:
        """Start the server to run until `stop`, with or without users, and return its URI.

        That also holds over a crash or a reboot: the next command that uses the server leaves it running. Raises
        what `connect` raises.
        """
        with self._lock:
            joined_before = self._membership is not None
            uri = self.connect(timeout)
            with refusals_explained():
                self.folder.pin.touch()
            if not joined_before:
                self.close()
            return uri

    def stop(self, force: bool = False, timeout: float = 100.0) -> None:
        """Stop the server and undo `start`; this user leaves it. Nothing happens if it does not run.

        Raises NewscrawlError if other live users have it and `force` is not given, EmbeddedServerError if it has not
        stopped within `timeout` seconds.
        """
        _require_flock()
        with self._lock:
            self.close()
            if not self.folder.root.is_dir():
                return
            with refusals_explained():
                users = open_lock(self.folder.users_lock)
                try:
                    self._stop(users, force, time.monotonic() + timeout)
                finally:
                    os.close(users)

    def status(self) -> ServerStatus:
        """What the server is doing, without starting or changing anything."""
        _require_flock()
        with refusals_explained():
            kept, state, users = is_held(self.folder.keeper_lock), read_state(self.folder), live_users(self.folder)
        phase = state.phase if state and (kept or state.phase == "failed") else "stopped"
        running = bool(state and phase == "ready" and answers(state.socket))
        return ServerStatus(
            running=running,
            phase=phase,
            pid=state.mongod if state and kept and state.mongod else None,
            keeper_pid=state.keeper if state and kept and state.keeper else None,
            uri=uri_of(state.socket) if state and running else None,
            data=self.folder.data,
            log=self.folder.log,
            users=users,
            pinned=self.folder.pin.exists(),
            binary=Path(state.binary) if state and state.binary else None,
            version=version_in(self.folder.log),
        )

    def _await_server(self, deadline: float, timeout: float) -> str:
        """Wait for a server that answers, starting a keeper whenever there is none."""
        before = read_state(self.folder)
        old = before.attempt if before and before.phase == "failed" else ""
        started = 0
        while True:
            kept = is_held(self.folder.keeper_lock)  # asked first: without a keeper, the state is its last word
            state = read_state(self.folder)
            if state and state.phase == "ready" and kept and answers(state.socket):
                return uri_of(state.socket)
            if state and state.phase == "failed" and state.attempt != old:
                raise failure(self.folder, state)
            if not kept:
                if started == ATTEMPTS:
                    raise keeper_lost(self.folder, "without a reason")
                started += start_keeper(self.folder, self.grace, state.socket if state else "")
            if time.monotonic() > deadline:
                raise EmbeddedServerError(
                    f"the embedded MongoDB did not answer within {timeout:g} seconds",
                    advice="It may still be recovering its data after a crash: try again in a minute. "
                    f"What it does is in {self.folder.log}.{space_hint(self.folder)}",
                )
            time.sleep(POLL)

    def _stop(self, users: int, force: bool, deadline: float) -> None:
        alone = False
        while True:
            alone = alone or try_lock(users)  # held, it keeps new users waiting until the server has stopped
            others = live_users(self.folder)
            if not alone and others and not force:
                raise NewscrawlError(
                    f"the embedded MongoDB is in use by {_processes(others)}",
                    advice="Wait for the end of that, or stop it all the same with --force.",
                )
            if alone or force:
                self.folder.pin.unlink(missing_ok=True)
                if not is_held(self.folder.keeper_lock):
                    return
                self.folder.stop.touch()
            if time.monotonic() > deadline:
                raise EmbeddedServerError(
                    "the embedded MongoDB did not stop in time",
                    advice=f"What it does is in {self.folder.keeper_log} and {self.folder.log}.",
                )
            time.sleep(POLL)


def uri_of(socket: str) -> str:
    """The `mongodb://` URI of a Unix socket."""
    return f"mongodb://{quote(socket, safe='')}"


def _processes(pids: tuple[int, ...]) -> str:
    return f"process {pids[0]}" if len(pids) == 1 else "processes " + ", ".join(map(str, pids))


def _require_flock() -> None:
    if sys.platform == "win32":
        raise EmbeddedServerError(
            "the embedded MongoDB runs on Linux and macOS so far, not on Windows",
            advice="Name a MongoDB server with NEWSCRAWL_MONGO_URI.",
        )
