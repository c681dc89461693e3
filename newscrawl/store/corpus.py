"""What readers ask of the store: articles by filters and words, entities, days, runs, and what changed since.

Nothing here writes. Every question is served by an index and bounded in time; what takes longer is refused, so that no
reader can hold up a crawl.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from zoneinfo import ZoneInfo

from pymongo.errors import ExecutionTimeout, OperationFailure

from newscrawl.errors import QuestionError, TooBroadError
from newscrawl.items import Entity, Run, StoredArticle
from newscrawl.store import lookup
from newscrawl.store.cursors import read_cursor, write_cursor
from newscrawl.store.documents import stored
from newscrawl.store.finding import ORDER_BITS, ArticleFilter, order_of, query_of
from newscrawl.store.reading import latest_first, shown
from newscrawl.store.schema import Document

if TYPE_CHECKING:
    from newscrawl.store.store import Store

Item = TypeVar("Item")
Result = TypeVar("Result")

_SECONDS = 5.0
"""That a question may take."""
_LISTED = tuple(name for name in StoredArticle.model_fields if name not in {"dates", "entities", "identities"})
"""Fields of an article in a list."""
_TIES = 8
"""Articles of one place in the order of words that are kept together: there are hardly ever two."""
_MOST_CHARTED = 50_000
"""Articles that are counted by month."""
_COMPANY_OF = 500
"""Articles of an entity that are looked at for who else is in them."""
_SCANNED = 5_000
"""Articles that are looked at for those of a day."""
_MARGIN = timedelta(minutes=1)
"""A write is seen a little later than its stamp says, and the clocks of a cluster's members differ a little."""
_FIRST = datetime(1, 1, 1, tzinfo=UTC)
_LAST_YEAR = 9999


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


@dataclass(frozen=True)
class Changed:
    """An article that changed."""

    changed_at: datetime
    """Of its last change but for `last_seen`, by the server's clock."""
    article: StoredArticle


