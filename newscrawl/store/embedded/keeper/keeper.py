"""The keeper at work: it runs mongod, again after an accident, until nobody needs it."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from .folder import Folder
from .locks import try_lock, unlock
from .logs import LOG_LIMIT, note, rotate, size
from .mongod import await_data, end_mongod, prepare_data, start_mongod
from .sockets import answers, make_private, socket_path
from .state import State, write_state

START_PATIENCE = 600.0  # seconds that a mongod nobody waits for any more may take to recover its data
SETTLED = 2.0  # seconds a mongod must have run for its death to be an accident, worth a restart
TRIES = 3  # mongods in a row that ended sooner, after they were ready or by SIGKILL, before the keeper gives up
STARTING_PAUSE = 0.03  # seconds between two looks
READY_PAUSE = 0.2

Why = Literal["died", "lost", "asked", "idle"]
"""Why a mongod's life is over: it ended by itself, its socket was removed, a stop is wanted, nobody uses it."""


@dataclass
class Keeper:
    """One keeper. `run` returns when mongod has ended for good."""

    folder: Folder
    binary: str
    grace: float  # seconds without users before mongod is stopped
    users_fd: int  # users.lock
    state: State
    told_to_stop: bool = False  # by SIGTERM: the machine shuts down
    tries: int = 0
    idle_since: float | None = None
    started_at: float = field(default_factory=time.monotonic)

    def run(self) -> None:
        """Run mongod until nobody needs it; tell the outcome in the state. Raises RefusalError, OSError."""
        path = socket_path(self.folder, self.state.socket)
        self.publish(socket=str(path))
        try:
            await_data(self.folder, self.stop_wanted)
            while self.live(path):
                note("mongod has to run on; starting it again")
        finally:
            # Only now may the next keeper make its own.
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
                path.parent.rmdir()

    def live(self, path: Path) -> bool:
        """One life of mongod; returns whether it deserves another."""
        make_private(path.parent)
        path.unlink(missing_ok=True)
        rotate(self.folder.log)
        prepare_data(self.folder)
        self.started_at = time.monotonic()
        mongod = start_mongod(self.folder, self.binary, path)
        try:
            self.publish(phase="starting", mongod=mongod.pid)
            note(f"mongod {mongod.pid} started")
            why = self.watch(mongod, path)
        except BaseException:
            end_mongod(mongod)
            raise
        if why == "died":
            note(f"mongod {mongod.pid} ended with {mongod.returncode}")
            return self.deserves_another(mongod.returncode)
        self.publish(phase="stopping")
        end_mongod(mongod)
        note(f"mongod {mongod.pid} stopped ({why})")
        if why == "lost":
            return True
        if why == "idle":  # users.lock is ours, so whoever left a file here was killed
            for left in self.folder.users.iterdir():
                left.unlink(missing_ok=True)
        self.publish(phase="stopped", mongod=0)
        return False

    def watch(self, mongod: subprocess.Popen[bytes], path: Path) -> Why:
        """Wait until the life of mongod is over."""
        while mongod.poll() is None:
            why = self.reason_to_end(mongod, path)
            if why is not None:
                return why
            if size(self.folder.log) > LOG_LIMIT:
                rotate(self.folder.log)
                mongod.send_signal(signal.SIGUSR1)  # opens a new file
            time.sleep(READY_PAUSE if self.was_ready else STARTING_PAUSE)
        return "died"

    def reason_to_end(self, mongod: subprocess.Popen[bytes], path: Path) -> Why | None:
        """Why a mongod that runs should not go on, None if it should; notes when it gets ready."""
        if self.stop_wanted():
            return "asked"
        if self.was_ready:
            if not path.exists():  # somebody cleaned the temporary folder
                return "lost"
            return "idle" if self.deserted() else None
        lived = time.monotonic() - self.started_at
        if answers(path):
            self.folder.first_start.unlink(missing_ok=True)  # before anybody is told of the server
            self.publish(phase="ready")
            note(f"mongod {mongod.pid} is ready after {lived:.2f} s")
        elif lived > START_PATIENCE and self.deserted():
            return "idle"
        return None

    def deserves_another(self, exit_status: int) -> bool:
        """Whether a mongod that ended by itself is started again; if not, the state says so."""
        if self.was_ready and time.monotonic() - self.started_at >= SETTLED:
            self.tries = 0
            return True
        self.tries += 1
        if self.tries < TRIES and (self.was_ready or exit_status == -signal.SIGKILL):
            return True
        self.publish(phase="failed", mongod=0, exit_status=exit_status, tries=self.tries)
        return False

    def deserted(self) -> bool:
        """Whether there were no users for the time of grace; if so, users.lock stays locked against new ones."""
        if self.folder.pin.exists() or not try_lock(self.users_fd):
            self.idle_since = None
            return False
        now = time.monotonic()
        if self.idle_since is None:
            self.idle_since = now
        if now - self.idle_since >= self.grace and not self.folder.pin.exists():
            return True
        unlock(self.users_fd)
        return False

    def stop_wanted(self) -> bool:
        """Whether somebody wants the server stopped, users or not."""
        return self.told_to_stop or self.folder.stop.exists()

    @property
    def was_ready(self) -> bool:
        """Whether this mongod ever answered."""
        return self.state.phase == "ready"

    def publish(self, **changes: Any) -> None:
        """Write the state with these fields changed. A full disk must not stop the keeper: the lock tells the rest."""
        self.state = replace(self.state, **changes)
        try:
            write_state(self.folder, self.state)
        except OSError as error:
            note(f"cannot write {self.folder.state}: {error.strerror}")
