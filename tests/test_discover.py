"""Discovery, part by part, on small pages; then a whole site through the command line (`discovery_site.py`)."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import parsel
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newscrawl.demo import Server, serve
from newscrawl.demo.city import Answer
from newscrawl.discover import Visitor
from newscrawl.discover.addresses import infer
from newscrawl.discover.draft import free_name, site_name, toml_of
from newscrawl.discover.lists import FoundList, find_lists, read_list
from newscrawl.discover.paging import Paging, find_archive, find_paging, second_page
from newscrawl.discover.place import find_place
from newscrawl.discover.sections import find_feeds, find_sections
from newscrawl.discover.trial import alike
from newscrawl.errors import ConfigError, UnavailableError
from newscrawl.fetch import Client
from newscrawl.items import Page
from newscrawl.sites import Site, load_site
from newscrawl.store import Store
from newscrawl.urls import is_article, page_key

from .conftest import Run
from .discovery_site import FORBIDDEN, TITLE, DiscoverySite

FETCHED = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOME = "http://n.example/"
LIST = "http://n.example/news/"
TITLES = (
    "В парке за рекой посадили липы", "На Береговой уложили тротуар", "Каток у вокзала открыт до марта",
    "Бассейн закрывают на проверку", "Школьники выпустили городскую газету", "Мост через Зарю покрасят летом",
)  # fmt: skip


def page(html: str, url: str = LIST) -> Page:
    return Page(url=url, fetched_at=FETCHED, body=f"<html><body>{html}</body></html>".encode())


def parsed(html: str) -> parsel.Selector:
    return parsel.Selector(text=f"<html><body>{html}</body></html>", type="html")


def best(html: str, url: str = LIST) -> FoundList:
    return find_lists(page(html, url))[0]


def entries(form: str, *, prefix: str = "/news/") -> str:
    """Return a list with one entry of the given form for every title."""
    return "".join(
        form.format(url=f"{prefix}{100 + number}/", title=title, day=f"{20 - number:02}.02.2026", n=number)
        for number, title in enumerate(TITLES)
    )


# --- lists

CARD = '<div class="news-item"><span class="date">{day}</span><a href="{url}">{title}</a><p>Коротко.</p></div>'


def assert_whole(found: FoundList) -> None:
    assert [entry.title for entry in found.entries] == list(TITLES)
    assert [entry.date for entry in found.entries] == [f"{20 - n:02}.02.2026" for n in range(len(TITLES))]
    assert found.dated == 1.0
    assert found.date is not None


@pytest.mark.parametrize(
    "form",
    [
        CARD,
        "<li>{day} <a href={url}>{title}</a></li>",
        "<tr><td>{day}</td><td><a href={url}>{title}</a></td></tr>",
        "<article><h2><a href={url}>{title}</a></h2><time>{day}</time>"
        "<a href=/author/7/>Анна Лугова, редактор</a></article>",
        "<div class=row><div><h3><a href={url}>{title}</a></h3></div><div><i>{day}</i> Коротко о главном.</div></div>",
        "<div class=card><p><a href={url}><img src=a.jpg></a></p><b><a href={url}>{title}</a></b><i>{day}</i>"
        "<a href={url}>Подробнее</a></div>",
        "<p><b>{day}</b><br><a href={url}>{title}</a></p>",
    ],
)
def test_a_list_is_told_by_its_repeated_entries(form: str) -> None:
    found = best(f"<h1>Новости</h1><table><ul>{entries(form)}</ul></table>")
    assert_whole(found)
    again = read_list(found, page(f"<h1>Новости</h1><table><ul>{entries(form)}</ul></table>"))
    assert [(one.title, one.date) for one in again] == [(one.title, one.date) for one in found.entries]


def test_a_card_that_is_one_link() -> None:
    form = '<a class="card" href="{url}"><span class="card__date">{day}</span><b class="card__name">{title}</b></a>'
    found = best(f"<div class=list>{entries(form)}</div>")
    assert (found.link, found.item, found.date, found.dated) == ("a", ".card", ".card__date", 1.0)


def test_the_entrys_own_words_hold_its_date() -> None:
    found = best(f"<div>{entries('<p>{day} <a href={url}>{title}</a></p>')}</div>")
    assert found.date == "@text"


def test_the_main_list_is_no_side_column() -> None:
    side = entries("<div class=teaser><i>{day}</i><a href={url}>{title}</a></div>", prefix="/events/")
    found = find_lists(page(f"<aside>{side}{side}</aside><main>{entries(CARD)}</main>"))
    assert found[0].item == ".news-item"
    assert len(found) > 1


def test_a_menu_without_dates_is_less_likely() -> None:
    menu = "".join(f"<li><a href=/s{n}/>Раздел городской власти номер {n}</a></li>" for n in range(12))
    assert best(f"<ul id=menu>{menu}</ul><div>{entries(CARD)}</div>").item == ".news-item"


@pytest.mark.parametrize("classes", ["odd|even", "item_8a71|item_9b23", "news-12345|news-67890", "first|last"])
def test_classes_that_change_from_entry_to_entry_are_not_relied_on(classes: str) -> None:
    one, other = classes.split("|")
    forms = [f'<li class="{name} row"><i>{{day}}</i><a href={{url}}>{{title}}</a></li>' for name in (one, other)]
    html = "".join(
        forms[number % 2].format(day="20.02.2026", url=f"/news/{number}/", title=title)
        for number, title in enumerate(TITLES)
    )
    found = best(f"<ul>{html}</ul>")
    assert (len(found.entries), found.item) == (len(TITLES), ".row")


def test_a_page_whose_layout_is_a_table() -> None:
    rows = entries("<tr><td width=90>{day}</td><td><a href={url}>{title}</a></td></tr>")
    menu = "<a href=/a>Власть города</a><br><a href=/b>Документы города</a>"
    found = best(f"<table><tr><td>{menu}</td><td><table>{rows}</table></td></tr></table>")
    assert_whole(found)


def test_a_table_of_news_is_told_from_a_menu_made_alike() -> None:
    rows = entries("<tr><td>{day}</td><td><a href={url}>{title}</a></td></tr>")
    menu = "".join(f"<tr><td><a href=/s{n}/>Раздел городской власти {n}</a></td></tr>" for n in range(9))
    column = "<td><table>{}</table></td>"
    found = best(f"<table><tr>{column.format(menu)}{column.format(rows)}</tr></table>")
    assert_whole(found)


@pytest.mark.parametrize(
    "html",
    [
        "",
        "<p>Текст без ссылок</p>",
        entries(CARD)[: len(entries(CARD)) // 4],
        entries("<p>{day} <a href=http://other.example{url}>{title}</a></p>"),
        entries("<p>{day} <a href=/f{n}.pdf>{title}</a></p>"),
        entries("<p>{day} <a href='#{n}'>{title}</a></p>"),
        entries("<p>{day} <a href='/news/'>{title}</a></p>"),
    ],
)
def test_what_is_no_list(html: str) -> None:
    assert find_lists(page(html)) == []


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(["<ul>", "</ul>", "<a href='/n/1'>", "</a>", *TITLES, "20.02.2026", "<li class=x>",
                                 "<h2>", "</h2>", "<a href='http://[x'>", "<td>", "\x00"]) | st.text(max_size=9),
                max_size=50))  # fmt: skip
def test_no_page_raises(pieces: list[str]) -> None:
    assert all(found.score >= 0 for found in find_lists(page("".join(pieces))))


# --- pages of a list


def ways(html: str, base: str = LIST) -> list[Paging]:
    return find_paging(parsed(html), base)


@pytest.mark.parametrize(
    ("html", "found", "second"),
    [
        ("<a href='?PAGEN_1=2'>2</a><a href='?PAGEN_1=3'>3</a>", ("PAGEN_1", 1, 1), "?PAGEN_1=2"),
        ("<a href='?page=1'>2</a><a href='?page=2'>3</a>", ("page", 0, 1), "?page=1"),
        ("<a href='?start=10'>2</a><a href='?start=20'>3</a>", ("start", 0, 10), "?start=10"),
        ("<a href='?start=10'>2</a>", ("start", 0, 10), "?start=10"),
        ("<a href='?page=2'>Следующая</a>", ("page", 1, 1), "?page=2"),
        ("<a href='?page=1'>›</a>", ("page", 0, 1), "?page=1"),
        ("<a rel=next href='?p=2'>x</a>", ("p", 1, 1), "?p=2"),
        ("<div data-url='/news/?PAGEN_2=2'>Показать ещё</div>", ("PAGEN_2", 1, 1), "?PAGEN_2=2"),
        ("<button data-next='/news/?page=2'>Загрузить ещё</button>", ("page", 1, 1), "?page=2"),
    ],
)
def test_a_parameter_that_counts(html: str, found: tuple[str, int, int], second: str) -> None:
    (way,) = ways(html)
    assert (way.parameter, way.first, way.step) == found
    assert second_page(LIST, way) == LIST + second


@pytest.mark.parametrize(
    ("html", "template", "second"),
    [
        ("<a href=/news/page/2/>2</a><a href=/news/page/3/>3</a>", "/news/page/{page}/", "/news/page/2/"),
        ("<a href=/news/p2.html>2</a>", "/news/p{page}.html", "/news/p2.html"),
        ("<a class=next href=/news/page/2/>Далее</a>", "/news/page/{page}/", "/news/page/2/"),
    ],
)
def test_an_address_that_counts(html: str, template: str, second: str) -> None:
    (way,) = ways(html)
    assert way.template == f"http://n.example{template}"
    assert second_page(LIST, way) == f"http://n.example{second}"


@pytest.mark.parametrize(
    "html",
    [
        "",
        "<a href=/news/2/>Новость вторая</a>",
        "<a href=/docs/2/>2</a>",
        "<a href=http://other.example/news/?page=2>2</a>",
        "<a href='?id=2'>2</a>",
        "<a href=/photo/2026/>2026</a>",
        "<a href='?page=2'>2</a><a href='?page=7'>3</a><a href='?page=9'>4</a>",
    ],
)
def test_no_way_to_a_second_page(html: str) -> None:
    assert ways(html) == []


def test_other_parameters_of_the_list_are_kept() -> None:
    (way,) = ways("<a href='?rubric=4&page=2'>2</a>", f"{LIST}?rubric=4")
    assert second_page(f"{LIST}?rubric=4", way) == f"{LIST}?rubric=4&page=2"


def test_the_years_of_a_list() -> None:
    links = "".join(f"<a href=/news/{year}/>{year} год</a>" for year in (2026, 2025, 2024))
    html = parsed(f"<div class=years>{links}</div><a href=/c>2010</a>")
    css = find_archive(html, LIST)
    assert css is not None
    assert [one.attrib["href"] for one in html.css(css)] == ["/news/2026/", "/news/2025/", "/news/2024/"]
    assert find_archive(parsed("<a href=/news/2025/>2025</a>"), LIST) is None


# --- what the articles' addresses share


def urls(*paths: str) -> list[str]:
    return [f"http://n.example{path}" for path in paths]


@pytest.mark.parametrize(
    ("paths", "pattern", "slash"),
    [
        (["/news/1", "/news/22", "/news/303"], r"/news/\d+", "never"),
        (["/news/1/", "/news/22/"], r"/news/\d+/", "always"),
        (["/news/1/", "/news/22"], r"/news/\d+/?", "keep"),
        (["/news/lipy/", "/news/v-parke/"], r"/news/[^/]+/", "always"),
        (["/news/lipy.html", "/news/v-parke.html"], r"/news/[^/]+\.html", "never"),
        (["/2025/12/1/lipy/", "/2026/1/30/teplo/"], r"/\d{4}/\d+/\d+/[^/]+/", "always"),
        (["/city/38576-lipy", "/sport/38577-lyzhi"], r"/[^/]+/\d+-[^/]+", "never"),
        (["/news/lipy-12", "/news/teplo-31"], r"/news/[^/]+[-_]\d+", "never"),
        (["/news/news_12.htm", "/news/news_31.htm"], r"/news/news_\d+\.htm", "never"),
        (["/node/1", "/node/22", "/news/lipy", "/news/teplo"], r"(?:/news/[^/]+|/node/\d+)", "never"),
    ],
)
def test_the_pattern_of_paths(paths: list[str], pattern: str, slash: str) -> None:
    rule = infer(urls(*paths))
    assert rule is not None
    assert (rule.path, rule.trailing_slash, rule.keep_parameters, rule.covered) == (pattern, slash, (), 1.0)


@pytest.mark.parametrize(
    ("paths", "pattern", "kept"),
    [
        (["/n.php?ID=1", "/n.php?ID=22"], r"/n\.php\?ID=\d+", ("ID",)),
        (["/n.php?ID=1&SECTION=4", "/n.php?ID=22&SECTION=4", "/n.php?ID=23&SECTION=5"], r"/n\.php\?ID=\d+", ("ID",)),
        (["/i.php?view=one&id=1", "/i.php?view=one&id=2"], r"/i\.php\?id=\d+&view=one", ("view", "id")),
        (["/n?id=1:lipy", "/n?id=2:teplo"], r"/n\?id=[^&]+", ("id",)),
        (["/?p=1", "/?p=22"], r"/\?p=\d+", ("p",)),
        (["/news/1?from=main", "/news/2?from=main"], r"/news/\d+", ()),
    ],
)
def test_the_parameters_that_tell_articles_apart(paths: list[str], pattern: str, kept: tuple[str, ...]) -> None:
    rule = infer(urls(*paths))
    assert rule is not None
    assert (rule.path, set(rule.keep_parameters)) == (pattern, set(kept))


def test_rare_shapes_are_left_out() -> None:
    rule = infer(urls(*(f"/news/{number}" for number in range(30)), "/about"))
    assert rule is not None
    assert rule.path == r"/news/\d+"
    assert rule.covered == pytest.approx(30 / 31)


def test_one_address_is_too_few() -> None:
    assert infer(urls("/news/1", "/news/1")) is None


SEGMENT = st.sampled_from(["news", "2026", "1", "lipy-v-parke", "a_7", "b.html", "d.php", "пар(к", "%5B", "x+y"])
ADDRESS = st.builds(
    lambda path, query, slash: f"http://n.example/{'/'.join(path)}{slash}{query}",
    st.lists(SEGMENT, min_size=1, max_size=4),
    st.sampled_from(["", "", "?id=1", "?id=2&s=3", "?ELEMENT_ID=5", "?q=", "?&&"]),
    st.sampled_from(["", "/"]),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(ADDRESS, max_size=8))
def test_the_rule_matches_the_share_of_addresses_that_it_says(addresses: list[str]) -> None:
    rule = infer(addresses)
    if rule is None:
        return
    site = Site.model_validate(
        {"name": "n", "title": "Н.", "url": HOME, "verified": False,
         "article": {"path": rule.path, "keep_parameters": rule.keep_parameters, "trailing_slash": rule.trailing_slash}}
    )  # fmt: skip
    distinct = {page_key(url) for url in addresses}
    assert sum(is_article(url, site) for url in distinct) >= rule.covered * len(distinct) - 1e-9


# --- the city


def test_the_city_its_region_and_its_zone() -> None:
    place = find_place(parsel.Selector(
        text="<title>Официальный сайт администрации города Омска</title><h1>Новости</h1>", type="html"
    ))  # fmt: skip
    assert (place.city, place.region, place.timezone) == ("Омск", "RU-OMS", "Asia/Omsk")
    assert place.title == "Официальный сайт администрации города Омска"


def test_a_city_that_nobody_knows_has_no_region() -> None:
    place = find_place(parsed("<h1>Новости</h1><div class=logo>Администрация города Верхнезаринска</div>"))
    assert (place.city, place.region, place.timezone) == ("Верхнезаринск", None, None)


def test_the_region_may_be_told_beside_the_city() -> None:
    logo = "<div class=logo>Администрация города Верхнезаринска Рязанской области</div>"
    place = find_place(parsed(logo))
    assert (place.region, place.timezone) == ("RU-RYA", "Europe/Moscow")


@pytest.mark.parametrize("html", ["", "<h1>Новости</h1>", "<title>Welcome</title>"])
def test_a_site_that_names_no_city(html: str) -> None:
    assert find_place(parsed(html)).city is None


# --- sections and feeds


def test_the_sections_that_list_news_the_likeliest_first() -> None:
    links = """<a href=/about/>О городе</a><a href=/news/>Новости</a><a href=/press/>Пресс-центр</a>
    <a href=/news/2026-lipy-v-parke-posadili/>В парке посадили липы</a><a href=http://other.example/news/>Новости</a>
    <a href=/docs/>Документы</a>"""
    assert find_sections(parsed(links), HOME) == [f"{HOME}news/", f"{HOME}press/"]


def test_addresses_that_differ_by_a_number_are_articles_and_no_sections() -> None:
    numbers = "".join(f"<a href=/news.php?n={n}>Новость номер {n}</a>" for n in range(480, 485))
    assert find_sections(parsed(f"<a href=/news.php>Новости</a>{numbers}"), HOME) == [f"{HOME}news.php"]


def test_usual_addresses_are_tried_where_none_is_named() -> None:
    assert f"{HOME}news/" in find_sections(parsed("<a href=/about/>О городе</a>"), HOME)


def test_feeds_declared_linked_and_usual() -> None:
    html = """<link rel=alternate type="application/rss+xml" href=/rss.xml><a href=/feed/>RSS</a>
    <link rel=alternate type="application/rss+xml" href=/comments/feed/><a href=http://other.example/rss>RSS</a>"""
    assert find_feeds(parsed(html), LIST, ["rss/"]) == [f"{HOME}rss.xml", f"{HOME}feed/", f"{LIST}rss/"]


