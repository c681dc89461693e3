"""A site file held against the live site: a page of every source, its second page, three articles. Politely."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urljoin

from protego import Protego

from newscrawl.canonical import article_url
from newscrawl.discover.trial import alike
from newscrawl.discover.visitor import OnVisit
from newscrawl.errors import ConfigError, ExtractionError, UnavailableError
from newscrawl.extract.diagnosis import diagnose
from newscrawl.fetch import ROBOT_NAME, Client, Pace
from newscrawl.items import ListingEntry, Page
from newscrawl.jobs.site_check_pages import Finding, PagesCheck, check_pages, read_article
from newscrawl.jobs.site_check_sources import SourceCheck, SourceTest
from newscrawl.sites import Listing, Site, Sitemap, Source
from newscrawl.urls import home_url, is_article

_ARTICLES = 3
_SITEMAPS = 2
"""Sitemaps of an index that are looked into for articles."""


@dataclass
class LiveCheck:
    """What the live site gave."""

    reached: bool = False
    """Whether a host of the site answered at all; `unreached` says why not."""
    unreached: str = ""
    requests: int = 0
    sources: list[SourceCheck] = field(default_factory=list)
    articles: PagesCheck | None = None
    findings: list[Finding] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)


def check_live(site: Site, client: Client, on_visit: OnVisit | None = None) -> LiveCheck:
    """Fetch a few pages of a site, one at a time, `site.delay` apart, and test the site file on them.

    Robots.txt is obeyed, nothing is stored, no script is run. At most two pages of a listing, three documents of a
    sitemap, one of a feed, and three articles are asked for; of a site without sources its home page alone.
    """
    return _Check(site, client, on_visit).run()


class _Check:
    def __init__(self, site: Site, client: Client, on_visit: OnVisit | None) -> None:
        self.site = site
        self.client = client
        self.told = LiveCheck()
        self._on_visit = on_visit
        self._pages: dict[str, Page | None] = {}
        self._known: set[str] = set()
        self._silent: dict[str, str] = {}
        """Hosts that do not answer, and what was said of it."""
        self._pace = Pace(site.delay)

    def run(self) -> LiveCheck:
        if not self.site.sources:
            self._home()
        entries = [self._source(number, source) for number, source in enumerate(self.site.sources)]
        self._articles(_taken_in_turn(entries))
        if self.told.reached:
            self.told.unreached = ""
        else:
            self.told.findings = []
        return self.told

    # --- the network

    def _get(self, url: str, why: str, key: str) -> Page | None:
        """Return a page, or None after noting why it does not come as a Finding about `key`."""
        if url in self._pages:
            return self._pages[url]
        self._pages[url] = page = self._fetch(url, why, key)
        return page

    def _fetch(self, url: str, why: str, key: str) -> Page | None:
        try:
            if not self._robots(url).can_fetch(url, ROBOT_NAME):
                self._break(key, f"robots.txt forbids {url}", _FORBIDDEN)
                self._tell(url, "not asked for, robots.txt forbids it")
                return None
            self._pace.wait()
            self.told.requests += 1
            page = self.client.fetch(url)
        except ConfigError as error:  # redirected to where robots.txt forbids it
            self._break(key, error.message, _FORBIDDEN)
            self._tell(url, error.message)
            return None
        except UnavailableError as error:
            self.told.unreached = self.told.unreached or error.message
            self._break(key, error.message, _NO_ANSWER)
            self._tell(url, error.message)
            return None
        self._tell(url, why)
        return page

    def _robots(self, url: str) -> Protego:
        """Return what robots.txt of a host says. A host that does not answer is not asked again: UnavailableError."""
        origin = urljoin(url, "/")
        if origin in self._silent:
            raise UnavailableError(self._silent[origin])
        if origin not in self._known:
            self._pace.wait()
            try:
                self.client.robots(url)
            except UnavailableError as error:
                self._silent[origin] = error.message
                raise
            self._known.add(origin)
            self.told.reached = True
        return self.client.robots(url)

    def _tell(self, url: str, told: str) -> None:
        if self._on_visit is not None:
            self._on_visit(url, told)

    def _break(self, key: str, sentence: str, advice: str) -> None:
        self.told.findings.append(Finding("live", key, sentence, advice))

    # --- the sources

    def _home(self) -> None:
        page = self._get(self.site.url, "the home page", "url")
        found = diagnose(page) if page is not None else None
        if found is not None:
            self._break("url", f"{self.site.url}: {found.sentence}", "")
        self.told.doubts.append(f"the file names no source: `newscrawl site add {self.site.url}` looks for one")

    def _source(self, number: int, source: Source) -> tuple[ListingEntry, ...]:
        """Test one source and return the articles that it names."""
        if self.site.javascript and isinstance(source, Listing):
            self._doubt_scripts()
            return ()
        key = f"sources.{number}"
        page = self._get(source.url, f"the {source.type}", f"{key}.url")
        if page is None:
            self.told.sources.append(SourceCheck(number, source.type, source.url, 0))
            return ()
        test = SourceTest(self.site, source, number, page)
        if isinstance(source, Sitemap):
            for url in test.further[:_SITEMAPS] if not test.entries else ():
                further = self._get(url, "a sitemap that it names", f"{key}.url")
                if further is not None and test.take(further):
                    break
        elif isinstance(source, Listing) and source.pagination is not None and test.next_url is not None:
            test.second = self._get(
                test.next_url, "the list's second page", f"{key}.pagination.{source.pagination.way}"
            )
        self.told.sources.append(test.result())
        self.told.findings += test.findings
        self.told.doubts += test.doubts
        return test.entries

    def _doubt_scripts(self) -> None:
        told = (
            "scripts make the lists and articles of this site, which --live does not run: "
            f"`newscrawl crawl {self.site.name} --limit 3`, then check the stored pages"
        )
        if told not in self.told.doubts:
            self.told.doubts.append(told)

    # --- the articles

    def _articles(self, entries: list[ListingEntry]) -> None:
        if self.site.javascript or not entries:
            return
        pages = [page for entry in entries[:_ARTICLES] if (page := self._article(entry)) is not None]
        if not pages:
            return
        check = check_pages(pages, self.site, "live")
        self.told.articles = check
        self.told.findings += check.findings
        self.told.doubts += check.doubts
        strange = list(self._other_headlines(pages))
        if len(strange) == len(pages):
            self._break("layouts", strange[0], "Name the article's own headline in the layout's `headline`.")
        else:
            self.told.doubts += strange

    def _article(self, entry: ListingEntry) -> Page | None:
        """Return an article's page as a crawl would store it; one that is no article's is told of."""
        page = self._get(entry.url, "an article", "")
        if page is None:
            return None
        page = page.model_copy(
            update={"entry": entry, "site": self.site.name, "url": home_url(page.url, self.site)},
        )
        found = diagnose(page)
        if found is not None:
            self._break("", f"{page.url}: {found.sentence}", "")
            return None
        if not is_article(article_url(page, self.site), self.site):
            self._break("article.path", f"{entry.url} leads to {page.url}, which is no article's address", _ADDRESS)
            return None
        return page

    def _other_headlines(self, pages: list[Page]) -> Iterator[str]:
        """Yield a sentence for every article whose headline is not the one that its list told."""
        for page in pages:
            listed = page.entry.headline if page.entry is not None else None
            try:
                headline = read_article(page, self.site).headline
            except ExtractionError:
                continue
            if listed and headline and not alike(headline, listed):
                yield f"{page.url} is headed «{headline[:60]}», its source says «{listed[:60]}»"


_NO_ANSWER = "Look at it in a browser: if it comes there, try again later; else mend the file."
_FORBIDDEN = "newscrawl does not go there: name another source, or ask the site's owner."
_ADDRESS = "Mend `article.path`: it must match where the articles are now."


def _taken_in_turn(sources: list[tuple[ListingEntry, ...]]) -> list[ListingEntry]:
    """Return the entries of all sources, one of each in turn, each address once: the newest of every source first."""
    longest = max(map(len, sources), default=0)
    turns = (entries[place] for place in range(longest) for entries in sources if place < len(entries))
    return list({entry.url: entry for entry in turns}.values())
