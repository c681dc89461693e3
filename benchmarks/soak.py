"""Two hundred loopback sites, some hanging, some failing, crawled together by one `newscrawl schedule` for ten minutes.

    python benchmarks/soak.py [--sites 200] [--minutes 10] [--keep FOLDER]

One process serves all sites, each a host of its own (soak_server.py). Exits with 1 when something that must hold does
not: soak_checks.py says what that is, docs/benchmarks.md how to read the figures.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from statistics import median

import soak_checks as checks
from rich.console import Console
from rich.table import Table
from soak_checks import Finding, Soaked
from soak_run import Daemon, Served, daemon, status_seconds, stop_on_signal, write_site_files

from newscrawl.config import load_config
from newscrawl.schedules.parse import Every, parse_schedule
from newscrawl.store import Store, open_store

out = Console(width=max(118, Console().width), highlight=False)


def _interval(text: str) -> float:
    schedule = parse_schedule(text)
    if not isinstance(schedule, Every):
        raise ValueError("expected an interval such as 2m")
    return schedule.interval.total_seconds()


def _soak(arguments: argparse.Namespace, home: Path) -> tuple[list[Finding], str]:
    served = Served(arguments.sites, home)
    try:
        names = write_site_files(home / "soaked", served.described, arguments.delay, arguments.schedule)
        with open_store(load_config(home=home)) as store, daemon(home, names, arguments.every) as running:
            assert store.connection.server is not None
            mongod = store.connection.server.status().pid
            if mongod is None:
                sys.exit("mongod is gone as soon as it had started")
            running.watch(arguments.minutes * 60, mongod)
            running.end()
            (home / "samples.json").write_text(json.dumps([asdict(one) for one in running.samples]), "utf-8")
            soaked = Soaked(served.report(), running, store, arguments.delay, arguments.schedule_seconds, 0.0)
            soaked.warm_up = _warm_up(soaked)
            findings = _findings(soaked, (home / "daemon.err").read_text("utf-8", "replace"))
            took, screen = status_seconds(home)
            findings.append(Finding("newscrawl status", f"{took:.1f} s, the start of the program included"))
            return findings, screen
    finally:
        served.close()


def _warm_up(soaked: Soaked) -> float:
    """Return the seconds until every healthy site had been crawled once; all of the soak if one was not."""
    ends = []
    for site in soaked.of_kind("healthy"):
        ended = [run.finished_at for run in soaked.runs(site) if run.finished_at is not None]
        ends.append(min(ended).timestamp() if ended else soaked.daemon.ended)
    return max(ends) - soaked.daemon.began


def _findings(soaked: Soaked, errors: str) -> list[Finding]:
    kinds = [site["kind"] for site in soaked.asked]
    sites = ", ".join(
        f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(sorted(kinds, key=kinds.count, reverse=True))
    )
    loads = [one.load for one in soaked.daemon.samples]
    return [
        Finding("sites", sites),
        Finding("first crawls of all healthy sites", f"over after {soaked.warm_up:.0f} s; the first article was stored "
                f"{_first_article(soaked.store, soaked.daemon):.1f} s after the launch"),
        *checks.crawls(soaked),
        *checks.completeness(soaked),
        checks.freshness(soaked),
        *checks.politeness(soaked),
        *checks.patience(soaked),
        *checks.memory(soaked),
        checks.ending(soaked, errors),
        Finding("load average", f"median {median(loads):.1f}, at most {max(loads):.1f}, {os.cpu_count()} cores"),
    ]  # fmt: skip


def _first_article(store: Store, running: Daemon) -> float:
    first = store.articles.find_one({}, {"first_seen": 1}, sort=[("first_seen", 1)])
    return first["first_seen"].timestamp() - running.began if first else float("nan")


def _table(findings: list[Finding]) -> Table:
    table = Table(title="What must hold is marked", title_justify="left")
    table.add_column("", width=3)
    table.add_column("what")
    table.add_column("found")
    marks = {True: "[green]ok[/]", False: "[red]NO[/]", None: ""}
    for one in findings:
        table.add_row(marks[one.holds], one.name, one.told)
    return table


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sites", type=int, default=200)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--delay", type=float, default=1.0, help="seconds between two requests of a host")
    parser.add_argument("--schedule", default="2m", help="interval between two crawls of a site")
    parser.add_argument("--every", type=float, default=5.0, help="seconds between two looks of the daemon")
    parser.add_argument("--keep", type=Path, help="an empty folder for everything, which is kept")
    arguments = parser.parse_args()
    arguments.schedule_seconds = _interval(arguments.schedule)
    stop_on_signal()
    home = arguments.keep or Path(tempfile.mkdtemp(prefix="nc-soak-"))
    home.mkdir(exist_ok=True)
    try:
        findings, screen = _soak(arguments, home.resolve())
        (home / "status.txt").write_text(screen, encoding="utf-8")
    finally:
        if arguments.keep is None:
            shutil.rmtree(home, ignore_errors=True)
    out.print(_table(findings))
    return int(any(one.holds is False for one in findings))


if __name__ == "__main__":
    sys.exit(main())
