"""Bring the past of sites in: from their own lists, from web archives, from WARC files.

A backfill is planned (`plan`: indexes are asked, what they name is written down, nothing of it is fetched), then done
(`backfill`). Both are made of parts (`newscrawl.jobs.backfill_parts`), and `do_part` does one, here or on any machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

from newscrawl.archives.ccnews import FILE_SIZE, CcNews
from newscrawl.archives.commoncrawl import CommonCrawl
from newscrawl.archives.files import warc_files
from newscrawl.archives.sifting import Span, news_prefixes
from newscrawl.config import Config, load_config
from newscrawl.errors import ArchiveError, ArchiveUnavailableError, NewscrawlError, UnavailableError
from newscrawl.items import Archive, RunStatus, count_failures
from newscrawl.items import Run as RunRecord
from newscrawl.jobs.backfill_listing import collect_file, is_listed, list_file, list_index, list_key
from newscrawl.jobs.backfill_parts import (
    ARCHIVES,
    Meter,
    Part,
    PartDone,
    Report,
    Via,
    archive_client,
    hosts_of,
    span_for,
)
from newscrawl.jobs.backfill_reading import read_captures
from newscrawl.resources import Resources
from newscrawl.sites import Feed, Listing, Site, Sitemap
from newscrawl.store import Run
from newscrawl.store.documents import now
from newscrawl.store.runs import RunLog

_SECONDS_A_READING = 0.15
"""About so long takes a worker for a page."""
_STREAM = 8_000_000
"""Bytes a second that CC-NEWS is streamed with, about."""


@dataclass(frozen=True)
class Order:
    """What is wanted."""

    sites: tuple[Site, ...]
    span: Span
    vias: tuple[Via, ...]
    files: tuple[Path, ...] = ()
    """WARC files and folders of them, for the way `warc`."""


@dataclass(frozen=True)
class SourcePlan:
    """What a way is known to have for a site."""

    site: Site
    via: Via
    known: int | None
    """Addresses of articles; None while nobody can tell."""
    stored: int
    """Of these, those that are stored."""
    to_fetch: int
    """Of these, those that are to be had from here; what an earlier way has counts there."""
    seconds: float | None
    """How long it takes at the polite rate, about; None where that cannot be told."""
    note: str = ""
    """What else there is to say."""


@dataclass
class Plan:
    """A backfill to be done."""

    order: Order
    sources: list[SourcePlan] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    """What could not be asked or read, in sentences."""
    is_unavailable: bool = False
    """Whether an archive was out of reach."""

    @property
    def seconds(self) -> float:
        """How long the known part of it takes, about: different hosts are asked one after the other."""
        return sum(one.seconds or 0.0 for one in self.sources)


def do_part(resources: Resources, part: Part, run_id: str, report: Report) -> PartDone:
    """Do one part of a backfill; `report` is told what was counted since it was last told.

    Done twice, or from the middle after a death, it gives the same and fetches nothing again that was stored. A part
    of the kind `read` writes articles: whoever calls holds its site's lease, by a run with `run_id`. One of the kind
    `crawl` runs Scrapy, whose reactor a process can start once only. Raises UnavailableError, ArchiveError.
    """
    config = load_config()
    meter = Meter(report)
    try:
        if part.kind == "list" and part.via == "warc":
            list_file(resources, part, meter)
        elif part.kind == "list":
            list_index(resources, part, config, meter)
        elif part.kind == "collect":
            collect_file(resources, part, config, meter)
        elif part.kind == "read":
            read_captures(resources, part, config, run_id, meter)
        else:
            from newscrawl.jobs.backfill_crawl import crawl_span

            crawl_span([part], resources)
    finally:
        meter.step()
    return PartDone(part, tuple(meter.log.warnings))


# --- the plan


def list_parts(order: Order, config: Config) -> tuple[list[Part], list[str], bool]:
    """Return the parts that find captures, what is wrong, in sentences, and whether an archive is out of reach.

    Asks Common Crawl which crawls it has. Raises ConfigError for files that are not there.
    """
    parts: list[Part] = []
    wrong: list[str] = []
    gone = False
    hosts = hosts_of(config)
    for via in order.vias:
        span = span_for(via, order.span)
        if via == "warc":
            files, broken = warc_files(order.files)
            wrong += broken
            parts += [Part("list", via, order.sites, span, one.key, one.size) for one in files]
        elif via == "wayback":
            parts += [
                Part("list", via, (site,), span, prefix, lane=hosts[via][0])
                for site in order.sites
                for prefix in news_prefixes(site)
            ]
        elif via == "commoncrawl":
            client = archive_client(config)
            crawl = CommonCrawl(client, config.commoncrawl_index, config.commoncrawl_data)
            try:
                collections = crawl.collections(span.first, min(span.captures_end, now().date()))
            except (ArchiveError, ArchiveUnavailableError) as error:
                wrong.append(error.message)
                gone = gone or isinstance(error, UnavailableError)
                continue
            parts += [
                Part("list", via, (site,), span, f"{one.name} {prefix}", lane=hosts[via][0])
                for site in order.sites
                for one in collections
                for prefix in news_prefixes(site)
            ]
    return parts, wrong, gone


def plan(resources: Resources, order: Order, report: Callable[[str, int, int], None] | None = None) -> Plan:
    """Ask the indexes and search the files, write down what they name, and return what there is to do.

    `report` is told (what is asked, its number, how many there are). Raises ConfigError, StoreUnavailableError; an
    archive that does not answer is told in the plan and costs no other.
    """
    config = load_config()
    made = Plan(order)
    parts, made.problems, made.is_unavailable = list_parts(order, config)
    lost: set[str] = set()
    for number, part in enumerate(parts, 1):
        if report is not None:
            report(f"{part.via} {part.asked}", number, len(parts))
        if part.lane in lost:
            continue
        try:
            done = do_part(resources, part, "", lambda _: None)
            made.problems += done.warnings
        except ArchiveUnavailableError as error:
            made.problems.append(error.message)
            made.is_unavailable = True
            lost.add(part.lane)
        except ArchiveError as error:
            made.problems.append(error.message)
    for site in order.sites:
        resources.store.captures.settle_known(site.name)
        made.sources += _sources(resources, site, order, config)
    made.parts = _parts_to_do(resources, order, config, made)
    return made


def _sources(resources: Resources, site: Site, order: Order, config: Config) -> Iterator[SourcePlan]:
    store = resources.store
    archives = [one for one in ARCHIVES if one in order.vias]
    counts = store.captures.counts(site.name, archives)
    for via in order.vias:
        if via in {"listing", "sitemap"}:
            yield _own_source(resources, site, via, order.span)
            continue
        archive = cast(Archive, via)
        have, known, waiting = counts[archive]
        unread = store.captures.count_unread(site.name, archive)
        pause = 0.0 if via in {"warc", "ccnews"} else config.archive_delay + 0.5
        seconds = waiting * max(pause, _SECONDS_A_READING) + unread * _SECONDS_A_READING
        yield SourcePlan(site, via, have, known, waiting + unread, seconds)


def _own_source(resources: Resources, site: Site, via: Via, span: Span) -> SourcePlan:
    """Return what the ledger knows of a site's lists: more, once they are read."""
    sources = own_sources(site, via)
    if not sources:
        return SourcePlan(site, via, 0, 0, 0, 0.0, "the site file names none")
    known, read, swept = resources.store.captures.ledger_counts(site.name, [one.url for one in sources], span.first)
    note = "" if swept else "its lists are still to be read, so there may be more"
    waiting = known - read
    return SourcePlan(site, via, known, read, waiting, waiting * max(site.delay, 0.2), note)


