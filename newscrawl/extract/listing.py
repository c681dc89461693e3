"""Listings, feeds and sitemaps: which articles a source names, and where its next page is."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import parse_qsl, urlencode, urlsplit

import feedparser
import lxml.etree
import parsel

from newscrawl.extract.addresses import base_of
from newscrawl.extract.bounds import document_of
from newscrawl.extract.datelines import find_date
from newscrawl.extract.files import is_file
from newscrawl.extract.list_years import headings_above, under_heading, with_years
from newscrawl.items import ListingEntry, Page
from newscrawl.sites.model import Listing, Pagination, Site, Sitemap, Source
from newscrawl.urls import absolute_url, fetch_url, is_article
from pipelines.text import clean

_LARGEST_SITEMAP = 50 * 1024 * 1024


@dataclass(frozen=True)
class ListingPage:
    """What one page of a source gives."""

    entries: tuple[ListingEntry, ...]
    """Articles of the site, in page order, each once."""
    next_url: str | None = None
    """The following page of a listing."""
    aliases: tuple[ListingEntry, ...] = ()
    """Entries of a listing under addresses of the site that are no article's by their form: they may lead to one."""
    oldest: date | None = None
    """The day to which a listing's page comes, for the page after it: see `extract_listing`."""
    further: tuple[str, ...] = ()
    """Other documents to read: the sitemaps that an index names, a listing's years and months."""
    changed: Mapping[str, str] = field(default_factory=dict)
    """When those of a sitemap's index were changed, in its words; those of which it does not say are absent."""


def extract_listing(page: Page, site: Site, source: Source, *, newest: date | None = None) -> ListingPage:
    """Read one page of a source. Any bytes will do: what cannot be read has no entries.

    `newest` is the `oldest` of the page before: in a list sorted by date it tells the years of dates without one.
    """
    if isinstance(source, Listing):
        return _read_listing(page, site, source, newest)
    if isinstance(source, Sitemap):
        return _read_sitemap(page, site)
    return _read_feed(page, site)


def _articles(entries: Iterator[ListingEntry], site: Site) -> tuple[ListingEntry, ...]:
    """Keep what is an article of the site, once, under the address to fetch."""
    kept: dict[str, ListingEntry] = {}
    for entry in entries:
        if is_article(entry.url, site):
            url = fetch_url(entry.url, site)
            kept.setdefault(url, entry.model_copy(update={"url": url}))
    return tuple(kept.values())


def _read_listing(page: Page, site: Site, source: Listing, newest: date | None) -> ListingPage:
    root = document_of(page)
    base = base_of(root.root, page.url)
    items = root.css(source.item)
    headed = headings_above(root.root, [item.root for item in items]) if source.date else {}
    told = [
        under_heading(entry, headed.get(item.root), _text(item, "@text"))
        for item in items
        if (entry := _read_entry(item, base, source)) is not None
    ]
    entries, oldest = with_years(told, fetched_at=page.fetched_at, timezone=site.timezone, newest=newest)
    next_url = _next_page(root, page.url, source.pagination) if source.pagination else None
    archive = (absolute_url(base, link.attrib.get("href", "")) for link in root.css(source.archive or "newscrawl"))
    further = tuple(dict.fromkeys(url for url in archive if url and url != page.url))
    articles = _articles(iter(entries), site)
    return ListingPage(articles, next_url, _aliases(entries, site), oldest, further)


def _aliases(entries: list[ListingEntry], site: Site) -> tuple[ListingEntry, ...]:
    """Return the entries whose address is none of an article but on the site: `detail.php?ID=7` beside `/news/7/`."""
    kept: dict[str, ListingEntry] = {}
    for entry in entries:
        parts = urlsplit(entry.url)
        if not is_article(entry.url, site) and site.serves(parts.netloc, parts.scheme) and not is_file(entry.url):
            kept.setdefault(entry.url, entry)
    return tuple(kept.values())


def _read_entry(item: parsel.Selector, base: str, source: Listing) -> ListingEntry | None:
    link = item if item.root.tag == "a" and source.link == "a" else next(iter(item.css(source.link)), None)
    url = absolute_url(base, link.attrib.get("href", "")) if link is not None else None
    if link is None or not link.attrib.get("href") or url is None:
        return None
    headline = (
        _text(item, source.headline) if source.headline else _own_text(link) or clean(link.attrib.get("title", ""))
    )
    return ListingEntry(
        url=url,
        source="listing",
        headline=headline or None,
        date_published_raw=_date(item, source.date),
        lead=_text(item, source.lead) or None,
    )


