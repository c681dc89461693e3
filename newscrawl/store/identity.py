"""Who is who across articles: rules over what the articles say, without a database.

The id of a mention is a name (`per:иван петров`). Which entity it is follows from the set of all articles with that
name, never from the order in which they came:

1. A person known by a surname or initials, a body named by common nouns alone («Городская Дума») and a street are one
   in each city: `per:петров@RU-RYA/рязань`.
2. People with different patronymics are different. A name without one is the only bearer of a patronymic there is, in
   that city or anywhere; with several it stays a third.
3. Where posts place bearers of one full name in different cities, or one in a city and one in the state's service,
   each city's is one of his own, and mentions without a post in that city are his; all others are `per:иван петров`.

What the rules leave open is shown to people (`newscrawl entity show`), who decide (`newscrawl.store.decisions`).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from newscrawl.store.claims import COUNTRY, ELSEWHERE, is_of
from pipelines.text import fold

_PATRONYMIC = re.compile(r".+(?:вич|вна|чна|ич|оглы|кызы)")
_STREETS = tuple(
    "улиц проспект площад переул бульвар шоссе набережн проезд тупик микрорайон сквер парк мост аллея двор".split()
)
_COMMON_WORDS = frozenset("№ и по при на в для г дел сад центр".split())
_COMMON_STEMS = tuple(
    "администраци аппарат архив библиотек больниц город гимнази госпитал детск депутат департамент дум жкх "
    "здравоохранени избирательн имуществ колледж комисси комитет культур лице мбоу мбдоу молодеж муниципальн музе мэри "
    "образовани областн округ отдел палат поликлиник политик район сада садик сове спорт средн строительств театр "
    "транспорт управ физическ финанс хозяйств центр школ экономик".split()
)
"""Of bodies that every city has; ё as е."""


class Group(NamedTuple):
    """Mentions that no rule tells apart: one key, one city, one claim."""

    key: str
    home: str
    claim: str


def name_of(key: str) -> str:
    """Return the key without a patronymic: what namesakes share."""
    kind, _, body = key.partition(":")
    words = body.split()
    if kind == "per" and len(words) == 3 and _PATRONYMIC.fullmatch(words[1]):
        return f"{kind}:{words[0]} {words[2]}"
    return key


def home_of(city: str | None, region: str | None, site: str | None) -> str:
    """Return where an article is at home: `RU-RYA/рязань`; the site where the city is unknown, '' with neither."""
    if city:
        return f"{region}/{fold(city)}" if region else fold(city)
    return site or ""


def first_guess(key: str, home: str) -> str:
    """Return the entity that a mention is when nothing else is known of its name."""
    return f"{key}@{home}" if home and is_local(key) else key


def identities(article: Mapping[str, Any], before: Iterable[Mapping[str, str]] = ()) -> list[dict[str, str]]:
    """Return the identities of an article's document: as they were `before` for ids that it had, else first guesses."""
    known = {one["key"]: one["id"] for one in before}
    home = home_of(article.get("city"), article.get("region"), article.get("site"))
    keys = dict.fromkeys(one["id"] for one in article["entities"])
    return [{"key": key, "id": known.get(key) or first_guess(key, home)} for key in keys]


def is_local(key: str) -> bool:
    """Tell whether a key names someone else, or something else, in every city."""
    kind, _, body = key.partition(":")
    if kind == "per":
        return sum(len(word.rstrip(".")) > 1 for word in body.split()) < 2
    words = [word.strip(".,") for word in body.split()]
    if kind == "org":
        return all(w in _COMMON_WORDS or w.isdigit() or w.startswith(_COMMON_STEMS) for w in words)
    return kind == "loc" and any(word.startswith(_STREETS) or word == "дом" for word in words)


class Judge:
    """Tells for every group of mentions which entity it is; made of all groups of the names concerned."""

    def __init__(self, groups: Iterable[Group]) -> None:
        self._full: dict[str, set[str]] = defaultdict(set)
        """Name -> its keys with a patronymic."""
        self._full_at: dict[tuple[str, str], set[str]] = defaultdict(set)
        """Name, home -> its keys with a patronymic there."""
        self._claims: dict[str, set[str]] = defaultdict(set)
        """Person -> the claims."""
        self._homes: dict[str, set[str]] = defaultdict(set)
        """Name -> the cities whose sites mention it."""
        persons = {group for group in groups if group.key.startswith("per:") and not is_local(group.key)}
        for group in persons:
            name = name_of(group.key)
            if group.home:
                self._homes[name].add(group.home)
            if name != group.key:
                self._full[name].add(group.key)
                self._full_at[name, group.home].add(group.key)
        for group in persons:
            if group.claim:
                self._claims[self._person(group)].add(self._place(group))

    def decide(self, group: Group) -> str:
        """Return the id of the entity."""
        if not group.key.startswith("per:") or is_local(group.key):
            return first_guess(group.key, group.home)
        person = self._person(group)
        claims = self._claims.get(person, set())
        if len(claims) < 2:
            return person
        claim = self._place(group) if group.claim else group.home
        is_a_city = claim in claims and claim != COUNTRY and not claim.startswith(ELSEWHERE)
        return f"{person}@{claim}" if is_a_city else person

    def _person(self, group: Group) -> str:
        """Return the key with the patronymic where there is no doubt which."""
        name = name_of(group.key)
        if name != group.key:
            return group.key
        for known in (self._full.get(name, set()), self._full_at.get((name, group.home), set())):
            if len(known) == 1:
                return next(iter(known))
        return group.key

    def _place(self, group: Group) -> str:
        """Return the claim; as a home where it names a city that is known for this name."""
        if not group.claim.startswith(ELSEWHERE):
            return group.claim
        word = group.claim.removeprefix(ELSEWHERE)
        found = [home for home in self._homes.get(name_of(group.key), ()) if is_of(word, home.rpartition("/")[2])]
        return min(found, default=group.claim)
