"""`newscrawl backfill` over loopback archives: planned, fetched once, stored as a crawl's pages are, resumed."""

from __future__ import annotations

import io
import json
import pickle
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from newscrawl.archives.sifting import Span
from newscrawl.archives.warc_writer import write_warc
from newscrawl.config import Config, load_config
from newscrawl.demo import Server, serve
from newscrawl.jobs.backfill import backfill as run_backfill
from newscrawl.jobs.backfill_plan import Order, list_parts, plan
from newscrawl.jobs.backfill_work import backfill_part
from newscrawl.parts import ThisProcess
from newscrawl.resources import Resources
from newscrawl.sites import load_site
from newscrawl.store import RunLog, Store, open_store
from pipelines.workers import WorkerPool

from .archive_servers import Archives, ArchiveServer, Taken, response, warc
from .backfill_tools import (
    ORIGIN,
    SPAN,
    Backfill,
    archives,
    article,
    backfill,
    server,
    stats,
    stored,
    taken,
    url,
    workers,
)
from .changing_site import ChangingSite
from .conftest import Run, command_environment, write_site_file
from .crawl_host import CrawlHost


def test_the_wayback_machine_fills_a_year(
    backfill: Backfill, archives: Archives, server: ArchiveServer, store: Store
) -> None:
    archives.captures = [
        *(taken(number) for number in range(1, 9)),
        taken(1, "20190501120000"),  # the same bytes again
        taken(2, "20190501120000", body=article(2, words="Совсем другое")),  # a later state
        taken(3, url_=url(3, scheme="https", host="www.svetlorechensk.example"), at="20190301000000"),
        taken(9, "20171231000000"),  # before the span
        taken(10, status=404, body=b"<h1>404</h1>"),
        taken(11, mime="image/png", body=b"\x89PNG"),
        taken(12, url_=f"{ORIGIN}/o-gorode/"),
        taken(13, url_=f"{ORIGIN}/novosti/2015/13"),  # another year by its address
    ]
    status, told = backfill("wayback")
    assert status == 0, told
    assert stored(store) == {str(number) for number in range(1, 9)}
    counts = stats(told)
    assert (counts["articles_new"], counts["captures_fetched"]) == (8, 8)
    (source,) = told["sources"]
    assert (source["known"], source["stored"], source["to_fetch"]) == (8, 0, 8)
    one = store.find_article(url(3))
    assert one is not None
    assert one.fetched_at == datetime(2019, 3, 1, tzinfo=UTC)
    page = store.find_page(one.page_id)
    assert page is not None
    assert page.url == url(3)
    assert page.archived_from == (
        f"wayback {server.origin}/web/20190301000000id_/https://www.svetlorechensk.example/novosti/2019/3"
    )
    assert page.headers["server"] == "nginx"
    assert all("newscrawl/" in agent for agent in server.agents)
    assert server.most_under_way == 1
    before = len(server.asked)
    status, told = backfill("wayback")
    assert (status, server.asked[before:]) == (0, [])
    (source,) = told["sources"]
    assert (source["stored"], source["to_fetch"]) == (8, 0)


def test_warc_files_are_read_with_all_states_of_an_article(backfill: Backfill, store: Store, tmp_path: Path) -> None:
    content, _ = warc([taken(1), taken(2), taken(1, "20190601000000", body=article(1, words="Закончили ремонт"))])
    (tmp_path / "a.warc.gz").write_bytes(content)
    status, told = backfill("warc", files=("a.warc.gz",))
    assert status == 0, told
    assert stored(store) == {"1", "2"}
    one = store.find_article(url(1))
    assert one is not None
    assert (one.revision, one.article_body.split()[0]) == (2, "Закончили")


def test_common_crawl_gives_records_by_ranges(
    backfill: Backfill, archives: Archives, server: ArchiveServer, store: Store
) -> None:
    archives.collections = {
        "CC-MAIN-2016-07": [taken(99)],
        "CC-MAIN-2019-18": [*(taken(number) for number in range(1, 6)), taken(7, status=301)],
        "CC-MAIN-2019-30": [taken(1, "20190720000000")],
        "CC-MAIN-2019-40": [Taken("http://elsewhere.example/", "20190920000000", b"x")],
    }
    status, told = backfill("commoncrawl")
    assert status == 0, told
    assert stored(store) == {"1", "2", "3", "4", "5"}
    assert len(server.ranges) == 5
    assert not server.paths("/cc/CC-MAIN-2016-07")
    assert stats(told)["articles_new"] == 5


