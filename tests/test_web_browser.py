"""The web pages in a real Chromium: read, without scripts, by keyboard, at night, on a phone, under attack."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from newscrawl.config import Config
from newscrawl.store import open_store

from .browser_tools import HOSTILE_MARKUP, Outside, Watched, axe_violations, chromium, filled, origin, outside, window
from .web_articles import BRIDGE_URL, HOSTILE_IDS, HOSTILE_URL

MAYOR = "Олег Викторович Карасёв"
BRIDGE = f"/article?url={quote(BRIDGE_URL, safe='')}"
HOSTILE = f"/article?url={quote(HOSTILE_URL, safe='')}"
PAGES = {
    "start": "/",
    "results": "/?text=мост",
    "filtered": "/?text=моста&city=Тула&since=2026-01-01&copies=1",
    "nothing": "/?text=саксаул",
    "wrong": "/?since=2026-02-31",
    "article": BRIDGE,
    "entities": "/entities",
    "found entities": "/entities?text=Карасёв",
    "day": "/day/2026-03-04",
    "day of years": "/day/03-04",
    "sites": "/sites",
    "site": "/sites/sample",
    "runs": "/runs",
    "API": "/api",
}


@pytest.fixture(scope="module")
def pages(filled: Config) -> dict[str, str]:
    """Pages by name; those whose address only the store knows, too."""
    with open_store(filled) as store:
        mayor = next(one for one in store.registry.search(MAYOR) if one.normal == MAYOR)
        run = store.find_runs("tula", 1)[0]
        sample = next(iter(store.find_articles(site="sample", limit=1)))
    return PAGES | {
        "entity": f"/entity/{quote(mayor.id, safe='')}",
        "run": f"/runs/{quote(run.id, safe='')}",
        "sample": f"/article?url={quote(sample.url, safe='')}",
    }


def at(watched: Watched) -> str:
    """Return where a window is, without the server."""
    return watched.page.url.removeprefix(watched.origin)


# --- reading


def test_search_filter_article_entity_day(chromium: Browser, origin: str) -> None:
    with window(chromium, origin) as watched:
        page = watched.go("/")
        page.get_by_role("searchbox").fill("мостом")
        page.keyboard.press("Enter")
        results = page.locator(".results li")
        expect(results).to_have_count(1)
        expect(results.locator("mark").first).to_have_text("мост")
        page.get_by_text("Город, сайт, период").click()
        page.get_by_label("Город", exact=True).select_option("Светлореченск")
        page.get_by_role("button", name="Найти").click()
        expect(page.get_by_role("heading", name="Ничего не нашлось")).to_be_visible()
        page.get_by_role("link", name="Убрать: Светлореченск").click()
        page.locator(".results h3 a").first.click()
        expect(page.locator("h1")).to_have_text("Открыт пешеходный мост через Упу")
        marks = page.locator(".body .mark")
        expect(marks.filter(has_text="3 марта 2026 года")).to_have_class("mark date")
        expect(page.locator(".means")).to_contain_text(MAYOR)
        expect(page.locator(".revision ins")).to_have_count(3)
        expect(page.locator(".revision del").first).to_contain_text("четырнадцать")
        expect(page.get_by_role("region", name="Перепечатки").get_by_role("link")).to_have_text("В Туле открыт мост")
        marks.filter(has_text="Карасёв").click()
        expect(page.locator("h1")).to_have_text(MAYOR)
        expect(page.get_by_role("img", name="Упоминания по месяцам")).to_be_visible()
        page.go_back()
        marks.filter(has_text="3 марта 2026 года").click()
        assert at(watched) == "/day/2026-03-03"
        expect(page.get_by_role("link", name="Открыт пешеходный мост через Упу")).to_be_visible()
        watched.check()


def test_the_stored_page_is_shown_in_its_frame(chromium: Browser, origin: str, pages: dict[str, str]) -> None:
    with window(chromium, origin) as watched:
        page = watched.go(pages["sample"])
        headline = page.locator("h1").inner_text()
        page.locator("details.stored summary").click()
        frame = page.frame_locator("details.stored iframe")
        expect(frame.locator("body")).to_contain_text(headline)
        watched.check()


def test_health_of_the_crawl(chromium: Browser, origin: str) -> None:
    with window(chromium, origin) as watched:
        page = watched.go("/sites")
        first = page.locator(".sites > li").first
        expect(first).to_contain_text("тревога")
        expect(first).to_contain_text("newscrawl site check n")
        page.get_by_label("Сайт или город").fill("светлореч")
        page.get_by_role("button", name="Показать").click()
        expect(page.locator(".sites > li")).to_have_count(1)
        page.get_by_role("link", name="sample").click()
        expect(page.locator("h1")).to_contain_text("Светлореченск")
        expect(page.get_by_role("img", name="Новости по месяцам")).to_be_visible()
        watched.go("/sites/tula").get_by_role("link", name="такого дня нет в календаре").click()
        expect(page.locator(".articles li")).to_contain_text("Без даты")
        page.get_by_role("link", name="Запуски").click()
        page.get_by_label("Исход").select_option("done")
        page.get_by_role("button", name="Показать").click()
        page.locator(".runs tbody th a").first.click()
        expect(page.get_by_role("heading", name="Все счётчики")).to_be_visible()
        watched.check()


def test_a_chart_is_a_table_too(chromium: Browser, origin: str) -> None:
    with window(chromium, origin) as watched:
        page = watched.go("/sites/sample")
        chart = page.locator("figure", has_text="Новости по месяцам")
        chart.locator("summary").click()
        drawn = chart.locator("svg[role=img] rect.chart-bar[height]:not([height='0'])")
        assert chart.locator("tbody tr").filter(has_not_text="ни одной").count() == drawn.count()
        watched.check()


# --- languages


def test_languages(chromium: Browser, origin: str, pages: dict[str, str]) -> None:
    with window(chromium, origin, language="en-GB") as watched:
        page = watched.go("/sites")
        assert page.locator("html").get_attribute("lang") == "en"
        expect(page.locator("h1")).to_have_text("Sites")
        page.get_by_role("list", name="Language").get_by_role("link").click()
        expect(page.locator("h1")).to_have_text("Сайты")
        assert page.locator("html").get_attribute("lang") == "ru"
        watched.go("/runs")
        expect(page.locator("h1")).to_have_text("Запуски")
        watched.check()


# --- without scripts


def test_everything_works_without_scripts(chromium: Browser, origin: str, pages: dict[str, str]) -> None:
    with window(chromium, origin) as scripted, window(chromium, origin, java_script_enabled=False) as plain:
        for name, address in pages.items():
            texts = []
            for watched in (scripted, plain):
                page = watched.page
                page.goto(origin + address)
                texts.append(page.locator("main").inner_text())
            if name != "sites":  # which says the second of the look
                assert texts[0] == texts[1], name
        page = plain.go("/")
        page.get_by_role("searchbox").fill("моста")
        page.get_by_role("button", name="Найти").click()
        page.locator(".results h3 a").first.click()
        expect(page.locator(".body .mark").first).to_be_visible()
        plain.go(pages["sample"]).locator("details.stored summary").click()
        expect(page.frame_locator("details.stored iframe").locator("body")).not_to_be_empty()
        plain.check()


# --- by keyboard


def is_in_focus(page: Page) -> Locator:
    return page.locator(":focus")


def test_by_keyboard_alone(chromium: Browser, origin: str) -> None:
    with window(chromium, origin) as watched:
        page = watched.go(BRIDGE)
        page.keyboard.press("Tab")
        skip = is_in_focus(page)
        expect(skip).to_have_class("skip")
        expect(skip).to_be_in_viewport(ratio=1)
        page.keyboard.press("Enter")
        expect(page.locator("main")).to_be_focused()
        seen: list[str] = []
        for _ in range(80):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement === document.body"):
                break
            told = page.evaluate(
                """() => {
                    const one = document.activeElement, style = getComputedStyle(one);
                    const box = one.getBoundingClientRect(), said = getComputedStyle(one, '::after').content;
                    return {words: one.textContent.trim().slice(0, 60),
                        ring: style.outlineStyle, width: style.outlineWidth,
                        inside: box.bottom > 0 && box.top < innerHeight, mark: one.matches('.body .mark'), said,
                        described: (one.getAttribute('aria-describedby') || '').split(' ')
                            .map(id => document.getElementById(id)?.textContent.trim() || '').join(' ')};
                }"""
            )
            assert told["ring"] != "none", told
            assert told["width"] != "0px", told
            assert told["inside"], told
            if told["mark"]:
                assert told["described"], told
                assert len(told["said"]) > 10, told
            seen.append(told["words"])
        assert "3 марта 2026 года" in seen
        assert any("Карасёв" in one for one in seen)
        assert seen.index("3 марта 2026 года") < seen.index("Проект моста") < seen.index("В Туле открыт мост")
        watched.check()


def test_what_is_folded_opens_by_key_and_a_mark_leads_on(chromium: Browser, origin: str) -> None:
    with window(chromium, origin) as watched:
        page = watched.go("/")
        page.get_by_role("searchbox").focus()
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        expect(page.get_by_label("Город", exact=True)).to_be_focused()
        watched.go(BRIDGE)
        page.locator(".body .mark", has_text="Карасёв").focus()
        page.keyboard.press("Enter")
        expect(page.locator("h1")).to_have_text(MAYOR)
        watched.check()


# --- at night, on small and large screens, for everybody


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 360)])
def test_nobody_is_shut_out(chromium: Browser, origin: str, pages: dict[str, str], scheme: str, width: int) -> None:
    """axe-core finds nothing serious, contrast and the size of what is tapped on included. It needs to be let in."""
    found = {}
    with window(chromium, origin, width=width, color_scheme=scheme, bypass_csp=True) as watched:
        for name, address in (pages | {"hostile": HOSTILE, "nowhere": "/nowhere"}).items():
            watched.page.goto(origin + address)
            if violations := axe_violations(watched.page):
                found[name] = violations
    assert not found, "\n\n".join(f"{name}: {one}" for name, violations in found.items() for one in violations)


def test_dark_is_dark(chromium: Browser, origin: str) -> None:
    colours = """() => [document.documentElement, document.querySelector('h1'), document.querySelector('.chart-bar')]
        .map((one, place) => getComputedStyle(one)[['backgroundColor', 'color', 'fill'][place]])
        .map(told => told.match(/[\\d.]+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0))"""
    told = {}
    for scheme in ("light", "dark"):
        with window(chromium, origin, color_scheme=scheme) as watched:
            told[scheme] = watched.go("/").evaluate(colours)
            watched.check()
    assert told["light"][0] > 600 > 200 > told["dark"][0]
    assert told["light"][1] < 200 < 500 < told["dark"][1]
    assert told["light"][2] < told["dark"][2]


def test_no_page_is_wider_than_its_window(chromium: Browser, origin: str, pages: dict[str, str]) -> None:
    wide = []
    with window(chromium, origin) as watched:
        for name, address in (pages | {"hostile": HOSTILE}).items():
            watched.page.goto(origin + address)
            for width in (360, 768, 1440):
                watched.page.set_viewport_size({"width": width, "height": 800})
                needs = watched.page.evaluate("document.documentElement.scrollWidth")
                if needs > width:
                    wide.append((name, width, needs))
    assert wide == []


# --- under attack


@pytest.mark.parametrize("has_scripts", [True, False])
def test_hostile_texts_stay_texts(
    chromium: Browser, origin: str, outside: Outside, filled: Config, has_scripts: bool
) -> None:
    with open_store(filled) as store:
        article = store.find_article(HOSTILE_URL)
        assert article is not None
        ids = [one.id for one in article.identities]
    assert len(ids) == len(HOSTILE_IDS)
    addresses = [
        HOSTILE, "/", "/?text=злая", f"/?city={quote(article.city or '', safe='')}", "/day/2026-10-20", "/day/10-20",
        "/entities?text=hacked", "/sites", "/sites/tula", "/runs?site=tula", f"/pages/{article.page_id}",
        f"/unresolved?site=tula&field={quote(article.problems[0].field)}&reason={quote(article.problems[0].reason)}",
        *(f"/entity/{quote(one, safe='')}" for one in ids),
        f"/?text={quote(article.headline or '')[:150]}", f"/sites?name={quote(article.headline or '')[:150]}",
    ]  # fmt: skip
    with window(chromium, origin, java_script_enabled=has_scripts) as watched:
        page = watched.page
        for address in addresses:
            page.goto(origin + address)
            folded = page.locator("details:not([open]) > summary")
            while folded.count():
                folded.first.click()
            if has_scripts:
                assert page.evaluate("window.hacked === undefined"), address
            assert at(watched).startswith("/"), address
            assert not page.locator(
                "a[href^='javascript' i], a[href^='data' i], [onerror], [onload], main script"
            ).count()
            if address == HOSTILE:
                frame = page.frame_locator("details.stored iframe").locator("body")
                expect(frame).to_contain_text("{{7*7}}")
                expect(page.locator("h1")).to_have_text(re.compile(r"Злая .*<script>.*</script>.*{{7\*7}}"))
        page.wait_for_timeout(300)  # a refresh that should not be would come now
        watched.check()
    assert outside.asked == []


@pytest.mark.parametrize("has_scripts", [True, False])
def test_a_stored_original_does_nothing(
    chromium: Browser, origin: str, outside: Outside, filled: Config, has_scripts: bool
) -> None:
    """Opened in a window of its own, and in the frame of its article: whatever is pressed in it."""
    with open_store(filled) as store:
        article = store.find_article(HOSTILE_URL)
        assert article is not None
    with window(chromium, origin, java_script_enabled=has_scripts) as watched:
        page = watched.page
        for address in (f"/pages/{article.page_id}", HOSTILE):
            page.goto(origin + address)
            here = page.url
            if address == HOSTILE:
                page.locator("details.stored summary").click()
            inside = page.frame_locator("details.stored iframe") if address == HOSTILE else page
            expect(inside.locator("body")).to_contain_text("Текст {{7*7}}")
            for name in ("#send", "#top", "#js", "#own"):
                inside.locator(name).click()
            page.wait_for_timeout(300)
            assert page.url == here
            for frame in page.frames:
                assert frame.evaluate("window.hacked === undefined"), frame.url
            assert [one.url for one in page.frames if "evil" in one.url] == []
        watched.check()
    assert outside.asked == []


def test_what_gets_out_is_noted(chromium: Browser, outside: Outside) -> None:
    """The tests above would see an attack that comes through: without the server's walls, all of it does."""
    with window(chromium, "http://127.0.0.1:9") as watched:
        watched.page.set_content(HOSTILE_MARKUP.replace("<meta", "<meto"), wait_until="commit")
        expect(watched.page.locator("#send")).to_be_visible()
        assert watched.page.evaluate("window.hacked === 1")
        watched.page.wait_for_timeout(500)
        assert {"GET /a.css HTTP/1.1", "GET /a.js HTTP/1.1", "GET /x.png HTTP/1.1"} <= set(outside.asked), outside.asked
        assert watched.strays
    outside.asked.clear()
