"""newscrawl's whole crawl beside bare Scrapy and beside the pipeline that one writes first: same pages, same run.

    python benchmarks/crawl.py [--articles 400] [--rounds 3]

Contenders (benchmarks/contenders/) take turns, each run in a process of its own against one loopback server, storing
into a fresh database of one real mongod in a temporary folder. docs/benchmarks.md says how to read the figures.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psutil
from rich.console import Console
from rich.table import Table

from newscrawl.store.embedded import EmbeddedServer

FOLDER = Path(__file__).with_name("contenders")
MIB = 1024 * 1024
GOAL_SPEEDUP = 5.0
GOAL_STALL = 0.1
"""Seconds."""
SAMPLING = 0.2
"""Seconds between two looks at the memory of a contender."""

WHOLE, STARTED, BARE, NAIVE = "newscrawl", "newscrawl, cold", "bare Scrapy", "naive pipeline"
CONTENDERS = (WHOLE, STARTED, BARE, NAIVE)

out = Console(width=max(118, Console().width), highlight=False)


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
    p99_stall: float

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
    mongod: int
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
            "BENCH_MONGOD": str(self.mongod),
        }
        command = {
            WHOLE: ["whole.py", self.origin],
            STARTED: ["whole.py", self.origin, "--cold"],
            BARE: ["bare.py", self.origin],
            NAIVE: ["naive.py", self.origin, self.uri, database],
        }[contender]
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
        return Measure(
            pages=found["pages"],
            articles=found["articles"],
            items=found["items"],
            start_up=found["first_response"] - launched,
            crawl=found["last"] - found["first_response"],
            total=ended - launched,
            cpu=found["cpu"],
            cpu_total=usage.ru_utime + usage.ru_stime,
            cpu_mongod=found["cpu_mongod"],
            rss=peak(),
            longest_stall=found["longest_stall"],
            p99_stall=found["p99_stall"],
        )


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
def _site(articles: int) -> Iterator[str]:
    """Serve the sample city in a process of its own; yields its address."""
    command = [sys.executable, str(FOLDER / "city_server.py"), str(articles)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        try:
            origin = server.stdout.readline().strip()
            if not origin:
                sys.exit("the sample city could not be served")
            yield origin
        finally:
            server.stdin.close()
            try:
                server.wait(5)
            except subprocess.TimeoutExpired:
                server.kill()


def _measure(arguments: argparse.Namespace) -> tuple[dict[str, list[Measure]], float]:
    """Run all rounds; return the measures and the seconds that mongod took to start."""
    deadline = time.monotonic() + arguments.minutes * 60
    measures: dict[str, list[Measure]] = {contender: [] for contender in CONTENDERS}
    with tempfile.TemporaryDirectory(prefix="newscrawl-bench-") as folder, _site(arguments.articles) as origin:
        server = EmbeddedServer(Path(folder))
        began = time.monotonic()
        with server:
            uri = server.connect()
            started = time.monotonic() - began
            mongod = server.status().pid
            assert mongod is not None
            for number in range(1, arguments.rounds + 1):
                for contender in CONTENDERS:
                    left = deadline - time.monotonic()
                    bench = Bench(origin, Path(folder), uri, mongod, arguments.cores, max(left, 1.0))
                    measure = bench.run(contender, f"bench_{number}_{CONTENDERS.index(contender)}")
                    measures[contender].append(measure)
                    out.print(
                        f"[dim]round {number}: {contender:16} {measure.pages} pages in {measure.crawl:6.1f} s, "
                        f"{measure.speed:6.1f} pages/s, longest stall {measure.longest_stall * 1000:.0f} ms[/]"
                    )
        server.stop()
    return measures, started


def _require_same_pages(measures: dict[str, list[Measure]]) -> None:
    articles = {one.articles for runs in measures.values() for one in runs}
    if len(articles) != 1:
        sys.exit(f"the contenders fetched different numbers of articles: {sorted(articles)}")


def _table(measures: dict[str, list[Measure]]) -> Table:
    table = Table(title="Medians over the rounds; the longest stall is that of the worst round", title_justify="left")
    table.add_column("contender", no_wrap=True)
    for heading in (
        "pages/s", "incl. start", "CPU s/1000", "mongod CPU s/1000", "peak RSS MiB", "longest stall ms",
        "p99 stall ms", "start-up s", "launch to end s", "CPU s in all",
    ):  # fmt: skip
        table.add_column(heading, justify="right")
    for contender, runs in measures.items():
        table.add_row(
            contender,
            f"{median(one.speed for one in runs):.1f}",
            f"{median(one.speed_in_all for one in runs):.1f}",
            f"{median(one.cpu_per_1000 for one in runs):.1f}",
            f"{median(one.cpu_mongod / one.pages * 1000 for one in runs):.1f}",
            f"{median(one.rss for one in runs) / MIB:.0f}",
            f"{max(one.longest_stall for one in runs) * 1000:.0f}",
            f"{median(one.p99_stall for one in runs) * 1000:.1f}",
            f"{median(one.start_up for one in runs):.1f}",
            f"{median(one.total for one in runs):.1f}",
            f"{median(one.cpu_total for one in runs):.1f}",
        )
    return table


def _ratios(ours: Sequence[Measure], theirs: Sequence[Measure], of: Callable[[Measure], float]) -> list[float]:
    return [of(one) / of(other) for one, other in zip(ours, theirs, strict=True)]


def _ratio_table(measures: dict[str, list[Measure]]) -> Table:
    table = Table(title="newscrawl ÷ the other, by round: the median (lowest … highest)", title_justify="left")
    table.add_column("beside")
    rows: list[tuple[str, str, Callable[[Measure], float]]] = [
        (WHOLE, "pages/s", lambda one: one.speed),
        (STARTED, "pages/s incl. start (cold)", lambda one: one.speed_in_all),
        (WHOLE, "CPU per page", lambda one: one.cpu_per_1000),
        (WHOLE, "peak RSS", lambda one: one.rss),
    ]
    for _, heading, _ in rows:
        table.add_column(heading, justify="right")
    for other in (BARE, NAIVE):
        cells = []
        for ours, _, of in rows:
            found = _ratios(measures[ours], measures[other], of)
            cells.append(f"{median(found):.2f} ({min(found):.2f} … {max(found):.2f})")
        table.add_row(other, *cells)
    return table


def _goals(measures: dict[str, list[Measure]], cores: int) -> Iterator[str]:
    speedup = median(_ratios(measures[WHOLE], measures[NAIVE], lambda one: one.speed))
    yield (
        f"{_verdict(speedup >= GOAL_SPEEDUP)}: at least {GOAL_SPEEDUP:g} times the naive pipeline's pages/s on "
        f"{cores} cores: {speedup:.2f} times"
    )
    stall = max(one.longest_stall for name in (WHOLE, STARTED) for one in measures[name])
    yield (
        f"{_verdict(stall < GOAL_STALL)}: longest reactor stall under {GOAL_STALL * 1000:.0f} ms, in every round, "
        f"models loaded before or meanwhile: {stall * 1000:.0f} ms"
    )


def _verdict(reached: bool) -> str:
    return "[green]reached[/]" if reached else "[red]not reached[/]"


def _use_cores(cores: int) -> int:
    """Keep this process and all it starts to so many cores; return how many there are."""
    if not hasattr(os, "sched_setaffinity"):
        return os.cpu_count() or 1
    mine = sorted(os.sched_getaffinity(0))[:cores]
    os.sched_setaffinity(0, mine)
    return len(mine)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=400, help="size of the sample city")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cores", type=int, default=2, help="cores for everything together")
    parser.add_argument("--minutes", type=float, default=40, help="give up after so long")
    arguments = parser.parse_args()
    arguments.cores = _use_cores(arguments.cores)
    out.print(
        f"{arguments.articles} articles, {arguments.rounds} rounds, {arguments.cores} cores for server, mongod and "
        "contender together; stopped after "
        f"{arguments.minutes:g} minutes at the latest."
    )
    measures, started = _measure(arguments)
    _require_same_pages(measures)
    out.print(_table(measures))
    out.print(_ratio_table(measures))
    out.print(f"mongod itself took {started:.1f} s to start, once for all; no row has it.")
    for line in _goals(measures, arguments.cores):
        out.print(line)


if __name__ == "__main__":
    main()
