"""Crawl sites."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

from newscrawl.config import load_config
from newscrawl.errors import (
    EmbeddedServerError,
    LeaseHeldError,
    NewscrawlError,
    NotDueError,
    StoreUnavailableError,
    UnavailableError,
)
from newscrawl.items import Run as RunRecord
from newscrawl.resources import Resources
from newscrawl.sites import Site
from newscrawl.store.runs import RunLog

if TYPE_CHECKING:
    from newscrawl.spiders.engine import CrawlEngine, Ended


@dataclass(frozen=True)
class Crawled:
    """What became of one site's crawl."""

    site: Site
    run: RunRecord | None
    """The run's record as stored; None when it could not begin or the store is gone."""
    error: NewscrawlError | None
    """Why the crawl could not be done, if so."""
    skipped: str | None = None
    """Why the crawl was not needed, in a sentence, if so; then there is neither run nor error."""


OnEnd = Callable[[Crawled], None]


def crawl(
    sites: Sequence[Site],
    resources: Resources,
    *,
    since: date | None = None,
    limit: int | None = None,
    full: bool = False,
    still_due: Callable[[Site], bool] | None = None,
    on_start: Callable[[Site, RunLog], None] | None = None,
    on_end: Callable[[Site], None] | None = None,
    on_kill: Callable[[], None] | None = None,
    **options: Any,
) -> list[Crawled]:
    """Crawl `sites` and store their articles; once a process (Scrapy's reactor allows no second time).

    At most NEWSCRAWL_CONCURRENT_SITES run at the same time. `since` leaves what listings date before that day; `limit`
    bounds the articles fetched per site; `full` asks for all that is listed, known or not; further `options` are the
    spider's. With `still_due` a site is crawled only if that says so once nobody else can crawl it, and one that
    another process crawls is skipped.
    `on_start` is called on the crawling thread with each site and its counters once its run has begun, `on_end` when it
    has ended; `on_kill` before the process ends at once, on a second signal.
    Raises ConfigError when the pages of a site need a browser and there is none.
    """
    # Scrapy is imported late: commands that do not crawl start without it.
    from newscrawl.spiders.process import run_engine
    from newscrawl.spiders.rendering import check_rendering

    config = load_config()
    check_rendering(sites, config)

    async def main(engine: CrawlEngine) -> list[Crawled]:
        tasks = []
        for site in sites:
            task = engine.submit(site, since=since, limit=limit, full=full, **options, **due_option(site, still_due))
            if on_end is not None:
                task.add_done_callback(lambda done: on_end(done.result().site))
            tasks.append(task)
        ended = await asyncio.gather(*tasks)
        return [await asyncio.to_thread(crawled, one, resources, still_due is not None) for one in ended]

    return run_engine(resources, config, main, on_start=told(on_start), on_kill=on_kill)


def due_option(site: Site, still_due: Callable[[Site], bool] | None) -> dict[str, Any]:
    """Return the spider's option that has it ask whether its site is still due."""
    return {"still_due": partial(still_due, site)} if still_due is not None else {}


def told(on_start: Callable[[Site, RunLog], None] | None) -> Callable[[Any], None] | None:
    """Return what tells `on_start` of a spider's site and run."""
    if on_start is None:
        return None
    return lambda spider: on_start(spider.site, spider.run)


def crawled(ended: Ended, resources: Resources, if_due: bool) -> Crawled:
    """Read the record of a crawl that has ended; one that was not needed any more is skipped if it was `if_due`."""
    if if_due and isinstance(ended.error, LeaseHeldError | NotDueError):
        return Crawled(ended.site, None, None, skipped=ended.error.message)
    run, error = None, ended.error
    if ended.run_id is not None and not isinstance(error, StoreUnavailableError | EmbeddedServerError):
        try:
            run = resources.store.find_run(ended.run_id)
        except UnavailableError as gone:
            error = error or gone
    return Crawled(ended.site, run, error)


def exit_status(results: Sequence[Crawled]) -> int:
    """Return 0 when all is well, 1 for failures worth a look, 3 when the store or a site's network was out of reach."""
    meant = [one for one in results if one.skipped is None]
    if any(
        isinstance(one.error, UnavailableError) or (one.run is not None and one.run.status == "unavailable")
        for one in meant
    ):
        return 3
    return 0 if all(one.error is None and one.run is not None and one.run.status == "done" for one in meant) else 1
