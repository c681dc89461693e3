"""When an address is asked for again. Pure: times come in as arguments, all of them aware.

A news page changes most in its first minutes and hardly ever after a week. So an article is visited again after as
long as it is old, which doubles from visit to visit: 17 visits in its first year, then none. What failed is tried
again after a pause that doubles too.
"""

from __future__ import annotations

from datetime import datetime, timedelta

SOONEST = timedelta(minutes=5)
"""Between two visits of one article, at least."""
OLDEST = timedelta(days=365)
"""An article of this age is not visited again."""
FIRST_PAUSE = timedelta(minutes=5)
"""After the first failure of an address."""
LONGEST_PAUSE = timedelta(days=7)
"""After many failures."""
GONE_PAUSE = timedelta(days=1)
"""After an article was first seen to be gone: it may have been a mistake."""
_GONE_VISITS = 6
"""So often what is gone is looked for again, the last time after a month."""
_ALIKE = timedelta(hours=48)
"""A day named on the page and the first sight of an article so close to it mean the same news."""
LIST_SOONEST = timedelta(minutes=15)
LIST_LATEST = timedelta(days=30)
"""Bounds between two visits of an archive's page or a sitemap's part."""


def born_at(published: datetime | None, precision: str | None, first_seen: datetime) -> datetime:
    """Return the moment from which an article's age counts: its publication, as far as that is known.

    A page that tells the day alone was not published at midnight: the first sight of it is nearer.
    """
    if published is None or published > first_seen:
        return first_seen
    if precision != "minute" and first_seen - published < _ALIKE:
        return first_seen
    return published


def next_visit(born: datetime, visited: datetime) -> datetime | None:
    """Return when to visit an article again that was visited now; None for one that is too old."""
    age = visited - born
    if age >= OLDEST:
        return None
    return visited + max(age, SOONEST)


def next_try(failures: int, now: datetime) -> datetime:
    """Return when to try an address again after so many failures in a row (1 at least)."""
    return now + min(FIRST_PAUSE * int(2 ** min(failures - 1, 20)), LONGEST_PAUSE)


def next_look_at_gone(visits: int, now: datetime) -> datetime | None:
    """Return when to look again whether an article is back, after so many visits that found it gone (1 at least)."""
    return now + GONE_PAUSE * int(2 ** (visits - 1)) if visits < _GONE_VISITS else None


def next_list_visit(unchanged: int, now: datetime) -> datetime:
    """Return when to read a page of an archive again that has brought nothing new so many times in a row."""
    return now + min(LIST_SOONEST * int(2 ** min(unchanged, 20)), LIST_LATEST)
