"""`site check`: what it finds when nothing broke, and the key that it names for each thing that did."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from newscrawl.demo import SampleCity, Server, serve
from newscrawl.demo.city import Answer
from newscrawl.fetch import Client
from newscrawl.items import Page
from newscrawl.jobs.site_check import SiteCheck, check_site
from newscrawl.jobs.site_check_live import LiveCheck, check_live
from newscrawl.jobs.site_check_pages import check_pages
from newscrawl.jobs.site_check_saved import check_saved_pages
from newscrawl.sites import Site, load_site
from newscrawl.store import Store
from pipelines.normalise import VERSION

from .conftest import Run, write_site_file

TOPICS = "сквер бассейн мост трамвай музей каток фонтан".split()
WORKS = "<html><head><title>Технические работы</title></head><body><h1>Сайт временно недоступен</h1></body></html>"
FILE = """
title = "Администрация города Н."
url = "{origin}/"
delay = 0.0
verified = false

[article]
path = '/news/\\d+/'

[[sources]]
type = "listing"
url = "{origin}/news/"
item = ".entry"
link = "a.title"
headline = ".title"
date = ".day"
lead = ".short"
archive = ".years a"
pagination = {{ parameter = "page" }}

[[sources]]
type = "feed"
url = "{origin}/rss/"

[[sources]]
type = "sitemap"
url = "{origin}/sitemap.xml"

