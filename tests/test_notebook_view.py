"""An article shows itself: what is marked and why, what changed; hostile texts stay texts, in a real browser too."""

from __future__ import annotations

import copy
import pickle
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from newscrawl import notebook
from newscrawl.items import DateMention, EntityMention, Problem, StoredArticle
from newscrawl.notebook.shown import ShownArticle
from newscrawl.notebook.view import article_html
from newscrawl.store import Store

from .registry_tools import RYAZAN, article, put, thing

BODY = "Мост откроют 12 декабря 2026 года, сказал Иван Петров.\n\nРядом — площадь Ленина."
ATTACK = '"><script>window.hit=1</script><img src=x onerror="window.hit=1">\'`$\\href{javascript:window.hit=1}{x}$'


def stored(**changes: object) -> StoredArticle:
    """Return an article with a date and two names, as the store has it."""
    moment = datetime(2026, 11, 1, 9, tzinfo=UTC)
    date = DateMention(
        start=13, stop=33, text="12 декабря 2026 года", value="2026-12-12", first="2026-12-12", last="2026-12-12",
        precision="day", rule="date",
    )  # fmt: skip
    person = EntityMention(
        start=42, stop=53, text="Иван Петров", type="PER", normal="Иван Петров", id="per:иван петров", post="министр"
    )
    place = EntityMention(
        start=64, stop=78, text="площадь Ленина", type="LOC", normal="площадь Ленина", uncertain="ambiguous",
        id="loc:площадь ленина",
    )  # fmt: skip
    made = article(1, RYAZAN).model_dump() | {
        "article_body": BODY, "dates": (date,), "entities": (person, place), "first_seen": moment,
        "last_seen": moment, "run_id": "run1",
        "identities": ({"key": person.id, "id": "per:иван петров@RU-RYA/рязань"},),
    }  # fmt: skip
    return StoredArticle.model_validate(made | changes)


