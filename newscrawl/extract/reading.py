"""What a page says, whichever way it was read: by a layout or by where its prose is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from newscrawl.items import Attachment, Evidence, Image, Link


@dataclass(frozen=True)
class Reading:
    """The fields that the page's elements give. Empty where they give none: metadata may still know."""

    by: str
    """Name of the layout, or `generic`."""
    body: str = ""
    """Paragraphs joined by a blank line."""
    headline: str | None = None
    lead: str | None = None
    date_published: tuple[Evidence, ...] = ()
    """Best evidence first."""
    date_modified: tuple[Evidence, ...] = ()
    authors: tuple[str, ...] = ()
    article_section: str | None = None
    keywords: tuple[str, ...] = ()
    images: tuple[Image, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    videos: tuple[str, ...] = ()
    related: tuple[Link, ...] = ()
    rules: Mapping[str, str] = field(default_factory=dict)
    """Field -> the selector that gave it: `layout:bitrix .news-date`. What is not in it was found by the prose."""
