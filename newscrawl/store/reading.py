"""Long readings that a failover or a restart of the server does not break off: they go on after the last document."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING

from pymongo.cursor import Cursor
from pymongo.errors import PyMongoError

from newscrawl.items import StoredArticle
from newscrawl.store.finding import BY_DATE, EPOCH, Order
from newscrawl.store.schema import Document

if TYPE_CHECKING:
    from newscrawl.store.store import Store

LISTED = tuple(name for name in StoredArticle.model_fields if name not in {"dates", "entities", "identities"})
"""Fields of an article in a list."""
_SLICE = 100
"""Documents that are taken from the cursor at once."""


def latest_first(
    store: Store,
    query: Document,
    limit: int = 0,
    *,
    order: Order = BY_DATE,
    fields: Collection[str] | None = None,
) -> Iterator[Document]:
    """Yield the articles that `query` finds, the latest published first, undated ones last; `limit` of them, 0 for all.

    Each is yielded once, with all fields but `search`, or with `fields` and what the order needs. Raises
    StoreUnavailableError when the server stays away.
    """
    cursor: Cursor[Document] | None = None
    last: Document | None = None
    read = 0

    def next_slice() -> list[Document]:
        nonlocal cursor
        if cursor is None:
            wanted = query if last is None else {"$and": [query, order.after(last)]}
            cursor = store.articles.find(wanted, shown(fields)).sort(order.sort).limit(limit and limit - read)
        try:
            return list(islice(cursor, _SLICE))
        except PyMongoError:
            cursor = None  # a broken one is of no more use
            raise

    while found := store.call(next_slice):
        yield from found
        last, read = found[-1], read + len(found)
        if limit and read >= limit:
            return


def years_of(store: Store, query: Document) -> Iterator[int]:
    """Yield the years (UTC) in which articles that `query` finds were published, the latest first: one look each."""
    before: Document = {}
    while True:
        wanted = query | {"date_published": {"$gte": EPOCH} | before}
        one = store.call(
            lambda wanted=wanted: store.articles.find_one(  # type: ignore[misc]
                wanted, {"_id": 0, "date_published": 1}, sort=[("date_published", -1)]
            )
        )
        if one is None:
            return
        year = one["date_published"].year
        yield year
        before = {"$lt": datetime(year, 1, 1, tzinfo=UTC)}


def shown(fields: Collection[str] | None) -> Document:
    """Return the projection to some fields of articles, with what every order needs; None for all but the words."""
    if fields is None:
        return {"search.words": 0}
    return dict.fromkeys([*fields, "date_published", "search.order"], 1)
