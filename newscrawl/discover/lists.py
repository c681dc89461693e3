"""Lists of articles on a page, told by their repeated structure: entries alike, each with a link and a date."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

import parsel
from lxml.html import HtmlElement as Element

from newscrawl.discover.selectors import items_selector, part_selector, signature
from newscrawl.discover.visitor import same_site
from newscrawl.extract.addresses import base_of
from newscrawl.extract.asides import aside_by_name, words_of
from newscrawl.extract.body import text_of
from newscrawl.extract.bounds import document_of
from newscrawl.extract.datelines import find_date
from newscrawl.extract.files import FILE_TYPES
from newscrawl.extract.list_years import DAY_ALONE
from newscrawl.items import Page
from newscrawl.urls import absolute_url, canonical_url
from pipelines.text import clean

_LEAST_ENTRIES = 3
_HEADINGS = frozenset({"h2", "h3", "h4", "h5", "h6"})
_TITLES = frozenset("title headline heading caption name header zagolovok".split())
_LEAST_TITLE = 15
"""Characters from which a link's text may be a headline."""
_LONGEST_ENTRY = 3000
"""Characters above which an element is no entry but a whole article."""
_DOCUMENT = re.compile(
    r"(?:о внесении|об утверждении|о назначении|распоряжени|постановлени|решени[ея] |приказ|протокол|извещени"
    r"|уведомлени|проект |акт |закон |устав|регламент|положени[ея] )",
    re.IGNORECASE,
)
"""How titles of documents begin: a list of them is no list of news."""
_MORE = re.compile(r"(?:подробн|читать|далее|ещ[её]|смотреть|перейти|скачать|все )", re.IGNORECASE)


@dataclass(frozen=True)
class Entry:
    """One entry of a list."""

    url: str
    """The article's address as the list has it, absolute."""
    title: str
    date: str | None
    """The date in the entry, as written."""


@dataclass(frozen=True)
class FoundList:
    """A list of articles and how to select it."""

    url: str
    """The page that it was found on."""
    item: str
    link: str
    """Selects the link inside an entry, or `a`."""
    headline: str | None
    """Selects the headline in a link that holds more than it."""
    date: str | None
    """Selects the date inside an entry; `@text` for the entry's own words."""
    entries: tuple[Entry, ...]
    score: float

    @property
    def dated(self) -> float:
        """The share of entries with a date."""
        return sum(entry.date is not None for entry in self.entries) / len(self.entries)


def find_lists(page: Page) -> list[FoundList]:
    """Return the lists of articles on a page, the likeliest list of news first."""
    document = document_of(page)
    base = base_of(document.root, page.url)
    found: dict[str, FoundList] = {}
    for items, links in _groups(document.root, base):
        one = _describe(document, page.url, base, items, links)
        if one is not None:
            found.setdefault(one.item, one)
    return sorted(found.values(), key=lambda one: -one.score)


def _groups(root: Element, base: str) -> Iterable[tuple[list[Element], list[Element]]]:
    """Yield (entries, their title links) of every repeated structure."""
    links = _title_links(root, base)
    # A headline in a heading is one, whatever other links the entry has: its author, its rubric.
    in_headings = [(link, url) for link, url in links if any(above.tag in _HEADINGS for above in link.iterancestors())]
    if len(in_headings) >= _LEAST_ENTRIES:
        yield from _repeated(in_headings)
    yield from _repeated(links)


def _repeated(links: list[tuple[Element, str]]) -> Iterable[tuple[list[Element], list[Element]]]:
    """Yield (entries, their title links): the largest elements that hold one of the links, alike in their place.

    Then those of one table or column alone: without classes a menu in a table is like the news in another.
    """
    holders: dict[Element, set[str]] = defaultdict(set)
    for link, url in links:
        for above in (link, *link.iterancestors()):
            holders[above].add(url)
    groups: dict[str, dict[Element, Element]] = defaultdict(dict)
    for link, _ in links:
        entry = link
        while (above := entry.getparent()) is not None and len(holders[above]) == 1 and above.tag != "body":
            entry = above
        groups[signature(entry)].setdefault(entry, link)
    for group in groups.values():
        together: dict[Element | None, list[Element]] = defaultdict(list)
        for entry in group:
            together[entry.getparent()].append(entry)
        for entries in (list(group), *(together.values() if len(together) > 1 else ())):
            if len(entries) >= _LEAST_ENTRIES:
                yield entries, [group[entry] for entry in entries]


def _title_links(root: Element, base: str) -> list[tuple[Element, str]]:
    """Return the links whose text may be a headline, with where they lead; rubrics, which many entries name, go."""
    found = []
    for link in root.iter("a"):
        href = (link.get("href") or "").strip()
        if not href or href.startswith(("#", "javascript:", "mailto:", "tel:")):
            continue
        url = absolute_url(base, href)
        text = text_of(link) or clean(link.get("title") or "")
        if url is None or not same_site(url, base) or len(text) < _LEAST_TITLE or _MORE.match(text):
            continue
        if _is_file(url):
            continue
        found.append((link, canonical_url(url)))
    often = Counter(url for _, url in found)
    here = canonical_url(base)
    return [(link, url) for link, url in found if often[url] <= 3 and url != here]


def _is_file(url: str) -> bool:
    return urlsplit(url).path.rpartition(".")[2].lower() in FILE_TYPES


