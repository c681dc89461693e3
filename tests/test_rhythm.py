"""The rhythm of a site: learnt from times, asked for hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from newscrawl.rhythm import Appearance, Rhythm, moments
from newscrawl.store import Store

MOSCOW = ZoneInfo("Europe/Moscow")
NOW = datetime(2026, 3, 2, 0, 0, tzinfo=MOSCOW)  # a Monday


def working_days(hours: tuple[int, ...], weeks: int = 8, zone: ZoneInfo = MOSCOW) -> list[datetime]:
    """One article at half past each of these hours on every working day before NOW."""
    first = NOW.replace(tzinfo=None) - timedelta(weeks=weeks)
    days = [first + timedelta(days=number) for number in range(7 * weeks)]
    return [day.replace(hour=hour, minute=30, tzinfo=zone) for day in days if day.weekday() < 5 for hour in hours]


def learnt(times: list[datetime], timezone: str = "Europe/Moscow") -> Rhythm:
    rhythm = Rhythm.learn(times, now=NOW, timezone=timezone)
    assert rhythm is not None
    return rhythm


def test_too_little_history_is_no_rhythm() -> None:
    times = working_days((10,))
    assert Rhythm.learn(times[-4:], now=NOW, timezone="Europe/Moscow") is None
    assert Rhythm.learn(times[-5:], now=NOW, timezone="Europe/Moscow") is not None
    assert Rhythm.learn(times, now=NOW + timedelta(weeks=20), timezone="Europe/Moscow") is None
    future = [NOW + timedelta(hours=number) for number in range(1, 20)]
    assert Rhythm.learn(future, now=NOW, timezone="Europe/Moscow") is None


def test_news_are_expected_when_they_came_before() -> None:
    rhythm = learnt(working_days((10, 11, 15)))
    monday = NOW
    busy = rhythm.expected(monday.replace(hour=10), monday.replace(hour=12))
    assert busy == pytest.approx(2, rel=0.2)
    assert rhythm.expected(monday.replace(hour=2), monday.replace(hour=4)) < busy / 20
    saturday = monday + timedelta(days=5)
    assert rhythm.expected(saturday.replace(hour=10), saturday.replace(hour=12)) < busy / 10
    assert rhythm.a_week == pytest.approx(15, rel=0.1)
    assert rhythm.expected(monday, monday + timedelta(weeks=3)) == pytest.approx(3 * rhythm.a_week)
    assert rhythm.expected(monday, monday) == rhythm.expected(monday, monday - timedelta(hours=5)) == 0


def test_no_hour_is_impossible() -> None:
    rhythm = learnt(working_days((10,)))
    assert len(rhythm.rates) == 168
    assert min(rhythm.rates) >= 0.02 * rhythm.a_week / 168 * 0.9 > 0


@pytest.mark.parametrize("articles", [0.0, 0.01, 0.5, 1.0, 7.3, 40.0])
def test_when_is_the_inverse_of_expected(articles: float) -> None:
    rhythm = learnt(working_days((10, 11, 15)))
    since = NOW + timedelta(hours=8, minutes=17)
    due = rhythm.when(since, articles)
    assert due.tzinfo is UTC
    assert rhythm.expected(since, due) == pytest.approx(articles, abs=1e-6)


def test_when_has_an_end() -> None:
    assert learnt(working_days((10,))).when(NOW, 1e9) == NOW + timedelta(days=400)


def test_parts_of_hours_add_up() -> None:
    rhythm = learnt(working_days((10, 11, 15)))
    cuts = [NOW + timedelta(minutes=37 * number) for number in range(300)]
    parts = sum(rhythm.expected(*pair) for pair in pairwise(cuts))
    assert parts == pytest.approx(rhythm.expected(cuts[0], cuts[-1]))


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25)])
def test_a_day_on_which_the_clock_changes_has_its_own_length(day: str, hours: int) -> None:
    zone = ZoneInfo("Europe/Berlin")
    rhythm = Rhythm(rates=(1.0,) * 168, timezone="Europe/Berlin")
    begin = datetime.fromisoformat(day).replace(tzinfo=zone)
    end = begin + timedelta(days=1)  # the next local midnight
    assert rhythm.expected(begin, end) == pytest.approx(hours)
    assert rhythm.when(begin, hours) == end


def test_hours_are_the_sites_own() -> None:
    east = ZoneInfo("Asia/Vladivostok")
    rhythm = learnt(working_days((10,), zone=east), "Asia/Vladivostok")
    assert max(range(168), key=lambda hour: rhythm.rates[hour]) % 24 == 10
    asked = datetime(2026, 3, 3, 10, 0, tzinfo=east)
    assert rhythm.expected(asked, asked + timedelta(hours=1)) > 0.8


def test_a_short_history_counts_for_its_own_time() -> None:
    times = [NOW - timedelta(hours=3 * number) for number in range(1, 17)]  # eight a day for two days
    assert learnt(times).a_week == pytest.approx(56, rel=0.1)


def test_midnight_of_a_day_is_no_time() -> None:
    midnight = datetime(2026, 2, 10, tzinfo=MOSCOW)
    at_noon = midnight.replace(hour=12)
    later = midnight + timedelta(days=9)
    given = [
        Appearance(midnight.replace(hour=7), "minute", later),
        Appearance(midnight, "day", at_noon),
        Appearance(midnight, "day", later),
        Appearance(midnight, "day", later),
        Appearance(midnight, "month", at_noon),
    ]
    found = sorted(one.astimezone(MOSCOW) for one in moments(given, "Europe/Moscow"))
    hours = [one.hour + one.minute / 60 for one in found]
    assert hours == [7, 11.25, 12, 15.75]
    assert {one.date() for one in found} == {midnight.date()}


def test_the_store_tells_when_articles_appeared_by_an_index(store: Store) -> None:
    day = datetime(2026, 2, 10, 6, tzinfo=UTC)
    rows = [("a", day, "minute"), ("b", day - timedelta(days=90), "minute"), ("c", day, "day"), ("d", None, None)]
    for key, published, precision in rows:
        document = {"_id": key, "site": "loop", "date_published": published, "first_seen": day + timedelta(days=30)}
        store.database.command(
            "insert", "articles", documents=[document | {"date_published_precision": precision}],
            bypassDocumentValidation=True,
        )  # fmt: skip
    since = day - timedelta(weeks=8)
    found = store.publication_times("loop", since, timezone="Europe/Moscow")
    assert sorted(found) == [day, datetime(2026, 2, 10, 13, 30, tzinfo=MOSCOW)]
    assert store.publication_times("other", since, timezone="Europe/Moscow") == []
    plan = store.articles.find({"site": "loop", "date_published": {"$gte": since}}).sort(
        [("date_published", -1), ("_id", 1)]
    )
    assert "'IXSCAN'" in str(plan.explain()["queryPlanner"]["winningPlan"])
    assert "'SORT'" not in str(plan.explain()["queryPlanner"]["winningPlan"])
