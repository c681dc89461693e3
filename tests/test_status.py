"""`newscrawl status`: what is shown, in which order, how wide, and that indexes alone answer it."""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from newscrawl.cli.sparkline import ago, bar, sparkline
from newscrawl.config import Config
from newscrawl.items import Page, Problem
from newscrawl.jobs.site_status import look_at_all
from newscrawl.sites import get_site
from newscrawl.store import Store
from newscrawl.store.overview import BY_DATE, BY_FIRST_SEEN, count_stages, day_stages
from newscrawl.store.runs import Run as StoredRun

from .conftest import Run, write_site_file
from .monitor_tools import alarm, insert_articles, insert_runs, run

NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)
STEP = timedelta(hours=1)


@pytest.fixture
def sites(config: Config, tmp_path: Path) -> dict[str, str]:
    """A folder with the sites `loop` and `other`; the environment that names it."""
    folder = tmp_path / "sites"
    text = write_site_file(folder, "http://127.0.0.1:9").read_text(encoding="utf-8")
    (folder / "other.toml").write_text(text, encoding="utf-8")
    return {"NEWSCRAWL_SITES": str(folder)}


def latest(site: str, *statuses: Any, stats: dict[str, int | float] | None = None) -> Any:
    """Insert-ready runs of a site, the last of which has just ended."""
    first = NOW - len(statuses) * STEP
    made = [run(len(stats or ()), site=site, status=status, stats=stats or {}) for status in statuses]
    return [
        one.model_copy(
            update={
                "id": f"{one.id}-{number}",
                "started_at": first + number * STEP,
                "finished_at": first + number * STEP,
            }
        )
        for number, one in enumerate(made)
    ]


def fill(store: Store) -> None:
    insert_articles(store, "loop", [NOW - HOUR * number for number in (1, 2, 3, 30, 54, 55, 56)])
    insert_articles(store, "other", [NOW - HOUR * 40])
    insert_runs(store, *latest("loop", "done"), *latest("other", "done", "done"))
    store.alarms.note("other", [alarm()], judged={"coverage"}, raised_at=NOW - 9 * HOUR, now=NOW - 9 * HOUR)


@pytest.mark.parametrize(
    ("numbers", "line"),
    [
        ([], ""),
        ([0, 0], "··"),
        ([1, 2, 4, 8], "▁▂▄█"),
        ([0, 1, 100], "·▁█"),
        ([5, 5], "██"),
        ([-1, 3], "·█"),
    ],
)
def test_sparkline(numbers: list[int], line: str) -> None:
    assert sparkline(numbers).plain == line


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(5, "just now"), (90, "1 min ago"), (7200, "2 h ago"), (200_000, "2 d ago"), (-7200, "in 2 h")],
)
def test_ago(seconds: int, words: str) -> None:
    assert ago(NOW - timedelta(seconds=seconds), NOW) == words
    assert ago(None, NOW) == "-"


def test_a_bar_is_as_long_as_told() -> None:
    assert [bar(share, 4, "red").plain for share in (0, 0.5, 1, 7)] == ["░░░░", "██░░", "████", "████"]


@pytest.mark.parametrize("width", [80, 120, 200])
def test_the_worst_is_first_and_all_fits(cli: Run, store: Store, sites: dict[str, str], width: int) -> None:
    fill(store)
    told = cli("status", env=sites | {"COLUMNS": str(width)})
    assert told.returncode == 0
    lines = told.stdout.splitlines()
    assert max(map(len, lines)) <= width
    names = [line.split()[1] for line in lines[1:3]]
    assert names == ["other", "loop"]
    assert "coverage" in lines[1]
    assert "+3" in lines[2]
    assert "date_published: found in 0 of 14 articles, before in 98 % of 312" in told.stdout
    assert "→ newscrawl site check n" in told.stdout
    assert ("Светлореченск" in told.stdout) == (width >= 100)
    assert f"last {({80: 14, 120: 30, 200: 60})[width]} days" in lines[0]


