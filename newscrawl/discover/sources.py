"""Where a site lists its articles: the list of news and how it goes on, lists made alike, feeds, sitemaps."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urljoin

import feedparser

from newscrawl.discover.addresses import infer
from newscrawl.discover.findings import Findings
from newscrawl.discover.lists import Entry, FoundList, find_lists, read_list
from newscrawl.discover.paging import Paging, find_archive, find_paging, second_page
from newscrawl.discover.sections import find_feeds, find_sections
from newscrawl.discover.visitor import Visitor, refuse_stub
from newscrawl.errors import ConfigError
from newscrawl.extract import extract_listing
from newscrawl.extract.bounds import document_of
from newscrawl.items import Page
from newscrawl.sites import ArticleAddress, Feed, Listing, Pagination, Site, Sitemap
from newscrawl.urls import absolute_url, canonical_url, is_article

_MOST_FEEDS = 3
_MOST_WAYS = 3
"""Ways to a list's second page that are tried."""
_LEAST_SHARE = 0.6
"""Share of a list's entries that must be articles."""
_NEWS_IN_ADDRESS = re.compile(r"news|novost|press|sobyti|event|media|stat|article|\\d\{4\}", re.IGNORECASE)
"""What tells a pattern of articles' addresses from one that a site's other pages have too."""
_BY_RANK = 0.08
"""By how much a list on a less likely section counts less than on the one before."""
_ON_FRONT = 0.4
"""How much a list on the front page counts: it shows a few of the latest only."""


@dataclass(frozen=True)
class NewsList:
    """The list of news, followed to its second page."""

    found: FoundList
    page: Page
    """The page that it was found on."""
    paging: Paging | None
    archive: str | None
    """Selector of the links to its years, where no paging was found."""
    article: ArticleAddress

    @property
    def source(self) -> Listing:
        """The list as a site file has it."""
        return listing_at(self.found.url, self.found, self.paging, self.archive)


@dataclass(frozen=True)
class Candidate:
    """A list that may be that of the news."""

    score: float
    found: FoundList
    page: Page


def find_candidates(front: Page, start: Page, visitor: Visitor) -> list[Candidate]:
    """Return the lists that may be a site's list of news, the likeliest first. `start` is the page that the user named.

    Raises ConfigError when there is none.
    """
    sections = find_sections(document_of(front), front.url)
    if start is not front:
        sections = [start.url, *sections]
    candidates: list[Candidate] = []
    for rank, url in enumerate(sections):
        page = visitor.get(url, why="a section that may list the news")
        if page is not None:
            refuse_stub(page, only_walls=True)
            candidates += [Candidate(one.score * (1 - _BY_RANK * rank), one, page) for one in find_lists(page)[:2]]
    candidates += [Candidate(one.score * _ON_FRONT, one, front) for one in find_lists(front)[:1]]
    good = sorted((one for one in candidates if one.score > 0), key=lambda one: -one.score)
    if not good:
        raise ConfigError(
            f"no list of news was found on {urljoin(front.url, '/')}",
            advice="A list has three entries or more, alike, each a link with a headline.\n"
            "Give the address of the page that lists the news: newscrawl site add https://…/novosti/",
        )
    return good


def follow(candidate: Candidate, visitor: Visitor) -> NewsList | None:
    """Follow a list to its second page: how it goes on, and what its articles' addresses share, if anything."""
    found, page = candidate.found, candidate.page
    document = document_of(page)
    entries = list(found.entries)
    known = {entry.url for entry in entries}
    paging = None
    for way in find_paging(document, page.url)[:_MOST_WAYS]:
        second = visitor.get(second_page(page.url, way), why="the list's second page")
        further = [entry for entry in read_list(found, second) if entry.url not in known] if second else []
        if further:
            paging, entries = way, [*entries, *further]
            break
    rule = infer(entry.url for entry in entries)
    if rule is None:
        return None
    archive = find_archive(document, page.url) if paging is None else None
    address = ArticleAddress(path=rule.path, keep_parameters=rule.keep_parameters, trailing_slash=rule.trailing_slash)
    return NewsList(found, page, paging, archive, address)


