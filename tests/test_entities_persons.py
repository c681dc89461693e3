"""Canonical names of persons: what the words around a name, and the rest of the article, say of its form."""

from __future__ import annotations

import pytest

from newscrawl.items import EntityMention
from pipelines.entities import find, load


@pytest.fixture(scope="module", autouse=True)
def _loaded() -> None:
    load()


def persons(text: str) -> list[EntityMention]:
    return [one for one in find(text) if one.type == "PER"]


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("Премию вручили Ангеле Меркель.", "Ангела Меркель"),
        ("Слово предоставили Ларри Пейджу.", "Ларри Пейдж"),
        ("В зале ждали Анджелины Джоли.", "Анджелина Джоли"),
        ("По словам Каролины Возняцки, корт готов.", "Каролина Возняцки"),
        ("Победа осталась за Робертом Кубицей.", "Роберт Кубица"),
        ("Гонку выиграли у Хуана Пабло Монтойи.", "Хуан Пабло Монтойя"),
        ("Письмо передали Ким Чен Иру.", "Ким Чен Ир"),
        ("Делегация прибыла по приглашению министра обороны Сейдзи Маэхары.", "Сейдзи Маэхара"),
        ("По мнению Бернарда Хогана-Хау, город спокоен.", "Бернард Хоган-Хау"),
        ("Грамоту дали Божене Рынской.", "Божена Рынская"),
        ("Встреча с Доминик Стросс-Каном не состоялась.", "Доминик Стросс-Кан"),
    ],
)
def test_the_nominative(text: str, normal: str) -> None:
    assert [one.normal for one in persons(text)] == [normal]


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("Олег Дерипаска приехал. Вопрос был об Олеге Дерипаске.", "Олег Дерипаска"),
        ("Диего Марадона забил. В книге говорится о Диего Марадоне.", "Диего Марадона"),
    ],
)
def test_the_nominative_that_the_article_has_settles_it(text: str, normal: str) -> None:
    assert {one.normal for one in persons(text)} == {normal}
    assert len({one.id for one in persons(text)}) == 1


def test_two_nominatives_that_fit_settle_nothing() -> None:
    text = "Пришли Олег Лофнер и Олег Лофнера. Вопрос был об Олеге Лофнере."
    assert len(persons(text)) == 3


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("Выступила Марин Ле Пен.", "Марин", "Ле Пен"),
        ("Матч судил Франк Де Блекере.", "Франк", "Де Блекере"),
        ("Премию получил Бен Стиллер.", "Бен", "Стиллер"),
    ],
)
def test_particles_belong_to_the_surname(text: str, first: str, last: str) -> None:
    (one,) = persons(text)
    assert one.name is not None
    assert (one.name.first, one.name.last) == (first, last)


def test_a_surname_with_its_particle_is_the_full_name() -> None:
    full, short = persons("Следы Усамы бен Ладена нашли. Бен Ладен скрывался.")
    assert full.id == short.id == "per:усама бен ладен"


def test_the_name_again_in_parentheses_has_the_parts_of_the_name() -> None:
    _, aside = persons("Книгу написал Джон Грин (John Green).")
    assert aside.name is not None
    assert (aside.normal, aside.name.first, aside.name.last) == ("Джон Грин", "Джон", "Грин")
