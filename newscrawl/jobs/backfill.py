"""Bring the past of sites in: from their own lists, from web archives, from WARC files.

A backfill is planned (`newscrawl.jobs.backfill_plan`), then done here. Both are made of parts
(`newscrawl.jobs.backfill_parts`), done by an engine, here or on many machines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from newscrawl.errors import ArchiveUnavailableError, NewscrawlError, UnavailableError
from newscrawl.items import Run as RunRecord
from newscrawl.jobs.backfill_parts import Part
from newscrawl.jobs.backfill_plan import Plan
from newscrawl.jobs.backfill_work import backfill_part
from newscrawl.jobs.crawl import Crawled
from newscrawl.jobs.crawl_shared import crawl_shared
from newscrawl.jobs.site_parts import carry_out, reason_of
from newscrawl.parts import Engine, Task
from newscrawl.sites import Site
from newscrawl.store import Run, RunLog, Store


@dataclass(frozen=True)
class Backfilled:
    """What became of one site's backfill."""

    site: Site
    runs: tuple[RunRecord, ...]
    """Those of its own lists, and of the archives, as stored."""
    error: NewscrawlError | None = None
    """Why it could not be done, if so."""


@dataclass
class Watchers:
    """Who is told of the counters that grow while a backfill gets on."""

    on_crawl: Callable[[RunLog], None] = lambda log: None
    """What is read from the sites' own lists; all sites together."""
    on_collect: Callable[[RunLog], None] = lambda log: None
    """Files of an archive that are searched for all sites."""
    on_read: Callable[[Run], None] = lambda run: None
    """The run of what archives have of a site has begun."""


def backfill(engine: Engine, store: Store, made: Plan, watchers: Watchers | None = None) -> list[Backfilled]:
    """Do what a plan has, the sites' own lists first; return what became of each site.

    On ThisProcess once a process, as `crawl`. Raises UnavailableError when the store or the machines are gone.
    """
    watchers = watchers or Watchers()
    crawls = _crawl(engine, store, made, watchers)
    if any(one.run is not None and one.run.status == "stopped" for one in crawls.values()):
        return [_backfilled(site, crawls.get(site.name), None, None) for site in made.order.sites]
    collected = RunLog()
    files = [part for part in made.parts if part.kind == "collect"]
    if files:
        watchers.on_collect(collected)
        _collect(engine, files, collected)
    reads: dict[str, list[Part]] = {}
    for part in made.parts:
        if part.kind == "read":
            reads.setdefault(part.site.name, []).append(part)

    def begin(run: Run) -> None:
        if any(part.via == "ccnews" for part in reads[run.site or ""]):
            run.add(collected.stats, collected.warnings)
        watchers.on_read(run)

    carried = carry_out(engine, store, "backfill", backfill_part, reads, on_start=begin, lane=lambda part: part.lane)
    runs = {run.site: store.find_run(run.id) for run in carried.runs}
    return [
        _backfilled(site, crawls.get(site.name), runs.get(site.name), carried.refused.get(site.name))
        for site in made.order.sites
    ]


def _crawl(engine: Engine, store: Store, made: Plan, watchers: Watchers) -> dict[str, Crawled]:
    """Read the sites' own lists back to the first day; return by site what became of that."""
    parts = [part for part in made.parts if part.kind == "crawl"]
    sites = list({part.site.name: part.site for part in parts}.values())
    if not sites:
        return {}
    log = RunLog()
    watchers.on_crawl(log)
    span = parts[0].span
    kinds = frozenset(kind for part in parts for kind in _KINDS[part.via])
    done = crawl_shared(engine, store, sites, log, since=span.first, until=span.last, kinds=kinds, job="backfill")
    return {one.site.name: one for one in done}


_KINDS = {"listing": ("listing", "feed"), "sitemap": ("sitemap",)}


def _collect(engine: Engine, parts: Sequence[Part], log: RunLog) -> None:
    """Stream the files of an archive without an index; what went wrong is told by the sites' runs."""
    for done in engine.run(backfill_part, [Task(part, "", log, part.lane) for part in parts]):
        if done.error is not None:
            log.count(f"failed.{reason_of(done.error)}")
            log.warn(done.error.message)
        if isinstance(done.error, ArchiveUnavailableError):
            return


def _backfilled(
    site: Site, crawl: Crawled | None, read: RunRecord | None, refused: NewscrawlError | None
) -> Backfilled:
    runs = tuple(run for run in (crawl.run if crawl else None, read) if run is not None)
    return Backfilled(site, runs, refused or (crawl.error if crawl else None))


def exit_status(made: Plan, results: Iterable[Backfilled]) -> int:
    """Return 0 when all is well, 1 for failures worth a look, 3 when the store or a host was out of reach."""
    found = list(results)
    statuses = [run.status for one in found for run in one.runs]
    if made.is_unavailable or "unavailable" in statuses:
        return 3
    if any(isinstance(one.error, UnavailableError) for one in found):
        return 3
    is_well = not made.problems and all(one.error is None for one in found)
    return 0 if is_well and all(status == "done" for status in statuses) else 1
