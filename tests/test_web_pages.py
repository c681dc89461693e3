"""The pages that people read: what they show, how they are asked, what they answer to nonsense and to hostile texts."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from lxml import html
from starlette.testclient import TestClient

from newscrawl.config import Config, load_config
from newscrawl.errors import TooBroadError
from newscrawl.store import Store, open_store
from newscrawl.store.corpus import Corpus
from newscrawl.web.app import create_app
from newscrawl.web.pages.asked import Asked
from newscrawl.web.pages.listed import snippet
from newscrawl.web.zones import zone_of_place
from pipelines.words import Question

from .web_articles import (
    BRIDGE_COPY_URL,
    BRIDGE_URL,
    GONE_URL,
    HOSTILE_IDS,
    HOSTILE_URL,
    UNDATED_URL,
    fill_special,
)
from .web_tools import fill

KARASEV = "per:олег викторович карасев@RU-TUL/тула"
KARASEV_TOO = "per:олег викторович карасев@RU-TUL/калуга"
"""The one of the other city: nothing proves that he is the same."""


@pytest.fixture(scope="module")
def own_config(home: Path) -> Config:
    return load_config(home=home, database=f"t{uuid.uuid4().hex[:12]}", workers=1, patience=20)


@pytest.fixture(scope="module")
def filled(own_config: Config) -> Iterator[Store]:
    """A store with the sample city's news and those of `web_articles`."""
    with open_store(own_config) as opened:
        fill(opened, articles=40)
        fill_special(opened)
        yield opened
        opened.connection.client.drop_database(own_config.database)


@pytest.fixture(scope="module")
def client(filled: Store, own_config: Config) -> Iterator[TestClient]:
    """A browser that reads Russian."""
    with open_store(own_config, read_only=True) as read, TestClient(create_app(read, own_config)) as client:
        client.base_url = "http://localhost"
        client.headers["Accept-Language"] = "ru"
        client.follow_redirects = False
        yield client


class Shown:
    """A page as a reader has it."""

    def __init__(self, status: int, text: str) -> None:
        self.status = status
        self.text = text
        self.root: Any = html.document_fromstring(text)

    @property
    def words(self) -> str:
        """All that can be read in it."""
        return " ".join(self.root.text_content().split())

    def all(self, path: str) -> list[str]:
        """The words of the elements that an XPath finds."""
        return [" ".join(one.text_content().split()) for one in self.root.xpath(path)]

    def links(self, path: str) -> list[str]:
        return [str(one.get("href")) for one in self.root.xpath(path)]

    @property
    def finds(self) -> list[str]:
        """Addresses of the articles in its first list of results."""
        found = self.links("(//ol[@class='results'])[1]//h3/a")
        return [parse_qs(urlsplit(one).query)["url"][0] for one in found]


def show(client: TestClient, address: str, status: int = 200, **query: str) -> Shown:
    answer = client.get(address, params=query or None)
    assert answer.status_code == status, html.document_fromstring(answer.text).text_content().split()
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return Shown(status, answer.text)


def article(client: TestClient, url: str) -> Shown:
    return show(client, "/article", url=url)


def page_of(entity: str) -> str:
    return f"/entity/{quote(entity, safe=':')}"


# --- the search


def test_the_start_page_invites(client: TestClient, filled: Store) -> None:
    page = show(client, "/")
    assert page.all("//h1") == ["Новости российских городов"]
    assert "Собраны новости 4 городов." in page.words
    assert page.finds == [one.url for one in filled.find_articles(limit=8)]
    assert filled.top_entities("PER", limit=1)[0][0] in page.all("//aside//a")
    assert page.root.xpath("//aside//figure//svg")


def test_an_empty_store_says_how_to_begin(config: Config, store: Store) -> None:
    with TestClient(create_app(store, config), base_url="http://localhost") as client:
        assert "newscrawl demo" in show(client, "/").words
        assert "Ничего не нашлось" in show(client, "/", text="мост").words
        assert show(client, "/entities").all("//h2") == ["Такого имени не нашлось"]
        assert "ничего не опубликовано" in show(client, "/day/12-12").words


def test_a_word_is_found_in_any_form_and_marked(client: TestClient) -> None:
    page = show(client, "/", text="мостами")
    assert page.finds == [BRIDGE_URL]
    assert page.all("//h2[@id='found']") == ["Найдена 1 статья"]
    assert {"мост"} <= {one.lower() for one in page.all("//mark")}
    assert "4 марта 2026, 10:20" in page.words
    assert "1 перепечатка" in page.words


