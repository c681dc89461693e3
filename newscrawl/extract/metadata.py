"""What a page says of itself for machines: schema.org JSON-LD and microdata, OpenGraph and article meta tags."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import lxml.etree
import lxml.html

from newscrawl.extract.likeness import likeness, title_key
from newscrawl.extract.microdata import article_items
from pipelines.text import PARAGRAPH_BREAK, clean, clean_paragraphs

_ARTICLE_TYPES = frozenset(
    {"NewsArticle", "Article", "ReportageNewsArticle", "BlogPosting", "Report", "SocialMediaPosting"}
)
_META = {
    "headline": ("og:title",),
    "lead": ("og:description",),
    "date_published": (
        "article:published_time",
        "og:article:published_time",
        "pubdate",
        "publishdate",
        "publish-date",
        "publish_date",
        "datepublished",
        "dc.date.issued",
        "dcterms.issued",
        "entry_date",
    ),
    "date_modified": ("article:modified_time", "og:updated_time"),
    "authors": ("article:author",),
    "article_section": ("article:section",),
    "keywords": ("article:tag",),
    "images": ("og:image",),
    "publisher": ("og:site_name",),
}
_SCHEMA = {
    "headline": "headline",
    "lead": "description",
    "article_body": "articleBody",
    "date_published": "datePublished",
    "date_modified": "dateModified",
    "authors": "author",
    "article_section": "articleSection",
    "keywords": "keywords",
    "images": "image",
}

_HAS_JSON_LD = lxml.etree.XPath("boolean(.//script[@type='application/ld+json'])")

_DEEPEST = 20
"""Lists in lists up to which data is read."""

Stated = dict[str, list[tuple[str, str]]]
"""Field -> [(source, value), …], best source first."""


def stated(tree: lxml.html.HtmlElement, url: str) -> Stated:
    """Return what the page's structured data states about its article, field by field. Broken data states nothing."""
    result: Stated = {}
    for source, item in _of_this_page(list(_schema_items(tree, url)), tree):
        for field, name in _SCHEMA.items():
            values = _prose(item.get(name)) if field == "article_body" else _texts(item.get(name))
            for value in values:
                result.setdefault(field, []).append((source, value))
    publishers: list[str] = []
    for field, value in _meta_values(tree):
        if field == "publisher":
            publishers.append(value)
        else:
            result.setdefault(field, []).append(("opengraph", value))
    authors = [(source, name) for source, name in result.pop("authors", []) if _is_author(name, publishers)]
    return result | ({"authors": authors} if authors else {})


def _is_author(name: str, publishers: Iterable[str]) -> bool:
    """Tell whether a stated author is one: neither the address of a profile nor the site itself."""
    return "://" not in name and title_key(name) not in map(title_key, publishers)


def _of_this_page(
    items: list[tuple[str, dict[str, Any]]], tree: lxml.html.HtmlElement
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the items that are the page's own article: the cards of its neighbours may be marked up in the same way.

    Of several of one source those count whose headline is the page's, as its title, `og:title` or a heading tells it.
    """
    often = Counter(source for source, _ in items)
    told = [*(one.text or "" for one in tree.iter("title")), *(one.text_content() for one in tree.iter("h1", "h2"))]
    told += [one.get("content") or "" for one in tree.iter("meta") if one.get("property") == "og:title"]
    titles = [key for key in map(title_key, told) if key] if items else []
    for source, item in items:
        names = [title_key(name) for name in _texts(item.get("headline") or item.get("name"))]
        if often[source] == 1 or any(_alike(name, title) for name in names for title in titles):
            yield source, item


def _alike(name: str, title: str) -> bool:
    return max(likeness(name, title), likeness(title, name)) >= 0.5


def _schema_items(tree: lxml.html.HtmlElement, url: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for item in _flatten(_json_ld(tree, url)):
        if _ARTICLE_TYPES & set(_type_names(item.get("@type"))):
            yield "json-ld", item
    for item in article_items(tree, url, _ARTICLE_TYPES, _SCHEMA.values()):
        yield "microdata", item


def _json_ld(tree: lxml.html.HtmlElement, url: str) -> list[Any]:
    if not _HAS_JSON_LD(tree):
        return []
    # Late: the package imports RDF and microformat libraries, a third of a second for what few city sites have.
    from extruct.jsonld import JsonLdExtractor

    try:
        return list(JsonLdExtractor().extract_items(tree, base_url=url))
    except (ValueError, RecursionError):  # not JSON, whatever it says
        return []


def _flatten(items: Iterable[Any]) -> Iterator[dict[str, Any]]:
    for item in items:
        if isinstance(item, dict):
            yield item
            if isinstance(item.get("@graph"), list):
                yield from (node for node in item["@graph"] if isinstance(node, dict))


def _type_names(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [str(name).rsplit("/", 1)[-1] for name in values]


def _texts(value: Any, depth: int = 0) -> list[str]:
    """Return the texts in a property: strings, and the name or address of nested things."""
    if depth > _DEEPEST:
        return []
    if isinstance(value, list):
        return [text for one in value for text in _texts(one, depth + 1)]
    if isinstance(value, dict):
        return _texts(value.get("name") or value.get("url"), depth + 1)
    text = clean(str(value)) if isinstance(value, str | int | float) else ""
    return [text] if text else []


def _prose(value: Any) -> list[str]:
    """Return a body stated as one string, its lines as paragraphs."""
    text = clean_paragraphs(PARAGRAPH_BREAK.join(value.splitlines())) if isinstance(value, str) else ""
    return [text] if text else []


def _meta_values(tree: lxml.html.HtmlElement) -> Iterator[tuple[str, str]]:
    values: dict[str, list[str]] = {}
    for tag in tree.iter("meta"):
        name = tag.get("property") or tag.get("name")
        content = clean(tag.get("content") or "")
        if name and content:
            values.setdefault(name.lower(), []).append(content)
    for field, names in _META.items():
        for name in names:
            for content in values.get(name, ()):
                yield field, content
