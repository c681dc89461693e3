"""Scrapy's response as the Page that everything behind the spider knows."""

from __future__ import annotations

from scrapy.http import Response

from newscrawl.clock import now
from newscrawl.items import ListingEntry, Page
from newscrawl.sites import Site


def page_of(response: Response, site: Site, entry: ListingEntry | None = None) -> Page:
    """Return the page with its bytes as they came, fetched now."""
    headers = {
        name.decode("latin-1").lower(): b", ".join(values).decode("latin-1")
        for name, values in response.headers.items()
    }
    return Page(
        url=response.url,
        site=site.name,
        fetched_at=now(),
        status=response.status,
        headers=headers,
        body=response.body,
        entry=entry,
    )