def test_all_words_must_occur_and_none_that_is_excluded(client: TestClient) -> None:
    assert show(client, "/", text="мост опоры").finds == [BRIDGE_URL]
    assert show(client, "/", text="мост снегопад").finds == []
    assert show(client, "/", text="мост -опора").finds == []


def test_a_snippet_is_cut_where_most_of_the_words_stand() -> None:
    question = Question.of("ремонт дороги")
    filling = "слово дело тело " * 30
    text = f"Ремонт начат. {filling}Идёт ремонт большой дороги. {filling}Ремонт ремонта."
    pieces = snippet(text, question)
    assert [words for words, is_found in pieces if is_found] == ["ремонт", "дороги"]
    assert "Идёт ремонт большой дороги." in "".join(words for words, _ in pieces)
    assert (pieces[0][0], pieces[-1][0]) == ("… ", " …")
    assert snippet("Дороги нет", question) == [("Дороги", True), (" нет", False)]
    assert snippet(filling, question)[0][0].startswith("слово дело")
    assert len("".join(words for words, _ in snippet("ремонт" * 1000, None))) < 300
    assert snippet("", question) == []


def test_pages_go_on_until_everything_was_shown_once(client: TestClient, filled: Store) -> None:
    page = show(client, "/", site="sample")
    found = page.finds
    while following := page.links("//a[@rel='next']"):
        page = show(client, following[0])
        found += page.finds
    assert found == [one.url for one in filled.find_articles(site="sample")]
    assert "К началу" in page.words


def test_filters_narrow_and_chips_take_them_off(client: TestClient) -> None:
    wanted = {"city": "Тула", "since": "2026-03-04", "until": "2026-03-04", "text": "мост"}
    page = show(client, "/", **wanted)
    assert page.finds == [BRIDGE_URL]
    assert page.all("//ul[@class='chips']//a/span[1]") == ["Тула", "с 4 марта 2026", "по 4 марта 2026"]
    without = {
        urlsplit(one).query: parse_qs(urlsplit(one).query) for one in page.links("//ul[@class='chips']//a")
    }.values()
    assert [sorted(one) for one in without] == [
        ["since", "text", "until"], ["city", "text", "until"], ["city", "since", "text"], [],
    ]  # fmt: skip
    assert show(client, "/", **wanted | {"since": "2026-03-05", "until": ""}).finds == []
    assert show(client, "/", **wanted | {"until": "2026-03-03", "since": ""}).finds == []


def test_days_are_those_of_the_city() -> None:
    asked = Asked.of({"since": "2026-03-04", "until": "2026-03-04"})
    assert asked.problems == ()
    zone = zone_of_place(None, site=None, city="Омск")
    assert zone == zone_of_place(None, site="omsk", city=None) == "Asia/Omsk"
    wanted = asked.filter(zone)
    assert wanted.since == datetime(2026, 3, 3, 18, tzinfo=UTC)
    assert wanted.until == datetime(2026, 3, 4, 18, tzinfo=UTC)
    assert zone_of_place(None, site="нет такого", city=None) == "Europe/Moscow"
    assert zone_of_place(Path("/nowhere"), site=None, city="Омск") == "Europe/Moscow"


def test_days_are_also_read_as_they_are_written_in_russia(client: TestClient) -> None:
    page = show(client, "/", since="04.03.2026", until="04.03.2026")
    assert page.finds == [BRIDGE_URL]
    assert page.root.xpath("//input[@id='since']/@value") == ["2026-03-04"]


def test_a_filter_by_entity_shows_who_it_is(client: TestClient) -> None:
    page = show(client, "/", entity=KARASEV)
    assert page.finds == [BRIDGE_URL]
    assert page.all("//ul[@class='chips']//a/span[1]")[0] == "Упомянут: Олег Викторович Карасёв"
    assert page.root.xpath("//input[@name='entity']/@value") == [KARASEV]
    assert show(client, "/", entity="per:никто").finds == []


def test_reprints_are_shown_when_they_are_wanted(client: TestClient) -> None:
    assert show(client, "/", text="мост").finds == [BRIDGE_URL]
    assert show(client, "/", text="мост", copies="1").finds == [BRIDGE_COPY_URL, BRIDGE_URL]


def test_an_undated_article_says_why_and_comes_last(client: TestClient) -> None:
    page = show(client, "/", city="Тула")
    assert page.finds[-1] == UNDATED_URL
    assert "дата не установлена (такого дня нет в календаре: «31 февраля 2026»)" in page.words