@dataclass(frozen=True)
class Changes:
    """What changed next."""

    items: list[Changed]
    """In the order of their last change."""
    last: str
    """Cursor to go on from, now or later."""
    more: bool
    """Whether there is more already."""


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
        query = self._store.call(lambda: query_of(self._store, wanted))
        return latest_first(self._store, query, limit, order=order_of(wanted), fields=fields)

    def page(self, wanted: ArticleFilter, *, size: int = 20, cursor: str | None = None) -> Slice[Document]:
        """Return the next `size` articles in the same order: documents without dates, entities and identities."""
        order = order_of(wanted)
        behind = order.read(cursor) if cursor is not None else None

        def read() -> list[Document]:
            query = query_of(self._store, wanted)
            query = query if behind is None else {"$and": [query, behind]}
            found = self._store.articles.find(query, shown(_LISTED), max_time_ms=self._limit())
            return list(found.sort(order.sort).limit(size + 1 + _TIES))

        found = self._ask(read)
        end = size
        while end < len(found) and order.write(found[end]) == order.write(found[end - 1]):
            end += 1
        return Slice(found[:end], order.write(found[end - 1]) if len(found) > end else None)

    def count(self, wanted: ArticleFilter, *, most: int = 1000) -> int:
        """Return how many articles there are; `most` stands for that many or more."""
        return self._ask(
            lambda: self._store.articles.count_documents(
                query_of(self._store, wanted), limit=most, maxTimeMS=self._limit()
            )
        )

    def by_month(self, wanted: ArticleFilter) -> Months:
        """Count articles by the month of their publication, near-duplicates among them: an index alone answers.

        At most the latest 50,000 are counted.
        """
        order = order_of(wanted)
        with_words = wanted.text is not None
        key: Any = _MONTH_OF_ORDER if with_words else "$date_published"

        def read() -> list[Document]:
            query = query_of(self._store, wanted, with_copies=True)
            dated: Document = {"search.order": {"$gte": 1 << ORDER_BITS}} if with_words else _DATED
            stages: list[Document] = [
                {"$match": {"$and": [query, dated]}},
                {"$sort": dict(order.sort)},
                {"$limit": _MOST_CHARTED},
                {"$project": {"_id": 0, "at": key}},
                {"$group": {"_id": {"$dateToString": {"date": "$at", "format": "%Y-%m"}}, "number": {"$sum": 1}}},
                {"$sort": {"_id": 1}},
            ]
            return list(self._store.articles.aggregate(stages, maxTimeMS=self._limit()))

        counts = {row["_id"]: int(row["number"]) for row in self._ask(read)}
        return Months(counts, sum(counts.values()) < _MOST_CHARTED)

    # --- days

    def speaking_of(self, day: date, *, limit: int = 50) -> list[Document]:
        """Return articles whose text names a day, a time of it or a span that begins with it; the latest first."""
        return self._ask(lambda: self._naming(day.isoformat(), limit))

    def _naming(self, value: str, limit: int) -> list[Document]:
        found: dict[str, Document] = {}
        for condition in (value, {"$gt": value + "/", "$lt": value + "0"}, {"$gt": value + "T", "$lt": value + "U"}):
            query = {"dates.value": condition}
            cursor = self._store.articles.find(query, shown(_LISTED), max_time_ms=self._limit())
            for one in cursor.sort(order_of(ArticleFilter()).sort).limit(limit):
                found.setdefault(one["_id"], one)
        return sorted(found.values(), key=_latest)[:limit]

    def published_on(self, day: date, *, zone_of: Callable[[str | None], str], limit: int = 50) -> list[Document]:
        """Return articles that were published on a day as their site's city has it; `zone_of` tells its zone.

        The latest first, articles without a day in their date left out.
        """
        return self._ask(lambda: list(self._published(day, zone_of, limit)))

    def this_day(
        self, month: int, day: int, *, zone_of: Callable[[str | None], str], each: int = 3
    ) -> dict[int, list[Document]]:
        """Return by year, the latest first, articles that were published on a day of the year; `each` of a year."""
        return self._ask(lambda: dict(self._of_years(month, day, zone_of, each)))

    def _of_years(
        self, month: int, day: int, zone_of: Callable[[str | None], str], each: int
    ) -> Iterator[tuple[int, list[Document]]]:
        for year in self._years():
            try:
                wanted = date(year, month, day)
            except ValueError:  # the 29th of February
                continue
            if found := list(self._published(wanted, zone_of, each)):
                yield year, found

    def _years(self) -> Iterator[int]:
        """Yield the years in which anything was published, and their neighbours, the latest first: one look each."""
        before: Document = {}
        last = _LAST_YEAR + 1
        while True:
            query = {"date_published": {"$gte": _FIRST} | before}
            one = self._store.articles.find_one(query, {"_id": 0, "date_published": 1}, sort=[("date_published", -1)])
            if one is None:
                return
            year = one["date_published"].year
            yield from (each for each in (year + 1, year) if each < last)
            last = year
            before = {"$lt": datetime(year, 1, 1, tzinfo=UTC)}

    def _published(self, day: date, zone_of: Callable[[str | None], str], limit: int) -> Iterator[Document]:
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
        query = {"date_published": {"$gte": _moved(midnight, -14), "$lt": _moved(midnight, 36)}}
        cursor = self._store.articles.find(query, shown(_LISTED), max_time_ms=self._limit())
        left = limit
        for one in cursor.sort(order_of(ArticleFilter()).sort).limit(_SCANNED):
            if one["date_published_precision"] not in {"day", "minute"}:
                continue
            if one["date_published"].astimezone(ZoneInfo(zone_of(one["site"]))).date() == day:
                yield one
                left -= 1
                if not left:
                    return

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
                raise QuestionError("the cursor is none that newscrawl gave", advice="Ask again from the start.")
            behind = [{"articles": {"$lt": number}}, {"articles": number, "_id": {"$gt": last}}]
            query = {"$and": [query, {"$or": behind}]}

        def read() -> list[Document]:
            found = self._store.entities.find(query, max_time_ms=self._limit())
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
            rows = list(self._store.articles.aggregate(stages, maxTimeMS=self._limit()))
            return self._store.articles.count_documents(query, limit=_COMPANY_OF, maxTimeMS=self._limit()), rows

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
            at = _moment(told)
            query = {"$and": [query, {"$or": [{"started_at": {"$lt": at}}, {"started_at": at, "_id": {"$lt": last}}]}]}

        def read() -> list[Document]:
            found = self._store.runs.find(query, max_time_ms=self._limit())
            return list(found.sort([("started_at", -1), ("_id", -1)]).limit(size + 1))

        found = self._ask(read)
        last_one = found[size - 1] if len(found) > size else None
        following = write_cursor(last_one["started_at"].isoformat(), last_one["_id"]) if last_one else None
        return Slice([stored(Run, one) for one in found[:size]], following)

    # --- the change feed

    def changes(
        self, after: str | None = None, *, size: int = 100, site: str | None = None, margin: timedelta = _MARGIN
    ) -> Changes:
        """Return the articles that changed next after a cursor (None: all), in the order of their last change.

        Whoever goes on from `last` each time meets every article after its last change, so nothing is lost; an article
        that changes again comes again, with its latest state alone. What changed within the last `margin` is held
        back: a write may be seen a little later than one with a later stamp.
        """
        at, url = (_FIRST, "") if after is None else _read_change(after)
        query: Document = {"$or": [{"changed_at": {"$gt": at}}, {"changed_at": at, "_id": {"$gt": url}}]}
        query |= {"site": site} if site is not None else {}

        def read() -> list[Document]:
            until = {"changed_at": {"$lte": self._store.server_time() - margin}}
            found = self._store.articles.find({"$and": [query, until]}, shown(None), max_time_ms=self._limit())
            return list(found.sort([("changed_at", 1), ("_id", 1)]).limit(size + 1))

        found = self._ask(read)
        items = [Changed(one["changed_at"], stored(StoredArticle, one)) for one in found[:size]]
        if items:
            at, url = items[-1].changed_at, items[-1].article.url
        return Changes(items, write_cursor(at.isoformat(), url), len(found) > size)

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

    def _limit(self) -> int:
        """Return how many milliseconds the server may take."""
        return int(_SECONDS * 1000)

    def _ask(self, operation: Callable[[], Result]) -> Result:
        try:
            return self._store.call(operation)
        except ExecutionTimeout:
            raise TooBroadError(
                f"the answer took more than {_SECONDS:.0f} seconds: too much is found, or the server is busy",
                advice="Ask for less: a shorter time, one site, rarer words.",
            ) from None
        except OperationFailure as error:
            if error.code != _OUT_OF_MEMORY_TO_SORT:
                raise
            raise TooBroadError(
                "too much is found to be put in order", advice="Ask for less: a shorter time, one site, rarer words."
            ) from None


