"""Who is who by the rules alone: a table of real cases is the specification. No database."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import permutations

import pytest

from newscrawl.store.census import Row, entity_document
from newscrawl.store.claims import claim_of, kinds_of
from newscrawl.store.decisions import Sighting
from newscrawl.store.identity import Group, Judge, first_guess, home_of, is_local, name_of
from newscrawl.store.stems import stems, stems_of

RYAZAN, TULA, KALUGA = "RU-RYA/рязань", "RU-TUL/тула", "RU-KLU/калуга"


@pytest.mark.parametrize(
    ("post", "claim"),
    [
        ("глава города", RYAZAN),
        ("глава города Рязани", RYAZAN),
        ("заместитель главы администрации города Рязани", RYAZAN),
        ("депутат Рязанской городской Думы", RYAZAN),
        ("депутат городской Думы от партии «Единая Россия»", RYAZAN),
        ("директор школы № 3", RYAZAN),
        ("глава Ленинского района", RYAZAN),
        ("начальник отдела по культуре города Рязани", RYAZAN),
        ("мэр Коломны", "elsewhere:коломны"),
        ("глава администрации города Касимова", "elsewhere:касимова"),
        ("депутат Тульской городской Думы", "elsewhere:тульск"),
        ("министр иностранных дел РФ", "country"),
        ("министр обороны", "country"),
        ("депутат Государственной Думы", "country"),
        ("президент России", "country"),
        ("губернатор Рязанской области", ""),
        ("министр образования Рязанской области", ""),
        ("начальник УМВД России по Рязанской области", ""),
        ("руководитель союза «Наследники Победы»", ""),
        ("поэт", ""),
        ("президент", ""),
    ],
)
def test_where_a_post_places_its_holder(post: str, claim: str) -> None:
    assert claim_of([post], "Рязань", RYAZAN) == claim


def test_of_several_posts_the_one_tied_to_a_place_counts() -> None:
    assert claim_of(["депутат Государственной Думы", "глава города"], "Рязань", RYAZAN) == RYAZAN
    assert claim_of(["поэт", "министр обороны"], "Рязань", RYAZAN) == "country"


def test_walks_of_life() -> None:
    posts = ["депутат Думы", "ученик школы № 3", "глава города", "учитель", "актриса"]
    assert kinds_of(posts) == [["депутат Думы", "глава города"], ["ученик школы № 3"], ["актриса"]]


@pytest.mark.parametrize(
    ("key", "local"),
    [
        ("per:петров", True),
        ("per:с. в. лавров", True),
        ("per:сергей лавров", False),
        ("org:городская дума", True),
        ("org:школа № 7", True),
        ("org:управление образования", True),
        ("org:рязанская городская дума", False),
        ("org:государственная дума", False),
        ("org:мчс", False),
        ("org:гибдд", False),
        ("loc:улица ленина", True),
        ("loc:рязань", False),
        ("loc:домодедово", False),
        ("loc:iso3166:PL", False),
    ],
)
def test_what_every_city_has_its_own_of(key: str, local: bool) -> None:
    assert is_local(key) == local
    assert first_guess(key, RYAZAN) == (f"{key}@{RYAZAN}" if local else key)
    assert first_guess(key, "") == key


def seen(normal: str, uncertain: str | None, articles: int, key: str = "per:гаэль бурме") -> Row:
    day = datetime(2025, 5, 1, tzinfo=UTC)
    sighting = Sighting(Group(key, RYAZAN, ""), "ryazan", (), None)
    return Row(sighting, "Рязань", "PER", normal, uncertain, key, articles, day, day, (normal,), ())


@pytest.mark.parametrize(
    ("rows", "shown"),
    [
        ([seen("Гаэля Бурме", "ambiguous", 9), seen("Гаэль Бурме", None, 1)], ("Гаэль Бурме", None)),
        ([seen("Гаэль Бурме", "ambiguous", 9), seen("Г. Бурме", None, 1)], ("Г. Бурме", None)),
        ([seen("Гаэля Бурме", "ambiguous", 2), seen("Гаэль Бурме", "letters", 1)], ("Гаэль Бурме", "letters")),
        ([seen("Гаэль Бурме", "letters", 2), seen("Гаэль Бурме", "ambiguous", 1)], ("Гаэль Бурме", "ambiguous")),
        ([seen("Гаэль Бурме", None, 1), seen("Гаэль Бурме", "ambiguous", 5)], ("Гаэль Бурме", None)),
    ],
)
def test_a_form_that_may_be_wrong_is_shown_only_where_there_is_no_other(
    rows: list[Row], shown: tuple[str, str | None]
) -> None:
    for order in permutations(rows):
        document = entity_document("per:гаэль бурме", order, None)
        assert (document["normal"], document["uncertain"]) == shown


def test_what_a_person_called_it_is_certain() -> None:
    document = entity_document("per:гаэль бурме#2", [seen("Гаэля Бурме", "ambiguous", 1)], "Гаэль Бурме")
    assert (document["normal"], document["uncertain"]) == ("Гаэль Бурме", None)


def test_names_and_homes() -> None:
    assert name_of("per:иван сергеевич петров") == name_of("per:иван петров") == "per:иван петров"
    assert name_of("per:анна мария петрова") == "per:анна мария петрова"
    assert name_of("loc:рязань") == "loc:рязань"
    assert home_of("Рязань", "RU-RYA", "a") == RYAZAN
    assert home_of("Орёл", None, "a") == "орел"
    assert (home_of(None, "RU-RYA", "a"), home_of(None, None, None)) == ("a", "")


SHORT, IVANOVICH, SERGEEVICH = "per:иван петров", "per:иван иванович петров", "per:иван сергеевич петров"

CASES: dict[str, dict[Group, str]] = {
    "one name, nothing against it": {
        Group(SHORT, RYAZAN, ""): SHORT,
        Group(SHORT, TULA, ""): SHORT,
    },
    "one city's office and mentions elsewhere": {
        Group(SHORT, RYAZAN, RYAZAN): SHORT,
        Group(SHORT, RYAZAN, ""): SHORT,
        Group(SHORT, TULA, ""): SHORT,
    },
    "offices in two cities": {
        Group(SHORT, RYAZAN, RYAZAN): f"{SHORT}@{RYAZAN}",
        Group(SHORT, RYAZAN, ""): f"{SHORT}@{RYAZAN}",
        Group(SHORT, TULA, TULA): f"{SHORT}@{TULA}",
        Group(SHORT, KALUGA, ""): SHORT,
    },
    "a neighbour's site names the city of the office": {
        Group(SHORT, RYAZAN, RYAZAN): f"{SHORT}@{RYAZAN}",
        Group(SHORT, TULA, TULA): f"{SHORT}@{TULA}",
        Group(SHORT, KALUGA, "elsewhere:тулы"): f"{SHORT}@{TULA}",
        Group(SHORT, TULA, "elsewhere:рязани"): f"{SHORT}@{RYAZAN}",
    },
    "a minister and a headmaster": {
        Group(SHORT, RYAZAN, "country"): SHORT,
        Group(SHORT, TULA, "country"): SHORT,
        Group(SHORT, TULA, TULA): f"{SHORT}@{TULA}",
        Group(SHORT, TULA, ""): f"{SHORT}@{TULA}",
        Group(SHORT, RYAZAN, ""): SHORT,
    },
    "a patronymic that nothing contradicts": {
        Group(SHORT, RYAZAN, ""): IVANOVICH,
        Group(IVANOVICH, RYAZAN, ""): IVANOVICH,
        Group(SHORT, TULA, ""): IVANOVICH,
    },
    "two patronymics": {
        Group(IVANOVICH, RYAZAN, ""): IVANOVICH,
        Group(SHORT, RYAZAN, ""): IVANOVICH,
        Group(SERGEEVICH, TULA, ""): SERGEEVICH,
        Group(SHORT, TULA, ""): SERGEEVICH,
        Group(SHORT, KALUGA, ""): SHORT,
    },
    "two patronymics in one city": {
        Group(IVANOVICH, RYAZAN, ""): IVANOVICH,
        Group(SERGEEVICH, RYAZAN, ""): SERGEEVICH,
        Group(SHORT, RYAZAN, ""): SHORT,
    },
    "a surname is another in each city": {
        Group("per:петров", RYAZAN, RYAZAN): f"per:петров@{RYAZAN}",
        Group("per:петров", TULA, ""): f"per:петров@{TULA}",
        Group(SHORT, RYAZAN, ""): SHORT,
    },
}


@pytest.mark.parametrize("case", list(CASES))
def test_who_is_who(case: str) -> None:
    truth = CASES[case]
    for order in permutations(truth):
        judge = Judge(order)
        assert {group: judge.decide(group) for group in order} == truth


def test_other_names_do_not_matter() -> None:
    """A batch holds many names: what is known of one says nothing of another."""
    group = Group(SHORT, RYAZAN, "elsewhere:коломны")
    other = Group("per:анна орлова", "RU-MOS/коломна", "RU-MOS/коломна")
    contested = [group, Group(SHORT, TULA, TULA)]
    assert Judge(contested).decide(group) == Judge([*contested, other]).decide(group) == SHORT


@pytest.mark.parametrize(
    "words",
    [
        "Сорокина Сорокиной Сорокину Сорокин Сорокиным",
        "Лавров Лаврова Лаврову Лавровым Лаврове",
        "Рязань Рязани Рязанью",
        "Тула Туле Тулы Тулой",
        "Сергей Сергея Сергею Сергеем Сергее",
        "Юлия Юлии Юлию Юлией",
        "Дума Думой Думы",
        "Рязанская Рязанской Рязанскую",
        "Артём Артема Артёму",
    ],
)
def test_any_case_of_a_word_finds_any_other(words: str) -> None:
    found = [stems([word]) for word in words.split()]
    assert all(one & other for one in found for other in found)


def test_short_words_stay_whole() -> None:
    assert [stems_of(word) for word in ("ли", "рф", "сша", "оао")] == [{"ли"}, {"рф"}, {"сша"}, {"оао"}]