class Reader(HTMLParser):
    """What a view is made of."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_dates_and_entities_are_marked_and_explained() -> None:
    html = article_html([stored()], "Europe/Moscow")
    marks = [(attrs["class"], attrs["title"]) for tag, attrs in Reader(html).tags if tag == "mark" and "title" in attrs]
    assert marks == [
        ("date", "date 2026-12-12, to the day, by the rule date"),
        ("per", "person Иван Петров; министр; per:иван петров@RU-RYA/рязань"),
        ("loc", "place площадь Ленина; loc:площадь ленина; uncertain: two readings fit alike"),
    ]
    assert (
        '<mark class="date" title="date 2026-12-12, to the day, by the rule date">12 декабря 2026 года</mark>' in html
    )
    text = Reader(html).text
    assert "What the 3 marks mean" in text
    assert "площадь Ленина (?)" in text
    assert "One revision" in text


def test_what_is_wrong_is_told() -> None:
    problem = Problem(field="date_published", reason="unreadable", text="вчерась")
    html = article_html(
        [stored(date_published=None, problems=(problem,), duplicate_of="http://tula.example/1", moved_to="http://x.example/2",
                gone_at=datetime(2026, 11, 2, tzinfo=UTC), dates=(), entities=())],
        "Europe/Moscow",
    )  # fmt: skip
    text = Reader(html).text
    for told in (
        "no date", "date_published unresolved, unreadable: «вчерась»", "a copy of http://tula.example/1",
        "gone from the site since 2026-11-02", "moved to http://x.example/2", "No date and no name",
    ):  # fmt: skip
        assert told in text


def test_revisions_are_a_difference() -> None:
    old = stored()
    new = stored(article_body=BODY.replace("откроют", "закроют"), revision=2, headline="Другая новость")
    html = article_html([old, new], "Europe/Moscow")
    assert "<del>откроют</del><ins>закроют</ins>" in html
    assert "Revision 2, fetched 2025-06-01 03:00: headline, article_body" in Reader(html).text


def test_a_very_long_article_is_cut() -> None:
    body = "\n\n".join(["Слово " * 200] * 400)
    entities = tuple(
        EntityMention(start=n, stop=n + 1, text=str(n), type="ORG", normal=str(n), id=f"org:{n}") for n in range(2000)
    )
    html = article_html([stored(article_body=body, dates=(), entities=entities)], "Europe/Moscow")
    assert len(html) < 400_000
    assert "paragraphs more" in html
    assert "and 1700 more" in html


def hostile() -> StoredArticle:
    """Return an article of which every text is an attack."""
    mention = EntityMention(
        start=0, stop=len(ATTACK), text=ATTACK, type="PER", normal=ATTACK, id=ATTACK, refs=(ATTACK,), post=ATTACK
    )
    date = DateMention(
        start=0, stop=len(ATTACK), text=ATTACK, value=ATTACK, first=ATTACK, last=ATTACK, precision="day", rule=ATTACK
    )
    return stored(
        url="javascript:window.hit=1//", headline=ATTACK, lead=ATTACK, article_body=f"{ATTACK}\n\n{ATTACK}",
        city=ATTACK, article_section=ATTACK, authors=(ATTACK,), date_published_raw=ATTACK, date_published_source=ATTACK,
        entities=(mention,), dates=(date,), problems=(Problem(field=ATTACK, reason=ATTACK, text=ATTACK),),
        duplicate_of="JavaScript:window.hit=1", moved_to=f"http://x.example/{ATTACK}", extracted_by=ATTACK,
        gone_at=datetime(2026, 11, 2, tzinfo=UTC), identities=({"key": ATTACK, "id": ATTACK},),
    )  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield opened
        opened.close()


def test_hostile_texts_stay_texts(browser: Browser, tmp_path: Path) -> None:
    before = hostile()
    after = before.model_copy(
        update={"headline": f"{ATTACK}!", "revision": 2, "article_body": f"{ATTACK}\n\nИначе {ATTACK}"}
    )
    html = article_html([before, after], "Europe/Moscow")
    ran = notebook.Ran("crawl", (), (ATTACK,))._repr_html_()
    would = notebook.WouldChange(
        1, 1, 0, 0, 0, 0, {}, {ATTACK: {"changed": 1, "examples": [{"old": ATTACK, "new": ATTACK}]}}
    )
    found = Reader(html + ran + would._repr_html_())
    assert {tag for tag, _ in found.tags} <= set(
        "style div h3 h4 p b a mark details summary table tr th td span ins del".split()
    )
    assert {name for _, attrs in found.tags for name in attrs} <= set("class lang title href target rel open".split())
    assert all(attrs["href"].startswith("http") for _, attrs in found.tags if attrs.get("href"))  # type: ignore[union-attr]
    for _, attrs in found.tags:
        if (attrs.get("class") or "").startswith("newscrawl"):
            assert "mathjax_ignore" in (attrs["class"] or "")
    page = browser.new_page()
    page.set_content(f"<!doctype html><meta charset=utf-8>{html}{ran}{would._repr_html_()}")
    page.wait_for_timeout(200)
    assert page.evaluate("window.hit") is None
    assert page.locator("script, img, iframe, object, svg").count() == 0
    assert ATTACK in page.locator(".newscrawl p").first.inner_text().replace("\u200b", "")
    page.close()


@pytest.mark.parametrize(
    ("system", "page_is", "attribute"),
    [
        ("light", "white", ""),
        ("dark", "black", ""),
        ("light", "black", ""),  # a notebook that is dark in a way of its own
        ("dark", "white", ""),
        ("light", "black", 'class="vscode-dark"'),
        ("dark", "white", 'data-jp-theme-light="true"'),
        ("light", "black", 'data-jp-theme-light="false"'),
    ],
)
def test_it_can_be_read_on_light_and_dark(browser: Browser, system: str, page_is: str, attribute: str) -> None:
    page = browser.new_page(color_scheme=system)  # type: ignore[arg-type]
    old = stored(article_body=BODY.replace("откроют", "закроют"), problems=(Problem(field="lead", reason="missing"),))
    html = article_html([old, stored(revision=2)], "Europe/Moscow")
    stripes = "<style>.rendered_html tbody tr:nth-child(odd){background:#f5f5f5}</style>"  # as the classic notebook has
    body = f'<body {attribute} style="background:{page_is}"><div class="rendered_html">{html}</div>'
    page.set_content(f"<!doctype html>{stripes}{body}")
    colours = page.evaluate(
        """() => [...document.querySelectorAll('.newscrawl *')].filter(e => e.textContent.trim()).map(e => {
            let of = e; while (getComputedStyle(of).backgroundColor === 'rgba(0, 0, 0, 0)') of = of.parentElement;
            return [e.className || e.tagName, getComputedStyle(e).color, getComputedStyle(of).backgroundColor] })"""
    )
    assert len(colours) > 20
    for what, ink, paper in colours:
        assert contrast(ink, paper) >= 4.5, (what, ink, paper)  # WCAG 2.2, level AA
    dark = "false" in attribute or "dark" in attribute or (system == "dark" and not attribute)
    (paper,) = {background for what, _, background in colours if what == "H3"}
    assert (luminance(paper) < 0.2) is dark
    page.close()


def luminance(colour: str) -> float:
    """Return the relative luminance of `rgb(…)` as WCAG 2.2 defines it."""
    channels = [int(one) / 255 for one in re.findall(r"\d+", colour)[:3]]
    red, green, blue = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in channels]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


# --- the object itself


@pytest.fixture
def shown(store: Store, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ShownArticle]:
    """An article with two states, found in the store."""
    first = article(1, RYAZAN, thing("Рязань", "loc:рязань"), headline="Мост *открыт* $100$ <b>")
    put(store, [first.model_copy(update={"article_body": "Рязань строит мост."})])
    put(store, [first.model_copy(update={"article_body": "Рязань построила мост."})], "run2")
    monkeypatch.setenv("NEWSCRAWL_HOME", str(home))
    monkeypatch.setenv("NEWSCRAWL_DATABASE", store.database.name)
    found = notebook.article(first.url + "#comments")
    assert found is not None
    yield found
    notebook.close()


def test_it_is_the_record(shown: ShownArticle, store: Store) -> None:
    record = store.find_article(shown.url)
    assert isinstance(shown, StoredArticle)
    assert record is not None
    assert shown == record
    assert record == shown
    assert shown.model_dump() == record.model_dump()
    assert {shown, copy.copy(shown)} == {shown}
    assert pickle.loads(pickle.dumps(shown)) == shown
    with pytest.raises(ValueError, match="frozen"):
        shown.headline = "anders"
    assert notebook.article("http://ryazan.example/news/2") is None


def test_it_shows_itself(shown: ShownArticle) -> None:
    assert [one.revision for one in shown.revisions] == [1, 2]
    html = shown._repr_html_()
    assert "<del>строит</del><ins>построила</ins>" in html
    assert html.index("<style>") == 0
    assert repr(shown) == (
        "<article 'Мост *открыт* $100$ <b>', 2025-05-01, revision 2, 'http://ryazan.example/news/1'>"
    )
    assert str(shown) == repr(shown)
    assert shown._repr_markdown_().splitlines()[0] == r"**Мост \*открыт\* \$100\$ \<b\>**"
