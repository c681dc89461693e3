"""The articles of a day: those that were published on it, and those that speak of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from newscrawl.store.asking import MAX_TIME_MS
from newscrawl.store.finding import BY_DATE, EPOCH
from newscrawl.store.reading import LISTED, shown, years_of
from newscrawl.store.schema import Document

if TYPE_CHECKING:
    from newscrawl.store.store import Store

ZoneOf = Callable[[str | None], str]
"""From a site's name to its IANA time zone."""

_SCANNED = 5_000
"""Articles that are looked at for those of a day."""
_AT_ONCE = 50
"""Articles that come from the server at once: mostly a few of a day are wanted."""
_LAST_YEAR = 9999


def speaking_of(store: Store, day: date, limit: int) -> list[Document]:
    """Return articles whose text names a day, a time of it or a span that begins with it; the latest first."""
    value = day.isoformat()
    cursor = store.articles.find({"dates.value": value}, shown(LISTED), max_time_ms=MAX_TIME_MS)
    found = list(cursor.sort(BY_DATE.sort).limit(limit))
    known = {one["_id"] for one in found}
    longer = [one["_id"] for one in _beginning_with(store, value) if one["_id"] not in known][:limit]
    found += store.articles.find({"_id": {"$in": longer}}, shown(LISTED), max_time_ms=MAX_TIME_MS)
    return sorted(found, key=_latest)[:limit]


def _beginning_with(store: Store, value: str) -> list[Document]:
    """Return `_id` and `date_published` of the articles that name a time of a day or a span from it, the latest first.

    The index has them by what they name, so they are put in order here; there are few.
    """
    found: dict[str, Document] = {}
    for bounds in ({"$gt": value + "/", "$lt": value + "0"}, {"$gt": value + "T", "$lt": value + "U"}):
        # One and the same date: without $elemMatch one may be above the lower bound and another below the upper one.
        query = {"dates": {"$elemMatch": {"value": bounds}}}
        cursor = store.articles.find(query, {"date_published": 1}, max_time_ms=MAX_TIME_MS)
        found |= {one["_id"]: one for one in cursor.limit(_SCANNED)}
    return sorted(found.values(), key=_latest)


def of_years(store: Store, month: int, day: int, zone_of: ZoneOf, each: int) -> Iterator[tuple[int, list[Document]]]:
    """Yield (year, its articles of a day of the year), the latest year first; years without any are absent."""
    for year in _years(store):
        try:
            wanted = date(year, month, day)
        except ValueError:  # the 29th of February
            continue
        if found := list(published(store, wanted, zone_of, each)):
            yield year, found


def published(store: Store, day: date, zone_of: ZoneOf, limit: int) -> Iterator[Document]:
    """Yield the articles that were published on a day as their site's city has it, the latest first."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    query = {"date_published": {"$gte": _moved(midnight, -14), "$lt": _moved(midnight, 36)}}
    cursor = store.articles.find(query, shown(LISTED), max_time_ms=MAX_TIME_MS)
    left = limit
    for one in cursor.sort(BY_DATE.sort).limit(_SCANNED).batch_size(_AT_ONCE):
        if one["date_published_precision"] not in {"day", "minute"}:
            continue
        if one["date_published"].astimezone(ZoneInfo(zone_of(one["site"]))).date() == day:
            yield one
            left -= 1
            if not left:
                return


def _years(store: Store) -> Iterator[int]:
    """Yield the years in which anything was published, and those after them, the latest first.

    After: what is the 1st of January in a city may be the 31st of December in UTC.
    """
    last = _LAST_YEAR + 1
    for year in years_of(store, {}):
        yield from (each for each in (year + 1, year) if each < last)
        last = year


def _latest(document: Document) -> tuple[bool, float, str]:
    at = document["date_published"]
    return at is None, -at.timestamp() if at else 0.0, document["_id"]


def _moved(moment: datetime, hours: int) -> datetime:
    """Return a moment some hours later, or the first or last there is."""
    try:
        return moment + timedelta(hours=hours)
    except OverflowError:
        return EPOCH if hours < 0 else datetime.max.replace(tzinfo=UTC)
