"""Long readings that a failover or a restart of the server does not break off: they go on after the last document."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from pymongo.cursor import Cursor
from pymongo.errors import PyMongoError

from newscrawl.store.schema import Document

if TYPE_CHECKING:
    from newscrawl.store.store import Store

_SLICE = 100
"""Documents that are taken from the cursor at once."""


def latest_first(store: Store, query: Document, limit: int = 0) -> Iterator[Document]:
    """Yield the articles that `query` finds, the latest published first, undated ones last; `limit` of them, 0 for all.

    Each is yielded once. Raises StoreUnavailableError when the server stays away.
    """
    cursor: Cursor[Document] | None = None
    last: Document | None = None
    read = 0

    def next_slice() -> list[Document]:
        nonlocal cursor
        if cursor is None:
            wanted = query if last is None else {"$and": [query, _after(last)]}
            order = [("date_published", -1), ("_id", 1)]
            cursor = store.articles.find(wanted).sort(order).limit(limit and limit - read)
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


def _after(last: Document) -> Document:
    """Return the condition for what comes after a document in this order."""
    day = last["date_published"]
    same_day = {"date_published": day, "_id": {"$gt": last["_id"]}}
    if day is None:
        return same_day
    return {"$or": [{"date_published": {"$lt": day}}, same_day, {"date_published": None}]}
