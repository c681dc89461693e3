"""The keeper: a small detached process that runs the embedded mongod of one folder for as long as somebody uses it.

`embedded.py` starts it as a script with `python -I -S keeper.py FOLDER MONGOD GRACE LOCK_FD`. So it is one file that
imports nothing but the standard library, and is up in about 50 ms (the import of pymongo takes 800). What the two
agree on is here: the files in the folder (`Folder`) and the record of what the keeper is doing (`State`). All
exclusion is by flock, which the kernel drops with its process, so nothing stale can block the next start:

keeper.lock   exclusive, while a keeper lives; taken by the client that starts the keeper and handed to it as an open
              file, so that of any number of clients exactly one starts one
users.lock    shared, by every client; exclusive, by a keeper that found it free and shuts down: a client that arrives
              just then waits for the end and starts a fresh one
users/PID-…   exclusive, by the client that made it; only tells who the users are
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import json
import os
import signal
import socket
import stat
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from hashlib import blake2b
from pathlib import Path
from typing import Any

if sys.platform != "win32":
    import fcntl
    import resource

SOCKET_PATH_LIMIT = 103 if sys.platform == "darwin" else 107  # bytes in sockaddr_un.sun_path, less its NUL
LOG_LIMIT = 8 * 1024 * 1024  # bytes of mongod.log; one older file is kept beside it
ROTATION_CHECK = 2.0  # seconds
START_PATIENCE = 600.0  # seconds that a mongod nobody waits for any more may take to recover its data
STOP_PATIENCE = 90.0  # seconds for a clean stop before SIGKILL; the journal makes even that safe
SETTLED = 2.0  # seconds a mongod must have run for its death to be an accident, worth a restart
ACCIDENTS = 3  # lives in a row shorter than that, ended after it was ready or by SIGKILL, before the keeper gives up
FOREIGN_PATIENCE = 2.0  # seconds to wait for another process to let go of the data
PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


@dataclass(frozen=True)
class Folder:
    """The files of one embedded server, all under `root` (mode 0700)."""

    root: Path

    @property
    def data(self) -> Path:
        """What mongod calls the dbpath."""
        return self.root / "data"

    @property
    def keeper_lock(self) -> Path:
        """Held by the keeper."""
        return self.root / "keeper.lock"

    @property
    def users_lock(self) -> Path:
        """Shared by the clients."""
        return self.root / "users.lock"

    @property
    def users(self) -> Path:
        """One file a client, named after its process id."""
        return self.root / "users"

    @property
    def state(self) -> Path:
        """The JSON of `State`."""
        return self.root / "state.json"

    @property
    def pin(self) -> Path:
        """Exists while the server has to run without users."""
        return self.root / "pinned"

    @property
    def stop(self) -> Path:
        """Made by whoever wants the server stopped now."""
        return self.root / "stop"

    @property
    def log(self) -> Path:
        """The log of mongod; the one before is `mongod.log.1`."""
        return self.root / "logs" / "mongod.log"

    @property
    def output(self) -> Path:
        """What the last mongod said outside its log: the dynamic linker's complaints, mostly."""
        return self.root / "logs" / "mongod.out"

    @property
    def keeper_log(self) -> Path:
        """What the keeper did."""
        return self.root / "logs" / "keeper.log"


@dataclass(frozen=True)
class State:
    """What a keeper last said about itself; only true of now while keeper.lock is held."""

    attempt: str  # a new one every time that a client starts a keeper
    phase: str  # starting | ready | stopping | stopped | failed
    socket: str = ""
    binary: str = ""
    keeper: int = 0  # process ids
    mongod: int = 0
    exit_status: int | None = None  # failed: of mongod, negative for a signal, None if it never ran
    message: str = ""  # failed: the reason, when the keeper knows it by itself
    advice: str = ""


class RefusalError(Exception):
    """The keeper cannot go on; the message is one sentence and `advice` says what to do next."""

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(message)
        self.advice = advice