def test_a_city_is_found_as_it_is_typed_and_others_are_offered(client: TestClient) -> None:
    assert show(client, "/", city="  тула ").finds == show(client, "/", city="Тула").finds
    page = show(client, "/", city="Тулла")
    assert page.finds == []
    assert "Города «Тулла» в собрании нет. Похожие: Тула." in page.words


def test_an_address_in_the_search_field_leads_to_its_article(client: TestClient) -> None:
    answer = client.get("/", params={"text": BRIDGE_URL})
    assert answer.status_code == 302
    assert show(client, answer.headers["location"]).all("//h1") == ["Открыт пешеходный мост через Упу"]


def test_names_with_the_words_stand_beside_the_finds(client: TestClient) -> None:
    page = show(client, "/", text="Карасёва")
    assert page_of(KARASEV) in page.links("//section[@aria-labelledby='names']//a")


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({"since": "2026-02-30"}, "День не понят"),
        ({"until": "завтра"}, "День не понят"),
        ({"since": "0001-01-01"}, "День не понят"),
        ({"since": "2026-03-02", "until": "2026-03-01"}, "раньше, чем начинается"),
        ({"text": "и в на"}, "нет слов, по которым можно искать"),
        ({"text": "-мост"}, "нет слов, по которым можно искать"),
        ({"text": "...!?"}, "нет слов, по которым можно искать"),
        ({"text": "дом мост река парк лес двор сад дорога улица город школа музей завод"}, "не больше 12"),
        ({"text": "мост " * 50}, "не больше 200 знаков"),
        ({"city": "я" * 600}, "слишком длинное"),
        ({"text": "мост", "cursor": "нет такого"}, "начните с первой страницы"),
        ({"cursor": "0" * 5000}, "начните с первой страницы"),
    ],
)
def test_nonsense_is_told_kindly(client: TestClient, query: dict[str, str], told: str) -> None:
    page = show(client, "/", 400, **query)
    assert told in page.all("//div[@role='alert']")[0]
    assert page.root.xpath("//input[@name='text']/@value") == [query.get("text", "").strip()]


