"""When the articles of a site appeared: what a rhythm is learnt from."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from newscrawl.rhythm import Appearance, moments

if TYPE_CHECKING:
    from newscrawl.store.store import Store

_MOST = 10_000
"""Articles that a rhythm is learnt from, at most: the latest ones."""
_FIELDS = {"_id": 0, "date_published": 1, "date_published_precision": 1, "first_seen": 1}


def publication_times(store: Store, site: str, since: datetime, *, timezone: str) -> list[datetime]:
    """Return for each article of a site published since `since` the moment at which it most likely appeared (UTC)."""
    query = {"site": site, "date_published": {"$gte": since}}
    order = [("date_published", -1), ("_id", 1)]
    found = store.call(lambda: list(store.articles.find(query, _FIELDS).sort(order).limit(_MOST)))
    known = [Appearance(one["date_published"], one["date_published_precision"], one["first_seen"]) for one in found]
    return moments(known, timezone)
