"""The change feed: every article after its last change, in one order that can be followed for ever."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from newscrawl.items import StoredArticle
from newscrawl.store.asking import MAX_TIME_MS, ask
from newscrawl.store.cursors import read_cursor, read_moment, write_cursor
from newscrawl.store.documents import stored
from newscrawl.store.finding import EPOCH
from newscrawl.store.reading import shown
from newscrawl.store.schema import Document

if TYPE_CHECKING:
    from newscrawl.store.store import Store

MARGIN = timedelta(minutes=1)
"""A write is seen a little later than its stamp says, and the clocks of a cluster's members differ a little."""


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


def changes(store: Store, after: str | None, size: int, site: str | None, margin: timedelta) -> Changes:
    """Return the next articles that changed; see `newscrawl.store.corpus.Corpus.changes`."""
    at, url = (EPOCH, "") if after is None else _read(after)
    query = behind(at, url)
    query |= {"site": site} if site is not None else {}

    def read() -> list[Document]:
        until = {"changed_at": {"$lte": store.server_time() - margin}}
        found = store.articles.find({"$and": [query, until]}, shown(None), max_time_ms=MAX_TIME_MS)
        return list(found.sort([("changed_at", 1), ("_id", 1)]).limit(size + 1))

    found = ask(store, read)
    items = [Changed(one["changed_at"], stored(StoredArticle, one)) for one in found[:size]]
    if items:
        at, url = items[-1].changed_at, items[-1].article.url
    return Changes(items, write_cursor(at.isoformat(), url), len(found) > size)


def behind(at: datetime, url: str) -> Document:
    """Return the condition for what comes after an article in the order of changes."""
    return {"$or": [{"changed_at": {"$gt": at}}, {"changed_at": at, "_id": {"$gt": url}}]}


def _read(after: str) -> tuple[datetime, str]:
    told, url = read_cursor(after, str, str)
    return read_moment(told), url
