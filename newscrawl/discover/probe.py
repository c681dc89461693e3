"""Probe an unknown site and draft its file: sections, lists, pages of lists, feeds, a few articles to prove it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

import feedparser
import parsel

from newscrawl.discover.addresses import AddressRule, infer
from newscrawl.discover.draft import free_name, toml_of
from newscrawl.discover.lists import Entry, FoundList, document_of, find_lists, read_list
from newscrawl.discover.paging import Paging, find_archive, find_paging, second_page
from newscrawl.discover.place import Place, find_place
from newscrawl.discover.sections import find_feeds, find_sections
from newscrawl.discover.trial import Trial, same_text, try_article
from newscrawl.discover.visitor import Visitor
from newscrawl.errors import ConfigError, UnavailableError
from newscrawl.extract import extract_listing
from newscrawl.extract.diagnosis import diagnose
from newscrawl.extract.platform import PlatformGuess, recognise
from newscrawl.items import Page
from newscrawl.sites import Platform, Site, Sitemap, all_platforms, with_platform
from newscrawl.urls import absolute_url, canonical_url, is_article

_TRIALS = 4
"""Articles that are read to prove a list."""
_MOST_FEEDS = 3
_LEAST_SHARE = 0.6
"""Share of a feed's entries, or of trials, that must fit."""


@dataclass
class Discovery:
    """What was found out about a site."""

    site: Site
    toml: str
    """The drafted file."""
    place: Place
    platform: PlatformGuess | None
    trials: list[Trial] = field(default_factory=list)
    sure: list[str] = field(default_factory=list)
    """What was seen to work."""
    doubts: list[str] = field(default_factory=list)
    """What a person should check."""


def discover(
    url: str, visitor: Visitor, *, name: str | None = None, known: Mapping[str, Site] | None = None
) -> Discovery:
    """Return what a site at `url`, its home page or its list of news, turns out to be.

    `known` are the sites that have a file already: without a `name` one is chosen that no other site has. Raises
    ConfigError or UnavailableError, with the diagnosis, when the site cannot be read or names no news.
    """
    return _Probe(url, visitor, name, known or {}).run()


