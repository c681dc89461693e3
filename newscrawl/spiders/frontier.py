"""Which pages of a site's sources are still to be read: each once, none that is a trap, each list to its end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from urllib.parse import urlsplit

from newscrawl.extract import ListingPage
from newscrawl.sites import Listing, Site, Sitemap, Source
from newscrawl.traps import ListProgress, TrapGuard, TrapReason, trap_reason
from newscrawl.urls import canonical_url, page_key

_MOST_SITEMAPS = 1000
"""Per source: a site with a sitemap a month since 1990 has 440."""
_DEEPEST_SITEMAP = 3
"""The protocol knows an index of sitemaps; servers have been seen to nest one."""


class Frontier:
    """The crawl frontier of one site's lists. `on_trap` is told of every address that is left as a trap."""

    def __init__(self, site: Site, today: date, on_trap: Callable[[str, TrapReason], None]) -> None:
        most_pages = [_most_pages(source) or 0 for source in site.sources]
        self.site = site
        self._on_trap = on_trap
        self._guard = TrapGuard(today, most_alike=max([TrapGuard.most_alike, *most_pages]))
        self._asked: set[str] = set()
        self._progress: dict[str, ListProgress] = {}
        self._sitemaps: Counter[str] = Counter()

    def open(self, url: str) -> None:
        """Note that a page is asked for: where a source begins, or where the crawl before this one was."""
        self._asked.add(page_key(url))

    def has_begun(self, source: Source) -> bool:
        """Tell whether a page of the source has named an article."""
        return source.url in self._progress

    @property
    def has_found_articles(self) -> bool:
        """Whether any source has named one."""
        return bool(self._progress)

    def goes_on(self, listing: ListingPage, source: Source) -> bool:
        """Tell whether to go on from this page: it names articles, and not the same ones as an earlier page.

        Past its end a list may be empty, or answer with its last or its first page again, as Bitrix does.
        """
        if not listing.entries:
            return bool(listing.further)
        progress = self._progress.setdefault(source.url, ListProgress(_most_pages(source)))
        end = progress.take([canonical_url(entry.url, self.site) for entry in listing.entries])
        if end is None or not isinstance(source, Listing):  # sitemaps may overlap: each is one document, read once
            return end != "repeats"
        if end in {"nothing_new", "hardly_anything_new"}:
            self._on_trap(source.url, end)
        return False

    def follow(self, urls: Sequence[str], source: Source, depth: int) -> Iterator[str]:
        """Yield which further pages of a source to ask for. `depth`: links from the source's first page to this one."""
        for url in urls:
            key = page_key(url)
            if key in self._asked:
                continue
            reason = self._trap(url, source, depth)
            if reason is None:
                self._asked.add(key)
                yield url
            else:
                self._on_trap(url, reason)

    def _trap(self, url: str, source: Source, depth: int) -> TrapReason | None:
        parts = urlsplit(url)
        if not self.site.serves(parts.netloc, parts.scheme):
            return "other_host"
        if isinstance(source, Sitemap):
            if depth >= _DEEPEST_SITEMAP:
                return "too_deep"
            self._sitemaps[source.url] += 1
            return "too_many_alike" if self._sitemaps[source.url] > _MOST_SITEMAPS else None
        reason = self._guard.visit(url)
        # A source that a person named is no trap, whatever its address looks like.
        return None if reason and trap_reason(source.url, self._guard.today) == reason else reason


def _most_pages(source: Source) -> int | None:
    return source.pagination.max_pages if isinstance(source, Listing) and source.pagination else None
