"""The only spider. A site tells it where articles are listed; it saves their pages and leaves reading to others.

What it has asked for and has yet to ask for stands in the store (`newscrawl.store.ledger`, `newscrawl.store.paging`):
in memory is only what is under way, so a crawl that is killed goes on where it was.
"""

from __future__ import annotations

import asyncio
import functools
import gc
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import suppress
from datetime import date, datetime, time
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import scrapy
from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider, UsageError
from scrapy.http import Response
from scrapy.settings import BaseSettings

from newscrawl.canonical import article_url
from newscrawl.certificates import SENTENCES
from newscrawl.certificates import Problem as CertificateProblem
from newscrawl.config import load_config
from newscrawl.errors import ConfigError, NewscrawlError, UnavailableError
from newscrawl.extract import ListingPage, extract_listing
from newscrawl.extract.diagnosis import diagnose
from newscrawl.items import ListingEntry, ListVisit, Page, Problem, RunStatus, Visit
from newscrawl.resources import Resources
from newscrawl.sites import Listing, Site
from newscrawl.spiders import closing
from newscrawl.spiders.backpressure import Unsaved
from newscrawl.spiders.failures import TOLD_ONCE, asked_for, describe
from newscrawl.spiders.frontier import Frontier
from newscrawl.spiders.pages import page_of
from newscrawl.spiders.rendering import browser_settings, needs_browser
from newscrawl.store import Run, SavedPage
from newscrawl.store.documents import now
from newscrawl.store.ledger import Ledger
from newscrawl.store.paging import ListTask, Paging, Progress
from newscrawl.traps import TRAPS, TrapReason
from newscrawl.urls import home_url, is_article
from pipelines import dates
from pipelines.normalise import VERSION

Followed = AsyncIterator[Request | SavedPage]

