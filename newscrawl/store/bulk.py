"""Very many articles at once, for tables: in batches, the next one fetched while the last one is worked on."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bson import decode_all
from bson.codec_options import CodecOptions
from pymongo.errors import PyMongoError

from newscrawl.store.finding import ArticleFilter, order_of, query_of
from newscrawl.store.reading import shown
from newscrawl.store.schema import Document

if TYPE_CHECKING:
    from newscrawl.store.store import Store

_BATCH, _PLAIN_BATCH = 500, 4_000
"""Articles that are decoded at once, with what they mention and without: about 4 and 8 MB of BSON. Python's objects
take ten times as much, and the more is asked for at once, the less both sides wait for each other."""
_OBJECTS = frozenset({"dates", "entities", "identities", "images", "attachments", "related"})
"""Fields that are lists of objects."""
_MOST_UNSORTED = 200_000
"""Articles whose columns are put in order in memory: twice a column is held meanwhile."""
_WITHOUT_ZONES: CodecOptions[Document] = CodecOptions(tz_aware=False)


class BrokenOffError(Exception):
    """A reading in no order was broken off: where it was nobody knows."""


def is_quicker_unsorted(store: Store, wanted: ArticleFilter, fields: Collection[str]) -> bool:
    """Tell whether to read articles as they lie in MongoDB's file and put them in order afterwards.

    All of them and a few small fields of each: then jumping from one to the next in order is what takes the time.
    """
    if not _OBJECTS.isdisjoint(fields) or replace(wanted, with_copies=False) != ArticleFilter():
        return False
    return store.call(store.articles.estimated_document_count) <= _MOST_UNSORTED


def in_batches(
    store: Store,
    wanted: ArticleFilter,
    fields: Collection[str],
    *,
    limit: int = 0,
    size: int | None = None,
    is_sorted: bool = True,
) -> Iterator[list[Document]]:
    """Yield what `Corpus.articles` yields, up to `size` documents at once (None: what is quick), at least one.

    Times are UTC without a time zone: tables are made of them more quickly. A failover does not break it off, unless
    it goes in no order: then BrokenOffError. Raises StoreUnavailableError, QuestionError.
    """
    query = store.call(lambda: query_of(store, wanted))
    order = order_of(wanted)
    quick = _PLAIN_BATCH if _OBJECTS.isdisjoint(fields) else _BATCH
    most = quick if size is None else min(size, quick)
    last: Document | None = None
    read = 0

    def begin() -> tuple[Any, bytes | None]:
        """Return a cursor over what follows the last document, and its first batch."""
        here = query if last is None else {"$and": [query, order.after(last)]}
        found = store.articles.find_raw_batches(here, shown(fields), batch_size=most)
        found = found.sort(order.sort) if is_sorted else found
        cursor: Any = found.limit(limit and limit - read)
        return cursor, next(cursor, None)

    cursor, packed = store.call(begin)
    try:
        with ThreadPoolExecutor(1, "newscrawl-batches") as ahead:
            while packed is not None:
                following = ahead.submit(next, cursor, None)
                documents = decode_all(packed, _WITHOUT_ZONES)
                if documents:
                    last, read = documents[-1], read + len(documents)
                    yield documents
                del documents  # before the next are made: there are hundreds of objects in each
                if limit and read >= limit:
                    return
                try:
                    packed = following.result()
                except PyMongoError as error:  # a broken cursor is of no more use
                    if not is_sorted:
                        raise BrokenOffError from error
                    cursor, packed = store.call(begin)
    finally:
        with suppress(PyMongoError):  # a server that is away has closed it, or will
            cursor.close()
