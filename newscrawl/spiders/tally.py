"""What a crawl counts and tells of: failures by reason, what lists give, traps, certificates."""

from __future__ import annotations

from typing import Any, get_args

from scrapy.http import Response

from newscrawl.certificates import SENTENCES
from newscrawl.certificates import Problem as CertificateProblem
from newscrawl.extract import ListingPage
from newscrawl.extract.diagnosis import Reason
from newscrawl.sites import Site
from newscrawl.spiders.failures import TOLD_ONCE, asked_for, describe
from newscrawl.store import Run
from newscrawl.store.paging import ListTask
from newscrawl.traps import TRAPS, TrapReason

NOT_THE_SITES: frozenset[str] = frozenset({*get_args(Reason), *SENTENCES})
"""Reasons that hold for a whole site as a rule: its pages are not its own."""


class Tally:
    """Fills the counters and warnings of one run."""

    def __init__(self, run: Run, site: Site) -> None:
        self._run = run
        self._site = site
        self._certificates: dict[str, CertificateProblem] = {}

    def describe(self, failure: Any) -> tuple[str, str]:
        """Return (reason, sentence) of a request that got no page."""
        return describe(failure, self._site, self._certificates)

    def failed_request(self, failure: Any, reason: str, sentence: str) -> None:
        """Count a request that got no page."""
        self._run.count("requests_failed")
        if reason in NOT_THE_SITES | TOLD_ONCE:
            self.strange(asked_for(failure.request), sentence, reason)
        else:
            self.failure(f"{asked_for(failure.request)}: {sentence}", reason)

    def strange(self, url: str, sentence: str, reason: str) -> None:
        """Count a page that is not the site's own; the first of its kind is told of."""
        self._first(f"failed.{reason}", f"{url}: {sentence}; more of this kind are only counted")

    def failure(self, sentence: str, reason: str) -> None:
        """Count a failure, and tell of it."""
        self._run.count(f"failed.{reason}")
        self._run.warn(sentence)

    def trap(self, url: str, reason: TrapReason) -> None:
        """Count a trap; the first of its kind is told of."""
        told = f"{url}: left as a crawler trap ({TRAPS[reason]}); more of this kind are only counted"
        self._first(f"traps.{reason}", told)

    def certificate(self, host: str, problem: CertificateProblem) -> None:
        """Remember what is wrong with a host's certificate; told of once where its pages are read all the same."""
        if self._certificates.setdefault(host, problem) == problem and not self._site.is_verified_by_tls:
            told = f"{host}: {SENTENCES[problem]} (read all the same, since `verify_tls` is not set)"
            if f"certificates.{problem}" not in self._run.stats:
                self._first(f"certificates.{problem}", told)

    def entries(self, listing: ListingPage, task: ListTask) -> None:
        """Count what a page of a list names and tells: the monitors see by it when a list is made anew."""
        self._run.count("listing_pages")
        self._run.count("listing_entries", len(listing.entries))
        self._run.count("listing_entries_dated", sum(one.date_published_raw is not None for one in listing.entries))
        self._run.count("listing_entries_titled", sum(one.headline is not None for one in listing.entries))
        if task.is_first:
            self._run.count(f"entries.{task.source.url}", len(listing.entries))

    def answer(self, response: Response) -> None:
        """Count how long an answer took."""
        self._run.count("seconds.fetch", round(response.meta.get("download_latency", 0.0), 3))

    def _first(self, name: str, sentence: str) -> None:
        self._run.count(name)
        if self._run.stats[name] == 1:
            self._run.warn(sentence)
