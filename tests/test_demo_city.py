"""The sample city: the same bytes from the same seed, hard in the ways that real sites are, and a true truth."""

from __future__ import annotations

import hashlib
import http.client
import re
import urllib.request
from collections import Counter
from urllib.parse import urlsplit

import pytest
from parsel import Selector

from newscrawl.demo import Expected, Fault, SampleCity, neighbours, reprints, sample_site, serve
from newscrawl.demo.articles import SAMPLE_PATH
from newscrawl.demo.grammar import CASES, Person, agree
from newscrawl.demo.writer import lexicon

FIXED_DIGEST = "b2405b006fb50427014b672a061c92f44bd372c4e54dd0b76a91c8d27469f8fb"


@pytest.fixture(scope="module")
def city() -> SampleCity:
    return SampleCity()


def tree_of(city: SampleCity, path: str, query: str = "") -> Selector:
    answer = city.answer(path, query)
    encoding = answer.content_type.rpartition("charset=")[2]
    return Selector(answer.body.decode(encoding))


def plain(text: str) -> str:
    return " ".join(text.replace("\xad", "").split())


def digest(city: SampleCity) -> str:
    found = hashlib.sha256()
    for page in range(1, city.listing_pages + 1):
        found.update(city.answer("/novosti/", f"PAGEN_1={page}").body)
    for expected in city.expected:
        found.update(city.answer(expected.path).body)
        found.update(repr(expected).encode())
    return found.hexdigest()


def test_a_seed_gives_the_same_bytes_on_every_machine(city: SampleCity) -> None:
    assert digest(city) == digest(SampleCity()) == FIXED_DIGEST


def test_another_seed_gives_another_city(city: SampleCity) -> None:
    assert digest(SampleCity(seed=1)) != digest(city)


def test_every_listed_article_is_new(city: SampleCity) -> None:
    assert len(city.expected) == 181
    assert len({expected.headline for expected in city.expected}) == 181
    assert len({expected.path for expected in city.expected}) == 181
    assert len({expected.paragraphs[:1] for expected in city.expected if expected.stored}) == 178


def test_the_listing_names_every_article_once_and_the_sample_last(city: SampleCity) -> None:
    links = []
    for page in range(1, city.listing_pages + 1):
        links += tree_of(city, "/novosti/", f"PAGEN_1={page}").css("#articles .records a.item::attr(href)").getall()
    assert links == [expected.path for expected in city.expected]
    assert links[-1] == SAMPLE_PATH


def test_a_page_past_the_end_is_the_last_one(city: SampleCity) -> None:
    last = city.answer("/novosti/", f"PAGEN_1={city.listing_pages}")
    assert city.answer("/novosti/", "PAGEN_1=9999") == last
    assert last.status == 200
    assert city.answer("/novosti/", "PAGEN_1=x") == city.answer("/novosti/")


def test_an_article_is_a_crawler_trap(city: SampleCity) -> None:
    path = city.expected[0].path
    tree = tree_of(city, path, "PAGEN_1=5")
    assert city.answer(path).body != city.answer(path, "PAGEN_1=5").body
    assert len(tree.css("#articles .records a.item")) == 5
    assert any(link.startswith(f"{path}?PAGEN_1=") for link in tree.css(".pager a::attr(href)").getall())


def test_each_flaw_is_there(city: SampleCity) -> None:
    found = Counter(expected.flaw for expected in city.expected if expected.flaw)
    assert found == {"no_date": 3, "impossible_date": 2, "no_layout": 1, "not_found": 1, "forbidden": 1}
    for expected in city.expected:
        assert city.answer(expected.path).status == (404 if expected.flaw == "not_found" else 200)
        assert (expected.published is None) == (expected.flaw in {"no_date", "impossible_date"})
        if expected.flaw in {"", "no_date", "impossible_date"}:
            assert expected.paragraphs


