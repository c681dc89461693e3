"""The embedded MongoDB: one real mongod for a home folder, shared by every command that needs it.

`EmbeddedServer(home).connect()` joins the users of the server, starting it if need be; the last to leave stops it.
A detached keeper process (`keeper.py`) owns the mongod; see there for the locks. Clients, keeper and mongod may each
be killed at any time: the kernel drops their locks, and the next `connect` finds or starts a whole server.

Runs on Linux. macOS has all that this needs except PDEATHSIG (a mongod whose keeper was killed lives on until the
next start ends it), but was not tried. Windows has no flock: there `NEWSCRAWL_MONGO_URI` names a server.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from newscrawl.errors import EmbeddedServerError, NewscrawlError
from newscrawl.store.keeper import Folder, State, answers, read_state, try_lock, write_state
from newscrawl.store.mongod import MIB, SPACE_FOR_OLD_DATA, find_mongod, prepare, require_space, version_in
from newscrawl.store.symptoms import diagnose

__all__ = ["EmbeddedServer", "ServerStatus", "find_mongod"]

ATTEMPTS = 3  # keepers that may vanish without a word before `connect` gives up
POLL = 0.02  # seconds


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
        self._shared: int | None = None  # users.lock, held shared
        self._mine: tuple[int, Path, int] | None = None  # our file in users/, and the process that made it

    def connect(self, timeout: float = 30.0) -> str:
        """Join the users of the server, start it if it does not run, and return its `mongodb://` URI.

        Call it again, at any time, to have a server that died started anew: the URI stays the same. Waits up to
        `timeout` seconds. Raises EmbeddedServerError, ConfigError.
        """
        _require_flock()
        deadline = time.monotonic() + timeout
        with self._lock:
            joined_before = self._shared is not None
            try:
                with _plainly():
                    prepare(self.home, self.folder)
                    self._join(deadline)
                    return self._await_server(deadline, timeout)
            except BaseException:
                self._leave_unless(joined_before)
                raise

    def close(self) -> None:
        """Leave the users of the server; it stops soon after the last one left. May be called twice."""
        with self._lock:
            if self._mine is not None:
                fd, file, pid = self._mine
                if pid == os.getpid():
                    file.unlink(missing_ok=True)
                os.close(fd)
                self._mine = None
            if self._shared is not None:
                # Not unlocked: a forked child that shares the open file may still need the server.
                os.close(self._shared)
                self._shared = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self, timeout: float = 30.0) -> str:
        """Start the server to run until `stop`, with or without users, and return its URI.

        That also holds over a crash or a reboot: the next command that uses the server leaves it running.
        """
        with self._lock:
            joined_before = self._shared is not None
            uri = self.connect(timeout)
            with _plainly():
                self.folder.pin.touch()
            self._leave_unless(joined_before)
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
            with _plainly():
                users = os.open(self.folder.users_lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
                try:
                    self._stop(users, force, time.monotonic() + timeout)
                finally:
                    os.close(users)

    def status(self) -> ServerStatus:
        """What the server is doing, without starting or changing anything."""
        _require_flock()
        with _plainly():
            state, kept, users = read_state(self.folder), self._kept(), live_users(self.folder)
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

    def _join(self, deadline: float) -> None:
        """Take our share of users.lock, waiting for a keeper that is just shutting down."""
        if self._shared is not None:
            return
        fd = os.open(self.folder.users_lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        while not try_lock(fd, shared=True):
            if time.monotonic() > deadline:
                os.close(fd)
                raise EmbeddedServerError(
                    "the embedded MongoDB is still stopping",
                    advice=f"Try again in a moment; what it does is in {self.folder.log}.",
                )
            time.sleep(POLL)
        self._shared = fd
        file = self.folder.users / f"{os.getpid()}-{secrets.token_hex(4)}"
        mine = os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        self._mine = (mine, file, os.getpid())
        try_lock(mine)

    def _leave_unless(self, joined_before: bool) -> None:
        if not joined_before:
            self.close()

    def _await_server(self, deadline: float, timeout: float) -> str:
        """Wait for a server that answers, starting a keeper whenever there is none."""
        before = read_state(self.folder)
        started = 0
        while True:
            state = read_state(self.folder)
            if state and state.phase == "ready" and self._kept() and answers(state.socket):
                return uri_of(state.socket)
            if state and state.phase == "failed" and state.attempt != (before.attempt if before else ""):
                raise self._failure(state)
            if started < ATTEMPTS and self._start_keeper(state):
                started += 1
            elif started == ATTEMPTS and not self._kept():
                raise EmbeddedServerError(
                    "the process that looks after the embedded MongoDB ended without a reason",
                    advice=f"See {self.folder.keeper_log}.{self._space_left()}",
                )
            if time.monotonic() > deadline:
                raise EmbeddedServerError(
                    f"the embedded MongoDB did not answer within {timeout:g} seconds",
                    advice="It may still be recovering its data after a crash: try again in a minute. "
                    f"What it does is in {self.folder.log}.{self._space_left()}",
                )
            time.sleep(POLL)

    def _kept(self) -> bool:
        """Whether a keeper lives."""
        try:
            fd = os.open(self.folder.keeper_lock, os.O_RDWR | os.O_CLOEXEC)
        except (FileNotFoundError, NotADirectoryError):
            return False
        try:
            return not try_lock(fd, shared=True)
        finally:
            os.close(fd)

    def _start_keeper(self, state: State | None) -> bool:
        """Start a keeper if there is none; returns whether we did. The keeper inherits our lock on keeper.lock."""
        fd = os.open(self.folder.keeper_lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if not try_lock(fd):
                return False
            binary = find_mongod()
            require_space(self.folder.data)
            attempt = State(secrets.token_hex(8), "starting", state.socket if state else "", str(binary))
            write_state(self.folder, attempt)
            script = str(Path(__file__).with_name("keeper.py"))
            command = [sys.executable, "-I", "-S", script, str(self.folder.root), str(binary), str(self.grace), str(fd)]
            with self.folder.keeper_log.open("ab") as log:
                # -I -S: nothing of the user's environment can break it, and it starts in 50 ms. It forks, so that it
                # is nobody's child; what we wait for is the moment of that.
                done = subprocess.run(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd=self.folder.root,
                    start_new_session=True,  # Ctrl-C in our terminal is not for it
                    pass_fds=(fd,),
                    check=False,
                )
            if done.returncode != 0:
                raise EmbeddedServerError(
                    f"the process that looks after the embedded MongoDB ended with status {done.returncode}",
                    advice=f"See {self.folder.keeper_log}.{self._space_left()}",
                )
            return True
        finally:
            os.close(fd)

    def _failure(self, state: State) -> EmbeddedServerError:
        """The error for what a keeper reported."""
        if state.message or state.exit_status is None:
            return EmbeddedServerError(
                state.message or "the embedded MongoDB did not start",
                advice=state.advice or f"See {self.folder.keeper_log}.",
            )
        why = diagnose(
            exit_status=state.exit_status,
            output=self.folder.output,
            log=self.folder.log,
            data=self.folder.data,
            binary=state.binary,
        )
        return EmbeddedServerError(f"the embedded MongoDB did not start: {why.sentence}", advice=why.advice)

    def _space_left(self) -> str:
        """A hint for errors whose reason may be a full disk."""
        free = shutil.disk_usage(self.folder.root).free
        return f" Only {free // MIB} MiB are free on its disk." if free < SPACE_FOR_OLD_DATA else ""

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
                if not self._kept():
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


def live_users(folder: Folder) -> tuple[int, ...]:
    """Process ids of the clients that are connected; the files of dead ones are not counted."""
    found = []
    for file in sorted(folder.users.glob("*-*")):
        try:
            fd = os.open(file, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        try:
            if not try_lock(fd, shared=True):
                found.append(int(file.name.partition("-")[0]))
        finally:
            os.close(fd)
    return tuple(found)


@contextmanager
def _plainly() -> Iterator[None]:
    """Turn what the system refuses into an error with advice."""
    try:
        yield
    except OSError as error:
        raise EmbeddedServerError(
            f"the embedded MongoDB cannot use its folder: {error}",
            advice="Set NEWSCRAWL_HOME to a folder that you can write to and that has space.",
        ) from error


def _processes(pids: tuple[int, ...]) -> str:
    return f"process {pids[0]}" if len(pids) == 1 else "processes " + ", ".join(map(str, pids))


def _require_flock() -> None:
    if sys.platform == "win32":
        raise EmbeddedServerError(
            "the embedded MongoDB runs on Linux and macOS so far, not on Windows",
            advice="Name a MongoDB server with NEWSCRAWL_MONGO_URI.",
        )
