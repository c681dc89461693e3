"""The plan of a backfill: indexes are asked, files searched, what they name is written down; nothing is fetched."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

from newscrawl.archives.ccnews import FILE_SIZE, CcNews
from newscrawl.archives.commoncrawl import CommonCrawl
from newscrawl.archives.files import warc_files
from newscrawl.archives.sifting import Span, news_prefixes
from newscrawl.clock import now
from newscrawl.config import Config, load_config
from newscrawl.days import Days
from newscrawl.errors import ArchiveError, ArchiveUnavailableError, UnavailableError
from newscrawl.items import Archive
from newscrawl.jobs.backfill_listing import is_listed, list_key
from newscrawl.jobs.backfill_parts import (
    ARCHIVES,
    Part,
    Via,
    archive_client,
    hosts_of,
    span_for,
)
from newscrawl.jobs.backfill_work import backfill_part
from newscrawl.parts import Engine, Task
from newscrawl.sites import Feed, Listing, Site, Sitemap
from newscrawl.store import RunLog, Store
from newscrawl.store.months import articles_by_month

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
    unasked: set[Via] = {via for via in order.vias if via == "commoncrawl" and made.is_unavailable}
    tasks = [Task(part, "", RunLog(), part.lane) for part in parts]
    for number, done in enumerate(engine.run(backfill_part, tasks), 1):
        report(f"{done.task.part.via} {done.task.part.asked}", number, len(parts))
        made.problems += done.task.log.warnings
        if isinstance(done.error, ArchiveUnavailableError):
            made.is_unavailable = True
            unasked.add(done.task.part.via)
        if done.error is not None and done.error.message not in made.problems:
            made.problems.append(done.error.message)
    for site in order.sites:
        store.captures.settle_known(site.name)
        made.sources += _sources(store, site, order, config, unasked)
    made.parts = _parts_to_do(store, order, config, made)
    return made


def _sources(store: Store, site: Site, order: Order, config: Config, unasked: Collection[Via]) -> Iterator[SourcePlan]:
    archives = [one for one in ARCHIVES if one in order.vias]
    counts = store.captures.counts(site.name, archives)
    for via in order.vias:
        if via == "sitemap" and "listing" in order.vias and own_sources(site, "listing") and own_sources(site, via):
            yield SourcePlan(site, via, None, 0, 0, None, "counted with the listing: one crawl reads both")
            continue
        if via in {"listing", "sitemap"}:
            yield _own_source(store, site, via, order.span)
            continue
        archive = cast(Archive, via)
        have, known, waiting = counts[archive]
        unread = store.captures.count_unread(site.name, archive)
        pause = 0.0 if via in {"warc", "ccnews"} else config.archive_delay + 0.5
        seconds = waiting * max(pause, _SECONDS_A_READING) + unread * _SECONDS_A_READING
        if via in unasked:
            yield SourcePlan(site, via, None, known, waiting + unread, None, "it did not answer, so there may be more")
        else:
            yield SourcePlan(site, via, have, known, waiting + unread, seconds)


def _own_source(store: Store, site: Site, via: Via, span: Span) -> SourcePlan:
    """Return what is known of a site's lists: more, once they are read."""
    sources = own_sources(site, via)
    if not sources:
        return SourcePlan(site, via, 0, 0, 0, 0.0, "the site file names none")
    days = Days(span.first, span.last)
    is_read = store.captures.are_lists_read(site.name, [one.url for one in sources], span.first)
    waiting = sum(
        days.hold(entry, site, listed_at) for entry, listed_at in store.captures.listed_and_waiting(site.name)
    )
    stored = sum(articles_by_month(store, site.name, site.timezone, *span.moments(site.timezone)).values())
    note = "" if is_read else "its lists are still to be read, so there may be more"
    return SourcePlan(site, via, stored + waiting, stored, waiting, waiting * max(site.delay, 0.2), note)


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
