"""Bring the past of sites in: from their own lists, from web archives, from WARC files.

A backfill is planned (`plan`: indexes are asked, what they name is written down, nothing of it is fetched), then done
(`backfill`). Both are made of parts (`newscrawl.jobs.backfill_parts`), done by an engine, here or on many machines.
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
from newscrawl.items import Archive
from newscrawl.items import Run as RunRecord
from newscrawl.jobs.backfill_listing import collect_file, is_listed, list_file, list_index, list_key
from newscrawl.jobs.backfill_parts import (
    ARCHIVES,
    Part,
    Via,
    archive_client,
    hosts_of,
    span_for,
)
from newscrawl.jobs.backfill_reading import read_captures
from newscrawl.jobs.crawl import Crawled
from newscrawl.jobs.crawl_shared import crawl_shared
from newscrawl.jobs.site_parts import carry_out, reason_of
from newscrawl.parts import Engine, Task
from newscrawl.resources import Resources
from newscrawl.sites import Feed, Listing, Site, Sitemap
from newscrawl.store import Run, RunLog, Store
from newscrawl.store.documents import now

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


def backfill_part(resources: Resources, part: Part, run_id: str, log: RunLog) -> None:
    """Do one part of a backfill that is none of the site's own lists.

    Done twice, or from the middle after a death, it gives the same and fetches nothing again that was stored. A part
    of the kind `read` writes articles: whoever has it done holds its site's lease, by a run with `run_id`. Raises
    UnavailableError, ArchiveError.
    """
    config = load_config()
    if part.kind == "list" and part.via == "warc":
        list_file(resources, part, log)
    elif part.kind == "list":
        list_index(resources, part, config, log)
    elif part.kind == "collect":
        collect_file(resources, part, config, log)
    else:
        read_captures(resources, part, config, run_id, log)


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


def plan(
    engine: Engine,
    store: Store,
    order: Order,
    report: Callable[[str, int, int], None] = lambda what, number, of: None,
) -> Plan:
    """Ask the indexes and search the files, write down what they name, and return what there is to do.

    `report` is told (what has been asked, how many have, how many there are). Raises ConfigError, UnavailableError; an
    archive that does not answer is told in the plan and costs no other.
    """
    config = load_config()
    made = Plan(order)
    parts, made.problems, made.is_unavailable = list_parts(order, config)
    tasks = [Task(part, "", RunLog(), part.lane) for part in parts]
    for number, done in enumerate(engine.run(backfill_part, tasks), 1):
        report(f"{done.task.part.via} {done.task.part.asked}", number, len(parts))
        made.problems += done.task.log.warnings
        if isinstance(done.error, ArchiveUnavailableError):
            made.is_unavailable = True
        if done.error is not None and done.error.message not in made.problems:
            made.problems.append(done.error.message)
    for site in order.sites:
        store.captures.settle_known(site.name)
        made.sources += _sources(store, site, order, config)
    made.parts = _parts_to_do(store, order, config, made)
    return made


def _sources(store: Store, site: Site, order: Order, config: Config) -> Iterator[SourcePlan]:
    archives = [one for one in ARCHIVES if one in order.vias]
    counts = store.captures.counts(site.name, archives)
    for via in order.vias:
        if via in {"listing", "sitemap"}:
            yield _own_source(store, site, via, order.span)
            continue
        archive = cast(Archive, via)
        have, known, waiting = counts[archive]
        unread = store.captures.count_unread(site.name, archive)
        pause = 0.0 if via in {"warc", "ccnews"} else config.archive_delay + 0.5
        seconds = waiting * max(pause, _SECONDS_A_READING) + unread * _SECONDS_A_READING
        yield SourcePlan(site, via, have, known, waiting + unread, seconds)


def _own_source(store: Store, site: Site, via: Via, span: Span) -> SourcePlan:
    """Return what the ledger knows of a site's lists: more, once they are read."""
    sources = own_sources(site, via)
    if not sources:
        return SourcePlan(site, via, 0, 0, 0, 0.0, "the site file names none")
    known, read, swept = store.captures.ledger_counts(site.name, [one.url for one in sources], span.first)
    note = "" if swept else "its lists are still to be read, so there may be more"
    waiting = known - read
    return SourcePlan(site, via, known, read, waiting, waiting * max(site.delay, 0.2), note)


def own_sources(site: Site, via: Via) -> list[Listing | Feed | Sitemap]:
    """Return the sources of a site that a way goes through: listings and feeds, or sitemaps."""
    return [one for one in site.sources if isinstance(one, Sitemap) == (via == "sitemap")]


def _parts_to_do(store: Store, order: Order, config: Config, made: Plan) -> list[Part]:
    """Return the parts that fetch, in the order of the ways."""
    hosts = hosts_of(config)
    found: list[Part] = []
    for via in order.vias:
        span = span_for(via, order.span)
        if via == "ccnews":
            found += _collect_parts(store, order, span, config, made)
        for site in order.sites:
            size = next((one.to_fetch for one in made.sources if one.site == site and one.via == via), 0)
            if via in {"listing", "sitemap"}:
                if own_sources(site, via):
                    found.append(Part("crawl", via, (site,), span, size=size, lane=urlsplit(site.url).netloc))
            else:
                found.append(Part("read", via, (site,), span, size=size, lane=hosts.get(via, ("", ""))[1]))
    return found


def _collect_parts(store: Store, order: Order, span: Span, config: Config, made: Plan) -> list[Part]:
    archive = CcNews(archive_client(config), config.commoncrawl_data)
    try:
        names = archive.files(span.first, min(order.span.last, now().date()))
    except (ArchiveError, ArchiveUnavailableError) as error:
        made.problems.append(error.message)
        made.is_unavailable = made.is_unavailable or isinstance(error, UnavailableError)
        return []
    lane = hosts_of(config)["ccnews"][1]
    parts = [Part("collect", "ccnews", order.sites, span, name, FILE_SIZE, lane) for name in names]
    find = store.captures.find_list
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
