"""Scrapy item pipeline that hands batches to `newscrawl.store`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from newscrawl.errors import UnavailableError
from newscrawl.items import Article
from newscrawl.store import SavedPage, Store, Written
from newscrawl.store.ledger import settle
from pipelines.road import Outcome

if TYPE_CHECKING:
    from newscrawl.spiders.city_news import CityNewsSpider

_BATCH = 50
"""Articles a write."""
_PAUSE = 0.25
"""Seconds that an article waits for company at most."""
_FIELDS = (
    "headline", "lead", "article_body", "date_published", "authors", "article_section", "keywords", "images",
    "attachments",
)  # fmt: skip


class MongoPipeline:
    """Stores outcomes. An item has passed only when MongoDB has it in its journal."""

    def __init__(self, crawler: Any) -> None:
        self._crawler = crawler
        self._waiting: list[tuple[Outcome | SavedPage, asyncio.Future[None]]] = []
        self._flusher: asyncio.Task[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Any) -> MongoPipeline:
        """Make the pipeline; `crawler.spider` brings the store and the run."""
        return cls(crawler)

    async def process_item(self, item: Outcome | SavedPage) -> Any:
        """Write an outcome, or note that an up-to-date article was met again."""
        stored = asyncio.get_running_loop().create_future()
        self._waiting.append((item, stored))
        if self._flusher is None or self._flusher.done():
            self._flusher = asyncio.create_task(self._flush())
        await stored
        return item

    async def _flush(self) -> None:
        """Write what waits, batch by batch, until nothing does."""
        spider: CityNewsSpider = self._crawler.spider
        while self._waiting:
            if len(self._waiting) < _BATCH:
                await asyncio.sleep(_PAUSE)
            batch, self._waiting = self._waiting[:_BATCH], self._waiting[_BATCH:]
            items = [item for item, _ in batch]
            began = time.monotonic()
            try:
                written = await asyncio.to_thread(write_outcomes, spider.resources.store, items, spider.run.id)
            except UnavailableError as error:
                await spider.give_up(error)
            else:
                spider.run.count("seconds.store", round(time.monotonic() - began, 4))
                count_outcomes(spider.run, items, written)
            for _, stored in batch:
                stored.set_result(None)


def write_outcomes(store: Store, items: Sequence[Outcome | SavedPage], run_id: str) -> Written:
    """Write a batch of outcomes: articles, marks on pages that gave none, the last sight of unchanged articles."""
    outcomes = [item for item in items if isinstance(item, Outcome)]
    articles: list[Article] = [one.article for one in outcomes if one.article is not None]
    met = [item.article_url for item in items if isinstance(item, SavedPage) and item.state == "current"]
    written = store.write_articles(articles, run_id)
    store.mark_pages({outcome.page_id: outcome.problem for outcome in outcomes})
    if met:
        store.touch_articles(met)
        written.unchanged += met
    if written.new or written.changed or written.refreshed:
        store.call(store.duplicates.follow)
    settle(store, [item.page_id if isinstance(item, Outcome) else item.page.id for item in items])
    return written


def count_outcomes(run: Any, items: Sequence[Outcome | SavedPage], written: Written) -> None:
    """Add a written batch to the counters and warnings of a run."""
    for outcome, number in written.by_outcome().items():
        run.count(f"articles_{outcome}", number)
    for url, why in written.refused.items():
        run.warn(f"{url}: the store refused the article: {why}")
    for item in items:
        if not isinstance(item, Outcome):
            continue
        run.count("seconds.read", round(item.seconds, 4))
        if item.problem is not None:
            run.count("pages_failed")
            run.count(f"failed.{item.problem.reason}")
            run.warn(f"{item.article_url}: {item.problem.text or item.problem.reason}")
        if item.article is None:
            continue
        _count_fields(run, item.article)
        for problem in item.article.problems:
            run.count(f"unresolved.{problem.field}.{problem.reason}")
        for kind, number in item.article.repairs.items():
            run.count(f"repaired.{kind}", number)


def _count_fields(run: Any, article: Article) -> None:
    """Count which fields an article has, and where they were found: the monitors see by it when a page is made anew."""
    run.count("articles_read")
    for name in _FIELDS:
        if getattr(article, name):
            run.count(f"field.{name}")
    for name, rule in article.found_by.items():
        run.count(f"found_by.{name}.{rule}")
