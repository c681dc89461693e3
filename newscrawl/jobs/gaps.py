"""Months in which a site published, as far as is stored: those with none, those with far fewer than their neighbours.

A month is `few` when it has less than a third of what is usual around it, and less than chance explains: fewer than
m - 3 * sqrt(m), the lower bound of three standard deviations of a Poisson count with mean m. What is usual is m, the
median of the six months before and the six after it that have any article: a median, so that neither one busy month
nor a neighbouring gap moves it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import Literal
from zoneinfo import ZoneInfo

from newscrawl.clock import now
from newscrawl.jobs.backfill_parts import ARCHIVES
from newscrawl.jobs.backfill_plan import own_sources
from newscrawl.sites import Site
from newscrawl.store import Store
from newscrawl.store.months import articles_by_month, count_undated

_NEIGHBOURS = 6
_SHARE = 1 / 3
_DEVIATIONS = 3.0
_OLDEST = {"wayback": date(1996, 5, 1), "commoncrawl": date(2008, 5, 1), "ccnews": date(2016, 8, 1)}
"""Since when an archive has anything."""


@dataclass(frozen=True)
class Month:
    """One month of a site."""

    first: date
    """Its first day."""
    articles: int
    usual: float | None
    """The median of its neighbours; None where there are none."""
    gap: Literal["none", "few"] | None
    """Whether articles seem to be missing."""
    sources: tuple[str, ...] = ()
    """Of a gap: the ways of `newscrawl backfill` that may fill it and were not gone yet."""

    @property
    def name(self) -> str:
        """`2020-01`."""
        return f"{self.first:%Y-%m}"

    @property
    def last(self) -> date:
        """Its last day."""
        return _after(self.first) - timedelta(days=1)


@dataclass(frozen=True)
class Months:
    """The months of a site, the oldest first."""

    site: Site
    months: tuple[Month, ...]
    undated: int
    """Articles without a publication date, which are in no month."""

    @property
    def gaps(self) -> list[Month]:
        """Those in which articles seem to be missing."""
        return [one for one in self.months if one.gap is not None]

    def as_json(self) -> dict[str, object]:
        """Return everything as JSON has it."""
        rows = [
            {
                "month": one.name, "articles": one.articles, "usual": one.usual, "gap": one.gap,
                "sources": list(one.sources),
            }
            for one in self.months
        ]  # fmt: skip
        return {"site": self.site.name, "timezone": self.site.timezone, "undated": self.undated, "months": rows}


def look_for_gaps(
    store: Store, site: Site, first: date | None = None, last: date | None = None, *, most: int | None = None
) -> Months:
    """Return the months between two days, from the first article to this month when not given; the last `most` of them.

    Without a first day the month of the first article is not judged, nor ever the month that is not over.
    """
    zone = ZoneInfo(site.timezone)
    counts = articles_by_month(store, site.name, site.timezone)
    today = now().astimezone(zone).date()
    begins = first.replace(day=1) if first else _first_month(counts)
    undated = count_undated(store, site.name)
    if begins is None:
        return Months(site, (), undated)
    ends = min(last or today, today)
    judged_from = begins if first else _after(begins)
    rows = []
    sources = _Sources(store, site)
    for month in months_between(begins, ends)[-most if most else None :]:
        articles = counts.get(f"{month:%Y-%m}", 0)
        usual = usual_around(month, counts)
        is_judged = month >= judged_from and _after(month) <= today
        gap = gap_of(articles, usual) if is_judged else None
        rows.append(Month(month, articles, usual, gap, sources.of(month) if gap else ()))
    return Months(site, tuple(rows), undated)


def gap_of(articles: int, usual: float | None) -> Literal["none", "few"] | None:
    """Tell whether so many articles are a gap where `usual` are usual; see the head of this file."""
    if articles == 0:
        return "none"
    if usual is None:
        return None
    return "few" if articles < usual * _SHARE and articles < usual - _DEVIATIONS * math.sqrt(usual) else None


def usual_around(month: date, counts: Mapping[str, int]) -> float | None:
    """Return the median of the months around one that have any article, None where there are none."""
    own = f"{month:%Y-%m}"
    before = [counts[name] for name in sorted(name for name in counts if name < own)][-_NEIGHBOURS:]
    after = [counts[name] for name in sorted(name for name in counts if name > own)][:_NEIGHBOURS]
    return float(median(before + after)) if before or after else None


def months_between(first: date, last: date) -> Sequence[date]:
    """Return the first days of the months from one day's to another's."""
    found = []
    month = first.replace(day=1)
    while month <= last:
        found.append(month)
        month = _after(month)
    return found


def _after(month: date) -> date:
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)


def _first_month(counts: Mapping[str, int]) -> date | None:
    return date.fromisoformat(f"{min(counts)}-01") if counts else None


class _Sources:
    """Which ways may bring what is missing."""

    def __init__(self, store: Store, site: Site) -> None:
        self._site = site
        self._asked = [one for archive in ARCHIVES for one in store.captures.lists_of(site.name, archive)]
        self._waiting = store.captures.waiting_by_archive(site.name)
        self._store = store
        self._read: dict[str, bool] = {}

    def of(self, month: date) -> tuple[str, ...]:
        """Return the ways for a month."""
        found = [via for via in ("listing", "sitemap") if self._may_list(via, month)]
        for archive, oldest in _OLDEST.items():
            if _after(month) <= oldest:
                continue
            was_asked = any(
                one.archive == archive and one.done_at and one.first <= month.isoformat() <= one.last
                for one in self._asked
            )
            if not was_asked or archive in self._waiting:
                found.append(archive)
        return tuple(found)

    def _may_list(self, via: str, month: date) -> bool:
        sources = own_sources(self._site, "sitemap" if via == "sitemap" else "listing")
        if not sources:
            return False
        return not self._store.captures.are_lists_read(self._site.name, [one.url for one in sources], month)
