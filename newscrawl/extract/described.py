"""A page read by the layouts of its site."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator

import lxml.html
import parsel

from newscrawl.extract.addresses import base_of
from newscrawl.extract.body import joined, paragraphs, text_of
from newscrawl.extract.files import attachments_in, images_in, videos_in
from newscrawl.extract.reading import Reading
from newscrawl.items import Evidence
from newscrawl.sites.model import Layout
from pipelines.text import clean

TEXT_FIELDS = (
    "headline", "lead", "date_published", "date_modified", "authors", "article_section", "keywords",
)  # fmt: skip
_UNWANTED = "data-newscrawl-unwanted"
"""Attribute that marks what lies inside the body without belonging to it."""


def find_layout(
    document: parsel.Selector, layouts: Iterable[Layout]
) -> tuple[Layout, list[list[lxml.html.HtmlElement]], list[lxml.html.HtmlElement]] | None:
    """Return the first layout whose text is on the page, the places where it may stand, and what does not belong to it.

    A place is the elements that one selector finds, the likeliest first.
    """
    for layout in layouts:
        places = [[one.root for one in document.css(css)] for css in layout.article_body]
        places = [found for found in places if any(text_of(one) for one in found)]
        if places:
            return layout, places, _named(document, layout.remove)
    return None


def read_described(document: parsel.Selector, layouts: Iterable[Layout], url: str) -> Reading | None:
    """Return the page as the first layout that finds a text reads it; one that finds only the empty place of a text
    (an article that is all picture) serves when none finds more, and None says that no layout fits."""
    empty: Reading | None = None
    for layout in layouts:
        css, inside = next(((css, found) for css in layout.article_body if (found := document.css(css))), ("", None))
        if inside:
            reading = _read(document, layout, css, inside, url)
            if reading.body:
                return reading
            empty = empty or reading
    return empty


def fields_named(document: parsel.Selector, layout: Layout) -> frozenset[str]:
    """Return the text fields that a layout's selectors find."""
    return frozenset(field for field in TEXT_FIELDS if _select(document, getattr(layout, field))[1])


def _read(
    document: parsel.Selector, layout: Layout, body_css: str, inside: Iterable[parsel.Selector], url: str
) -> Reading:
    url = base_of(document.root, url)
    by = f"layout:{layout.name}"
    rules: dict[str, str] = {}

    def texts(field: str) -> tuple[str, ...]:
        selector, found = _select(document, getattr(layout, field))
        if found:
            rules[field] = f"{by} {selector}"
        return tuple(dict.fromkeys(found))

    def first(field: str) -> str | None:
        return next(iter(texts(field)), None)

    def evidence(field: str) -> tuple[Evidence, ...]:
        return tuple(Evidence(source=rules[field], text=text) for text in texts(field)[:1])

    def named(field: str) -> list[lxml.html.HtmlElement]:
        selectors: tuple[str, ...] = getattr(layout, field)
        rules[field] = f"{by} {', '.join(selectors) or body_css}"
        return _named(document, selectors) if selectors else holders

    body = [text for one in _without(inside, document, layout.remove) for text in paragraphs(one)]
    rules["article_body"] = f"{by} {body_css}"
    holders = [one.root for one in inside]
    return Reading(
        by=layout.name,
        body=joined(body),
        headline=first("headline"),
        lead=first("lead"),
        date_published=evidence("date_published"),
        date_modified=evidence("date_modified"),
        authors=texts("authors"),
        article_section=first("article_section"),
        keywords=texts("keywords"),
        images=images_in(named("images"), url),
        attachments=attachments_in(named("attachments"), url),
        videos=videos_in(holders, url),
        rules=rules,
    )


def _select(document: parsel.Selector, selectors: tuple[str, ...]) -> tuple[str, list[str]]:
    """Return the first selector that finds something, with the texts it finds."""
    for selector in selectors:
        css, at, attribute = selector.rpartition("@")
        found = document.css(css if at else selector)
        texts = [clean(one.attrib.get(attribute, "")) if at else text_of(one.root) for one in found]
        if any(texts):
            return selector, [text for text in texts if text]
    return "", []


def _named(document: parsel.Selector, selectors: tuple[str, ...]) -> list[lxml.html.HtmlElement]:
    return [one.root for css in selectors for one in document.css(css)]


def _without(
    inside: Iterable[parsel.Selector], document: parsel.Selector, selectors: tuple[str, ...]
) -> Iterator[lxml.html.HtmlElement]:
    """Yield copies of the body's elements without what does not belong to it.

    The page stays whole: a date that is no part of the text may well be the article's. Selectors see the whole page, so
    they may name ancestors of the body.
    """
    for element in _named(document, selectors):
        element.set(_UNWANTED, "")
    for one in inside:
        body = copy.deepcopy(one.root)
        for element in body.findall(f".//*[@{_UNWANTED}]"):
            element.drop_tree()
        yield body