[[layouts]]
name = "own"
headline = ["h1.gone-long-ago", "h1.head"]
article_body = ".text"
date_published = ".when"
authors = ".by"
remove = ".share"
"""


def headline(number: int) -> str:
    return f"В городе Н. открыли {TOPICS[number % len(TOPICS)]} номер {number}"


def listing(page: int) -> str:
    entries = "".join(
        f"<div class='entry'><a class='title' href='/news/{number}/'>{headline(number)}</a>"
        f"<i class='day'>{number}.05.2026</i><p class='short'>Коротко о том, что было {number} мая.</p></div>"
        for number in range(20 - 6 * page, 26 - 6 * page)
    )
    return f"<html><body><h1>Новости</h1>{entries}<div class='years'><a href='/news/2025/'>2025</a></div></body></html>"


def article(number: int) -> str:
    text = f"<p>Работы шли с апреля, {TOPICS[number % len(TOPICS)]} выбирали жители соседних домов.</p>" * 3
    return (
        f"<html><head><title>{headline(number)}</title></head><body><h1 class='head'>{headline(number)}</h1>"
        f"<div class='when'>{number} мая 2026</div><div class='text'>{text}<div class='share'>Поделиться</div></div>"
        "<p class='by'>Анна Лугова</p></body></html>"
    )


class Town:
    """A site that answers with `pages`: a text, bytes, or a whole Answer."""

    def __init__(self) -> None:
        numbers = range(1, 20)
        links = "".join(f"<item><title>{headline(n)}</title><link>/news/{n}/</link></item>" for n in range(19, 14, -1))
        locations = "".join(f"<url><loc>{{origin}}/news/{n}/</loc></url>" for n in numbers)
        self.origin = ""
        self.pages: dict[str, str | Answer] = {
            "/robots.txt": "User-agent: *\nDisallow: /private/\n",
            "/news/": listing(1),
            "/news/?page=2": listing(2),
            "/rss/": f"<rss version='2.0'><channel><title>Н.</title>{links}</channel></rss>",
            "/sitemap.xml": f"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{locations}</urlset>",
        } | {f"/news/{number}/": article(number) for number in numbers}

    def answer(self, path: str, query: str = "") -> Answer:
        found = self.pages.get(f"{path}?{query}" if query else path)
        if isinstance(found, Answer):
            return found
        if found is None:
            return Answer(404, "text/html; charset=utf-8", b"<h1>404</h1>")
        kind = "text/html" if found.startswith("<html") else "text/xml" if found.startswith("<") else "text/plain"
        return Answer(200, f"{kind}; charset=utf-8", found.replace("{origin}", self.origin).encode())

    def change(self, path: str, was: str, becomes: str) -> None:
        """Change the pages whose address begins with `path`, as a redesign does."""
        for key, page in self.pages.items():
            if key.startswith(path) and isinstance(page, str):
                self.pages[key] = page.replace(was, becomes)


@pytest.fixture
def town() -> Iterator[tuple[Town, Server]]:
    town = Town()
    with serve(town) as server:
        town.origin = server.origin
        yield town, server


def site_at(folder: Path, server: Server, *changes: tuple[str, str]) -> Site:
    text = FILE.format(origin=server.origin)
    for was, becomes in changes:
        assert was in text
        text = text.replace(was, becomes)
    folder.mkdir(exist_ok=True)
    (folder / "n.toml").write_text(text, encoding="utf-8")
    return load_site(folder / "n.toml")


def visit(site: Site) -> LiveCheck:
    return check_live(site, Client("newscrawl/test", site))


def asked(server: Server) -> list[str]:
    return [one.path for one in server.requests]


# --- live


def test_nothing_broke_and_every_selector_was_tried(town: tuple[Town, Server], tmp_path: Path) -> None:
    _, server = town
    check = visit(site_at(tmp_path, server))
    assert (check.findings, check.doubts, check.reached) == ([], [], True)
    tried = {(one.key, one.selector): (one.found, one.of) for source in check.sources for one in source.selectors}
    assert tried == {
        ("sources.0.item", ".entry"): (6, 6),
        ("sources.0.link", "a.title"): (6, 6),
        ("sources.0.headline", ".title"): (6, 6),
        ("sources.0.date", ".day"): (6, 6),
        ("sources.0.lead", ".short"): (6, 6),
        ("sources.0.archive", ".years a"): (1, 1),
        ("sources.0.pagination.parameter", "page"): (1, 1),
        ("article.path", r"/news/\d+/"): (19, 19),  # of the last source; those before it have theirs too
    }
    assert [(one.entries, one.new_on_second_page) for one in check.sources] == [(6, 6), (5, None), (19, None)]
    assert check.articles is not None
    found = {(one.key, one.selector): (one.found, one.of) for one in check.articles.selectors}
    assert found == {
        ("layouts.own.headline", "h1.gone-long-ago"): (0, 3),
        ("layouts.own.headline", "h1.head"): (3, 3),
        ("layouts.own.article_body", ".text"): (3, 3),
        ("layouts.own.date_published", ".when"): (3, 3),
        ("layouts.own.authors", ".by"): (3, 3),
        ("layouts.own.remove", ".share"): (3, 3),
    }
    assert check.articles.date_sources == {"layout:own .when": 3}
    # One page of every source, the second of the one that has one, three articles; each once.
    assert asked(server)[:5] == ["/robots.txt", "/news/", "/news/?page=2", "/rss/", "/sitemap.xml"]
    assert len(asked(server)) == len(set(asked(server))) == 8
    assert check.requests == 7


REDESIGNS: dict[str, tuple[Callable[[Town], object], set[str], str]] = {
    "entries": (
        lambda town: town.change("/news/", "class='entry'", "class='card'"),
        {"sources.0.item"},
        "6 articles in a list that reads so: item = '.card'",
    ),
    "links": (
        lambda town: town.change("/news/", "<a class='title'", "<a class='title-link'"),
        {"sources.0.link"},
        "link = ",
    ),
    "headlines": (
        lambda town: town.change("/news/", "<a class='title' ", "<a class='title-link' "),
        {"sources.0.headline"},
        "",
    ),
    "dates": (lambda town: town.change("/news/", "class='day'", "class='time'"), {"sources.0.date"}, "date = '.time'"),
    "no date": (lambda town: town.change("/news/", ".05.2026<", "-й выпуск<"), {"sources.0.date"}, ""),
    "leads": (lambda town: town.change("/news/", "class='short'", ""), {"sources.0.lead"}, ""),
    "archive": (lambda town: town.change("/news/", "class='years'", ""), {"sources.0.archive"}, ""),
    "same page again": (
        lambda town: town.pages.update({"/news/?page=2": listing(1)}),
        {"sources.0.pagination.parameter"},
        "names the same articles as the first",
    ),
    "empty second page": (
        lambda town: town.pages.update({"/news/?page=2": "<html><body><h1>Новости</h1></body></html>"}),
        {"sources.0.pagination.parameter"},
        "names no article",
    ),
    "no second page": (lambda town: town.pages.pop("/news/?page=2"), {"sources.0.pagination.parameter"}, "404"),
    "addresses": (
        lambda town: [town.change(path, "/news/1", "/novosti/1") for path in ("/news/", "/rss/", "/sitemap.xml")],
        {"article.path"},
        r"path = '/novosti/\d+/'",
    ),
    "feed without news": (
        lambda town: town.pages.update({"/rss/": "<rss version='2.0'><channel></channel></rss>"}),
        {"sources.1.url"},
        "names nothing on the site",
    ),
    "no sitemap": (lambda town: town.pages.pop("/sitemap.xml"), {"sources.2.url"}, "answered 404"),
    "wall": (
        lambda town: town.pages.update({"/news/": WORKS}),
        {"sources.0.url"},
        "closed for maintenance",
    ),
    "article's headline": (
        lambda town: town.change("/news/", "h1 class='head'", "h1 class='top'"),
        {"layouts.own.headline"},
        "h1.gone-long-ago | h1.head is on none of 3 pages",
    ),
    "article's text": (
        lambda town: town.change("/news/", "class='text'", "class='story'"),
        {"", "layouts.own.article_body"},
        "Without layouts of its own, 3 of 3 give an article",
    ),
    "article's date": (
        lambda town: town.change("/news/", "class='when'", "class='on'"),
        {"layouts.own.date_published"},
        "add a layout",
    ),
    "one headline on all": (
        lambda town: town.change("/news/", "<body><h1 class='head'>", "<body><h1 class='head'>Город Н.</h1><h1>"),
        {"layouts"},
        "«Город Н.»",
    ),
    "articles closed": (
        lambda town: town.pages.update({f"/news/{number}/": WORKS for number in range(1, 20)}),
        {""},
        "closed for maintenance",
    ),
    "sent elsewhere": (
        lambda town: town.pages.update(
            {f"/news/{n}/": Answer(302, "text/html", b"", (("Location", "/news/"),)) for n in range(1, 20)}
        ),
        {"article.path"},
        "which is no article's address",
    ),
}


@pytest.mark.parametrize("name", REDESIGNS)
def test_what_broke_is_named_by_its_key_and_nothing_else_is(
    town: tuple[Town, Server], tmp_path: Path, name: str
) -> None:
    change, keys, words = REDESIGNS[name]
    city, server = town
    site = site_at(tmp_path, server, *([("a.title", "a")] if name == "headlines" else []))
    change(city)
    check = visit(site)
    assert {one.key for one in check.findings} == keys, check.findings
    told = " ".join(f"{one.sentence} {one.advice}" for one in check.findings)
    assert words in told
    assert check.reached


def test_what_robots_txt_forbids_is_told_and_not_asked_for(town: tuple[Town, Server], tmp_path: Path) -> None:
    city, server = town
    city.pages["/robots.txt"] = "User-agent: *\nDisallow: /news/\n"
    check = visit(site_at(tmp_path, server))
    assert [one.sentence for one in check.findings][:1] == [f"robots.txt forbids {server.origin}/news/"]
    assert "sources.0.url" in {one.key for one in check.findings}
    assert asked(server) == ["/robots.txt", "/rss/", "/sitemap.xml"]


def test_a_redirect_to_where_robots_txt_forbids_is_told(town: tuple[Town, Server], tmp_path: Path) -> None:
    city, server = town
    city.pages["/rss/"] = Answer(302, "text/html", b"", (("Location", "/private/rss/"),))
    check = visit(site_at(tmp_path, server))
    assert [one.key for one in check.findings] == ["sources.1.url"]
    assert "/private/rss/" not in asked(server)


def test_requests_are_the_sites_delay_apart(town: tuple[Town, Server], tmp_path: Path) -> None:
    _, server = town
    visit(site_at(tmp_path, server, ("delay = 0.0", "delay = 0.2")))
    times = [one.time for one in server.requests]
    assert len(times) == 8
    assert min(later - earlier for earlier, later in pairwise(times)) > 0.15


def test_a_site_that_nobody_answers_for(tmp_path: Path, town: tuple[Town, Server]) -> None:
    _, server = town
    site = site_at(tmp_path, server, (server.origin, "http://127.0.0.1:9"))
    check = visit(site)
    assert not check.reached
    assert "127.0.0.1:9" in check.unreached
    assert check.findings == []


def test_robots_txt_that_fails_forbids_all(town: tuple[Town, Server], tmp_path: Path) -> None:
    city, server = town
    city.pages["/robots.txt"] = Answer(503, "text/plain", b"")
    check = visit(site_at(tmp_path, server))
    assert not check.reached
    assert asked(server) == ["/robots.txt"]


def test_scripts_are_not_run_and_the_check_says_so(town: tuple[Town, Server], tmp_path: Path) -> None:
    _, server = town
    check = visit(site_at(tmp_path, server, ("delay = 0.0", "delay = 0.0\njavascript = true")))
    assert check.findings == []
    assert ["scripts make the lists" in one for one in check.doubts] == [True]
    assert asked(server) == ["/robots.txt", "/rss/", "/sitemap.xml"]


def test_a_short_list_without_a_second_page_is_but_a_doubt(town: tuple[Town, Server], tmp_path: Path) -> None:
    city, server = town
    city.pages["/news/"] = listing(1).replace("class='entry'", "class='x'", 3)
    site = site_at(tmp_path, server, ('{ parameter = "page" }', '{ next = "a.next" }'))
    check = visit(site)
    assert check.findings == []
    assert ["may be that short" in one for one in check.doubts] == [True]
    city.pages["/news/"] = listing(1)
    assert [one.key for one in visit(site).findings] == ["sources.0.pagination.next"]


def test_an_index_of_sitemaps_is_looked_into_but_not_through(town: tuple[Town, Server], tmp_path: Path) -> None:
    city, server = town
    xmlns = "xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'"
    urls = str(city.pages["/sitemap.xml"])
    named = "".join(f"<sitemap><loc>{{origin}}/s{number}.xml</loc></sitemap>" for number in range(9))
    city.pages["/sitemap.xml"] = f"<sitemapindex {xmlns}>{named}</sitemapindex>"
    for number in range(9):
        city.pages[f"/s{number}.xml"] = urls.replace("/news/", "/documents/")
    site = site_at(tmp_path, server)
    check = visit(site)
    assert check.findings == []
    assert ["2 of 9 sitemaps" in one for one in check.doubts] == [True]
    assert [one for one in asked(server) if one.endswith(".xml")] == ["/sitemap.xml", "/s0.xml", "/s1.xml"]
    city.pages["/s1.xml"] = urls
    check = visit(site)
    assert check.doubts == []
    assert check.sources[2].entries == 19


def test_a_site_without_sources_is_asked_for_its_home_page_alone(town: tuple[Town, Server], tmp_path: Path) -> None:
    city, server = town
    text = f'title = "Н."\nurl = "{server.origin}/"\nverified = false\ndelay = 0.0\n'
    (tmp_path / "n.toml").write_text(text, encoding="utf-8")
    city.pages["/"] = listing(1)
    check = visit(load_site(tmp_path / "n.toml"))
    assert check.findings == []
    assert ["site add" in one for one in check.doubts] == [True]
    assert asked(server) == ["/robots.txt", "/"]
    city.pages["/"] = WORKS
    assert [one.key for one in visit(load_site(tmp_path / "n.toml")).findings] == ["url"]


# --- stored pages


def page(site: Site, number: int, text: str, day: int) -> Page:
    at = datetime(2026, 6, 1, 9, tzinfo=UTC) + timedelta(days=day, minutes=number)
    return Page(url=f"{site.origin}/news/{number}/", site=site.name, fetched_at=at, body=text.encode())


def stored(store: Store, site: Site, file: Path, pages: list[Page]) -> SiteCheck:
    for one in pages:
        store.save_page(one, site, pipeline_version=VERSION)
    return check_site(store, site, file, 20)


def test_a_redesign_is_seen_by_the_newest_stored_pages(store: Store, town: tuple[Town, Server], tmp_path: Path) -> None:
    site, file = site_at(tmp_path, town[1]), tmp_path / "n.toml"
    check = stored(store, site, file, [page(site, number, article(number), 0) for number in range(1, 9)])
    assert check.findings == ()
    assert check.stored.articles == check.stored.headline == check.stored.date_published == 8
    new = [article(number).replace("class='text'", "class='story'") for number in range(11, 16)]
    check = stored(store, site, file, [page(site, 11 + n, text, 9) for n, text in enumerate(new[:4])])
    assert check.findings == (), "four pages may be chance"
    check = stored(store, site, file, [page(site, 15, new[4], 9)])
    assert check.stored.failed == {"layout_not_matched": 5}
    sentences = {one.key: one.sentence for one in check.findings}
    assert sentences.keys() == {"", "layouts.own.article_body"}
    assert "the newest 5 pages, since 2026-06-10" in sentences[""]
    assert ".text finds nothing on the newest 5 pages" in sentences["layouts.own.article_body"]

    # A layout of the new design mends it; the old one's selectors are held against its own days alone.
    text = file.read_text(encoding="utf-8").replace('name = "own"', 'name = "own"\nvalid_until = 2026-06-10')
    text += '\n[[layouts]]\nname = "new"\nvalid_from = 2026-06-10\nheadline = "h1"\narticle_body = ".story"\n'
    file.write_text(text, encoding="utf-8")
    check = check_site(store, load_site(file), file, 20)
    assert check.findings == ()
    assert check.stored.read_by == {"own": 8, "new": 5}
    found = {one.key: (one.found, one.of) for one in check.stored.selectors}
    assert found["layouts.own.article_body"] == (8, 8)
    assert found["layouts.new.article_body"] == (5, 5)


def test_pages_read_without_a_layout_are_counted_by_what_they_give(town: tuple[Town, Server], tmp_path: Path) -> None:
    site = site_at(tmp_path, town[1])
    generic = site.model_copy(update={"layouts": ()})
    pages = [page(site, number, article(number), 0) for number in range(1, 6)]
    undated = article(6).replace("<div class='when'>6 мая 2026</div>", "")
    pages += [page(site, 6, undated, 0), page(site, 7, "<html><body></body></html>", 0)]
    check = check_pages(pages, generic, "stored")
    assert (check.pages, check.articles, check.headline, check.article_body, check.date_published) == (7, 6, 6, 6, 5)
    assert check.read_by == {"generic": 6}
    assert check.failed == {"no_article": 1}
    assert check.date_sources.pop("nothing") == 1
    assert sum(check.date_sources.values()) == 5
    assert check.selectors == ()
    assert check.findings == ()


def test_any_bytes_are_a_page_that_gives_no_article(town: tuple[Town, Server], tmp_path: Path) -> None:
    site = site_at(tmp_path, town[1])
    bodies = [b"\x00" * 1000, b"%PDF-1.7", b"<" * 5000, "<div>".encode("utf-16") * 2000, b"\xff\xfe\xd8"]
    pages = [page(site, n, "", 0).model_copy(update={"body": body}) for n, body in enumerate(bodies)]
    check = check_pages(pages, site, "stored")
    assert sum(check.failed.values()) == len(bodies)
    assert check.findings[0].sentence.startswith("none of 5 pages gives an article")
    generic = check_pages(pages[:2], site.model_copy(update={"layouts": ()}), "stored")
    assert f"Look at {pages[0].url}" in generic.findings[0].advice


def test_a_field_that_no_page_has_is_a_doubt(town: tuple[Town, Server], tmp_path: Path) -> None:
    site = site_at(tmp_path, town[1], ('authors = ".by"', 'authors = ".signed"'))
    pages = [page(site, number, article(number), 0) for number in range(1, 7)]
    check = check_pages(pages, site, "stored")
    assert check.findings == ()
    assert ["layouts.own.authors: .signed is on none of 6 pages" in one for one in check.doubts] == [True]
    assert check_pages(pages[:3], site, "live").doubts == ()


# --- saved pages


@pytest.fixture
def saved(town: tuple[Town, Server], tmp_path: Path) -> tuple[Site, Path]:
    """A site with one saved article, expected as it is, and where it is saved."""
    site = site_at(tmp_path, town[1])
    folder = tmp_path / "fixtures" / "n"
    folder.mkdir(parents=True)
    (folder / "article.html").write_text(article(5), encoding="utf-8")
    expected = {"headline": headline(5), "authors": ["Анна Лугова"], "attachments": [], "layout": "own"}
    expected["date_published"] = [{"source": "layout:own .when", "text": "5 мая 2026"}]
    told: dict[str, Any] = {"url": f"{site.origin}/news/5/", "fetched_at": "2026-05-06T09:00:00+03:00"}
    (folder / "article.json").write_text(json.dumps(told | {"expected": expected}), encoding="utf-8")
    return site, folder


def test_saved_pages_are_compared_field_by_field(saved: tuple[Site, Path]) -> None:
    site, folder = saved
    (check,) = check_saved_pages(site, folder)
    assert (check.kind, check.fields, check.differences, check.problem) == ("article", 5, (), "")
    moved = (
        article(5).replace("class='by'", "class='sign'").replace(headline(5), headline(5).replace("открыли", "закрыли"))
    )
    (folder / "article.html").write_text(moved, encoding="utf-8")
    (check,) = check_saved_pages(site, folder)
    told = {one.field: (one.expected, one.found) for one in check.differences}
    assert told["authors"] == ('["Анна Лугова"]', "nothing")
    assert told["headline"] == (headline(5), headline(5).replace("открыли", "закрыли"))
    assert told.keys() == {"authors", "headline"}
    (folder / "article.html").write_text(moved.replace("class='text'", ""), encoding="utf-8")
    (check,) = check_saved_pages(site, folder)
    assert [one.found for one in check.differences] == ["none (layout_not_matched)"]


def test_long_values_are_shown_where_they_part(saved: tuple[Site, Path]) -> None:
    site, folder = saved
    path = folder / "article.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    text = "Работы шли с апреля, бассейн выбирали жители соседних домов. " * 20
    told["expected"] = {"article_body": text + "Конец."}
    path.write_text(json.dumps(told), encoding="utf-8")
    ((difference,),) = [one.differences for one in check_saved_pages(site, folder)]
    assert max(len(difference.expected), len(difference.found)) < 70


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"url": "n", "expected": 3, "fetched_at": "x"}', "\udcff", None, '{"url": 1e999}']
)
def test_a_saved_page_that_cannot_be_compared_says_so(saved: tuple[Site, Path], content: str | None) -> None:
    site, folder = saved
    path = folder / "article.json"
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content.encode("utf-8", "surrogateescape"))
    (check,) = check_saved_pages(site, folder)
    assert check.problem
    assert "\n" not in check.problem


def test_saved_lists_are_read_by_the_sites_source(saved: tuple[Site, Path]) -> None:
    site, folder = saved
    (folder / "list.html").write_text(listing(1), encoding="utf-8")
    entries = [{"url": f"{site.origin}/news/{number}/", "headline": headline(number)} for number in range(14, 20)]
    told: dict[str, Any] = {"url": f"{site.origin}/news/", "fetched_at": "2026-05-20T09:00:00Z", "kind": "listing"}
    told["expected"] = {"entries": entries, "next_url": f"{site.origin}/news/?page=2"}
    (folder / "list.json").write_text(json.dumps(told), encoding="utf-8")
    assert [one.differences for one in check_saved_pages(site, folder)] == [(), ()]
    (folder / "list.html").write_text(listing(1).replace(headline(15), "Иное"), encoding="utf-8")
    (difference,) = check_saved_pages(site, folder)[1].differences
    assert difference.field == "entries.1.headline"
    (folder / "list.html").write_text("<html></html>", encoding="utf-8")
    assert ("entries", "6 of them", "nothing") in [
        (one.field, one.expected, one.found) for one in check_saved_pages(site, folder)[1].differences
    ]


# --- the command


def test_command_on_a_site_that_fits_and_after_a_redesign(
    cli: Run, town: tuple[Town, Server], saved: tuple[Site, Path], tmp_path: Path
) -> None:
    city, _ = town
    env = {"NEWSCRAWL_SITES": str(tmp_path), "COLUMNS": "80"}
    done = cli("site", "check", "n", "--live", env=env)
    assert done.returncode == 0, done.stdout
    assert "n: fits" in done.stdout
    assert "the list's second page" in done.stderr
    assert max(map(len, done.stdout.splitlines())) <= max(80, len(f"{tmp_path}/n.toml is a valid site file"))
    city.change("/news/", "class='entry'", "class='card'")
    done = cli("site", "check", "n", "--live", env=env)
    assert done.returncode == 1
    assert "sources.0.item" in done.stdout
    (told,) = json.loads(cli("site", "check", "n", "--live", "--json", env=env).stdout)
    assert told["broken"] is True
    assert [one["key"] for one in told["findings"]] == ["sources.0.item"]
    assert told["live"]["sources"][0]["selectors"][0] == {
        "key": "sources.0.item", "selector": ".entry", "found": 0, "of": 0
    }  # fmt: skip
    assert told["saved"][0]["differences"] == []


def test_command_without_a_site_checks_all_and_visits_none(
    cli: Run, town: tuple[Town, Server], saved: tuple[Site, Path], tmp_path: Path
) -> None:
    _, server = town
    env = {"NEWSCRAWL_SITES": str(tmp_path)}
    done = cli("site", "check", env=env)
    assert done.returncode == 0, done.stdout
    assert "1 of 1" in done.stdout
    (saved[1] / "article.html").write_text(article(6), encoding="utf-8")
    done = cli("site", "check", env=env)
    assert done.returncode == 1
    assert "gives other values than expected" in done.stdout
    assert asked(server) == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--live"], "say which"),
        (["--all"], "goes with --live"),
        (["sample", "--live", "--all"], "goes with --live"),
        (["sample", "--live"], "not on the network"),
        (["nowhere"], "there is no site"),
    ],
)
def test_command_refuses_what_nobody_can_mean(cli: Run, arguments: list[str], words: str) -> None:
    done = cli("site", "check", *arguments)
    assert done.returncode == 2
    assert words in done.stderr


def test_command_on_a_site_that_is_not_reached(cli: Run, town: tuple[Town, Server], tmp_path: Path) -> None:
    site_at(tmp_path, town[1], (town[1].origin, "http://127.0.0.1:9"))
    done = cli("site", "check", "n", "--live", env={"NEWSCRAWL_SITES": str(tmp_path)})
    assert done.returncode == 3
    assert "not reached" in done.stdout
    assert "127.0.0.1:9" in done.stdout


def test_command_visits_all_sites_when_told_to(
    cli: Run, town: tuple[Town, Server], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every site with a source that is there is visited, none else; one that is not reached says why."""
    site_at(tmp_path, town[1])
    gone = (tmp_path / "n.toml").read_text(encoding="utf-8").replace(town[1].origin, "http://127.0.0.1:9")
    (tmp_path / "gone.toml").write_text(gone, encoding="utf-8")
    (tmp_path / "bare.toml").write_text(
        'title = "Н."\nurl = "http://bare.invalid/"\nverified = false', encoding="utf-8"
    )
    monkeypatch.setattr("newscrawl.sites.load.BUNDLED", tmp_path / "none")
    done = cli("site", "check", "--live", "--all", env={"NEWSCRAWL_SITES": str(tmp_path)})
    assert done.returncode == 3
    rows = {line.split()[0]: line for line in done.stdout.splitlines() if line.strip()}
    assert "fits" in rows["n"]
    assert "not reached" in done.stdout
    assert "http://127.0.0.1:9/robots.txt cannot be fetched" in " ".join(done.stdout.split())
    assert "bare.invalid" not in done.stderr


def test_the_sample_city_fits_its_own_file(tmp_path: Path) -> None:
    with serve(SampleCity(articles=40)) as server:
        site = load_site(write_site_file(tmp_path / "sites", server.origin))
        check = visit(site)
        assert check.findings == []
        assert len(asked(server)) == 6
