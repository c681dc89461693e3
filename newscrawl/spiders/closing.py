"""The end of a crawl: what became of it, and its last word in the store."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from newscrawl.config import load_config
from newscrawl.errors import NewscrawlError, SiteUnavailableError, UnavailableError
from newscrawl.items import RunStatus, count_failures
from newscrawl.spiders.failures import SAID_BY_SITE
from newscrawl.spiders.tally import NOT_THE_SITES
from newscrawl.watching import watch

if TYPE_CHECKING:
    from newscrawl.spiders.city_news import CityNewsSpider

_SAID_BY_SITE = ("robots", "http_403", "http_404", "http_410", *SAID_BY_SITE, *(NOT_THE_SITES - {"maintenance"}))
"""Reasons for which the same command does not go on by itself later."""
_SCRAPY_STATS = {
    "requests": "downloader/request_count",
    "responses": "downloader/response_count",
    "bytes_received": "downloader/response_bytes",
    "retries": "retry/count",
    "robots.forbidden": "robotstxt/forbidden",
}
_STATUS_COUNT = "downloader/response_status_count/"


def final_status(stats: Mapping[str, int | float], error: NewscrawlError | None, reason: str) -> RunStatus:
    """Return how a crawl ended. `reason` is Scrapy's."""
    if isinstance(error, UnavailableError) or _network_is_gone(stats):
        return "unavailable"
    if error is not None or reason not in {"finished", "closespider_timeout"}:
        return "stopped"
    return "failures" if count_failures(stats) else "done"


def _network_is_gone(stats: Mapping[str, int | float]) -> bool:
    """Tell whether not one page of a list came, and not because the site said so."""
    if stats.get("listing_pages") or stats.get("lists_not_modified") or not stats.get("sources_failed"):
        return False
    return not any(stats.get(f"failed.{reason}") for reason in _SAID_BY_SITE)


def finish(spider: CityNewsSpider, has_found_articles: bool) -> None:
    """Bring registry and near-duplicates up to date, let the monitors look, write the run's last word. Blocking."""
    store, run = spider.resources.store, spider.run
    if spider.status != "unavailable" or isinstance(spider.error, SiteUnavailableError):
        store.refresh_entities()
        store.call(store.duplicates.refresh)
    if spider.status != "unavailable":
        barren = any(f"failed.{reason}" in run.stats for reason in ("barren_listing", *NOT_THE_SITES))
        if has_found_articles and not barren:
            store.forget_barren_listings(spider.site.name)
    assert spider.crawler.stats is not None
    further = scrapy_counts(spider.crawler.stats.get_stats())
    further |= {"workers_replaced": spider.resources.workers.replaced}
    if is_whole(spider):
        run.alarms = watch(store, spider.site, run, status=spider.status, further_stats=further)
    if run.alarms and spider.status == "done":
        spider.status = "failures"
    run.finish(spider.status, further)
    store.forget_runs(spider.site.name, run.started_at - timedelta(days=load_config().keep_runs))


def is_whole(spider: CityNewsSpider) -> bool:
    """Tell whether a crawl was free to see all that there is to see: only then it can be compared with others."""
    return spider.limit is None and spider.since is None and spider.until is None and spider.kinds is None


def scrapy_counts(stats: Mapping[str, Any]) -> dict[str, int | float]:
    """Return what Scrapy has counted under the names of a run's counters."""
    counts = {ours: stats.get(theirs, 0) for ours, theirs in _SCRAPY_STATS.items()}
    by_status = {name: number for name, number in stats.items() if name.startswith(_STATUS_COUNT)}
    return counts | {f"status.{name.removeprefix(_STATUS_COUNT)}": number for name, number in by_status.items()}