def test_cc_news_is_streamed_for_the_site(
    backfill: Backfill, archives: Archives, server: ArchiveServer, store: Store
) -> None:
    others = [Taken(f"http://elsewhere.example/{number}", "20190302000000", b"<p>x</p>") for number in range(20)]
    archives.news = {
        "crawl-data/CC-NEWS/2019/03/a.warc.gz": warc([*others, taken(1, "20190313000000")])[0],
        "crawl-data/CC-NEWS/2019/04/b.warc.gz": warc([taken(2), taken(1)])[0],
        "crawl-data/CC-NEWS/2018/04/c.warc.gz": warc([taken(3)])[0],
    }
    status, told = backfill("ccnews")
    assert status == 0, told
    assert stored(store) == {"1", "2"}
    assert len(server.paths("/data/crawl-data/CC-NEWS/2019/03/a")) == 1
    before = len(server.asked)
    status, told = backfill("ccnews")
    assert status == 0
    assert [one for one in server.asked[before:] if one.endswith(".warc.gz")] == []


@pytest.fixture
def city_backfill(
    newscrawl: Run, server: ArchiveServer, tmp_path: Path
) -> Iterator[tuple[ChangingSite, Server, Callable[..., tuple[int, Any]]]]:
    """A served site with 60 articles, five days from one to the next, and commands on it."""
    site = ChangingSite(validators="etag")
    for age in range(60, 0, -1):
        site.publish(timedelta(days=5 * age))
    with serve(site) as one:
        write_site_file(tmp_path / "sites", one.origin)

        def run(*arguments: str) -> tuple[int, Any]:
            env = server.env | {"NEWSCRAWL_SITES": str(tmp_path / "sites"), "NEWSCRAWL_PATIENCE": "3"}
            done = newscrawl(*arguments, "--json", env=env)
            assert "Traceback" not in done.stderr, done.stderr
            return done.returncode, json.loads(done.stdout)

        yield site, one, run


@pytest.fixture
def crawl(crawl_host: CrawlHost, config: Config, tmp_path: Path) -> Callable[..., int]:
    """Crawl that site; returns the exit status."""
    return lambda **options: crawl_host.crawl("loop", tmp_path / "sites", config.database, **options)[0]


def days_of(site: ChangingSite, first: int, last: int) -> tuple[str, ...]:
    """Return the options for the days of two of its articles."""
    return "--from", f"{site.news[first].published:%Y-%m-%d}", "--to", f"{site.news[last].published:%Y-%m-%d}"


def test_a_sites_own_lists_are_read_back_and_no_further(
    city_backfill: Any, crawl: Callable[..., int], store: Store
) -> None:
    site, server, run = city_backfill
    status, told = run("backfill", "loop", *days_of(site, 20, 34), "--via", "listing")
    assert status == 0, told
    wanted = {str(one.number) for one in site.news[20:35]}
    assert stored(store) == wanted
    asked = [one.path for one in server.requests if one.path.startswith("/novosti/2")]
    assert {one.rpartition("/")[2] for one in asked} == wanted
    pages = [one.path for one in server.requests if one.path.startswith("/novosti/?") or one.path == "/novosti/"]
    assert len(pages) == 5  # ten a page: 59-50, 49-40, 39-30, 29-20, and one that is too old
    # Nothing is asked for twice, and what lies before and behind is still to be had.
    server.clear()
    status, told = run("backfill", "loop", *days_of(site, 10, 34), "--via", "listing")
    assert status == 0
    assert stored(store) == {str(one.number) for one in site.news[10:35]}
    again = [one.path for one in server.requests if one.path.startswith("/novosti/2")]
    assert len(again) == len(set(again)) == 10
    assert crawl() == 0
    assert stored(store) == {str(one.number) for one in site.news}


def test_what_the_site_has_taken_down_comes_from_the_archive(
    city_backfill: Any, crawl: Callable[..., int], archives: Archives, store: Store
) -> None:
    site, _, run = city_backfill
    gone, there = site.news[30], site.news[31]
    for one in (gone, there):
        body = site.answer(one.path).body
        archives.captures.append(Taken(ORIGIN + one.path, f"{one.published + timedelta(days=1):%Y%m%d%H%M%S}", body))
    crawl(since=days_of(site, 40, 40)[1])
    gone.is_gone = True
    status, told = run("backfill", "loop", *days_of(site, 25, 35), "--via", "listing", "--via", "wayback")
    assert status == 0, told
    found = store.find_article(ORIGIN + gone.path)
    assert found is not None
    assert store.find_page(found.page_id).archived_from.startswith("wayback ")  # type: ignore[union-attr]
    live = store.find_article(ORIGIN + there.path)
    assert live is not None
    assert store.find_page(live.page_id).archived_from is None  # type: ignore[union-attr]


