"""The only spider. A site tells it where articles are listed; it saves their pages and leaves reading to others."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from datetime import date, datetime, time
from functools import partial
from typing import Any, ClassVar, get_args
from zoneinfo import ZoneInfo

import scrapy
from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import UsageError
from scrapy.http import Response
from scrapy.settings import BaseSettings

from newscrawl.canonical import article_url
from newscrawl.certificates import SENTENCES
from newscrawl.certificates import Problem as CertificateProblem
from newscrawl.config import load_config
from newscrawl.errors import ConfigError, NewscrawlError, UnavailableError
from newscrawl.extract import ListingPage, extract_listing
from newscrawl.extract.diagnosis import Reason, diagnose
from newscrawl.items import ListingEntry, Page, Problem, RunStatus, count_failures
from newscrawl.resources import Resources
from newscrawl.sites import Listing, Site, Source
from newscrawl.spiders.failures import describe
from newscrawl.spiders.frontier import Frontier
from newscrawl.spiders.pages import page_of
from newscrawl.spiders.rendering import browser_settings, needs_browser
from newscrawl.store import Run, SavedPage
from newscrawl.store.documents import now
from newscrawl.traps import TRAPS, TrapReason
from newscrawl.urls import canonical_url, home_url, is_article
from pipelines import dates
from pipelines.normalise import VERSION

Followed = AsyncIterator[scrapy.Request | SavedPage]

_MOST_ALIASES = 200
"""Addresses in lists that are no article's by their form and are asked for all the same, a run."""


