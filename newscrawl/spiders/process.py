"""Run crawls in this process. Scrapy's reactor starts once a process, so call `run_spiders` once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from scrapy.crawler import AsyncCrawlerProcess
from scrapy.settings import Settings

from newscrawl.config import load_config
from newscrawl.errors import NewscrawlError
from newscrawl.resources import Resources
from newscrawl.sites import Site
from newscrawl.spiders.city_news import CityNewsSpider
from newscrawl.spiders.loader import spider_class
from newscrawl.spiders.rendering import check_rendering


def run_spiders(
    sites: Sequence[Site],
    resources: Resources,
    *,
    since: date | None,
    limit: int | None,
    full: bool = False,
    on_start: Callable[[CityNewsSpider], None] | None,
) -> list[tuple[Site, NewscrawlError | None]]:
    """Crawl the sites side by side, each with its own politeness; return why a crawl could not be done, if so.

    Raises ConfigError when the pages of one need a browser and there is none.
    Blocks until all have ended. Ctrl-C ends them in order, what was fetched being stored; a second one ends at once.
    """
    check_rendering(sites, load_config())
    settings = Settings()
    settings.setmodule("newscrawl.settings", priority="project")
    # The door that calls this shows progress and logs in its own way.
    settings.set("LOG_ENABLED", False, priority="cmdline")
    settings.set("LOG_INSTALL_ROOT_HANDLER", False, priority="cmdline")
    process = AsyncCrawlerProcess(settings)
    crawlers = [process.create_crawler(spider_class(site)) for site in sites]
    for crawler in crawlers:
        process.crawl(crawler, since=since, limit=limit, full=full, resources=resources, on_start=on_start)
    process.start()
    return [(site, _error(crawler.spider)) for site, crawler in zip(sites, crawlers, strict=True)]


def _error(spider: object) -> NewscrawlError | None:
    if not isinstance(spider, CityNewsSpider):
        return NewscrawlError("Scrapy could not make the spider", advice="Run again with --debug.")
    return spider.error
