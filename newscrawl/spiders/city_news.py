"""The only spider. A site tells it where articles are listed; it saves their pages and leaves reading to others.

What it has asked for and has yet to ask for stands in the store (`newscrawl.store.ledger`, `newscrawl.store.paging`):
in memory is only what is under way, so a crawl that is killed goes on where it was.
"""

from __future__ import annotations

import asyncio
import functools
import gc
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import date
from typing import Any, ClassVar

import scrapy
from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider, UsageError
from scrapy.http import Response
from scrapy.settings import BaseSettings

from newscrawl.clock import now
from newscrawl.config import load_config
from newscrawl.errors import ConfigError, NewscrawlError, UnavailableError
from newscrawl.items import Page, Problem, RunStatus, Visit
from newscrawl.resources import Resources
from newscrawl.sites import Site
from newscrawl.spiders import closing
from newscrawl.spiders.asking import Asking
from newscrawl.spiders.backpressure import Unsaved
from newscrawl.spiders.lists import Lists
from newscrawl.spiders.rendering import browser_settings
from newscrawl.spiders.tally import Tally
from newscrawl.spiders.visiting import Visiting
from newscrawl.store import Run, SavedPage
from newscrawl.store.ledger import Ledger
from newscrawl.store.paging import ListTask
from pipelines.normalise import VERSION

Followed = AsyncIterator[Request | SavedPage]


def _unless_given_up(callback: Callable[..., Followed]) -> Callable[..., Followed]:
    """Make a callback do nothing once the crawl has given up, and give up when the store goes away under it.

    What breaks in it otherwise is a failure of the run: Scrapy goes on as if there had been nothing to do.
    """

    @functools.wraps(callback)
    async def guarded(self: CityNewsSpider, *args: Any, **kwargs: Any) -> Followed:
        if await self._must_stop():
            return
        try:
            async for one in callback(self, *args, **kwargs):
                yield one
        except UnavailableError as error:
            await self.give_up(error)
        except Exception as error:
            place = args[0].url if args else self.site.name
            self.tally.failure(f"{place}: newscrawl itself failed, with {type(error).__name__}: {error}", "internal")
            raise

    return guarded


