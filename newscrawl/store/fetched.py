"""What was fetched of an article: every stored page, without its body."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from newscrawl.store.store import Store


@dataclass(frozen=True)
class FetchedPage:
    """A page that is stored of an article."""

    page_id: str
    """Key in `pages`."""
    url: str
    """The address that answered."""
    site: str | None
    """Name of the site."""
    fetched_at: datetime
    """When these bytes were first seen, UTC."""
    status: int
    """HTTP status."""
    content_type: str | None
    """As the server says."""
    bytes: int
    """Of the body, unpacked."""
    encoding: str | None
    """In which it was read; null where none fits."""
    archived_from: str | None
    """Where an archive has it; null for an answer of the site itself."""
    problem: str | None
    """Why it gives no article; null where it does."""


def pages_of(store: Store, article_url: str, site: str | None) -> list[FetchedPage]:
    """Return every page of an article of a site, the latest first. `article_url` is its canonical address."""
    query = {"site": site, "article_id": article_url}
    order = [("fetched_at", -1), ("_id", 1)]
    return [
        FetchedPage(
            page_id=one["_id"], url=one["url"], site=one["site"], fetched_at=one["fetched_at"], status=one["status"],
            content_type=one["headers"].get("content-type"), bytes=len(zlib.decompress(one["body"])),
            encoding=one.get("encoding"), archived_from=one.get("archived_from"),
            problem=(one.get("problem") or {}).get("reason"),
        )
        for one in store.call(lambda: list(store.pages.find(query).sort(order)))
    ]  # fmt: skip