# --- the draft


@pytest.mark.parametrize(
    ("url", "city", "name"),
    [
        ("https://www.zarechny.example/", None, "zarechny"),
        ("https://a.example/", "Йошкар-Ола", "yoshkar_ola"),
        ("https://a.example/", "Щёлково", "shchelkovo"),
        ("http://127.0.0.1:8000/", None, "site_127_0_0_1_8000"),
        ("http://xn--80aa.example/", None, "xn_80aa"),
    ],
)
def test_the_name_of_a_site_file(url: str, city: str | None, name: str) -> None:
    assert site_name(url, city) == name


def test_a_drafts_name_is_nobody_elses() -> None:
    other = Site.model_validate({"name": "omsk", "title": "О.", "url": "http://o.example/", "verified": False})
    assert free_name(HOME, "Омск", {}) == "omsk"
    assert free_name(HOME, "Омск", {"omsk": other}) == "omsk_n_example"
    assert free_name(HOME, "Омск", {"omsk": other, "omsk_n_example": other}) == "omsk_n_example_2"
    assert free_name("http://www.o.example/news/", "Тула", {"omsk": other}) == "omsk"  # its own file


TEXTS = [
    '«Н.» "сам"',
    "C:\\a",
    "it's \\d",
    'three """ quotes',
    "two\nlines",
    'both \\ and "',
    "\ttab",
    "конец\\\n",
    "#x",
]


