"""One mongod process: its command line, its start, its clean end, and waiting for the data that another one holds."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from .folder import Folder
from .locks import open_lock, try_lock
from .logs import note
from .state import RefusalError

if sys.platform != "win32":
    import resource

STOP_PATIENCE = 90.0  # seconds for a clean stop before SIGKILL; the journal makes even that safe
FOREIGN_PATIENCE = 2.0  # seconds for a mongod that is not ours to let go of the data
PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


def arguments(folder: Folder, binary: str, path: Path) -> list[str]:
    """The command line of mongod for the data in `folder` and a socket at `path`."""
    return [
        binary,
        *("--dbpath", str(folder.data)),
        # The address is the one socket. Without --nounixsocket there would be /tmp/mongodb-27017.sock too, which
        # two users of one machine cannot both have.
        *("--bind_ip", str(path), "--nounixsocket", "--filePermissions", "0600"),
        *("--networkMessageCompressors", "snappy,zstd"),  # zlib: CVE-2025-14847 in 6.0 before 6.0.27
        *("--wiredTigerCacheSizeGB", "0.25"),  # unset it is half the memory
        *("--setParameter", "diagnosticDataCollectionEnabled=false"),  # up to 200 MB that nobody reads
        *("--logpath", str(folder.log), "--logappend", "--logRotate", "reopen", "--quiet"),
    ]


def prepare_data(folder: Folder) -> None:
    """Make new data be new.

    A first start that was cut off leaves files that no mongod opens again. Nobody was ever told of a server over them,
    so they hold nothing and go.
    """
    if folder.first_start.exists() and folder.data.exists():
        note("the first start was cut off before the data were ready; making them anew")
        shutil.rmtree(folder.data)
    folder.data.mkdir(mode=0o700, exist_ok=True)
    if not any(folder.data.iterdir()):
        folder.first_start.touch()


def start_mongod(folder: Folder, binary: str, path: Path) -> subprocess.Popen[bytes]:
    """Start mongod for the data in `folder` and a socket at `path`. Raises `RefusalError` if it cannot be run."""
    with folder.output.open("wb") as output:
        try:
            return subprocess.Popen(
                arguments(folder, binary, path),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=folder.root,
                env={**os.environ, "LC_ALL": "C"},  # mongod aborts on a locale that is not installed
                preexec_fn=_child_setup(),
            )
        except OSError as error:
            advice = "Set NEWSCRAWL_MONGOD to a mongod that runs here."
            if error.errno == errno.ENOEXEC:
                advice = "It was built for another kind of machine: set NEWSCRAWL_MONGOD to one that runs here."
            raise RefusalError(f"{binary} cannot be run: {error.strerror}", advice) from error


def _child_setup() -> Callable[[], None]:
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


def end_mongod(mongod: subprocess.Popen[bytes]) -> None:
    """Stop mongod cleanly, by force if that takes too long."""
    mongod.terminate()
    try:
        mongod.wait(STOP_PATIENCE)
    except subprocess.TimeoutExpired:
        note(f"mongod {mongod.pid} did not stop within {STOP_PATIENCE:.0f} s; killing it")
        mongod.kill()
        mongod.wait()


def await_data(folder: Folder, stop_wanted: Callable[[], bool]) -> None:
    """Wait until no process holds the data; one that a dead keeper left behind is asked to end.

    Raises `RefusalError` if it is not free in time or a stop is wanted.
    """
    path = folder.data / "mongod.lock"  # mongod itself locks it by flock
    if not path.exists():
        return
    asked = 0
    patience = time.monotonic() + FOREIGN_PATIENCE
    fd = open_lock(path)
    try:
        while not try_lock(fd):
            holder = _holder_of(path)
            # One of ours ends by PDEATHSIG; where that does not exist, by this.
            if holder != asked and _is_ours(holder, folder):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(holder, signal.SIGTERM)
                asked = holder
                patience = time.monotonic() + STOP_PATIENCE
            if time.monotonic() > patience or stop_wanted():
                who = f"process {holder}" if holder else "another process"
                raise RefusalError(f"the data in {folder.data} is in use by {who}", "End that mongod first.")
            time.sleep(0.05)
    finally:
        os.close(fd)


def _holder_of(lock: Path) -> int:
    """The process id that mongod wrote into its lock file, 0 if there is none."""
    text = lock.read_text("ascii", "replace").strip()
    return int(text) if text.isdecimal() else 0


def _is_ours(pid: int, folder: Folder) -> bool:
    """Whether a process is a mongod that a keeper of this folder started."""
    if not pid:
        return False
    if sys.platform == "linux":
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return False
    else:
        command = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, check=False).stdout
    return os.fsencode(folder.data) in command and b"--nounixsocket" in command