@pytest.mark.parametrize("width", [80, 100, 120, 140])
def test_alarms_are_legible_beside_when_the_next_crawl_is(
    cli: Run, store: Store, sites: dict[str, str], width: int
) -> None:
    fill(store)
    more = [alarm("selectors"), alarm("dates")]
    store.alarms.note("other", more, judged={"selectors", "dates"}, raised_at=NOW, now=NOW)
    lines = cli("status", env=sites | {"COLUMNS": str(width)}).stdout.splitlines()
    assert max(map(len, lines)) <= width
    assert "alarms" in lines[0]
    assert re.search(r" (coverage|dates|selectors)( \+2$|, )", lines[1].rstrip()), lines[1]


def test_a_site_that_is_out_of_reach_is_told_of_with_the_reason(cli: Run, store: Store, sites: dict[str, str]) -> None:
    (failed,) = latest("loop", "unavailable")
    told = "http://n.example/novosti/: the server answered 500"
    insert_runs(store, failed.model_copy(update={"warnings": ("the first", told)}))
    shown = " ".join(cli("status", env=sites).stdout.split())
    assert f"loop unavailable {told} → newscrawl crawl loop goes on where it ended" in shown


def test_a_site_file_that_cannot_be_read_is_told_of(cli: Run, store: Store, sites: dict[str, str]) -> None:
    (Path(sites["NEWSCRAWL_SITES"]) / "other.toml").write_text('title = "', encoding="utf-8")
    told = cli("status", env=sites)
    assert told.returncode == 0
    assert "left out, not crawled until it is mended:" in told.stderr
    assert "other.toml" in told.stderr.replace("\n", "")


def test_fail_is_for_scripts(cli: Run, store: Store, sites: dict[str, str]) -> None:
    insert_runs(store, *latest("loop", "done"))
    assert cli("status", "--fail", env=sites).returncode == 0
    fill(store)
    assert cli("status", "--fail", env=sites).returncode == 1
    assert cli("status", "loop", "--fail", env=sites).returncode == 0
    assert cli("status", "other", "--fail", env=sites).returncode == 1
    assert cli("status", "nowhere", env=sites).returncode == 2


def test_json_has_it_all(cli: Run, store: Store, sites: dict[str, str]) -> None:
    fill(store)
    rows = {one["site"]: one for one in json.loads(cli("status", "--json", env=sites).stdout)}
    loop = rows["loop"]
    assert (loop["articles"], loop["new"], len(loop["days"]), sum(loop["days"])) == (7, 3, 30, 7)
    assert (loop["last_status"], loop["trouble"], loop["alarms"]) == ("done", 0, [])
    assert rows["other"]["alarms"][0]["monitor"] == "coverage"
    assert rows["other"]["trouble"] == 3
    assert rows["ryazan"]["last_status"] == "never run"
    depth = json.loads(cli("status", "other", "--json", env=sites).stdout)
    assert depth["status"]["site"] == "other"
    assert len(depth["runs"]) == 2


def test_one_site_in_depth(cli: Run, store: Store, sites: dict[str, str]) -> None:
    fill(store)
    url = get_site("loop", Path(sites["NEWSCRAWL_SITES"])).sources[0].url
    stats = {
        "articles_read": 10, "field.headline": 10, "field.date_published": 4, f"entries.{url}": 17,
        "found_by.headline.layout:tpl h1.title": 9, "found_by.headline.generic": 1, "status.200": 30, "status.304": 90,
    }  # fmt: skip
    insert_runs(store, *latest("loop", "done", "failures", stats=stats))
    store.alarms.note("loop", [alarm("listing", "x")], judged={"listing"}, raised_at=NOW - HOUR, now=NOW - HOUR)
    store.alarms.note("loop", [], judged={"listing"}, raised_at=NOW, now=NOW)
    told = cli("status", "loop", env=sites).stdout
    for words in (
        "7 articles, 3 new in 24 h", f"17  {url}", "Found in the latest 20 articles", "layout:tpl h1.title", "40%",
        "200: 60, 304: 180; 75% answered", "Alarms that are over", "failures",
    ):  # fmt: skip
        assert words in told


def test_who_works_and_who_died(store: Store, config: Config, sites: dict[str, str]) -> None:
    own = config.model_copy(update={"sites": Path(sites["NEWSCRAWL_SITES"])})
    alive = StoredRun(store, "crawl", "loop")
    try:
        rows = {one.site: one for one in look_at_all(store, own, days=14, now=NOW)}
        assert rows["loop"].last_status == "running"
        store.leases.update_one({"_id": "site:loop"}, {"$set": {"process_started": 1.0}})  # another process by now
        rows = {one.site: one for one in look_at_all(store, own, days=14, now=NOW)}
        assert rows["loop"].last_status == "died"
        assert "goes on where it ended" in rows["loop"].advice
    finally:
        alive.finish("done")


