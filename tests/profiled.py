"""What MongoDB did for what was asked of it, as its own profiler tells."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from newscrawl.store import Store

Entry = dict[str, Any]


@contextmanager
def profiled(store: Store) -> Iterator[list[Entry]]:
    """Give the list that holds, at the end, an entry for each question that was asked of the store's collections."""
    found: list[Entry] = []
    store.database.command("profile", 2)
    try:
        yield found
    finally:
        store.database.command("profile", 0)
        own = {"op": {"$in": ["query", "command"]}, "ns": {"$regex": r"\.(?!system\.)"}, "planSummary": {"$exists": 1}}
        found += list(store.database["system.profile"].find(own))
        store.database["system.profile"].drop()


def without_an_index(entries: list[Entry]) -> list[Entry]:
    """Return the questions for which a collection was read through, those to the few rows of `meta` and such aside."""
    small = ("meta", "decisions", "totals", "leases", "sources")
    return [
        one["command"]
        for one in entries
        if "COLLSCAN" in one["planSummary"] and one["ns"].rpartition(".")[2] not in small
    ]


def sorted_in_memory(entries: list[Entry]) -> list[Entry]:
    """Return the questions whose answers had to be put in order."""
    return [one["command"] for one in entries if one.get("hasSortStage")]
