"""Monitors: tables of what raises an alarm and what does not, how alarms last and clear, a small simulation."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from newscrawl.items import Alarm, Run, SiteAlarm, SiteTotals
from newscrawl.monitors import MONITORS, History, judge, rhythm_before, unreached
from newscrawl.monitors.evidence import Share, beta_binomial_at_most, likeness
from newscrawl.sites import get_site
from newscrawl.store import Store
from newscrawl.watching import lasting_alarms, watch, watch_from_outside

from .conftest import ROOT
from .monitor_tools import LISTING, START, insert_articles, insert_runs, read, run

DAY = timedelta(days=1)
Stats = dict[str, int | float]


def told(stats: Sequence[Stats], **changes: Any) -> list[Alarm]:
    """Judge the last of some runs, given by their counters, the oldest first."""
    runs = [run(number, stats=one) for number, one in enumerate(stats)]
    fields = {"site": "n", "run": runs[-1], "past": runs[-2::-1], "now": runs[-1].started_at} | changes
    return list(judge(History(**fields)))


def keys(alarms: Sequence[Alarm]) -> list[tuple[str, str]]:
    return [(one.monitor, one.subject) for one in alarms]


def dated(number: int, of: int) -> Stats:
    return read(of, date_published=number)


GOOD = [dated(20, 20), dated(29, 30), *[dated(2, 2)] * 10]
EMPTY = dated(0, 0)


@pytest.mark.parametrize(
    ("later", "alarms"),
    [
        ([dated(0, 5)], True),  # all of five
        ([dated(0, 1)] * 5, True),  # one a run
        ([dated(0, 1), EMPTY, EMPTY] * 5, True),  # runs without an article in between
        ([dated(0, 3)], False),  # three say nothing
        ([dated(4, 5)], False),
        ([dated(1, 3)], False),
        ([dated(10, 20)], True),
        ([dated(0, 5), dated(6, 6)], False),  # it has mended itself
        ([EMPTY] * 40, False),
        ([], False),
    ],
)
def test_coverage(later: list[Stats], alarms: bool) -> None:
    found = told([*GOOD, *later])
    assert keys(found) == ([("coverage", "date_published")] if alarms else [])


def test_coverage_tells_figures_and_what_to_do() -> None:
    (found,) = told([dated(307, 312), *[dated(0, 7)] * 2])
    assert found.text == "date_published: found in 0 of 14 articles, before in 98 % of 312; it vanished altogether"
    assert "newscrawl site check n" in found.advice
    assert found.since == START + timedelta(hours=1)


@pytest.mark.parametrize("past", [[], [dated(10, 10)], [dated(19, 19)]])
def test_a_short_past_raises_nothing(past: list[Stats]) -> None:
    assert told([*past, dated(0, 10)]) == []


def test_a_field_of_moods_is_left_alone() -> None:
    """Authors are signed in whole series or not at all: five without one are nothing."""
    moody = [read(6, authors=6), read(6, authors=0), read(6, authors=6), read(6, authors=6)] * 4
    assert told([*moody, read(6, authors=0)]) == []
    assert keys(told([*moody, *[read(6, authors=0)] * 12])) == [("coverage", "authors")]


def ruled(**rules: int) -> Stats:
    names = {"tpl": "layout:tpl .t", "other": "layout:other h1", "same": "layout:tpl .u", "generic": "generic"}
    total = sum(rules.values())
    return read(total, headline=total) | {f"found_by.headline.{names[key]}": value for key, value in rules.items()}


@pytest.mark.parametrize(
    ("past", "later", "alarms"),
    [
        ([ruled(tpl=50)], [ruled(generic=6)], True),
        ([ruled(tpl=50)], [ruled(generic=1)] * 6, True),
        ([ruled(tpl=50)], [ruled(generic=2, tpl=5)], False),
        ([ruled(tpl=50)], [ruled(same=6)], False),  # a fallback of the same layout
        ([ruled(tpl=50)], [ruled(other=6)], False),  # a layout that was just written
        ([ruled(tpl=50, other=1), ruled(tpl=50)], [ruled(other=6)], True),  # one that was there before
        ([ruled(tpl=50)], [ruled(other=1)] * 40, False),  # one that was just written, many small crawls ago
        ([ruled(tpl=50, other=1), ruled(tpl=50)], [ruled(other=1)] * 6, True),
        ([ruled(tpl=25, generic=25)], [ruled(generic=8)], False),  # there never was the one rule
        ([ruled(generic=50)], [ruled(tpl=8)], False),  # somebody wrote a layout
    ],
)
def test_selectors(past: list[Stats], later: list[Stats], alarms: bool) -> None:
    found = told([*past, *later])
    assert keys(found) == ([("selectors", "headline")] if alarms else [])
    if alarms:
        assert found[0].text.startswith("headline: given by layout:tpl .t in 0 of 6 articles, before in")


def listed(number: int | None, dates: int | None = None) -> Stats:
    if number is None:
        return {"lists_not_modified": 1, "requests": 1}
    told_ = {"listing_entries": number, "listing_entries_dated": number if dates is None else dates}
    return {"listing_pages": 1, "requests": 1, f"entries.{LISTING}": number} | told_


@pytest.mark.parametrize(
    ("later", "subjects"),
    [
        ([listed(0), listed(0)], [LISTING]),
        ([listed(0), listed(None)], [LISTING]),  # «not modified» since
        ([listed(3), listed(4)], [LISTING]),
        ([listed(0)], []),  # one odd answer
        ([listed(0), listed(20)], []),
        ([listed(0), {"requests": 1, "requests_failed": 1}], []),  # nothing could be read since
        ([listed(12)] * 4, []),
        ([listed(None)] * 9, []),
        ([listed(20, 0)] * 2, ["dates"]),
        ([listed(20, 0)], []),
        ([listed(20, 15)] * 5, []),
    ],
)
def test_listing(later: list[Stats], subjects: list[str]) -> None:
    assert keys(told([*[listed(20)] * 8, *later])) == [("listing", one) for one in subjects]


def test_listing_needs_a_list_that_is_known() -> None:
    assert told([*[listed(20)] * 4, listed(0), listed(0)]) == []
    assert told([*[listed(2)] * 10, listed(0), listed(0)]) == []


def unresolved(number: int, of: int, reason: str = "unreadable") -> Stats:
    return read(of, date_published=of) | {f"unresolved.date_published.{reason}": number}


@pytest.mark.parametrize(
    ("later", "words"),
    [
        (unresolved(8, 8), "mostly for the reason unreadable"),
        (unresolved(8, 8, "after_fetch"), "later than the page was fetched"),
        (unresolved(2, 8), None),
        (unresolved(8, 8, "missing"), None),  # coverage tells of those
    ],
)
def test_dates(later: Stats, words: str | None) -> None:
    found = told([unresolved(2, 60), *[read(3, date_published=3)] * 5, later])
    assert keys(found) == ([("dates", "date_published")] if words else [])
    if words:
        assert found[0].text.startswith("date_published: unresolved in 8 of 8 articles, before in ")
        assert words in found[0].text


def requested(failed: int, of: int) -> Stats:
    return {"requests": of, "requests_failed": failed, "listing_pages": 1, "failed.http_500": failed}


@pytest.mark.parametrize(
    ("later", "alarms"),
    [
        ([requested(6, 8)] * 3, True),
        ([requested(6, 8)] * 2, False),  # a short outage
        ([requested(6, 8), requested(6, 8), requested(0, 8)], False),
        ([requested(1, 8)] * 5, False),
    ],
)
def test_errors(later: list[Stats], alarms: bool) -> None:
    found = told([*[requested(0, 9), requested(1, 9)] * 10, *later])
    assert keys(found) == ([("errors", "")] if alarms else [])
    if alarms:
        assert found[0].text.startswith("requests: 18 of 24 failed, before 6 % of 180; mostly http_500")


@pytest.mark.parametrize(("gone", "there", "alarms"), [(12, 18, True), (3, 3, False), (2, 30, False), (9, 1, True)])
def test_gone(gone: int, there: int, alarms: bool) -> None:
    past = [{"not_modified": 20, "articles_gone": number % 2} for number in range(10)]
    found = told([*past, {"not_modified": there, "articles_gone": gone}])
    assert keys(found) == ([("gone", "")] if alarms else [])
    if alarms:
        assert found[0].text.startswith(f"articles: {gone} of {gone + there} visited were taken down, before 2 %")


@pytest.mark.parametrize(
    ("digests", "forbidden", "alarms"),
    [
        ("aaab", [0, 0, 0, 5], True),
        ("aaab", [0, 0, 0, 0], False),  # a mere change
        ("aaab", [5, 5, 5, 5], False),
        ("aaaa", [0, 0, 0, 5], False),  # the site names other addresses
        ("aaabbb", [0, 0, 0, 5, 0, 0], True),  # it lasts, though a run had nothing to ask
        ("aaabbc", [0, 0, 0, 5, 5, 0], False),  # and is taken back
    ],
)
def test_robots(digests: str, forbidden: list[int], alarms: bool) -> None:
    runs = [
        run(number, stats={"robots.forbidden": count}, robots={"n.example": digest})
        for number, (digest, count) in enumerate(zip(digests, forbidden, strict=True))
    ]
    found = judge(History("n", runs[-1], runs[-2::-1], now=runs[-1].started_at))
    assert keys(found) == ([("robots", "n.example")] if alarms else [])


def test_what_robots_txt_forbids_is_no_failed_request_too() -> None:
    good = {"requests": 30, "listing_pages": 1}
    bad = {"requests": 1, "requests_failed": 1, "failed.robots": 1}
    runs = [
        run(number, stats=stats, robots={"n.example": digest})
        for number, (digest, stats) in enumerate([*[("a", good)] * 8, *[("b", bad)] * 12])
    ]
    found = judge(History("n", runs[-1], runs[-2::-1], now=runs[-1].started_at))
    assert keys(found) == [("robots", "n.example")]
    assert found[0].text.endswith("forbids 1 address in a run, before none; no list of the site may be read any more")


NEWS = [START + timedelta(days=day, hours=hour) for day in range(28) if day % 7 < 5 for hour in (3, 5, 8, 9)]
"""Four a working day, for four weeks; START is a Monday."""


@pytest.mark.parametrize(
    ("days", "stats", "alarms"),
    [
        (2.5, listed(20), False),  # a weekend
        (9, listed(20), True),
        (9, listed(None), True),
        (9, {"requests": 1, "requests_failed": 1}, False),  # lists could not be read
        (40, listed(20), True),  # silence does not become the rhythm
    ],
)
def test_silence(days: float, stats: Stats, alarms: bool) -> None:
    last = max(NEWS)
    now = last + timedelta(days=days)
    found = told([stats], now=now, rhythm=rhythm_before(NEWS, last, "Europe/Moscow"), last_news=last)
    assert keys(found) == ([("silence", "")] if alarms else [])
    if alarms:
        assert found[0].text.startswith(f"no news for {days:.1f} days, since {last:%Y-%m-%d %H:%M} UTC; its rhythm")


def test_silence_needs_a_rhythm() -> None:
    last = START + 3 * DAY
    assert rhythm_before([START + timedelta(hours=hour) for hour in range(72)], last, "Europe/Moscow") is None
    assert told([listed(20)], now=START + 90 * DAY, last_news=last) == []


# --- over time


class Site:
    """A site whose alarms are kept from run to run as `watch` keeps them."""

    def __init__(self) -> None:
        self.past: list[Run] = []
        self.raised: dict[tuple[str, str], datetime] = {}
        self.accepted: dict[tuple[str, str], datetime] = {}

    def crawl(self, stats: Stats) -> list[tuple[str, str]]:
        one = run(len(self.past), stats=stats)
        found = judge(History("n", one, self.past, now=one.started_at, raised=self.raised, accepted=self.accepted))
        self.raised = {(a.monitor, a.subject): self.raised.get((a.monitor, a.subject), a.since) for a in found}  # type: ignore[misc]
        self.past.insert(0, one.model_copy(update={"alarms": found}))
        return keys(found)


def test_an_alarm_lasts_as_long_as_its_cause_and_clears_itself() -> None:
    site = Site()
    for stats in GOOD:
        assert site.crawl(stats) == []
    for number in range(6):
        assert site.crawl(dated(0, 1)) == ([("coverage", "date_published")] if number >= 4 else [])
    for number in range(200):  # longer than any past that is looked at
        assert site.crawl(dated(0, 1) if number % 3 == 0 else EMPTY) == [("coverage", "date_published")]
    cleared = [site.crawl(dated(1, 1)) for _ in range(12)]
    assert cleared[0] == [("coverage", "date_published")]
    assert cleared[-1] == []
    assert site.crawl(dated(3, 3)) == [], "what was broken is nobody's past"
    again = [site.crawl(dated(0, 1)) for _ in range(8)]
    assert again[3] == []
    assert again[-1] == [("coverage", "date_published")], "it is found again"


def test_what_was_accepted_is_the_new_past() -> None:
    site = Site()
    for stats in [*GOOD, *[dated(0, 2)] * 5]:
        site.crawl(stats)
    assert site.raised
    site.accepted = {("coverage", "date_published"): site.past[0].started_at}
    site.raised = {}
    assert [site.crawl(dated(0, 3)) for _ in range(20)] == [[]] * 20


# --- from outside


@pytest.mark.parametrize(
    ("totals", "hours", "words"),
    [
        ({"failed_in_a_row": 3, "last_status": "died", "last_success_at": START}, 5, "the last 3 failed (died)"),
        ({"failed_in_a_row": 3, "last_status": "unavailable"}, 0, "none has ever succeeded"),
        ({"failed_in_a_row": 3, "last_status": "died", "last_success_at": START}, 1, None),
        ({"failed_in_a_row": 2, "last_status": "died", "last_success_at": START}, 5, None),
        ({"successes": 9, "interval": 3600, "last_success_at": START}, 49, "none has succeeded for 2.0 days"),
        ({"successes": 9, "interval": 86400, "last_success_at": START}, 49, None),
        ({"successes": 9, "interval": 86400, "last_success_at": START}, 121, "usually one every 1.0 days"),
        ({"successes": 2, "interval": 60, "last_success_at": START}, 999, None),  # by hand, long ago
        ({}, 5, None),
    ],
)
def test_unreached(totals: dict[str, Any], hours: int, words: str | None) -> None:
    found = unreached(SiteTotals(site="n", **totals), START + timedelta(hours=hours))
    assert (found is None) == (words is None)
    if found is not None and words is not None:
        assert words in found.text


# --- with the store


def test_watch_reads_the_past_and_keeps_alarms(store: Store) -> None:
    site = get_site("sample")
    insert_runs(store, *(run(number, site=site.name, stats=stats) for number, stats in enumerate(GOOD)))

    def crawl(found: int, of: int, **changes: Any) -> tuple[Alarm, ...]:
        live = store.start_run("crawl", site.name)
        for name, number in dated(found, of).items():
            live.count(name, int(number))
        live.alarms = watch(store, site, live, **changes)
        live.finish("failures" if live.alarms else "done")
        return live.alarms

    assert crawl(5, 5) == ()
    (alarm,) = crawl(0, 6)
    assert alarm.text.startswith("date_published: found in 0 of 6 articles, before in")
    assert store.find_runs(site.name, 1)[0].alarms == (alarm,)
    assert crawl(0, 0, status="unavailable") == ()
    (lasting,) = store.alarms.lasting()
    assert (lasting.site, lasting.times, lasting.cleared_at) == (site.name, 1, None)
    assert len(crawl(0, 4)) == 1
    assert store.alarms.lasting()[0].times == 2
    assert crawl(12, 12) == ()
    assert store.alarms.lasting() == []
    (over,) = store.alarms.of_site(site.name)
    assert over.cleared_at is not None


def test_watch_hears_the_silence(store: Store) -> None:
    site = get_site("sample")
    insert_articles(store, site.name, NEWS)
    live = store.start_run("crawl", site.name)
    live.count("lists_not_modified")
    found = watch(store, site, live, now=max(NEWS) + 9 * DAY)
    assert keys(found) == [("silence", "")]
    assert watch(store, site, live, now=max(NEWS) + DAY) == ()
    live.finish("done")


def test_sites_without_a_file_have_no_alarms(store: Store) -> None:
    insert_runs(store, *(run(number, site="gone", status="unavailable") for number in range(3)))
    watch_from_outside(store, ["gone"], START + DAY)
    assert [one.site for one in store.alarms.lasting()] == ["gone"]
    watch_from_outside(store, ["gone"], START + 2 * DAY)
    assert store.alarms.lasting()[0].times == 1, "nothing new, nothing written"
    watch_from_outside(store, [], START + DAY)
    assert len(store.alarms.lasting()) == 1, "another machine may have other files"
    watch_from_outside(store, [], START + DAY, forget=True)
    assert store.alarms.lasting() == []


def test_alarms_are_seen_as_they_would_be_written_down(store: Store) -> None:
    def seen(found: list[SiteAlarm]) -> list[tuple[object, ...]]:
        return [(one.id, one.site, one.text, one.advice, one.since, one.raised_at) for one in found]

    insert_runs(store, *(run(number, site="gone", status="unavailable") for number in range(3)))
    for day in (1, 2, 3):
        now = START + day * DAY
        if day == 2:  # a further run failed: the alarm says so
            insert_runs(store, run(20, site="gone", status="died"))
        if day == 3:
            insert_runs(store, run(50, site="gone"))
        before = list(store.database["alarms"].find())
        foreseen = lasting_alarms(store, ["gone"], now)
        assert list(store.database["alarms"].find()) == before
        watch_from_outside(store, ["gone"], now)
        assert seen(foreseen) == seen(store.alarms.lasting())
        assert len(foreseen) == (day < 3)
        assert lasting_alarms(store, [], now) == store.alarms.lasting(), "sites without a file are left alone"


# --- statistics


def test_beta_binomial_is_a_distribution_and_near_the_binomial_for_a_long_past() -> None:
    assert beta_binomial_at_most(9, 9, 40, 50) == pytest.approx(1)
    assert beta_binomial_at_most(2, 10, 500_000, 1_000_000) == pytest.approx(56 / 1024, rel=1e-3)
    assert beta_binomial_at_most(0, 3, 0, 0) == pytest.approx(0.3125)  # Beta(½, ½): B(½, 3½) / B(½, ½)


def test_likeness_is_0_for_independent_and_high_for_all_or_nothing() -> None:
    even = [Share(hits, 4) for hits in (1, 2, 2, 3, 2, 2)]
    whole = [Share(hits, 4) for hits in (0, 4, 4, 0, 0, 4)]
    assert likeness(even) == 0
    assert likeness(whole) == 0.5
    assert likeness([Share(1, 1), Share(0, 1)] * 5) == 0  # runs of one article do not tell


@pytest.fixture
def simulation(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(str(Path(ROOT) / "benchmarks"))
    import monitors as simulated

    yield simulated
    sys.modules.pop("monitors")


def test_the_simulation_finds_breaks_and_leaves_healthy_sites_alone(simulation: ModuleType) -> None:
    healthy, _ = simulation.healthy(8, 50, seed=7)
    assert healthy.runs == 400
    assert healthy.false.total() <= 1, healthy.false
    for kind in ("dates vanish", "new template", "empty list"):
        found = simulation.break_site(3, kind, 40, seed=7)
        assert found.runs is not None, kind
        assert found.articles <= 40, kind
        assert found.lasted > 0.9, kind
        assert found.cleared is not None, kind


def test_every_monitor_is_documented_and_simulated(simulation: ModuleType) -> None:
    text = (ROOT / "docs" / "monitoring.md").read_text(encoding="utf-8")
    names = {one.__name__ for one in MONITORS}
    assert names == {monitor for monitor, _ in simulation.BREAKS.values()} | {"silence"}
    for name in names | {"runs"}:
        assert f"| `{name}` |" in text