def listing_at(url: str, found: FoundList, paging: Paging | None, archive: str | None = None) -> Listing:
    """Return a source at `url` that is read like a found list."""
    pagination = None
    if paging is not None:
        pagination = Pagination(
            parameter=paging.parameter, template=paging.template, first=paging.first, step=paging.step
        )
    return Listing(
        type="listing", url=url, item=found.item, link=found.link, headline=found.headline, date=found.date,
        archive=archive, pagination=pagination,
    )  # fmt: skip


def join_addresses(one: ArticleAddress, other: ArticleAddress) -> ArticleAddress | None:
    """Return the rule of both sections' articles, or None where one rule cannot hold for both."""
    if one.keep_parameters != other.keep_parameters:
        return None
    path = one.path if one.path == other.path else f"(?:{one.path}|{other.path})"
    slash = one.trailing_slash if one.trailing_slash == other.trailing_slash else "keep"
    return ArticleAddress(path=path, keep_parameters=one.keep_parameters, trailing_slash=slash)


def further_lists(site: Site, news: NewsList, visitor: Visitor, findings: Findings) -> list[Listing]:
    """Return lists on the pages seen that are made alike and name articles which the chosen one does not."""
    known = {canonical_url(entry.url, site) for entry in news.found.entries}
    further = []
    for page in visitor.pages():
        alike = next((one for one in find_lists(page) if one.item == news.found.item), None)
        if is_article(page.url, site) or alike is None or canonical_url(page.url) == canonical_url(news.found.url):
            continue
        urls = _articles(alike.entries, site)
        ways = find_paging(document_of(page), page.url)
        if len(urls) >= _LEAST_SHARE * len(alike.entries) and not urls <= known and not _is_further_page(page, ways):
            further.append(listing_at(page.url, news.found, ways[0] if ways else None))
            findings.sure.append(f"{page.url} lists further articles in the same way")
            known |= urls
    return further


def _articles(entries: Sequence[Entry], site: Site) -> set[str]:
    return {canonical_url(entry.url, site) for entry in entries if is_article(entry.url, site)}


def _is_further_page(page: Page, ways: list[Paging]) -> bool:
    """Tell whether a page is the second or a later one of its list."""
    return any(
        f"{way.parameter}=" in page.url
        if way.parameter is not None
        else re.fullmatch(re.escape(str(way.template)).replace(r"\{page\}", r"\d+"), page.url)
        for way in ways
    )


def good_feeds(front: Page, news: NewsList, usual: Sequence[str], visitor: Visitor, findings: Findings) -> list[Feed]:
    """Return the first feed that names the list's own articles. `usual`: where the platform has one."""
    at = [urljoin(news.found.url, one) for one in usual]
    candidates = find_feeds(document_of(news.page), news.page.url, at) + find_feeds(document_of(front), front.url, ())
    known = {canonical_url(entry.url) for entry in news.found.entries}
    for url in list(dict.fromkeys(candidates))[:_MOST_FEEDS]:
        page = visitor.get(url, why="a feed")
        links = [entry.get("link") or "" for entry in feedparser.parse(page.body).entries] if page else []
        urls = [canonical_url(address) for link in links if link and (address := absolute_url(url, link))]
        if urls and sum(one in known for one in urls) >= min(3, len(urls)):
            return [Feed(type="feed", url=url)]
        if urls:
            findings.doubts.append(f"{url} is a feed, but names hardly any article of the list: left out")
    return []


def good_sitemaps(site: Site, home: str, visitor: Visitor, findings: Findings) -> list[Sitemap]:
    """Return the sitemaps that name articles, for a site whose list does not lead to older ones."""
    good: list[Sitemap] = []
    if site.article is None or not _NEWS_IN_ADDRESS.search(site.article.path):
        return good  # `/node/17` may be anything
    for url in visitor.sitemaps(home) or [urljoin(home, "/sitemap.xml")]:
        page = visitor.get(url, why="a sitemap")
        sitemap = Sitemap(type="sitemap", url=url)
        read = extract_listing(page, site, sitemap) if page else None
        if read is not None and (read.entries or read.further):
            good.append(sitemap)
            findings.doubts.append(f"{url} is a sitemap: what it names by an article's address is taken for one")
    return good
