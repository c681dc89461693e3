"""One saved page to one RawArticle: the site's layout first, then the page's own metadata, field by field."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from bs4 import BeautifulSoup, Tag

from newscrawl.encoding import decode
from newscrawl.errors import ExtractionError
from newscrawl.extract.body import joined, paragraphs, text_of
from newscrawl.extract.generic import generic_layout
from newscrawl.extract.metadata import Stated, stated
from newscrawl.items import Attachment, Evidence, Image, Page, RawArticle
from newscrawl.sites.model import Layout, Site
from newscrawl.urls import absolute_url, canonical_url
from pipelines.text import clean, clean_paragraphs

VERSION = "1"
"""Grows whenever extraction may read a page differently; part of `extracted_by`."""

_FILES = frozenset("pdf doc docx xls xlsx odt ods rtf ppt pptx zip rar 7z txt csv".split())
_BINARY = (b"%PDF", b"PK\x03\x04", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\xd0\xcf\x11\xe0", b"Rar!")
_DEFAULT_ZONE = "Europe/Moscow"


def extract_article(page: Page, site: Site | None = None) -> RawArticle:
    """Return what `page` says, read by the layouts of `site` that were valid when it was fetched.

    Fields that no selector gives come from JSON-LD, microdata and OpenGraph, in this order. Without a site, or with one
    that has no layouts, the body is found by a generic reading. Raises ExtractionError: `empty_page`, `not_html`,
    `layout_not_matched` (a site with layouts none of which fits), `no_article` (nothing that reads as an article).
    """
    html = _html(page)
    soup = BeautifulSoup(html, "lxml")
    metadata = stated(html, page.url)
    reading = _read_by_layout(soup, page, site, metadata)
    field = reading.layout
    headline = reading.first_text(field.headline) or _stated(metadata, "headline")
    body = reading.body
    if not body and not headline:
        raise ExtractionError("no_article", "the page has neither a headline nor a text")
    lead = reading.first_text(field.lead) or _stated(metadata, "lead")
    return RawArticle(
        url=canonical_url(page.url, site),
        site=site.name if site else None,
        city=site.city if site else None,
        region=site.region if site else None,
        timezone=site.timezone if site else _DEFAULT_ZONE,
        headline=headline,
        lead=lead if lead and not _repeats(lead, headline, body) else None,
        article_body=body,
        date_published=(
            *reading.evidence(field.date_published),
            *_evidence(metadata, "date_published"),
            *_listing_evidence(page),
        ),
        date_modified=(*reading.evidence(field.date_modified), *_evidence(metadata, "date_modified")),
        authors=tuple(reading.texts(field.authors) or _all_stated(metadata, "authors")),
        article_section=reading.first_text(field.article_section) or _stated(metadata, "article_section"),
        keywords=tuple(_split_keywords(reading.texts(field.keywords) or _all_stated(metadata, "keywords"))),
        images=reading.images() or _stated_images(metadata, page.url),
        attachments=reading.attachments(),
        fetched_at=page.fetched_at,
        page_id=page.id,
        extracted_by=extracted_by(site, field),
    )


def extracted_by(site: Site | None, layout: Layout) -> str:
    """Return the provenance of a reading: equal strings mean that reading the same page anew gives the same."""
    return f"{site.name if site else '-'}/{layout.name}@{VERSION}.{site.digest if site else '0'}"


def _html(page: Page) -> str:
    if not page.body.strip():
        raise ExtractionError("empty_page", "the page is empty")
    if page.body.startswith(_BINARY):
        raise ExtractionError("not_html", "the page is a file, not HTML")
    html, _ = decode(page.body, page.headers.get("content-type"))
    # NUL ends a document for libxml2.
    return html.replace("\x00", "")


@dataclass(frozen=True)
class _Reading:
    """A page seen through a layout."""

    soup: BeautifulSoup
    layout: Layout
    url: str
    body: str
    inside: tuple[Tag, ...]
    """The elements around the text."""

    def select(self, selectors: tuple[str, ...]) -> tuple[str, list[str]]:
        """Return the first selector that finds something, with the texts it finds."""
        for selector in selectors:
            css, at, attribute = selector.rpartition("@")
            found = self.soup.select(css if at else selector)
            texts = [clean(str(tag.get(attribute, ""))) if at else text_of(tag) for tag in found]
            if any(texts):
                return selector, [text for text in texts if text]
        return "", []

    def texts(self, selectors: tuple[str, ...]) -> list[str]:
        return list(dict.fromkeys(self.select(selectors)[1]))

    def first_text(self, selectors: tuple[str, ...]) -> str | None:
        return next(iter(self.select(selectors)[1]), None)

    def evidence(self, selectors: tuple[str, ...]) -> list[Evidence]:
        selector, texts = self.select(selectors)
        return [Evidence(source=f"layout:{self.layout.name} {selector}", text=texts[0])] if texts else []

    def images(self) -> tuple[Image, ...]:
        found: dict[str, Image] = {}
        for root in self._roots(self.layout.images):
            for tag in [root] if root.name == "img" else root.select("img[src]"):
                url = absolute_url(self.url, str(tag.get("src") or ""))
                if url:
                    found.setdefault(url, Image(url=url, caption=_caption(tag)))
        return tuple(found.values())

    def attachments(self) -> tuple[Attachment, ...]:
        found: dict[str, Attachment] = {}
        for root in self._roots(self.layout.attachments):
            for tag in [root] if root.name == "a" else root.select("a[href]"):
                url = absolute_url(self.url, str(tag.get("href") or ""))
                kind = PurePosixPath(urlsplit(url).path).suffix.lower().lstrip(".") if url else ""
                if url and kind in _FILES:
                    found.setdefault(url, Attachment(url=url, title=text_of(tag) or None, type=kind))
        return tuple(found.values())

    def _roots(self, selectors: tuple[str, ...]) -> list[Tag]:
        """Return the elements a layout names for pictures or files, and otherwise the body's own."""
        named = [tag for selector in selectors for tag in self.soup.select(selector)]
        return named if selectors else list(self.inside)


