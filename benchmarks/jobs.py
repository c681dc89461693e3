"""The data jobs: reprocess with one worker and with two, exports beside the loop that one writes first.

    python benchmarks/jobs.py [--pages 2000] [--rounds 3] [--kill]

Everything runs on one real mongod in a temporary folder, with pages of the sample city. Contenders take turns in each
round, so other load on the machine falls on all of them; ratios are of the same round. `--kill` adds the proof that a
reprocess killed twice (`kill -9`) ends where an undisturbed one does, document for document; with `--pages 10000` it
takes a quarter of an hour. docs/benchmarks.md says how to read the figures.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table

from newscrawl.config import Config, load_config
from newscrawl.demo import SampleCity
from newscrawl.items import Page
from newscrawl.jobs.export import WORTH_PROCESSES, export_dataset, export_file
from newscrawl.jobs.reprocess import plan_parts, reprocess
from newscrawl.parts import ThisProcess
from newscrawl.resources import Resources
from newscrawl.sites import Site, get_site
from newscrawl.store import RunLog, Store, open_store
from pipelines.normalise import VERSION

GOAL_RATIO = 1.8
FETCHED = datetime(2026, 11, 1, tzinfo=UTC)
out = Console(width=max(118, Console().width), highlight=False)


@dataclass(frozen=True)
class Measure:
    """One run. CPU in milliseconds a unit."""

    units: int
    seconds: float
    own: float
    workers: float
    mongod: float
    other_load: float
    """Share of the cores that went to processes that are no part of this."""

    @property
    def speed(self) -> float:
        return self.units / self.seconds

    @property
    def most(self) -> float:
        """How many times one worker's speed there could be on two cores that do nothing else."""
        return 2 * self.workers / (self.own + self.workers + self.mongod)


def _cpu(pids: list[int]) -> float:
    return sum(sum(psutil.Process(pid).cpu_times()[:2]) for pid in pids)


@contextmanager
def measuring(mongod: int, workers: Callable[[], list[int]]) -> Iterator[Callable[[int], Measure]]:
    """Give what tells the measure of all that ran since, for so many units."""
    pids = workers()
    before = [_cpu([os.getpid()]), _cpu(pids), _cpu([mongod])]
    machine, began = psutil.cpu_times(), time.monotonic()

    def measure(units: int) -> Measure:
        seconds = time.monotonic() - began
        mine = [
            after - one for after, one in zip((_cpu([os.getpid()]), _cpu(pids), _cpu([mongod])), before, strict=True)
        ]
        now = psutil.cpu_times()
        busy = sum(getattr(now, name) - getattr(machine, name) for name in ("user", "nice", "system"))
        load = max(0.0, busy - sum(mine)) / seconds / (os.cpu_count() or 1)
        return Measure(units, seconds, *(one / units * 1000 for one in mine), load)

    yield measure


def mongod_of(config: Config) -> int:
    """Return the process id of the embedded server."""
    return next(
        one.pid for one in psutil.process_iter(["name", "cmdline"])
        if one.info["name"] == "mongod" and any(str(config.home) in part for part in one.info["cmdline"] or ())
    )  # fmt: skip


def fill(store: Store, site: Site, pages: int) -> int:
    """Store so many pages of the sample city, unread; return how many it has."""
    city = SampleCity(articles=pages)
    number = 0
    for one in city.expected:
        answer = city.answer(one.path)
        if answer.status == 200:
            page = Page(
                url=f"http://svetlorechensk.example{one.path}", site=site.name, fetched_at=FETCHED, body=answer.body,
                headers={"content-type": answer.content_type},
            )  # fmt: skip
            store.save_page(page, site, pipeline_version=VERSION)
            number += 1
    return number


def make_stale(store: Store) -> None:
    """Have every article look as if an older pipeline had read it: a third otherwise."""
    urls = sorted(one["_id"] for one in store.articles.find({}, {"_id": 1}))
    store.articles.update_many({}, {"$set": {"pipeline_version": "0"}})
    store.articles.update_many({"_id": {"$in": urls[::3]}}, {"$set": {"keywords": ["иначе"]}})


