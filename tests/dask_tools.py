"""A Dask cluster on loopback, as a data team has it, and work to give it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from newscrawl.errors import ArchiveUnavailableError, NewscrawlError, StoreUnavailableError
from newscrawl.resources import Resources
from newscrawl.store.runs import RunLog

_ROOT = Path(__file__).parent.parent
_CLUSTER = """
import sys
from distributed import LocalCluster
if __name__ == "__main__":
    with LocalCluster(
        n_workers=int(sys.argv[1]), threads_per_worker=1, host="127.0.0.1", dashboard_address=None
    ) as cluster:
        print(cluster.scheduler_address, flush=True)
        sys.stdin.read()
"""


class Cluster:
    """A LocalCluster in a process of its own, so that all of it can be killed."""

    def __init__(self, workers: int, folder: Path) -> None:
        script = folder / "cluster.py"
        script.write_text(_CLUSTER)
        self.process = subprocess.Popen(
            [sys.executable, script, str(workers)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": str(_ROOT)},
            cwd=folder,
            text=True,
        )
        assert self.process.stdout is not None
        self.address = self.process.stdout.readline().strip()
        assert self.address.startswith("tcp://"), "no cluster came up"

    def children(self) -> list[psutil.Process]:
        """The processes that do a part now, whichever worker is above them."""
        mine = psutil.Process(self.process.pid).children(recursive=True)
        return [one for one in mine if "newscrawl.machines.child" in _command(one)]

    def kill_a_busy_worker(self) -> int:
        """Kill -9 the worker above one that does a part; return the pid of the part's process."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            for child in self.children():
                worker = child.parent()
                if worker is not None:
                    worker.send_signal(signal.SIGKILL)
                    return child.pid
            time.sleep(0.05)
        raise AssertionError("no worker was busy")

    def kill(self) -> None:
        """End the scheduler and everything under it without a word."""
        everything = [*psutil.Process(self.process.pid).children(recursive=True), psutil.Process(self.process.pid)]
        for one in everything:
            try:
                one.kill()
            except psutil.NoSuchProcess:
                continue
        self.process.wait()

    def close(self) -> None:
        """End it in order."""
        if self.process.poll() is None:
            assert self.process.stdin is not None
            self.process.stdin.close()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.kill()
        for stream in (self.process.stdin, self.process.stdout):
            assert stream is not None
            stream.close()


@contextmanager
def dask_cluster(folder: Path, workers: int = 2) -> Iterator[Cluster]:
    """Run a cluster while the block does."""
    cluster = Cluster(workers, folder)
    try:
        yield cluster
    finally:
        cluster.close()


def _command(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return ""


@dataclass(frozen=True)
class Piece:
    """A part whose work is to write its steps down."""

    name: str
    size: int
    folder: str = ""
    seconds: float = 0.0
    """For each step."""


def write_steps(resources: Resources, piece: Piece, run_id: str, log: RunLog) -> str:
    """Make a file for each step that has none; what was done before is not done again."""
    for step in range(piece.size):
        file = Path(piece.folder) / f"{piece.name}-{step}"
        if not file.exists():
            time.sleep(piece.seconds)
            with file.open("a") as out:
                out.write(f"{os.getpid()}\n")
            log.count("steps")
    log.warn(f"{piece.name} is done")
    print("noise of a library")  # noqa: T201
    return f"{run_id} {piece.name}"


def fail(resources: Resources, piece: Piece, run_id: str, log: RunLog) -> None:
    log.count("tried")
    if piece.name == "odd":
        raise NewscrawlError("the part is odd", advice="Leave it.")
    if piece.name == "broken":
        raise ZeroDivisionError("by zero")
    if piece.name == "dead":
        os.kill(os.getpid(), signal.SIGKILL)


def lose_the_store(resources: Resources, piece: Piece, run_id: str, log: RunLog) -> None:
    raise StoreUnavailableError("MongoDB is gone")


def take_turns(resources: Resources, piece: Piece, run_id: str, log: RunLog) -> int:
    """Return how many pieces of the same lane are under way at most while this one is."""
    lane = piece.name.split()[0]
    mine = Path(piece.folder) / f"{piece.name}.busy"
    mine.touch()
    time.sleep(piece.seconds)
    busy = len(list(Path(piece.folder).glob(f"{lane} *.busy")))
    mine.unlink()
    return busy


def lose_lane_a(resources: Resources, piece: Piece, run_id: str, log: RunLog) -> None:
    log.count("tried")
    if piece.name.startswith("a"):
        raise ArchiveUnavailableError("the archive is gone")


def count_articles(resources: Resources, piece: Piece, run_id: str, log: RunLog) -> tuple[int, str]:
    return len(list(resources.store.find_articles())), resources.store.database.name
