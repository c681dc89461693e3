"""newscrawl's whole crawl beside bare Scrapy and beside the pipeline that one writes first: same pages, same run.

    python benchmarks/crawl.py [--articles 400] [--rounds 3]

Contenders (benchmarks/contenders/) take turns, each run in a process of its own against one loopback server, storing
into a fresh database of one real mongod in a temporary folder. docs/benchmarks.md says how to read the figures.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median

from crawl_runs import BARE, CONTENDERS, NAIVE, STARTED, WHOLE, Bench, Measure, mongod, site_server
from rich.console import Console
from rich.table import Table

MIB = 1024 * 1024
GOAL_SPEEDUP = 5.0
GOAL_STALL = 0.1
"""Seconds."""

out = Console(width=max(118, Console().width), highlight=False)


def _measure(arguments: argparse.Namespace) -> tuple[dict[str, list[Measure]], float]:
    """Run all rounds; return the measures and the seconds that mongod took to start."""
    deadline = time.monotonic() + arguments.minutes * 60
    measures: dict[str, list[Measure]] = {contender: [] for contender in CONTENDERS}
    with (
        tempfile.TemporaryDirectory(prefix="newscrawl-bench-") as folder,
        site_server(arguments.articles) as (origin, site),
    ):
        began = time.monotonic()
        with mongod(Path(folder)) as (uri, pid):
            started = time.monotonic() - began
            for number in range(1, arguments.rounds + 1):
                for contender in CONTENDERS:
                    left = max(deadline - time.monotonic(), 1.0)
                    bench = Bench(origin, Path(folder), uri, (pid, site, os.getpid()), arguments.cores, left)
                    measure = bench.run(contender, f"bench_{number}_{CONTENDERS.index(contender)}")
                    measures[contender].append(measure)
                    out.print(
                        f"[dim]round {number}: {contender:16} {measure.pages} pages in {measure.crawl:6.1f} s, "
                        f"{measure.items} stored, {measure.speed:6.1f} pages/s, longest stall "
                        f"{measure.longest_stall * 1000:4.0f} ms; other load {measure.other_load:4.0%}[/]"
                    )
    return measures, started


def _require_same_pages(measures: dict[str, list[Measure]]) -> None:
    articles = {one.articles for runs in measures.values() for one in runs}
    if len(articles) != 1:
        sys.exit(f"the contenders fetched different numbers of articles: {sorted(articles)}")


def _table(measures: dict[str, list[Measure]]) -> Table:
    table = Table(title="Medians over the rounds; longest stalls are those of the worst round", title_justify="left")
    table.add_column("contender", no_wrap=True)
    columns: dict[str, tuple[Callable[[Measure], float], int]] = {
        "pages/s": (lambda one: one.speed, 1),
        "pages/s incl. start": (lambda one: one.speed_in_all, 1),
        "CPU s /1000": (lambda one: one.cpu_per_1000, 1),
        "mongod CPU s /1000": (lambda one: one.cpu_mongod / one.pages * 1000, 1),
        "peak RSS MiB": (lambda one: one.rss / MIB, 0),
        "longest stall ms": (lambda one: one.longest_stall * 1000, 0),
        "own CPU of a stall ms": (lambda one: one.longest_busy * 1000, 0),
        "p99 stall ms": (lambda one: one.p99_stall * 1000, 1),
        "start s": (lambda one: one.start_up, 1),
        "launch to end s": (lambda one: one.total, 1),
    }
    for heading in columns:
        table.add_column(heading, justify="right")
    for contender, runs in measures.items():
        cells = []
        for heading, (of, digits) in columns.items():
            worst = max if heading in {"longest stall ms", "own CPU of a stall ms"} else median
            cells.append(f"{worst(map(of, runs)):.{digits}f}")
        table.add_row(contender, *cells)
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
    busy = max(one.longest_busy for name in (WHOLE, STARTED) for one in measures[name])
    yield (
        f"{_verdict(stall < GOAL_STALL)}: longest reactor stall under {GOAL_STALL * 1000:.0f} ms, in every round, "
        f"models loaded before or meanwhile: {stall * 1000:.0f} ms "
        f"({busy * 1000:.0f} ms by the reactor thread's own CPU)"
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
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # so that every process started here is ended
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
    load = [one.other_load for runs in measures.values() for one in runs]
    out.print(f"Other load on these cores: {median(load):.0%} (median of the runs), {max(load):.0%} at most.")
    out.print(f"mongod itself took {started:.1f} s to start, once for all; no row has it.")
    for line in _goals(measures, arguments.cores):
        out.print(line)


if __name__ == "__main__":
    main()
