"""Which articles are of some days, by what a list says of them or by a year in their address."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from newscrawl.items import ListingEntry
from newscrawl.sites.model import Site
from pipelines import dates

_DATED = re.compile(r"(?<=/)((?:19|20)\d\d)(?:[/-](0?[1-9]|1[0-2])(?:[/-]\d{1,2})?)?(?=/|$)")


@dataclass(frozen=True)
class Days:
    """Days in a site's zone, both ends inclusive; None where there is no end."""

    first: date | None = None
    last: date | None = None

    def is_too_old(self, entry: ListingEntry, site: Site, seen_at: datetime) -> bool:
        """Tell whether an entry is of an earlier day; one whose day is not known is not.

        `seen_at`: when a list said so, where the entry does not tell. Where the days have an end, too, a year or month
        in the address counts for what has no date.
        """
        if self.first is None:
            return False
        found = self._span(entry, site, seen_at)
        return found is not None and found[1] < self.first

    def is_too_new(self, entry: ListingEntry, site: Site, seen_at: datetime) -> bool:
        """Tell whether an entry is of a later day; one whose day is not known is not."""
        if self.last is None:
            return False
        found = self._span(entry, site, seen_at)
        return found is not None and found[0] > self.last

    def hold(self, entry: ListingEntry, site: Site, seen_at: datetime) -> bool:
        """Tell whether an entry is of these days, as far as that is known."""
        return not self.is_too_old(entry, site, seen_at) and not self.is_too_new(entry, site, seen_at)

    def _span(self, entry: ListingEntry, site: Site, seen_at: datetime) -> tuple[date, date] | None:
        day = day_of(entry, site, seen_at)
        if day is not None:
            return day, day
        return dated_by_address(entry.url) if self.last is not None else None


def day_of(entry: ListingEntry, site: Site, seen_at: datetime) -> date | None:
    """Return the day that a list dates an entry with, in the site's zone; None where it does not."""
    if entry.date_published_raw is None:
        return None
    base = dates.base_in_year((entry.seen_at or seen_at).astimezone(ZoneInfo(site.timezone)), entry.year)
    span = dates.parse(entry.date_published_raw, base=base, timezone=site.timezone)
    return span.start(site.timezone).date() if span is not None else None


def dated_by_address(url: str) -> tuple[date, date] | None:
    """Return the first and last day that the year, or year and month, in an address' path means; None without one.

    `/novosti/2023/110188`: the year 2023. A number that may be a year and is the article's own (`/news/2015/`) is none.
    """
    path = "/" + url.partition("://")[2].partition("/")[2].partition("?")[0]
    for found in _DATED.finditer(path):
        if not path[found.end() :].strip("/"):
            return None  # the last word of an address is the article's own
        year, month = int(found[1]), int(found[2]) if found[2] else None
        if month is None:
            return date(year, 1, 1), date(year, 12, 31)
        following = date(year + month // 12, month % 12 + 1, 1)
        return date(year, month, 1), following - timedelta(days=1)
    return None
