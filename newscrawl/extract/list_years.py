"""The year of a listing's dates that leave it out: told by a heading of the list, or by the order of its entries."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import lxml.html

from newscrawl.extract.datelines import find_date, has_year
from newscrawl.items import ListingEntry
from pipelines import dates
from pipelines.text import clean

_OUT_OF_ORDER = timedelta(days=45)
"""By how much an entry may be younger than the one above it: lists are sorted, but not to the day."""
_HEADING = re.compile(
    r"(?:архив\s+)?(?:новост(?:и|ей)\s+)?(?:за\s+)?(?P<month>[а-яё]+\s+)?(?P<year>(?:19|20)\d\d)(?:\s*г(?:ода?|\.)?)?:?",
    re.IGNORECASE,
)
DAY_ALONE = re.compile(r"(\d{1,2})(?!\d)\s*(?:[—–.:|-]|$)")
"""How an entry begins that names but the day, under a heading with month and year."""
_HEADING_TAGS = frozenset("h1 h2 h3 h4 h5 h6 b strong div p td th caption span dt legend".split())
_LONGEST_HEADING = 40


@dataclass(frozen=True)
class Heading:
    """What stands above entries of a list: «Март 2025», «2025 год»."""

    text: str
    year: int
    month: str
    """The word for the month, or ''."""


def headings_above(
    root: lxml.html.HtmlElement, items: Sequence[lxml.html.HtmlElement]
) -> dict[lxml.html.HtmlElement, Heading]:
    """Return the nearest heading with a year above each item."""
    wanted, told, found = set(items), None, {}
    for element in root.iter():
        if element in wanted:
            if told is not None:
                found[element] = told
        elif element.tag in _HEADING_TAGS and not len(element) and len(element.text or "") <= _LONGEST_HEADING:
            match = _HEADING.fullmatch(clean(element.text or ""))
            told = Heading(match[0], int(match["year"]), (match["month"] or "").strip()) if match else told
    return found


def under_heading(entry: ListingEntry, heading: Heading | None, words: str) -> ListingEntry:
    """Return an entry with what the heading above it tells: the year of its date, or all but the day.

    `words` are the entry's own, outside its links: «14 — » below «Март 2025» is 14 March 2025.
    """
    if heading is None:
        return entry
    raw = entry.date_published_raw
    if raw and find_date(raw):
        return entry if has_year(raw) else entry.model_copy(update={"year": heading.year})
    day = DAY_ALONE.match(raw or words)
    if day and heading.month:
        return entry.model_copy(update={"date_published_raw": f"{day[1]} {heading.month} {heading.year}"})
    return entry


def with_years(
    entries: Sequence[ListingEntry], *, fetched_at: datetime, timezone: str, newest: date | None
) -> tuple[list[ListingEntry], date | None]:
    """Return the entries of one page, newest first, with the years of those dates that have none; and how old it gets.

    `newest` is the day to which the page before came: this page's entries are hardly younger. A date that is much
    younger than the one above it is of an earlier year; one that is much older, while what follows is not, is pinned
    and says nothing.
    """
    days = [_day(entry, fetched_at, timezone) for entry in entries]
    upper, dated = newest, []
    for number, (entry, day) in enumerate(zip(entries, days, strict=True)):
        if day is None:
            dated.append(entry)
            continue
        told = entry.year is not None or has_year(entry.date_published_raw or "")
        settled = day if told or upper is None else _not_after(day, upper + _OUT_OF_ORDER)
        if _names_day(entry.date_published_raw or "") and not has_year(entry.date_published_raw or ""):
            entry = entry.model_copy(update={"year": settled.year})
        dated.append(entry)
        following = next((one for one in days[number + 1 :] if one is not None), None)
        if upper is None or settled <= upper:
            pinned = upper is None and following is not None and following > settled + _OUT_OF_ORDER
            upper = upper if pinned else settled
    return dated, upper


def _day(entry: ListingEntry, fetched_at: datetime, timezone: str) -> date | None:
    """Return the day of an entry: the latest that it can be, in the year that a heading told if one did."""
    text = entry.date_published_raw
    if not text:
        return None
    span = dates.read(text, base=dates.base_in_year(fetched_at, entry.year), timezone=timezone).span
    if span is None or span.precision not in {"day", "minute", "hour"}:
        return None
    return span.start(timezone).date()


def _not_after(day: date, latest: date) -> date:
    while day > latest:
        try:
            day = day.replace(year=day.year - 1)
        except ValueError:  # 29 February
            day -= timedelta(days=366)
    return day


_RELATIVE = re.compile(r"сегодня|вчера|позавчера|назад|только что", re.IGNORECASE)


def _names_day(text: str) -> bool:
    """Tell whether a date names a day of the year rather than one before the fetch."""
    return _RELATIVE.search(text) is None


def same_day_of_year(one: str, other: str, base: datetime, timezone: str) -> bool:
    """Tell whether two dates as written are of one day and month."""
    days = [dates.read(text, base=base, timezone=timezone).span for text in (one, other)]
    if any(span is None for span in days):
        return False
    first, second = (span.start(timezone) for span in days if span is not None)
    return (first.month, first.day) == (second.month, second.day)


def year_of(text: str, base: datetime, timezone: str) -> int | None:
    """Return the year of a date as written, when it names it."""
    span = dates.read(text, base=base, timezone=timezone).span if has_year(text) else None
    return span.start(timezone).year if span is not None else None
