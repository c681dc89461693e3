"""The parts of a backfill that find captures: indexes asked, files searched, what is wanted written down."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from newscrawl.archives.ccnews import CcNews
from newscrawl.archives.commoncrawl import CommonCrawl
from newscrawl.archives.files import opened
from newscrawl.archives.members import Damage, Source
from newscrawl.archives.payload import PayloadError
from newscrawl.archives.records import Note, WarcRecord, entry_of, records
from newscrawl.archives.sifting import Span, why_no_article, why_not
from newscrawl.archives.wayback import IndexPage, IndexRow, Wayback
from newscrawl.clock import now
from newscrawl.config import Config
from newscrawl.items import Archive, Capture, CaptureList, Page
from newscrawl.jobs.backfill_parts import Part, archive_client
from newscrawl.resources import Resources
from newscrawl.sites import Site
from newscrawl.store.captures import capture_id, new_list
from newscrawl.urls import canonical_url, home_url
from pipelines.normalise import VERSION

if TYPE_CHECKING:
    from newscrawl.store import RunLog, Store

_RECORDS = 2000
"""Records of a file between two notes of how far it was read."""
_BYTES = 64 * 1024 * 1024
"""The same in bytes."""
_FRESH = timedelta(days=1)
"""An index that may have grown since is asked again after so long."""
_MOST_TOLD = 5
"""Damages of one file that are told one by one."""


def list_key(site: Site, part: Part) -> str:
    """Return the key of a site's question."""
    span = part.span
    return f"{site.name} {part.via} {part.asked} {span.first}..{span.captures_end}"


def _new_list(key: str, site: Site, part: Part) -> CaptureList:
    return new_list(key, site.name, _archive(part), part.asked, part.span.first, part.span.captures_end)


def is_listed(found: CaptureList | None, part: Part) -> bool:
    """Tell whether an answer was read to its end and cannot have grown since."""
    if found is None or found.done_at is None:
        return False
    if part.via != "wayback":  # a crawl's index, a file (its size and time are in its key): what they are for good
        return True
    settled = datetime.combine(part.span.captures_end, datetime.min.time(), UTC) + timedelta(days=2)
    return found.done_at > settled or now() - found.done_at < _FRESH


# --- indexes


def list_index(resources: Resources, part: Part, config: Config, log: RunLog) -> None:
    """Read an index's answer from where it was left. Raises ArchiveUnavailableError, ArchiveError."""
    captures = resources.store.captures
    site, key = part.site, list_key(part.site, part)
    known = captures.find_list(key)
    if is_listed(known, part):
        log.count("indexes_known")
        return
    goes_on = known is not None and known.done_at is None
    state = known if known is not None and goes_on else _new_list(key, site, part)
    for page in _pages(part, config, state.cursor):
        wanted, left = _sift(page, site, part)
        left["unreadable"] += page.broken
        state = _advanced(state, len(wanted), left, cursor=page.cursor, is_done=page.cursor is None)
        new = captures.note(wanted, state)
        log.count("index_pages")
        log.count("captures_listed", len(page.rows))
        log.count("captures_new", new)
        for reason, number in (+left).items():
            log.count(f"left.{reason}", number)
    if state.done_at is None:  # no page at all
        captures.note([], _advanced(state, 0, Counter(), cursor=None, is_done=True))


def _pages(part: Part, config: Config, cursor: str | None) -> Iterable[IndexPage]:
    client = archive_client(config)
    first, last = part.span.first, min(part.span.captures_end, now().date())
    if part.via == "wayback":
        wayback = Wayback(client, config.wayback_cdx, config.wayback_replay)
        return wayback.index(part.asked, f"{first:%Y%m%d}", f"{last:%Y%m%d}", cursor)
    collection, _, prefix = part.asked.partition(" ")
    crawl = CommonCrawl(client, config.commoncrawl_index, config.commoncrawl_data)
    return crawl.index(collection, prefix, cursor)


