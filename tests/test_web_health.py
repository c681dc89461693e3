"""The pages on the health of the crawl: what they show, that they write nothing, that an index answers them."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from lxml import html
from starlette.testclient import TestClient

from newscrawl.config import Config, load_config
from newscrawl.jobs.site_status import look_at_all
from newscrawl.store import Store, open_store
from newscrawl.store.watched import count_runs, unresolved_articles
from newscrawl.web.app import create_app
from newscrawl.web.health import Health
from newscrawl.web.language import LANGUAGES
from newscrawl.web.spans import told_ago, told_span

from .conftest import write_site_file
from .monitor_tools import alarm, insert_articles, insert_runs, run

NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
HOSTILE = "<script>alert(1)</script>/../a?b#c"


def with_own_sites(config: Config, folder: Path) -> Config:
    """Return a configuration with the sites `loop` and `other` beside the bundled ones."""
    text = write_site_file(folder, "http://127.0.0.1:9").read_text(encoding="utf-8")
    (folder / "other.toml").write_text(text.replace("Светлореченск", "Ёлкино"), encoding="utf-8")
    return config.model_copy(update={"sites": folder})


@pytest.fixture
def own(config: Config, tmp_path: Path) -> Config:
    """Own sites over a fresh database."""
    return with_own_sites(config, tmp_path / "sites")


@pytest.fixture(scope="module")
def shared(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, Config]]:
    """A store that is filled once, for tests that only read."""
    config = load_config(home=home, database=f"t{uuid.uuid4().hex[:12]}")
    config = with_own_sites(config, tmp_path_factory.mktemp("own") / "sites")
    with open_store(config) as opened:
        fill(opened)
        yield opened, config
        opened.connection.client.drop_database(config.database)


@pytest.fixture(scope="module")
def client(shared: tuple[Store, Config]) -> TestClient:
    """A browser in front of the application over it."""
    return browser(*shared)


def browser(store: Store, config: Config) -> TestClient:
    return TestClient(create_app(store, config), base_url="http://127.0.0.1", headers={"Accept-Language": "en"})


def fill(store: Store) -> None:
    """Store articles, runs and an alarm of some sites, of one that has no file, too."""
    insert_articles(store, "loop", [NOW - HOUR * number for number in (1, 2, 3, 30, 54)])
    insert_articles(store, HOSTILE, [NOW - 40 * HOUR])
    missing = {"field": "date_published", "reason": "missing", "text": "когда-то <b>"}
    change = {"$set": {"problems": [missing], "headline": HOSTILE}}
    store.articles.update_one({"_id": "https://loop.example/3"}, change, bypass_document_validation=True)
    begin, ended = NOW - 20 * HOUR, timedelta(minutes=4, seconds=12)
    stats = {"articles_read": 10, "field.headline": 10, "field.date_published": 4, "requests": 12, "failed.timeout": 2}
    warnings = ("the server answered 500", HOSTILE)
    for number, (site, status) in enumerate([("loop", "done"), ("other", "unavailable"), ("loop", "failures")]):
        at = begin + number * HOUR
        times = {"id": f"{number:02}-crawl-{site}", "started_at": at, "finished_at": at + ended}
        told = warnings if site == "other" else ()
        insert_runs(store, run(number, site=site, status=status, stats=stats, warnings=told).model_copy(update=times))
    insert_runs(store, *(run(number, site="long", step=DAY, stats={}) for number in range(65)))
    store.alarms.note("loop", [alarm()], judged={"coverage"}, raised_at=NOW - 9 * HOUR, now=NOW - 9 * HOUR)


def seen(client: TestClient, address: str, status: int = 200) -> html.HtmlElement:
    answer = client.get(address)
    assert answer.status_code == status, answer.text[:500]
    assert "<script>alert" not in answer.text
    tree = html.document_fromstring(answer.text)
    assert not tree.xpath("//@style")
    return tree


def words(tree: html.HtmlElement, path: str) -> list[str]:
    return [" ".join(one.text_content().split()) for one in tree.xpath(path)]


def names(tree: html.HtmlElement) -> list[str]:
    return words(tree, "//li[starts-with(@class, 'site ')]//h3")


def test_all_sites_the_worst_first(client: TestClient) -> None:
    tree = seen(client, "/sites")
    assert names(tree)[:3] == ["loop", "other", HOSTILE]
    assert words(tree, "//li[starts-with(@class, 'site ')]//*[contains(@class, 'state')]")[:3] == [
        "alarm", "last crawl failed", "worth a look",
    ]  # fmt: skip
    numbers = dict(
        zip(words(tree, "//dl[@class='numbers']//dt"), words(tree, "//dl[@class='numbers']//dd"), strict=False)
    )
    assert (numbers["Articles"], numbers["New in 24 hours"], numbers["Alarms"]) == ("6", "3", "1")
    assert "found in 0 of 14 articles" in words(tree, "//ul[@class='alarms']")[0]
    assert "newscrawl site check n" in words(tree, "//ul[@class='alarms']")[0]
    assert "the server answered 500" not in words(tree, "//body")[0]  # it was not its last word
    assert sum(int(one) for one in words(tree, "//figure//tbody//td")) == 6
    assert tree.xpath("//*[@class='strip']//b/text()")[:2] == ["1", "1"]


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("state=alarm", ["loop"]),
        ("state=failed", ["other"]),
        ("name=елкино", ["other"]),
        ("name=LOO", ["loop"]),
        ("name=loo&state=failed", []),
        ("region=RU-RYA", ["ryazan"]),
        ("page=99", []),
        ("state[$ne]=fine&name=loop", ["loop"]),
    ],
)
def test_filters(client: TestClient, question: str, found: list[str]) -> None:
    tree = seen(client, f"/sites?{question}")
    assert names(tree) == found
    assert ("Show all" in words(tree, "//main")[0]) == (not found)


@pytest.mark.parametrize("question", ["page=0", "page=x", "page=1e9", "name=" + "я" * 201])
def test_wrong_questions_are_told_of(client: TestClient, question: str) -> None:
    seen(client, f"/sites?{question}", 400)


def test_many_sites_come_in_pages(store: Store, config: Config, tmp_path: Path) -> None:
    for number in range(70):
        insert_articles(store, f"s{number:03}", [NOW])
    client = browser(store, config)
    first = seen(client, "/sites?state=look")
    (following,) = first.xpath("//a[@rel='next']/@href")
    second = seen(client, following)
    assert len(names(first)) == 50
    assert sorted(names(first) + names(second)) == [f"s{number:03}" for number in range(70)]
    assert not second.xpath("//a[@rel='next']")


def test_a_broken_site_file_is_told_of(shared: tuple[Store, Config], config: Config, tmp_path: Path) -> None:
    own = with_own_sites(config, tmp_path / "sites")
    (tmp_path / "sites" / "broken.toml").write_text('title = "', encoding="utf-8")
    tree = seen(browser(shared[0], own), "/sites")
    assert "broken.toml" in words(tree, "//section[contains(@class, 'broken')]")[0]


def test_one_site(client: TestClient) -> None:
    tree = seen(client, "/sites/loop")
    told = words(tree, "//main")[0]
    for part in ("5", "found in 0 of 14 articles", "In the latest 20 articles read", "40 %", "4 min 12 s"):
        assert part in told
    assert words(tree, "//figure/figcaption") == ["Articles a day", "Articles by month"]
    assert sum(map(int, words(tree, "//figure[2]//tbody/tr/td[1]"))) == 5
    (link,) = tree.xpath("//section[@aria-labelledby='unresolved']//a/@href")
    listed = seen(client, link)
    assert words(listed, "//ul[@class='articles']//h3") == [HOSTILE]
    assert words(listed, "//ul[@class='articles']//p") == ["«когда-то <b>»"]
    (article,) = listed.xpath("//ul[@class='articles']//h3/a/@href")
    assert article == "/article?url=https%3A%2F%2Floop.example%2F3"


def test_a_site_without_a_file_and_sites_that_are_none(client: TestClient) -> None:
    (address,) = seen(client, "/sites").xpath(f"//a[normalize-space()={HOSTILE!r}]/@href")
    assert address == f"/sites/{quote(HOSTILE, safe='')}"
    assert "no file has its name" in words(seen(client, address), "//main")[0]
    for wrong in (
        "/sites/nowhere",
        "/sites/",
        "/sites/?name=..",
        "/sites/" + "x" * 300,
        "/sites/..%2f..%2fetc%2fpasswd",
    ):
        assert client.get(wrong).status_code in {400, 404}, wrong
    seen(client, "/unresolved?site=loop&field=lead&reason=missing", 404)
    seen(client, "/unresolved?site=loop&field=$where", 400)


def test_gaps_are_marked_and_told_how_to_fill(own: Config, store: Store) -> None:
    month = timedelta(days=30.5)
    insert_articles(store, "loop", [NOW - number * month for number in range(1, 20) if number not in {7, 8}] * 1)
    client = browser(store, own)
    tree = seen(client, "/sites/loop")
    assert len(tree.xpath("//g[@class='chart-none']")) >= 1
    assert "no article at all" in words(tree, "//ul[@class='chart-legend']")[0]
    assert "newscrawl backfill loop --from" in words(tree, "//section[@aria-labelledby='gaps']")[0]


def test_runs_by_site_job_and_outcome(client: TestClient) -> None:
    def rows(question: str) -> list[str]:
        return words(seen(client, f"/runs?{question}"), "//table[contains(@class, 'runs')]/tbody/tr/td[1]")

    assert rows("")[:4] == ["loop", "other", "loop", "long"]
    assert rows("site=other") == ["other"]
    assert rows("status=failures") == ["loop"]
    assert rows("job=crawl&site=loop") == ["loop", "loop"]
    assert rows("job=dedup") == []
    assert rows("site[$ne]=loop") == rows("")
    seen(client, "/runs?status=excellent", 400)
    seen(client, "/runs?cursor=xyz", 400)


def test_runs_come_in_pages(client: TestClient) -> None:
    found: list[str] = []
    address = "/runs?site=long"
    for _ in range(3):
        tree = seen(client, address)
        found += tree.xpath("//table[contains(@class, 'runs')]/tbody/tr/th/a/@href")
        address = (tree.xpath("//a[@rel='next']/@href") or [""])[0]
    assert address == ""
    assert found == [f"/runs/{run(number, site='long', step=DAY).id}" for number in reversed(range(65))]


def test_one_run(client: TestClient) -> None:
    tree = seen(client, "/runs/01-crawl-other")
    assert words(tree, "//ul[@class='warnings']/li") == ["the server answered 500", HOSTILE]
    assert "4 min 12 s" in words(tree, "//dl[@class='numbers']")[0]
    counters = dict(zip(words(tree, "//table//th[@scope='row']"), words(tree, "//table//td"), strict=True))
    assert (counters["articles_read"], counters["timeout"]) == ("10", "2")
    seen(client, "/runs/" + "9" * 40, 404)
    seen(client, "/runs/" + "9" * 301, 400)


def test_looking_writes_nothing(own: Config, store: Store) -> None:
    """An alarm that only time raises is shown, and left for `newscrawl status` or the schedule to write down."""
    failed = [
        run(number, site="loop", status="unavailable").model_copy(
            update={"id": f"f{number}", "started_at": NOW - DAY * (9 - number), "finished_at": NOW - DAY * (9 - number)}
        )
        for number in range(9)
    ]
    insert_runs(store, *failed)

    def state() -> str:
        told = {name: sorted(store.database[name].find(), key=str) for name in store.database.list_collection_names()}
        return json.dumps(told, default=str, sort_keys=True)

    before = state()
    with open_store(own, read_only=True) as reading:
        client = browser(reading, own)
        assert "the last 9 failed" in words(seen(client, "/sites"), "//ul[@class='alarms']")[0]
        assert "the last 9 failed" in words(seen(client, "/sites/loop"), "//ul[@class='alarms']")[0]
        seen(client, "/runs")
    assert state() == before
    (row,) = [one for one in look_at_all(store, own, days=3, now=NOW) if one.site == "loop"]
    assert [one.monitor for one in row.alarms] == ["runs"]


def test_no_page_waits_for_the_look_of_another(shared: tuple[Store, Config]) -> None:
    health = Health(*shared)
    first = health.all()
    assert health.all() is first
    assert health.one("loop") is health.one("loop")
    assert health.one("nowhere") is None
    for number in range(70):
        health.one(f"nowhere{number}")
    assert len(health._ones) == 64


@pytest.mark.parametrize(
    ("seconds", "russian", "english"),
    [
        (3, "только что", "just now"),
        (-3, "пора", "due now"),
        (61, "1 мин назад", "1 min ago"),
        (-7300, "через 2 ч", "in 2 h"),
        (21 * 86400 + 5, "21 день назад", "21 days ago"),
        (-86400 * 3, "через 3 дня", "in 3 days"),
    ],
)
def test_how_long_ago(seconds: int, russian: str, english: str) -> None:
    moment = NOW - timedelta(seconds=seconds)
    assert told_ago(LANGUAGES["ru"], moment, NOW) == russian
    assert told_ago(LANGUAGES["en"], moment, NOW) == english


@pytest.mark.parametrize(
    ("seconds", "told"), [(0, "0 s"), (59.6, "1 min"), (252, "4 min 12 s"), (7500, "2 h 5 min"), (-5, "0 s")]
)
def test_how_long_it_took(seconds: float, told: str) -> None:
    assert told_span(LANGUAGES["en"], seconds) == told


def test_counts_of_runs_and_what_is_unresolved(shared: tuple[Store, Config]) -> None:
    filled, _ = shared
    assert count_runs(filled, ("done", "unavailable", "died"), NOW - DAY) == {"done": 1, "unavailable": 1}
    assert count_runs(filled, ("done",), NOW) == {}
    (found,) = unresolved_articles(filled, "loop", "date_published", "missing", 10)
    assert found["_id"] == "https://loop.example/3"
    assert unresolved_articles(filled, "loop", "date_published", "empty", 10) == []


@pytest.mark.parametrize(
    ("collection", "query", "hint"),
    [
        ("runs", {"status": "done", "started_at": {"$gte": NOW}}, None),
        ("runs", {"status": "died"}, "sorted"),
        ("runs", {"job": "dedup"}, "sorted"),
        ("runs", {"site": "n"}, "sorted"),
        ("runs", {}, "sorted"),
        (
            "articles",
            {"site": "n", "problems": {"$elemMatch": {"field": "lead", "reason": "missing"}}},
            "site_1_problems.field_1",
        ),
    ],
)
def test_an_index_answers(
    shared: tuple[Store, Config], collection: str, query: dict[str, Any], hint: str | None
) -> None:
    cursor = shared[0].database[collection].find(query)
    cursor = (
        cursor.sort([("started_at", -1), ("_id", -1)]) if hint == "sorted" else cursor.hint(hint) if hint else cursor
    )
    plan = json.dumps(cursor.explain()["queryPlanner"]["winningPlan"], default=str)
    assert "IXSCAN" in plan
    assert "COLLSCAN" not in plan
    assert '"stage": "SORT"' not in plan