_OUT_OF_MEMORY_TO_SORT = 292
_DATED: Document = {"date_published": {"$type": "date"}}
_SECONDS_OF_ORDER: Document = {"$trunc": {"$divide": ["$search.order", 1 << ORDER_BITS]}}
_MONTH_OF_ORDER: Document = {"$add": [_FIRST, {"$multiply": [{"$subtract": [_SECONDS_OF_ORDER, 1]}, 1000]}]}
"""The second of publication, from the number that the index over words holds."""


def _latest(document: Document) -> tuple[bool, float, str]:
    at = document["date_published"]
    return at is None, -at.timestamp() if at else 0.0, document["_id"]


def _moved(moment: datetime, hours: int) -> datetime:
    """Return a moment some hours later, or the first or last there is."""
    try:
        return moment + timedelta(hours=hours)
    except OverflowError:
        return _FIRST if hours < 0 else datetime.max.replace(tzinfo=UTC)


def _moment(told: str) -> datetime:
    try:
        at = datetime.fromisoformat(told)
        if at.tzinfo is None:
            raise ValueError
    except ValueError:
        raise QuestionError("the cursor is none that newscrawl gave", advice="Ask again from the start.") from None
    return at


def _read_change(after: str) -> tuple[datetime, str]:
    told, url = read_cursor(after, str, str)
    return _moment(told), url
