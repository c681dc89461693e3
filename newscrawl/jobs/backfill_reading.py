"""The part of a backfill that makes articles of captures: fetched, stored, read and written as a crawl's pages are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from newscrawl.archives.sifting import Span, why_no_article
from newscrawl.canonical import article_url
from newscrawl.config import Config
from newscrawl.errors import ArchiveError, ArchiveUnavailableError
from newscrawl.items import Archive, Capture, Page, Visit
from newscrawl.jobs.backfill_fetching import Fetch, NotGivenError, fetcher
from newscrawl.jobs.backfill_parts import Part
from newscrawl.resources import Resources
from newscrawl.sites import Site
from newscrawl.store import RunLog, SavedPage
from pipelines.mongo import count_outcomes, write_outcomes
from pipelines.normalise import VERSION
from pipelines.road import Outcome

MOST_TRIES = 5
"""Captures of one address that are tried until one is an article."""
_ADDRESSES = 50
"""Addresses under way at once, from a disk."""
_ASKED = 20
"""The same from an archive's host, which gives them one after the other."""
_MOST_IN_VAIN = 10
"""Captures in a row that an archive may fail to give before it is left for now."""


def read_captures(resources: Resources, part: Part, config: Config, run_id: str, log: RunLog) -> None:
    """Make articles of the waiting captures of one site and archive. Raises ArchiveUnavailableError."""
    archive: Archive = part.via  # type: ignore[assignment]  # a part of this kind has no other
    reading = _Reading(resources, part, archive, fetcher(part.site, archive, config, resources), run_id, log)
    reading.finish_unread()
    for batch in resources.store.captures.waiting(part.site.name, archive, _ADDRESSES if archive == "warc" else _ASKED):
        log.check_lease()
        reading.read(batch)


@dataclass
class _Address:
    """An address whose captures are tried one after the other."""

    url: str
    captures: list[Capture]
    """Those that are left to try, the earliest first."""
    tries: int = 0
    has_article: bool = False
    problem: Outcome | None = None
    """The last page that gave no article."""


@dataclass
class _Taken:
    """A page on its way through the workers."""

    address: _Address
    capture: Capture
    saved: SavedPage


