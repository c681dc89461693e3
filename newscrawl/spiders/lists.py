"""What a crawl does with the pages of its site's lists: writes down what they name, asks for it, pages on."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from scrapy import Request
from scrapy.http import Response

from newscrawl.clock import now
from newscrawl.days import Days
from newscrawl.extract import ListingPage, extract_listing
from newscrawl.extract.diagnosis import diagnose
from newscrawl.items import ListingEntry, ListVisit, Page, Visit
from newscrawl.sites import Listing
from newscrawl.spiders.frontier import Frontier
from newscrawl.spiders.pages import page_of
from newscrawl.store.ledger import Ledger, Noted
from newscrawl.store.paging import ListTask, Paging, Progress

if TYPE_CHECKING:
    from newscrawl.spiders.city_news import CityNewsSpider

_BATCH = 500
"""Entries written down at once: a sitemap may name 50,000."""
_MOST_ALIASES = 200
"""Addresses in lists that are no article's by their form and are asked for all the same, a run."""


class Lists:
    """The lists of one crawl's site. Raises UnavailableError when the store goes away."""

    def __init__(self, spider: CityNewsSpider, ledger: Ledger) -> None:
        self._spider = spider
        self._site = spider.site
        self._ledger = ledger
        self._paging = Paging(spider.resources.store, spider.site)
        self._frontier = Frontier(spider.site, now().date(), spider.tally.trap)
        self._aliases = 0
        self._days = Days(spider.since, spider.until)

    @property
    def have_named_articles(self) -> bool:
        """Whether any source has named one."""
        return self._frontier.has_found_articles

    async def begin(self) -> list[Request]:
        """Ask for the first page of every source, or go on where the crawl before was, and for what is due again."""
        spider = self._spider
        if spider.full and spider.since is None and spider.limit is None:
            await asyncio.to_thread(self._ledger.make_all_due)
        tasks = functools.partial(self._paging.tasks, since=spider.since, full=spider.full)
        requests = []
        sources = [one for one in self._site.sources if spider.kinds is None or one.type in spider.kinds]
        for source in sources:
            for task in await asyncio.to_thread(tasks, source, resumes=spider.run.replaces is not None):
                self._frontier.open(task.url)
                requests.append(spider.asking.list_page(task))
        return requests

    async def read(self, response: Response, task: ListTask) -> AsyncIterator[Request]:
        """Follow a page of a source: its articles, its next page while that brings anything new."""
        spider, depth = self._spider, response.meta.get("depth", 0)
        if response.status == 304 and task.known is not None:
            for request in await self._take_unchanged(task, task.known, depth):
                yield request
            return
        page = page_of(response, self._site)
        listing = extract_listing(page, self._site, task.source, newest=task.newest)
        spider.tally.entries(listing, task)
        if not listing.entries and not listing.further:
            await self._report_barren(page, task)
        if self._frontier.goes_on(listing, task.source):
            async for request in self._follow(listing, page, task, depth):
                yield request
        elif not task.is_first:
            await asyncio.to_thread(self._paging.has_read, task, page, Progress(new=0))

    async def is_gone(self, task: ListTask) -> None:
        """Note that the site has no such page any more; where a source begins one is expected all the same."""
        if not task.is_first:
            await asyncio.to_thread(self._paging.is_gone, task)

    def wants(self, entry: ListingEntry, seen_at: datetime | None = None) -> bool:
        """Tell whether an entry is of the days that are wanted; one whose day is not known is.

        `seen_at`: when the list said so, where the entry does not tell.
        """
        return self._days.hold(entry, self._site, seen_at or now())

    # --- its parts

    async def _follow(self, listing: ListingPage, page: Page, task: ListTask, depth: int) -> AsyncIterator[Request]:
        """Write down what a page of a list names, then ask for it and for the pages that it leads to."""
        spider = self._spider
        seen_at = page.fetched_at
        is_young = any(not self._days.is_too_old(entry, self._site, seen_at) for entry in listing.entries)
        # A page that is all too old is read again by who wants what is on it; of others everything is written down.
        is_beyond = not is_young and listing.next_url is not None
        listed = () if is_beyond else listing.entries
        new = 0
        for start in range(0, len(listed), _BATCH):
            noted = await asyncio.to_thread(self._note, listed[start : start + _BATCH], seen_at)
            new += noted.new
            for request in spider.asking.visits(noted.wanted):
                yield request
        settled = task.settled + 1 if new == 0 else 0
        is_open = is_young and (task.chain == "deep" or settled < task.most_settled)
        next_urls = [listing.next_url] if listing.next_url and is_open else []
        following = next(self._frontier.follow(next_urls, task.source, depth), None)
        further = listing.further if spider.full else await asyncio.to_thread(self._paging.parts_to_read, listing)
        parts = tuple(self._frontier.follow(further, task.source, depth))
        beyond = spider.since if is_beyond else None
        await asyncio.to_thread(self._paging.has_read, task, page, Progress(new, following, beyond, parts))
        for request in spider.asking.visits(await self._aliases_of(listing, page)):
            yield request
        if spider.asking.is_limit_reached:
            return
        if following:
            yield spider.asking.next_page(task, following, listing.oldest, settled=settled)
        for url in parts:
            yield spider.asking.list_page(ListTask(task.source, url, "deep", is_part=True))

    def _note(self, entries: Sequence[ListingEntry], seen_at: datetime) -> Noted:
        """Write entries down; those of other days, too, which the next crawl asks for. Blocking."""
        wanted = [one for one in entries if self.wants(one, seen_at)]
        noted = self._ledger.note(wanted, seen_at, all_=self._spider.full)
        self._spider.run.count("articles_known", noted.known)
        if len(wanted) == len(entries):
            return noted
        others = [one for one in entries if not self.wants(one, seen_at)]
        return replace(noted, new=noted.new + self._ledger.note(others, seen_at).new)

    async def _take_unchanged(self, task: ListTask, known: ListVisit, depth: int) -> list[Request]:
        """Note that a page of a list is what it was; return what asks for the page after it, if that is to be seen."""
        self._spider.run.count("lists_not_modified")
        await asyncio.to_thread(self._paging.is_unchanged, task)
        if task.settled + 1 >= task.most_settled or not known.next_url:
            return []
        following = self._frontier.follow([known.next_url], task.source, depth)
        return [self._spider.asking.next_page(task, url, None, settled=task.settled + 1) for url in following]

    async def _aliases_of(self, listing: ListingPage, page: Page) -> tuple[Visit, ...]:
        """Return what a list names under addresses that are no article's by their form: they may lead to one."""
        most = max(0, _MOST_ALIASES - self._aliases) if self._spider.limit is None else 0
        aliases = listing.aliases[:most]
        if not aliases:
            return ()
        self._aliases += len(aliases)
        noted = await asyncio.to_thread(self._ledger.note, aliases, page.fetched_at, are_aliases=True)
        return noted.wanted

    async def _report_barren(self, page: Page, task: ListTask) -> None:
        """Keep a listing that names no article, for whoever looks why; past its end a list may well be empty."""
        source, spider = task.source, self._spider
        begun = self._frontier.has_begun(source) or not (task.is_first or task.is_part)
        found = diagnose(page)
        if found is not None and not (begun and found.reason == "soft_404"):
            spider.tally.strange(page.url, found.sentence, found.reason)
            await spider.keep(page, found.reason, found.sentence)
        elif not begun:
            what = "its selectors may be outdated" if isinstance(source, Listing) else "it may have moved"
            told = f"{page.url}: the {source.type} names no article of the site; {what}"
            spider.tally.failure(told, "barren_listing")
            await spider.keep(page, "barren_listing", f"the {source.type} names no article")
