"""Where a site's news may be: the sections, feeds and sitemaps that its home page names."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from urllib.parse import urljoin, urlsplit

import parsel

from newscrawl.discover.visitor import same_site
from newscrawl.extract.body import text_of
from newscrawl.urls import absolute_url

_WORDS = (
    (re.compile(r"(?:все |городские |наши )?новости(?: города| администрации)?\W*", re.IGNORECASE), 10),
    (re.compile(r"(?:все|архив|лента|смотреть все)\s+новост\w+\W*", re.IGNORECASE), 12),
    (re.compile(r".*\bновост", re.IGNORECASE), 5),
    (re.compile(r"репортаж|хроник|анонс", re.IGNORECASE), 4),
    (re.compile(r"(?:пресс\w*(?:-центр|-служба)?|события|лента|медиа\w*|публикации|в городе)\b", re.IGNORECASE), 4),
)
_PATHS = (
    (re.compile(r"/(?:news|novosti|novost|allnews|all-news)(?:/|\.\w+|$)", re.IGNORECASE), 6),
    (re.compile(r"novost|news", re.IGNORECASE), 3),
    (re.compile(r"/(?:press|sobytiya|events|media|lenta|blog)", re.IGNORECASE), 2),
)
_GUESSES = ("/news/", "/novosti/", "/press-tsentr/novosti/")
"""Tried where the home page names no section; common on Russian municipal sites."""
_MOST = 5
_ALIKE = 3
"""So many addresses of one shape are a list's entries."""


def find_sections(document: parsel.Selector, base: str) -> list[str]:
    """Return the addresses that are likeliest to list the news, the best first, at most five."""
    scores: dict[str, int] = {}
    numbered: dict[str, set[str]] = defaultdict(set)
    for link in document.css("a[href]"):
        url = absolute_url(base, link.attrib["href"])
        if url is None or not same_site(url, base):
            continue
        if any(map(str.isdecimal, url)):
            numbered[_shape(url)].add(url)
        label, path = text_of(link.root), urlsplit(url).path
        score = next((points for words, points in _WORDS if words.match(label)), 0) if len(label) <= 60 else 0
        score += next((points for words, points in _PATHS if words.search(path)), 0)
        last = path.rstrip("/").rpartition("/")[2]
        score -= 2 * max(0, path.rstrip("/").count("/") - 2) + 3 * bool(urlsplit(url).query)
        score -= 5 * bool(re.search(r"\d{2,}", last) or last.count("-") >= 3)  # an article, a month
        if score > 2:
            scores[url] = max(score, scores.get(url, 0))
    # Addresses that differ by a number alone are articles, or the days of a calendar.
    sections = [url for url in scores if len(numbered[_shape(url)]) < _ALIKE]
    found = sorted(sections, key=lambda url: (-scores[url], len(url)))[:_MOST]
    return found or [urljoin(base, path) for path in _GUESSES]


def _shape(url: str) -> str:
    return re.sub(r"\d+", "0", urlsplit(url)._replace(netloc="").geturl())


def find_feeds(document: parsel.Selector, base: str, usual: Iterable[str]) -> list[str]:
    """Return the feeds that a page declares or links to, then where its platform usually has one."""
    declared = document.css("link[rel~=alternate][type*=rss], link[rel~=alternate][type*=atom]")
    linked = (one for one in document.css("a[href]") if re.search(r"rss|feed|atom", one.attrib["href"], re.IGNORECASE))
    addresses = [one.attrib.get("href", "") for one in (*declared, *linked)]
    urls = (absolute_url(base, address) for address in [*addresses, *usual] if address)
    kept = (url for url in urls if url and same_site(url, base) and "comment" not in url)
    return list(dict.fromkeys(kept))
