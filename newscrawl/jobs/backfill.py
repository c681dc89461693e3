"""Bring the past of sites in: from their own lists, from web archives, from WARC files.

A backfill is planned (`newscrawl.jobs.backfill_plan`), then done here. Both are made of parts
(`newscrawl.jobs.backfill_parts`), and `newscrawl.jobs.backfill_work.do_part` does one, here or on any machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import cast

from newscrawl.errors import (
    ArchiveError,
    ArchiveUnavailableError,
    EmbeddedServerError,
    NewscrawlError,
    StoreUnavailableError,
    UnavailableError,
)
from newscrawl.items import Run as RunRecord
from newscrawl.items import RunStatus, count_failures
from newscrawl.jobs.backfill_parts import (
    Part,
)
from newscrawl.jobs.backfill_plan import Plan
from newscrawl.jobs.backfill_work import do_part
from newscrawl.resources import Resources
from newscrawl.sites import Site
from newscrawl.store import Run
from newscrawl.store.runs import RunLog


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
    """Who is told how a backfill gets on."""

    on_crawl: Callable[[Site, RunLog], None] = lambda site, run: None
    """The run of a site's own lists has begun."""
    on_start: Callable[[Site, RunLog], None] = lambda site, run: None
    """The run of what archives have of a site has begun."""
    on_part: Callable[[Part], None] = lambda part: None
    """A part is begun."""
    on_count: Callable[[Part, dict[str, int | float]], None] = lambda part, counts: None
    """Something was counted."""
    on_kill: Callable[[], None] | None = None
    """The process ends at once."""


def backfill(resources: Resources, made: Plan, watchers: Watchers) -> list[Backfilled]:
    """Do what a plan has, the sites' own lists first; return what became of each site. Once a process, as `crawl`."""
    crawls = [part for part in made.parts if part.kind == "crawl"]
    runs: dict[str, list[RunRecord]] = {site.name: [] for site in made.order.sites}
    errors: dict[str, NewscrawlError] = {}
    if crawls:
        from newscrawl.jobs.backfill_crawl import crawl_span

        for crawled in crawl_span(crawls, resources, on_start=watchers.on_crawl, on_kill=watchers.on_kill):
            runs[crawled.site.name] += [crawled.run] if crawled.run else []
            if crawled.error is not None:
                errors[crawled.site.name] = crawled.error
            if crawled.run is not None and crawled.run.status == "stopped" and crawled.error is None:
                return [Backfilled(site, tuple(runs[site.name])) for site in made.order.sites]
    collected = _collect(resources, [part for part in made.parts if part.kind == "collect"], watchers)
    for site in made.order.sites:
        parts = [part for part in made.parts if part.kind == "read" and part.site.name == site.name]
        if not parts or isinstance(errors.get(site.name), StoreUnavailableError | EmbeddedServerError):
            continue
        try:
            runs[site.name].append(_read_site(resources, site, parts, watchers, collected))
        except NewscrawlError as error:
            errors[site.name] = error
    return [Backfilled(site, tuple(runs[site.name]), errors.get(site.name)) for site in made.order.sites]


def _collect(resources: Resources, parts: Sequence[Part], watchers: Watchers) -> RunLog:
    """Stream the files of an archive without an index; what went wrong is told by the sites' runs."""
    log = RunLog()
    for part in parts:
        watchers.on_part(part)
        _do(resources, part, "", log, watchers)
        if log.stats.get("failed.archive_unavailable"):
            break
    return log


def _read_site(
    resources: Resources, site: Site, parts: Sequence[Part], watchers: Watchers, collected: RunLog
) -> RunRecord:
    """Do the parts of one site that write articles, in a run of its own."""
    store = resources.store
    run = store.start_run("backfill", site.name)
    watchers.on_start(site, run)
    status: RunStatus = "stopped"
    try:
        if any(part.via == "ccnews" for part in parts):
            for name, number in collected.stats.items():
                run.count(name, number)
            for told in collected.warnings:
                run.warn(told)
        lost: set[str] = set()
        for part in parts:
            if part.lane and part.lane in lost:
                continue
            watchers.on_part(part)
            if not _do(resources, part, run.id, run, watchers):
                lost.add(part.lane)
        store.refresh_entities()
        status = "failures" if count_failures(run.stats) else "done"
        if run.stats.get("failed.archive_unavailable"):
            status = "unavailable"
    except UnavailableError:
        status = "unavailable"
        raise
    finally:
        run.finish(status, {"workers_replaced": resources.workers.replaced})
    found = store.find_run(run.id)
    assert found is not None
    return found


def _do(resources: Resources, part: Part, run_id: str, log: RunLog, watchers: Watchers) -> bool:
    """Do a part, what it counts and says going into a run; return whether its archive was there."""

    def report(counts: object) -> None:
        told = dict(cast("dict[str, int | float]", counts))
        for name, number in told.items():
            log.count(name, number)
        watchers.on_count(part, told)
        if isinstance(log, Run):
            _stay_in_charge(log)

    try:
        done = do_part(resources, part, run_id, report)
    except ArchiveUnavailableError as error:
        log.count("failed.archive_unavailable")
        log.warn(error.message)
        return False
    except ArchiveError as error:
        log.count("failed.archive_answer")
        log.warn(error.message)
        return True
    for sentence in done.warnings:
        log.warn(sentence)
    return True


def _stay_in_charge(run: Run) -> None:
    if run.lost.is_set():
        raise NewscrawlError(
            f"another run has taken over {run.site}, since this one was silent for too long",
            advice="See `newscrawl runs`.",
        )


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
