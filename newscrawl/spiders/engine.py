"""Crawls of many sites in one process: so many at the same time, the others in a queue, each starting when one ends."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from scrapy.crawler import AsyncCrawlerRunner, Crawler
from scrapy.exceptions import UsageError

from newscrawl.config import Config
from newscrawl.errors import ConfigError, NewscrawlError
from newscrawl.resources import Resources
from newscrawl.sites import Site
from newscrawl.spiders.city_news import CityNewsSpider
from newscrawl.spiders.loader import spider_class
from newscrawl.spiders.rendering import check_rendering

_log = logging.getLogger(__name__)
_BROWSERS = 2
"""Sites at the same time whose pages a browser renders: each has a Chromium of its own, some 300 MiB."""
_STOP_EVERY = 0.1
"""Seconds between two looks for crawls that have to be told to end."""


@dataclass(frozen=True)
class Ended:
    """What became of one site's crawl."""

    site: Site
    run_id: str | None
    """The key of its run; None when it could not begin."""
    error: NewscrawlError | None
    """Why the crawl could not be done, if so."""


class CrawlEngine:
    """Crawls in the running reactor. Used on its thread only; made by `newscrawl.spiders.process.run_engine`."""

    def __init__(
        self,
        runner: AsyncCrawlerRunner,
        resources: Resources,
        config: Config,
        on_start: Callable[[CityNewsSpider], None] | None = None,
    ) -> None:
        """`on_start` is told of each spider whose run has begun."""
        self._runner = runner
        self._resources = resources
        self._config = config
        self._on_start = on_start
        self._slots = asyncio.Semaphore(config.concurrent_sites)
        self._browsers = asyncio.Semaphore(_BROWSERS)
        self._crawlers: set[Crawler] = set()
        self._tasks: set[asyncio.Task[Ended]] = set()
        self.stopping = asyncio.Event()
        """Set when this process is to end: nothing more is begun, what is under way ends in order."""

    @property
    def under_way(self) -> int:
        """How many crawls run now."""
        return len(self._crawlers)

    def submit(self, site: Site, **options: Any) -> asyncio.Task[Ended]:
        """Crawl a site as soon as there is room, those submitted first coming first; `options` are the spider's own.

        The task's result is what became of it; it raises nothing.
        """
        task = asyncio.get_running_loop().create_task(self._crawl(site, options), name=f"crawl {site.name}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def stop(self) -> None:
        """Begin nothing more, and end what is under way in order: what was fetched is stored. Waits for the end."""
        self.stopping.set()
        told: set[Crawler] = set()
        stops = []
        while self._crawlers:
            for crawler in self._crawlers - told:
                if _is_running(crawler):
                    told.add(crawler)
                    stops.append(asyncio.ensure_future(crawler.stop_async()))
            await asyncio.sleep(_STOP_EVERY)
        await asyncio.gather(*stops, *self._tasks, return_exceptions=True)

    async def _crawl(self, site: Site, options: dict[str, Any]) -> Ended:
        async with self._room(site):
            if self.stopping.is_set():
                return Ended(site, None, NewscrawlError(f"the crawl of {site.name} was not begun: newscrawl is ending"))
            try:
                check_rendering([site], self._config)
                crawler = self._runner.create_crawler(spider_class(site))
            except (ConfigError, UsageError) as error:
                return Ended(site, None, error if isinstance(error, ConfigError) else ConfigError(str(error)))
            self._crawlers.add(crawler)
            under_way = self._runner.crawl(crawler, resources=self._resources, on_start=self._on_start, **options)
            # One site must not cost the others: what breaks in it is told by its result, and to --debug.
            await asyncio.wait([under_way])
            self._crawlers.discard(crawler)
            failure = None if under_way.cancelled() else under_way.exception()
            if failure is not None:
                _log.debug("the crawl of %s broke", site.name, exc_info=failure)
            return _ended(site, crawler.spider, failure)

    @asynccontextmanager
    async def _room(self, site: Site) -> AsyncIterator[None]:
        """Wait for a place; for a browser's first, so that who waits for one holds up nobody else."""
        if not site.javascript:
            async with self._slots:
                yield
            return
        async with self._browsers, self._slots:
            yield


def _is_running(crawler: Crawler) -> bool:
    """Tell whether a crawler can be told to end: one that is only just starting cannot."""
    try:
        return crawler.crawling and crawler.engine.running
    except RuntimeError:  # it has no engine yet
        return False


def _ended(site: Site, spider: object, broken: BaseException | None) -> Ended:
    failure = None
    if broken is not None:
        failure = NewscrawlError(f"the crawl of {site.name} broke: {type(broken).__name__}: {broken}")
    if not isinstance(spider, CityNewsSpider):
        unmade = NewscrawlError(f"Scrapy could not make the spider of {site.name}", advice="Run again with --debug.")
        return Ended(site, None, failure or unmade)
    run = getattr(spider, "run", None)
    return Ended(site, run.id if run is not None else None, spider.error or failure)
