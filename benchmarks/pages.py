"""How long the pages of `newscrawl serve` and its API take, at sizes that a country's news have, and by which indexes.

    python benchmarks/pages.py [--articles N …] [--requests N] [--home DIRECTORY]

A corpus of each size is made (`large_corpus.py`; a million articles take about 20 minutes and 12 GB) and really served;
one reader asks for one page after another, each time for another town, word, name or day. Prints p50 and p95 in
milliseconds for each kind of page, the first request of a kind aside, and what MongoDB's own profiler says of every
question that the pages asked: the indexes, and whether one was answered without any.
"""

from __future__ import annotations

import argparse
import http.client
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from statistics import median, quantiles
from urllib.parse import quote, urlsplit

from large_corpus import crawl_model, fill, town, vocabulary

from newscrawl.config import load_config
from newscrawl.store import Store, open_store

_COMMON = ("город", "год", "дорога", "глава", "школа")
"""Words of most articles."""
_NAMED = 2_000
"""Entities and articles that pages are asked of."""
_FIRST_DAY = date(2007, 1, 1)

Path_ = Callable[[random.Random], str]


def kinds(store: Store) -> dict[str, Path_]:
    """Return the kinds of pages, each a function from a source of chance to a path."""
    words = vocabulary()
    names = [one["_id"] for one in store.entities.find({"type": "PER"}, {"_id": 1}).limit(_NAMED)]
    wide = [one["_id"] for one in store.entities.find().sort([("articles", -1), ("_id", 1)]).limit(20)]
    urls = [one["_id"] for one in store.articles.find({}, {"_id": 1}).limit(_NAMED)]

    def word(chance: random.Random) -> str:
        """Return a word as often as it stands in texts."""
        return words[min(int(chance.paretovariate(0.5)), len(words) - 1)]

    def asked(*texts: str, **others: str) -> str:
        given = {"text": " ".join(texts)} | others
        return "/?" + "&".join(f"{name}={quote(value)}" for name, value in given.items())

    def day(chance: random.Random) -> str:
        return (_FIRST_DAY + timedelta(days=chance.randrange(7_000))).isoformat()

    return {
        "start page": lambda _: "/",
        "a word": lambda chance: asked(word(chance)),
        "a word of most articles": lambda chance: asked(chance.choice(_COMMON)),
        "two words": lambda chance: asked(word(chance), word(chance)),
        "a word in one site": lambda chance: asked(word(chance), site=town(chance.randrange(1100))),
        "a word in one year": lambda chance: asked(word(chance), since="2015-01-01", until="2015-12-31"),
        "a site's news": lambda chance: asked(site=town(chance.randrange(1100))),
        "article": lambda chance: "/article?url=" + quote(chance.choice(urls), safe=""),
        "person": lambda chance: "/entity/" + quote(chance.choice(names), safe=""),
        "name of the whole country": lambda chance: "/entity/" + quote(chance.choice(wide), safe=""),
        "names": lambda _: "/entities?type=PER",
        "a day": lambda chance: "/day/" + day(chance),
        "a day of all years": lambda chance: "/day/" + day(chance)[5:],
        "all sites": lambda _: "/sites",
        "a site": lambda chance: "/sites/" + town(chance.randrange(1100)),
        "runs": lambda _: "/runs",
        "API: a word": lambda chance: "/api/articles?limit=20&text=" + quote(word(chance)),
        "API: changes": lambda _: "/api/changes?limit=100",
    }


def main() -> None:
    """Measure each size in turn."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--articles", type=int, nargs="+", default=[100_000])
    parser.add_argument("--requests", type=int, default=60)
    parser.add_argument("--home", type=Path, help="keeps what was filled for another time")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="nc-") as folder:
        home = given.home or Path(folder)
        if not (home / "sites").exists():
            home.mkdir(exist_ok=True)
            crawl_model(home)
        for number in given.articles:
            measure(home, f"c{number}", number, given.requests)


def measure(home: Path, database: str, number: int, requests: int) -> None:
    """Print the table of one size; the database is filled unless it is."""
    config = load_config(home=home, database=database)
    with open_store(config) as store:
        filled = store.articles.estimated_document_count() >= number
        if not filled:
            store.connection.client.drop_database(database)
    if not filled:
        begin = time.perf_counter()
        fill(home, database, number)
        print(f"{number:,} articles written and indexed in {time.perf_counter() - begin:.0f} s", flush=True)
    with open_store(config) as store, served(home, database) as address:
        pages = kinds(store)
        print(f"\n{number:,} articles, load {os.getloadavg()[0]:.1f}\n")
        print("| page | p50 | p95 | first |\n|---|---:|---:|---:|")
        for name, path in pages.items():
            chance = random.Random(name)
            times = [seconds(address, path(chance)) for _ in range(requests + 1)]
            later = times[1:]
            high = quantiles(later, n=20, method="inclusive")[-1]
            print(f"| {name} | {median(later):.0f} ms | {high:.0f} ms | {times[0]:.0f} ms |", flush=True)
        tell_indexes(store, address, pages)


def seconds(address: str, path: str) -> float:
    """Return the milliseconds that a page takes, to its last byte. Ends the measurement if it is not the page."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
    try:
        begin = time.perf_counter()
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        took = (time.perf_counter() - begin) * 1000
    finally:
        connection.close()
    if answer.status != 200:
        sys.exit(f"{path} was answered with {answer.status}")
    return took


def tell_indexes(store: Store, address: str, pages: dict[str, Path_]) -> None:
    """Ask for a page of each kind once more, and print what MongoDB read for it."""
    print("\n| page | answered by |\n|---|---|")
    for name, path in pages.items():
        store.database.command("profile", 2)
        seconds(address, path(random.Random(f"{name} again")))
        store.database.command("profile", 0)
        own = {"ns": {"$regex": r"\.(?!system\.)"}, "planSummary": {"$exists": True}}
        used = {
            f"{one['ns'].rpartition('.')[2]} {plan(one['planSummary'])}"
            for one in store.database["system.profile"].find(own)
        }
        store.database["system.profile"].drop()
        print(f"| {name} | {'; '.join(sorted(used)) or 'what was kept of the last time'} |", flush=True)


def plan(summary: str) -> str:
    """Return a plan as a few words: the fields of its indexes, or that the collection was read through."""
    return ", ".join(
        dict.fromkeys(re.sub(r": -?1", "", one) for one in re.findall(r"\{[^}]*\}|COLLSCAN|IDHACK", summary))
    )


@contextmanager
def served(home: Path, database: str) -> Iterator[str]:
    """Run `newscrawl serve`; give its address."""
    environment = os.environ | {"NEWSCRAWL_HOME": str(home), "NEWSCRAWL_DATABASE": database}
    command = [sys.executable, "-m", "newscrawl", "serve", "--port", "0"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            told = re.search(r"http://\S+", process.stdout.readline())
            if told is None:
                sys.exit("newscrawl serve did not start")
            yield told[0]
        finally:
            process.terminate()


if __name__ == "__main__":
    main()
