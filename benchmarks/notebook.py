"""`notebook.articles()` beside the loop that one writes first: `pd.DataFrame(list(collection.find()))`.

    python benchmarks/notebook.py [--articles 100000] [--rounds 3]

A private mongod in a temporary folder gets the sample city, multiplied (`large_corpus.py`).
Each contender reads them all in a process of its own, in turn with the others in each round, so other load on the
machine falls on all of them; ratios are of the same round. The loop gives the same rows in the same order, the latest
first; another one leaves the order to MongoDB. Time is from the first question to the finished table,
without the imports; memory is the process's peak (`ru_maxrss`) and what of it was there before the question.
Two questions: all columns, and the flat ones that most work needs. docs/benchmarks.md says how to read the figures.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from large_corpus import MODEL, crawl_model, fill
from rich.console import Console
from rich.table import Table

from newscrawl.config import load_config
from newscrawl.store import open_store

FLAT = [
    "url", "site", "city", "headline", "article_body", "date_published", "date_published_precision", "article_section",
    "language", "duplicate_of", "revision",
]  # fmt: skip
LOOP = "DataFrame(list(find()))"
MIB = 1024
out = Console(width=max(118, Console().width), highlight=False)


@dataclass(frozen=True)
class Measure:
    """One contender's turn."""

    rows: int
    seconds: float
    cpu: float
    """Of the process, in seconds; mongod's is not in it."""
    before: float
    """Memory before the question, MiB."""
    peak: float
    """MiB."""


def read_by_loop(columns: list[str] | None) -> int:
    """Read as one does who has pymongo and pandas."""
    import pandas as pd

    from newscrawl.notebook.connections import reader

    shown = dict.fromkeys(columns, 1) | {"_id": 0} if columns else {"search": 0}
    sorted_by = [("date_published", -1), ("_id", 1)]
    found = reader(None, None).articles.find({"duplicate_of": None}, shown).sort(sorted_by)
    return len(pd.DataFrame(list(found)))


def read_by_notebook(kind: Any) -> Callable[[list[str] | None], int]:
    """Return the notebook's own way."""

    def read(columns: list[str] | None) -> int:
        from newscrawl import notebook

        return len(notebook.articles(columns=columns, as_=kind))

    return read


def read_in_batches(columns: list[str] | None) -> int:
    """Read all, a few at a time, and keep none."""
    from newscrawl import notebook

    return sum(one.num_rows for one in notebook.batches(columns=columns, as_="arrow"))


def read_unsorted(columns: list[str] | None) -> int:
    """Read by the loop in the order in which MongoDB has them, which spares it the way from article to article."""
    import pandas as pd

    from newscrawl.notebook.connections import reader

    shown = dict.fromkeys(columns, 1) | {"_id": 0} if columns else {"search": 0}
    return len(pd.DataFrame(list(reader(None, None).articles.find({"duplicate_of": None}, shown))))


CONTENDERS: dict[str, Callable[[list[str] | None], int]] = {
    LOOP: read_by_loop,
    f"{LOOP}, unsorted": read_unsorted,
    "articles() pandas": read_by_notebook("pandas"),
    'articles(as_="polars")': read_by_notebook("polars"),
    'articles(as_="arrow")': read_by_notebook("arrow"),
    'batches(as_="arrow"), 5,000 each': read_in_batches,
}


def take_part(name: str, columns: list[str] | None) -> Measure:
    """Read in this process. What is imported, and the connection, is there beforehand."""
    from newscrawl import notebook

    for kind in ("pandas", "polars"):
        notebook.articles(columns=["url"], limit=1, as_=kind)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began, cpu = time.perf_counter(), time.process_time()
    rows = CONTENDERS[name](columns)
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    return Measure(rows, seconds, cpu, before / MIB, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MIB)


def run_child(name: str, columns: list[str] | None) -> Measure:
    """Have another process take part."""
    command = [sys.executable, __file__, "--take-part", json.dumps([name, columns])]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return Measure(**json.loads(done.stdout.splitlines()[-1]))


def table(title: str, found: dict[str, list[Measure]]) -> Table:
    """Return medians, and ratios to the loop round by round."""
    made = Table(title=title, title_justify="left")
    made.add_column("contender", no_wrap=True)
    for heading in ("seconds", "× the loop's", "own CPU s", "peak MiB", "of it for the answer", "loop's ÷ it"):
        made.add_column(heading, justify="right")
    loop = found[LOOP]
    taken = median(one.peak - one.before for one in loop)
    for name, runs in found.items():
        ratios = [one.seconds / other.seconds for one, other in zip(runs, loop, strict=True)]
        grown = median(one.peak - one.before for one in runs)
        made.add_row(
            name, f"{median(one.seconds for one in runs):.2f}",
            f"{median(ratios):.2f} ({min(ratios):.2f} … {max(ratios):.2f})",
            f"{median(one.cpu for one in runs):.2f}", f"{median(one.peak for one in runs):,.0f}", f"{grown:,.0f}",
            f"{taken / max(grown, 1):.1f}",
        )  # fmt: skip
    return made


def compare(articles: int, rounds: int) -> None:
    """Have the contenders take turns, with all columns and with the flat ones, and print two tables."""
    for title, columns in (("All columns", None), (f"{len(FLAT)} flat columns", FLAT)):
        found: dict[str, list[Measure]] = {name: [] for name in CONTENDERS}
        for number in range(1, rounds + 1):
            for name, runs in found.items():
                runs.append(run_child(name, columns))
                seconds, load = runs[-1].seconds, os.getloadavg()[0]
                out.print(f"[dim]round {number}: {name}: {runs[-1].rows:,} rows in {seconds:.2f} s, load {load:.1f}[/]")
        out.print(table(f"{title}, {articles:,} articles, medians", found))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--home", type=Path, help="keep the corpus in this folder, and use it again")
    parser.add_argument("--take-part", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.take_part:
        print(json.dumps(vars(take_part(*json.loads(arguments.take_part)))))
        return
    with tempfile.TemporaryDirectory(prefix="ncn-") as folder:
        home = (arguments.home or Path(folder)).absolute()
        home.mkdir(exist_ok=True)
        database = f"notebook{arguments.articles}"
        os.environ["NEWSCRAWL_HOME"] = str(home)
        os.chdir(folder)
        with open_store(load_config(database=MODEL)) as store:  # kept open: the server lives as long
            if database not in store.connection.client.list_database_names():
                crawl_model(home)
                fill(home, database, arguments.articles)
            os.environ["NEWSCRAWL_DATABASE"] = database
            if arguments.rounds:
                compare(arguments.articles, arguments.rounds)


if __name__ == "__main__":
    main()
