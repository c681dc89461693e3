"""How many articles of a site are published in each month."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from newscrawl.store.schema import Document

if TYPE_CHECKING:
    from newscrawl.store.store import Store


def articles_by_month(
    store: Store, site: str, timezone: str, since: datetime | None = None, until: datetime | None = None
) -> dict[str, int]:
    """Return by month (`YYYY-MM` in the zone) how many articles are stored that were published then.

    `since` inclusive, `until` exclusive; months without any are absent. Served by the index over site and publication.
    """
    dated: Document = {"$type": "date"}
    dated |= {name: moment for name, moment in (("$gte", since), ("$lt", until)) if moment is not None}
    stages: list[Document] = [
        {"$match": {"site": site, "date_published": dated}},
        {"$project": {"_id": 0, "date_published": 1}},
        {
            "$group": {
                "_id": {"$dateToString": {"date": "$date_published", "format": "%Y-%m", "timezone": timezone}},
                "number": {"$sum": 1},
            }
        },
    ]
    found = store.call(lambda: list(store.articles.aggregate(stages, hint=_INDEX)))
    return {one["_id"]: int(one["number"]) for one in sorted(found, key=lambda one: one["_id"])}


_INDEX = "site_1_date_published_-1__id_1"


def count_undated(store: Store, site: str) -> int:
    """Return how many articles of a site have no publication date."""
    return store.call(lambda: store.articles.count_documents({"site": site, "date_published": None}))