def _sift(page: IndexPage, site: Site, part: Part) -> tuple[list[Capture], Counter[str]]:
    """Return the wanted captures of a page, one of each address and digest, and the reasons of the others."""
    left: Counter[str] = Counter()
    wanted: dict[tuple[str, str], Capture] = {}
    for row in sorted(page.rows, key=lambda row: row.captured_at):
        reason = why_not(
            site, part.span, url=row.url, captured_at=row.captured_at, status=row.status, mime=row.mime
        )  # fmt: skip
        if reason is not None:
            left[reason] += 1
            continue
        capture = _capture(site, part, row)
        same = (capture.url, row.digest or capture.id)
        if same in wanted:
            left["same_bytes"] += 1
        else:
            wanted[same] = capture
    return list(wanted.values()), left


def _capture(site: Site, part: Part, row: IndexRow) -> Capture:
    archive = _archive(part)
    return Capture(
        id=capture_id(site.name, archive, f"{row.captured_at:%Y%m%d%H%M%S}", row.url), site=site.name, archive=archive,
        url=canonical_url(row.url, site), asked=row.url, captured_at=row.captured_at, digest=row.digest, mime=row.mime,
        place=row.place, offset=row.offset, length=row.length, is_revisit=row.is_revisit,
    )  # fmt: skip


def _archive(part: Part) -> Archive:
    assert part.via not in {"listing", "sitemap"}
    return part.via  # type: ignore[return-value]  # mypy does not narrow a literal by a set


def _advanced(
    state: CaptureList,
    wanted: int,
    left: Counter[str],
    *,
    cursor: str | None,
    is_done: bool,
    problem: str | None = None,
) -> CaptureList:
    sums = {name: number for name, number in (Counter(state.left) + left).items() if number}
    return state.model_copy(
        update={
            "cursor": cursor, "captures": state.captures + wanted, "left": sums, "read_at": now(),
            "done_at": now() if is_done else None, "problem": problem or state.problem,
        }
    )  # fmt: skip


# --- files


def list_file(resources: Resources, part: Part, log: RunLog) -> None:
    """Search a WARC file on disk for captures of the sites' articles. Raises ArchiveError when it cannot be read."""
    place = part.asked.rsplit(" ", 2)[0]
    with opened(place) as source:
        _Search(resources.store, part, log, place).run(source)


def collect_file(resources: Resources, part: Part, config: Config, log: RunLog) -> None:
    """Stream a WARC file of CC-NEWS and store the pages of the sites' articles, each once, to be read later.

    Raises ArchiveUnavailableError, ArchiveError.
    """
    archive = CcNews(archive_client(config), config.commoncrawl_data)
    with archive.open(part.asked) as source:
        _Search(resources.store, part, log, part.asked, keeps_pages=True).run(source)