def _describe(
    document: parsel.Selector, at: str, base: str, items: list[Element], links: list[Element]
) -> FoundList | None:
    texts = [text_of(item) for item in items]
    if sum(map(len, texts)) / len(texts) > _LONGEST_ENTRY:
        return None
    item = items_selector(document, items)
    if item is None:
        return None
    if items[0] is links[0]:
        link: str | None = "a"
    else:
        # A picture before the headline may link to the same article.
        wanted = {absolute_url(base, one.get("href") or "") for one in links}
        link = part_selector(items, links, lambda one: absolute_url(base, one.get("href") or "") in wanted)
    if link is None:
        return None
    date = _date_selector(items)
    headline = _headline_selector(items, links)
    entries = []
    for element, title in zip(items, links, strict=True):
        url = absolute_url(base, title.get("href") or "")
        if url is not None:
            told = _entry_date(text_of(element), text_of(title))
            entries.append(Entry(url, _headline(element, headline) or text_of(title), told))
    return FoundList(at, item, link, headline, date, tuple(entries), _score(at, items, entries))


def read_list(found: FoundList, page: Page) -> list[Entry]:
    """Return the entries that the selectors of a list find on another page of it."""
    document, entries = document_of(page), []
    base = base_of(document.root, page.url)
    for item in document.css(found.item):
        links = [item] if item.root.tag == "a" and found.link == "a" else item.css(found.link)[:1]
        for link in links:
            url = absolute_url(base, link.attrib.get("href", ""))
            if url is not None and same_site(url, page.url) and link.attrib.get("href"):
                told = _entry_date(text_of(item.root), text_of(link.root))
                headline = _headline(item.root, found.headline) or text_of(link.root)
                entries.append(Entry(url, headline, told))
    return entries


def _headline_selector(items: list[Element], links: list[Element]) -> str | None:
    """Return a selector of the headline where the link holds more: a date, a rubric, a lead."""
    parts = []
    for link in links:
        inner = [one for one in link.iter() if isinstance(one.tag, str) and one is not link and text_of(one)]
        titled = [one for one in inner if one.tag in _HEADINGS or not _TITLES.isdisjoint(words_of(one))]
        if titled and len(inner) > 1:
            parts.append(titled[0])
    if len(parts) * 5 < len(items) * 4 and not all(
        _first_is(item, link) for item, link in zip(items, links, strict=True)
    ):
        parts = links
    elif len(parts) * 5 < len(items) * 4:
        return None
    return part_selector(items, parts, lambda one: len(text_of(one)) >= _LEAST_TITLE)


def _first_is(item: Element, link: Element) -> bool:
    """Tell whether the headline's link is the first of its entry: a picture's may stand before it."""
    return item is link or next(iter(item.iter("a")), link) is link


def _headline(item: Element, selector: str | None) -> str:
    found = parsel.Selector(root=item, type="html").css(selector)[:1] if selector else []
    return text_of(found[0].root) if found else ""


def _entry_date(text: str, title: str) -> str | None:
    """Return the date in an entry outside its link, or in a link that is the whole entry."""
    rest = text.replace(title, " ")
    return find_date(rest if rest.strip() else text)


def _date_selector(items: list[Element]) -> str | None:
    parts = [(item, part) for item in items if (part := _smallest_dated(item)) is not None]
    dated, inner = (
        [item for item, part in parts if part is not item],
        [part for item, part in parts if part is not item],
    )
    if len(inner) * 4 >= len(items):
        css = part_selector(dated, inner, lambda one: _is_date(text_of(one)))
        if css is not None:
            return css
    own = [_words_outside_links(item) for item in items]
    alone = sum(DAY_ALONE.match(text) is not None for text in own)
    return "@text" if all(map(_is_date, own)) or alone * 5 >= len(items) * 4 else None


def _smallest_dated(item: Element) -> Element | None:
    """Return the smallest element whose text holds a date: outside links, or in one that is the whole card."""
    outside, inside = None, None
    for element in item.iter():
        if not isinstance(element.tag, str) or not _is_date(text_of(element)):
            continue
        if not any(above.tag == "a" for above in _up_to(element, item)):
            outside = element if outside is None or outside in element.iterancestors() else outside
        elif element.tag != "a":
            inside = inside if inside is not None and inside not in element.iterancestors() else element
    return inside if inside is not None and outside in {None, item} else outside


def _up_to(element: Element, item: Element) -> Iterable[Element]:
    while element is not item and element is not None:
        yield element
        element = element.getparent()


def _is_date(text: str) -> bool:
    told = find_date(text)
    return told is not None and len(text) - len(told) <= 40


def _words_outside_links(item: Element) -> str:
    return clean(" ".join(item.xpath(".//text()[not(ancestor::a)]")))


def _score(base: str, items: list[Element], entries: list[Entry]) -> float:
    """Return how likely a list is the page's list of news: many entries, dated, headline-like, in the main column."""
    urls = {entry.url for entry in entries}
    if len(urls) < _LEAST_ENTRIES:
        return 0.0
    dated = sum(entry.date is not None for entry in entries) / len(entries)
    length = sum(len(entry.title) for entry in entries) / len(entries)
    section = urlsplit(canonical_url(base)).path.rstrip("/").rpartition(".")[0] or urlsplit(base).path.rstrip("/")
    below = sum(urlsplit(url).path.startswith(section) for url in urls) / len(urls) if len(section) > 1 else 0.0
    score = min(len(urls), 30) * (0.3 + dated) * min(1.0, length / 40) * (1.0 + below)
    documents = sum(_DOCUMENT.match(entry.title) is not None for entry in entries) / len(entries)
    return score * (0.15 if _is_aside(items[0]) else 1.0) * (0.2 if documents > 0.4 else 1.0)


def _is_aside(element: Element) -> bool:
    return any(aside_by_name(above) is not None for above in element.iterancestors() if isinstance(above.tag, str))