_MOST_ALIASES = 200
"""Addresses in lists that are no article's by their form and are asked for all the same, a run."""
_MOST_QUEUED = 300
"""Requests in memory; what else is listed waits in the ledger."""
_GONE = frozenset({"http_404", "http_410"})


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
            self._report(f"{place}: newscrawl itself failed, with {type(error).__name__}: {error}", "internal")
            raise

    return guarded


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
        full: bool | str = False,
        resources: Resources | None = None,
        on_start: Callable[[CityNewsSpider], None] | None = None,
        still_due: Callable[[], bool] | None = None,
        **kwargs: Any,
    ) -> None:
        """`since`: leave older entries (by the listing's date); `limit`: fetch so many articles at most; `full`: read
        all lists to their end and ask for all that they name, known or not, whatever the server says of its changes.

        `resources` are shared with other spiders when given, else opened and closed here. `on_start` is told once the
        run has begun. `still_due` is asked once nobody else can crawl the site; when it says no nothing is done, and
        `error` is a NotDueError. Strings come from `scrapy crawl -a`.
        """
        super().__init__(self.name, **kwargs)
        self.since = _day(since) if since else None
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
        self.certificates: dict[str, CertificateProblem] = {}
        """What is wrong with the certificates of hosts."""
        self._asked: set[str] = set()
        self._put_off: set[str] = set()
        self._under_way = 0
        self.unsaved = Unsaved()
        """Pages that came and are not on disk yet."""
        self._aliases = 0
        self._saved: set[str] = set()
        self._refill: asyncio.Task[None] | None = None
        self._frontier = Frontier(self.site, now().date(), self._leave)

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
                self.resources.store.start_run, "crawl", self.site.name, still_due=self._still_due
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
        self._ledger = Ledger(self.resources.store, self.site)
        self._paging = Paging(self.resources.store, self.site)
        if self._on_start:
            self._on_start(self)
        if not self.site.sources:
            self.run.warn(f"the site file of {self.site.name} names no source, so there is nothing to crawl")
        async for one in self._go_on():
            yield one

    @_unless_given_up
    async def _go_on(self) -> Followed:
        """Read what a killed crawl fetched, begin or go on with the lists, and take up the visits that are due."""
        for visit in await asyncio.to_thread(self._ledger.unread):
            saved = await self._recall(visit)
            if saved is not None:
                self._asked.add(visit.url)
                self._saved.add(saved.article_url)
                self.run.count("articles_listed")
                yield saved
        for source in self.site.sources:
            tasks = functools.partial(self._paging.tasks, since=self.since, full=self.full)
            for task in await asyncio.to_thread(tasks, source, resumes=self.run.replaces is not None):
                self._frontier.open(task.url)
                yield self._listing_request(task)
        for request in await self._due_requests():
            yield request

    @_unless_given_up
    async def parse_listing(self, response: Response, task: ListTask) -> Followed:
        """Follow a source: its articles, its next page while that brings anything new."""
        self._note_time(response)
        depth = response.meta.get("depth", 0)
        if response.status == 304 and task.known is not None:
            for request in await self._take_unchanged_list(task, task.known, depth):
                yield request
            return
        page = page_of(response, self.site)
        listing = extract_listing(page, self.site, task.source, newest=task.newest)
        self._count_entries(listing, task)
        if not listing.entries and not listing.further:
            await self._report_barren(page, task)
        if self._frontier.goes_on(listing, task.source):
            async for request in self._follow(listing, page, task, depth):
                yield request
        elif not task.is_first:
            await asyncio.to_thread(self._paging.has_read, task, page, Progress(new=0))

    async def _follow(self, listing: ListingPage, page: Page, task: ListTask, depth: int) -> AsyncIterator[Request]:
        """Write down what a page of a list names, then ask for it and for the pages that it leads to."""
        wanted = [entry for entry in listing.entries if self._is_wanted(entry, page)]
        noted = await asyncio.to_thread(self._ledger.note, wanted, page.fetched_at, all_=self.full)
        self.run.count("articles_known", noted.known)
        settled = task.settled + 1 if noted.new == 0 else 0
        is_open = bool(wanted) and (task.chain == "deep" or settled < task.most_settled)
        next_urls = [listing.next_url] if listing.next_url and is_open else []
        following = next(self._frontier.follow(next_urls, task.source, depth), None)
        further = listing.further if self.full else await asyncio.to_thread(self._paging.parts_to_read, listing)
        parts = tuple(self._frontier.follow(further, task.source, depth))
        beyond = self.since if listing.next_url and not wanted else None
        progress = Progress(noted.new, following, beyond, parts)
        await asyncio.to_thread(self._paging.has_read, task, page, progress)
        for request in self._visit_requests(noted.wanted):
            yield request
        for request in await self._alias_requests(listing, page):
            yield request
        if self._is_limit_reached():
            return
        if following:
            yield self._next_request(task, following, listing.oldest, settled=settled)
        for url in parts:
            yield self._listing_request(ListTask(task.source, url, "deep", is_part=True))

    async def _take_unchanged_list(self, task: ListTask, known: ListVisit, depth: int) -> list[Request]:
        """Note that a page of a list is what it was; return what asks for the page after it, if that is to be seen."""
        self.run.count("lists_not_modified")
        await asyncio.to_thread(self._paging.is_unchanged, task)
        if task.settled + 1 >= task.most_settled or not known.next_url:
            return []
        following = self._frontier.follow([known.next_url], task.source, depth)
        return [self._next_request(task, url, None, settled=task.settled + 1) for url in following]

    @_unless_given_up
    async def parse_article(self, response: Response, visit: Visit) -> Followed:
        """Save the page whole; what it says is read by the pipelines.

        An alias is no article's address by its form; it may lead to one, or the page may say that it is one.
        """
        self._note_time(response)
        self._under_way -= 1
        if response.status == 304:
            async for one in self._take_unchanged(visit):
                yield one
            return
        page = page_of(response, self.site, visit.entry)
        page = page.model_copy(update={"url": home_url(page.url, self.site)})
        if visit.is_alias and not is_article(article_url(page, self.site), self.site):
            self.run.count("aliases_left")
            await asyncio.to_thread(self._ledger.left, visit, "no_article")
            return
        self.run.count("articles_fetched")
        if (found := diagnose(page)) is not None:
            await self._keep(page, found.reason, found.sentence)
            if found.reason == "soft_404":
                await self._take_gone(visit, found.reason, f"{page.url}: {found.sentence}")
            else:
                self._report_strange(page.url, found.sentence, found.reason)
                await asyncio.to_thread(self._ledger.failed, visit, found.reason)
            return
        article = article_url(page, self.site)
        if not is_article(article, self.site):
            sentence = f"{visit.entry.url}: leads to {page.url}, which is no article's address"
            await self._take_gone(visit, "redirected_away", sentence)
            return
        if article in self._saved:  # under another address: redirected, or the page says so
            self.run.count("articles_met_again")
            await asyncio.to_thread(self._ledger.met_again, visit, article)
            return
        self._saved.add(article)
        async with self.unsaved.one():
            saved = await asyncio.to_thread(self._save, page, visit, article)
        self.run.count(f"pages_{saved.state}")
        self._count_returned(visit)
        yield saved

    async def failed(self, failure: Any) -> None:
        """Count a request that got no page, by reason, and note when it is tried again."""
        if self.error is not None:  # ended by itself, not by the site
            return
        reason, sentence = describe(failure, self.site, self.certificates)
        asked = failure.request.cb_kwargs
        self._under_way -= "visit" in asked
        try:
            if "task" in asked:
                self._report_failed(failure, reason, sentence)
                self.run.count("sources_failed")
                if reason in _GONE and not asked["task"].is_first:
                    await asyncio.to_thread(self._paging.is_gone, asked["task"])
            elif asked["visit"].is_alias:
                self.run.count("aliases_left")
                leave = self._ledger.left if reason.startswith("http_4") else self._ledger.failed
                await asyncio.to_thread(leave, asked["visit"], reason)
            elif reason in _GONE:
                await self._take_gone(asked["visit"], reason, f"{failure.request.url}: {sentence}")
            else:
                self._report_failed(failure, reason, sentence)
                await asyncio.to_thread(self._ledger.failed, asked["visit"], reason)
        except UnavailableError as error:
            await self.give_up(error)

    def on_idle(self) -> None:
        """Take up what was listed and put off, before the crawl ends."""
        if not self._put_off or self.error is not None or self._is_limit_reached():
            return
        if self._refill is None or self._refill.done():
            self._refill = asyncio.create_task(self._take_up())
        raise DontCloseSpider

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
            self.status = closing.final_status(self.run.stats, self.error, reason)
            try:
                await asyncio.to_thread(closing.finish, self, self._frontier.has_found_articles)
            except UnavailableError as error:
                self.error = self.error or error
                self.logger.error("the run could not be closed: %s", error.message)
        if self._shared is None and hasattr(self, "resources"):
            await asyncio.to_thread(self.resources.close)

    # --- visits

    async def _due_requests(self) -> list[Request]:
        """Return requests for visits whose time has come, as many as memory is to hold."""
        moment, skip = now(), 0
        requests: list[Request] = []
        while not requests:
            due = await asyncio.to_thread(self._ledger.due, moment, skip)
            if not due:
                break
            skip += len(due)
            self._put_off -= {visit.url for visit in due}
            requests = list(self._visit_requests(visit for visit in due if self._is_wanted(visit.entry, None)))
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
            self._put_off.clear()
            await self.crawler.engine.close_spider_async(reason="finished")

    def _visit_requests(self, visits: Iterable[Visit]) -> Iterator[Request]:
        """Ask for visits, each once a run, up to the limit; with many under way they wait in the ledger."""
        for visit in visits:
            if visit.url in self._asked or (visit.is_alias and self.limit is not None):
                continue
            if self._is_limit_reached():
                return
            if visit.url not in self._put_off and not visit.is_alias:
                self.run.count("articles_listed")
            if self._under_way >= _MOST_QUEUED:
                self._put_off.add(visit.url)
                continue
            self._put_off.discard(visit.url)
            self._asked.add(visit.url)
            yield self._article_request(visit)

    def _is_limit_reached(self) -> bool:
        return self.limit is not None and len(self._asked) >= self.limit

    def _save(self, page: Page, visit: Visit, article: str) -> SavedPage:
        """Store a page and note that it is. Blocking."""
        saved = self.resources.store.save_page(page, self.site, pipeline_version=VERSION)
        self._ledger.fetched(visit, page.model_copy(update={"id": saved.page.id}), article)
        return saved

    async def _take_unchanged(self, visit: Visit) -> Followed:
        """Note that the stored page is still the page; it is read anew where older code made its article."""
        saved = await self._recall(visit)
        if saved is None and visit.page_id is None:  # "unchanged" to one who has nothing: asking again would not end
            self.run.count("requests_failed")
            self._report(f"{visit.entry.url}: the server answered 304, though nothing of it is stored", "http_304")
            await asyncio.to_thread(self._ledger.failed, visit, "http_304")
            return
        if saved is None:
            yield self._article_request(visit.model_copy(update={"page_id": None}))
            return
        self.run.count("not_modified")
        self._saved.add(saved.article_url)
        await asyncio.to_thread(self._ledger.unchanged, visit)
        self._count_returned(visit)
        yield saved

    async def _recall(self, visit: Visit) -> SavedPage | None:
        """Return the stored page of a visit; when it is not there any more it is to be asked for."""
        recall = self.resources.store.recall_page
        saved = await asyncio.to_thread(recall, visit.page_id or "", self.site, pipeline_version=VERSION)
        if saved is None:
            await asyncio.to_thread(self._ledger.forgotten, visit)
        return saved

    async def _take_gone(self, visit: Visit, reason: str, sentence: str) -> None:
        """Note that an address has no article (any more): that a stored one has gone is no failure of the crawl."""
        if await asyncio.to_thread(self._ledger.gone, visit, reason):
            self.run.count("articles_gone")
        elif visit.state == "gone":
            self.run.count("articles_still_gone")
        else:
            self.run.count("requests_failed")
            self._report(sentence, reason)

    def _count_returned(self, visit: Visit) -> None:
        if visit.state == "gone" and visit.article_id is not None:
            self.run.count("articles_returned")

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

    def _next_request(self, task: ListTask, url: str, newest: date | None, *, settled: int) -> Request:
        following = ListTask(
            task.source, url, task.chain, newest, parent=task.url, settled=settled, most_settled=task.most_settled
        )
        return self._listing_request(following)

    def _listing_request(self, task: ListTask) -> Request:
        # Listings before articles of the same depth: what is listed is known early, and bars know their length.
        return Request(
            task.url,
            self.parse_listing,
            headers=task.validators,
            cb_kwargs={"task": task},
            errback=self.failed,
            priority=1,
            dont_filter=True,
            meta={"playwright": needs_browser(self.site, task.source), "handle_httpstatus_list": [304]},
        )

    async def _alias_requests(self, listing: ListingPage, page: Page) -> list[Request]:
        """Ask for what a list names under addresses that are no article's by their form: they may lead to one."""
        aliases = listing.aliases[: max(0, _MOST_ALIASES - self._aliases)] if self.limit is None else ()
        if not aliases:
            return []
        self._aliases += len(aliases)
        noted = await asyncio.to_thread(self._ledger.note, aliases, page.fetched_at, are_aliases=True)
        return list(self._visit_requests(noted.wanted))

    def _article_request(self, visit: Visit) -> Request:
        self._under_way += 1
        return Request(
            visit.entry.url,
            self.parse_article,
            headers=None if self.full else visit.validators,
            cb_kwargs={"visit": visit},
            errback=self.failed,
            dont_filter=True,  # the ledger knows each address once
            meta={"playwright": self.site.javascript, "handle_httpstatus_list": [304]},
        )

    def _is_wanted(self, entry: ListingEntry, page: Page | None) -> bool:
        """Tell whether an entry is young enough; one whose date is not known is."""
        if self.since is None or entry.date_published_raw is None:
            return True
        seen_at = entry.seen_at or (page.fetched_at if page else now())
        base = dates.base_in_year(seen_at.astimezone(ZoneInfo(self.site.timezone)), entry.year)
        span = dates.parse(entry.date_published_raw, base=base, timezone=self.site.timezone)
        return span is None or span.start(self.site.timezone) >= _midnight(self.since, self.site)

    async def _report_barren(self, page: Page, task: ListTask) -> None:
        """Keep a listing that names no article, for whoever looks why; past its end a list may well be empty."""
        source = task.source
        begun = self._frontier.has_begun(source) or not (task.is_first or task.is_part)
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
        await asyncio.to_thread(save, page, self.site, pipeline_version=VERSION, problem=problem)

    def _count_entries(self, listing: ListingPage, task: ListTask) -> None:
        """Count what a page of a list names and tells: the monitors see by it when a list is made anew."""
        self.run.count("listing_pages")
        self.run.count("listing_entries", len(listing.entries))
        self.run.count("listing_entries_dated", sum(one.date_published_raw is not None for one in listing.entries))
        self.run.count("listing_entries_titled", sum(one.headline is not None for one in listing.entries))
        if task.is_first:
            self.run.count(f"entries.{task.source.url}", len(listing.entries))

    def _note_time(self, response: Response) -> None:
        self.run.count("seconds.fetch", round(response.meta.get("download_latency", 0.0), 3))

    def _report_failed(self, failure: Any, reason: str, sentence: str) -> None:
        self.run.count("requests_failed")
        if reason in closing.NOT_THE_SITES | TOLD_ONCE:
            self._report_strange(asked_for(failure.request), sentence, reason)
        else:
            self._report(f"{asked_for(failure.request)}: {sentence}", reason)

    def _report_strange(self, url: str, sentence: str, reason: str) -> None:
        """Count a page that is not the site's own; the first of its kind is told of."""
        self.run.count(f"failed.{reason}")
        if self.run.stats[f"failed.{reason}"] == 1:
            self.run.warn(f"{url}: {sentence}; more of this kind are only counted")

    def _report(self, sentence: str, reason: str) -> None:
        self.run.count(f"failed.{reason}")
        self.run.warn(sentence)


def _day(day: date | str) -> date:
    try:
        return date.fromisoformat(day) if isinstance(day, str) else day
    except ValueError:
        raise ConfigError(f"{day!r} is not a day such as 2026-01-31") from None


def _midnight(day: date, site: Site) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(site.timezone))