@pytest.mark.parametrize("text", TEXTS)
def test_what_is_written_is_read_back(text: str) -> None:
    fields = {
        "title": text, "verified": False, "day": date(2026, 3, 2), "delay": 1.5, "hosts": (text, "b"), "none": None,
        "article": {"path": text}, "sources": [{"type": "listing", "pagination": {"template": text, "step": 2}}],
    }  # fmt: skip
    told = tomllib.loads(toml_of(fields))
    assert (told["title"].strip("\n"), told["hosts"][1], told["day"]) == (text.strip("\n"), "b", date(2026, 3, 2))
    assert told["article"]["path"].strip("\n") == text.strip("\n")
    if "\n" not in text:
        assert told["sources"] == [{"type": "listing", "pagination": {"template": text, "step": 2}}]
    assert "none" not in told


def test_a_drafted_file_is_a_site_file(tmp_path: Path) -> None:
    path = tmp_path / "n.toml"
    path.write_text(
        toml_of(
            {"title": 'Город "Н."', "url": HOME, "verified": False, "notes": "Раз.\nПуть \\d и \"кавычки\".",
             "article": {"path": r"/news/\d+", "keep_parameters": ("ID",)},
             "sources": [{"type": "feed", "url": f"{HOME}rss"},
                         {"type": "listing", "url": LIST, "item": "a[href^='/n']", "date": "@text", "link": None,
                          "pagination": {"parameter": "PAGEN_1"}}]}
        ),
        encoding="utf-8",
    )  # fmt: skip
    site = load_site(path)
    assert (site.title, site.notes.strip()) == ('Город "Н."', 'Раз.\nПуть \\d и "кавычки".')
    assert [source.type for source in site.sources] == ["feed", "listing"]
    assert site.article is not None
    assert site.article.path == r"/news/\d+"


