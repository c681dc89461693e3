"""What a million articles take on MongoDB's disk: data and indexes of each collection, measured and put in proportion.

    python benchmarks/sizes.py [--articles N …]

A private mongod gets the sample city by a real crawl; its documents are then written again under other addresses,
those of one article never side by side, so that compression finds no more than it would among different articles.
Bodies of pages are random bytes in the size that real pages have when they are packed (`PAGE`), so nothing packs them
further. Prints a table in Markdown: bytes an article, at each number of articles.
"""

from __future__ import annotations

import argparse
import os
import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import mean
from typing import Any

from large_corpus import crawl_model

from newscrawl.config import load_config
from newscrawl.store import Store, open_store

PAGE = 20_800
"""Bytes of a packed page: the median of 26 news pages of Russian sites from 2024 to 2026, 90 kB before packing."""
BATCH = 500
OF_AN_ARTICLE = ("articles", "pages", "visits", "signatures")
"""The collections that grow with the articles."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--articles", type=int, nargs="+", default=[5_000, 20_000])
    numbers: list[int] = parser.parse_args().articles
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        crawl_model(home)
        rows = [_measure(home, number) for number in sorted(numbers)]
    for number, row in zip(sorted(numbers), rows, strict=True):
        _print_table(number, row)


def _measure(home: Path, number: int) -> dict[str, dict[str, float]]:
    database = f"sizes{number}"
    with open_store(load_config(home=home)) as model, open_store(load_config(home=home, database=database)) as store:
        for name in OF_AN_ARTICLE:
            documents = list(model.database[name].find().sort("_id", 1))
            if name == "pages":
                documents = [one for one in documents if one["article_id"]]
            _fill(store, name, documents, number)
        store.connection.client.admin.command("fsync")
        return {name: _stats(store, name, number) for name in OF_AN_ARTICLE} | {
            "text": {"data": mean(len(one["article_body"]) for one in model.articles.find({}, {"article_body": 1}))}
        }


def _fill(store: Store, name: str, documents: list[dict[str, Any]], number: int) -> None:
    batch: list[dict[str, Any]] = []
    for copy in _copies(name, documents, number):
        batch.append(copy)
        if len(batch) == BATCH:
            store.database[name].insert_many(batch, ordered=False)
            batch = []
    if batch:
        store.database[name].insert_many(batch, ordered=False)


def _copies(name: str, documents: list[dict[str, Any]], number: int) -> Iterator[dict[str, Any]]:
    for turn in range(number):
        document = dict(documents[turn % len(documents)])
        url = f"https://town{turn % 1100:04}.example/novosti/{turn // 1100}/{secrets.token_hex(8)}"
        key = {"pages": secrets.token_hex(16), "visits": f"town{turn % 1100:04} {url}"}.get(name, url)
        document |= {"_id": key, "site": f"town{turn % 1100:04}"}
        if name == "pages":
            document |= {"body": os.urandom(PAGE), "article_id": url, "url": url}
        elif name == "signatures":
            document["hashes"] = [secrets.randbits(53) for _ in document["hashes"]]
        else:
            document["url"] = url
        yield document


def _stats(store: Store, name: str, number: int) -> dict[str, float]:
    stats = store.database.command("collStats", name)
    return {
        "data": stats["size"] / number,
        "disk": stats["storageSize"] / number,
        "indexes": stats["totalIndexSize"] / number,
        "count": len(stats["indexSizes"]),
    }


def _print_table(number: int, row: dict[str, dict[str, float]]) -> None:
    print(f"\n{number:,} articles of {row['text']['data']:,.0f} characters on average\n")
    print("| collection | document | on disk | indexes | number of indexes |\n|---|---:|---:|---:|---:|")
    for name in OF_AN_ARTICLE:
        one = row[name]
        print(f"| `{name}` | {one['data']:,.0f} B | {one['disk']:,.0f} B | {one['indexes']:,.0f} B | {one['count']} |")
    total = sum(row[name]["disk"] + row[name]["indexes"] for name in OF_AN_ARTICLE)
    print(f"\nAll of it: {total:,.0f} B an article, {total / 1000:,.1f} GB a million.")


if __name__ == "__main__":
    main()
