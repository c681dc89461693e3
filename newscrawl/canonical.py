"""The address that a page gives as its own (`rel=canonical`, `og:url`), and whether to believe it.

A page that is reached under several addresses says which one it means, and then one record is enough. But templates
lie: every article may name the home page, its list, or the article that the template was copied from. So a page is
believed only where the address that it names is an article's, on the same site, and shares the number or the words
by which the page was asked for.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from newscrawl.items import IMPORTED_TYPE, Page
from newscrawl.sites.hosts import bare
from newscrawl.sites.model import Site
from newscrawl.url_cleaning import names_article, parameters
from newscrawl.urls import absolute_url, canonical_url, is_article

_HEAD = 200_000
"""Bytes in which the declaration is looked for: heads with inlined styles are long."""
_TAG = re.compile(rb"<(link|meta)\s([^<>]{1,4000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(rb"""\b([a-z][a-z:-]{0,30})\s{0,9}=\s{0,9}(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_IN_PATH = re.compile(r"(?P<first>\d+)[-_.:]+(?P<after>.+)|(?P<before>.*?)[-_.]?(?P<last>\d+)|(?P<words>.+)")
_PAGE_FILE = re.compile(r"\.(?:s?html?|php\d?|aspx?|jsp|htm)$")
_ID = re.compile(r"(?:\w+_)?id|[np]|nid|newsid|news|article|item|post|material", re.IGNORECASE)
_KIND_WORDS = frozenset(
    "news novosti novost item article articles statya node post id detail doc publication event press view".split()
)
_LONGEST_SEGMENT = 500
_SHORTEST_SLUG = 12
"""Letters: shorter words at the end of an address (`glavnaya`, `o-gorode`) may be another page's too."""


_ROUTES = frozenset({"q", "r", "route"})
"""Parameters that hold a path: `/?q=node/12`."""


class Identity(NamedTuple):
    """By what an address tells its article from others: `/novosti/38576-den-goroda` by (38576, `den-goroda`)."""

    number: str | None
    words: str
    """Lower case, joined by hyphens; empty where only a kind of page is named."""


def article_url(page: Page, site: Site | None = None) -> str:
    """Return the key of a page's article: the address that it declares, if to be believed, else its own."""
    own = canonical_url(page.url, site)
    declared, short_links = declared_urls(page)
    for url in declared:
        key = canonical_url(url, site)
        if key == own:
            return own
        if is_believable(key, own, site, asked=page.url, short_links=short_links):
            return key
    return own


def declared_urls(page: Page) -> tuple[list[str], list[str]]:
    """Return what a page's head declares: addresses in the order of trust (canonical, og:url), and its short links."""
    found: dict[str, list[str]] = {"canonical": [], "og:url": [], "shortlink": []}
    if page.headers.get("content-type") == IMPORTED_TYPE:  # no HTML: what its text quotes is not meant
        return [], []
    for kind, value in _declarations(_without_comments(page.body[:_HEAD])):
        url = absolute_url(page.url, value) if value else None
        if url:
            found[kind].append(url)
    return found["canonical"] + found["og:url"], found["shortlink"]


def is_believable(
    declared: str, own: str, site: Site | None, *, asked: str | None = None, short_links: list[str] | None = None
) -> bool:
    """Tell whether a page at `own` may say that it is `declared` (both keys of `canonical_url`).

    `asked` is its address as it was, of which a key may have lost the number: `/detail.php?ID=7` of a site whose
    articles have none in their query.

    `short_links` are further addresses that the page claims: a page asked for by its own short link (`/node/12`,
    `/?p=12`) knows itself, and its canonical address need not repeat the number.
    """
    there, here = urlsplit(declared), urlsplit(own)
    if site is not None and site.article is not None:
        is_plausible = is_article(declared, site)
    else:
        last = there.path.rstrip("/").rsplit("/", 1)[-1]
        is_plausible = bare(there.netloc) == bare(here.netloc) and (names_article(last) or bool(there.query))
    if not is_plausible:
        return False
    if any(canonical_url(url, site) == own for url in short_links or ()):
        return True
    told = identity(declared)
    return _is_same(told, identity(own)) or (asked is not None and _is_same(told, identity(asked)))


def identity(url: str) -> Identity:
    """Return by what an address tells its article from others."""
    parts = urlsplit(url)
    for one in parameters(parts.query):
        if _ID.fullmatch(one.name) and (digits := re.match(r"\d+", one.value)):
            return Identity(digits[0].lstrip("0"), "")
        if one.name in _ROUTES and "/" in one.value:
            return identity(f"/{unquote(one.value)}")
    segment = unquote(parts.path.rstrip("/").rsplit("/", 1)[-1]).lower()[:_LONGEST_SEGMENT]
    match = _IN_PATH.fullmatch(_PAGE_FILE.sub("", segment))
    if match is None:
        return Identity(None, "")
    number = match["first"] or match["last"]
    words = re.sub(r"[\W_]+", "-", match["after"] or match["before"] or match["words"] or "").strip("-")
    return Identity(number.lstrip("0") if number else None, "" if words in _KIND_WORDS else words)


def _is_same(one: Identity, other: Identity) -> bool:
    """Tell whether two addresses name one article.

    Equal words are enough when there are many: Joomla gives one article several numbers. An equal number is enough
    unless it may be a year, or so small that it counts something else beside other words («10 лет»).
    """
    if one.words and one.words == other.words and len(one.words) >= _SHORTEST_SLUG:
        return True
    if one.number is None or one.number != other.number:
        return False
    if not (one.words and other.words) or one.words == other.words:
        return not (_may_be_a_year(one.number) and (one.words or other.words) and one.words != other.words)
    return len(one.number) >= 3 and not _may_be_a_year(one.number)


def _may_be_a_year(number: str) -> bool:
    return len(number) == 4 and 1900 <= int(number) <= 2100


def _declarations(head: bytes) -> Iterator[tuple[str, str]]:
    for tag in _TAG.finditer(head):
        attributes = {
            name.decode().lower(): _text(next((value for value in values if value), b""))
            for name, *values in _ATTRIBUTE.findall(tag[2])
        }
        if tag[1].lower() == b"link":
            kinds = attributes.get("rel", "").lower().split()
            yield from ((kind, attributes.get("href", "")) for kind in ("canonical", "shortlink") if kind in kinds)
        elif "og:url" in {attributes.get("property", "").lower(), attributes.get("name", "").lower()}:
            yield "og:url", attributes.get("content", "")


def _without_comments(markup: bytes) -> bytes:
    kept = []
    start = 0
    while (opening := markup.find(b"<!--", start)) >= 0:
        kept.append(markup[start:opening])
        start = markup.find(b"-->", opening)
        if start < 0:  # never closed: nothing after it counts
            return b"".join(kept)
        start += 3
    return b"".join([*kept, markup[start:]])


def _text(value: bytes) -> str:
    try:
        text = value.decode()
    except UnicodeDecodeError:
        text = value.decode("windows-1251", "replace")
    return html.unescape(text).strip()