# --- headlines that agree


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("В парке посадили липы", "В парке посадили липы", True),
        ("В парке за рекой посадили сорок лип", "В парке за рекой посадили…", True),
        ("В парке посадили липы", "20.02.2026 В парке посадили липы", True),
        ("Новости", "В парке посадили липы", False),
        ("", "В парке посадили липы", False),
    ],
)
def test_headlines_of_page_and_list(one: str, other: str, same: bool) -> None:
    assert alike(one, other) is same


# --- the visitor


class Recorded(Client):
    """A client that answers from a table and counts what it is asked."""

    def __init__(self, forbidden: Iterable[str] = ()) -> None:
        super().__init__("newscrawl-test")
        self.asked: list[str] = []
        self._forbidden = set(forbidden)

    def fetch(self, url: str) -> Page:
        self.asked.append(url)
        if urlsplit(url).path in self._forbidden:
            raise ConfigError(f"robots.txt of the site forbids {url}")
        self.before(url)
        if url.endswith("/away"):
            raise UnavailableError(f"{url}: the server answered 503")
        return page("<p>Есть", url)


def test_a_page_is_asked_for_once() -> None:
    client = Recorded()
    visitor = Visitor(client, delay=0)
    assert visitor.get(LIST, why="a") is visitor.get(LIST, why="b")
    assert (client.asked, visitor.requests, [one.url for one in visitor.pages()]) == ([LIST], 1, [LIST])


