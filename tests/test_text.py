from hypothesis import given
from hypothesis import strategies as st

from pipelines.fingerprint import fingerprint
from pipelines.text import clean, clean_paragraphs, fold


def test_invisible_characters_and_odd_spaces_go() -> None:
    assert clean("  За\u00adсе\u200bда\u00a0ние\ufeff\t Думы\u2028 ") == "Заседа ние Думы"


def test_composed_letters() -> None:
    assert clean("Толстои\u0306 и е\u0308ж") == "Толстой и ёж"


def test_controls_and_lone_surrogates_go() -> None:
    assert clean("а\x00б\x07в\ud800г") == "абвг"


def test_paragraphs_stay_apart_and_empty_ones_go() -> None:
    assert clean_paragraphs(" раз \n\n\u00a0\n\nдва\nтри ") == "раз\n\nдва три"


def test_fold_makes_equal_what_differs_in_typography() -> None:
    assert fold("«Ёлка»") == fold('"елка"')


@given(st.text(alphabet=st.characters()))
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    once.encode("utf-8")


def test_fingerprint_sees_words_and_numbers_only() -> None:
    one = fingerprint("12 декабря в «Приокском» — концерт.")
    assert one == fingerprint('12 декабря\n\nв "Приокском" - КОНЦЕРТ')
    assert one != fingerprint("13 декабря в «Приокском» — концерт.")
    assert one.startswith("w1:")
