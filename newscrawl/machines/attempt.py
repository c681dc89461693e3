"""What a Dask worker does with a part: it starts a child process for it and passes on what that says."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import uuid
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from newscrawl import __version__
from newscrawl.errors import ConfigError, NewscrawlError
from newscrawl.machines.frames import NOTHING, Ended, Said, read_frame, write_frame

_children: defaultdict[str, set[subprocess.Popen[bytes]]] = defaultdict(set)
"""Job -> its children on this worker."""
_stopped: set[str] = set()
_lock = threading.Lock()


@dataclass(frozen=True)
class Order:
    """All that a worker has to know of a part."""

    job: str
    """Which call of the engine it belongs to; also the topic under which it is reported on."""
    name: str
    """The part's."""
    call: tuple[Any, Any, str]
    """The work, the part, the id of the run."""
    environment: dict[str, str]
    """The settings of who gave the order."""
    version: str
    """The newscrawl that gave it."""
    host: str | None
    """The one machine that can reach the store, when it is an embedded one."""


@dataclass(frozen=True)
class Report:
    """What an attempt at a part has said so far."""

    name: str
    attempt: str
    said: Said

    def as_message(self) -> dict[str, Any]:
        """Return it as Dask's events take it: plain values."""
        return vars(self) | {"said": vars(self.said)}

    @classmethod
    def from_message(cls, message: dict[str, Any]) -> Report:
        """Return what `as_message` was made of."""
        said = message["said"]
        return cls(message["name"], message["attempt"], Said(said["number"], said["stats"], list(said["warnings"])))


def carry_out(order: Order) -> tuple[str, Ended]:
    """Do a part in a child process; return the attempt's key and how it ended. Runs on a Dask worker."""
    from distributed import get_worker

    worker = get_worker()
    attempt = uuid.uuid4().hex

    def tell(said: Said) -> None:
        worker.log_event(order.job, Report(order.name, attempt, said).as_message())

    try:
        _check(order)
        return attempt, _run_child(order, tell)
    except NewscrawlError as error:
        return attempt, Ended(NOTHING, error=error)


def _check(order: Order) -> None:
    """Raise ConfigError when this worker cannot do what it is asked for."""
    if order.version != __version__:
        raise ConfigError(
            f"the Dask worker on {socket.gethostname()} has newscrawl {__version__}, not {order.version}",
            advice="Install the same version on all workers.",
        )
    if order.host is not None and order.host != socket.gethostname():
        raise ConfigError(
            f"the embedded MongoDB of {order.host} cannot be reached from the Dask worker on {socket.gethostname()}",
            advice="Name a MongoDB server that all machines reach with NEWSCRAWL_MONGO_URI.",
        )


def _run_child(order: Order, tell: Callable[[Said], None]) -> Ended:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NEWSCRAWL_")}
    child = subprocess.Popen(
        [sys.executable, "-m", "newscrawl.machines.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment | order.environment,
        cwd=Path(sys.executable).anchor,  # no newscrawl.toml of this machine
    )
    with _lock:
        _children[order.job].add(child)
        is_stopped = order.job in _stopped
    try:
        if is_stopped:
            child.terminate()
        return _listen(child, order, tell)
    finally:
        with _lock:
            _children[order.job].discard(child)
        child.kill()
        for stream in (child.stdin, child.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()
        child.wait()


def _listen(child: subprocess.Popen[bytes], order: Order, tell: Callable[[Said], None]) -> Ended:
    if child.stdin is None or child.stdout is None:
        raise NewscrawlError("a child process has no pipes")
    said = NOTHING
    try:
        write_frame(child.stdin, order.call)
        while True:
            frame = read_frame(child.stdout)
            if isinstance(frame, Ended):
                child.stdin.close()
                child.wait()
                return frame
            said = frame
            tell(said)
    except (EOFError, OSError):
        how = _how_it_ended(child.wait())
        gone = NewscrawlError(
            f"{order.name}: its process on {socket.gethostname()} {how}",
            advice="What it had stored is there; run the same command again for the rest.",
        )
        return Ended(said, error=gone)


def _how_it_ended(status: int) -> str:
    if status < 0:
        return f"was ended by {signal.Signals(-status).name}"
    return f"ended by itself with status {status}"


def stop_job(job: str) -> int:
    """End a job's children on this worker in order; return how many there were. Runs on a Dask worker."""
    with _lock:
        _stopped.add(job)
        children = list(_children[job])
    for child in children:
        child.terminate()
    return len(children)