def test_the_budget_is_kept() -> None:
    visitor = Visitor(Recorded(), delay=0, budget=2)
    had = [visitor.get(f"{LIST}{number}", why="") is not None for number in range(5)]
    assert had == [True, True, False, False, False]


def test_what_cannot_or_may_not_be_had_is_told_of_and_not_asked_again() -> None:
    told: list[tuple[str, str]] = []
    client = Recorded(forbidden=["/admin/"])
    visitor = Visitor(client, delay=0, on_visit=lambda url, words: told.append((url, words)))
    for url in (f"{HOME}admin/", f"{HOME}away", f"{HOME}admin/"):
        assert visitor.get(url, why="") is None
    assert client.asked == [f"{HOME}admin/", f"{HOME}away"]
    assert "robots.txt" in told[0][1]
    assert "503" in told[1][1]


def test_a_trap_is_never_asked_for() -> None:
    client = Recorded()
    assert Visitor(client, delay=0).get(f"{HOME}calendar/2199/05/", why="") is None
    assert client.asked == []


def test_requests_keep_their_distance(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    waited: list[float] = []

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        clock[0] += seconds

    # Its name alone: the module itself is that of every thread in this process.
    monkeypatch.setattr("newscrawl.fetch.time", SimpleNamespace(monotonic=lambda: clock[0], sleep=sleep))
    visitor = Visitor(Recorded(), delay=1.5)
    visitor.first(HOME)
    visitor.get(LIST, why="")
    clock[0] += 1.0
    visitor.get(f"{LIST}2", why="")
    visitor.get(LIST, why="")
    assert [one for one in waited if one] == pytest.approx([1.5, 0.5])


# --- a whole site


@pytest.fixture(scope="module")
def site_server() -> Iterator[Server]:
    with serve(DiscoverySite()) as server:
        yield server


def test_an_unknown_site_from_its_address_to_its_articles(
    newscrawl: Run, cli: Run, store: Store, site_server: Server, tmp_path: Path
) -> None:
    sites = tmp_path / "sites"
    env = {"NEWSCRAWL_SITES": str(sites), "COLUMNS": "200"}
    sites.mkdir()
    added = newscrawl("site", "add", site_server.origin, "--delay", "0", env=env)
    assert added.returncode in {0, 1}, added.stderr
    assert "RU-RYA, Europe/Moscow" in added.stdout
    assert site_server.count() <= 40
    assert f"; {site_server.count()} requests" in added.stdout
    assert "what robots may fetch" in added.stderr
    days = {(story.day.isoformat(), story.headline) for story in DiscoverySite().expected.values()}
    shown = set(re.findall(r"^(\d{4}-\d\d-\d\d) .* \d+  (\S.*?) *$", added.stdout, re.MULTILINE))
    assert shown
    assert shown <= days

    name = "verkhnezarinsk"
    site = load_site(sites / f"{name}.toml")
    assert site.article is not None
    assert (site.city, site.article.path) == ("Верхнезаринск", r"/news/\d+/")
    saved = json.loads((sites / "fixtures" / name / "article.json").read_text(encoding="utf-8"))
    story = DiscoverySite().expected[urlsplit(saved["url"]).path]
    assert saved["expected"]["headline"] == story.headline
    assert story.headline.encode("cp1251") in (sites / "fixtures" / name / "article.html").read_bytes()

    again = cli("site", "add", site_server.origin, "--delay", "0", env=env)
    assert (again.returncode, "exists already" in again.stderr, "--replace" in again.stderr) == (2, True, True)

    crawled = newscrawl("crawl", name, env=env)
    assert crawled.returncode in {0, 1}, crawled.stderr
    found = {urlsplit(one.url).path: one for one in store.find_articles(site=name)}
    expected = DiscoverySite().expected
    assert set(found) == set(expected)
    for path, article in found.items():
        story = expected[path]
        assert (article.headline, article.article_body) == (story.headline, "\n\n".join(story.paragraphs))
        assert article.date_published is not None
        assert article.date_published.astimezone(ZoneInfo("Europe/Moscow")).date() == story.day
        files = [urlsplit(one.url).path for one in article.attachments]
        assert files == ([story.file] if story.file else [])
    asked = {request.path for request in site_server.requests}
    assert asked.isdisjoint({f"/news/{FORBIDDEN}/", "/admin/"})
    assert not any(path.startswith("/upload/") for path in asked)


class Answers:
    """A site whose every page is the same."""

    def __init__(self, html: str) -> None:
        self._html = html

    def answer(self, path: str, query: str = "") -> Answer:
        if path == "/robots.txt":
            return Answer(404, "text/plain", b"")
        return Answer(200, "text/html; charset=utf-8", self._html.encode())


WALL = "<title>DDoS-Guard</title><h1>Проверка браузера перед переходом на сайт</h1><script src=/ddos-guard.js></script>"


@pytest.mark.parametrize(
    ("html", "status", "words"),
    [
        ("<title>Город</title><h1>Город Заречный</h1><p>Добро пожаловать на страницу города, скоро она наполнится.</p>",
         2, "no list of news was found"),
        (WALL, 3, "a bot wall stands before the page"),
    ],
)  # fmt: skip
def test_a_site_that_cannot_be_read_is_a_sentence(cli: Run, html: str, status: int, words: str) -> None:
    with serve(Answers(html)) as server:
        done = cli("site", "add", server.origin, "--delay", "0")
    assert done.returncode == status
    assert words in re.sub(r"\s+", " ", done.stderr)
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["ftp://n.example/"], 2, "is not an http(s) address"),
        (["http://127.0.0.1:9/", "--delay", "0"], 3, "cannot be fetched"),
        (["http://n.example/", "--delay", "0"], 2, "--delay: expected at least 0.5 s"),
        (["http://127.0.0.1:9/", "--most", "2"], 2, "--most"),
    ],
)
def test_an_address_that_leads_nowhere_is_a_sentence(cli: Run, arguments: list[str], status: int, words: str) -> None:
    done = cli("site", "add", *arguments)
    assert done.returncode == status
    assert words in re.sub(r"[\s│]+", " ", done.stderr)
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["../evil", "Тула 1", "CON.x", ""])
def test_a_name_that_is_none_is_refused_before_the_site_is_asked(cli: Run, site_server: Server, name: str) -> None:
    before = site_server.count()
    done = cli("site", "add", site_server.origin, "--delay", "0", "--name", name)
    assert (done.returncode, site_server.count()) == (2, before)
    assert "cannot be a site's name" in re.sub(r"\s+", " ", done.stderr)


