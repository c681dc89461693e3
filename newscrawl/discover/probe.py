"""Probe an unknown site and draft its file: its city, its platform, its lists, a few articles to prove them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from newscrawl.discover.draft import free_name, toml_of_site
from newscrawl.discover.findings import Findings
from newscrawl.discover.paging import second_page
from newscrawl.discover.place import Place, find_place
from newscrawl.discover.sources import (
    Candidate,
    NewsList,
    find_candidates,
    follow,
    further_lists,
    good_feeds,
    good_sitemaps,
    join_addresses,
)
from newscrawl.discover.trial import Trial, platform_reads_alike, try_articles
from newscrawl.discover.visitor import Visitor, refuse_stub, same_site
from newscrawl.errors import ConfigError, UnavailableError
from newscrawl.extract.bounds import document_of
from newscrawl.extract.platform import PlatformGuess, recognise
from newscrawl.items import Page
from newscrawl.sites import Site, Source, all_platforms, with_platform
from newscrawl.urls import is_article, with_scheme

_MOST_CANDIDATES = 3
"""Lists that are tried before discovery gives up."""
_MOSTLY = 0.8
"""Share of a list's entries with a date from which it surely has dates."""
_LEAST_OTHER = 0.3
"""How strong another section's list must be beside the main one."""


@dataclass(frozen=True)
class Discovery:
    """What was found out about a site."""

    site: Site
    toml: str
    """The drafted file."""
    platform: PlatformGuess | None
    trials: Sequence[Trial]
    """The articles that were read to prove it."""
    findings: Findings


def discover(
    url: str, visitor: Visitor, *, name: str | None = None, known: Mapping[str, Site] | None = None
) -> Discovery:
    """Return what a site at `url`, its home page or its list of news, turns out to be.

    `known` are the sites that have a file already: without a `name` one is chosen that no other site has. Raises
    ConfigError or UnavailableError, with the diagnosis, when the site cannot be read or names no news.
    """
    findings = Findings()
    start = _first_page(url, visitor)
    if not same_site(with_scheme(url), start.url):
        findings.doubts.append(f"{url} leads to another host: the draft is of {urljoin(start.url, '/')}")
    home = urljoin(start.url, "/")
    front = start if start.url == home else visitor.get(home, why="the home page") or start
    guess = recognise(front) or recognise(start)
    platform = all_platforms().get(guess.name) if guess else None
    place = find_place(document_of(front))

    candidates = find_candidates(front, start, visitor)
    name = name or free_name(front.url, place.city, known or {})
    news, site, trials = _proved(candidates, lambda one: _site(name, place, front, one, visitor.delay), visitor)
    site = _with_other_sections(site, news, candidates, visitor, findings)
    feeds = good_feeds(front, news, platform.feeds if platform else (), visitor, findings)
    sources: list[Source] = [*feeds, *site.sources, *further_lists(site, news, visitor, findings)]
    if news.paging is None and news.archive is None:
        sources += good_sitemaps(site, home, visitor, findings)
    site = site.model_copy(update={"sources": tuple(sources)})
    if platform is not None and platform_reads_alike(site, platform, trials, findings):
        site = with_platform(site, platform)
    _tell(findings, place, news, trials)
    site = site.model_copy(update={"notes": findings.notes()})
    return Discovery(site, toml_of_site(site), guess, trials, findings)


def _proved(
    candidates: Sequence[Candidate], make: Callable[[NewsList], Site], visitor: Visitor
) -> tuple[NewsList, Site, list[Trial]]:
    """Return the likeliest list that leads to articles, with a site that has it alone. Raises ConfigError."""
    problem = ConfigError(f"the list on {candidates[0].page.url} names too few articles to learn their addresses from")
    for candidate in candidates[:_MOST_CANDIDATES]:
        news = follow(candidate, visitor)
        if news is None:
            continue
        site = make(news)
        try:
            return news, site, try_articles(site, news.found, visitor)
        except ConfigError as error:
            problem = error
    raise problem


def _with_other_sections(
    site: Site, news: NewsList, candidates: Sequence[Candidate], visitor: Visitor, findings: Findings
) -> Site:
    """Return the site with the lists of its other sections of news, such as a press centre beside the news.

    One counts that is not much weaker than the main list, names other articles, and leads to articles.
    """
    sections = {news.page.url}
    for candidate in candidates:
        page = candidate.page
        if page.url in sections or candidate.score < _LEAST_OTHER * candidates[0].score:
            continue
        sections.add(page.url)
        other = follow(candidate, visitor)
        if other is None or any(is_article(entry.url, site) for entry in candidate.found.entries):
            continue
        joined = join_addresses(news.article, other.article)
        if joined is None:
            continue
        wider = site.model_copy(update={"article": joined, "sources": (*site.sources, other.source)})
        try:
            try_articles(wider, other.found, visitor)
        except ConfigError:
            continue
        findings.sure.append(f"{page.url} lists articles of another section")
        site = wider
    return site


def _first_page(url: str, visitor: Visitor) -> Page:
    """Fetch what the user named; without a scheme https is tried, then http."""
    addresses = [url] if "://" in url else [f"https://{url}", f"http://{url}"]
    for number, address in enumerate(addresses):
        try:
            page = visitor.first(address)
        except UnavailableError:
            if number == len(addresses) - 1:
                raise
            continue
        refuse_stub(page)
        return page
    raise ConfigError(f"{url!r} is not an http(s) address")


def _site(name: str, place: Place, front: Page, news: NewsList, delay: float) -> Site:
    """Return the site with its list of news alone."""
    origin = urlsplit(front.url)
    others = {urlsplit(url).netloc for url in (news.found.url, *(entry.url for entry in news.found.entries))}
    content = {
        "name": name,
        "title": place.title or origin.netloc,
        "city": place.city,
        "region": place.region,
        "url": f"{origin.scheme}://{origin.netloc}/",
        "hosts": sorted(one for one in others if one.removeprefix("www.") != origin.netloc.removeprefix("www.")),
        "delay": delay,
        "verified": False,
        "article": news.article,
        "sources": [news.source],
    }
    return Site.model_validate(content | ({"timezone": place.timezone} if place.timezone else {}))


def _tell(findings: Findings, place: Place, news: NewsList, trials: Sequence[Trial]) -> None:
    good = [trial for trial in trials if trial.agrees]
    dated = [trial for trial in good if trial.article is not None and trial.article.date_published is not None]
    url = news.found.url
    told = findings.sure if news.found.dated >= _MOSTLY else findings.doubts
    told.append(f"{len(news.found.entries)} entries on {url}, {news.found.dated:.0%} of them with a date")
    findings.sure.append(f"{len(good)} of {len(trials)} articles tried have the list's headline and a text or picture")
    findings.sure.append(f"{len(dated)} of {len(good)} of these say when they were published")
    if news.paging is not None:
        findings.sure.append(f"the list's second page, {second_page(url, news.paging)}, names further articles")
    elif news.archive is None:
        findings.doubts.append("no way to the list's older pages was found: only its first page is crawled")
    if place.city is None:
        findings.doubts.append("the city is not told by the site: add `city`, `region` and `timezone`")
    elif place.region is None:
        findings.doubts.append(f"the region of {place.city} is not known: add `region` and check `timezone`")
    if len(dated) < len(good):
        findings.doubts.append("some articles say nowhere that is certain when they were published")
