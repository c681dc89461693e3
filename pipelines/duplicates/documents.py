"""What is compared, and the one order in which documents stand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Document:
    """An article as near-duplicates see it."""

    id: str
    headline: str
    text: str
    """Paragraphs; how they are divided does not matter much."""
    published: datetime | None = None
    """When it was published, aware; None when that is not known."""
    fetched: datetime | None = None
    """When it was first fetched, aware."""
    site: str = ""


Order = tuple[bool, float, bool, float, str]


def order(document: Document) -> Order:
    """Return the key by which documents stand: earliest publication, then fetch, unknown ones last, then the id."""
    published, fetched = document.published, document.fetched
    return (
        published is None,
        published.timestamp() if published else 0.0,
        fetched is None,
        fetched.timestamp() if fetched else 0.0,
        document.id,
    )