class _Probe:
    def __init__(self, url: str, visitor: Visitor, name: str | None, known: Mapping[str, Site]) -> None:
        self.known = known
        self.visitor = visitor
        self.start = _first_page(url, visitor)
        self.home = urljoin(self.start.url, "/")
        self.name = name
        self.sure: list[str] = []
        self.doubts: list[str] = []

    def run(self) -> Discovery:
        home = (
            self.start if urlsplit(self.start.url).path in {"", "/"} else self.visitor.get(self.home, why="home page")
        )
        front = home or self.start
        document = document_of(front)
        place = find_place(document)
        guess = recognise(front) or recognise(self.start)
        platform = all_platforms().get(guess.name) if guess else None
        found, pages = self._find_list(document, front)
        listing, rule, second = self._settle(found, pages)
        feeds = self._feeds(document, front, listing, platform)
        fields = self._fields(place, front, listing, rule, second, feeds)
        fields["sources"] += self._further_lists(_site(fields), listing)  # type: ignore[operator]
        if second is None:
            fields["sources"] += self._sitemaps(_site(fields))  # type: ignore[operator]
        site = _site(fields)
        site, trials, platform_fits = self._try(site, listing, platform, second)
        if platform_fits and guess:
            fields["platform"] = guess.name
        if rule.keep_parameters != (site.article.keep_parameters if site.article else ()):
            fields["article"] = _article(rule)
        self._report(place, guess, listing, second, trials, platform_fits=platform_fits)
        fields["notes"] = self._notes()
        return Discovery(_site(fields, platform if platform_fits else None), toml_of(_ordered(fields)), place, guess,
                         trials, self.sure, self.doubts)  # fmt: skip

    # --- the list of news

    def _find_list(self, document: parsel.Selector, front: Page) -> tuple[FoundList, Page]:
        """Return the likeliest list of news and the page that it is on."""
        sections = find_sections(document, front.url)
        if self.start is not front:
            sections = [self.start.url, *sections]
        best: tuple[float, FoundList, Page] | None = None
        for rank, url in enumerate(sections):
            page = self.visitor.get(url, why="a section that may list the news")
            if page is None:
                continue
            _refuse_stub(page, only_walls=True)
            for found in find_lists(page)[:2]:
                score = found.score * (1.0 - 0.08 * rank)
                if best is None or score > best[0]:
                    best = (score, found, page)
        for found in find_lists(front)[:1]:
            if best is None or found.score * 0.4 > best[0]:
                best = (found.score * 0.4, found, front)
        if best is None or best[0] <= 0:
            raise ConfigError(
                f"no list of news was found on {self.home}",
                advice="Give the address of the page that lists the news: newscrawl site add https://…/novosti/",
            )
        return best[1], best[2]

    def _settle(self, found: FoundList, page: Page) -> tuple[FoundList, AddressRule, Paging | None]:
        """Follow the list to its second page: what its addresses share, and how it goes on."""
        document = document_of(page)
        entries = list(found.entries)
        paging = None
        for candidate in find_paging(document, page.url)[:3]:
            further = self.visitor.get(second_page(page.url, candidate), why="the list's second page")
            again = read_list(found, further) if further else []
            new = [entry for entry in again if entry.url not in {one.url for one in entries}]
            if new:
                paging, entries = candidate, [*entries, *new]
                break
        rule = infer(entry.url for entry in entries)
        if rule is None:
            raise ConfigError(f"the list on {page.url} names too few articles to learn their addresses from")
        return found, rule, paging

    # --- further sources

    def _feeds(
        self, document: parsel.Selector, front: Page, listing: FoundList, platform: Platform | None
    ) -> list[str]:
        """Return the feeds that name the list's own articles, and fresh ones."""
        usual = [urljoin(listing.url, one) for one in (platform.feeds if platform else ())]
        section = self.visitor.get(listing.url, why="the list")
        candidates = find_feeds(document_of(section), section.url, usual) if section else usual
        candidates += find_feeds(document, front.url, ())
        known = {canonical_url(entry.url) for entry in listing.entries}
        good = []
        for url in list(dict.fromkeys(candidates))[:_MOST_FEEDS]:
            page = self.visitor.get(url, why="a feed")
            entries = feedparser.parse(page.body).entries if page else []
            urls = [canonical_url(one) for entry in entries if (one := absolute_url(url, entry.get("link") or ""))]
            if urls and sum(one in known for one in urls) >= min(3, len(urls)):
                good.append(url)
                break
            if page is not None and urls:
                self.doubts.append(f"{url} is a feed, but names hardly any article of the list: left out")
        return good

    def _further_lists(self, site: Site, listing: FoundList) -> list[dict[str, object]]:
        """Return lists on the pages seen that are made alike and name articles which the chosen one does not."""
        known = {canonical_url(entry.url, site) for entry in listing.entries}
        further = []
        for page in self.visitor.pages():
            alike = next((one for one in find_lists(page) if one.item == listing.item), None)
            if alike is None or canonical_url(page.url) == canonical_url(listing.url):
                continue
            urls = {canonical_url(entry.url, site) for entry in alike.entries if is_article(entry.url, site)}
            ways = find_paging(document_of(page), page.url)
            if len(urls) >= _LEAST_SHARE * len(alike.entries) and not urls <= known and not _counts(page.url, ways):
                further.append(_listing(page.url, listing, ways[0] if ways else None))
                self.sure.append(f"{page.url} lists further articles in the same way")
                known |= urls
        return further

    def _sitemaps(self, site: Site) -> list[dict[str, object]]:
        """Return the sitemaps that name articles, for a site whose list does not lead to older ones."""
        told = list(self.visitor.client.robots(self.home).sitemaps)[:2] or [urljoin(self.home, "/sitemap.xml")]
        good = []
        for url in told:
            page = self.visitor.get(url, why="a sitemap")
            read = extract_listing(page, site, Sitemap(type="sitemap", url=url)) if page else None
            if read is not None and (read.entries or read.further):
                good.append({"type": "sitemap", "url": url})
                self.doubts.append(f"{url} is a sitemap: what it names by an article's address is taken for one")
        return good  # type: ignore[return-value]

    # --- the proof

    def _fields(
        self, place: Place, front: Page, listing: FoundList, rule: AddressRule, paging: Paging | None, feeds: list[str]
    ) -> dict[str, object]:
        document = document_of(self.visitor.get(listing.url, why="the list") or front)
        source = _listing(listing.url, listing, paging)
        if paging is None:
            source["archive"] = find_archive(document, listing.url)
        origin = urlsplit(front.url)
        return {
            "name": self.name or free_name(front.url, place.city, self.known),
            "title": place.title or origin.netloc,
            "city": place.city,
            "region": place.region,
            "timezone": place.timezone or "Europe/Moscow",
            "url": f"{origin.scheme}://{origin.netloc}/",
            "hosts": self._hosts(origin.netloc, listing),
            "verified": False,
            "delay": None if self.visitor.delay == 1.0 else self.visitor.delay,
            "article": _article(rule),
            "sources": [*({"type": "feed", "url": url} for url in feeds), source],
        }

    def _hosts(self, netloc: str, listing: FoundList) -> tuple[str, ...]:
        others = {urlsplit(entry.url).netloc for entry in listing.entries} | {urlsplit(listing.url).netloc}
        return tuple(sorted(one for one in others if one.removeprefix("www.") != netloc.removeprefix("www.")))

    def _try(
        self, site: Site, listing: FoundList, platform: Platform | None, paging: Paging | None
    ) -> tuple[Site, list[Trial], bool]:
        """Read a few articles generically and by the platform's layouts, which count when they read the same."""
        chosen = _spread(listing.entries, _TRIALS)
        pages = [(self.visitor.get(entry.url, why="an article"), entry) for entry in chosen]
        had = [(page, entry) for page, entry in pages if page is not None]
        trials = [try_article(page, entry, site) for page, entry in had]
        readable = [trial for trial in trials if trial.agrees]
        if not readable:
            reason = next((trial.reason for trial in trials if trial.reason), "their headlines are not the list's")
            raise ConfigError(
                f"the list on {listing.url} does not lead to articles ({reason})",
                advice="Give the address of the page that lists the news.",
            )
        if platform is None or not platform.layouts:
            return site, trials, False
        by_layout = [try_article(trial.page, trial.entry, with_platform(site, platform)) for trial in readable]
        fits = all(one.article is not None and "/generic@" not in one.article.extracted_by for one in by_layout)
        if not fits:
            self.doubts.append(f"the layouts of {platform.title} do not fit its articles: they are read generically")
        elif not same_text(by_layout, readable):
            fits = False
            self.doubts.append(
                f"the layouts of {platform.title} read its articles otherwise than the generic reading, which was kept"
            )
        return site, trials, fits

    # --- the report

    def _report(
        self,
        place: Place,
        guess: PlatformGuess | None,
        listing: FoundList,
        paging: Paging | None,
        trials: list[Trial],
        *,
        platform_fits: bool,
    ) -> None:
        good = [trial for trial in trials if trial.agrees]
        dated = [trial for trial in good if trial.article is not None and trial.article.date_published is not None]
        self.sure.append(f"{len(listing.entries)} entries on {listing.url}, {listing.dated:.0%} of them with a date")
        self.sure.append(f"{len(good)} of {len(trials)} articles tried have the list's headline and a text or picture")
        self.sure.append(f"{len(dated)} of {len(good)} of these say when they were published")
        if paging is not None:
            self.sure.append(f"the list's second page, {second_page(listing.url, paging)}, names further articles")
        else:
            self.doubts.append("no way to the list's older pages was found: only its first page is crawled")
        if guess is not None and platform_fits:
            self.sure.append(f"the layouts of {guess.name} read the articles tried")
        if place.city is None:
            self.doubts.append("the city is not told by the site: add `city`, `region` and `timezone`")
        elif place.region is None:
            self.doubts.append(f"the region of {place.city} is not known: add `region` and check `timezone`")
        if len(dated) < len(good):
            self.doubts.append("some articles say nowhere that is certain when they were published")

    def _notes(self) -> str:
        lines = ["Drafted by `newscrawl site add`; nobody has reviewed it.", "Seen: " + "; ".join(self.sure) + "."]
        if self.doubts:
            lines.append("To check: " + "; ".join(self.doubts) + ".")
        return "\n".join(lines)


