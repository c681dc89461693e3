"""A canonical form that may be wrong says so, and a certain one elsewhere in the article settles it."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from newscrawl.cli.marks import article_view
from newscrawl.items import EntityMention, Uncertainty
from pipelines.entities import find, load
from pipelines.entities.drafts import Draft
from pipelines.entities.link import link
from pipelines.entities.morphology import has_other_letters
from pipelines.entities.normal import Noun, find_head, normal_phrase
from pipelines.entities.persons import Name
from pipelines.entities.tokens import read

from .registry_tools import RYAZAN, article, person


@pytest.fixture(scope="module", autouse=True)
def _loaded() -> None:
    load()


def only(text: str, words: str) -> EntityMention:
    (found,) = [mention for mention in find(text) if mention.text == words]
    return found


@pytest.mark.parametrize(
    ("text", "words", "normal", "why"),
    [
        ("Премию вручили Марку и его брату.", "Марку", "Марк", "ambiguous"),
        ("Слово дали Ирине Яровой и гостям.", "Ирине Яровой", "Ирина Ярова", "ambiguous"),
        ("В первом списке есть Сейдзо Накахара.", "Сейдзо Накахара", "Сейдзо Накахара", "unknown_word"),
        ("Грамоту вручили Лофнеру.", "Лофнеру", "Лофнер", "unknown_word"),
        ("Награду получил Анатолий Березовой.", "Анатолий Березовой", "Анатолий Березовой", "no_agreement"),
        ("Фестиваль прошёл в Сан Фелисе.", "Сан Фелисе", "Сан Фелисе", "no_agreement"),
        ("Врачи Тульского ОДЦК ждут доноров.", "Тульского ОДЦК", "Тульского ОДЦК", "no_agreement"),
        ("Делегация из Києва приехала в Рязань.", "Києва", "Києва", "letters"),
    ],
)
def test_a_form_that_may_be_wrong_says_why(text: str, words: str, normal: str, why: Uncertainty) -> None:
    found = only(text, words)
    assert (found.normal, found.uncertain) == (normal, why)


@pytest.mark.parametrize(
    "text",
    [
        "Елене Сорокиной вручили грамоту администрации города Рязани.",
        "Министра иностранных дел РФ Сергея Лаврова ждут в Королевстве Нидерланды.",
        "В Рязанской городской Думе говорили о МЧС России, Microsoft и ООО «Весна».",
        "Школа № 7 на улице Ленина открылась в селе Отрадном Рязанской области.",
        "На День Победы пригласили С. В. Лаврова и Тараса Шевченко.",
    ],
)
def test_what_the_dictionary_knows_and_what_never_changes_is_certain(text: str) -> None:
    assert [(one.text, one.uncertain) for one in find(text) if one.uncertain] == []
    assert find(text)


def test_the_full_name_settles_the_surname() -> None:
    assert only("Грамоту вручили Лофнеру.", "Лофнеру").uncertain == "unknown_word"
    settled = only("На сцену вышел Григорий Лофнер. Грамоту вручили Лофнеру.", "Лофнеру")
    assert (settled.id, settled.normal, settled.uncertain) == ("per:григорий лофнер", "Лофнер", None)


def test_a_surname_shares_the_doubt_of_its_full_name() -> None:
    full = Draft(
        0, 9, "Ян Лофнеру", "PER", "Ян Лофнер", "ambiguous", name=Name("Ян Лофнер", "Masc", "Ян", "", "Лофнер")
    )
    short = Draft(20, 26, "Лофнер", "PER", "Лофнер", None, name=Name("Лофнер", last="Лофнер"))
    link([full, short])
    assert (short.id, short.uncertain) == (full.id, "ambiguous")


def test_the_same_form_without_doubt_elsewhere_settles_it() -> None:
    drafts = [
        Draft(0, 9, "Рыбохрана", "ORG", "Рыбохрана", "unknown_word"),
        Draft(20, 29, "Рыбохрана", "ORG", "Рыбохрана", None),
        Draft(40, 49, "Лесохрана", "ORG", "Лесохрана", "unknown_word"),
    ]
    link(drafts)
    assert [draft.uncertain for draft in drafts] == [None, None, "unknown_word"]


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("Рязань", False),
        ("Ёлка", False),
        ("Microsoft", False),
        ("PR-служба", False),
        ("Беназир Бхутто (Benazir Bhutto)", False),
        ("Київ", True),
        ("Газпромa", True),
        ("Cолнце", True),
        ("", False),
    ],
)
def test_letters_that_are_not_russian(text: str, other: bool) -> None:
    assert has_other_letters(text) is other


@pytest.mark.parametrize(
    ("text", "why"),
    [("московского «Вымпела»", "no_agreement"), ("Московский «Вымпел»", None), ("МЧС", None), ("За рулём", None)],
)
def test_adjectives_without_a_noun_of_their_own(text: str, why: Uncertainty | None) -> None:
    document = read(text)
    document.tag(document.sentences)
    assert normal_phrase(document, 0, len(document.tokens), "ORG").uncertain == why


def test_the_eyes_see_it() -> None:
    known, doubtful = person("Елена Сорокина"), person("Марку", uncertain="unknown_word")
    console = Console(file=io.StringIO(), width=120)
    console.print(article_view(article(1, RYAZAN, known, doubtful)))
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    (line,) = [line for line in lines if "Марку" in line]
    assert line.split() == ["Марку", "Марку", "(?)", "uncertain:", "unknown", "word"]
    assert [line.split() for line in lines if "Сорокина" in line] == [["Елена", "Сорокина"] * 2]


def test_a_clear_reading_is_certain() -> None:
    document = read("в администрации")
    document.tag(document.sentences)
    noun = find_head(document, 1, 2, "ORG").noun
    assert noun == Noun("Loc", "Sing", "Fem", "администрация")
