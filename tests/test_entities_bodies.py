"""How far the names of bodies reach, and what is no body: a sentence of our own for every rule."""

from __future__ import annotations

import pytest

from pipelines.entities import find, load

ORG, LOC, PER = "ORG", "LOC", "PER"


@pytest.fixture(scope="module", autouse=True)
def _loaded() -> None:
    load()


def named(text: str) -> list[tuple[str, str]]:
    return [(one.type, one.text) for one in find(text)]


@pytest.mark.parametrize(
    ("text", "type_", "name"),
    [
        ("Союз писателей России собрался на съезд.", ORG, "Союз писателей России"),
        ("Судья Европейского суда по правам человека приехал.", ORG, "Европейского суда по правам человека"),
        ("По запросу Комиссия по вопросам гражданства собралась.", ORG, "Комиссия по вопросам гражданства"),
        ("Об этом говорится в статье Волжского обозревателя «Лёд тронулся».", ORG, "Волжского обозревателя"),
        ("Рядом открыли бизнес-центр «Окский».", LOC, "Окский"),
        ("Матч пройдёт на стадионе «Локомотив» вечером.", LOC, "Локомотив"),
        ("Рейд провели сотрудники Росприроднадзора и Рыбохраны.", ORG, "Рыбохраны"),
        ("Дан Белов, глава государственной Комиссии по ценам, уехал.", ORG, "государственной Комиссии по ценам"),
        ("Как сообщает областная Госавтоинспекция, движение закрыто.", ORG, "областная Госавтоинспекция"),
        ("Сегодня актёры Театра им. Йозефа Штайна играют.", ORG, "Театра им. Йозефа Штайна"),
        ("Открылся Музей им. Анны Беловой.", ORG, "Музей им. Анны Беловой"),
        ("Певица Анна Белова поёт в Рязани.", PER, "Анна Белова"),
    ],
)
def test_a_name_to_its_end(text: str, type_: str, name: str) -> None:
    assert (type_, name) in named(text)


def test_a_name_in_quotation_marks_goes_on_to_their_end() -> None:
    text = "В движение вошёл «Координационный совет обманутых дольщиков»."
    assert named(text) == [(ORG, "Координационный совет обманутых дольщиков")]


def test_a_city_is_no_part_of_a_council() -> None:
    assert named("Совет ветеранов Рязани собрался.") == [(ORG, "Совет ветеранов"), (LOC, "Рязани")]


def test_a_body_is_found_again_in_any_case_and_with_small_letters() -> None:
    full, again = (
        m for m in find("Общественная палата России собралась. Ответа общественной палаты ждут.") if m.type == ORG
    )
    assert (full.text, again.text) == ("Общественная палата", "общественной палаты")
    assert full.id == again.id


def test_a_body_of_one_word_is_found_wherever_it_has_a_capital() -> None:
    text = "Рейд провели сотрудники Росприроднадзора и Рыбохраны. Вчера сама Рыбохрана молчала, о рыбохране забыли."
    assert [name for _, name in named(text)] == ["Росприроднадзора", "Рыбохраны", "Рыбохрана"]


def test_an_abbreviation_behind_the_place_is_the_body() -> None:
    found = named("Конституционный суд Молдавии (КС) отменил закон.")
    assert found == [(ORG, "Конституционный суд"), (LOC, "Молдавии"), (ORG, "КС")]


@pytest.mark.parametrize(
    "text",
    [
        "Он сыграл в фильмах «Поляна», «Лицо», «Тихая пристань» и «Час волка».",
        "Гражданское общество растёт.",
        "Подробнее: на сайте.",
        "Она голосовала ПРОТИВ закона.",
        "Внесённые поправки приняли.",
        "Певец получил премию Grammy вчера.",
        "Он заболел COVID-19 весной.",
        "Окончил философский факультет с отличием.",
        "Стартовал шаттл «Дискавери». После «Дискавери» полетит другой.",
    ],
)
def test_what_is_no_body(text: str) -> None:
    assert ORG not in [kind for kind, _ in named(text)]


def test_an_adjective_before_a_common_noun_is_no_place() -> None:
    assert named("Стамбульская полиция молчит.") == []


@pytest.mark.parametrize(
    ("text", "words", "normal"),
    [
        ("Он учился на Высших курсах.", "Высших курсах", "Высшие курсы"),
        ("Матч прошёл на «Минск-Арене».", "Минск-Арене", "Минск-Арена"),
        ("Завод принадлежит АвтоВАЗу.", "АвтоВАЗу", "АвтоВАЗ"),
        ("Актёры Московского театра-студии приехали.", "Московского театра-студии", "Московский театр-студия"),
    ],
)
def test_forms(text: str, words: str, normal: str) -> None:
    assert normal in [one.normal for one in find(text) if one.text == words]
