"""Very many articles at once, for tables: in batches, the next one fetched while the last one is worked on."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
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
_WITHOUT_ZONES: CodecOptions[Document] = CodecOptions(tz_aware=False)


def in_batches(
    store: Store, wanted: ArticleFilter, fields: Collection[str], *, limit: int = 0, size: int | None = None
) -> Iterator[list[Document]]:
    """Yield what `Corpus.articles` yields, up to `size` documents at once (None: what is quick), at least one.

    Times are UTC without a time zone: tables are made of them more quickly. A failover does not break it off. Raises
    StoreUnavailableError, QuestionError.
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
        cursor: Any = found.sort(order.sort).limit(limit and limit - read)
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
                except PyMongoError:  # a broken cursor is of no more use
                    cursor, packed = store.call(begin)
    finally:
        with suppress(PyMongoError):  # a server that is away has closed it, or will
            cursor.close()
