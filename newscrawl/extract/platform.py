"""On which platform a page was made, told by the traces that platforms leave: headers, generators, paths of files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from newscrawl.items import Page

_SAMPLE = 500_000
"""Bytes of a page that are looked at: the traces stand in its head and its first blocks."""
_LEAST = 2
"""Weight below which there is no guess: one weak trace may come from a quoted text."""
_META = re.compile(rb"<meta\s[^>]{0,400}>")
_CONTENT = re.compile(rb"""content\s*=\s*["']?([^"'>]{1,200})""")
_TAGS = re.compile(rb"<(table|td|div|main|article|section)\b")

_GENERATORS = {
    "bitrix": b"bitrix",
    "gosweb": b"netcat",
    "joomla": b"joomla",
    "wordpress": b"wordpress",
    "drupal": b"drupal",
}
"""What a generator says, in small letters."""

_HEADERS: tuple[tuple[str, str, str], ...] = (
    ("bitrix", "x-powered-cms", "bitrix"),
    ("bitrix", "set-cookie", "bitrix_sm_"),
    ("gosweb", "x-powered-cms", "netcat"),
    ("joomla", "x-content-encoded-by", "joomla"),
    ("wordpress", "link", "/wp-json/"),
    ("wordpress", "x-pingback", "/xmlrpc.php"),
    ("drupal", "x-generator", "drupal"),
    ("drupal", "x-drupal-cache", ""),
    ("drupal", "x-drupal-dynamic-cache", ""),
)
"""Platform, header, what its value holds in small letters ('' for any value)."""

_PATHS: tuple[tuple[str, int, str], ...] = (
    ("bitrix", 3, r"/bitrix/(?:templates|cache|js|components|css|panel|tools)/"),
    ("bitrix", 2, r"/upload/(?:iblock|resize_cache|medialibrary)/"),
    ("bitrix", 2, r"/local/templates/"),
    ("gosweb", 3, r"/netcat_(?:files|template|dump)/"),
    ("joomla", 3, r"/media/(?:jui|k2|com_content)/"),
    ("joomla", 2, r"/media/system/(?:js|css)/"),
    ("joomla", 2, r"/(?:components|modules|plugins)/(?:com_|mod_|system/)"),
    ("joomla", 2, r"/(?:index\.php)?\?option=com_content\b"),
    ("joomla", 2, r"/component/(?:content|k2)/"),
    ("wordpress", 3, r"/wp-(?:content|includes)/"),
    ("wordpress", 2, r"/wp-json/"),
    ("drupal", 3, r"/sites/[a-z0-9.-]{1,60}/(?:files|themes|modules)/"),
    ("drupal", 3, r"/(?:core/)?misc/drupal\.(?:init\.)?js"),
)
"""Platform, weight, beginning of the path of an address on the page's own host."""

_MARKUP: tuple[tuple[str, int, str, bytes, re.Pattern[bytes]], ...] = tuple(
    (platform, weight, words, needle, re.compile(pattern))
    for platform, weight, words, needle, pattern in (
        ("bitrix", 2, "a call of BX", b"bx.", rb"\bbx\.(?:setcsslist|setjslist|message|ready|addcustomevent)\s*\("),
        ("bitrix", 1, "an id bx_<number>_<number>", b"bx_", rb"""\sid=["']?bx_\d{3,12}_\d"""),
        ("gosweb", 3, "a class tpl-component-gw-", b"tpl-component-gw-", rb"\btpl-component-gw-"),
        ("gosweb", 2, "blocks tpl-block-", b"tpl-block-", rb"\btpl-block-(?:list|full)\b"),
        ("joomla", 3, "script options of Joomla", b"joomla-script-options", rb"\bjoomla-script-options\b"),
        ("joomla", 2, "classes com-content-", b"com-content-", rb"\bcom-content-(?:article|category)"),
        ("joomla", 2, "the container of K2", b"k2container", rb"""\bid=["']?k2container\b"""),
        ("drupal", 3, "settings of Drupal", b"drupal", rb"\bdrupal\.settings\b|\bdrupal-settings-json\b"),
        ("drupal", 3, "attributes data-drupal-", b"data-drupal-", rb"\bdata-drupal-[a-z]"),
    )
)
"""Platform, weight, words for people, what must be there at all, pattern; all of the page in small letters."""


@dataclass(frozen=True)
class PlatformGuess:
    """The platform that a page was most likely made on."""

    name: str
    """Name of a file in `newscrawl/sites/platforms/`."""
    evidence: tuple[str, ...]
    """The traces found, for people: `header x-powered-cms`, `path /bitrix/templates/`."""


def recognise(page: Page) -> PlatformGuess | None:
    """Return the platform whose traces weigh most, or None without traces or when two weigh the same.

    Reads the first half megabyte of the body, as bytes; any will do. Addresses count on the page's own host only: a
    picture linked from another site says nothing. A page without any trace that is laid out in tables is `tables`.
    """
    sample = page.body[:_SAMPLE].lower()
    found: dict[str, dict[str, int]] = {}
    for platform, weight, words in (*_from_headers(page), *_from_generator(sample), *_from_body(sample, page.url)):
        found.setdefault(platform, {})[words] = weight
    weights = sorted(((sum(traces.values()), name) for name, traces in found.items()), reverse=True)
    if not weights or weights[0][0] < _LEAST:
        return _by_tables(sample)
    if len(weights) > 1 and weights[0][0] == weights[1][0]:
        return None
    name = weights[0][1]
    return PlatformGuess(name, tuple(found[name]))


def _from_headers(page: Page) -> list[tuple[str, int, str]]:
    headers = {name.lower(): value.lower() for name, value in page.headers.items()}
    traces = [
        (platform, 4, f"header {name}")
        for platform, name, value in _HEADERS
        if name in headers and value in headers[name]
    ]
    host = _host(page.url)
    if host.endswith((".gosuslugi.ru", ".gosweb.gosuslugi.ru")) and host not in {
        "www.gosuslugi.ru",
        "esia.gosuslugi.ru",
    }:
        traces.append(("gosweb", 3, f"host {host}"))
    return traces


def _from_generator(sample: bytes) -> list[tuple[str, int, str]]:
    for meta in _META.finditer(sample):
        content = _CONTENT.search(meta[0]) if b"generator" in meta[0] else None
        for platform, name in _GENERATORS.items():
            if content and name in content[1]:
                return [(platform, 4, f"generator {content[1].decode('utf-8', 'replace').strip()}")]
    return []


def _from_body(sample: bytes, url: str) -> list[tuple[str, int, str]]:
    traces: dict[int, tuple[str, int, str]] = {}
    for match in _path_pattern(_host(url)).finditer(sample):
        number = match.lastindex or 1
        if number not in traces:
            platform, weight, _ = _PATHS[number - 1]
            traces[number] = (platform, weight, f"path {match[number].decode('utf-8', 'replace')}")
    marks = [
        (platform, weight, words)
        for platform, weight, words, needle, mark in _MARKUP
        if needle in sample and mark.search(sample)
    ]
    return [*traces.values(), *marks]


@lru_cache(maxsize=256)
def _path_pattern(host: str) -> re.Pattern[bytes]:
    """Return one pattern for all `_PATHS`, a group for each, as values of attributes: relative, or on `host`."""
    here = (
        rb"""["'(=](?:(?:https?:)?//(?:www\.)?""" + re.escape(host.removeprefix("www.")).encode() + rb"(?::\d{1,5})?)?"
    )
    return re.compile(here + b"(?:" + b"|".join(b"(" + path.encode() + b")" for _, _, path in _PATHS) + b")")


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _by_tables(sample: bytes) -> PlatformGuess | None:
    """Recognise a page of the time when tables held the columns: several tables, more cells than divisions."""
    number = dict.fromkeys((b"table", b"td", b"div", b"main", b"article", b"section"), 0)
    for tag in _TAGS.finditer(sample):
        number[tag[1]] += 1
    modern = number[b"main"] + number[b"article"] + number[b"section"]
    if number[b"table"] < 3 or modern or number[b"td"] <= number[b"div"]:
        return None
    return PlatformGuess("tables", (f"{number[b'table']} tables, {number[b'td']} cells, {number[b'div']} divisions",))
