"""The requests of a crawl: for pages of lists and for visits, each once a run, up to the limit, few in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from scrapy import Request

from newscrawl.items import Visit
from newscrawl.spiders.rendering import needs_browser
from newscrawl.store.paging import ListTask

if TYPE_CHECKING:
    from newscrawl.spiders.city_news import CityNewsSpider

_MOST_UNDER_WAY = 100
"""Visits in memory; what else is listed waits in the ledger."""


class Asking:
    """Makes the requests of one spider, and knows what was asked for."""

    def __init__(self, spider: CityNewsSpider) -> None:
        self._spider = spider
        self._asked: set[str] = set()
        self._under_way = 0
        self.put_off: set[str] = set()
        """Addresses that are wanted and wait in the ledger, since too many others are under way."""

    @property
    def is_limit_reached(self) -> bool:
        """Whether so many articles were asked for as may be."""
        return self._spider.limit is not None and len(self._asked) >= self._spider.limit

    def visits(self, visits: Iterable[Visit]) -> Iterator[Request]:
        """Ask for visits, each once a run, up to the limit; with many under way they are put off."""
        for visit in visits:
            if visit.url in self._asked or (visit.is_alias and self._spider.limit is not None):
                continue
            if self.is_limit_reached:
                return
            if visit.url not in self.put_off and not visit.is_alias:
                self._spider.run.count("articles_listed")
            if self._under_way >= _MOST_UNDER_WAY and self._spider.limit is None:
                self.put_off.add(visit.url)
                continue
            self.put_off.discard(visit.url)
            self._asked.add(visit.url)
            yield self.visit(visit)

    def has_asked(self, visit: Visit) -> None:
        """Note that a visit needs no request: its page is stored."""
        self._asked.add(visit.url)
        self._spider.run.count("articles_listed")

    def has_answer(self) -> None:
        """Note that a visit has its answer, a page or none."""
        self._under_way -= 1

    def visit(self, visit: Visit) -> Request:
        """Ask for one address; only whether its page is still the stored one, unless the crawl is a full one."""
        self._under_way += 1
        return Request(
            visit.entry.url,
            self._spider.parse_article,
            headers=None if self._spider.full else visit.validators,
            cb_kwargs={"visit": visit},
            errback=self._spider.failed,
            dont_filter=True,  # the ledger knows each address once
            meta={"playwright": self._spider.site.javascript, "handle_httpstatus_list": [304]},
        )

    def list_page(self, task: ListTask) -> Request:
        """Ask for a page of a list."""
        # Listings before articles of the same depth: what is listed is known early, and bars know their length.
        return Request(
            task.url,
            self._spider.parse_listing,
            headers=task.validators,
            cb_kwargs={"task": task},
            errback=self._spider.failed,
            priority=1,
            dont_filter=True,
            meta={"playwright": needs_browser(self._spider.site, task.source), "handle_httpstatus_list": [304]},
        )

    def next_page(self, task: ListTask, url: str, newest: date | None, *, settled: int) -> Request:
        """Ask for the page after one; `settled` pages in a row had nothing new."""
        following = replace(
            task, url=url, newest=newest, parent=task.url, settled=settled, is_first=False, is_part=False, known=None
        )
        return self.list_page(following)
