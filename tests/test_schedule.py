"""What a schedule means: tables of words and of moments."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from newscrawl.config import load_config
from newscrawl.errors import ConfigError, SiteFileError
from newscrawl.rhythm import Rhythm
from newscrawl.schedules import Auto, Cron, Every, Never, Past, Schedule, next_due, parse_schedule, spread
from newscrawl.schedules.cron import next_fire
from newscrawl.sites import load_site

from .conftest import write_site_file

MOSCOW = ZoneInfo("Europe/Moscow")
NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)  # a Wednesday, 15 h in Moscow
NOBODY = "n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("auto", Auto()),
        ("never", Never()),
        ("15m", Every(timedelta(minutes=15))),
        ("2h", Every(timedelta(hours=2))),
        ("1d", Every(timedelta(days=1))),
        ("2s", Every(timedelta(seconds=2))),
        (" 90 m ", Every(timedelta(minutes=90))),
        ("0 8-20/2 * * 1-5", Cron("0 8-20/2 * * 1-5")),
    ],
)
def test_schedules_are_read(text: str, expected: Schedule) -> None:
    assert parse_schedule(text) == expected


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "expected auto, never, an interval"),
        ("hourly", "expected auto, never, an interval"),
        ("15", "expected auto, never, an interval"),
        ("1.5h", "expected auto, never, an interval"),
        ("-1h", "expected auto, never, an interval"),
        ("0m", "more than nothing"),
        ("400d", "at most 366d"),
        ("* * * *", "the five fields of a cron expression, found 4"),
        ("0 0 * * * *", "the five fields of a cron expression, found 6"),
        ("61 * * * *", "maximum value"),
        ("0 25 * * *", "maximum value"),
        ("0 0 0 * *", "minimum value"),
        ("0 0 * * 8", "is no weekday"),
        ("0 0 * * funday", "is no weekday"),
        ("0 0 * * 5-2", "no span of weekdays"),
        ("0 0 * * 1/0", "no span of weekdays"),
        ("*/0 * * * *", "Increment must be higher than 0"),
        ("0 0 31 2 *", "whose day exists"),
        ("a b c d e", "is no weekday"),
    ],
)
def test_what_is_no_schedule_is_told(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        parse_schedule(text)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=MOSCOW)


@pytest.mark.parametrize(
    ("expression", "after", "expected"),
    [
        # 2026-03-04 is a Wednesday.
        ("0 8-20/2 * * 1-5", "2026-03-04 15:00", "2026-03-04 16:00"),
        ("0 8-20/2 * * 1-5", "2026-03-06 20:00", "2026-03-09 08:00"),  # Friday evening: Monday
        ("0 0 * * 0", "2026-03-04 15:00", "2026-03-08 00:00"),  # Sunday is 0
        ("0 0 * * 7", "2026-03-04 15:00", "2026-03-08 00:00"),  # and 7
        ("0 0 * * 1", "2026-03-04 15:00", "2026-03-09 00:00"),
        ("0 0 * * 6", "2026-03-04 15:00", "2026-03-07 00:00"),
        ("0 0 * * 5-7", "2026-03-07 15:00", "2026-03-08 00:00"),
        ("0 0 * * */2", "2026-03-04 15:00", "2026-03-05 00:00"),  # Sunday, Tuesday, Thursday, Saturday
        ("0 0 * * sun", "2026-03-04 15:00", "2026-03-08 00:00"),
        ("0 9 * * MON-FRI", "2026-03-06 15:00", "2026-03-09 09:00"),
        ("30 4 1,15 * 5", "2026-03-04 15:00", "2026-03-06 04:30"),  # the 15th or a Friday: the Friday
        ("30 4 1,15 * 5", "2026-03-13 15:00", "2026-03-15 04:30"),  # and the 15th
        ("0 0 */2 * 1", "2026-03-04 15:00", "2026-03-09 00:00"),  # both, since one of them begins with *
        ("*/5 * * * *", "2026-03-04 15:00", "2026-03-04 15:05"),
        ("*/5 * * * *", "2026-03-04 15:04:59.5", "2026-03-04 15:05"),
        ("0 0 29 2 *", "2026-03-04 15:00", "2028-02-29 00:00"),
        ("59 23 31 12 *", "2026-03-04 15:00", "2026-12-31 23:59"),
    ],
)
def test_cron_fires_when_cron_would(expression: str, after: str, expected: str) -> None:
    parse_schedule(expression)
    fire = next_fire(expression, local(after), "Europe/Moscow")
    assert fire is not None
    assert fire.tzinfo is UTC
    assert fire.astimezone(MOSCOW) == local(expected)


def test_cron_goes_on_through_changes_of_the_clock() -> None:
    moment = datetime(2026, 10, 24, 20, tzinfo=UTC)
    fires = []
    for _ in range(12):
        fire = next_fire("30 * * * *", moment, "Europe/Berlin")
        assert fire is not None
        assert timedelta() < fire - moment <= timedelta(hours=2)
        fires.append(moment := fire)
    spring = datetime(2026, 3, 28, 20, tzinfo=UTC)
    skipped = next_fire("30 2 * * *", spring, "Europe/Berlin")  # no 2:30 on the 29th
    assert skipped is not None
    assert spring < skipped <= spring + timedelta(hours=36)


# --- due


def due(schedule: str, past: Past | None, rhythm: Rhythm | None = None, site: str = NOBODY) -> datetime | None:
    return next_due(parse_schedule(schedule), past, now=NOW, site=site, timezone="Europe/Moscow", rhythm=lambda: rhythm)


def past(status: str = "done", in_vain: int = 0, ago: timedelta = timedelta(hours=1)) -> Past:
    return Past("r", NOW - ago, status, in_vain)  # type: ignore[arg-type]


@pytest.mark.parametrize("schedule", ["auto", "15m", "0 0 * * *"])
@pytest.mark.parametrize("before", [None, past("running"), past("died", 1), past("stopped", 1)])
def test_what_never_ran_or_was_cut_off_is_due_now(schedule: str, before: Past | None) -> None:
    assert due(schedule, before) == NOW


def test_never_is_never_due() -> None:
    assert due("never", None) is None
    assert due("never", past("died", 1)) is None


@pytest.mark.parametrize(
    ("schedule", "before", "pause"),
    [
        ("2h", past(), timedelta(hours=2)),
        ("2h", past("failures"), timedelta(hours=2)),
        ("2h", past("unavailable", 1), timedelta(hours=2)),
        ("2h", past("unavailable", 2), timedelta(hours=4)),
        ("2h", past("unavailable", 3), timedelta(hours=8)),
        ("2h", past("unavailable", 8), timedelta(days=1)),
        ("3d", past("unavailable", 8), timedelta(days=3)),
        ("2h", past("died", 2), timedelta(hours=2)),
        ("2h", past("stopped", 4), timedelta(hours=8)),
        ("auto", past(), timedelta(hours=1)),
        ("auto", past("unavailable", 3), timedelta(hours=4)),
    ],
)
def test_intervals_and_back_off(schedule: str, before: Past, pause: timedelta) -> None:
    assert due(schedule, before) == before.started_at + pause + spread(NOBODY, pause)


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        (past(), "2026-03-04 16:00"),
        (past(ago=timedelta(days=3)), "2026-03-01 16:00"),  # it was due long ago
        (past("unavailable", 1), "2026-03-04 16:00"),
        (past("unavailable", 2), "2026-03-04 18:00"),
        (past("unavailable", 3), "2026-03-04 22:00"),
    ],
)
def test_cron_in_the_zone_of_the_site(before: Past, expected: str) -> None:
    assert due("0 8-22/2 * * *", before) == local(expected)


@pytest.mark.parametrize(
    ("a_week", "pause"),
    [
        (168, timedelta(hours=1)),
        (56, timedelta(hours=3)),
        (168 * 30, timedelta(minutes=15)),
        (3, timedelta(hours=12)),
    ],
)
def test_auto_comes_when_an_article_is_expected(a_week: float, pause: timedelta) -> None:
    rhythm = Rhythm(rates=(a_week / 168,) * 168, timezone="Europe/Moscow")
    before = past()
    found = due("auto", before, rhythm)
    assert found is not None
    assert found - spread(NOBODY, pause) == pytest.approx(before.started_at + pause, abs=timedelta(seconds=1))


def test_auto_sleeps_through_the_night() -> None:
    rates = tuple(1.0 if 9 <= hour % 24 < 18 and hour < 120 else 0.01 for hour in range(168))
    rhythm = Rhythm(rates, "Europe/Moscow")
    evening = Past("r", local("2026-03-04 22:00").astimezone(UTC), "done")
    found = next_due(Auto(), evening, now=NOW, site=NOBODY, timezone="Europe/Moscow", rhythm=lambda: rhythm)
    assert found is not None
    assert local("2026-03-05 09:45") < found < local("2026-03-05 10:10")


def test_many_sites_of_one_interval_drift_apart() -> None:
    hour = timedelta(hours=1)
    later = [spread(f"site-{number}", hour) for number in range(1000)]
    assert min(later) >= timedelta()
    assert max(later) <= hour / 10
    assert len({one // timedelta(seconds=10) for one in later}) >= 30
    assert spread("ryazan", timedelta(days=30)) <= timedelta(minutes=10)
    assert later[7] == spread("site-7", hour)


# --- where they are written


def test_a_site_file_says_when(tmp_path: Path) -> None:
    said = ("delay = 0.0", 'delay = 0.0\nschedule = "2s"')
    assert load_site(write_site_file(tmp_path, "http://127.0.0.1:8000", said)).schedule == "2s"
    assert load_site(write_site_file(tmp_path, "http://127.0.0.1:8000")).schedule is None


@pytest.mark.parametrize(
    ("value", "sentence"), [("'hourly'", "schedule: expected auto"), ("15", "schedule: "), ("'0 0 31 2 *'", "exists")]
)
def test_a_wrong_one_is_refused_when_the_file_is_read(tmp_path: Path, value: str, sentence: str) -> None:
    said = ("delay = 0.0", f"delay = 0.0\nschedule = {value}")
    with pytest.raises(SiteFileError, match=sentence):
        load_site(write_site_file(tmp_path, "http://127.0.0.1:8000", said))


def test_seconds_are_for_loopback(tmp_path: Path) -> None:
    path = tmp_path / "n.toml"
    path.write_text('title = "N"\nurl = "https://n.example/"\nverified = false\nschedule = "30s"\n', encoding="utf-8")
    with pytest.raises(SiteFileError, match="expected at least 1m"):
        load_site(path)


def test_the_usual_schedule_is_a_setting() -> None:
    assert load_config().schedule == "auto"
    assert load_config(schedule="6h").schedule == "6h"
    for wrong in ("hourly", "5s", "0 0 31 2 *"):
        with pytest.raises(ConfigError, match="NEWSCRAWL_SCHEDULE"):
            load_config(schedule=wrong)