class CityNewsSpider(scrapy.Spider):
    """Crawls one site. `newscrawl.spiders.loader.spider_class` binds it to one."""

    name = "city_news"
    site: ClassVar[Site]
    run: Run
    tally: Tally
    resources: Resources

    def __init__(
        self,
        since: date | str | None = None,
        limit: int | str | None = None,
        full: bool | str = False,
        resources: Resources | None = None,
        on_start: Callable[[CityNewsSpider], None] | None = None,
        still_due: Callable[[], bool] | None = None,
        until: date | str | None = None,
        kinds: frozenset[str] | None = None,
        job: str = "crawl",
        **kwargs: Any,
    ) -> None:
        """`since`: leave older entries (by the listing's date); `limit`: fetch so many articles at most; `full`: read
        all lists to their end and ask for every article anew, whatever the server says of its changes.

        `resources` are shared with other spiders when given, else opened and closed here. `on_start` is told once the
        run has begun. `still_due` is asked once nobody else can crawl the site; when it says no nothing is done, and
        `error` is a NotDueError. `until`: leave entries of later days, lists being read on behind them; `kinds`: of
        sources to read (`listing`, `feed`, `sitemap`), all when not given; `job`: what the run is called. Strings come
        from `scrapy crawl -a`.
        """
        super().__init__(self.name, **kwargs)
        self.since = _day(since) if since else None
        self.until = _day(until) if until else None
        self.kinds = kinds
        self._job = job
        self.limit = int(limit) if limit is not None else None
        self.full = full if isinstance(full, bool) else full.lower() in {"1", "true", "yes"}
        self.error: NewscrawlError | None = None
        """Why the crawl could not be done, if so."""
        self.status: RunStatus = "running"
        self._shared = resources
        if resources is not None:
            self.resources = resources
        self._on_start = on_start
        self._still_due = still_due
        self._beginning: asyncio.Future[Run] | None = None
        self.asking = Asking(self)
        """The requests."""
        self.unsaved = Unsaved()
        """Pages that came and are not on disk yet."""
        self._refill: asyncio.Task[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> CityNewsSpider:
        """Make the spider and have it told when there is nothing under way, and of the end."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.on_idle, signal=signals.spider_idle)
        crawler.signals.connect(spider.on_closed, signal=signals.spider_closed)
        return spider

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        """Set the site's own politeness."""
        super().update_settings(settings)
        settings.set("DOWNLOAD_DELAY", cls.site.delay, priority="spider")
        settings.set("AUTOTHROTTLE_START_DELAY", cls.site.delay, priority="spider")
        if cls.site.javascript:
            try:
                settings.setdict(browser_settings(cls.site, load_config()), priority="spider")
            except ConfigError as error:  # `scrapy crawl` ends with 2; `newscrawl crawl` has asked before
                raise UsageError(f"{error.message}. {error.advice}") from None

    # --- the crawl

    async def start(self) -> Followed:
        """Take the site's lease, go on with what was left, and ask for the first page of every source."""
        try:
            if self._shared is None:
                self.resources = await asyncio.to_thread(Resources.open, load_config())
            begin = functools.partial(
                self.resources.store.start_run, self._job, self.site.name, still_due=self._still_due
            )
            self._beginning = asyncio.ensure_future(asyncio.to_thread(begin))
            # Scrapy cancels this method when the crawl is stopped; the run begins all the same, and has to be ended.
            self.run = await asyncio.shield(self._beginning)
        except NewscrawlError as error:
            self.error = error
            self.logger.error("%s %s", error.message, error.advice)
            return
        except Exception as error:
            self.error = NewscrawlError(f"the crawl could not begin: {type(error).__name__}: {error}")
            raise
        if self._shared is None:
            # What is imported by now stays: a full garbage collection over it would stall the reactor for 150 ms.
            # Once a process: what crawls leave behind would stay too.
            gc.freeze()
        self.tally = Tally(self.run, self.site)
        self._ledger = Ledger(self.resources.store, self.site)
        self._lists = Lists(self, self._ledger)
        self._visiting = Visiting(self, self._ledger)
        if self._on_start:
            self._on_start(self)
        if not self.site.sources:
            self.run.warn(f"the site file of {self.site.name} names no source, so there is nothing to crawl")
        async for one in self._go_on():
            yield one

    @_unless_given_up
    async def _go_on(self) -> Followed:
        """Read what a killed crawl fetched, begin or go on with the lists, and take up the visits that are due."""
        async for saved in self._visiting.unread():
            yield saved
        for request in [*await self._lists.begin(), *await self._due_requests()]:
            yield request

    @_unless_given_up
    async def parse_listing(self, response: Response, task: ListTask) -> Followed:
        """Follow a page of a source."""
        self.tally.answer(response)
        async for request in self._lists.read(response, task):
            yield request

    @_unless_given_up
    async def parse_article(self, response: Response, visit: Visit) -> Followed:
        """Take the answer to a visit; what its page says is read by the pipelines."""
        self.tally.answer(response)
        self.asking.has_answer()
        async for one in self._visiting.take(response, visit):
            yield one

    async def failed(self, failure: Any) -> None:
        """Count a request that got no page, by reason, and note when it is tried again."""
        asked = failure.request.cb_kwargs
        if "visit" in asked:
            self.asking.has_answer()
        if self.error is not None:  # ended by itself, not by the site
            return
        reason, sentence = self.tally.describe(failure)
        try:
            if "visit" in asked:
                if await self._visiting.failed(asked["visit"], failure.request.url, reason, sentence):
                    self.tally.failed_request(failure, reason, sentence)
                return
            self.run.count("sources_failed")
            self.tally.failed_request(failure, reason, sentence)
            if reason in {"http_404", "http_410"}:
                await self._lists.is_gone(asked["task"])
        except UnavailableError as error:
            await self.give_up(error)

    def on_idle(self) -> None:
        """Take up what was listed and put off, before the crawl ends."""
        if not self.asking.put_off or self.error is not None or self.asking.is_limit_reached:
            return
        if self._refill is None or self._refill.done():
            self._refill = asyncio.create_task(self._take_up())
        raise DontCloseSpider

    async def give_up(self, error: NewscrawlError) -> None:
        """Stop the crawl: going on would lose what it fetches."""
        if self.error is None:
            self.error = error
            self.logger.error("%s %s", error.message, error.advice)
            assert self.crawler.engine is not None
            # Not awaited: the engine waits for the item that this is called for.
            self._closing = asyncio.create_task(self.crawler.engine.close_spider_async(reason="unavailable"))

    async def on_closed(self, reason: str) -> None:
        """Write the run's last word."""
        if not hasattr(self, "run") and self._beginning is not None:
            with suppress(NewscrawlError):  # then there is none; `start` has told why
                self.run = await self._beginning
        if hasattr(self, "run"):
            self.status = closing.final_status(self.run.stats, self.error, reason)
            try:
                named = hasattr(self, "_lists") and self._lists.have_named_articles  # it may have been stopped at once
                await asyncio.to_thread(closing.finish, self, named)
            except UnavailableError as error:
                self.error = self.error or error
                self.logger.error("the run could not be closed: %s", error.message)
        if self._shared is None and hasattr(self, "resources"):
            await asyncio.to_thread(self.resources.close)

    # --- its parts

    async def _due_requests(self) -> list[Request]:
        """Return requests for visits whose time has come, as many as memory is to hold."""
        moment, skip = now(), 0
        requests: list[Request] = []
        while not requests:
            due = await asyncio.to_thread(self._ledger.due, moment, skip)
            if not due:
                break
            skip += len(due)
            self.asking.put_off -= {visit.url for visit in due}
            requests = list(self.asking.visits(visit for visit in due if self._lists.wants(visit.entry)))
        return requests

    async def _take_up(self) -> None:
        """Ask for what was put off; with nothing left of it, end."""
        assert self.crawler.engine is not None
        try:
            requests = await self._due_requests()
        except UnavailableError as error:
            await self.give_up(error)
            return
        for request in requests:
            self.crawler.engine.crawl(request)
        if not requests:
            self.asking.put_off.clear()
            await self.crawler.engine.close_spider_async(reason="finished")

    async def _must_stop(self) -> bool:
        """Tell whether nothing may be written any more; a lost lease is found out here."""
        if self.run.lost.is_set():
            await self.give_up(
                NewscrawlError(
                    f"another run has taken over {self.site.name}, since this one was silent for too long",
                    advice="See `newscrawl runs`.",
                )
            )
        return self.error is not None

    async def keep(self, page: Page, reason: str, sentence: str) -> None:
        """Store a page that is no article's, marked with the reason."""
        problem = Problem(field="page", reason=reason, text=sentence)
        save = self.resources.store.save_page
        await asyncio.to_thread(save, page, self.site, pipeline_version=VERSION, problem=problem)


def _day(day: date | str) -> date:
    try:
        return date.fromisoformat(day) if isinstance(day, str) else day
    except ValueError:
        raise ConfigError(f"{day!r} is not a day such as 2026-01-31") from None