def measure_reprocess(config: Config, site: Site, workers: int) -> Measure:
    """Read all stored pages anew, with the worker processes started beforehand."""
    with Resources.open(config.model_copy(update={"workers": workers})) as resources:
        store = resources.store
        if store.articles.find_one({}, {"_id": 1}) is not None:
            make_stale(store)
        while len(resources.workers.pids()) < workers:
            time.sleep(0.1)
        time.sleep(1)
        with measuring(mongod_of(config), resources.workers.pids) as measure:
            parts = plan_parts(store, [site])
            carried = reprocess(ThisProcess(resources), store, parts)
            (run,) = carried.runs
            return measure(int(run.stats["articles_listed"]))


def plain_loop(store: Store, folder: Path) -> int:
    """Write articles as one does who has pymongo and pandas: a batch, a frame, a file."""
    import pandas as pd

    rows = 0
    cursor = store.articles.find({}, batch_size=1000)
    while batch := list(islice(cursor, 1000)):
        frame = pd.DataFrame(batch)
        frame.to_parquet(folder / f"{rows}.parquet")
        rows += len(batch)
    return rows


def exports(config: Config) -> dict[str, Callable[[Store, Path], int]]:
    """Return the contenders, each a function of a store and an empty folder."""
    several = config.model_copy(update={"workers": os.cpu_count() or 1})
    one = config.model_copy(update={"workers": 1})
    return {
        "plain pymongo, pandas, Parquet": plain_loop,
        "export, 1 process": lambda store, at: export_dataset(store, one, at / "set", log=RunLog()).rows,
        f"export, {several.workers} processes from {WORTH_PROCESSES:,} rows on": lambda store, at: (
            export_dataset(store, several, at / "set", log=RunLog()).rows
        ),
        "export --format jsonl": lambda store, at: export_file(store, at / "a.jsonl", "jsonl", log=RunLog()).rows,
        "export --format csv": lambda store, at: export_file(store, at / "a.csv", "csv", log=RunLog()).rows,
    }


def multiply(store: Store, rows: int) -> None:
    """Copy the articles that are there until there are so many, in the years and sites that they would have."""
    there = list(store.articles.find({}))
    number = len(there)
    while number < rows:
        batch = [
            {
                **one,
                "_id": f"{one['_id']}/{number + at}",
                "url": f"{one['url']}/{number + at}",
                "site": f"s{number % 20}",
            }
            for at, one in enumerate(there[: rows - number])
        ]
        store.articles.insert_many(batch, ordered=False)
        number += len(batch)


def measure_exports(config: Config, rounds: int, rows: int) -> dict[str, list[Measure]]:
    """Let the contenders write all articles in turn."""
    found: dict[str, list[Measure]] = {}
    with open_store(config) as store:
        multiply(store, rows)
        mongod = mongod_of(config)
        for number in range(1, rounds + 1):
            for name, write in exports(config).items():
                folder = Path(tempfile.mkdtemp(dir=config.home))
                with measuring(mongod, list) as measure:
                    found.setdefault(name, []).append(measure(write(store, folder)))
                shutil.rmtree(folder)
                tell(number, name, found[name][-1], "rows")
    return found


def tell(number: int, name: str, one: Measure, unit: str) -> None:
    out.print(
        f"[dim]round {number}: {name:32} {one.units} {unit} in {one.seconds:6.1f} s, {one.speed:8.1f} {unit}/s; "
        f"other load {one.other_load:4.0%}[/]"
    )


def table(title: str, unit: str, measures: dict[str, list[Measure]], beside: str) -> Table:
    """Return the medians, and the ratio to one contender round by round."""
    made = Table(title=title, title_justify="left")
    made.add_column("contender", no_wrap=True)
    for heading in (f"{unit}/s", "own CPU ms", "workers' CPU ms", "mongod CPU ms", "other load", f"× {beside}"):
        made.add_column(heading, justify="right")
    for name, runs in measures.items():
        ratios = [one.speed / other.speed for one, other in zip(runs, measures[beside], strict=True)]
        cells = [f"{median(getattr(one, of) for one in runs):.2f}" for of in ("own", "workers", "mongod")]
        made.add_row(
            name, f"{median(one.speed for one in runs):.1f}", *cells, f"{median(one.other_load for one in runs):.0%}",
            f"{median(ratios):.2f} ({min(ratios):.2f} … {max(ratios):.2f})",
        )  # fmt: skip
    return made


def documents(store: Store) -> dict[str, list[dict[str, Any]]]:
    """Return all that reprocessing writes, but for when and by which run."""
    left = {"run_id", "changed_at", "_id"}
    return {
        name: [
            {key: value for key, value in one.items() if key not in left}
            for one in store.database[name].find().sort("article_id" if name == "revisions" else "_id", 1)
        ]
        for name in ("articles", "revisions", "entities")
    }


