"""Pages with their scripts run: scrapy-playwright's handler, whose browser has no network of its own.

Scrapy fetches the page as it fetches any other; the browser is given it and asks Scrapy for the scripts and data that
it wants. So robots.txt, delay, size bound, redirects, certificates and the user agent are those of every request.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page, Route
from playwright.async_api import Request as BrowserRequest
from playwright.async_api import TimeoutError as PlaywrightTimeout
from scrapy import Request
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.exceptions import DownloadCancelledError, DownloadFailedError, DownloadTimeoutError, IgnoreRequest
from scrapy.http import HtmlResponse, Response
from scrapy.http.request import NO_CALLBACK
from scrapy_playwright.handler import ScrapyPlaywrightDownloadHandler

from newscrawl.encoding import decode
from newscrawl.extract.diagnosis import RENDERED
from newscrawl.sites import Site
from newscrawl.spiders.rendering import PATIENCE
from newscrawl.spiders.tls import use_site_certificates

_log = logging.getLogger(__name__)

_WANTED = frozenset({"script", "xhr", "fetch", "stylesheet"})
"""Kinds of requests that the text may depend on; pictures, media and fonts are none."""
_KEPT = frozenset({"script", "stylesheet"})
"""Kinds that are fetched once a crawl."""
_MOST_KEPT = 32 * 1024 * 1024
"""Bytes of them that are kept."""
_MOST_REQUESTS = 60
"""Requests of one page: what wants more is endless."""
_OBEDIENCE = 5.0
"""Seconds that a page may take to close."""
_PASSED_ON = ("accept", "x-requested-with", "referer")
"""Headers of the browser's that a server's answer may depend on."""


class BrowserDownloadHandler(ScrapyPlaywrightDownloadHandler):  # type: ignore[misc]  # it has no types
    """Handler of http and https that renders what is asked for with the meta key `playwright`."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        use_site_certificates(self, crawler)
        self._patience = crawler.settings.getfloat(PATIENCE)
        self._largest = crawler.settings.getint("DOWNLOAD_MAXSIZE")
        self._kept: dict[str, Response] = {}

    async def download_request(self, request: Request) -> Response:
        """Fetch a request, and run the scripts of the page that comes if it asks for that."""
        document = await HTTP11DownloadHandler.download_request(self, request)
        if not request.meta.get("playwright"):
            return document
        document = self._unpacked(request, document)
        if document.status != 200 or not isinstance(document, HtmlResponse):
            return document
        return await self._render(request, document)

    def _unpacked(self, request: Request, response: Response) -> Response:
        """Undo gzip and its like: behind this handler Scrapy does it, and the browser stands before that."""
        unpack = self._crawler.get_downloader_middleware(HttpCompressionMiddleware)
        if unpack is None or not response.headers.get("Content-Encoding"):
            return response
        response = unpack.process_response(request, response)
        response.headers.pop("Content-Encoding", None)
        return response

    async def _render(self, request: Request, document: HtmlResponse) -> Response:
        """Return the page as it is after its scripts; raises Scrapy's own errors."""
        meta = {
            "playwright_include_page": True,  # closed here, whatever happens
            "playwright_page_init_callback": _Attendant(self, request, document).attend,
            # Not «load»: a page that wants to go elsewhere never comes so far.
            "playwright_page_goto_kwargs": {"wait_until": "commit"},
            "playwright_context_kwargs": {
                "user_agent": (request.headers.get("User-Agent") or b"").decode("latin-1"),
                "service_workers": "block",
                "accept_downloads": False,
            },
        }
        try:
            async with asyncio.timeout(self._patience):
                opened = request.replace(meta=request.meta | meta)
                await super().download_request(opened)
                body = await _come_to_rest(opened.meta["playwright_page"], self._patience / 3)
            browser = f"Chromium {self.browser.version}"
        except (TimeoutError, PlaywrightTimeout):
            request.meta["dont_retry"] = True  # they would again
            raise DownloadTimeoutError("the page's scripts took too long") from None
        except PlaywrightError as error:
            raise DownloadFailedError(f"the browser failed: {error}"[:300]) from None
        finally:
            await self._close_pages()
        if self._largest and len(body) > self._largest:
            raise DownloadCancelledError(f"the rendered page is larger than {self._largest} bytes")
        headers = document.headers.copy()
        headers["Content-Type"] = "text/html; charset=utf-8"
        headers[RENDERED] = browser
        return document.replace(body=body, headers=headers, encoding="utf-8")

    async def _close_pages(self) -> None:
        """Close the page and what it has opened; a browser that does not obey is ended, the next page has a new one."""
        pages = [page for wrapper in self.context_wrappers.values() for page in wrapper.context.pages]
        try:
            async with asyncio.timeout(_OBEDIENCE):
                for page in pages:
                    await page.close()
        except (TimeoutError, PlaywrightError):
            with suppress(PlaywrightError):
                await self.browser.close()

    async def fetch(self, url: str, kind: str, headers: dict[str, str]) -> Response:
        """Fetch what a page wants, as Scrapy fetches everything; scripts and styles once a crawl.

        Raises Scrapy's errors; a redirect is not followed, since it might lead to a foreign host.
        """
        if url in self._kept:
            return self._kept[url]
        # A slot of its own: the page that waits for this holds the host's.
        meta = {"download_slot": f"{urlsplit(url).netloc} for a page", "dont_redirect": True}
        request = Request(url, headers=headers, meta=meta, callback=NO_CALLBACK)
        response: Response = await self._crawler.engine.download_async(request)
        if kind in _KEPT and sum(len(one.body) for one in self._kept.values()) + len(response.body) <= _MOST_KEPT:
            self._kept[url] = response
        return response