class SiteWithoutPages(DiscoverySite):
    """The list shows its first page alone; a sitemap names all articles."""

    def answer(self, path: str, query: str = "") -> Answer:
        if path == "/sitemap.xml":
            urls = "".join(f"<url><loc>{one.path}</loc></url>" for one in self.stories)
            return Answer(200, "application/xml", f"<urlset>{urls}</urlset>".encode())
        given = super().answer(path, query)
        return replace(given, body=re.sub(rb'<a href="/news/\?PAGEN_1=\d">\d</a>', b"", given.body))


def test_a_sitemap_stands_in_where_the_list_leads_to_nothing_older(cli: Run) -> None:
    with serve(SiteWithoutPages()) as server:
        told = json.loads(cli("site", "add", server.origin, "--delay", "0", "--dry-run", "--json").stdout)
    assert [one["type"] for one in told["sources"]] == ["feed", "listing", "sitemap"]
    assert any("sitemap.xml" in one for one in told["doubts"])
    assert any("older pages" in one for one in told["doubts"])


class Moved:
    """A host whose every page has moved to another one."""

    def __init__(self, to: str) -> None:
        self._to = to

    def answer(self, path: str, query: str = "") -> Answer:
        if path == "/robots.txt":
            return Answer(404, "text/plain", b"")
        return Answer(301, "text/html", b"", (("Location", self._to + path),))


