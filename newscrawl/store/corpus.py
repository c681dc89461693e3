"""What readers ask of the store: articles by filters and words, entities, days, runs, and what changed since.

Nothing here writes. Every question is served by an index and bounded in time; what takes longer is refused, so that no
reader can hold up a crawl.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from newscrawl.items import Entity, Run
from newscrawl.store import feed, lookup, on_days, postings
from newscrawl.store.asking import MAX_TIME_MS, ask
from newscrawl.store.cursors import read_cursor, read_moment, unknown, write_cursor
from newscrawl.store.documents import stored
from newscrawl.store.feed import MARGIN, Changes
from newscrawl.store.finding import (
    END,
    EPOCH,
    ORDER_BITS,
    ArticleFilter,
    bounds,
    order_of,
    place,
    query_of,
    query_without_words,
    several_words,
)
from newscrawl.store.on_days import ZoneOf
from newscrawl.store.reading import LISTED, latest_first, shown
from newscrawl.store.schema import Document
from pipelines.words import Question

if TYPE_CHECKING:
    from newscrawl.store.store import Store

Item = TypeVar("Item")
Result = TypeVar("Result")

_TIES = 8
"""Articles of one place in the order of words that are kept together: there are hardly ever two."""
_MOST_CHARTED = 20_000
"""Articles that are counted by month."""
_COMPANY_OF = 500
"""Articles of an entity that are looked at for who else is in them."""


@dataclass(frozen=True)
class Slice(Generic[Item]):
    """Some of what was asked for."""

    items: list[Item]
    following: str | None
    """Cursor for what comes next; None: that was all."""


@dataclass(frozen=True)
class Months:
    """Articles counted by month."""

    counts: dict[str, int]
    """`YYYY-MM` (UTC) -> articles published then, near-duplicates among them; months without any are absent."""
    is_whole: bool
    """False where only the latest ones were counted."""


@dataclass(frozen=True)
class CoMention:
    """An entity that is mentioned beside another."""

    id: str
    type: str
    normal: str
    articles: int
    """Of those that were looked at."""


@dataclass(frozen=True)
class Company:
    """Who and what is mentioned with an entity."""

    sample: int
    """How many of its latest articles were looked at."""
    others: list[CoMention]
    """The most frequent first."""


class Corpus:
    """The questions of readers to one store. Thread-safe.

    All raise StoreUnavailableError, TooBroadError where the answer takes too long, and QuestionError for a filter or a
    cursor that means nothing.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    # --- articles

    def articles(
        self, wanted: ArticleFilter, *, fields: Collection[str] | None = None, limit: int = 0
    ) -> Iterator[Document]:
        """Yield the documents of articles, the latest published first, undated ones last; `limit` of them, 0 for all.

        `fields`: only these (and what the order needs). A failover does not break it off; it may take as long as it
        takes.
        """
        asked = several_words(wanted)
        if asked is not None:
            return islice(self._with_words(asked, wanted, shown(fields)), limit or None)
        query = self._store.call(lambda: query_of(self._store, wanted))
        return latest_first(self._store, query, limit, order=order_of(wanted), fields=fields)

    def page(self, wanted: ArticleFilter, *, size: int = 20, cursor: str | None = None) -> Slice[Document]:
        """Return the next `size` articles in the same order: documents without dates, entities and identities."""
        order = order_of(wanted)
        asked = several_words(wanted)
        most = size + 1 + _TIES

        def read() -> list[Document]:
            query = query_of(self._store, wanted)
            query = query if cursor is None else {"$and": [query, order.read(cursor)]}
            found = self._store.articles.find(query, shown(LISTED), max_time_ms=MAX_TIME_MS)
            return list(found.sort(order.sort).limit(most))

        if asked is None:
            found = self._ask(read)
        else:
            below = END if cursor is None else place(cursor)
            found = list(islice(self._with_words(asked, wanted, shown(LISTED), below), most))
        end = size
        while end < len(found) and order.write(found[end]) == order.write(found[end - 1]):
            end += 1
        return Slice(found[:end], order.write(found[end - 1]) if len(found) > end else None)

    def count(self, wanted: ArticleFilter, *, most: int = 1000) -> int:
        """Return how many articles there are; `most` stands for that many or more."""
        asked = several_words(wanted)
        if asked is not None:
            return sum(1 for _ in islice(self._with_words(asked, wanted, {"_id": 1}), most))

        def read() -> int:
            query = query_of(self._store, wanted)
            limits: dict[str, Any] = {"limit": most, "maxTimeMS": MAX_TIME_MS}
            if set(query) <= {"duplicate_of"}:
                limits["hint"] = _BY_DATE  # else the collection itself would be read through
            return self._store.articles.count_documents(query, **limits)

        return self._ask(read)

    def _with_words(
        self, asked: Question, wanted: ArticleFilter, projection: Document, before: int = END
    ) -> Iterator[Document]:
        least, below = bounds(wanted)
        query = query_without_words(self._store, wanted)
        return postings.articles(self._store, asked, least, min(below, before), query, projection)

    def by_month(self, wanted: ArticleFilter) -> Months:
        """Count articles by the month of their publication, near-duplicates among them: an index alone answers.

        At most the latest 20,000 are counted.
        """
        asked = several_words(wanted)
        if asked is not None:
            return Months(*postings.by_month(self._store, asked, *bounds(wanted), _MOST_CHARTED))
        order = order_of(wanted)
        with_words = wanted.text is not None
        key: Any = _MONTH_OF_ORDER if with_words else "$date_published"

        def read() -> list[Document]:
            query = query_of(self._store, replace(wanted, with_copies=True))
            dated: Document = {"search.order": {"$gte": 1 << ORDER_BITS}} if with_words else _DATED
            stages: list[Document] = [
                {"$match": {"$and": [query, dated]}},
                {"$sort": dict(order.sort)},
                {"$limit": _MOST_CHARTED},
                {"$project": {"_id": 0, "at": key}},
                {"$group": {"_id": {"$dateToString": {"date": "$at", "format": "%Y-%m"}}, "number": {"$sum": 1}}},
                {"$sort": {"_id": 1}},
            ]
            return list(self._store.articles.aggregate(stages, maxTimeMS=MAX_TIME_MS))

        counts = {row["_id"]: int(row["number"]) for row in self._ask(read)}
        return Months(counts, sum(counts.values()) < _MOST_CHARTED)

    # --- days

    def speaking_of(self, day: date, *, limit: int = 50) -> list[Document]:
        """Return articles whose text names a day, a time of it or a span that begins with it; the latest first."""
        return self._ask(lambda: on_days.speaking_of(self._store, day, limit))

    def published_on(self, day: date, *, zone_of: ZoneOf, limit: int = 50) -> list[Document]:
        """Return articles that were published on a day as their site's city has it; `zone_of` tells its zone.

        The latest first, articles without a day in their date left out.
        """
        return self._ask(lambda: list(on_days.published(self._store, day, zone_of, limit)))

    def this_day(self, month: int, day: int, *, zone_of: ZoneOf, each: int = 3) -> dict[int, list[Document]]:
        """Return by year, the latest first, articles that were published on a day of the year; `each` of a year."""
        return self._ask(lambda: dict(on_days.of_years(self._store, month, day, zone_of, each)))

    # --- entities

    def entities(
        self, *, type_: str | None = None, text: str | None = None, size: int = 20, cursor: str | None = None
    ) -> Slice[Entity]:
        """Return the entities that most articles mention; with `text` those found by any spelling, in one slice."""
        if text is not None:
            return Slice(self._ask(lambda: lookup.search(self._store, text, type_, size)), None)
        query: Document = {"type": type_} if type_ else {}
        if cursor is not None:
            number, last = read_cursor(cursor, int, str)
            if abs(number) >= 1 << 63:
                raise unknown()
            behind = [{"articles": {"$lt": number}}, {"articles": number, "_id": {"$gt": last}}]
            query = {"$and": [query, {"$or": behind}]}

        def read() -> list[Document]:
            found = self._store.entities.find(query, max_time_ms=MAX_TIME_MS)
            return list(found.sort([("articles", -1), ("_id", 1)]).limit(size + 1))

        found = self._ask(read)
        following = write_cursor(found[size - 1]["articles"], found[size - 1]["_id"]) if len(found) > size else None
        return Slice([lookup.entity(one) for one in found[:size]], following)

    def mentioned_with(self, entity: str, *, limit: int = 20) -> Company:
        """Return who and what the latest articles of an entity mention beside it."""

        def read() -> tuple[int, list[Document]]:
            ids = self._store.registry.ids(entity)
            query = {"identities.id": {"$in": ids}}
            stages: list[Document] = [
                {"$match": query},
                {"$sort": {"date_published": -1, "_id": 1}},
                {"$limit": _COMPANY_OF},
                {"$project": {"_id": 0, "ids": {"$setUnion": ["$identities.id"]}}},
                {"$unwind": "$ids"},
                {"$match": {"ids": {"$nin": ids}}},
                {"$group": {"_id": "$ids", "number": {"$sum": 1}}},
                {"$sort": {"number": -1, "_id": 1}},
                {"$limit": limit},
            ]
            rows = list(self._store.articles.aggregate(stages, maxTimeMS=MAX_TIME_MS))
            return self._store.articles.count_documents(query, limit=_COMPANY_OF, maxTimeMS=MAX_TIME_MS), rows

        sample, rows = self._ask(read)
        wanted = {"_id": {"$in": [row["_id"] for row in rows]}}
        fields = {"type": 1, "normal": 1}
        known = {one["_id"]: one for one in self._ask(lambda: list(self._store.entities.find(wanted, fields)))}
        others = [(known[row["_id"]], int(row["number"])) for row in rows if row["_id"] in known]
        return Company(sample, [CoMention(one["_id"], one["type"], one["normal"], number) for one, number in others])

    # --- jobs

    def runs(
        self,
        *,
        site: str | None = None,
        job: str | None = None,
        status: str | None = None,
        size: int = 20,
        cursor: str | None = None,
    ) -> Slice[Run]:
        """Return runs, the latest first."""
        query: Document = {"site": site, "job": job, "status": status}
        query = {name: value for name, value in query.items() if value is not None}
        if cursor is not None:
            told, last = read_cursor(cursor, str, str)
            at = read_moment(told)
            query = {"$and": [query, {"$or": [{"started_at": {"$lt": at}}, {"started_at": at, "_id": {"$lt": last}}]}]}

        def read() -> list[Document]:
            found = self._store.runs.find(query, max_time_ms=MAX_TIME_MS)
            return list(found.sort([("started_at", -1), ("_id", -1)]).limit(size + 1))

        found = self._ask(read)
        last_one = found[size - 1] if len(found) > size else None
        following = write_cursor(last_one["started_at"].isoformat(), last_one["_id"]) if last_one else None
        return Slice([stored(Run, one) for one in found[:size]], following)

    # --- the change feed

    def changes(
        self, after: str | None = None, *, size: int = 100, site: str | None = None, margin: timedelta = MARGIN
    ) -> Changes:
        """Return the articles that changed next after a cursor (None: all), in the order of their last change.

        Whoever goes on from `last` each time meets every article after its last change, so nothing is lost; an article
        that changes again comes again, with its latest state alone. What changed within the last `margin` is held
        back: a write may be seen a little later than one with a later stamp.
        """
        return feed.changes(self._store, after, size, site, margin)

    # --- what can be chosen from

    def sites(self) -> list[str]:
        """Return the names of all sites that have articles."""
        return self._distinct("site")

    def cities(self) -> list[str]:
        """Return all cities whose sites have articles."""
        return self._distinct("city")

    def regions(self) -> list[str]:
        """Return the ISO 3166-2 codes of all regions whose sites have articles."""
        return self._distinct("region")

    def _distinct(self, name: str) -> list[str]:
        return sorted(one for one in self._ask(lambda: self._store.articles.distinct(name)) if one is not None)

    # --- its parts

    def _ask(self, operation: Callable[[], Result]) -> Result:
        return ask(self._store, operation)


_BY_DATE = "date_published_-1__id_1"
_DATED: Document = {"date_published": {"$type": "date"}}
_SECONDS_OF_ORDER: Document = {"$trunc": {"$divide": ["$search.order", 1 << ORDER_BITS]}}
_MONTH_OF_ORDER: Document = {"$add": [EPOCH, {"$multiply": [{"$subtract": [_SECONDS_OF_ORDER, 1]}, 1000]}]}
"""The second of publication, from the number that the index over words holds."""
