"""Entities: what the rules over the model's spans must hold for any text, a user's own gazetteer, bounded time."""

from __future__ import annotations

import csv
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.entities import GazetteerError, find, find_many, gazetteer, load, own
from pipelines.entities.heads import head_noun
from pipelines.entities.link import one_letter_more
from pipelines.entities.span_lists import at, ending, free, put, within
from pipelines.entities.spans import Span

TABLES = Path(__file__).parents[1] / "pipelines/entities"


@pytest.fixture
def gazetteers(tmp_path: Path) -> Iterator[Path]:
    """A folder for a user's CSV files; the bundled names alone come back afterwards."""
    yield tmp_path
    load()


def test_many_gives_the_same_in_any_order_and_company() -> None:
    """No text's entities hang on the texts before it, whatever the caches hold."""
    texts = [
        "Комиссия завода «Волна» приняла отчёт Ивана Петрова из Рязани. " * 3,
        "Сообщает ИА «Волга»: глава МЧС приехал в Касимов.",
        "",
        "Norlight строит завод, а Иван Петров и Анна Сорокина его проверяют.",
    ]
    wanted = [find(text) for text in texts]
    assert list(find_many(texts)) == wanted
    assert list(find_many(reversed(texts))) == wanted[::-1]
    assert list(find_many(texts * 3)) == wanted * 3


def test_names_of_a_users_gazetteer_come_first(gazetteers: Path) -> None:
    (gazetteers / "river.csv").write_text(
        "# Ours\ntype,name,normal,ref\nORG,Речной дозор,,wikidata:Q1\n"
        "ORG,Дозорная служба рек,Речной дозор,wikidata:Q1\nLOC,Зелёная коса,,\n",
        encoding="utf-8",
    )
    load(gazetteers)
    found = find("Вчера Речному дозору помогли у Зелёной косы. Дозорной службой рек довольны.")
    assert [(m.type, m.text, m.normal, m.refs) for m in found] == [
        ("ORG", "Речному дозору", "Речной дозор", ("wikidata:Q1",)),
        ("LOC", "Зелёной косы", "Зелёная коса", ()),
        ("ORG", "Дозорной службой рек", "Речной дозор", ("wikidata:Q1",)),
    ]
    assert found[0].id == found[2].id


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"name\nX\n", "no columns type and name"),
        ("type,name\nBODY,Дом\n".encode(), "has type 'BODY'"),
        ("type,name\nORG,Дом\n".encode("cp1251"), "cannot be read"),
        ("type,name\nORG,Дом\n\n# Ours\nORG\n".encode(), "wrong.csv, line 5 has no name"),
        ("type,name,normal\nLOC, ,Дом\n".encode(), "wrong.csv, line 2 has no name"),
        ("type,name\nORG,Совет, большой\n".encode(), "wrong.csv, line 2 has more fields than columns"),
        ("name,type\nДом\n".encode(), "wrong.csv, line 2 has type None"),
        (f'type,name\nORG,"{"Дом " * 50_000}'.encode(), "cannot be read: field larger"),
    ],
)
def test_a_wrong_gazetteer_is_refused_plainly(gazetteers: Path, content: bytes, said: str) -> None:
    (gazetteers / "wrong.csv").write_bytes(content)
    with pytest.raises(GazetteerError, match=said) as caught:
        load(gazetteers)
    assert "wrong.csv" in str(caught.value)
    assert caught.value.advice


def test_a_folder_that_is_named_like_a_file_is_told_from_one(gazetteers: Path) -> None:
    (gazetteers / "a.csv").mkdir()
    with pytest.raises(GazetteerError, match=r"a\.csv cannot be read") as caught:
        load(gazetteers)
    assert "It is a folder" in caught.value.advice


def test_a_row_may_end_after_its_name(gazetteers: Path) -> None:
    (gazetteers / "short.csv").write_text("type,name,normal,ref\nORG,Зюйдвест\n", encoding="utf-8")
    load(gazetteers)
    assert own.NAMES.entries["зюйдвест"] == own.Entry("ORG", "Зюйдвест", "")


