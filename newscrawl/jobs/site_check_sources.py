"""One source of a site file, tested on the pages it gave: every selector, its next page, its articles' addresses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import parsel

from newscrawl.discover.addresses import infer
from newscrawl.discover.lists import find_lists
from newscrawl.extract import ListingPage, extract_listing
from newscrawl.extract.bounds import document_of
from newscrawl.extract.diagnosis import diagnose
from newscrawl.items import ListingEntry, Page
from newscrawl.jobs.site_check_pages import Finding, SelectorCheck
from newscrawl.sites import ArticleAddress, Listing, Site, Sitemap, Source
from newscrawl.urls import absolute_url, canonical_url, is_article
from pipelines import dates

_LEAST_LISTED = 3
"""Articles in a list that is offered in place of the one that a selector no longer finds."""
_FEW = 5
"""A list of fewer entries may well have no second page."""


@dataclass(frozen=True)
class SourceCheck:
    """What one source gave."""

    number: int
    """Its place in the site file: `sources.0` is the first."""
    type: str
    url: str
    entries: int
    """Articles of the site that it names."""
    selectors: tuple[SelectorCheck, ...] = ()
    new_on_second_page: int | None = None
    """Articles that its second page names and its first does not; None where no such page was read."""


class SourceTest:
    """Tests a source on its first page, and on further ones as they come."""

    def __init__(self, site: Site, source: Source, number: int, page: Page) -> None:
        self.site = site
        self.source = source
        self.page = page
        self.second: Page | None = None
        """A listing's second page, once it was fetched."""
        self.findings: list[Finding] = []
        self.doubts: list[str] = []
        self._number = number
        self._checks: list[SelectorCheck] = []
        self._taken = 0
        # Every address of the site, whether an article's or not: the pattern is under test too.
        keep = site.article.keep_parameters if site.article else ()
        self._open = site.model_copy(update={"article": ArticleAddress(path=r"(?s:.*)", keep_parameters=keep)})
        self._read = extract_listing(page, site, source)
        self._all = extract_listing(page, self._open, source).entries

    @property
    def entries(self) -> tuple[ListingEntry, ...]:
        """Articles of the site that the pages so far name."""
        return self._read.entries

    @property
    def further(self) -> tuple[str, ...]:
        """The sitemaps that an index names, the newest last; a listing's archives."""
        return self._read.further

    @property
    def next_url(self) -> str | None:
        """Where a listing's second page is."""
        return self._read.next_url if self._all else None

    def take(self, page: Page) -> bool:
        """Read a sitemap that the index names; tell whether it names articles."""
        read = extract_listing(page, self.site, self.source)
        self._taken += 1
        self._all += extract_listing(page, self._open, self.source).entries
        self._read = ListingPage(read.entries, further=self._read.further)
        return bool(read.entries)

    def result(self) -> SourceCheck:
        """Test all that is there and return what was found; `findings` and `doubts` are full afterwards."""
        strange = diagnose(self.page) if not self.entries else None
        if strange is not None:
            self._break("url", f"{self.page.url}: {strange.sentence}", "")
        elif isinstance(self.source, Listing):
            self._listing(self.source)
        elif not self._all and not self.further:
            self._break("url", f"the {self.source.type} {self.source.url} names nothing on the site", _MOVED)
        new = None
        if strange is None:
            self._addresses()
            if isinstance(self.source, Listing) and self._all:
                new = self._second_page(self.source)
        return SourceCheck(self._number, self.source.type, self.source.url, len(self.entries), tuple(self._checks), new)

    # --- selectors

    def _listing(self, source: Listing) -> None:
        document = document_of(self.page)
        items = document.css(source.item)
        self._note("item", source.item, len(items), len(items))
        if not items:
            self._break("item", f"{source.item} finds no entry on {self.page.url}", self._alternative())
            return
        links = [link for item in items if (link := _link(item, source)) is not None]
        self._note("link", source.link, len(links), len(items))
        if not links:
            self._break("link", f"{source.link} finds no link in any of {len(items)} entries", self._alternative())
            return
        if not self._all:
            self._break("link", f"none of {len(links)} links leads to the site: {links[0]}", _HOSTS)
            return
        self._parts(source)
        if source.archive is not None:
            self._note("archive", source.archive, len(self.further), len(self.further))
            if not self.further:
                self._break("archive", f"{source.archive} finds no link on {self.page.url}", _IN_BROWSER)

    def _parts(self, source: Listing) -> None:
        """Test what is named inside the entries."""
        takes: dict[str, Callable[[ListingEntry], str | None]] = {
            "headline": lambda entry: entry.headline,
            "date": lambda entry: entry.date_published_raw,
            "lead": lambda entry: entry.lead,
        }
        for part, take in takes.items():
            selector: str | None = getattr(source, part)
            if selector is None:
                continue
            texts = [text for entry in self._all if (text := take(entry))]
            readable = [text for text in texts if part != "date" or self._is_date(text)]
            self._note(part, selector, len(readable), len(self._all))
            if not texts:
                self._break(part, f"{selector} finds nothing in any of {len(self._all)} entries", self._alternative())
            elif not readable:
                told = f"{selector} finds no date in any of {len(self._all)} entries, but «{texts[0][:60]}»"
                self._break(part, told, self._alternative())

    def _is_date(self, text: str) -> bool:
        return dates.read(text, base=self.page.fetched_at, timezone=self.site.timezone).span is not None

    def _alternative(self) -> str:
        """Say how the page's list of articles may be read now, where one is there."""
        lists = [(sum(is_article(entry.url, self.site) for entry in one.entries), one) for one in find_lists(self.page)]
        fitting, found = max(lists, key=lambda one: one[0], default=(0, None))
        if found is None or fitting < _LEAST_LISTED:
            return _IN_BROWSER
        now = {"item": found.item, "link": found.link, "date": found.date}
        changed = [f"{key} = '{css}'" for key, css in now.items() if css and css != getattr(self.source, key)]
        if not changed:
            return _IN_BROWSER
        return f"The page has {fitting} articles in a list that reads so: {', '.join(changed)}"

    # --- addresses and further pages

    def _addresses(self) -> None:
        """Test the pattern of articles' addresses on all that the source names."""
        if self.site.article is None:
            return
        fitting = sum(is_article(entry.url, self.site) for entry in self._all)
        self._checks.append(SelectorCheck("article.path", self.site.article.path, fitting, len(self._all)))
        if isinstance(self.source, Sitemap) and not fitting and self._taken < len(self.further):
            told = f"{self._taken} of {len(self.further)} sitemaps that {self.source.url} names were read"
            self.doubts.append(f"sources.{self._number}.url: {told}, no article is in them")
            return
        if fitting or not self._all:
            return
        rule = infer(entry.url for entry in self._all)
        advice = f"These addresses have in common: path = '{rule.path}'" if rule and rule.covered > 0.5 else _IN_BROWSER
        told = f"it matches none of {len(self._all)} addresses that {self.source.url} names, such as {self._all[0].url}"
        self.findings.append(Finding("live", "article.path", told, advice))

    def _second_page(self, source: Listing) -> int | None:
        """Test whether the list goes on; return how many new articles its second page names."""
        pagination = source.pagination
        if pagination is None or pagination.max_pages == 1:
            return None
        selector = str(getattr(pagination, pagination.way))
        key = f"pagination.{pagination.way}"
        self._note(key, selector, int(self.next_url is not None), 1)
        if self.next_url is None:
            self._ends(key, f"{selector} leads from {self.page.url} to no second page")
            return None
        if self.second is None:
            return None
        named = extract_listing(self.second, self._open, source).entries
        known = {canonical_url(entry.url, self._open) for entry in self._all}
        new = [entry for entry in named if canonical_url(entry.url, self._open) not in known]
        if not new:
            what = "the same articles as the first" if named else "no article"
            self._ends(key, f"the second page, {self.next_url}, names {what}")
        return len(new)

    def _ends(self, key: str, sentence: str) -> None:
        if len(self._all) < _FEW:
            self.doubts.append(f"sources.{self._number}.{key}: {sentence}; the list may be that short")
        else:
            self._break(key, sentence, _IN_BROWSER)

    def _note(self, key: str, selector: str, found: int, of: int) -> None:
        self._checks.append(SelectorCheck(f"sources.{self._number}.{key}", selector, found, of))

    def _break(self, key: str, sentence: str, advice: str) -> None:
        self.findings.append(Finding("live", f"sources.{self._number}.{key}", sentence, advice))


_IN_BROWSER = "Look at the page in a browser and mend the selector, or let `newscrawl site add` draft it anew."
_MOVED = "It may have moved: look for its new address on the site."
_HOSTS = "Where the site has moved to that host, name it in `hosts`."


def _link(item: parsel.Selector, source: Listing) -> str | None:
    """Return where an entry leads: to any host."""
    link = item if item.root.tag == "a" and source.link == "a" else next(iter(item.css(source.link)), None)
    href = link.attrib.get("href") if link is not None else None
    return absolute_url(source.url, href) if href else None