def _date(item: parsel.Selector, selector: str | None) -> str | None:
    """Return the entry's date as written, without the words around it."""
    text = _text(item, selector)
    return find_date(text) or text or None


def _own_text(selector: parsel.Selector) -> str:
    return clean(" ".join(selector.xpath(".//text()").getall()))


def _text(item: parsel.Selector, selector: str | None) -> str:
    if selector is None:
        return ""
    if selector == "@text":
        return clean(" ".join(item.xpath(".//text()[not(ancestor::a)]").getall()))
    css, at, attribute = selector.rpartition("@")
    found = item.css(css if at else selector) if (css or not at) else [item]
    for one in found:
        return clean(one.attrib.get(attribute, "")) if at else _own_text(one)
    return ""


def _next_page(root: parsel.Selector, url: str, pagination: Pagination) -> str | None:
    """Return the address of the next page; whether it brings anything new is for the caller to see."""
    if pagination.next is not None:
        href = root.css(pagination.next).attrib.get("href")
        return absolute_url(url, href) if href else None
    if pagination.template is not None:
        before, after = pagination.template.split("{page}")
        middle = url[len(before) : len(url) - len(after)] if url.startswith(before) and url.endswith(after) else ""
        following = _following(middle if middle.isdecimal() else str(pagination.first), pagination)
        return f"{before}{following}{after}" if following is not None else None
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    name = str(pagination.parameter)
    following = _following(query.get(name, str(pagination.first)), pagination)
    return parts._replace(query=urlencode(query | {name: following})).geturl() if following is not None else None


def _following(current: str, pagination: Pagination) -> str | None:
    """Return the number of the page after `current`, or None when there is none or too many."""
    if not current.isdecimal() or len(current) > 9:
        return None
    number = int(current) + pagination.step
    return str(number) if (number - pagination.first) // pagination.step < pagination.max_pages else None


def _read_feed(page: Page, site: Site) -> ListingPage:
    feed = feedparser.parse(page.body, response_headers={"content-type": page.headers.get("content-type", "")})

    def entries() -> Iterator[ListingEntry]:
        for item in feed.entries:
            url = absolute_url(page.url, item.get("link", ""))
            if item.get("link") and url:
                yield ListingEntry(
                    url=url,
                    source="feed",
                    headline=clean(item.get("title", "")) or None,
                    date_published_raw=clean(item.get("published", "") or item.get("updated", "")) or None,
                    lead=_own_text(parsel.Selector(text=item.get("summary") or "<p></p>", type="html")) or None,
                )

    return ListingPage(_articles(entries(), site))


def _unzipped(body: bytes) -> bytes:
    """Return what a gzipped sitemap holds, up to the protocol's 50 MiB; what breaks off is read as far as it goes."""
    if not body.startswith(b"\x1f\x8b"):
        return body
    try:
        return zlib.decompressobj(wbits=31).decompress(body, _LARGEST_SITEMAP)
    except zlib.error:
        return b""


def _read_sitemap(page: Page, site: Site) -> ListingPage:
    # No entities, no network: a sitemap comes from outside.
    parser = lxml.etree.XMLParser(recover=True, resolve_entities=False, no_network=True, huge_tree=False)
    try:
        root = lxml.etree.fromstring(_unzipped(page.body), parser)
    except lxml.etree.XMLSyntaxError:
        root = None
    if root is None:
        return ListingPage(())

    def locations(kind: str, date: str) -> Iterator[tuple[str, str | None]]:
        for node in root.iter(f"{{*}}{kind}"):
            url = absolute_url(page.url, node.findtext("{*}loc") or "")
            if url and node.findtext("{*}loc"):
                yield url, node.findtext(f".//{{*}}{date}")

    # <lastmod> is when the file changed, not when the news appeared: no evidence for a publication date.
    articles = locations("url", "publication_date")
    entries = (ListingEntry(url=url, source="sitemap", date_published_raw=date) for url, date in articles)
    parts = dict(locations("sitemap", "lastmod"))
    changed = {url: date for url, date in parts.items() if date}
    return ListingPage(_articles(entries, site), further=tuple(parts), changed=changed)
