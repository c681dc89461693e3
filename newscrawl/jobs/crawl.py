"""Crawl sites."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from newscrawl.errors import EmbeddedServerError, NewscrawlError, StoreUnavailableError, UnavailableError
from newscrawl.items import Run as RunRecord
from newscrawl.resources import Resources
from newscrawl.sites import Site
from newscrawl.store.runs import RunLog


@dataclass(frozen=True)
class Crawled:
    """What became of one site's crawl."""

    site: Site
    run: RunRecord | None
    """The run's record as stored; None when it could not begin or the store is gone."""
    error: NewscrawlError | None
    """Why the crawl could not be done, if so."""


def crawl(
    sites: Sequence[Site],
    resources: Resources,
    *,
    since: date | None = None,
    limit: int | None = None,
    full: bool = False,
    on_start: Callable[[Site, RunLog], None] | None = None,
) -> list[Crawled]:
    """Crawl `sites` and store their articles; once a process (Scrapy's reactor allows no second time).

    `since` leaves what listings date before that day; `limit` bounds the articles fetched per site; `full` asks
    for all that is listed, known or not. `on_start` is called on the crawling thread with each site and its counters
    once its run has begun.
    """
    # Scrapy is imported late: commands that do not crawl start without it.
    from newscrawl.spiders.city_news import CityNewsSpider
    from newscrawl.spiders.process import run_spiders

    run_ids: dict[str, str] = {}

    def started(spider: CityNewsSpider) -> None:
        run_ids[spider.site.name] = spider.run.id
        if on_start is not None:
            on_start(spider.site, spider.run)

    results = []
    for site, error in run_spiders(sites, resources, since=since, limit=limit, full=full, on_start=started):
        run = None
        if site.name in run_ids and not isinstance(error, StoreUnavailableError | EmbeddedServerError):
            run = resources.store.find_run(run_ids[site.name])
        results.append(Crawled(site, run, error))
    return results


def exit_status(results: Sequence[Crawled]) -> int:
    """Return 0 when all is well, 1 for failures worth a look, 3 when the store or a site's network was out of reach."""
    if any(
        isinstance(one.error, UnavailableError) or (one.run is not None and one.run.status == "unavailable")
        for one in results
    ):
        return 3
    return 0 if all(one.error is None and one.run is not None and one.run.status == "done" for one in results) else 1
