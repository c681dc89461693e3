"""Hosts in trouble: tried again with growing pauses inside a limit, slowed down for, and left when that is in vain.

A pause holds no connection and no other site: every site has a crawler of its own.
"""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from dataclasses import dataclass
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.downloadermiddlewares.retry import RetryMiddleware
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from scrapy.settings import BaseSettings

from newscrawl.errors import SiteUnavailableError
from newscrawl.extract.diagnosis import diagnose
from newscrawl.network import retry_after
from newscrawl.sites import Site
from newscrawl.spiders.failures import describe_error
from newscrawl.spiders.pace import Pace
from newscrawl.spiders.pages import page_of

LIMIT = "HOST_PATIENCE"
"""Scrapy's setting of the seconds that a host in trouble is waited for."""
MOST_FAILURES = "HOST_MOST_FAILURES"
"""Scrapy's setting of the pages in a row that may fail for the host's sake before its site is left."""
_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 30.0
_TICK = 0.2
"""Seconds after which a pause looks whether the crawl is being ended."""
_TOO_MANY_REQUESTS = 429
_OWN_FAULT = 500
"""A page's own error as often as the server's; the other 5xx come from what stands before it."""
_RETRIES_OF_500 = 2
_RETRIES_OF_ONE = 3
"""Of a request to a host that meanwhile answers others: then the trouble is the page's."""


@dataclass
class _Host:
    """How a host has done of late."""

    trouble_since: float | None = None
    """Monotonic seconds of the first failure since its last answer."""
    failures: int = 0
    """Pages in a row that failed for good."""
    refusals: int = 0
    """Pages in a row that it answered 429 for good."""
    answered_at: float | None = None
    """Monotonic seconds of its last answer."""


