"""Where a backfill has the pages of captures from."""

from __future__ import annotations

from collections.abc import Callable

from newscrawl.archives.commoncrawl import CommonCrawl
from newscrawl.archives.files import opened
from newscrawl.archives.records import record_at
from newscrawl.archives.wayback import Wayback
from newscrawl.config import Config
from newscrawl.items import Archive, Capture, Page
from newscrawl.jobs.backfill_listing import page_of_record
from newscrawl.jobs.backfill_parts import archive_client
from newscrawl.resources import Resources
from newscrawl.sites import Site
from newscrawl.urls import canonical_url, home_url


class NotGivenError(Exception):
    """An archive did not give a capture this time; `args[0]` is the reason."""


Fetch = Callable[[Capture], "Page | str"]
"""Gives the page of a capture, or why it is left. Raises NotGivenError, ArchiveUnavailableError, ArchiveError."""


def fetcher(site: Site, archive: Archive, config: Config, resources: Resources) -> Fetch:
    """Return what fetches the captures of an archive."""
    if archive == "wayback":
        wayback = Wayback(archive_client(config), config.wayback_cdx, config.wayback_replay)
        return lambda capture: _from_wayback(wayback, site, capture)
    if archive == "commoncrawl":
        crawl = CommonCrawl(archive_client(config), config.commoncrawl_index, config.commoncrawl_data)
        return lambda capture: _from_common_crawl(crawl, site, capture)
    return lambda capture: _from_file(resources, site, capture)


def _from_wayback(wayback: Wayback, site: Site, capture: Capture) -> Page | str:
    found = wayback.fetch(capture.asked, capture.captured_at)
    if found.answer is None:
        if found.reason == "archive_page":
            raise NotGivenError(found.reason)
        return found.reason
    if found.address and canonical_url(found.address, site) != capture.url:
        return "redirected_away"
    taken_at = found.captured_at or capture.captured_at
    return Page(
        url=home_url(found.address or capture.asked, site), site=site.name, fetched_at=taken_at,
        status=found.answer.status, headers=found.answer.headers, body=found.answer.body,
        archived_from=f"wayback {found.answer.url}",
    )  # fmt: skip


def _from_common_crawl(crawl: CommonCrawl, site: Site, capture: Capture) -> Page | str:
    record = crawl.fetch(capture.place or "", capture.offset or 0, capture.length or 0)
    if record is None:
        raise NotGivenError("no_record")
    if canonical_url(record.url, site) != capture.url or record.kind == "revisit":
        return "other_record"
    page, reason = page_of_record(record, site, f"commoncrawl {capture.place}@{capture.offset}")
    return page if page is not None else reason or "unreadable"


def _from_file(resources: Resources, site: Site, capture: Capture) -> Page | str:
    where = capture
    if capture.is_revisit:
        original = resources.store.captures.original_of(capture)
        if original is None:
            return "revisit_of_nothing"
        where = original
    with opened(where.place or "") as source:
        record = record_at(source, where.offset or 0)
    if record is None:
        return "no_record"
    page, reason = page_of_record(record, site, f"warc {where.place}@{where.offset}")
    if page is None:
        return reason or "unreadable"
    return page.model_copy(
        update={"url": home_url(capture.asked, site), "fetched_at": capture.captured_at, "entry": capture.entry}
    )
