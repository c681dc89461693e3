"""robots.txt as RFC 9309 has it: one that the host fails to give forbids everything. Crawl-delay is kept."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any
from urllib.parse import urlsplit

from protego import Protego
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK

from newscrawl.spiders.pace import Pace

LARGEST = 500 * 1024
"""Bytes of it that are read (RFC 9309, 2.5)."""
_DOWNLOADED = 1024 * 1024
"""Bytes of an answer beyond which it is none."""
_TOO_MANY_REQUESTS = 429


class RobotsUnreachableError(IgnoreRequest):
    """robots.txt could not be had, so nothing may be fetched. `cause`: the answer or error that came in its place."""

    def __init__(self, cause: Response | Exception) -> None:
        super().__init__("robots.txt could not be had")
        self.cause = cause


class ForbiddenByRobotsError(IgnoreRequest):
    """robots.txt forbids the request."""


class RobotsMiddleware(RobotsTxtMiddleware):
    """Downloader middleware: asks each host's robots.txt once a crawl and obeys it.

    No robots.txt (any 4xx but 429) allows everything. One that the server fails to give, for want of a network, by 5xx
    or 429, or by sending us to a foreign host, forbids everything for this crawl.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._agent: str = crawler.settings["ROBOTSTXT_USER_AGENT"]
        self._asked: dict[str, asyncio.Future[Protego | RobotsUnreachableError]] = {}

    async def process_request(self, request: Request, spider: Any = None) -> None:
        """Raise ForbiddenByRobotsError or RobotsUnreachableError for a request that may not be made."""
        if request.meta.get("dont_obey_robotstxt"):
            return
        rules = await self._rules(request)
        if isinstance(rules, RobotsUnreachableError):
            raise RobotsUnreachableError(rules.cause)
        if not rules.can_fetch(request.url, self._agent):
            self._stats.inc_value("robotstxt/forbidden")
            raise ForbiddenByRobotsError("robots.txt forbids it")

    async def _rules(self, request: Request) -> Protego | RobotsUnreachableError:
        """Return the rules of the request's host, asked for once however many wait for them."""
        parts = urlsplit(request.url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._asked:
            asked = self._asked[origin] = asyncio.get_running_loop().create_future()
            asked.set_result(await self._ask(origin))
        return await asyncio.shield(self._asked[origin])

    async def _ask(self, origin: str) -> Protego | RobotsUnreachableError:
        request = Request(
            f"{origin}/robots.txt",
            priority=self.DOWNLOAD_PRIORITY,
            meta={"dont_obey_robotstxt": True, "download_maxsize": _DOWNLOADED},
            callback=NO_CALLBACK,
        )
        assert self.crawler.engine is not None
        try:
            response = await self.crawler.engine.download_async(request)
        except Exception as error:  # noqa: BLE001 - whatever it is, the rules are not known
            return RobotsUnreachableError(error)
        if (pace := self.crawler.get_extension(Pace)) is not None:
            pace.answered(urlsplit(origin).hostname or "")
        if response.status >= 500 or response.status == _TOO_MANY_REQUESTS:
            return RobotsUnreachableError(response)
        body = response.body[:LARGEST] if response.status == 200 else b""
        rules = Protego.parse(body.decode("utf-8", "replace"))
        self._note(origin, body)
        self._keep_distance(origin, rules)
        return rules

    def _keep_distance(self, origin: str, rules: Protego) -> None:
        wanted = rules.crawl_delay(self._agent)
        pace = self.crawler.get_extension(Pace)
        if wanted and pace is not None:
            pace.slow_down(urlsplit(origin).hostname or "", float(wanted))

    def _note(self, origin: str, body: bytes) -> None:
        """Let the run remember what it obeyed."""
        run = getattr(self.crawler.spider, "run", None)
        if run is not None:
            run.robots[urlsplit(origin).netloc] = hashlib.sha256(body).hexdigest()[:16] if body.strip() else ""