def read_state(folder: Folder) -> State | None:
    """The last `State` written, None if there is none that can be read."""
    try:
        return State(**json.loads(folder.state.read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


def write_state(folder: Folder, state: State) -> None:
    """Replace the state in one step. Only the holder of keeper.lock may."""
    new = folder.state.with_suffix(".new")
    new.write_text(json.dumps(asdict(state)), encoding="utf-8")
    new.replace(folder.state)


def try_lock(fd: int, *, shared: bool = False) -> bool:
    """Take the flock of an open file if nobody is in the way; returns whether it was taken."""
    try:
        fcntl.flock(fd, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
            return False
        raise
    return True


def unlock(fd: int) -> None:
    """Let go of the flock of an open file that stays open."""
    fcntl.flock(fd, fcntl.LOCK_UN)


def answers(path: str, timeout: float = 1.0) -> bool:
    """Whether a MongoDB server answers `hello` on this Unix socket within `timeout` seconds."""
    # One OP_MSG (opcode 2013) with the BSON of {hello: 1, $db: "admin"}.
    body = b"\x10hello\0" + struct.pack("<i", 1) + b"\x02$db\0" + struct.pack("<i", 6) + b"admin\0"
    document = struct.pack("<i", len(body) + 5) + body + b"\0"
    message = struct.pack("<iiiiib", 16 + 5 + len(document), 1, 0, 2013, 0, 0) + document
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(timeout)
        try:
            client.connect(path)
            client.sendall(message)
            reply = client.recv(4096)
        except OSError:
            return False
    return b"\x01ok\0" + struct.pack("<d", 1.0) in reply or b"maxWireVersion" in reply


def socket_path(folder: Folder, previous: str = "") -> Path:
    """Make sure of a private folder for the socket and return the socket's path.

    The folder is mode 0700, ours, under the temporary folder and named after the data, since a socket's path may
    have no more than 107 bytes. `previous` is the path of last time: kept if it still can be, so that open clients
    find the server again. Raises `RefusalError`.
    """
    name = f"newscrawl-{os.geteuid()}-{blake2b(os.fsencode(folder.root), digest_size=6).hexdigest()}"
    parents = [Path(tempfile.gettempdir()), Path("/tmp")]
    paths = [parent / name / "m.sock" for parent in parents]
    old = Path(previous)
    if old.parent.name == name and os.access(old.parent.parent, os.W_OK | os.X_OK):
        paths.insert(0, old)
    # A comma would part two addresses in mongod's --bind_ip.
    fitting = [path for path in paths if len(os.fsencode(path)) <= SOCKET_PATH_LIMIT and "," not in str(path)]
    if not fitting:
        raise RefusalError(
            f"no path under {parents[0]} or {parents[1]} is short enough for mongod's socket",
            "Set TMPDIR to a folder with a short name.",
        )
    make_private(fitting[0].parent)
    return fitting[0]


def make_private(path: Path) -> None:
    """Make a folder that only we can enter, or refuse the one that is there."""
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        pass
    except OSError as error:
        raise RefusalError(
            f"cannot make the folder {path} for mongod's socket: {error.strerror}",
            "Set TMPDIR to a folder that you can write to.",
        ) from error
    found = path.lstat()
    if stat.S_ISLNK(found.st_mode) or not stat.S_ISDIR(found.st_mode):
        problem = "is not a folder"
    elif found.st_uid != os.geteuid():
        problem = f"belongs to another user (uid {found.st_uid})"
    elif found.st_mode & 0o077:
        problem = f"is open to other users (mode {stat.S_IMODE(found.st_mode):04o})"
    else:
        return
    raise RefusalError(
        f"{path}, where mongod's socket would be, {problem}",
        f"Find out who made it, remove it (`rm -r {path}`), or set TMPDIR to a folder of your own.",
    )


def arguments(folder: Folder, binary: str, path: str) -> list[str]:
    """The command line of mongod for the data in `folder` and a socket at `path`."""
    return [
        binary,
        *("--dbpath", str(folder.data)),
        # The address is the one socket. Without --nounixsocket there would be /tmp/mongodb-27017.sock too, which
        # two users of one machine cannot both have.
        *("--bind_ip", path, "--nounixsocket", "--filePermissions", "0600"),
        *("--networkMessageCompressors", "snappy,zstd"),  # zlib: CVE-2025-14847 in 6.0 before 6.0.27
        *("--wiredTigerCacheSizeGB", "0.25"),  # unset it is half the memory
        *("--setParameter", "diagnosticDataCollectionEnabled=false"),  # up to 200 MB that nobody reads
        *("--logpath", str(folder.log), "--logappend", "--logRotate", "reopen", "--quiet"),
    ]


def child_setup() -> Callable[[], None]:
    """What mongod does between fork and exec: on Linux, ask for SIGTERM at the keeper's death. No core files."""
    keeper = os.getpid()
    prctl = ctypes.CDLL(None, use_errno=True).prctl if sys.platform == "linux" else None

    def setup() -> None:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if prctl is not None:
            prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
            if os.getppid() != keeper:  # it died before we asked
                os._exit(0)

    return setup


@dataclass
class Keeper:
    """One keeper at work. `run` returns when mongod has ended for good."""

    folder: Folder
    binary: str
    grace: float  # seconds without users before mongod is stopped
    users_fd: int
    state: State
    told_to_stop: bool = False
    accidents: int = 0
    idle_since: float | None = None
    started_at: float = field(default_factory=time.monotonic)

    def run(self) -> None:
        """Run mongod, again after an accident, until nobody needs it; tell the outcome in the state."""
        path = str(socket_path(self.folder, self.state.socket))
        self.publish(socket=path)
        try:
            self.await_data()
            while self.run_once(path):
                note("mongod ended by itself; starting it again")
        finally:
            # Only now may the next keeper make its own.
            with contextlib.suppress(OSError):
                Path(path).unlink(missing_ok=True)
                Path(path).parent.rmdir()

    def run_once(self, path: str) -> bool:
        """One life of mongod; returns whether it deserves another."""
        make_private(Path(path).parent)
        Path(path).unlink(missing_ok=True)
        rotate(self.folder.log)
        self.started_at = time.monotonic()
        with self.folder.output.open("wb") as output:
            try:
                mongod = subprocess.Popen(
                    arguments(self.folder, self.binary, path),
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    cwd=self.folder.root,
                    env={**os.environ, "LC_ALL": "C"},  # mongod aborts on a locale that is not installed
                    preexec_fn=child_setup(),
                )
            except OSError as error:
                raise RefusalError(
                    f"{self.binary} cannot be run: {error.strerror}", advice_on_running(error)
                ) from error
        self.publish(phase="starting", mongod=mongod.pid)
        note(f"mongod {mongod.pid} started")
        try:
            why = self.watch(mongod, path)
        except BaseException:
            end(mongod)
            raise
        if why == "died":
            note(f"mongod {mongod.pid} ended with {mongod.returncode}")
            if self.is_accident(mongod.returncode):
                return True
            self.publish(phase="failed", mongod=0, exit_status=mongod.returncode)
            return False
        self.publish(phase="stopping")
        end(mongod)
        note(f"mongod {mongod.pid} stopped ({why})")
        if why == "lost":
            return True
        if why == "idle":  # users.lock is ours, so whoever left a file here was killed
            for left in self.folder.users.iterdir():
                left.unlink(missing_ok=True)
        self.publish(phase="stopped", mongod=0)
        return False

    def is_accident(self, exit_status: int) -> bool:
        """Whether a mongod that ended by itself deserves another life."""
        if self.was_ready and time.monotonic() - self.started_at >= SETTLED:
            self.accidents = 0
            return True
        self.accidents += 1
        return self.accidents < ACCIDENTS and (self.was_ready or exit_status == -signal.SIGKILL)

    @property
    def was_ready(self) -> bool:
        """Whether this mongod ever answered."""
        return self.state.phase == "ready"

    def watch(self, mongod: subprocess.Popen[bytes], path: str) -> str:
        """Wait until mongod `died`, its socket was `lost`, a stop was `asked` for or it is `idle`; say which."""
        next_rotation = 0.0
        while mongod.poll() is None:
            now = time.monotonic()
            if self.told_to_stop or self.folder.stop.exists():
                return "asked"
            if not self.was_ready:
                if answers(path):
                    self.publish(phase="ready")
                    note(f"mongod {mongod.pid} is ready after {now - self.started_at:.2f} s")
                elif now - self.started_at > START_PATIENCE and self.deserted():
                    return "idle"
            elif not Path(path).exists():  # somebody cleaned the temporary folder
                return "lost"
            elif self.deserted():
                return "idle"
            if now >= next_rotation:
                next_rotation = now + ROTATION_CHECK
                if size(self.folder.log) > LOG_LIMIT:
                    rotate(self.folder.log)
                    mongod.send_signal(signal.SIGUSR1)  # opens a new file
            time.sleep(0.2 if self.was_ready else 0.03)
        return "died"

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

    def await_data(self) -> None:
        """Wait until no process holds the data; one that a dead keeper left behind is asked to end."""
        lock = self.folder.data / "mongod.lock"
        if not lock.exists():
            return
        patience = time.monotonic() + FOREIGN_PATIENCE
        fd = os.open(lock, os.O_RDWR | os.O_CLOEXEC)
        try:
            while not try_lock(fd):  # mongod itself holds it by flock
                holder = holder_of(lock)
                # A mongod that is ours ends by PDEATHSIG; where that does not exist, by this.
                if holder and str(self.folder.data) in command_of(holder) and "--nounixsocket" in command_of(holder):
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(holder, signal.SIGTERM)
                    patience = max(patience, self.started_at + STOP_PATIENCE)
                if time.monotonic() > patience or self.told_to_stop or self.folder.stop.exists():
                    who = f"process {holder}" if holder else "another process"
                    raise RefusalError(f"the data in {self.folder.data} is in use by {who}", "End that mongod first.")
                time.sleep(0.05)
        finally:
            os.close(fd)

    def publish(self, **changes: Any) -> None:
        """Write the state with these fields changed. A full disk must not stop the keeper: the lock tells the rest."""
        self.state = replace(self.state, **changes)
        try:
            write_state(self.folder, self.state)
        except OSError as error:
            note(f"cannot write {self.folder.state}: {error.strerror}")


def advice_on_running(error: OSError) -> str:
    """What to do about a mongod that the system will not even start."""
    if error.errno == errno.ENOEXEC:
        return "It was built for another kind of machine: set NEWSCRAWL_MONGOD to one that runs here."
    return "Set NEWSCRAWL_MONGOD to a mongod that runs here."


def end(mongod: subprocess.Popen[bytes]) -> None:
    """Stop mongod cleanly, by force if that takes too long."""
    mongod.terminate()
    try:
        mongod.wait(STOP_PATIENCE)
    except subprocess.TimeoutExpired:
        note(f"mongod {mongod.pid} did not stop within {STOP_PATIENCE:.0f} s; killing it")
        mongod.kill()
        mongod.wait()


def holder_of(lock: Path) -> int:
    """The process id that mongod wrote into its lock file, 0 if there is none."""
    text = lock.read_text("ascii", "replace").strip()
    return int(text) if text.isdecimal() else 0


def command_of(pid: int) -> str:
    """The command line of a process, '' if it cannot be known."""
    if sys.platform == "linux":
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "surrogateescape")
        except OSError:
            return ""
    listing = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return listing.stdout


def rotate(log: Path) -> None:
    """Begin a new log; keep the last one as `.1`."""
    if log.exists():
        log.replace(log.with_name(log.name + ".1"))


def size(path: Path) -> int:
    """Bytes in a file, 0 if it is not there."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def note(line: str) -> None:
    """Write a line to the keeper's log."""
    sys.stderr.write(f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} {os.getpid()} {line}\n")
    sys.stderr.flush()


def main(root: str, binary: str, grace: str, lock_fd: str) -> None:
    """Become the keeper of the folder `root`; `lock_fd` is the open keeper.lock, locked by the client."""
    os.set_inheritable(int(lock_fd), False)  # mongod must not hold it
    if os.fork():  # the client waits for this one; the keeper is nobody's child
        os._exit(0)
    os.umask(0o077)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    folder = Folder(Path(root))
    if size(folder.keeper_log) > LOG_LIMIT // 32:
        os.ftruncate(2, 0)
    users_fd = os.open(folder.users_lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    said = read_state(folder) or State(attempt=str(time.time_ns()), phase="starting")
    keeper = Keeper(folder, binary, float(grace), users_fd, replace(said, keeper=os.getpid(), binary=binary))

    def on_term(_signal: int, _frame: object) -> None:
        keeper.told_to_stop = True

    signal.signal(signal.SIGTERM, on_term)
    folder.stop.unlink(missing_ok=True)
    try:
        keeper.run()
    except RefusalError as refusal:
        note(str(refusal))
        keeper.publish(phase="failed", mongod=0, message=str(refusal), advice=refusal.advice)
    except OSError as error:
        note(repr(error))
        keeper.publish(phase="failed", mongod=0, message=f"the embedded MongoDB cannot be run: {error}")
    os.close(int(lock_fd))  # before users.lock: who gets that one finds no keeper
    os.close(users_fd)


if __name__ == "__main__":
    main(*sys.argv[1:])