def own_sources(site: Site, via: Via) -> list[Listing | Feed | Sitemap]:
    """Return the sources of a site that a way goes through: listings and feeds, or sitemaps."""
    return [one for one in site.sources if isinstance(one, Sitemap) == (via == "sitemap")]


def _parts_to_do(resources: Resources, order: Order, config: Config, made: Plan) -> list[Part]:
    """Return the parts that fetch, in the order of the ways."""
    hosts = hosts_of(config)
    found: list[Part] = []
    for via in order.vias:
        span = span_for(via, order.span)
        if via == "ccnews":
            found += _collect_parts(resources, order, span, config, made)
        for site in order.sites:
            size = next((one.to_fetch for one in made.sources if one.site == site and one.via == via), 0)
            if via in {"listing", "sitemap"}:
                if own_sources(site, via):
                    found.append(Part("crawl", via, (site,), span, size=size, lane=urlsplit(site.url).netloc))
            else:
                found.append(Part("read", via, (site,), span, size=size, lane=hosts.get(via, ("", ""))[1]))
    return found


def _collect_parts(resources: Resources, order: Order, span: Span, config: Config, made: Plan) -> list[Part]:
    archive = CcNews(archive_client(config), config.commoncrawl_data)
    try:
        names = archive.files(span.first, min(order.span.last, now().date()))
    except (ArchiveError, ArchiveUnavailableError) as error:
        made.problems.append(error.message)
        made.is_unavailable = made.is_unavailable or isinstance(error, UnavailableError)
        return []
    lane = hosts_of(config)["ccnews"][1]
    parts = [Part("collect", "ccnews", order.sites, span, name, FILE_SIZE, lane) for name in names]
    find = resources.store.captures.find_list
    left = [part for part in parts if not all(is_listed(find(list_key(site, part)), part) for site in part.sites)]
    for number, one in enumerate(made.sources):
        if one.via == "ccnews":
            told = f"{len(left)} of {len(parts)} files of about 1 GB still to be searched, for all sites at once"
            shown = one.site == order.sites[0]
            seconds = (one.seconds or 0.0) + (len(left) * FILE_SIZE / _STREAM if shown else 0.0)
            made.sources[number] = SourcePlan(
                one.site, one.via, one.known if not left else None, one.stored, one.to_fetch, seconds, told
            )
    return left


# --- doing it


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
        if not parts or (errors.get(site.name) and not isinstance(errors[site.name], ArchiveUnavailableError)):
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
            _stay_in_charge(run)
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
