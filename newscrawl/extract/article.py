"""One saved page to one RawArticle: the site's layout first, then the page's own metadata, field by field."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import lxml.html
import parsel

from newscrawl.encoding import decode
from newscrawl.errors import ExtractionError
from newscrawl.extract.body import joined, paragraphs, text_of
from newscrawl.extract.generic import generic_layout
from newscrawl.extract.metadata import Stated, stated
from newscrawl.items import Attachment, Evidence, Image, Page, RawArticle
from newscrawl.sites.model import Layout, Site
from newscrawl.urls import absolute_url, canonical_url
from pipelines.text import clean

VERSION = "1"
"""Grows whenever extraction may read a page differently; part of `extracted_by`."""

_FILES = frozenset("pdf doc docx xls xlsx odt ods rtf ppt pptx zip rar 7z txt csv".split())
_BINARY = (b"%PDF", b"PK\x03\x04", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\xd0\xcf\x11\xe0", b"Rar!", b"\x1f\x8b")
_TEXT_FIELDS = (
    "headline", "lead", "date_published", "date_modified", "authors", "article_section", "keywords",
)  # fmt: skip
_UNWANTED = "data-newscrawl-unwanted"
"""Attribute that marks what lies inside the body without belonging to it."""
_DEFAULT_ZONE = "Europe/Moscow"


def extract_article(page: Page, site: Site | None = None) -> RawArticle:
    """Return what `page` says, read by the layouts of `site` that were valid when it was fetched.

    Fields that no selector gives come from JSON-LD, microdata and OpenGraph, in this order. Without a site, or with one
    that has no layouts, the body is found by a generic reading. Raises ExtractionError: `empty_page`, `not_html`,
    `layout_not_matched` (a site with layouts none of which fits), `no_article` (nothing that reads as an article).
    """
    document = parsel.Selector(text=_html(page), type="html")
    metadata = stated(document.root, page.url)
    reading = _read_by_layout(document, page, site, metadata)
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
        named_days=tuple(site.named_days.items()) if site else (),
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
        images=reading.pictures or _stated_images(metadata, page.url),
        attachments=reading.files,
        fetched_at=page.fetched_at,
        page_id=page.id,
        extracted_by=extracted_by(site, field),
    )


def fields_found(page: Page, site: Site) -> frozenset[str]:
    """Return the fields of a RawArticle that the site's layout itself finds on a page, whatever metadata would add.

    Raises ExtractionError as `extract_article` does.
    """
    document = parsel.Selector(text=_html(page), type="html")
    reading = _read_by_layout(document, page, site, {})
    named = {field for field in _TEXT_FIELDS if reading.select(getattr(reading.layout, field))[1]}
    whole = {"article_body": reading.body, "images": reading.pictures, "attachments": reading.files}
    return frozenset(named | {field for field, value in whole.items() if value})


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

    document: parsel.Selector
    layout: Layout
    url: str
    body: str
    pictures: tuple[Image, ...] = ()
    files: tuple[Attachment, ...] = ()

    def select(self, selectors: tuple[str, ...]) -> tuple[str, list[str]]:
        """Return the first selector that finds something, with the texts it finds."""
        for selector in selectors:
            css, at, attribute = selector.rpartition("@")
            found = self.document.css(css if at else selector)
            texts = [clean(one.attrib.get(attribute, "")) if at else text_of(one.root) for one in found]
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


def _read_by_layout(document: parsel.Selector, page: Page, site: Site | None, metadata: Stated) -> _Reading:
    day = page.fetched_at.astimezone(ZoneInfo(site.timezone if site else _DEFAULT_ZONE)).date()
    layouts = [layout for layout in site.layouts if layout.covers(day)] if site else []
    if not (site and site.layouts):
        layouts = [generic_layout(document)]
    empty: _Reading | None = None
    for layout in layouts:
        inside = next((found for css in layout.article_body if (found := document.css(css))), None)
        if inside:
            body = joined([text for one in _without(inside, document, layout.remove) for text in paragraphs(one)])
            images = _images(_named(document, layout.images) if layout.images else inside, page.url)
            attachments = _attachments(_named(document, layout.attachments) if layout.attachments else inside, page.url)
            reading = _Reading(document, layout, page.url, body, images, attachments)
            if body:
                return reading
            empty = empty or reading
    told = _stated(metadata, "article_body")
    if told:
        return _Reading(document, Layout(name="metadata"), page.url, told)
    if empty is not None:  # a picture with a headline is an article too
        return empty
    if site and site.layouts:
        names = ", ".join(layout.name for layout in layouts) or "none valid on that day"
        raise ExtractionError("layout_not_matched", f"no layout of {site.name} fits the page (tried: {names})")
    raise ExtractionError("no_article", "nothing on the page reads as an article")


def _named(document: parsel.Selector, selectors: tuple[str, ...]) -> list[parsel.Selector]:
    return [one for css in selectors for one in document.css(css)]


def _without(
    inside: Iterable[parsel.Selector], document: parsel.Selector, selectors: tuple[str, ...]
) -> Iterator[lxml.html.HtmlElement]:
    """Yield copies of the body's elements without what does not belong to it.

    The page stays whole: a date that is no part of the text may well be the article's. Selectors see the whole page, so
    they may name ancestors of the body.
    """
    for one in _named(document, selectors):
        one.root.set(_UNWANTED, "")
    for one in inside:
        body = copy.deepcopy(one.root)
        for element in body.findall(f".//*[@{_UNWANTED}]"):
            element.drop_tree()
        yield body


def _images(holders: Iterable[parsel.Selector], base: str) -> tuple[Image, ...]:
    found: dict[str, Image] = {}
    for holder in holders:
        for image in holder.root.iter("img"):
            url = absolute_url(base, image.get("src") or "") if image.get("src") else None
            if url:
                found.setdefault(url, Image(url=url, caption=_caption(image)))
    return tuple(found.values())


def _caption(image: lxml.html.HtmlElement) -> str | None:
    figure = next(image.iterancestors("figure"), None)
    caption = figure.find(".//figcaption") if figure is not None else None
    if caption is not None:
        return text_of(caption) or None
    return clean(image.get("alt") or image.get("title") or "") or None


def _attachments(holders: Iterable[parsel.Selector], base: str) -> tuple[Attachment, ...]:
    found: dict[str, Attachment] = {}
    for holder in holders:
        for link in holder.root.iter("a"):
            url = absolute_url(base, link.get("href") or "") if link.get("href") else None
            kind = PurePosixPath(urlsplit(url).path).suffix.lower().lstrip(".") if url else ""
            if url and kind in _FILES:
                found.setdefault(url, Attachment(url=url, title=text_of(link) or None, type=kind))
    return tuple(found.values())


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
