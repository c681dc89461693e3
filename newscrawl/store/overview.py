"""All sites at a glance: a few aggregations, each over an index and bounded to the days that are shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from newscrawl.store import leases
from newscrawl.store.schema import Document

if TYPE_CHECKING:
    from newscrawl.store.store import Store

_MOST_PROBLEMS = 5000
"""Pages with a problem that are looked at for all sites together."""


@dataclass(frozen=True)
class Glance:
    """What is stored of one site."""

    articles: int = 0
    """All of them."""
    new: int = 0
    """First seen in the last 24 hours."""
    days: Mapping[date, int] = field(default_factory=dict)
    """Articles by the day (UTC) of their publication, of the days asked for; days without one are absent."""
    latest: datetime | None = None
    """The latest publication."""
    problems: Mapping[str, int] = field(default_factory=dict)
    """Reason -> pages that give no article, or no list."""
    works: bool | None = None
    """Whether a run is at work now; False when its process died and nobody has taken over."""


def look_over(store: Store, sites: Iterable[str], *, days: int, at: datetime, others: bool = True) -> dict[str, Glance]:
    """Return a glance at each of `sites` and, unless told not to, at every other site that has articles."""
    known = store.call(lambda: store.articles.distinct("site")) if others else []
    names = sorted({*sites, *(str(one) for one in known if one is not None)})
    first = (at - timedelta(days=days - 1)).replace(hour=0, minute=0, second=0, microsecond=0)
    by_day = _by_day(store, names, first, at)
    new = _count(store, {"site": {"$in": names}, "first_seen": {"$gt": at - timedelta(days=1)}})
    total = _count(store, {"site": {"$in": names}})
    latest = _latest(store, names, at)
    problems = _problems(store, names)
    works = _at_work(store)
    return {
        name: Glance(
            total.get(name, 0), new.get(name, 0), by_day.get(name, {}), latest.get(name), problems.get(name, {}),
            works.get(name),
        )
        for name in names
    }  # fmt: skip


def last_news(store: Store, site: str, at: datetime) -> datetime | None:
    """Return the later of the latest publication and the last time that an article was new, not after `at`.

    Publication alone would be silent when dates are not understood any more; the first crawl of an archive is news too,
    until the site's rhythm tells more.
    """
    found = []
    for name in ("date_published", "first_seen"):
        moment = _newest(store, site, name, at)
        if moment is not None:
            found.append(moment)
    return max(found, default=None)


def _newest(store: Store, site: str, name: str, at: datetime) -> datetime | None:
    query, wanted, order = {"site": site, name: {"$lte": at}}, {"_id": 0, name: 1}, [(name, -1)]
    one = store.call(lambda: store.articles.find_one(query, wanted, sort=order))
    return one[name] if one is not None else None


def day_stages(names: list[str], first: datetime, until: datetime) -> list[Document]:
    """Return the stages that count articles by site and day of publication; an index alone answers them."""
    return [
        {"$match": {"site": {"$in": names}, "date_published": {"$gte": first, "$lte": until}}},
        {
            "$group": {
                "_id": {"site": "$site", "day": {"$dateTrunc": {"date": "$date_published", "unit": "day"}}},
                "number": {"$sum": 1},
            }
        },
    ]


def count_stages(query: Document) -> list[Document]:
    """Return the stages that count articles by site."""
    return [{"$match": query}, {"$group": {"_id": "$site", "number": {"$sum": 1}}}]


BY_DATE, BY_FIRST_SEEN = {"site": 1, "date_published": -1, "_id": 1}, {"site": 1, "first_seen": -1}
"""The indexes that answer them; without a hint one over lists might be taken, which has to read the articles."""


def _by_day(store: Store, names: list[str], first: datetime, until: datetime) -> dict[str, dict[date, int]]:
    stages = day_stages(names, first, until)
    found: dict[str, dict[date, int]] = {}
    for row in store.call(lambda: list(store.articles.aggregate(stages, hint=BY_DATE))):
        found.setdefault(row["_id"]["site"], {})[row["_id"]["day"].date()] = row["number"]
    return found


def _count(store: Store, query: Document) -> dict[str, int]:
    rows = store.call(lambda: list(store.articles.aggregate(count_stages(query), hint=BY_FIRST_SEEN)))
    return {row["_id"]: row["number"] for row in rows}


def _latest(store: Store, names: list[str], at: datetime) -> dict[str, datetime]:
    """Return the latest publication by site, one look at the index a site."""
    found = {name: _newest(store, name, "date_published", at) for name in names}
    return {name: moment for name, moment in found.items() if moment is not None}


def _problems(store: Store, names: list[str]) -> dict[str, dict[str, int]]:
    """Count by site and reason the pages that give no article and are the newest of their article."""
    newer: Document = {
        "from": "pages",
        "let": {"site": "$site", "article": "$article_id", "at": "$fetched_at"},
        "pipeline": [
            {
                "$match": {
                    "$expr": {
                        "$and": [
                            {"$eq": ["$site", "$$site"]},
                            {"$eq": ["$article_id", "$$article"]},
                            {"$gt": ["$fetched_at", "$$at"]},
                            {"$ne": ["$$article", None]},  # a list is no article's page
                        ]
                    }
                }
            },
            {"$limit": 1},
            {"$project": {"_id": 1}},
        ],
        "as": "newer",
    }
    stages: list[Document] = [
        {"$match": {"site": {"$in": names}, "problem": {"$type": "object"}}},
        {"$limit": _MOST_PROBLEMS},
        {"$project": {"site": 1, "article_id": 1, "fetched_at": 1, "reason": "$problem.reason"}},
        {"$lookup": newer},
        {"$match": {"newer": []}},
        {"$group": {"_id": {"site": "$site", "reason": "$reason"}, "number": {"$sum": 1}}},
        {"$sort": {"_id": 1}},
    ]
    found: dict[str, dict[str, int]] = {}
    for row in store.call(lambda: list(store.pages.aggregate(stages))):
        found.setdefault(row["_id"]["site"], {})[row["_id"]["reason"]] = row["number"]
    return found


def _at_work(store: Store) -> dict[str, bool]:
    """Return the sites that somebody holds, and whether that holder lives."""
    held = store.call(lambda: list(store.leases.aggregate([{"$addFields": {"now": "$$NOW"}}])))
    return {
        one["_id"].removeprefix("site:"): leases.is_held(one, one["now"])
        for one in held
        if str(one["_id"]).startswith("site:")
    }