STATE = ("articles", "revisions", "pages", "entities", "signatures", "meta")
"""What a reprocess starts from: also what is known of near-duplicates, which must fit the articles."""


def prove_by_killing(config: Config, pages: int) -> str:
    """Kill a reprocess twice in the middle, and compare with an undisturbed one."""
    environment = os.environ | {"NEWSCRAWL_HOME": str(config.home), "NEWSCRAWL_DATABASE": config.database}
    environment["NEWSCRAWL_WORKERS"] = str(os.cpu_count() or 1)
    command = [sys.executable, "-m", "newscrawl", "reprocess"]
    with open_store(config) as store:
        make_stale(store)
        store.articles.update_many({"keywords": ["иначе"]}, {"$set": {"article_body": "Иначе."}})
        copies = {name: list(store.database[name].find()) for name in STATE}
        subprocess.run(command, env=environment, cwd=config.home, check=False, capture_output=True)
        undisturbed = documents(store)
        for name, found in copies.items():
            store.database[name].delete_many({})
            if found:
                store.database[name].insert_many(found)
        for share in (0.3, 0.6):
            process = subprocess.Popen(
                command, env=environment, cwd=config.home, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            while store.articles.count_documents({"pipeline_version": VERSION}) < share * pages:
                if process.poll() is not None:
                    sys.exit("the reprocess to be killed ended by itself")
                time.sleep(0.05)
            process.kill()
            process.wait()
        subprocess.run(command, env=environment, cwd=config.home, check=False, capture_output=True)
        runs = store.find_runs(limit=3)
        same = documents(store) == undisturbed
        listed = [int(run.stats.get("articles_listed", 0)) for run in reversed(runs)]
    verdict = "[green]equal, document for document[/]" if same else "[red]NOT equal[/]"
    return (
        f"{verdict}: {pages} pages, killed twice, beside an undisturbed run ({len(undisturbed['revisions'])} new "
        f"revisions). Pages read by the three runs: {listed}, as their last pulse tells it."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=2000, help="of the sample city, for reprocess")
    parser.add_argument("--rows", type=int, default=20_000, help="articles to be exported")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--kill", action="store_true", help="also kill a reprocess twice and compare")
    parser.add_argument("--only", choices=["reprocess", "export"], help="leave the rest")
    arguments = parser.parse_args()
    site = get_site("sample")
    with tempfile.TemporaryDirectory(prefix="ncb-") as folder:
        config = load_config(home=Path(folder), database="jobs")
        with open_store(config) as store:  # kept open: the server lives as long
            pages = fill(store, site, arguments.pages)
            first = measure_reprocess(config, site, os.cpu_count() or 1)
            out.print(f"{pages} pages stored and read for the first time at {first.speed:.1f} pages/s.")
            if arguments.only != "export":
                _reprocess(config, site, arguments.rounds)
            if arguments.kill:
                out.print(prove_by_killing(config, pages))
            if arguments.only != "reprocess":
                found = measure_exports(config, arguments.rounds, arguments.rows)
                out.print(table("Exports, medians; CPU a row", "rows", found, "plain pymongo, pandas, Parquet"))
    if arguments.only is None and importlib.util.find_spec("dedup") is not None:
        subprocess.run([sys.executable, str(Path(__file__).with_name("dedup.py"))], check=False)


def _reprocess(config: Config, site: Site, rounds: int) -> None:
    found: dict[str, list[Measure]] = {"1 worker": [], "2 workers": []}
    for number in range(1, rounds + 1):
        for workers, (name, runs) in enumerate(found.items(), 1):
            runs.append(measure_reprocess(config, site, workers))
            tell(number, name, runs[-1], "pages")
    out.print(table("Reprocess, medians; CPU a page", "pages", found, "1 worker"))
    ratio = median(two.speed / one.speed for one, two in zip(*found.values(), strict=True))
    verdict = "[green]reached[/]" if ratio >= GOAL_RATIO else "[red]not reached[/]"
    possible = median(two.most for two in found["2 workers"])
    out.print(
        f"{verdict}: two workers at least {GOAL_RATIO} times one: {ratio:.2f} times. By the CPU time that all "
        f"processes took, {possible:.2f} times would be the most on two cores of its own."
    )


if __name__ == "__main__":
    main()
