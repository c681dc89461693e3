"""`newscrawl backfill` over loopback archives: planned, fetched once, stored as a crawl's pages are, resumed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from newscrawl.demo import Server, serve
from newscrawl.store import Store

from .archive_servers import Archives, ArchiveServer, Taken, served, warc
from .changing_site import ChangingSite
from .conftest import Run, write_site_file

ORIGIN = "http://svetlorechensk.example"
SPAN = ("--from", "2019-01-01", "--to", "2019-12-31")


def article(number: int, *, day: str = "12.03.2019", words: str = "На улице Садовой начали ремонт") -> bytes:
    """Return an article in the sample's layout."""
    return (
        f'<html><body><div id="articles"><h1>Новость № {number} о ремонте улицы</h1><div class="date">{day} 10:30</div>'
        f'<div class="text"><p>{words} участка № {number}. Работы закончат к 1 декабря.</p></div></div></body></html>'
    ).encode()


def url(number: int, *, scheme: str = "http", host: str = "svetlorechensk.example") -> str:
    return f"{scheme}://{host}/novosti/2019/{number}"


def taken(number: int, at: str = "20190401120000", **kwargs: Any) -> Taken:
    body = kwargs.pop("body", None) or article(number)
    return Taken(kwargs.pop("url", None) or url(number), at, body, **kwargs)


Backfill = Callable[..., tuple[int, dict[str, Any], str]]


@pytest.fixture
def archives() -> Archives:
    return Archives()


@pytest.fixture
def server(archives: Archives) -> Iterator[ArchiveServer]:
    with served(archives) as one:
        yield one


@pytest.fixture
def backfill(newscrawl: Run, server: ArchiveServer, tmp_path: Path) -> Backfill:
    """Backfill the site `loop`; returns the exit status, what --json prints, and stderr."""
    write_site_file(tmp_path / "sites", "http://127.0.0.1:9")

    def run(*arguments: str, **env: str) -> tuple[int, dict[str, Any], str]:
        settings = server.env | {"NEWSCRAWL_SITES": str(tmp_path / "sites"), "NEWSCRAWL_PATIENCE": "3"} | env
        done = newscrawl("backfill", "loop", *SPAN, "--json", *arguments, env=settings)
        assert "Traceback" not in done.stderr, done.stderr
        return done.returncode, json.loads(done.stdout) if done.stdout else {}, done.stderr

    return run


def stats(told: dict[str, Any]) -> dict[str, Any]:
    (site,) = told["sites"]
    return dict(site["runs"][-1]["stats"])


def stored(store: Store) -> set[str]:
    return {one["_id"].rpartition("/")[2] for one in store.articles.find({}, {"_id": 1})}


def test_the_wayback_machine_fills_a_year(
    backfill: Backfill, archives: Archives, server: ArchiveServer, store: Store
) -> None:
    archives.captures = [
        *(taken(number) for number in range(1, 9)),
        taken(1, "20190501120000"),  # the same bytes again
        taken(2, "20190501120000", body=article(2, words="Совсем другое")),  # a later state
        taken(3, url=url(3, scheme="https", host="www.svetlorechensk.example"), at="20190301000000"),
        taken(9, "20171231000000"),  # before the span
        taken(10, status=404, body=b"<h1>404</h1>"),
        taken(11, mime="image/png", body=b"\x89PNG"),
        taken(12, url=f"{ORIGIN}/o-gorode/"),
        taken(13, url=f"{ORIGIN}/novosti/2015/13"),  # another year by its address
    ]
    status, told, _ = backfill("--via", "wayback")
    assert status == 0, told
    assert stored(store) == {str(number) for number in range(1, 9)}
    counts = stats(told)
    assert (counts["articles_new"], counts["captures_fetched"]) == (8, 8)
    (source,) = told["plan"]["sources"]
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
    status, told, _ = backfill("--via", "wayback")
    assert (status, server.asked[before:]) == (0, [])
    (source,) = told["plan"]["sources"]
    assert (source["stored"], source["to_fetch"]) == (8, 0)


def test_warc_files_are_read_with_all_states_of_an_article(backfill: Backfill, store: Store, tmp_path: Path) -> None:
    content, _ = warc([taken(1), taken(2), taken(1, "20190601000000", body=article(1, words="Закончили ремонт"))])
    (tmp_path / "a.warc.gz").write_bytes(content)
    status, told, _ = backfill("--via", "warc", "a.warc.gz")
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
    status, told, _ = backfill("--via", "commoncrawl")
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
    status, told, _ = backfill("--via", "ccnews")
    assert status == 0, told
    assert stored(store) == {"1", "2"}
    assert len(server.paths("/data/crawl-data/CC-NEWS/2019/03/a")) == 1
    before = len(server.asked)
    status, told, _ = backfill("--via", "ccnews")
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


def days_of(site: ChangingSite, first: int, last: int) -> tuple[str, ...]:
    """Return the options for the days of two of its articles."""
    return "--from", f"{site.news[first].published:%Y-%m-%d}", "--to", f"{site.news[last].published:%Y-%m-%d}"


def test_a_sites_own_lists_are_read_back_and_no_further(city_backfill: Any, store: Store) -> None:
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
    status, _ = run("crawl", "loop")
    assert status == 0
    assert stored(store) == {str(one.number) for one in site.news}


def test_what_the_site_has_taken_down_comes_from_the_archive(
    city_backfill: Any, archives: Archives, store: Store
) -> None:
    site, _, run = city_backfill
    gone, there = site.news[30], site.news[31]
    for one in (gone, there):
        body = site.answer(one.path).body
        archives.captures.append(Taken(ORIGIN + one.path, f"{one.published + timedelta(days=1):%Y%m%d%H%M%S}", body))
    run("crawl", "loop", "--since", days_of(site, 40, 40)[1])
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
