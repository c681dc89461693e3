"""Crawler traps: addresses that a server makes up without end, known by their form or by what they bring.

`trap_reason` judges an address alone; `TrapGuard` also counts how many of a kind were asked for and what they gave;
`ListProgress` tells when the pages of one list have stopped bringing articles. No clock, no network, bounded memory.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Literal
from urllib.parse import SplitResult, unquote, urlsplit

from newscrawl.url_cleaning import Parameter, is_pager, is_tracking, names_article, parameters
from newscrawl.urls import page_key

TrapReason = Literal[
    "too_long",
    "too_deep",
    "repeated_segments",
    "calendar",
    "filters",
    "too_many_alike",
    "nothing_new",
    "hardly_anything_new",
    "too_many_kinds",
    "other_host",
]

TRAPS: dict[TrapReason, str] = {
    "too_long": "the address grows without end",
    "too_deep": "the address grows without end",
    "repeated_segments": "the path repeats itself",
    "calendar": "a calendar far from any news",
    "filters": "a list filtered in ever new ways",
    "too_many_alike": "more addresses of one kind than a site has pages",
    "nothing_new": "page after page with nothing new",
    "hardly_anything_new": "page after page with next to nothing new",
    "too_many_kinds": "more kinds of addresses than a site has",
    "other_host": "a list that leads to another host",
}
"""What each reason means, for a warning."""

_LONGEST = 2000
"""Characters: a Cyrillic headline of 200 letters makes 1,200."""
_DEEPEST = 20
"""Segments of a path."""
_EARLIEST_YEAR = 1990
"""No Russian site has older news of its own."""
_MOST_PARAMETERS = 6
_MOST_COMBINATIONS = 12
"""Different sets of parameters on one path: a list has a pager, a year, a section, and some of their combinations."""
_FILTER = re.compile(r"arrFilter\S*|(?:set|del)_filter|(?:filters?|facets?|f)\[.*|facet\w*", re.IGNORECASE)
_DATE_PARAMETER = re.compile(
    r"(?:\w*_)?(?:date|day|month|year|period|from|to|calendar)(?:_\w+)?|god|mes", re.IGNORECASE
)
_YEAR = re.compile(r"(?<!\d)(1[89]\d\d|2[01]\d\d|[3-9]\d{3})(?!\d)")
_MONTH = re.compile(r"0?[1-9]|1[0-2]")
_YEAR_AND_MONTH = re.compile(r"(1[89]\d\d|2[01]\d\d)[-_.](?:0?[1-9]|1[0-2])(?:[-_.]\d{1,2})?")


def trap_reason(url: str, today: date) -> TrapReason | None:
    """Return why an address is a trap by its form alone, or None. Any text will do.

    Session ids are none: `newscrawl.urls.page_key` takes them off, so that a page met again is known.
    """
    if len(url) > _LONGEST:
        return "too_long"
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    segments = [one for one in unquote(parts.path).split("/") if one]
    if len(segments) > _DEEPEST:
        return "too_deep"
    if _repeat(segments):
        return "repeated_segments"
    asked = [one for one in parameters(parts.query) if not is_tracking(one)]
    if any(year > today.year + 1 or year < _EARLIEST_YEAR for year in _calendar_years(segments, asked)):
        return "calendar"
    return "filters" if _is_filtered(asked) else None


def _repeat(segments: list[str]) -> bool:
    """Tell whether words come three times in a row (`/news/news/news/`) or a sequence twice (`/a/b/a/b/`)."""
    for size in range(1, len(segments) // 2 + 1):
        times = 3 if size == 1 else 2
        for start in range(len(segments) - size * times + 1):
            block = segments[start : start + size]
            is_repeated = segments[start : start + size * times] == block * times
            if is_repeated and not all(one.isdecimal() for one in block):
                return True
    return False


def _calendar_years(segments: list[str], asked: list[Parameter]) -> list[int]:
    """Return the years that an address shows a month or a day of; a number alone may be an article's."""
    found = [match[1] for one in segments if (match := _YEAR_AND_MONTH.fullmatch(one))]
    for one, following in pairwise(segments):
        if _YEAR.fullmatch(one) and int(one) < 2200 and _MONTH.fullmatch(following):
            found.append(one)
    for parameter in asked:
        if _DATE_PARAMETER.fullmatch(parameter.name):
            found += _YEAR.findall(parameter.value)
    return [int(year) for year in found]


def _is_filtered(asked: list[Parameter]) -> bool:
    names = Counter(one.name for one in asked if not is_pager(one))
    many = len(names) > _MOST_PARAMETERS or any(number > 2 for number in names.values())
    return many or any(_FILTER.fullmatch(name) for name in names)