@dataclass
class _Reading:
    """Reads the captures of one site."""

    resources: Resources
    part: Part
    archive: Archive
    fetch: Fetch
    run_id: str
    log: RunLog
    in_vain: int = 0
    _visits: dict[str, Visit] = field(default_factory=dict)

    @property
    def site(self) -> Site:
        return self.part.site

    @property
    def takes_all(self) -> bool:
        """Whether later states of an article are read, too: from a disk they cost nobody anything."""
        return self.archive == "warc"

    def finish_unread(self) -> None:
        """Read the pages that are stored and were not read: those of a killed backfill, and of CC-NEWS."""
        captures, store = self.resources.store.captures, self.resources.store
        while batch := captures.unread(self.site.name, self.archive, _ADDRESSES):
            self.log.check_lease()
            taken = []
            for capture in batch:
                saved = store.recall_page(capture.page_id or "", self.site, pipeline_version=VERSION)
                if saved is not None:
                    taken.append(_Taken(_Address(capture.url, []), capture, saved))
                elif self.archive == "ccnews":  # it came with its file, which nobody streams again for it
                    captures.mark({capture.id: {"state": "left", "reason": "page_forgotten"}})
                else:
                    captures.mark({capture.id: {"state": "waiting", "page_id": None}})
            for one in self._write(iter(taken)):
                self._end(one.address)

    def read(self, batch: dict[str, list[Capture]]) -> None:
        """Try the captures of some addresses, in rounds: the next one of an address when one was no article."""
        open_ = self._unknown(batch)
        self._visits = self.resources.store.captures.visits_of(self.site.name, list(batch))
        self.log.count("addresses_known", len(batch) - len(open_))
        while open_:
            self._write(self._take_round(open_))
            going_on = []
            for address in open_:
                if address.captures and self._goes_on(address):
                    going_on.append(address)
                else:
                    self._end(address)
            open_ = going_on

    # --- its parts

    def _unknown(self, batch: dict[str, list[Capture]]) -> list[_Address]:
        """Return what of a batch is still wanted: others may have stored some of it since the plan was made."""
        captures = self.resources.store.captures
        known = captures.mark_known(self.site.name, list(batch))
        made = captures.made_at(list(known)) if self.takes_all and known else {}
        found = []
        for url, waiting in batch.items():
            wanted = waiting
            if url in known:
                moment: datetime | None = made.get(url)
                wanted = [one for one in waiting if moment is not None and one.captured_at > moment]
            if wanted:
                found.append(_Address(url, wanted))
        return found

    def _goes_on(self, address: _Address) -> bool:
        if self.takes_all:
            return True
        return not address.has_article and address.tries < MOST_TRIES

    def _take_round(self, addresses: Sequence[_Address]) -> Iterator[_Taken]:
        """Fetch and store a capture of each address, those that are no pages of articles being passed over."""
        for address in addresses:
            while address.captures and (self.takes_all or address.tries < MOST_TRIES):
                capture = address.captures.pop(0)
                address.tries += 1
                saved = self._take(capture)
                if saved is not None:
                    yield _Taken(address, capture, saved)
                    break

    def _take(self, capture: Capture) -> SavedPage | None:
        """Fetch a capture and store its page, or note why there is none."""
        store = self.resources.store
        try:
            page = self.fetch(capture)
        except NotGivenError as failure:
            self._fail(capture, str(failure))
            return None
        except ArchiveError as error:
            self.log.count("failed.archive_file")
            self.log.warn(error.message)
            self._fail(capture, "archive_file")
            return None
        self.in_vain = 0
        self.log.count("captures_fetched")
        reason = page if isinstance(page, str) else why_no_article(page, self.site)
        if isinstance(page, str) or reason is not None:
            store.captures.mark({capture.id: {"state": "left", "reason": reason}})
            self.log.count(f"left.{reason}")
            return None
        visit = self._visits.get(capture.url)
        if page.entry is None and visit is not None:  # what the site's lists say of it
            page = page.model_copy(update={"entry": visit.entry})
        key = article_url(page, self.site)
        if key != capture.url and self._is_older(key, page.fetched_at):
            store.captures.mark({capture.id: {"state": "known"}})
            self.log.count("captures_known")
            return None
        saved = store.save_page(page, self.site, pipeline_version=VERSION)
        store.captures.mark({capture.id: {"state": "fetched", "page_id": saved.page.id, "reason": None}})
        self.log.count(f"pages_{saved.state}")
        return saved

    def _fail(self, capture: Capture, reason: str) -> None:
        self.resources.store.captures.failed(capture, reason)
        self.log.count("captures_failed")
        self.in_vain += 1
        if self.in_vain >= _MOST_IN_VAIN:
            raise ArchiveUnavailableError(
                f"{self.archive} fails to give one capture after the other ({reason})",
                advice="The same command goes on later where it is now.",
            )

    def _is_older(self, url: str, moment: datetime) -> bool:
        """Tell whether a stored article is made of a page that is as new or newer."""
        made = self.resources.store.captures.made_at([url]).get(url)
        return made is not None and made >= moment

    def _write(self, arriving: Iterator[_Taken]) -> list[_Taken]:
        """Read pages in the workers, while further ones are fetched, and write what comes out; return all of them."""
        store, taken = self.resources.store, []

        def pages() -> Iterator[tuple[Page, Site]]:
            for one in arriving:
                taken.append(one)
                yield one.saved.page, self.site

        outcomes = list(self.resources.workers.map(pages()))
        # An older capture never takes the place of what a newer page said; of one article twice the newest counts.
        made = store.captures.made_at([one.article_url for one in outcomes])
        both = sorted(zip(taken, outcomes, strict=True), key=lambda pair: pair[0].saved.page.fetched_at)
        written: list[Outcome] = []
        states: dict[str, dict[str, object]] = {}
        for one, outcome in both:
            moment = made.get(outcome.article_url)
            if moment is not None and moment > one.saved.page.fetched_at:
                states[one.capture.id] = {"state": "known"}
                self.log.count("captures_known")
                one.address.has_article = True
            elif outcome.article is not None:
                states[one.capture.id] = {"state": "read"}
                one.address.has_article, one.address.problem = True, None
                written.append(outcome)
                self._count_span(outcome)
            else:
                states[one.capture.id] = {
                    "state": "left",
                    "reason": outcome.problem.reason if outcome.problem else None,
                }
                one.address.problem = outcome
                store.mark_pages({outcome.page_id: outcome.problem})
        if written:
            count_outcomes(self.log, written, write_outcomes(store, written, self.run_id))
            self._mark_gone([one.article_url for one in written])
        store.captures.mark(states)
        return taken

    def _count_span(self, outcome: Outcome) -> None:
        assert outcome.article is not None
        published, span = outcome.article.date_published, self.part.span
        if published is not None and not _covers(span, published, self.site.timezone):
            self.log.count("articles_outside_span")

    def _mark_gone(self, urls: Sequence[str]) -> None:
        """Give articles that the site has taken down since their captures the moment when that was seen."""
        store = self.resources.store
        for url, visit in store.captures.visits_of(self.site.name, urls).items():
            if visit.state == "gone":
                store.mark_gone(url, visit.visited_at or visit.listed_at)

    def _end(self, address: _Address) -> None:
        """Note that an address is through; a page of it that gave no article is a failure when none did."""
        self.log.count("addresses_done")
        captures = self.resources.store.captures
        if address.has_article and not self.takes_all:
            captures.spare(self.site.name, [address.url])
        elif not address.has_article and address.tries >= MOST_TRIES and not self.takes_all:
            captures.spare(self.site.name, [address.url], archive=self.archive)
        if not address.has_article and address.problem is not None:
            reason = address.problem.problem.reason if address.problem.problem else "unknown"
            self.log.count("pages_failed")
            self.log.count(f"failed.{reason}")
            told = address.problem.problem.text if address.problem.problem else None
            self.log.warn(f"{address.url}: {told or reason}")


def _covers(span: Span, moment: datetime, zone: str) -> bool:
    return span.has_day(moment, zone)
