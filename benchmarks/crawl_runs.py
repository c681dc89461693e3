"""One run of one contender: its process started, watched, bounded and measured; the servers that all runs share."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from newscrawl.store.embedded import EmbeddedServer

FOLDER = Path(__file__).with_name("contenders")
SAMPLING = 0.2
"""Seconds between two looks at the memory of a contender."""

WHOLE, STARTED, BARE, NAIVE = "newscrawl", "newscrawl, cold", "bare Scrapy", "naive pipeline"
CONTENDERS = (WHOLE, STARTED, BARE, NAIVE)


@dataclass(frozen=True)
class Measure:
    """One run of one contender. Seconds, but for counts and bytes."""

    pages: int
    articles: int
    items: int
    """Stored records; pages without an article too, where a contender stores that."""
    start_up: float
    """From the launch of the process to its first response."""
    crawl: float
    """From the first response to the last stored item (bare Scrapy: the last response)."""
    total: float
    """From the launch of the process to its end."""
    cpu: float
    """Of the process tree, during `crawl`."""
    cpu_total: float
    """Of the process tree, from launch to end."""
    cpu_mongod: float
    """Of mongod, during `crawl`."""
    rss: int
    """Peak of the sum over the process tree."""
    longest_stall: float
    longest_busy: float
    """Longest stall by the CPU time of the reactor's own thread: what other load cannot have caused."""
    p99_stall: float
    other_load: float
    """Share of the cores that went to processes that are no part of this benchmark."""

    @property
    def speed(self) -> float:
        return self.pages / self.crawl

    @property
    def speed_in_all(self) -> float:
        return self.pages / self.total

    @property
    def cpu_per_1000(self) -> float:
        return self.cpu / self.pages * 1000


@dataclass(frozen=True)
class Bench:
    """What all runs share."""

    origin: str
    home: Path
    uri: str
    servers: tuple[int, ...]
    """Process ids of mongod, of the site's server and of this process."""
    cores: int
    timeout: float

    def run(self, contender: str, database: str) -> Measure:
        """Run a contender to its end. Exits when it fails or takes too long: half a comparison is none."""
        report = self.home / f"{database}.json"
        environment = {name: value for name, value in os.environ.items() if not name.startswith("NEWSCRAWL_")}
        environment |= {
            "NEWSCRAWL_HOME": str(self.home),
            "NEWSCRAWL_DATABASE": database,
            "NEWSCRAWL_WORKERS": str(self.cores),
            "BENCH_REPORT": str(report),
            "BENCH_MONGOD": str(self.servers[0]),
        }
        command = {
            WHOLE: ["whole.py", self.origin],
            STARTED: ["whole.py", self.origin, "--cold"],
            BARE: ["bare.py", self.origin],
            NAIVE: ["naive.py", self.origin, self.uri, database],
        }[contender]
        machine, servers = _machine_cpu(), sum(map(_process_cpu, self.servers))
        launched = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, str(FOLDER / command[0]), *command[1:]],
            env=environment,
            cwd=self.home,  # where no newscrawl.toml is
            start_new_session=True,
        )
        try:
            with _watched_memory(process.pid) as peak, _stopped_after(process, self.timeout):
                # wait4 tells the CPU time of this process and of those it has waited for, and of no other.
                _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            _kill(process)
            raise
        ended = time.monotonic()
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0 or not report.exists():
            sys.exit(f"{contender} failed with status {process.returncode} after {ended - launched:.0f} s")
        found = json.loads(report.read_text())
        used = usage.ru_utime + usage.ru_stime
        foreign = _machine_cpu() - machine - (sum(map(_process_cpu, self.servers)) - servers) - used
        return Measure(
            pages=found["pages"],
            articles=found["articles"],
            items=found["items"],
            start_up=found["first_response"] - launched,
            crawl=found["last"] - found["first_response"],
            total=ended - launched,
            cpu=found["cpu"],
            cpu_total=used,
            cpu_mongod=found["cpu_mongod"],
            rss=peak(),
            longest_stall=found["longest_stall"],
            longest_busy=found["longest_busy"],
            p99_stall=found["p99_stall"],
            other_load=max(0.0, foreign / ((ended - launched) * self.cores)),
        )


def _machine_cpu() -> float:
    """Return the seconds that our cores were busy so far, or taken from us by the host."""
    cores = psutil.cpu_times(percpu=True)
    mine = psutil.Process().cpu_affinity() if hasattr(psutil.Process, "cpu_affinity") else range(len(cores))
    idle = ("idle", "iowait", "guest", "guest_nice")  # a guest's time is part of user's already
    busy = (value for core in mine for name, value in cores[core]._asdict().items() if name not in idle)
    return float(sum(busy))


def _process_cpu(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


@contextmanager
def _watched_memory(pid: int) -> Iterator[Callable[[], int]]:
    """Sample the memory of a process tree; yields what returns the peak in bytes."""
    ended = threading.Event()
    peak = 0

    def look() -> None:
        nonlocal peak
        while not ended.wait(SAMPLING):
            total = 0
            try:
                root = psutil.Process(pid)
                for one in [root, *root.children(recursive=True)]:
                    total += one.memory_info().rss
            except psutil.NoSuchProcess:  # ended between two looks: this sample says nothing
                continue
            peak = max(peak, total)

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield lambda: peak
    finally:
        ended.set()
        thread.join()


@contextmanager
def _stopped_after(process: subprocess.Popen[bytes], seconds: float) -> Iterator[None]:
    timer = threading.Timer(seconds, _kill, [process])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _kill(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:  # gone is what we want
        return


@contextmanager
def site_server(articles: int) -> Iterator[tuple[str, int]]:
    """Serve the sample city in a process of its own; yields its address and process id."""
    command = [sys.executable, str(FOLDER / "city_server.py"), str(articles)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        try:
            origin = server.stdout.readline().strip()
            if not origin:
                sys.exit("the sample city could not be served")
            yield origin, server.pid
        finally:
            server.stdin.close()
            try:
                server.wait(5)
            except subprocess.TimeoutExpired:
                server.kill()


@contextmanager
def mongod(home: Path) -> Iterator[tuple[str, int]]:
    """Run the embedded server in `home`; yields its address and process id."""
    server = EmbeddedServer(home)
    try:
        uri = server.connect()
        pid = server.status().pid
        if pid is None:
            sys.exit("mongod is gone as soon as it had started")
        yield uri, pid
    finally:
        server.stop(force=True)