class PatienceMiddleware(RetryMiddleware):
    """Downloader middleware in the place of Scrapy's, which tries again at once.

    `HOST_PATIENCE` seconds after a host's trouble began its requests are tried once only. When `HOST_MOST_FAILURES`
    of them in a row have failed, the site's crawl ends: the same command goes on later.
    """

    def __init__(self, settings: BaseSettings) -> None:
        super().__init__(settings)
        self._limit = settings.getfloat(LIMIT)
        self._most_failures = settings.getint(MOST_FAILURES)
        self._hosts: defaultdict[str, _Host] = defaultdict(_Host)

    def process_request(self, request: Request) -> None:
        """Note when a try begins, bound it, and keep the pace that its host was given."""
        request.meta["try_began"] = monotonic()
        if self._limit:
            request.meta["download_timeout"] = max(1.0, min(self._limit, request.meta.get("download_timeout", 30.0)))
        if (pace := self.crawler.get_extension(Pace)) is not None:
            pace.keep(request)

    async def process_response(  # type: ignore[override]  # Scrapy takes a coroutine as well
        self, request: Request, response: Response, spider: Any = None
    ) -> Request | Response:
        """Return the answer, or the request to be tried again."""
        host = self._hosts[_host(request)]
        if request.meta.get("dont_retry") or response.status not in self.retry_http_codes:
            host.trouble_since, host.failures, host.refusals, host.answered_at = None, 0, 0, monotonic()
            return response
        if response.status == _TOO_MANY_REQUESTS:
            self._slow_down(request, response)
        asked = retry_after((response.headers.get("Retry-After") or b"").decode("latin-1"))
        if response.status == _TOO_MANY_REQUESTS and asked is not None and asked > self._limit:
            told = f"it answers 429 and asks to come back in {asked:.0f} s"
            await self._leave(_host(request), f"it is left ({told})")
            return response
        again = await self._wait(request, f"{response.status}", asked, self._most_retries(response))
        if again is None and not self._is_wall(response):
            await self._give_up_on(request, f"it answers {response.status}", response.status)
        return again or response

    async def process_exception(  # type: ignore[override]
        self, request: Request, exception: Exception, spider: Any = None
    ) -> Request | None:
        """Return the request to be tried again, None when it has failed for good."""
        if not isinstance(exception, self.exceptions_to_retry) or request.meta.get("dont_retry"):
            return None
        reason, sentence = describe_error(exception, _host(request), {})
        again = None
        if not reason.startswith(("tls_", "private_address")):  # no better a second later
            again = await self._wait(request, reason, None, self.max_retry_times)
        if again is None:
            await self._give_up_on(request, sentence, None)
        return again

    # --- its parts

    async def _wait(self, request: Request, reason: str, asked: float | None, most: int) -> Request | None:
        """Return the request anew after a pause; None when it was tried often enough or the limit does not allow it."""
        host, tried, now = self._hosts[_host(request)], request.meta.get("retry_times", 0), monotonic()
        began = request.meta.setdefault("tries_began", request.meta.get("try_began", now))
        if host.trouble_since is None:
            host.trouble_since = request.meta.get("try_began", now)
        until = min(began, host.trouble_since) + self._limit
        if host.answered_at is not None and host.answered_at > began:
            most = min(most, _RETRIES_OF_ONE)
        pause = asked if asked is not None else min(_FIRST_PAUSE * 2**tried, _LONGEST_PAUSE) * random.uniform(0.8, 1.2)
        if tried >= most or now + pause > until or not await self._sleep(pause):
            return None
        again = self._retry(request, reason)
        if again is not None:
            # What is left of the limit bounds a host that hangs.
            left = max(1.0, until - monotonic())
            again.meta["download_timeout"] = min(left, again.meta.get("download_timeout", left))
        return again

    async def _sleep(self, seconds: float) -> bool:
        """Wait; False when the crawl is being ended meanwhile."""
        until = monotonic() + seconds
        while not self._is_ending():
            if (left := until - monotonic()) <= 0:
                return True
            await asyncio.sleep(min(left, _TICK))
        return False

    def _is_ending(self) -> bool:
        slot = self.crawler.engine._slot
        return not self.crawler.crawling or slot is None or slot.closing is not None

    def _slow_down(self, request: Request, response: Response) -> None:
        """Ask a host that has enough of us half as often."""
        pace = self.crawler.get_extension(Pace)
        if pace is not None and not request.meta.get("retry_times"):
            pace.slow_down(_host(request), max(1.0, 2 * pace.delay(_host(request))))

    async def _give_up_on(self, request: Request, sentence: str, status: int | None) -> None:
        """Count a page that failed for good; the last that may be ends the crawl of the site."""
        host = self._hosts[_host(request)]
        if request.callback is NO_CALLBACK or self._is_ending():  # robots.txt, or what a page's scripts want
            return
        if status == _OWN_FAULT and host.answered_at is not None:
            return
        if status == _TOO_MANY_REQUESTS:
            host.refusals += 1
        else:
            host.failures += 1
        if max(host.failures, host.refusals) >= self._most_failures:
            failures = max(host.failures, host.refusals)
            await self._leave(_host(request), f"no page for {failures} requests in a row ({sentence})")

    async def _leave(self, host: str, why: str) -> None:
        """End the crawl of the site."""
        spider: Any = self.crawler.spider
        if not hasattr(spider, "give_up"):  # `scrapy shell` and its like
            return
        told = f"{host}: {why}"
        spider.run.warn(f"{told}; what is left is asked for the next time")
        await spider.give_up(SiteUnavailableError(told, advice="What is left is asked for the next time."))

    def _most_retries(self, response: Response) -> int:
        return _RETRIES_OF_500 if response.status == _OWN_FAULT else self.max_retry_times

    def _is_wall(self, response: Response) -> bool:
        """Tell whether an answer says more than its status: a wall, a parked domain; the spider tells of it."""
        site: Site | None = getattr(self.crawler.spidercls, "site", None)
        found = None if site is None else diagnose(page_of(response, site))
        return found is not None and found.reason != "maintenance"


def _host(request: Request) -> str:
    return urlsplit(request.url).hostname or ""