def test_a_site_that_moved_to_another_host_is_told_of(cli: Run, site_server: Server) -> None:
    elsewhere = site_server.origin.replace("127.0.0.1", "localhost")
    with serve(Moved(elsewhere)) as old:
        told = json.loads(cli("site", "add", old.origin, "--delay", "0", "--dry-run", "--json").stdout)
    assert any("leads to another host" in one for one in told["doubts"])
    assert f'url = "{elsewhere}/"' in told["toml"]


def test_what_cannot_be_written_whole_leaves_no_site(cli: Run, site_server: Server, tmp_path: Path) -> None:
    folder = tmp_path / "sites"
    folder.mkdir()
    (folder / "fixtures").write_text("a file where a folder belongs", encoding="utf-8")
    done = cli("site", "add", site_server.origin, "--delay", "0", env={"NEWSCRAWL_SITES": str(folder)})
    assert done.returncode == 2
    assert "cannot be written" in re.sub(r"\s+", " ", done.stderr)
    assert [path.name for path in folder.iterdir()] == ["fixtures"]


def test_a_dry_run_shows_the_draft_and_writes_nothing(cli: Run, site_server: Server, tmp_path: Path) -> None:
    folder = tmp_path / "sites"
    folder.mkdir()
    done = cli("site", "add", site_server.origin + "/news/", "--delay", "0", "--dry-run",
               env={"NEWSCRAWL_SITES": str(folder)})  # fmt: skip
    draft = tomllib.loads(done.stdout[done.stdout.index("\ntitle = ") :])
    assert draft["title"] == TITLE
    assert draft["sources"]
    assert list(folder.iterdir()) == []