def test_undated_sitemaps_and_their_years(city_backfill: Any, store: Store, tmp_path: Path) -> None:
    site, server, run = city_backfill
    site.changed = {"/old.xml": site.news[5].published, "/new.xml": site.news[50].published}
    site.origin = server.origin
    path = tmp_path / "sites" / "loop.toml"
    text = path.read_text(encoding="utf-8")
    text = text.replace(
        "[[layouts]]", f'[[sources]]\ntype = "sitemap"\nurl = "{server.origin}/sitemap.xml"\n\n[[layouts]]'
    )
    path.write_text(text, encoding="utf-8")
    status, told = run("backfill", "loop", "--from", "2019-01-01", "--to", "2019-12-31", "--via", "sitemap")
    assert (status, stored(store)) == (0, set()), told  # /novosti/2026/… is not of 2019
    status, told = run("backfill", "loop", "--from", "2026-01-01", "--to", "2026-12-31", "--via", "sitemap")
    assert status == 0
    assert len(stored(store)) == 60


def without_times(store: Store) -> list[dict[str, Any]]:
    """Return all articles but for when this store saw them."""
    own = dict.fromkeys(("first_seen", "last_seen", "changed_at", "run_id", "unsettled", "gone_at"), 0)
    return list(store.articles.find({}, own).sort("_id", 1))


def test_what_is_written_as_warc_gives_the_same_articles(
    city_backfill: Any,
    crawl: Callable[..., int],
    store: Store,
    config: Config,
    workers: WorkerPool,
    tmp_path: Path,
) -> None:
    site, _, _ = city_backfill
    site.relative_dates = True  # told by the list alone: «5 ч. назад»
    site.news = site.news[-20:]
    site.news[3].text = "Старый текст."
    assert crawl() == 0
    time.sleep(1 - time.time() % 1)  # a WARC file tells times to the second
    site.news[3].text = "Новый текст."
    assert crawl(full=True) == 0
    before = without_times(store)
    assert (len(before), store.revisions.count_documents({})) == (20, 1)
    pages = (store.find_page(one["_id"]) for one in store.pages.find({"article_id": {"$type": "string"}}, {"_id": 1}))
    assert write_warc((one for one in pages if one is not None), tmp_path / "all.warc.gz") == 21
    other = config.model_copy(update={"database": f"{config.database}b"})
    with open_store(other) as empty:
        try:
            today = date.today() + timedelta(days=1)  # noqa: DTZ011 - a day that is not over anywhere
            order = Order(
                (load_site(tmp_path / "sites" / "loop.toml"),), Span(today - timedelta(days=900), today), ("warc",),
                (tmp_path,),
            )  # fmt: skip
            engine = ThisProcess(Resources(empty, workers))
            (result,) = run_backfill(engine, empty, plan(engine, empty, order))
            assert [one.status for one in result.runs] == ["done"], result
            assert without_times(empty) == before
            assert [one["article_body"] for one in empty.revisions.find()] == [
                one["article_body"] for one in store.revisions.find()
            ]
        finally:
            empty.connection.client.drop_database(other.database)


def test_revisits_lead_to_their_bytes_and_wacz_files_are_read_in_place(
    backfill: Backfill, store: Store, tmp_path: Path
) -> None:
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=True, warc_version="WARC/1.1")
    digest = "sha1:AAAA"
    answer = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1")
    for number, of, at in ((1, digest, "2019-03-20T00:00:00Z"), (2, "sha1:NONE", "2019-03-21T00:00:00Z")):
        revisit = writer.create_revisit_record(
            url(number),
            of,
            url(number),
            "2019-03-19T00:00:00Z",
            http_headers=answer,
            warc_headers_dict={"WARC-Date": at},
        )
        writer.write_record(revisit)
    original = response(writer, taken(1, "20190319000000"))
    original.rec_headers.replace_header("WARC-Payload-Digest", digest)
    writer.write_record(original)
    with zipfile.ZipFile(tmp_path / "a.wacz", "w") as archive:
        archive.writestr("archive/data.warc.gz", out.getvalue())
    status, told = backfill("warc", files=("a.wacz",))
    assert status == 0, told
    assert stored(store) == {"1"}
    assert stats(told)["left.revisit_of_nothing"] == 1
    one = store.find_article(url(1))
    assert one is not None
    page = store.find_page(one.page_id)
    assert page is not None
    assert page.archived_from is not None
    assert page.archived_from.startswith(f"warc {tmp_path}/a.wacz#archive/data.warc.gz@")