def _listing(url: str, found: FoundList, paging: Paging | None) -> dict[str, object]:
    """Return a source of a site file: a list at `url` that is read like `found`."""
    source: dict[str, object] = {"type": "listing", "url": url, "item": found.item, "date": found.date}
    source["link"] = found.link if found.link != "a" else None
    if paging is not None:
        ways = {"parameter": paging.parameter, "template": paging.template, "first": paging.first, "step": paging.step}
        source["pagination"] = {key: value for key, value in ways.items() if value not in {None, 1}}
    return source


def _counts(url: str, ways: list[Paging]) -> bool:
    """Tell whether an address is a further page of a list rather than a list."""
    return any(way.parameter is not None and f"{way.parameter}=" in url for way in ways)


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
        _refuse_stub(page, only_walls=False)
        return page
    raise ConfigError(f"{url!r} is not an http(s) address")


def _refuse_stub(page: Page, *, only_walls: bool) -> None:
    found = diagnose(page)
    if found is not None and (not only_walls or found.reason in {"bot_wall", "geo_block"}):
        raise UnavailableError(f"{page.url}: {found.sentence}")


def _spread(entries: tuple[Entry, ...], number: int) -> list[Entry]:
    """Return entries from the whole length of a list: its first may be pinned, its last old."""
    if len(entries) <= number:
        return list(entries)
    step = (len(entries) - 1) / (number - 1)
    return [entries[round(step * n)] for n in range(number)]


def _article(rule: AddressRule) -> dict[str, object]:
    fields: dict[str, object] = {"path": rule.path}
    if rule.keep_parameters:
        fields["keep_parameters"] = rule.keep_parameters
    if rule.trailing_slash != "keep":
        fields["trailing_slash"] = rule.trailing_slash
    return fields


_ORDER = (
    "title", "city", "region", "timezone", "url", "hosts", "platform", "delay", "verified", "notes", "article",
    "sources",
)  # fmt: skip


def _ordered(fields: dict[str, object]) -> dict[str, object]:
    return {key: fields[key] for key in _ORDER if fields.get(key) not in (None, "", ())}


def _site(fields: dict[str, object], platform: Platform | None = None) -> Site:
    content = {key: value for key, value in fields.items() if value is not None}
    content["sources"] = [_without_none(one) for one in content["sources"]]  # type: ignore[attr-defined]
    content.pop("platform", None)
    site = Site.model_validate(content)
    return with_platform(site, platform) if platform is not None else site


def _without_none(fields: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in fields.items() if value is not None}
