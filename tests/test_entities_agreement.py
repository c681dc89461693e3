"""Which words are adjectives by the dictionary, and of which nouns."""

from __future__ import annotations

import pytest

from pipelines.entities.agreement import (
    adjective_lemmas,
    agree,
    agreeing,
    all_describe,
    describing,
    is_adjective,
    is_of_origin,
    may_be_adjective,
)


@pytest.mark.parametrize(
    ("word", "may_be", "surely"),
    [
        ("областного", True, True),
        ("Строящегося", True, True),  # a participle
        ("городского", True, False),  # a policeman too
        ("город", False, False),
        ("важен", False, False),  # short
        ("City", False, False),
    ],
)
def test_a_word_is_an_adjective_by_all_its_readings_or_by_one(word: str, may_be: bool, surely: bool) -> None:
    assert (may_be_adjective(word), is_adjective(word)) == (may_be, surely)


def test_the_lemmas_are_those_of_adjectives_alone() -> None:
    assert adjective_lemmas("Рижского") == {"рижский"}
    assert adjective_lemmas("закрытого") == {"закрытый"}  # not «закрыть», whose participle it is
    assert adjective_lemmas("города") == frozenset()
    assert (is_of_origin("Рижского"), is_of_origin("турецкой"), is_of_origin("городского")) == (True, True, False)


def test_an_adjective_agrees_in_case_number_and_gender() -> None:
    assert [form.case for form in agreeing("областной", ("Gen", "Dat"), "Sing", "Fem")] == ["Gen", "Dat"]
    assert agreeing("городской", ("Gen",), "Sing", "Masc") == []
    assert agreeing("городских", ("Gen",), "Plur", "Neut")  # the plural has no gender
    assert {form.gender for form in agreeing("городского", ("Gen",), "Sing", "")} == {"Masc", "Neut"}


def test_of_two_that_agree_the_comparative_comes_last() -> None:
    best = describing("Большим", "Ins", "Sing", "Masc")
    assert best is not None
    assert best.lemma == "большой"
    assert describing("Большим", "Gen", "Sing", "Masc") is None


def test_adjectives_of_one_noun_may_be_joined() -> None:
    assert all_describe(["музыкального", "и", "драматического"], "Gen", "Sing", "Masc")
    assert not all_describe(["музыкального", "и", "драматическим"], "Gen", "Sing", "Masc")


def test_words_agree_if_one_case_number_and_gender_are_possible_for_all() -> None:
    assert agree(["Чебоксарского", "городского", "Собрания"])
    assert agree(["музыкальном", "и", "драматическом", "театре"])
    assert not agree(["городская", "собрания"])
    assert not agree(["городского", "City"])
