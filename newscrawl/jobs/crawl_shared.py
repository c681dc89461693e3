"""Crawls of many sites on many machines: a part is a few sites, one site is crawled by one process at a time."""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from newscrawl.config import load_config
from newscrawl.errors import LeaseHeldError, NotDueError
from newscrawl.items import count_failures
from newscrawl.jobs.crawl import Crawled, crawled
from newscrawl.parts import Engine, Task
from newscrawl.resources import Resources
from newscrawl.sites import Site
from newscrawl.store import Store
from newscrawl.store.leases import LEASE
from newscrawl.store.runs import RunLog

if TYPE_CHECKING:
    from newscrawl.spiders.engine import CrawlEngine

_PARTS_A_SLOT = 4
"""Parts for each that runs at a time: so the last ones even out, and a worker's death costs little."""
_FEWEST_SITES = 4
"""A process takes seconds to start."""
_MOST_SITES = 32
_ASK_AGAIN = 5.0
"""Seconds between two looks whether the lease of a dead worker has run out."""
_COUNT_EVERY = 0.5
_COUNTED = (
    "articles_listed", "articles_new", "articles_changed", "articles_refreshed", "articles_unchanged",
    "articles_refused", "pages_failed", "requests_failed", "failed.redirected_away",
)  # fmt: skip


@dataclass(frozen=True)
class SitesPart:
    """A few sites that one process crawls side by side."""

    name: str
    sites: tuple[Site, ...]
    before: Mapping[str, str]
    """Site -> its last run when the whole began; under another one it has been crawled since, by a worker that died."""
    options: Mapping[str, Any]
    """The spider's."""

    @property
    def size(self) -> int:
        """Sites."""
        return len(self.sites)


def crawl_shared(engine: Engine, store: Store, sites: Sequence[Site], log: RunLog, **options: Any) -> list[Crawled]:
    """Crawl `sites` on an engine; return what became of each, in their order. On ThisProcess once a process.

    `options` are the spider's. Each crawl has its own run, as without an engine; `log` counts `sites` that ended, and
    articles and failures of all. A site that a dead worker had finished is not crawled again, one that it was at goes
    on where it stopped. Raises UnavailableError when the scheduler, its workers or the store are gone.
    """
    size = _sites_a_part(len(sites), engine.slots) if engine.has_a_process_for_each else len(sites)
    groups = [tuple(sites[first : first + size]) for first in range(0, len(sites), size)]
    job = options.get("job", "crawl")
    parts = [
        SitesPart(f"crawl {group[0].name}…{group[-1].name}", group, _last_runs(store, group, job), options)
        for group in groups
    ]
    results: dict[str, Crawled] = {}
    for done in engine.run(crawl_sites, [Task(part, "", log) for part in parts]):
        if done.error is not None:
            results |= {site.name: Crawled(site, None, done.error) for site in done.task.part.sites}
        else:
            results |= {one.site.name: one for one in done.result}
    return [results[site.name] for site in sites]


def _sites_a_part(sites: int, slots: int) -> int:
    for_all = math.ceil(sites / slots)
    return min(_MOST_SITES, max(math.ceil(for_all / _PARTS_A_SLOT), min(_FEWEST_SITES, for_all)))


def crawl_sites(resources: Resources, part: SitesPart, run_id: str, log: RunLog) -> list[Crawled]:
    """Crawl the sites of a part, those that have not been crawled since `part.before`; once a process."""
    from newscrawl.spiders.process import run_engine  # Scrapy is imported late, as in `newscrawl.jobs.crawl`

    job = part.options.get("job", "crawl")

    def is_due(site: Site) -> bool:
        return _last_finished(resources.store, site, job) == part.before.get(site.name)

    async def main(engine: CrawlEngine) -> list[Crawled]:
        options = dict(part.options)
        tasks = [_crawl_patiently(engine, site, options | {"still_due": partial(is_due, site)}) for site in part.sites]
        return [await _note(ended, resources, job, log) for ended in asyncio.as_completed(tasks)]

    with _counting(log) as watch:
        return run_engine(resources, load_config(), main, on_start=lambda spider: watch(spider.run))


async def _crawl_patiently(engine: CrawlEngine, site: Site, options: dict[str, Any]) -> Any:
    """Crawl a site; where another process has its lease, wait as long as that may be a dead worker's."""
    patience = time.monotonic() + LEASE.total_seconds() + 2 * _ASK_AGAIN
    while True:
        ended = await engine.submit(site, **options)
        if not isinstance(ended.error, LeaseHeldError) or time.monotonic() > patience:
            return ended
        await asyncio.sleep(_ASK_AGAIN)


async def _note(ended_later: Any, resources: Resources, job: str, log: RunLog) -> Crawled:
    ended = await ended_later
    log.count("sites")
    if isinstance(ended.error, NotDueError):  # a worker did it, and died after that
        (run,) = await asyncio.to_thread(resources.store.find_crawls, ended.site.name, job=job, limit=1)
        return Crawled(ended.site, run, None)
    return await asyncio.to_thread(crawled, ended, resources, False)


def _last_runs(store: Store, sites: Sequence[Site], job: str) -> dict[str, str]:
    last = {site.name: _last_finished(store, site, job) for site in sites}
    return {name: run_id for name, run_id in last.items() if run_id is not None}


def _last_finished(store: Store, site: Site, job: str) -> str | None:
    runs = store.find_crawls(site.name, job=job, limit=1)
    return runs[0].id if runs else None


@contextmanager
def _counting(log: RunLog) -> Iterator[Any]:
    """Count in `log` what the watched runs count, while the block runs; gives what to call with each run."""
    runs: list[RunLog] = []
    counted: Counter[str] = Counter()
    over = threading.Event()

    def count() -> None:
        now: Counter[str] = Counter()
        for run in runs:
            stats = run.stats
            now.update({name: int(stats.get(name, 0)) for name in _COUNTED})
            now["failed"] += int(count_failures(stats))
        for name, number in (now - counted).items():
            log.count(name, number)
        counted.update(now - counted)

    def keep_counting() -> None:
        while not over.wait(_COUNT_EVERY):
            count()

    thread = threading.Thread(target=keep_counting, name="counting", daemon=True)
    thread.start()
    try:
        yield runs.append
    finally:
        over.set()
        thread.join()
        count()