def _read_by_layout(soup: BeautifulSoup, page: Page, site: Site | None, metadata: Stated) -> _Reading:
    day = page.fetched_at.date()
    layouts = [layout for layout in site.layouts if layout.covers(day)] if site else []
    if not (site and site.layouts):
        layouts = [generic_layout(soup)]
    empty: _Reading | None = None
    for layout in layouts:
        inside = next((tuple(found) for css in layout.article_body if (found := soup.select(css))), ())
        if inside:
            unwanted = frozenset(id(tag) for css in layout.remove for root in inside for tag in root.select(css))
            body = joined([text for root in inside for text in paragraphs(root, unwanted)])
            reading = _Reading(soup, layout, page.url, body, inside)
            if body:
                return reading
            empty = empty or reading
    told = clean_paragraphs("\n\n".join((_stated(metadata, "article_body") or "").splitlines()))
    if told:
        return _Reading(soup, Layout(name="metadata"), page.url, told, ())
    if empty is not None:  # a picture with a headline is an article too
        return empty
    if site and site.layouts:
        names = ", ".join(layout.name for layout in layouts) or "none valid on that day"
        raise ExtractionError("layout_not_matched", f"no layout of {site.name} fits the page (tried: {names})")
    raise ExtractionError("no_article", "nothing on the page reads as an article")


def _caption(image: Tag) -> str | None:
    figure = image.find_parent("figure")
    caption = figure.find("figcaption") if figure else None
    if isinstance(caption, Tag):
        return text_of(caption) or None
    return clean(str(image.get("alt") or image.get("title") or "")) or None


def _stated(metadata: Stated, field: str) -> str | None:
    return next((value for _, value in metadata.get(field, [])), None)


def _all_stated(metadata: Stated, field: str) -> list[str]:
    """Return every value of the best source alone: two sources name the same people twice."""
    values = metadata.get(field, [])
    return list(dict.fromkeys(value for source, value in values if source == values[0][0]))


def _stated_images(metadata: Stated, base: str) -> tuple[Image, ...]:
    urls = (absolute_url(base, value) for value in _all_stated(metadata, "images"))
    return tuple(Image(url=url) for url in dict.fromkeys(urls) if url)


def _evidence(metadata: Stated, field: str) -> list[Evidence]:
    return [Evidence(source=source, text=value) for source, value in metadata.get(field, [])]


def _listing_evidence(page: Page) -> list[Evidence]:
    if page.entry is None or page.entry.date_published_raw is None:
        return []
    return [Evidence(source=page.entry.source, text=page.entry.date_published_raw)]


def _split_keywords(texts: list[str]) -> list[str]:
    return list(dict.fromkeys(word.strip() for text in texts for word in text.split(",") if word.strip()))


def _repeats(lead: str, headline: str | None, body: str) -> bool:
    """Tell whether the lead says nothing that headline and body do not: a cut copy of the beginning is no lead."""
    start = lead.rstrip(" .…")
    return start == (headline or "").rstrip(" .…") or start in body[: len(start) + 200]
