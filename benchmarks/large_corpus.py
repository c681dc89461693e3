"""A corpus of any size for measurements: the sample city, really crawled, written again under many towns and years.

Each copy has its own address, town and day; persons and bodies are their town's own; to the words of the text come
others of the dictionary, as frequent as the words of a language are (Zipf's law), so that some are in nearly every
article and most in a few.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import accumulate, islice
from pathlib import Path
from typing import Any

from bson.int64 import Int64

from newscrawl.config import load_config
from newscrawl.demo import SampleCity, serve
from newscrawl.store import open_store
from newscrawl.store.connection import Connection
from newscrawl.store.finding import order
from pipelines.entities.morphology import analyser
from pipelines.words import meanings

Document = dict[str, Any]
MODEL = "newscrawl"
"""The database that holds the crawled city."""
TOWNS = 1_100
_YEARS = 20
_FURTHER_WORDS = 60
"""Words that a copy gets beside those of its text."""
_VOCABULARY = 60_000
_BATCH = 2_000
_RUNS_A_TOWN = 20
_LOCAL = ("per:", "org:")
"""Ids of those that are their town's own."""
_NEWEST = datetime(2026, 6, 1, tzinfo=UTC)


def crawl_model(home: Path) -> None:
    """Crawl the sample city into the private server of a home, with its groups and registry."""
    with serve(SampleCity()) as server:
        site = (Path(__file__).parent.parent / "newscrawl/sites/sample.toml").read_text(encoding="utf-8")
        site = site.replace("http://svetlorechensk.example", server.origin)
        host = f'delay = 0.0\nhosts = ["{server.origin.removeprefix("http://")}"]\nverified = false'
        (home / "sites").mkdir(exist_ok=True)
        (home / "sites" / "model.toml").write_text(site.replace("verified = false", host), encoding="utf-8")
        _newscrawl(home, "crawl", "model")
        _newscrawl(home, "dedup")


def _newscrawl(home: Path, *arguments: str) -> None:
    environment = os.environ | {"NEWSCRAWL_HOME": str(home)}
    command = [sys.executable, "-m", "newscrawl", *arguments]
    done = subprocess.run(command, env=environment, check=False, stdout=subprocess.DEVNULL)
    if done.returncode not in {0, 1}:  # the sample city has pages that fail, as cities do
        sys.exit(f"newscrawl {' '.join(arguments)} ended with status {done.returncode}")


def town(number: int) -> str:
    """Return the name of a town's site."""
    return f"town{number % TOWNS:04}"


@cache
def vocabulary() -> list[str]:
    """Return the words that copies get, the most frequent first: dictionary forms, the same in every process."""
    dawg = analyser().dictionary.words
    words = (word for word in dawg.iterkeys() if word.isalpha() and 4 <= len(word) <= 12)
    chance = random.Random(1)
    found = {one for word in islice(words, 0, None, 37) for one in meanings(word)}
    return chance.sample(sorted(found), min(_VOCABULARY, len(found)))


def fill(home: Path, database: str, number: int) -> None:
    """Write so many articles, with their entities and runs, into a database; its indexes are made at the end."""
    model_config = load_config(home=home, database=MODEL)
    with open_store(model_config) as model:
        models = list(model.articles.find().sort("_id", 1))
        entities = list(model.entities.find())
        runs = list(model.runs.find({"job": "crawl"}))
    connection = Connection(load_config(home=home, database=database))
    try:
        target = connection.client[database]
        for name, documents in (
            ("articles", _articles(models, number)), ("entities", _entities(entities, len(models), number)),
            ("runs", _runs(runs)),
        ):  # fmt: skip
            while batch := list(islice(documents, _BATCH)):
                target[name].insert_many(batch, ordered=False)
    finally:
        connection.close()
    with open_store(load_config(home=home, database=database)):
        pass  # makes the indexes


def _articles(models: list[Document], number: int) -> Iterator[Document]:
    chance = random.Random(2)
    words = vocabulary()
    weights = list(accumulate(1 / (rank + 3) for rank in range(len(words))))
    for turn in range(number):
        document = dict(models[turn % len(models)])
        site = town(turn)
        url = f"https://{site}.example/novosti/{turn}"
        published = None
        if document["date_published"] is not None:
            published = _NEWEST - timedelta(minutes=chance.randrange(_YEARS * 365 * 24 * 60))
        further = chance.choices(words, cum_weights=weights, k=_FURTHER_WORDS)
        search = {"words": sorted({*document["search"]["words"], *further}), "order": Int64(order(published, url))}
        document |= {
            "_id": url, "url": url, "site": site, "city": f"Город {turn % TOWNS}", "date_published": published,
            "search": search, "changed_at": _NEWEST + timedelta(milliseconds=turn),
            "identities": [{"key": one["key"], "id": _own(one["id"], site)} for one in document["identities"]],
            "cluster": url, "duplicate_of": None if turn % 10 else "x",
        }  # fmt: skip
        yield document


def _own(entity: str, site: str) -> str:
    return f"{entity}@{site}" if entity.startswith(_LOCAL) else entity


def _entities(entities: list[Document], models: int, number: int) -> Iterator[Document]:
    for one in entities:
        if not one["_id"].startswith(_LOCAL):
            yield one | {"articles": one["articles"] * number // models}
            continue
        for at in range(TOWNS):
            yield one | {"_id": _own(one["_id"], town(at)), "articles": 1 + one["articles"] * number // models // TOWNS}


def _runs(runs: list[Document]) -> Iterator[Document]:
    for at in range(TOWNS * _RUNS_A_TOWN):
        model = runs[at % len(runs)]
        started = _NEWEST - timedelta(minutes=at)
        yield model | {
            "_id": f"{started:%Y%m%dT%H%M%SZ}-crawl-{town(at)}-{at:x}",
            "site": town(at),
            "started_at": started,
        }