def test_problem_pages_count_while_they_are_the_newest(store: Store) -> None:
    def save(url: str, body: bytes, at: datetime, reason: str | None) -> None:
        page = Page(url=url, site="n", fetched_at=at, body=body)
        key = store.save_page(page, None, pipeline_version="1").page.id
        store.mark_pages({key: Problem(field="page", reason=reason) if reason else None})

    save("https://n.example/1", b"a", NOW - HOUR, "layout_not_matched")
    save("https://n.example/2", b"a", NOW - HOUR, "layout_not_matched")
    save("https://n.example/3", b"a", NOW - HOUR, "empty_body")
    save("https://n.example/2", b"b", NOW, None)
    assert store.look_over(["n"], days=1, at=NOW)["n"].problems == {"empty_body": 1, "layout_not_matched": 1}
    numbers = {reason: len(urls) for reason, urls in store.pages_with_problems("n").items()}
    assert numbers == {"empty_body": 1, "layout_not_matched": 1}


def test_a_database_from_before_totals_shows_its_last_run(store: Store, config: Config, sites: dict[str, str]) -> None:
    fill(store)
    store.database["totals"].delete_many({})
    own = config.model_copy(update={"sites": Path(sites["NEWSCRAWL_SITES"])})
    rows = {one.site: one for one in look_at_all(store, own, days=14, now=NOW)}
    assert rows["loop"].last_status == "done"
    assert rows["loop"].last_success is not None


def test_indexes_answer_for_200_sites_in_no_time(store: Store) -> None:
    names = [f"s{number:03}" for number in range(200)]
    rows = [
        {
            "_id": f"https://{name}.example/{number}", "site": name, "article_body": "слово " * 50,
            "date_published": NOW - timedelta(hours=9 * number), "first_seen": NOW - timedelta(hours=9 * number),
        }
        for name in names
        for number in range(100)
    ]  # fmt: skip
    store.articles.insert_many(rows, bypass_document_validation=True, ordered=False)
    begin = time.monotonic()
    glances = store.look_over(names, days=30, at=NOW)
    assert time.monotonic() - begin < 5
    first = (NOW - timedelta(days=29)).replace(hour=0, minute=0, second=0, microsecond=0)
    shown = sum(NOW - timedelta(hours=9 * number) >= first for number in range(100))
    assert (glances["s007"].articles, sum(glances["s007"].days.values())) == (100, shown)
    queries = [
        (day_stages(names, NOW - timedelta(days=30), NOW), BY_DATE),
        (count_stages({"site": {"$in": names}}), BY_FIRST_SEEN),
        (count_stages({"site": {"$in": names}, "first_seen": {"$gt": NOW - timedelta(days=1)}}), BY_FIRST_SEEN),
    ]
    for stages, hint in queries:
        plan = json.dumps(
            store.database.command(
                "explain", {"aggregate": "articles", "pipeline": stages, "cursor": {}, "hint": hint}
            ),
            default=str,
        )
        assert "IXSCAN" in plan
        assert "COLLSCAN" not in plan
        assert '"FETCH"' not in plan, "the index alone must answer"


@pytest.mark.parametrize(
    ("collection", "query", "order"),
    [
        ("runs", {"site": "n", "job": "crawl", "status": {"$in": ["done"]}}, "started_at"),
        ("runs", {"site": "n", "job": "crawl", "stats.articles_read": {"$gt": 0}}, "started_at"),
        ("alarms", {"cleared_at": None}, None),
        ("alarms", {"site": "n"}, None),
    ],
)
def test_queries_of_monitors_are_served_by_an_index(
    store: Store, collection: str, query: Any, order: str | None
) -> None:
    cursor = store.database[collection].find(query)
    plan = json.dumps((cursor.sort(order, -1) if order else cursor).explain(), default=str)
    assert "IXSCAN" in plan
    assert "COLLSCAN" not in plan
    assert '"stage": "SORT"' not in plan