def test_without_a_folder_there_are_only_bundled_names(gazetteers: Path) -> None:
    (gazetteers / "a.csv").write_text("type,name\nORG,Зюйдвест\n", encoding="utf-8")
    load(gazetteers)
    assert "зюйдвест" in own.NAMES.entries
    load()
    assert "зюйдвест" not in own.NAMES.entries


def test_adjectives_of_countries_and_subjects_have_codes() -> None:
    adjectives = gazetteer.adjectives()
    assert adjectives["польский"] == "iso3166:PL"
    assert adjectives["рязанский"] == "iso3166-2:RU-RYA"
    assert all(ref == "" or ref.startswith("iso3166") for ref in adjectives.values())


def test_federal_bodies_by_name_and_abbreviation() -> None:
    federal = gazetteer.federal()
    assert federal["мчс"] == federal["мчс россии"] == federal["министерство по чрезвычайным ситуациям"]


def test_head_nouns_in_any_case_and_legal_forms_in_capitals() -> None:
    assert [head_noun(word) for word in ("газетой", "Газетой")] == [head_noun("газета")] * 2
    assert head_noun("ОАО") is not None
    assert head_noun("оао") is None


@pytest.mark.parametrize(
    "name",
    ["heads.csv", "names.csv", "events.csv", "federal.csv", "geo_adjectives.csv", "institutions.csv", "fields.csv"],
)
def test_tables_have_full_rows_and_no_doubles(name: str) -> None:
    with (TABLES / name).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    assert all(None not in row and None not in row.values() for row in rows)
    assert len({tuple(row.items()) for row in rows}) == len(rows)


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [("корраблев", "кораблев", True), ("смирнов", "смирнова", False), ("белов", "белов", False), ("ли", "лин", False)],
)
def test_one_letter_more(a: str, b: str, same: bool) -> None:
    assert one_letter_more(a, b) is same


SPANS = [Span("ORG", 0, 2), Span("LOC", 4, 5), Span("PER", 5, 8)]


@given(st.integers(0, 9), st.integers(1, 4))
def test_lists_of_spans_stay_in_order(start: int, length: int) -> None:
    new = Span("ORG", start, start + length)
    crossing = [span for span in SPANS if span.start < new.stop and span.stop > new.start]
    assert free(SPANS, *new[1:]) is (not crossing)
    assert within(SPANS, *new[1:]) is all(s.start >= new.start and s.stop <= new.stop for s in crossing)
    result = put(SPANS, new)
    assert result == sorted([*(s for s in SPANS if s not in crossing), new], key=lambda s: s.start)
    assert at(result, start) == ending(result, new.stop) == new


MIXED = {
    "a megabyte of news": "Глава города Иван Петров открыл завод ОАО «Весна» в Рязани, сообщает ИА «Волга». " * 12_500,
    "head nouns": "ОАО «Весна» " * 8_000,
    "foreign names": "компания Norlight " * 8_000,
    "names in parentheses": "Джон Грин (John Green) " * 4_000,
    "abbreviations": "МЧС " * 20_000,
    "domains": "oka.info " * 20_000,
    "capitals": "ГЛАВА ГОРОДА ИВАН ПЕТРОВ ОТКРЫЛ ЗАВОД В РЯЗАНИ. " * 2_000,
    "mixed scripts": "Pязань Mосква Петрoв " * 3_000,
    "organs of places": "администрация г. Рязани " * 5_000,
    "bodies of bodies": "совет при МЧС " * 5_000,
}


@pytest.mark.parametrize("text", MIXED.values(), ids=MIXED.keys())
def test_long_texts_take_bounded_time(text: str) -> None:
    started = time.process_time()
    mentions = find(text)
    assert time.process_time() - started < 60
    assert all(a.stop <= b.start for a, b in pairwise(mentions))
    assert all(text[m.start : m.stop] == m.text for m in mentions)
