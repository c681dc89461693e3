"""What a crawl does with the answers to its visits: stores pages, and notes what is unchanged, gone or elsewhere."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from scrapy import Request
from scrapy.http import Response

from newscrawl.canonical import article_url
from newscrawl.extract.diagnosis import diagnose
from newscrawl.items import Page, Visit
from newscrawl.spiders.pages import page_of
from newscrawl.store import SavedPage
from newscrawl.store.ledger import Ledger
from newscrawl.urls import home_url, is_article
from pipelines.normalise import VERSION

if TYPE_CHECKING:
    from newscrawl.spiders.city_news import CityNewsSpider

_GONE = frozenset({"http_404", "http_410"})


class Visiting:
    """The visits of one crawl. Raises UnavailableError when the store goes away."""

    def __init__(self, spider: CityNewsSpider, ledger: Ledger) -> None:
        self._spider = spider
        self._site = spider.site
        self._ledger = ledger
        self._saved: set[str] = set()

    async def unread(self) -> AsyncIterator[SavedPage]:
        """Yield the pages that a killed crawl has stored and not read."""
        for visit in await asyncio.to_thread(self._ledger.unread):
            saved = await self._recall(visit)
            if saved is not None:
                self._spider.asking.has_asked(visit)
                yield saved

    async def take(self, response: Response, visit: Visit) -> AsyncIterator[SavedPage | Request]:
        """Save the page whole, if it is an article's. An alias may lead to one, or its page may say that it is one."""
        if response.status == 304:
            if (one := await self._take_unchanged(visit)) is not None:
                yield one
            return
        page = page_of(response, self._site, visit.entry)
        page = page.model_copy(update={"url": home_url(page.url, self._site)})
        article = article_url(page, self._site)
        if visit.is_alias and not is_article(article, self._site):
            self._spider.run.count("aliases_left")
            await asyncio.to_thread(self._ledger.left, visit, "no_article")
            return
        self._spider.run.count("articles_fetched")
        if (found := diagnose(page)) is not None:
            await self._take_strange(page, visit, found.reason, found.sentence)
        elif not is_article(article, self._site):
            told = f"{visit.entry.url}: leads to {page.url}, which is no article's address"
            await self._take_gone(visit, "redirected_away", told)
        elif article in self._saved:  # under another address: redirected, or the page says so
            self._spider.run.count("articles_met_again")
            await asyncio.to_thread(self._ledger.met_again, visit, article)
        else:
            self._saved.add(article)
            async with self._spider.unsaved.one():
                saved = await asyncio.to_thread(self._save, page, visit, article)
            self._spider.run.count(f"pages_{saved.state}")
            self._count_returned(visit)
            yield saved

    async def failed(self, visit: Visit, url: str, reason: str, sentence: str) -> bool:
        """Note that a visit gave no page; return whether it is a failure that has yet to be told of."""
        if visit.is_alias:
            self._spider.run.count("aliases_left")
            leave = self._ledger.left if reason.startswith("http_4") else self._ledger.failed
            await asyncio.to_thread(leave, visit, reason)
            return False
        if reason in _GONE:
            await self._take_gone(visit, reason, f"{url}: {sentence}")
            return False
        await asyncio.to_thread(self._ledger.failed, visit, reason)
        if reason == visit.reason == "robots":  # told of at the first visit, and nothing that anybody has to mend
            self._spider.run.count("articles_still_forbidden")
            return False
        return True

    # --- its parts

    def _save(self, page: Page, visit: Visit, article: str) -> SavedPage:
        """Store a page and note that it is. Blocking."""
        began = time.monotonic()
        saved = self._spider.resources.store.save_page(page, self._site, pipeline_version=VERSION)
        self._ledger.fetched(visit, page.model_copy(update={"id": saved.page.id}), article)
        self._spider.run.count("seconds.store", round(time.monotonic() - began, 4))
        return saved

    async def _recall(self, visit: Visit) -> SavedPage | None:
        """Return the stored page of a visit; when it is not there any more it is to be asked for."""
        recall = self._spider.resources.store.recall_page
        saved = await asyncio.to_thread(recall, visit.page_id or "", self._site, pipeline_version=VERSION)
        if saved is None:
            await asyncio.to_thread(self._ledger.forgotten, visit)
        else:
            self._saved.add(saved.article_url)
        return saved

    async def _take_unchanged(self, visit: Visit) -> SavedPage | Request | None:
        """Note that the stored page is still the page; it is read anew where older code made its article.

        A page that is not stored is asked for once more without conditions; a server that still says «unchanged» fails.
        """
        if visit.page_id is None:
            told = f"{visit.entry.url}: the server answered 304 (not modified) to a request without conditions"
            self._spider.run.count("requests_failed")
            self._spider.tally.failure(told, "http_304")
            await asyncio.to_thread(self._ledger.failed, visit, "http_304")
            return None
        saved = await self._recall(visit)
        if saved is None:
            return self._spider.asking.visit(visit.model_copy(update={"page_id": None}))
        self._spider.run.count("not_modified")
        await asyncio.to_thread(self._ledger.unchanged, visit)
        self._count_returned(visit)
        return saved

    async def _take_strange(self, page: Page, visit: Visit, reason: str, sentence: str) -> None:
        """Keep a page that is none of the site's articles: a wall, an error, a note that there is no such page."""
        await self._spider.keep(page, reason, sentence)
        if reason == "soft_404":
            await self._take_gone(visit, reason, f"{page.url}: {sentence}")
        else:
            self._spider.tally.strange(page.url, sentence, reason)
            await asyncio.to_thread(self._ledger.failed, visit, reason)

    async def _take_gone(self, visit: Visit, reason: str, sentence: str) -> None:
        """Note that an address has no article (any more): that a stored one has gone is no failure of the crawl."""
        run = self._spider.run
        if await asyncio.to_thread(self._ledger.gone, visit, reason):
            run.count("articles_gone")
        elif visit.state == "gone":
            run.count("articles_still_gone")
        else:
            run.count("requests_failed")
            self._spider.tally.failure(sentence, reason)

    def _count_returned(self, visit: Visit) -> None:
        if visit.state == "gone" and visit.article_id is not None:
            self._spider.run.count("articles_returned")
