"""Crawler traps: their forms, what they bring, and a real crawl of a site that is full of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newscrawl.demo import Server, serve
from newscrawl.demo.city import Answer
from newscrawl.store import Store
from newscrawl.traps import TRAPS, ListProgress, TrapGuard, address_pattern, trap_reason

from .crawl_host import CrawlHost

TODAY = date(2026, 11, 27)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://a.ru/news/news/news/", "repeated_segments"),
        ("http://a.ru/o/news/o/news/", "repeated_segments"),
        ("http://a.ru/2031/05/", "calendar"),
        ("http://a.ru/news/1985/5", "calendar"),
        ("http://a.ru/calendar/2031-05-01/", "calendar"),
        ("http://a.ru/events/?month=5&year=2031", "calendar"),
        ("http://a.ru/events/?date=22_6_1970", "calendar"),
        ("http://a.ru/news/?arrFilter_pf%5BTAGS%5D=x&set_filter=Y", "filters"),
        ("http://a.ru/news/?f%5B0%5D=tag:1&f%5B1%5D=tag:2", "filters"),
        ("http://a.ru/news/?tag=1&tag=2&tag=3", "filters"),
        ("http://a.ru/news/?a=1&b=2&c=3&d=4&e=5&g=6&h=7", "filters"),
        ("http://a.ru/" + "a1/b2/c3/d4/e5/f6/g7/" * 3, "too_deep"),
        ("http://a.ru/?u=" + "x" * 2000, "too_long"),
    ],
)
def test_forms_of_traps(url: str, reason: str) -> None:
    assert trap_reason(url, TODAY) == reason
    assert reason in TRAPS


@pytest.mark.parametrize(
    "url",
    [
        "http://a.ru/news/",
        "http://a.ru/news/news/12",
        "http://a.ru/novosti/2023/110188",
        "http://a.ru/news/2031",  # an article's number
        "http://a.ru/2024/05/",
        "http://a.ru/2027/12/",  # next year's plans
        "http://a.ru/01/01/01/x",
        "http://a.ru/events/?month=5&year=2024",
        "http://a.ru/news/?date=22_6_2015&PAGEN_1=4&section=3",
        "http://a.ru/news/?utm_source=1&utm_medium=2&utm_campaign=3&utm_term=4&utm_content=5&yclid=6&gclid=7",
        "http://a.ru/" + "%D0%BF" * 200,
        "http://[::1",
        "",
    ],
)
def test_what_is_no_trap(url: str) -> None:
    assert trap_reason(url, TODAY) is None


@given(st.text(st.characters(codec=None, exclude_categories=())))
def test_any_text(text: str) -> None:
    guard = TrapGuard(TODAY)
    for url in (text, f"http://a.ru/{text}"):
        assert guard.is_trap(url) == trap_reason(url, TODAY)
        guard.visit(url)
        guard.report(url, 0)


def test_addresses_of_one_kind() -> None:
    assert address_pattern("http://a.ru/news/2024/05-den-goroda?page=3") == ("a.ru/news/0/*", "page")
    assert address_pattern("http://a.ru/news/?b=1&a=2&PHPSESSID=1") == ("a.ru/news/", "a&b")


def test_a_calendar_without_end_is_left_by_number() -> None:
    guard = TrapGuard(TODAY, most_alike=30)
    urls = [f"http://a.ru/events/?year={year}&month={month}" for year in range(2015, 2026) for month in range(1, 13)]
    assert [guard.visit(url) for url in urls] == [None] * 30 + ["too_many_alike"] * (len(urls) - 30)
    assert guard.left == {"too_many_alike": len(urls) - 30}
    assert guard.visit("http://a.ru/news/?page=1") is None


def test_a_kind_that_brings_nothing_is_left() -> None:
    guard = TrapGuard(TODAY, patience=3)
    for number, new in enumerate([0, 0, 5, 0, 0, 0]):
        url = f"http://a.ru/tags/{number}"
        assert guard.visit(url) is None
        guard.report(url, new)
    assert guard.is_trap("http://a.ru/tags/99") == "nothing_new"
    assert guard.is_trap("http://a.ru/news/99") is None
    guard.report("http://a.ru/never/visited", 0)


def test_filters_that_combine_are_left() -> None:
    guard = TrapGuard(TODAY)
    names = [f"p{number}" for number in range(6)]
    pairs = [f"http://a.ru/news/?{one}=1&{other}=1" for one in names for other in names if one < other]
    reasons = [guard.visit(url) for url in pairs]
    assert reasons[:12] == [None] * 12
    assert set(reasons[12:]) == {"filters"}
    assert guard.visit(pairs[0].replace("=1", "=2")) is None


def test_memory_is_bounded() -> None:
    guard = TrapGuard(TODAY, most_kinds=50)
    reasons = Counter(guard.visit(f"http://a.ru/{'abcdefghij'[number % 10]}{'x' * number}/") for number in range(200))
    assert reasons == {None: 50, "too_many_kinds": 150}
    assert guard.visit("http://a.ru/a/") is None


# --- lists


def page(*numbers: int) -> list[str]:
    return [f"/n/{number}" for number in numbers]


def test_a_list_ends_where_it_repeats_itself() -> None:
    progress = ListProgress()
    assert [progress.take(page(*numbers)) for numbers in ([1, 2], [3, 4], [4, 3])] == [None, None, "repeats"]
    assert progress.pages == 2


def test_two_pages_in_turn_end() -> None:
    progress = ListProgress()
    assert [progress.take(page(*numbers)) for numbers in ([1, 2], [3, 4], [1, 2])] == [None, None, "repeats"]


def test_known_articles_in_ever_other_company_end() -> None:
    progress = ListProgress()
    pages = [page(1, 2, 3, 4), page(1, 2), page(2, 3), page(3, 4)]
    assert [progress.take(one) for one in pages] == [None, None, None, "nothing_new"]


def test_a_list_that_shifted_while_it_was_read_goes_on() -> None:
    progress = ListProgress()
    pages = [page(1, 2, 3), page(2, 3), page(4, 5, 6), page(4, 5), page(5, 6), page(7, 8)]
    assert [progress.take(one) for one in pages] == [None] * 6


def test_one_new_article_a_page_does_not_go_on_for_ever() -> None:
    progress = ListProgress()
    ends = [progress.take(page(*range(10), 100 + number)) for number in range(30)]
    assert ends.index("hardly_anything_new") == 20
    # A list with few articles a page is no such list.
    progress = ListProgress()
    assert {progress.take(page(number)) for number in range(100)} == {None}


def test_a_list_has_so_many_pages_at_most() -> None:
    progress = ListProgress(most_pages=3)
    assert [progress.take(page(number)) for number in range(5)] == [None, None, None, "last_page", "last_page"]


# --- a crawl


class Maze:
    """A site full of traps, with ten articles, of which some are reached under several addresses."""

    def __init__(self) -> None:
        self.origin = ""

    def answer(self, path: str, query: str = "") -> Answer:
        asked = {name: values[0] for name, values in parse_qs(query).items()}
        number = int(asked.get("page", "1"))
        head, _, name = path.strip("/").partition("/")
        if head == "n" and name == "old-10-desyataya-novost":
            return Answer(301, "text/html", b"", (("Location", "/n/10-desyataya-novost"),))
        if head in {"n", "component"} and "novost" in name:
            return self._article(name)
        answers = {
            "plain": lambda: _list([1, 2, 3] if number == 1 else [4, 5], f"?page={number + 1}"),
            "shuffled": lambda: _list([1 + (number + one) % 5 for one in range(1 + number % 4)], f"?page={number + 1}"),
            "random": lambda: _list([1, 2, 3, 4, 5], f"?page={number + 1}", f"/n/{100 + number}-novost-bez-konca"),
            "session": lambda: _list([6 + number % 3], f"?page={1 + number % 3}&PHPSESSID={len(query)}a{number}"),
            "calendar": lambda: _list([number], f"/calendar/?year={2025 + number}&month=1&page={number + 1}"),
            "nested": lambda: _list([len(path) % 5 + 1], "novosti/"),
            "away": lambda: _list([1], "http://127.0.0.1:9/away/"),
            "aliases": lambda: _list(
                [9, 10],
                "",
                "/component/9-devyataya-novost",
                "/n/old-10-desyataya-novost",
                "/n/9-devyataya-novost?print=Y",
            ),
            "sitemap.xml": lambda: self._sitemaps(["/sitemap.xml", "/loop.xml", "/deep/1.xml"]),
            "loop.xml": lambda: self._sitemaps(["/sitemap.xml", "/loop.xml"]),
            "deep": lambda: self._sitemaps([f"/deep/{int(name.removesuffix('.xml')) + 1}.xml"]),
        }
        return answers[head]() if head in answers else Answer(404, "text/html", b"no")

    def _article(self, name: str) -> Answer:
        link = '<link rel="canonical" href="/n/9-devyataya-novost">' if name.startswith("9-") else ""
        body = f"<html><head>{link}</head><body><h1>{name}</h1><div class=text><p>Текст {name}.</p></div></body></html>"
        return Answer(200, "text/html; charset=utf-8", body.encode())

    def _sitemaps(self, paths: list[str]) -> Answer:
        named = "".join(f"<sitemap><loc>{self.origin}{path}</loc></sitemap>" for path in paths)
        return Answer(200, "application/xml", f"<sitemapindex>{named}</sitemapindex>".encode())


_NAMES = "x pervaya vtoraya tretya chetvertaya pyataya shestaya sedmaya vosmaya devyataya desyataya".split()


def _list(numbers: list[int], following: str, *further: str) -> Answer:
    links = [*(f"/n/{number}-{_NAMES[min(number, 10)]}-novost" for number in numbers), *further]
    items = "".join(f'<div class=item><a href="{link}">Новость</a></div>' for link in links)
    follow = f'<a class=next href="{following}">дальше</a>' if following else ""
    return Answer(200, "text/html; charset=utf-8", f"<html><body>{items}{follow}</body></html>".encode())


@pytest.fixture
def maze() -> Iterator[Server]:
    city = Maze()
    with serve(city) as server:
        city.origin = server.origin
        yield server


SITE = """
title = "Maze"
url = "{origin}/"
delay = 0.0
verified = false