def test_what_is_too_much_is_told_kindly(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise TooBroadError("too much")

    for name in ("count", "by_month", "mentioned_with", "speaking_of"):
        monkeypatch.setattr(Corpus, name, refuse)
    page = show(client, "/", site="sample")
    assert len(page.finds) == 20
    assert page.all("//h2[@id='found']") == ["Число найденного посчитать не удалось"]
    assert show(client, f"/entity/{quote(KARASEV, safe='')}").all("//h1") == ["Олег Викторович Карасёв"]
    assert show(client, "/day/2026-03-04").finds == [BRIDGE_URL]
    monkeypatch.setattr(Corpus, "page", refuse)
    assert "Находится слишком много" in show(client, "/", 400, text="мост").words


# --- an article


def test_an_article_shows_what_was_understood_and_why(client: TestClient) -> None:
    page = article(client, BRIDGE_URL)
    assert page.all("//h1") == ["Открыт пешеходный мост через Упу"]
    assert "/day/2026-03-04" in page.links("//main//header//a")
    assert page.links("//main//header//a[@rel]") == [BRIDGE_URL]
    body = page.root.xpath("//section[contains(@class, 'body')]")[0]
    marks = {" ".join(one.text_content().split()): one for one in body.xpath(".//a")}
    assert marks["Туле"].get("class") == "mark LOC"
    assert marks["Олег Викторович Карасёв"].get("href") == page_of(KARASEV)
    assert marks["3 марта 2026 года"].get("href") == "/day/2026-03-03"
    assert marks["апреле"].get("href") == "/?since=2026-04-01&until=2026-04-30"
    told = {name: self_described(page, one) for name, one in marks.items()}
    assert told["Туле"] == "Тула в тексте: «Туле»"
    assert told["Олег Викторович Карасёв"].startswith("Олег Викторович Карасёв рядом с именем: глава города")
    assert told["3 марта 2026 года"].startswith("3 марта 2026, вторник до дня; прочитано как число и месяц")
    assert "год рядом не назван" in told["апреле"]
    assert marks["Туле"].get("data-means") == "Место: Тула"
    for words in ("Пресс-служба администрации", "Проект моста pdf, 1,2 МБ", "Мост вечером", "«4 марта 2026, 10:20»"):
        assert words in page.words
    assert "разметка сайта (tpl .date)" in page.words


def self_described(page: Shown, mark: Any) -> str:
    """What a screen reader says of a mark."""
    ids = mark.get("aria-describedby").split()
    return " ".join(page.all(f"//*[@id='{one}']")[0] for one in ids)


def test_the_text_of_an_article_stands_there_to_the_letter(client: TestClient, filled: Store) -> None:
    for stored in filled.find_articles(site="sample", limit=15):
        paragraphs = article(client, stored.url).root.xpath("//section[contains(@class, 'body')]/p")
        assert "\n\n".join(one.text_content() for one in paragraphs) == stored.article_body


def test_every_mark_leads_somewhere(client: TestClient) -> None:
    page = article(client, BRIDGE_URL)
    for address in set(page.links("//section[contains(@class, 'body')]//a")):
        assert show(client, address).status == 200


def test_revisions_are_a_diff(client: TestClient) -> None:
    page = article(client, BRIDGE_URL)
    assert page.all("//details[@class='revision']/summary") == ["Версия 2, 21 октября 2026, 17:00: заголовок, текст"]
    assert "убрано: четырнадцать" in page.all("//del")
    assert "добавлено: пятнадцать" in page.all("//ins")


def test_reprints_name_each_other(client: TestClient) -> None:
    assert BRIDGE_COPY_URL in shown_articles(article(client, BRIDGE_URL), "reprints")
    page = article(client, BRIDGE_COPY_URL)
    assert BRIDGE_URL in shown_articles(page, "reprints")
    assert "Это перепечатка" in page.words


def shown_articles(page: Shown, section: str) -> list[str]:
    links = page.links(f"//section[@aria-labelledby='{section}']//a[starts-with(@href, '/article')]")
    return [parse_qs(urlsplit(one).query)["url"][0] for one in links]


def test_what_is_not_known_is_told(client: TestClient) -> None:
    page = article(client, UNDATED_URL)
    assert "дата не установлена" in page.words
    assert page.all("//section[@aria-labelledby='problems']//li") == [
        "Дата публикации: такого дня нет в календаре; на странице: «31 февраля 2026»"
    ]
    assert "её адрес ведёт на другую" in article(client, GONE_URL).words


def test_the_stored_page_is_in_a_sandbox(client: TestClient, filled: Store) -> None:
    url = next(iter(filled.find_articles(site="sample", limit=1))).url
    (frame,) = article(client, url).root.xpath("//iframe")
    assert frame.get("sandbox") == ""
    answer = client.get(frame.get("src"))
    assert answer.status_code == 200
    assert answer.headers["content-security-policy"].startswith("sandbox;")


def test_an_article_is_found_by_its_address_in_another_form(client: TestClient) -> None:
    assert article(client, "http://www.tula.example:80/news/bridge#top").all("//h1")


@pytest.mark.parametrize(
    ("url", "status"), [("", 400), ("http://tula.example/none", 404), ("нет", 404), ("x" * 3000, 404), ("\x00", 404)]
)
def test_an_article_that_is_not_there(client: TestClient, url: str, status: int) -> None:
    page = show(client, "/article", status, url=url)
    assert page.all("//h1")
    assert page.links("//a[@class='button']") == ["/"]


def test_where_it_is_from_leads_on(client: TestClient) -> None:
    for address in article(client, BRIDGE_URL).links("//section[@aria-labelledby='provenance']//a"):
        assert client.get(address).status_code == 200, address


# --- names


def test_an_entity_shows_who_it_is_and_with_whom(client: TestClient) -> None:
    page = show(client, f"/entity/{quote(KARASEV, safe='')}")
    assert page.all("//h1") == ["Олег Викторович Карасёв"]
    assert page.all("//section[@aria-labelledby='posts']//li") == ["глава города 4 марта 2026, 1 статья"]
    assert "Упа" in page.all("//section[@aria-labelledby='with']//a")
    assert page.finds == [BRIDGE_URL]
    assert page.all("//section[@aria-labelledby='cities']//a") == ["Тула"]
    assert page.links("//section[@aria-labelledby='namesakes']//a") == [page_of(KARASEV_TOO)]
    assert f"/?entity={quote(KARASEV, safe='').replace('%20', '+')}" in page.links("//a")


def test_an_entity_that_is_everywhere_has_a_chart_and_its_company(client: TestClient, filled: Store) -> None:
    (found,) = filled.corpus.entities(type_="LOC", size=1).items
    page = show(client, f"/entity/{quote(found.id, safe='')}")
    assert len(page.root.xpath("//figure//*[local-name()='rect'][@class='chart-bar']")) > 1
    sample = filled.corpus.mentioned_with(found.id).sample
    assert re.search(rf"По последн(ей|им) {sample} стать", page.words)


def test_an_id_that_was_merged_away_leads_to_its_heir(client: TestClient, filled: Store) -> None:
    filled.registry.merge("loc:заречье", "loc:упа")
    try:
        answer = client.get("/entity/loc%3A%D0%B7%D0%B0%D1%80%D0%B5%D1%87%D1%8C%D0%B5")
        assert answer.status_code == 302
        page = show(client, answer.headers["location"])
        assert page.all("//main//p/code") == ["loc:упа"]
        assert page.all("//section[@aria-labelledby='decisions']//li") == ["loc:заречье объединено с loc:упа"]
    finally:
        filled.registry.undo("merge", "loc:заречье")


@pytest.mark.parametrize("id_", ["per:никто", "..", "x" * 600, "per:\x00", "$where", '{"$ne":1}'])
def test_a_name_that_is_not_there(client: TestClient, id_: str) -> None:
    address = f"/entity/{quote(id_, safe='')}" if id_ != ".." else "/entity?id=.."
    page = show(client, address, 404)
    assert page.links("//a[@class='button']") == ["/entities"]


def test_names_are_browsed_by_kind_page_by_page(client: TestClient, filled: Store) -> None:
    page = show(client, "/entities", type="LOC")
    found = page.all("//ul[@class='entities']//a")
    while following := page.links("//a[@rel='next']"):
        page = show(client, following[0])
        found += page.all("//ul[@class='entities']//a")
    assert len(found) == filled.entities.count_documents({"type": "LOC"})
    assert page.all("//a[@aria-current='true']") == ["Места"]


def test_a_name_is_found_by_any_spelling(client: TestClient) -> None:
    page = show(client, "/entities", text="карасёву")
    assert page.all("//ul[@class='entities']//a") == ["Олег Викторович Карасёв"] * 2
    assert set(page.links("//ul[@class='entities']//a")) == {page_of(KARASEV), page_of(KARASEV_TOO)}
    assert show(client, "/entities", text="Карас", type="LOC").all("//h2") == ["Такого имени не нашлось"]
    assert show(client, "/entities", 400, cursor="x").all("//h2") == ["Так найти не получится"]


# --- days


def test_a_day_shows_what_was_published_and_what_speaks_of_it(client: TestClient) -> None:
    page = show(client, "/day/2026-03-04")
    assert page.all("//h1") == ["4 марта 2026"]
    assert page.finds == [BRIDGE_URL]
    assert page.links("//nav[@class='around']/a") == ["/day/2026-03-03", "/day/2026-03-05"]
    page = show(client, "/day/2026-03-03")
    assert "В этот день ничего не опубликовано." in page.words
    assert {BRIDGE_URL, BRIDGE_COPY_URL} <= set(shown_articles(page, "speaking"))


def test_a_day_of_all_years(client: TestClient) -> None:
    page = show(client, "/day/03-04")
    assert page.all("//h1") == ["4 марта в разные годы"]
    assert page.links("//h2/a") == ["/day/2026-03-04"]
    assert page.links("//nav[@class='around']/a") == ["/day/03-03", "/day/03-05"]
    assert show(client, "/day/02-29").links("//nav[@class='around']/a") == ["/day/02-28", "/day/03-01"]
    assert show(client, "/day/01-01").links("//nav[@class='around']/a") == ["/day/12-31", "/day/01-02"]


@pytest.mark.parametrize(
    "name", ["2026-02-30", "02-30", "13-01", "вчера", "2026", "0000-00-00", "99999-01-01", "-", "%3Cb%3E", "a/b"]
)
def test_a_day_that_is_none(client: TestClient, name: str) -> None:
    assert show(client, f"/day/{name}", 404).all("//h1") == ["Такого дня нет"]


def test_the_first_and_the_last_day_that_are_told(client: TestClient) -> None:
    assert show(client, "/day/1000-01-01").links("//nav[@class='around']/a") == ["/day/1000-01-02"]
    assert show(client, "/day/9000-12-31").links("//nav[@class='around']/a") == ["/day/9000-12-30"]


def test_a_day_is_chosen_by_a_form(client: TestClient) -> None:
    assert client.get("/day", params={"date": "2026-03-04"}).headers["location"] == "/day/2026-03-04"
    assert client.get("/day", params={"date": "04.03.2026"}).headers["location"] == "/day/2026-03-04"
    assert client.get("/day/04.03.2026").headers["location"] == "/day/2026-03-04"
    assert re.fullmatch(r"/day/\d\d-\d\d", client.get("/day").headers["location"])
    assert "Такого дня нет" in show(client, client.get("/day", params={"date": "../x"}).headers["location"], 404).words


# --- hostile texts

PAGES = ["/", "/?text=злая", "/entities", "/day/2026-10-20", "/day/10-20"]
PAGES += [f"/article?url={quote(HOSTILE_URL, safe='')}"]
PAGES += [f"/entity/{quote(one, safe='')}" for one in HOSTILE_IDS]


@pytest.mark.parametrize("address", PAGES)
def test_hostile_texts_stay_texts(client: TestClient, address: str) -> None:
    if client.get(address).is_redirect:
        address = client.get(address).headers["location"]
    page = show(client, address)
    assert all(one.get("src", "").startswith("/static/") for one in page.root.xpath("//script"))
    assert not page.root.xpath("//img | //style | //object | //embed | //base | //meta[@http-equiv]")
    assert not page.root.xpath("//@*[starts-with(name(), 'on') or name() = 'style' or name() = 'srcdoc']")
    for address_ in page.root.xpath("//@href | //@src | //@action"):
        assert re.match(r"(/(?!/)|\?|#|https?://)", address_), address_
    assert "49" not in re.findall(r"\d+", " ".join(page.all("//h1")))
    assert "\u202e" not in page.text
    assert "<script>" in page.words or address in {"/entities", "/"}


def test_ids_of_every_kind_are_reached_by_their_links(client: TestClient) -> None:
    page = article(client, HOSTILE_URL)
    links = [one for one in page.links("//section[@class='means']//a") if one.startswith("/entity")]
    assert len(links) == len(HOSTILE_IDS)
    for link in links:
        assert show(client, link).finds == [HOSTILE_URL]


# --- every page


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("address", [*PAGES[:6], f"/article?url={BRIDGE_URL}", "/nowhere"])
def test_pages_are_sound_html(client: TestClient, address: str, language: str) -> None:
    answer = client.get(address, headers={"Accept-Language": language})
    root: Any = html.document_fromstring(answer.text)
    assert root.get("lang") == language
    assert answer.headers["content-language"] == language
    ids = root.xpath("//@id")
    assert len(ids) == len(set(ids))
    for name in root.xpath("//@aria-labelledby | //@aria-describedby | //label/@for"):
        assert set(name.split()) <= set(ids), name
    assert len(root.xpath("//h1")) == len(root.xpath("//main")) == 1
    assert root.xpath("//a[@class='skip']/@href") == ["#content"]
    for field in root.xpath("//input[not(@type='hidden')] | //select"):
        assert field.get("id") in root.xpath("//label/@for") or field.getparent().tag == "label"


def test_the_language_is_chosen_and_kept(client: TestClient) -> None:
    with TestClient(client.app, base_url="http://localhost") as fresh:
        assert show(fresh, "/").root.get("lang") == "ru"
        page = show(fresh, "/", text="мост", lang="en")
        assert page.all("//h2[@id='found']") == ["1 article found"]
        assert "4 March 2026, 10:20" in page.words
        assert show(fresh, "/").root.get("lang") == "en"
        assert show(fresh, "/", lang="ru").root.get("lang") == "ru"
        assert show(fresh, "/", lang="de").root.get("lang") == "ru"


@pytest.mark.parametrize(
    ("header", "language"),
    [("en-US,en;q=0.9", "en"), ("de,en;q=0.5,ru;q=0.4", "en"), ("ru,en;q=0.9", "ru"), ("", "ru"), ("en;q=x,;,", "ru")],
)
def test_the_language_that_a_browser_prefers(client: TestClient, header: str, language: str) -> None:
    answer = client.get("/entities", headers={"Accept-Language": header})
    assert html.document_fromstring(answer.text).get("lang") == language


def test_links_between_languages_keep_the_question(client: TestClient) -> None:
    page = show(client, "/", text="мост & <b>", city="Тула")
    (link,) = page.links("//ul[@class='languages']//a")
    assert parse_qs(link.removeprefix("?")) == {"text": ["мост & <b>"], "city": ["Тула"], "lang": ["en"]}
