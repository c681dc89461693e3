"""When a site publishes: how many articles to expect in each hour of its week, learnt from its past.

Pure: the clock, the site's time zone and the times of its articles come from outside.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LEAST_ARTICLES = 5
"""With fewer articles there is no rhythm to speak of."""
_HOURS = 168
_DAY_OFF = 120
"""The first hour of Saturday."""
_OFFICE = (time(9), time(18))
"""When an article is taken to be published of which only the day is known."""
_PRIOR_WEEKS = 4.0
"""An hour of the week counts as seen in so many weeks with the average of its kind before its own weeks count."""
_PRIOR_HOURS = 10.0
"""The same for an hour of the working day, or of the day off, with the average of the whole week."""
_FLOOR = 0.02
"""No hour expects less than this share of the average hour."""
_SHORTEST = timedelta(days=1)
_HORIZON = timedelta(days=400)
"""How far `when` looks ahead."""


@dataclass(frozen=True)
class Appearance:
    """What the store knows of when one article appeared."""

    published: datetime
    """`date_published`, UTC: with day precision the day's first instant in the site's zone."""
    precision: str | None
    """`minute`, `day`, …"""
    first_seen: datetime
    """When a crawl stored it first, UTC."""


def moments(appearances: Iterable[Appearance], timezone: str) -> list[datetime]:
    """Return for each article the moment at which it most likely appeared, in no order.

    The page's own minute, where it tells one. Of a day: the time of the first crawl that saw it if that was on the same
    day (`timezone`), since it was there by then; else the articles of that day are spread evenly over 9 to 18 h.
    So midnight is never taken for a time of publication, and a site that tells days only has a rhythm of the week all
    the same. Articles known by month or year are left out.
    """
    zone = ZoneInfo(timezone)
    found = []
    spread: dict[date, int] = defaultdict(int)
    for one in appearances:
        day = one.published.astimezone(zone).date()
        if one.precision == "minute":
            found.append(one.published)
        elif one.precision == "day" and one.first_seen.astimezone(zone).date() == day:
            found.append(one.first_seen)
        elif one.precision == "day":
            spread[day] += 1
    for day, number in spread.items():
        found += _spread(day, number, zone)
    return found


def _spread(day: date, number: int, zone: ZoneInfo) -> list[datetime]:
    begin, end = (datetime.combine(day, hour, zone).astimezone(UTC) for hour in _OFFICE)
    return [begin + (end - begin) * ((step + 0.5) / number) for step in range(number)]


@dataclass(frozen=True)
class Rhythm:
    """How many articles a site is expected to publish, by the hour of its week. Times without a zone are refused."""

    rates: tuple[float, ...]
    """Articles an hour in each of the 168 hours of the local week, from Monday 0 h; all above 0."""
    timezone: str
    """The site's zone, in which those hours are meant."""

    @classmethod
    def learn(cls, times: Iterable[datetime], *, now: datetime, timezone: str, weeks: int = 8) -> Rhythm | None:
        """Learn from the times at which articles appeared in the `weeks` before `now`; None for fewer than 5 of them.

        The time watched begins with the earliest of them, and is a day at least. The rate of an hour leans on the
        average of that hour over working days (or days off), and that on the average of the week; each weighs less the
        more has been seen. It never falls below 2 % of the average hour.
        """
        now = now.astimezone(UTC)
        recent = [one.astimezone(UTC) for one in times]
        recent = [one for one in recent if now - timedelta(weeks=weeks) <= one <= now]
        if len(recent) < LEAST_ARTICLES:
            return None
        zone = ZoneInfo(timezone)
        begin = min(min(recent), now - _SHORTEST)
        whole = (now - begin) // timedelta(weeks=1)  # each holds every hour once; a change of the clock weighs nothing
        seen, watched = [0.0] * _HOURS, [float(whole)] * _HOURS
        for one in recent:
            seen[_hour_of_week(one, zone)] += 1
        for hour, _, length in _hours(begin + timedelta(weeks=whole), now, zone):
            watched[hour] += length
        return cls(tuple(_smoothed(seen, watched)), timezone)

    @property
    def a_week(self) -> float:
        """Articles a week."""
        return sum(self.rates)

    def expected(self, since: datetime, until: datetime) -> float:
        """Return how many articles to expect between two moments; 0 when the second is not after the first."""
        return sum(self.rates[hour] * length for hour, _, length in _hours(since, until, ZoneInfo(self.timezone)))

    def when(self, since: datetime, articles: float) -> datetime:
        """Return the first moment (UTC) by which so many articles are expected since `since`; 400 days at most."""
        left = articles
        for hour, begin, length in _hours(since, since + _HORIZON, ZoneInfo(self.timezone)):
            rate = self.rates[hour]
            if rate * length >= left:
                return begin + timedelta(hours=max(left, 0.0) / rate)
            left -= rate * length
        return since.astimezone(UTC) + _HORIZON


def _hour_of_week(moment: datetime, zone: ZoneInfo) -> int:
    local = moment.astimezone(zone)
    return local.weekday() * 24 + local.hour


def _hours(since: datetime, until: datetime, zone: ZoneInfo) -> Iterator[tuple[int, datetime, float]]:
    """Yield the parts of local hours between two moments: hour of the week, begin (UTC), length in hours.

    Counted on UTC, so an hour that a change of the clock repeats comes twice and one that it leaves out does not come.
    """
    begin, until = since.astimezone(UTC), until.astimezone(UTC)
    while begin < until:
        local = begin.astimezone(zone)
        gone = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
        end = min(begin + timedelta(hours=1) - gone, until)
        yield local.weekday() * 24 + local.hour, begin, (end - begin) / timedelta(hours=1)
        begin = end


def _smoothed(seen: Sequence[float], watched: Sequence[float]) -> list[float]:
    average = sum(seen) / sum(watched)
    rates = []
    for hour in range(_HOURS):
        alike = [one for one in range(hour % 24, _HOURS, 24) if (one >= _DAY_OFF) == (hour >= _DAY_OFF)]
        times, weeks = sum(seen[one] for one in alike), sum(watched[one] for one in alike)
        usual = (times + _PRIOR_HOURS * average) / (weeks + _PRIOR_HOURS)
        own = (seen[hour] + _PRIOR_WEEKS * usual) / (watched[hour] + _PRIOR_WEEKS)
        rates.append(max(own, _FLOOR * average))
    return rates
