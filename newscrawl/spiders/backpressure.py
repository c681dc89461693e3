"""No page is asked for while the last ones are not on disk: what a crash can cost is bounded, and so is memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, cast

from scrapy import Request
from scrapy.crawler import Crawler

if TYPE_CHECKING:
    from newscrawl.spiders.city_news import CityNewsSpider

_MOST_UNSAVED = 2


class Unsaved:
    """Counts the pages that came and are not stored yet."""

    def __init__(self) -> None:
        self._number = 0
        self._saved = asyncio.Event()
        self._saved.set()

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """Hold the next requests back while the block saves a page, if too many others are being saved."""
        self._number += 1
        if self._number >= _MOST_UNSAVED:
            self._saved.clear()
        try:
            yield
        finally:
            self._number -= 1
            if self._number < _MOST_UNSAVED:
                self._saved.set()

    async def room(self) -> None:
        """Return once another page may be asked for."""
        await self._saved.wait()


class BackpressureMiddleware:
    """Downloader middleware: waits for room before a request goes out."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> BackpressureMiddleware:
        """Make the middleware; `crawler.spider` says how much is unsaved."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Hold a request back while too much is unsaved."""
        spider = self._crawler.spider
        if hasattr(spider, "unsaved"):  # `scrapy shell` has a spider of its own
            await cast("CityNewsSpider", spider).unsaved.room()