[article]
path = '/(n|component)/[a-z0-9-]+-novost[a-z-]*'

[[layouts]]
name = "one"
headline = "h1"
article_body = ".text"
"""
LISTING = """
[[sources]]
type = "listing"
url = "{origin}{path}"
item = ".item"
pagination = {{ next = "a.next" }}
"""


def crawl(host: CrawlHost, store: Store, folder: Path, server: Server, lists: list[str], sitemaps: list[str]) -> Any:
    """Crawl these lists of the maze; return the run."""
    text = SITE.format(origin=server.origin)
    text += "".join(LISTING.format(origin=server.origin, path=path) for path in lists)
    text += "".join(f'\n[[sources]]\ntype = "sitemap"\nurl = "{server.origin}{path}"\n' for path in sitemaps)
    folder.mkdir()
    (folder / "maze.toml").write_text(text, encoding="utf-8")
    _, run = host.crawl("maze", folder, store.database.name)
    return run


def test_a_crawl_leaves_every_trap(crawl_host: CrawlHost, store: Store, maze: Server, tmp_path: Path) -> None:
    lists = ["/plain/", "/shuffled/", "/random/", "/session/", "/calendar/", "/nested/", "/away/"]
    run = crawl(crawl_host, store, tmp_path / "sites", maze, lists, ["/sitemap.xml"])
    asked = Counter(one.path.split("?")[0].strip("/").split("/")[0] for one in maze.requests)
    assert asked["plain"] == 3  # two pages, and the second again
    assert asked["shuffled"] <= 10
    assert asked["random"] == 21
    assert asked["session"] == 4  # the first page also by its number
    assert asked["calendar"] == 3  # up to next year
    assert asked["nested"] == 3
    assert asked["away"] == 1
    assert (asked["sitemap.xml"], asked["loop.xml"], asked["deep"]) == (1, 1, 3)
    traps = {name.removeprefix("traps."): number for name, number in run["stats"].items() if name.startswith("traps.")}
    assert traps == {
        "nothing_new": 1,
        "hardly_anything_new": 1,
        "calendar": 1,
        "repeated_segments": 1,
        "other_host": 1,
        "too_deep": 1,
    }
    told = [warning for warning in run["warnings"] if "trap" in warning]
    assert len(told) == len(traps)
    stored = {one.url.removeprefix(maze.origin) for one in store.find_articles(site="maze")}
    assert {f"/n/{number}-{_NAMES[number]}-novost" for number in range(1, 9)} <= stored
    assert run["status"] == "done"


def test_one_article_under_four_addresses_is_one_record(
    crawl_host: CrawlHost, store: Store, maze: Server, tmp_path: Path
) -> None:
    run = crawl(crawl_host, store, tmp_path / "one", maze, ["/aliases/"], [])
    stored = [one.url.removeprefix(maze.origin) for one in store.find_articles(site="maze")]
    assert sorted(stored) == ["/n/10-desyataya-novost", "/n/9-devyataya-novost"]
    assert run["stats"]["articles_met_again"] == 2  # under its address in another list, and where a redirect leads
    assert store.pages.count_documents({}) == 2
    first = list(store.articles.find({}, {"last_seen": 0}).sort("_id", 1))
    again = crawl(crawl_host, store, tmp_path / "two", maze, ["/aliases/"], [])
    assert list(store.articles.find({}, {"last_seen": 0}).sort("_id", 1)) == first
    assert "articles_fetched" not in again["stats"]