class CityNewsSpider(scrapy.Spider):
    """Crawls one site. `newscrawl.spiders.loader.spider_class` binds it to one."""

    name = "city_news"
    site: ClassVar[Site]
    run: Run
    resources: Resources

    def __init__(
        self,
        since: date | str | None = None,
        limit: int | str | None = None,
        resources: Resources | None = None,
        on_start: Callable[[CityNewsSpider], None] | None = None,
        still_due: Callable[[], bool] | None = None,
        **kwargs: Any,
    ) -> None:
        """`since`: leave older entries (by the listing's date); `limit`: fetch so many articles at most.

        `resources` are shared with other spiders when given, else opened and closed here. `on_start` is told once the
        run has begun. `still_due` is asked once nobody else can crawl the site; when it says no nothing is done, and
        `error` is a NotDueError. Strings come from `scrapy crawl -a`.
        """
        super().__init__(self.name, **kwargs)
        self.since = _midnight(since, self.site) if since else None
        self.limit = int(limit) if limit is not None else None
        self.error: NewscrawlError | None = None
        """Why the crawl could not be done, if so."""
        self.status: RunStatus = "running"
        self._shared = resources
        if resources is not None:
            self.resources = resources
        self._on_start = on_start
        self._still_due = still_due
        self._beginning: asyncio.Future[Run] | None = None
        self.certificates: dict[str, CertificateProblem] = {}
        """What is wrong with the certificates of hosts."""
        self._asked: set[str] = set()
        self._aliases: set[str] = set()
        self._saved: set[str] = set()
        self._frontier = Frontier(self.site, now().date(), self._leave)

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> CityNewsSpider:
        """Make the spider and have it told of the end."""
        spider = super().from_crawler(crawler, *args, **kwargs)
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
        """Take the site's lease and ask for the first page of every source."""
        try:
            if self._shared is None:
                self.resources = await asyncio.to_thread(Resources.open, load_config())
            begin = partial(self.resources.store.start_run, "crawl", self.site.name, still_due=self._still_due)
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
        if self._on_start:
            self._on_start(self)
        if not self.site.sources:
            self.run.warn(f"the site file of {self.site.name} names no source, so there is nothing to crawl")
        for source in self.site.sources:
            yield self._listing_request(self._frontier.first_page(source), source)

    async def parse_listing(self, response: Response, source: Source, newest: date | None = None) -> Followed:
        """Follow a source: its articles, its next page while that brings anything new."""
        if await self._must_stop():
            return
        page = page_of(response, self.site)
        listing = extract_listing(page, self.site, source, newest=newest)
        self.run.count("listing_pages")
        if not listing.entries and not listing.further:
            await self._report_barren(page, source)
        if not self._frontier.goes_on(listing, source):
            return
        wanted = [entry for entry in listing.entries if self._is_wanted(entry)]
        for entry in wanted:
            if self.limit is not None and len(self._asked) >= self.limit:
                return
            if canonical_url(entry.url, self.site) not in self._asked:
                self._asked.add(canonical_url(entry.url, self.site))
                self.run.count("articles_listed")
                yield self._article_request(entry)
        for request in self._alias_requests(listing):
            yield request
        following = [*([listing.next_url] if listing.next_url and wanted else []), *listing.further]
        for url in self._frontier.follow(following, source, response.meta.get("depth", 0)):
            yield self._listing_request(url, source, newest=listing.oldest if url == listing.next_url else None)

    async def parse_article(self, response: Response, entry: ListingEntry, *, is_alias: bool = False) -> Followed:
        """Save the page whole; what it says is read by the pipelines.

        `is_alias`: its address is none of an article; it may lead to one, or the page may say that it is one.
        """
        if await self._must_stop():
            return
        page = page_of(response, self.site, entry)
        page = page.model_copy(update={"url": home_url(page.url, self.site)})
        if is_alias and not is_article(article_url(page, self.site), self.site):
            self.run.count("aliases_left")
            return
        self.run.count("articles_fetched")
        if (found := diagnose(page)) is not None:
            self._report_strange(page.url, found.sentence, found.reason)
            await self._keep(page, found.reason, found.sentence)
            return
        article = article_url(page, self.site)
        if not is_article(article, self.site):
            self._report(f"{entry.url}: leads to {page.url}, which is no article's address", "redirected_away")
            return
        if article in self._saved:  # under another address: redirected, or the page says so
            self.run.count("articles_met_again")
            return
        self._saved.add(article)
        store = self.resources.store
        try:
            saved = await asyncio.to_thread(store.save_page, page, self.site, pipeline_version=VERSION)
        except UnavailableError as error:
            await self.give_up(error)
            return
        self.run.count(f"pages_{saved.state}")
        yield saved

    def failed(self, failure: Any) -> None:
        """Count a request that got no page, by reason."""
        if self.error is not None:  # ended by itself, not by the site
            return
        reason, sentence = describe(failure, self.site, self.certificates)
        self.run.count("requests_failed")
        if reason in _NOT_THE_SITES:
            self._report_strange(failure.request.url, sentence, reason)
        else:
            self._report(f"{failure.request.url}: {sentence}", reason)
        if failure.request.callback == self.parse_listing:
            self.run.count("sources_failed")

    def alias_failed(self, failure: Any) -> None:
        """Count an address in a list that led nowhere and is no article's by its form."""
        self.run.count("aliases_left")

    def note_certificate(self, host: str, problem: CertificateProblem) -> None:
        """Remember what is wrong with a host's certificate; told of once where its pages are read all the same."""
        if self.certificates.setdefault(host, problem) != problem or self.site.is_verified_by_tls:
            return
        if self.run.stats.get(f"certificates.{problem}") is None:
            self.run.count(f"certificates.{problem}")
            self.run.warn(f"{host}: {SENTENCES[problem]} (read all the same, since `verify_tls` is not set)")

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
            self.status = self._final_status(reason)
            try:
                await asyncio.to_thread(self._finish)
            except UnavailableError as error:
                self.error = self.error or error
                self.logger.error("the run could not be closed: %s", error.message)
        if self._shared is None and hasattr(self, "resources"):
            await asyncio.to_thread(self.resources.close)

    # --- its parts

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

    def _leave(self, url: str, reason: TrapReason) -> None:
        """Count a trap; the first of its kind is told of."""
        self.run.count(f"traps.{reason}")
        if self.run.stats[f"traps.{reason}"] == 1:
            self.run.warn(f"{url}: left as a crawler trap ({TRAPS[reason]}); more of this kind are only counted")

    def _listing_request(self, url: str, source: Source, newest: date | None = None) -> scrapy.Request:
        # Listings before articles of the same depth: what is listed is known early, and bars know their length.
        return scrapy.Request(
            url,
            self.parse_listing,
            cb_kwargs={"source": source, "newest": newest},
            errback=self.failed,
            priority=1,
            dont_filter=True,
            meta={"playwright": needs_browser(self.site, source)},
        )

    def _alias_requests(self, listing: ListingPage) -> Iterator[scrapy.Request]:
        """Ask for what a list names under addresses that are no article's by their form: they may lead to one."""
        for entry in listing.aliases:
            key = canonical_url(entry.url)
            if key in self._asked or len(self._aliases) >= _MOST_ALIASES or self.limit is not None:
                continue
            self._asked.add(key)
            self._aliases.add(key)
            yield scrapy.Request(
                entry.url,
                self.parse_article,
                cb_kwargs={"entry": entry, "is_alias": True},
                errback=self.alias_failed,
                meta={"playwright": self.site.javascript},
            )

    def _article_request(self, entry: ListingEntry) -> scrapy.Request:
        return scrapy.Request(
            entry.url,
            self.parse_article,
            cb_kwargs={"entry": entry},
            errback=self.failed,
            meta={"playwright": self.site.javascript},
        )

    def _is_wanted(self, entry: ListingEntry) -> bool:
        """Tell whether an entry is young enough; one whose date is not known is."""
        if self.since is None or entry.date_published_raw is None:
            return True
        span = dates.parse(entry.date_published_raw, base=now(), timezone=self.site.timezone)
        return span is None or span.start(self.site.timezone) >= self.since

    async def _report_barren(self, page: Page, source: Source) -> None:
        """Keep a listing that names no article, for whoever looks why; past its end a list may well be empty."""
        begun = self._frontier.has_begun(source)
        found = diagnose(page)
        if found is not None and not (begun and found.reason == "soft_404"):
            self._report_strange(page.url, found.sentence, found.reason)
            await self._keep(page, found.reason, found.sentence)
        elif not begun:
            what = "its selectors may be outdated" if isinstance(source, Listing) else "it may have moved"
            self._report(f"{page.url}: the {source.type} names no article of the site; {what}", "barren_listing")
            await self._keep(page, "barren_listing", f"the {source.type} names no article")

    async def _keep(self, page: Page, reason: str, sentence: str) -> None:
        """Store a page that is no article's, marked with the reason."""
        problem = Problem(field="page", reason=reason, text=sentence)
        save = self.resources.store.save_page
        try:
            await asyncio.to_thread(save, page, self.site, pipeline_version=VERSION, problem=problem)
        except UnavailableError as error:
            await self.give_up(error)

    def _report_strange(self, url: str, sentence: str, reason: str) -> None:
        """Count a page that is not the site's own; the first of its kind is told of."""
        self.run.count(f"failed.{reason}")
        if self.run.stats[f"failed.{reason}"] == 1:
            self.run.warn(f"{url}: {sentence}; more of this kind are only counted")

    def _report(self, sentence: str, reason: str) -> None:
        self.run.count(f"failed.{reason}")
        self.run.warn(sentence)

    def _final_status(self, reason: str) -> RunStatus:
        if isinstance(self.error, UnavailableError) or self._network_is_gone():
            return "unavailable"
        if self.error is not None or reason not in {"finished", "closespider_timeout"}:
            return "stopped"
        return "failures" if count_failures(self.run.stats) else "done"

    def _network_is_gone(self) -> bool:
        """Tell whether not one page came, and not because the site said so."""
        stats = self.run.stats
        if stats.get("listing_pages") or not stats.get("sources_failed"):
            return False
        return not any(stats.get(f"failed.{reason}") for reason in _SAID_BY_SITE)

    def _finish(self) -> None:
        store = self.resources.store
        if self.status != "unavailable":
            store.refresh_entities()
            barren = any(f"failed.{reason}" in self.run.stats for reason in ("barren_listing", *_NOT_THE_SITES))
            if self._frontier.has_found_articles and not barren:
                store.forget_barren_listings(self.site.name)
        assert self.crawler.stats is not None
        scrapy_stats = self.crawler.stats.get_stats()
        further = {ours: scrapy_stats.get(theirs, 0) for ours, theirs in _SCRAPY_STATS.items()}
        self.run.finish(self.status, further | {"workers_replaced": self.resources.workers.replaced})


_NOT_THE_SITES: frozenset[str] = frozenset({*get_args(Reason), *SENTENCES})
"""Reasons that hold for a whole site as a rule."""
_SAID_BY_SITE = ("robots", "http_403", "http_404", "http_410", *(_NOT_THE_SITES - {"maintenance"}))
"""Reasons for which the same command does not go on by itself later."""
_SCRAPY_STATS = {
    "requests": "downloader/request_count",
    "responses": "downloader/response_count",
    "bytes_received": "downloader/response_bytes",
    "retries": "retry/count",
}


def _midnight(day: date | str, site: Site) -> datetime:
    try:
        parsed = date.fromisoformat(day) if isinstance(day, str) else day
    except ValueError:
        raise ConfigError(f"{day!r} is not a day such as 2026-01-31") from None
    return datetime.combine(parsed, time(), ZoneInfo(site.timezone))
