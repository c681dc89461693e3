"""What pages on the health of the crawl ask beside `overview`: runs of a day, articles in which something failed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from newscrawl.store.schema import Document

if TYPE_CHECKING:
    from newscrawl.store.store import Store

_FIELDS = ("headline", "date_published", "date_published_precision", "site", "city", "problems")


def count_runs(store: Store, statuses: Iterable[str], since: datetime) -> dict[str, int]:
    """Return by status how many runs began since a moment; statuses without any are absent. An index alone answers."""
    found = {}
    for status in statuses:
        query = {"status": status, "started_at": {"$gte": since}}
        if number := store.call(lambda query=query: store.runs.count_documents(query)):  # type: ignore[misc]
            found[status] = number
    return found


def unresolved_articles(store: Store, site: str, field: str, reason: str, most: int) -> list[Document]:
    """Return articles of a site in which a field stayed empty for a reason, `most` of them, in no order.

    Documents with `_id`, headline, date, site, city and problems.
    """
    query: Document = {"site": site, "problems": {"$elemMatch": {"field": field, "reason": reason}}}
    wanted = dict.fromkeys(_FIELDS, 1)
    return store.call(lambda: list(store.articles.find(query, wanted, hint=_INDEX).limit(most)))


_INDEX = "site_1_problems.field_1"