class _Attendant:
    """Answers what one page asks for while its scripts run."""

    def __init__(self, handler: BrowserDownloadHandler, request: Request, document: HtmlResponse) -> None:
        self._handler = handler
        self._document = document
        self._site: Site = handler._crawler.spidercls.site
        self._opened = False
        self._asked = 0
        self._one_by_one = asyncio.Lock()

    async def attend(self, page: Page, request: Request) -> None:
        """Stand between the page and the network; called by scrapy-playwright before it opens the page."""
        await page.route("**/*", self._answer)

    async def _answer(self, route: Route) -> None:
        with suppress(PlaywrightError):  # the page has gone meanwhile
            if route.request.is_navigation_request():
                await self._open(route)
            elif self._is_wanted(route.request):
                await self._fetch(route)
            else:
                await route.abort()

    async def _open(self, route: Route) -> None:
        """Give the page its document, once: it is not followed elsewhere, and no frame is opened."""
        if self._opened:
            await route.fulfill(status=204)  # the page stays where it is; an abort would bring the browser's own page
            return
        self._opened = True
        content_type = self._document.headers.get("Content-Type", b"") or b""
        html, _ = decode(self._document.body, content_type.decode("latin-1"))
        await route.fulfill(status=200, content_type="text/html; charset=utf-8", body=html.encode("utf-8", "replace"))

    def _is_wanted(self, request: BrowserRequest) -> bool:
        parts = urlsplit(request.url)
        return (
            request.method == "GET"
            and request.resource_type in _WANTED
            and parts.scheme in {"http", "https"}
            and self._site.serves(parts.netloc, parts.scheme)
        )

    async def _fetch(self, route: Route) -> None:
        wanted = route.request
        headers = {name: wanted.headers[name] for name in _PASSED_ON if name in wanted.headers}
        async with self._one_by_one:
            self._asked += 1
            if self._asked == 1:
                await asyncio.sleep(self._site.delay)  # since the document
            try:
                if self._asked > _MOST_REQUESTS:
                    raise IgnoreRequest("the page asks for too much")
                response = await self._handler.fetch(wanted.url, wanted.resource_type, headers)
            except Exception as error:  # noqa: BLE001 - whatever it is: the page must do without, as in any browser
                _log.debug("%s: not for the browser: %s", wanted.url, error)
                await route.abort()
                return
        given = {name.decode("latin-1"): value.decode("latin-1") for name, value in _plain(response.headers)}
        await route.fulfill(status=response.status, headers=given, body=response.body)


def _plain(headers: Any) -> Iterator[tuple[bytes, bytes]]:
    """Yield the headers that say nothing of how the body came or what to remember."""
    for name, values in headers.items():
        if name.lower() not in {b"content-encoding", b"content-length", b"transfer-encoding", b"set-cookie"}:
            yield name, b", ".join(values)


async def _come_to_rest(page: Page, seconds: float) -> bytes:
    """Return the page as HTML in UTF-8 when it asks for nothing any more, or after so long."""
    with suppress(PlaywrightTimeout):
        await page.wait_for_load_state("networkidle", timeout=seconds * 1000)
    return (await page.content()).encode("utf-8", "replace")