def test_robots_forbids_what_pages_link_to(city: SampleCity) -> None:
    robots = city.answer("/robots.txt").body.decode()
    forbidden = next(expected for expected in city.expected if expected.flaw == "forbidden")
    assert f"Disallow: {forbidden.path}\n" in robots
    links = tree_of(city, city.expected[0].path).css("a::attr(href)").getall()
    for folder in ("/search/", "/bitrix/"):
        assert f"Disallow: {folder}\n" in robots
        assert any(link.startswith(folder) for link in links)


def test_links_lead_to_no_real_host(city: SampleCity) -> None:
    for expected in city.expected:
        for link in tree_of(city, expected.path).xpath("//@href | //@src").getall():
            host = urlsplit(link).hostname
            assert host is None or host.endswith(".example")


def test_pages_say_what_is_expected_of_them(city: SampleCity) -> None:
    for expected in city.expected:
        if expected.flaw in {"no_layout", "not_found"}:
            assert not tree_of(city, expected.path).css("#articles > .text")
            continue
        tree = tree_of(city, expected.path)
        assert_page_agrees(tree, expected)
        assert f"charset={expected.encoding}" in city.answer(expected.path).content_type


def assert_page_agrees(tree: Selector, expected: Expected) -> None:
    def text(css: str) -> str | None:
        found = tree.css(f"#articles > {css}").xpath("string()").get()
        return None if found is None else plain(found)

    assert text("h1") == expected.headline
    assert text(".date") == expected.published_raw
    assert len(tree.css("#articles > .files a")) == expected.attachments
    tree.css(".read-also, .hidden-copy").drop()
    if expected.paragraphs:
        # Blocks are separated in markup by line ends, in the truth by being paragraphs.
        assert text(".text") == plain(" ".join(expected.paragraphs))


def test_what_was_woven_in_is_in_the_text(city: SampleCity) -> None:
    for expected in city.expected:
        text = "\n".join(expected.paragraphs)
        if not text:
            continue
        assert all(phrase.text in text for phrase in expected.dates)
        assert all(phrase.first <= phrase.last for phrase in expected.dates)
        for person in expected.persons:
            assert person.split()[-1][:4] in text


def test_texts_are_of_the_size_of_real_ones(city: SampleCity) -> None:
    sizes = [sum(map(len, expected.paragraphs)) for expected in city.expected if expected.stored]
    assert min(sizes) >= 900
    assert max(sizes) <= 2600
    bodies = [len(city.answer(expected.path).body) for expected in city.expected if expected.stored]
    assert min(bodies) > 30_000  # windows-1251 takes one byte a letter
    assert max(bodies) < 75_000
    text = "".join("".join(expected.paragraphs) + expected.headline for expected in city.expected)
    assert not re.search(r"[{}\[\]@|]", text)


def test_the_sample_article_stands_beside_ten_other_dates(city: SampleCity) -> None:
    tree = tree_of(city, SAMPLE_PATH)
    assert len(tree.css("#left .doc-date")) == 10
    assert len(city.expected[-1].paragraphs) == 6


def test_a_city_may_be_small_or_large_but_holds_its_flaws() -> None:
    assert len(SampleCity(articles=16).expected) == 17
    assert {expected.flaw for expected in SampleCity(articles=16).expected} > {"no_layout", "forbidden"}
    assert len({expected.headline for expected in SampleCity(articles=1500).expected}) == 1501
    with pytest.raises(ValueError, match="at least 16"):
        SampleCity(articles=3)