def test_an_older_capture_takes_no_newer_pages_place(
    backfill: Backfill, archives: Archives, store: Store, tmp_path: Path
) -> None:
    """A page elsewhere says that it is an article of which a newer page is stored."""
    newer = article(2, words="Новее")
    (tmp_path / "a.warc.gz").write_bytes(warc([taken(2, "20190901000000", body=newer)])[0])
    assert backfill("warc", files=("a.warc.gz",))[0] == 0
    says_two = article(2).replace(b"<html>", f'<html><head><link rel="canonical" href="{url(2)}"></head>'.encode())
    alias = f"{ORIGIN}/novosti/1000/2"
    archives.captures = [taken(2, "20190301000000", url_=alias, body=says_two), taken(2, "20190302000000")]
    status, told = backfill("wayback")
    assert status == 0, told
    one = store.find_article(url(2))
    assert one is not None
    assert (one.revision, "Новее" in one.article_body) == (1, True)
    (tmp_path / "b.warc.gz").write_bytes(warc([taken(2, "20190501000000", body=article(2, words="Старее"))])[0])
    assert backfill("warc", files=("b.warc.gz",))[0] == 0
    assert store.find_article(url(2)) == one


def test_what_was_published_outside_the_span_is_kept_and_counted(
    backfill: Backfill, archives: Archives, store: Store
) -> None:
    archives.captures = [taken(1), taken(2, body=article(2, day="12.03.2018"))]
    status, told = backfill("wayback")
    assert (status, stored(store)) == (0, {"1", "2"})
    assert stats(told)["articles_outside_span"] == 1


def test_parts_may_be_done_twice_and_anywhere(
    backfill: Backfill, archives: Archives, server: ArchiveServer, store: Store, workers: WorkerPool, tmp_path: Path,
    config: Config, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    archives.captures = [taken(number) for number in range(1, 6)]
    for name, value in (command_environment(config) | server.env).items():
        monkeypatch.setenv(name, value)
    site = load_site(tmp_path / "sites" / "loop.toml")
    order = Order((site,), Span(date(2019, 1, 1), date(2019, 12, 31)), ("wayback",))
    resources, log = Resources(store, workers), RunLog()
    for part in list_parts(order, load_config())[0] * 2:
        backfill_part(resources, pickle.loads(pickle.dumps(part)), "", log)
    assert log.stats["captures_new"] == 5
    (part,) = plan(ThisProcess(resources), store, order).parts
    assert (part.size, part.lane) == (5, server.origin.removeprefix("http://"))
    run = store.start_run("backfill", "loop")
    for _ in range(2):
        backfill_part(resources, pickle.loads(pickle.dumps(part)), run.id, log)
    run.finish("done")
    assert log.warnings == []
    assert (log.stats["articles_new"], len(server.paths("/web/"))) == (5, 5)


def test_every_query_of_a_plan_is_served_by_an_index(store: Store) -> None:
    site, base = "loop", {"site": "loop", "archive": "wayback", "state": "waiting"}
    shapes: list[tuple[str, dict[str, Any], list[tuple[str, int]]]] = [
        ("captures", base | {"url": {"$gt": ""}}, [("url", 1), ("captured_at", 1)]),
        ("captures", base | {"state": "fetched"}, [("url", 1), ("captured_at", 1)]),
        ("captures", {"site": site, "state": "waiting", "url": {"$gt": ""}}, [("url", 1)]),
        (
            "captures",
            {"site": site, "state": "waiting", "archive": {"$in": ["warc", "wayback"]}},
            [("site", 1), ("state", 1), ("url", 1), ("archive", 1)],
        ),
        ("captures", {"site": site, "state": "waiting", "url": {"$in": ["a", "b"]}}, []),
        ("captures", {"site": site, "digest": "x", "is_revisit": False}, []),
        ("capture_lists", {"site": site, "archive": "wayback"}, []),
    ]
    for name, query, order in shapes:
        cursor = store.database[name].find(query)
        told = json.dumps((cursor.sort(order) if order else cursor).explain()["queryPlanner"]["winningPlan"])
        assert "IXSCAN" in told, query
        assert '"SORT"' not in told, query
