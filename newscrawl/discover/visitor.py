"""A polite guest on an unknown site: few requests, one at a time, each told of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from newscrawl.errors import ConfigError, ExtractionError, NewscrawlError, UnavailableError
from newscrawl.extract.diagnosis import diagnose, refuse_file
from newscrawl.fetch import Client, Pace
from newscrawl.items import Page
from newscrawl.sites.hosts import ascii_netloc, bare
from newscrawl.traps import trap_reason
from newscrawl.urls import absolute_url

OnVisit = Callable[[str, str], None]
"""Told of every request: the address and what came of it."""


@dataclass
class Visitor:
    """Fetches pages of one site within a budget; what it has seen it does not ask for again.

    Every request counts, robots.txt's too; the last page's may be redirected beyond the budget.
    """

    client: Client
    delay: float = 1.0
    """Seconds between two requests."""
    budget: int = 40
    """Requests that may still be made."""
    on_visit: OnVisit | None = None

    def __post_init__(self) -> None:
        self.requests = 0
        self._seen: dict[str, Page | None] = {}
        self._apart = Pace(self.delay)
        self._asking = ""
        self.client.before = self._pace

    def get(self, url: str, *, why: str) -> Page | None:
        """Return the page at `url`, or None when it cannot or may not be had, which is told of."""
        if url in self._seen:
            return self._seen[url]
        if self.requests >= self.budget or trap_reason(url, datetime.now(UTC).date()) is not None:
            return None
        try:
            page: Page | None = self._fetch(url)
            told = why
        except NewscrawlError as error:
            page, told = None, error.message
        self._seen[url] = page
        self._tell(self._asking, told)
        return page

    def sitemaps(self, home: str) -> list[str]:
        """Return the sitemaps that robots.txt of the site names, the first two."""
        return list(self.client.robots(home).sitemaps)[:2]

    def pages(self) -> list[Page]:
        """Return the pages that came so far, each once."""
        had = {page.url: page for page in self._seen.values() if page is not None}
        return list(had.values())

    def first(self, url: str) -> Page:
        """Return the page at `url`. Raises ConfigError or UnavailableError when it cannot be had."""
        page = self._fetch(url)
        self._seen[url] = self._seen[page.url] = page
        self._tell(page.url, "the home page")
        return page

    def _fetch(self, url: str) -> Page:
        self._asking = absolute_url(url, "") or url
        return self.client.fetch(url)

    def _pace(self, url: str) -> None:
        """Keep the distance before any request; what is asked for on the way to a page is told of too."""
        self.requests += 1
        if urlsplit(url).path == "/robots.txt":
            self._tell(url, "what robots may fetch")
        elif url != self._asking:
            self._tell(self._asking, "a redirect")
            self._asking = url
        self._apart.wait()

    def _tell(self, url: str, told: str) -> None:
        if self.on_visit is not None:
            self.on_visit(url, told)


def refuse_stub(page: Page, *, only_walls: bool = False) -> None:
    """Raise UnavailableError, with the diagnosis, for a page that is no page of the site's own.

    ConfigError where no HTML came at all.
    """
    if not only_walls:
        try:
            refuse_file(page)
        except ExtractionError as error:
            raise ConfigError(
                f"{page.url}: {error.message}", advice="Give the address of the home page or of the list of news."
            ) from None
    found = diagnose(page)
    if found is not None and (not only_walls or found.reason in {"bot_wall", "geo_block"}):
        raise UnavailableError(f"{page.url}: {found.sentence}")


def same_site(url: str, home: str) -> bool:
    """Tell whether two addresses are of one site; `www.` makes no difference."""
    return _host(url) == _host(home)


def _host(url: str) -> str:
    try:
        parts = urlsplit(url)
        return bare(ascii_netloc(parts.netloc, parts.scheme))
    except ValueError:
        return url