class _Search:
    """One pass over a WARC file for those of its sites that have not seen all of it."""

    def __init__(self, store: Store, part: Part, log: RunLog, place: str, *, keeps_pages: bool = False) -> None:
        self._store = store
        self._part = part
        self._log = log
        self._place = place
        self._keeps_pages = keeps_pages
        self._states: dict[str, CaptureList] = {}
        self._wanted: dict[str, list[Capture]] = {}
        self._left: dict[str, Counter[str]] = {}
        self._told = 0
        self._problem: str | None = None
        self._ids: dict[str, Capture] = {}
        """Record id -> what was made of it, for the notes beside it."""

    def run(self, source: Source) -> None:
        sites = self._begin()
        if not sites:
            self._log.count("files_known")
            return
        start = min(int(state.cursor or 0) for state in self._states.values())
        seen, saved_at, end = 0, start, start
        for found in records(source, start):
            if isinstance(found, Damage):
                self._tell(found)
                end = found.end
                continue
            if isinstance(found, Note):
                self._annotate(found)
                continue
            end = found.offset
            for site in sites:
                self._take(site, found)
            seen += 1
            if seen % _RECORDS == 0 or found.offset - saved_at > _BYTES:
                # Up to this record, which a second pass sees again: its notes follow it.
                self._save(cursor=found.offset, is_done=False)
                saved_at = found.offset
        self._save(cursor=end, is_done=True)
        self._log.count("files_read")

    # --- its parts

    def _begin(self) -> list[Site]:
        sites = []
        for site in self._part.sites:
            key = list_key(site, self._part)
            known = self._store.captures.find_list(key)
            if is_listed(known, self._part):
                continue
            self._states[site.name] = known or _new_list(key, site, self._part)
            self._wanted[site.name], self._left[site.name] = [], Counter()
            sites.append(site)
        return sites

    def _take(self, site: Site, record: WarcRecord) -> None:
        span: Span = self._part.span
        status = None if record.kind == "revisit" else record.status
        reason = why_not(
            site, span, url=record.url, captured_at=record.captured_at, status=status, mime=record.mime
        )  # fmt: skip
        if reason is None and record.kind != "revisit" and record.status is None:
            reason = "status"
        if reason is not None:
            self._left[site.name][reason] += 1
            return
        archive = _archive(self._part)
        capture = Capture(
            id=capture_id(site.name, archive, f"{record.captured_at:%Y%m%d%H%M%S}", record.url), site=site.name,
            archive=archive, url=canonical_url(record.url, site), asked=record.url, captured_at=record.captured_at,
            digest=record.digest, mime=record.mime, place=self._place, offset=record.offset, length=record.length,
            is_revisit=record.kind == "revisit",
        )  # fmt: skip
        if self._keeps_pages:
            self._keep(site, record, capture)
            return
        self._wanted[site.name].append(capture)
        if record.record_id:
            self._ids[f"{site.name} {record.record_id}"] = capture

    def _annotate(self, note: Note) -> None:
        """Give a capture the listing entry that newscrawl wrote beside it."""
        for site, waiting in self._wanted.items():
            capture = self._ids.get(f"{site} {note.of}")
            entry = entry_of(note)
            if capture is None or entry is None or not waiting or waiting[-1].id != capture.id:
                continue
            waiting[-1] = capture.model_copy(update={"entry": entry})

    def _keep(self, site: Site, record: WarcRecord, capture: Capture) -> None:
        """Store the page of a capture that comes once only, unless its article is stored already."""
        captures = self._store.captures
        if captures.has_any([capture.id]):
            return
        if capture.is_revisit:
            self._left[site.name]["revisit"] += 1
            return
        page, reason = page_of_record(record, site, f"{capture.archive} {self._place}@{record.offset}")
        reason = reason or (why_no_article(page, site) if page is not None else None)
        if reason is not None or page is None:
            self._left[site.name][reason or "unreadable"] += 1
            return
        known = captures.mark_known(site.name, [capture.url])
        if capture.url in known:
            captures.add_fetched(capture.model_copy(update={"state": "known"}))
            self._log.count("captures_known")
            return
        saved = self._store.save_page(page, site, pipeline_version=VERSION)
        captures.add_fetched(capture.model_copy(update={"state": "fetched", "page_id": saved.page.id}))
        self._log.count("captures_new")

    def _tell(self, damage: Damage) -> None:
        """Count a stretch that cannot be read, and tell of the first ones."""
        self._log.count("failed.damaged_archive")
        self._told += 1
        told = f"{self._place}: bytes {damage.offset} to {damage.end} cannot be read: {damage.why}"
        self._problem = self._problem or told
        if self._told <= _MOST_TOLD:
            self._log.warn(told)
        elif self._told == _MOST_TOLD + 1:
            self._log.warn(f"{self._place}: further damages are only counted")

    def _save(self, *, cursor: int, is_done: bool) -> None:
        for name, state in self._states.items():
            wanted, left = self._wanted[name], self._left[name]
            # The note of the very last record may follow.
            held_back = [one for one in wanted[-1:] if not is_done and one.offset == cursor]
            state = _advanced(
                state, len(wanted) - len(held_back), left, cursor=str(cursor), is_done=is_done, problem=self._problem
            )
            new = self._store.captures.note(wanted[: len(wanted) - len(held_back)], state)
            self._states[name] = state
            self._log.count("captures_new", new)
            self._log.count("captures_listed", len(wanted) - len(held_back))
            for reason, number in left.items():
                self._log.count(f"left.{reason}", number)
            self._wanted[name], self._left[name] = held_back, Counter()
        kept = {one.id for waiting in self._wanted.values() for one in waiting}
        self._ids = {key: one for key, one in self._ids.items() if one.id in kept}


def page_of_record(record: WarcRecord, site: Site, origin: str) -> tuple[Page | None, str | None]:
    """Return the page that a record holds, or the reason why it holds none."""
    try:
        body = record.body()
    except PayloadError as error:
        return None, error.reason
    page = Page(
        url=home_url(record.url, site), site=site.name, fetched_at=record.captured_at, status=record.status or 200,
        headers=record.page_headers, body=body, archived_from=origin,
    )  # fmt: skip
    return page, None