@dataclass
class _Kind:
    """What became of the addresses of one pattern."""

    asked: int = 0
    fruitless: int = 0


@dataclass
class TrapGuard:
    """Keeps a crawl out of traps. Ask `visit` before an address is fetched, tell `report` what it brought."""

    today: date
    most_alike: int = 5000
    """Addresses of one kind, such as the pages of one list."""
    patience: int = 20
    """Pages of one kind one after the other that may bring nothing new."""
    most_kinds: int = 10_000
    left: Counter[TrapReason] = field(default_factory=Counter)
    """How many addresses were left, by reason."""
    _kinds: dict[str, _Kind] = field(default_factory=dict, repr=False)
    _combinations: dict[str, set[str]] = field(default_factory=dict, repr=False)

    def is_trap(self, url: str) -> TrapReason | None:
        """Return why an address should not be asked for, or None; changes nothing."""
        reason = trap_reason(url, self.today)
        if reason is not None:
            return reason
        path, names = address_pattern(url)
        kind = self._kinds.get(f"{path}?{names}")
        if kind is None:
            combinations = self._combinations.get(path, ())
            if names not in combinations and len(combinations) >= _MOST_COMBINATIONS:
                return "filters"
            return "too_many_kinds" if len(self._kinds) >= self.most_kinds else None
        if kind.asked >= self.most_alike:
            return "too_many_alike"
        return "nothing_new" if kind.fruitless >= self.patience else None

    def visit(self, url: str) -> TrapReason | None:
        """Count an address that is about to be fetched, unless it is a trap: then return the reason."""
        reason = self.is_trap(url)
        if reason is not None:
            self.left[reason] += 1
            return reason
        path, names = address_pattern(url)
        self._kinds.setdefault(f"{path}?{names}", _Kind()).asked += 1
        self._combinations.setdefault(path, set()).add(names)
        return None

    def report(self, url: str, new: int) -> None:
        """Tell how much that was not known before a visited page brought: articles, or links, as the crawl counts."""
        path, names = address_pattern(url)
        kind = self._kinds.get(f"{path}?{names}")
        if kind is not None:
            kind.fruitless = 0 if new else kind.fruitless + 1


def address_pattern(url: str) -> tuple[str, str]:
    """Return what addresses of one kind share: host and path with 0 for numbers and * for names, and parameters' names.

    `http://a.ru/news/2024/05-den-goroda?page=3` gives (`a.ru/news/0/*`, `page`).
    """
    try:
        parts: SplitResult = urlsplit(page_key(url))
    except ValueError:
        return "", ""
    shown = (
        "0" if segment.isdecimal() else "*" if names_article(segment) else segment for segment in parts.path.split("/")
    )
    names = sorted({one.name for one in parameters(parts.query)})
    return parts.netloc + "/".join(shown), "&".join(names)


ListEnd = Literal["repeats", "last_page", "nothing_new", "hardly_anything_new"]


@dataclass
class ListProgress:
    """Follows the pages of one list and says when it has ended, whatever the server goes on to answer."""

    most_pages: int | None = None
    """Take no more."""
    patience: int = 3
    """Pages one after the other that name only what earlier ones named: new articles shift a list while it is read."""
    most_thin: int = 20
    """Pages one after the other on which hardly anything is new: a rotating banner, a random article."""
    pages: int = 0
    _seen: set[bytes] = field(default_factory=set, repr=False)
    _pages_seen: set[bytes] = field(default_factory=set, repr=False)
    _stale: int = 0
    _thin: int = 0

    def take(self, urls: Collection[str]) -> ListEnd | None:
        """Take the articles of the next page; return None to go on after it, or why the list ends before it.

        `repeats`: the same articles as an earlier page, as Bitrix answers past the end; `last_page`: `most_pages` were
        taken; the others mean a trap.
        """
        page = _digest("\n".join(sorted(urls)))
        if page in self._pages_seen:
            return "repeats"
        if self.most_pages is not None and self.pages >= self.most_pages:
            return "last_page"
        self.pages += 1
        self._pages_seen.add(page)
        new = {_digest(url) for url in urls} - self._seen
        self._seen |= new
        self._stale = 0 if new else self._stale + 1
        self._thin = self._thin + 1 if len(urls) >= 5 and len(new) <= max(1, len(urls) // 10) else 0
        if self._stale >= self.patience:
            return "nothing_new"
        return "hardly_anything_new" if self._thin >= self.most_thin else None


def _digest(text: str) -> bytes:
    """Return 8 bytes: for a list of a million articles the chance of a clash is one in 30 million."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