@pytest.mark.parametrize(
    ("person", "forms"),
    [
        (Person("Павел", "Журавский", female=False), "Павла Журавского, Павлу Журавскому, Павлом Журавским"),
        (Person("Игорь", "Бойко", female=False), "Игоря Бойко, Игорю Бойко, Игорем Бойко"),
        (Person("Екатерина", "Ткач", female=True), "Екатерины Ткач, Екатерине Ткач, Екатериной Ткач"),
        (Person("Любовь", "Метелева", female=True), "Любови Метелевой, Любови Метелевой, Любовью Метелевой"),
        (Person("Пётр", "Коваль", female=False), "Петра Коваля, Петру Ковалю, Петром Ковалем"),
        (Person("Илья", "Мороз", female=False), "Ильи Мороза, Илье Морозу, Ильёй Морозом"),
        (Person("Лев", "Черных", female=False), "Льва Черных, Льву Черных, Львом Черных"),
    ],
)
def test_names_decline(person: Person, forms: str) -> None:
    assert ", ".join(person.name(case) for case in ("gent", "datv", "ablt")) == forms


def test_numbers_and_phrases_agree() -> None:
    assert [
        agree(number, "дом", "дома", "домов") for number in (1, 3, 11, 21, 25)
    ] == "дом дома домов дом домов".split()
    assert lexicon().decline("Дворец| культуры «Заря»", "loct") == "Дворце культуры «Заря»"
    assert all(len(forms) == len(CASES) for forms in lexicon().forms.values())


def test_the_server_answers_counts_and_fails_to_order(city: SampleCity) -> None:
    path = city.expected[0].path
    with serve(city) as server:
        with urllib.request.urlopen(server.origin + path) as answer:
            assert answer.read() == city.answer(path).body
        server.faults[path] = Fault(status=503, headers={"Retry-After": "1"}, times=1)
        server.faults["/cut"] = Fault(disconnect=True)
        parts = urlsplit(server.origin)
        connection = http.client.HTTPConnection(str(parts.hostname), parts.port)
        statuses = []
        for _ in range(2):  # over one connection: keep-alive
            connection.request("GET", path)
            response = connection.getresponse()
            response.read()
            statuses.append(response.status)
        connection.request("GET", "/cut")
        with pytest.raises(http.client.IncompleteRead):
            connection.getresponse().read()
        connection.close()
        assert statuses == [503, 200]
        assert [request.status for request in server.requests] == [200, 503, 200, 0]
        assert server.count(path) == 3


def test_the_server_stays_on_loopback(city: SampleCity) -> None:
    for host in ("0.0.0.0", "", "example.org"):
        with pytest.raises(ValueError, match="loopback alone"), serve(city, host=host):
            pass


def test_the_site_file_moves_to_the_server() -> None:
    site = sample_site("http://127.0.0.1:8000")
    assert site.name == "sample"
    assert site.delay == 0
    assert site.origin == "http://svetlorechensk.example"
    assert site.sources[0].url == "http://127.0.0.1:8000/novosti/"
    assert re.fullmatch(site.article.path, SAMPLE_PATH)


# --- the neighbours


def test_neighbours_print_some_of_the_news_again_later_and_each_differently(city: SampleCity) -> None:
    found = reprints(city)
    assert [one.line() for one in reprints(SampleCity())] == [one.line() for one in found]
    assert {one.site for one in found} == set(neighbours())
    assert len({one.url for one in found}) == len(found) > 40
    for one in found:
        assert one.original.published is not None
        assert one.published > one.original.published
        own = set(one.paragraphs) - set(one.original.paragraphs)
        assert len(own) <= 2
        assert len(one.paragraphs) - len(own) >= 2
        assert "Пресс-служба администрации города Светлореченска" not in one.paragraphs
    again = [one.original.path for one in found]
    assert {again.count(path) for path in again} == {1, 2}  # some by one of them, some by both
    ways = {(one.headline == one.original.headline, one.paragraphs[-1].startswith("Источник")) for one in found}
    assert ways == {(True, True), (False, True), (True, False)}


def test_neighbours_sites_are_not_on_the_network() -> None:
    for name, site in neighbours().items():
        assert not site.is_on_the_network
        assert not site.sources
        assert site.city is not None
        assert name.startswith("sample_")
