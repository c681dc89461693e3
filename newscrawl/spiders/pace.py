"""How fast a host is asked: AutoThrottle, never faster than what the host itself asked for."""

from __future__ import annotations

import asyncio
from time import monotonic
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.core.downloader import Slot
from scrapy.crawler import Crawler
from scrapy.extensions.throttle import AutoThrottle
from scrapy.http import Response

LONGEST = 60.0
"""Seconds between two requests that a host can bring us to, by Crawl-delay or by answering 429."""
_UNTIL_SENT = 5
"""Turns of the loop from a request's being handed over to its being written, at most, where the connection stands."""


class Pace(AutoThrottle):
    """Scrapy's AutoThrottle with a least delay for each host, which Crawl-delay and 429 raise."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._least: dict[str, float] = {}

    def least_delay(self, host: str) -> float:
        """Return the seconds between two requests to a host, at least."""
        return self._least.get(host, 0.0)

    def slow_down(self, host: str, seconds: float) -> None:
        """Ask a host no oftener than every so many seconds (60 at most) for the rest of the crawl."""
        seconds = min(seconds, LONGEST)
        if seconds <= self.least_delay(host):
            return
        self._least[host] = seconds
        for slot in _slots(self.crawler, host):
            slot.delay = max(slot.delay, seconds)

    def delay(self, host: str) -> float:
        """Return the seconds between two requests to a host as they are now."""
        return max([self.least_delay(host), *(slot.delay for slot in _slots(self.crawler, host))])

    def keep(self, request: Request) -> None:
        """Have the slot that a request will wait in keep the host's least delay, also one that is made anew."""
        least = self.least_delay(_host(request.url))
        if not least:
            return
        downloader = self.crawler.engine.downloader
        key = downloader.get_slot_key(request)
        downloader.per_slot_settings.setdefault(key, {})["delay"] = max(least, downloader._delay)
        if key in downloader.slots:
            downloader.slots[key].delay = max(least, downloader.slots[key].delay)

    def answered(self, host: str) -> None:
        """Count the delay to a host's next request from now: its first answer, before which a connection was made."""
        for slot in _slots(self.crawler, host):
            slot.lastseen = monotonic()

    async def departs(self, request: Request) -> None:
        """Count the delay to a host's next request from when this one really leaves.

        Scrapy counts from when it takes a request up; on a busy machine the loop may come to sending it much later.
        """
        slot = self.crawler.engine.downloader.slots.get(request.meta.get("download_slot", ""))
        if slot is None:
            return
        for _ in range(_UNTIL_SENT):
            slot.lastseen = monotonic()
            await asyncio.sleep(0)

    def _adjust_delay(self, slot: Slot, latency: float, response: Response) -> None:
        super()._adjust_delay(slot, latency, response)
        slot.delay = max(slot.delay, self.least_delay(_host(response.url)))


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def _slots(crawler: Crawler, host: str) -> list[Slot]:
    """Return the slots that requests to a host wait in: its own and that of its pages' scripts."""
    slots = crawler.engine.downloader.slots
    return [slot for key, slot in slots.items() if key == host or key.startswith((f"{host} ", f"{host}:"))]
