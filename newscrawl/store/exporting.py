"""What exports read: all articles, or those that changed since a moment, in slices that a failover does not break."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from pymongo.errors import PyMongoError

from newscrawl.items import Page
from newscrawl.store.documents import stored_page
from newscrawl.store.feed import MARGIN, behind
from newscrawl.store.finding import EPOCH
from newscrawl.store.reading import latest_first, years_of
from newscrawl.store.schema import Document

if TYPE_CHECKING:
    from newscrawl.store.store import Store

_SLICE = 200
_PAGES = 50
_OF_ARTICLES: Document = {"article_id": {"$type": "string"}}


@dataclass(frozen=True)
class Partition:
    """The articles of a site that were published in one year (UTC)."""

    site: str | None
    year: int | None
    """Null: those without a date."""


class Exporting:
    """Reads articles for exports."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def moment(self) -> datetime:
        """Return the moment for the next export to go on from: the server's clock, less what a write may be late."""
        return self._store.server_time() - MARGIN

    def sites(self) -> list[str | None]:
        """Return the sites of all articles; null for those without one. An index alone answers."""
        found = self._store.call(lambda: self._store.articles.distinct("site"))
        return sorted(found, key=lambda name: (name is not None, name))

    def count(self, site: str | None, since: datetime | None = None) -> int:
        """Return how many articles a site has, or how many of them changed since a moment."""
        return self._store.call(lambda: self._store.articles.count_documents({"site": site} | _since(since)))

    def count_pages(self, site: str, since: datetime | None = None) -> int:
        """Return how many pages of a site's articles are stored, or how many of them were fetched since a moment."""
        query = _OF_ARTICLES | {"site": site, "fetched_at": {"$gte": since or EPOCH}}
        return self._store.call(lambda: self._store.pages.count_documents(query))

    def pages(self, site: str, since: datetime | None = None) -> Iterator[Page]:
        """Yield the pages of a site's articles in the order of their fetch, all or those since a moment."""
        at, seen = since or EPOCH, set[str]()
        while True:
            query = _OF_ARTICLES | {"site": site, "fetched_at": {"$gte": at}}
            most = _PAGES + len(seen)

            def read(query: Document = query, most: int = most) -> list[Document]:
                return list(self._store.pages.find(query).sort("fetched_at", 1).limit(most))

            found = [one for one in self._store.call(read) if one["_id"] not in seen]
            for one in found:
                if one["fetched_at"] > at:
                    at, seen = one["fetched_at"], set()
                seen.add(one["_id"])
                yield stored_page(one)
            if not found:
                return

    def years(self, site: str | None) -> list[int | None]:
        """Return the years in which a site published, the latest first, then null if it has articles without a date."""
        years: list[int | None] = list(years_of(self._store, {"site": site}))
        undated = {"site": site, "date_published": None}
        if self._store.call(lambda: self._store.articles.find_one(undated, {"_id": 1})) is not None:
            years.append(None)
        return years

    def articles(self, part: Partition, since: datetime | None = None) -> Iterator[Document]:
        """Yield the documents of a partition, the latest published first; `since`: only what changed from then on.

        Raises StoreUnavailableError when the server stays away.
        """
        return latest_first(self._store, {"site": part.site, "date_published": _year(part.year)} | _since(since))

    def of_site(self, site: str | None) -> Iterator[Document]:
        """Yield the documents of all articles of a site, the latest published first."""
        return latest_first(self._store, {"site": site})

    def changed(self, site: str | None, since: datetime, *, whole: bool = True) -> Iterator[Document]:
        """Yield the documents of a site's articles that changed since a moment, in the order of their last change.

        `whole`: all of them, else `_id` and `date_published`. Each is yielded once, but for one that changes meanwhile.
        """
        wanted = None if whole else {"date_published": 1, "changed_at": 1}
        last: Document | None = None
        cursor: Any = None

        def some() -> list[Document]:
            nonlocal cursor
            if cursor is None:
                span = {"changed_at": {"$gte": since}} if last is None else behind(last["changed_at"], last["_id"])
                query = {"site": site, **span}
                cursor = self._store.articles.find(query, wanted).sort([("changed_at", 1), ("_id", 1)])
            try:
                return list(islice(cursor, _SLICE))
            except PyMongoError:
                cursor = None
                raise

        while found := self._store.call(some):
            yield from found
            last = found[-1]

    def revisions(self, urls: Sequence[str]) -> Mapping[str, list[Document]]:
        """Return by address the earlier states of articles, the first one first; those without one are absent."""
        found: defaultdict[str, list[Document]] = defaultdict(list)
        query, order = {"article_id": {"$in": list(urls)}}, [("article_id", 1), ("revision", 1)]
        for one in self._store.call(lambda: list(self._store.revisions.find(query).sort(order))):
            found[one["article_id"]].append(one)
        return found


def _since(moment: datetime | None) -> Document:
    return {"changed_at": {"$gte": moment}} if moment is not None else {}


def _year(year: int | None) -> Document | None:
    if year is None:
        return None
    return {"$gte": datetime(year, 1, 1, tzinfo=UTC), "$lt": datetime(year + 1, 1, 1, tzinfo=UTC)}
