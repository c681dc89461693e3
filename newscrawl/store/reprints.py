"""What near-duplicates there are: groups, copies, reprints between cities; the group of one article."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING

from newscrawl.store.schema import Document

if TYPE_CHECKING:
    from newscrawl.store.store import Store

COPIES: Document = {"duplicate_of": {"$type": "string"}}


@dataclass(frozen=True)
class Member:
    """One article of a group."""

    url: str
    site: str | None
    city: str | None
    headline: str | None
    date_published: datetime | None
    duplicate_of: str | None


@dataclass(frozen=True)
class LargeGroup:
    """A group that has many articles."""

    url: str
    """Its original."""
    headline: str | None
    articles: int
    """How many, the original included."""
    cities: int
    """In how many cities."""


@dataclass(frozen=True)
class Reprints:
    """What near-duplicates a store has."""

    articles: int
    """About how many are stored."""
    groups: int
    """Of two articles or more."""
    copies: int
    """Articles that are not the original of their group."""
    between_cities: int
    """Copies whose original is of another city."""
    largest: list[LargeGroup]


def reprints(store: Store, most: int = 10) -> Reprints:
    """Count the groups and copies of the whole store."""
    groups = copies = between = 0
    largest: list[tuple[int, str, int]] = []
    for original, rows in groupby(_rows(store), key=_original):
        counted = list(rows)
        number = sum(row["copies"] for row in counted)
        home = counted[0]["home"]
        groups, copies = groups + 1, copies + number
        between += sum(row["copies"] for row in counted if row["_id"]["city"] != home)
        entry = (number + 1, original, len({home, *(row["_id"]["city"] for row in counted)} - {None}))
        heapq.heappush(largest, entry) if len(largest) < most else heapq.heappushpop(largest, entry)
    found = store.articles.find({"_id": {"$in": [url for _, url, _ in largest]}}, {"headline": 1})
    headlines = {one["_id"]: one["headline"] for one in found}
    shown = [LargeGroup(url, headlines.get(url), number, cities) for number, url, cities in sorted(largest)[::-1]]
    return Reprints(store.articles.estimated_document_count(), groups, copies, between, shown)


def _original(row: Document) -> str:
    return str(row["_id"]["of"])


def _rows(store: Store) -> Iterator[Document]:
    """Yield, by original, how many copies it has in each city and its own city."""
    home: Document = {"from": "articles", "localField": "_id.of", "foreignField": "_id", "as": "home"}
    home["pipeline"] = [{"$project": {"city": 1}}]
    yield from store.articles.aggregate(
        [
            {"$match": COPIES},
            {"$group": {"_id": {"of": "$duplicate_of", "city": "$city"}, "copies": {"$sum": 1}}},
            {"$sort": {"_id": 1}},
            {"$lookup": home},
            {"$project": {"copies": 1, "home": {"$first": "$home.city"}}},
        ],
        allowDiskUse=True,
    )


def sizes(store: Store, clusters: Collection[str]) -> dict[str, int]:
    """Return how many articles each of some groups has."""
    stages: list[Document] = [
        {"$match": {"cluster": {"$in": list(clusters)}}},
        {"$group": {"_id": "$cluster", "articles": {"$sum": 1}}},
    ]
    return store.call(lambda: {row["_id"]: int(row["articles"]) for row in store.articles.aggregate(stages)})


def members(store: Store, cluster: str, limit: int = 0) -> list[Member]:
    """Return the articles of a group: its original, then the others by publication; 0 for all."""
    fields = dict.fromkeys(("site", "city", "headline", "date_published", "duplicate_of"), 1)
    found = store.articles.find({"cluster": cluster}, fields).limit(limit)
    return sorted((Member(one.pop("_id"), **one) for one in found), key=_place)


def _place(member: Member) -> tuple[bool, bool, float, str]:
    published = member.date_published
    return member.duplicate_of is not None, published is None, published.timestamp() if published else 0.0, member.url
