"""The last crawl of each site: what its next one is reckoned from."""

from __future__ import annotations

from collections.abc import Collection
from itertools import takewhile
from typing import TYPE_CHECKING

from newscrawl.schedules import Past
from newscrawl.store.schema import Document

if TYPE_CHECKING:
    from newscrawl.store.store import Store

_IN_VAIN = frozenset({"unavailable", "stopped", "died"})
_LONGEST_ROW = 8
"""Runs in vain that are counted: what follows from more is the same."""


def last_crawls(store: Store, sites: Collection[str] | None) -> dict[str, Past]:
    """Return by site what its last crawl was; sites that never had one are absent. All sites when not given."""
    match: Document = {"job": "crawl"} | ({"site": {"$in": list(sites)}} if sites is not None else {})
    stages: list[Document] = [
        {"$match": match},
        {"$sort": {"job": 1, "site": 1, "started_at": -1}},
        {
            "$group": {
                "_id": "$site",
                "run_id": {"$first": "$_id"},
                "started_at": {"$first": "$started_at"},
                "status": {"$first": "$status"},
            }
        },
    ]
    found = {}
    for row in store.runs.aggregate(stages):
        site = str(row.pop("_id"))
        row["in_vain"] = _row_in_vain(store, site) if row["status"] in _IN_VAIN else 0
        found[site] = Past(**row)
    return found


def _row_in_vain(store: Store, site: str) -> int:
    """Return how many of a site's last crawls in a row did not come to their end."""
    latest = store.runs.find({"job": "crawl", "site": site}, {"status": 1}).sort("started_at", -1).limit(_LONGEST_ROW)
    return sum(1 for _ in takewhile(lambda one: one["status"] in _IN_VAIN, latest))
