"""Countries and Russia's federal subjects: every case form of their names, with ISO codes.

Sources: CLDR's Russian territory names (through Babel) with ISO 3166-1 codes; `countries.csv` for the formal and other
names that CLDR leaves out; `subjects.csv` for the 83 subjects that ISO 3166-2 codes. Places without a code have no
entry. `unions.csv` has the unions of states, and says how each is used.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

from pipelines.entities.agreement import ADJECTIVES, agreeing
from pipelines.entities.morphology import Form, forms, shaped

FILES = ("countries.csv", "subjects.csv")
# CLDR's codes that ISO 3166-1 does not assign to a country or territory.
NOT_ISO = frozenset({"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "XK", "ZZ"})
CASES = ("gent", "datv", "accs", "ablt", "loct")
_DASHES = str.maketrans("‐‑–—", "----")
_SIMPLE_NAME = re.compile(r"[А-ЯЁ][\w’' -]*")


class Place(NamedTuple):
    """A name in the gazetteer: what it refers to and the name in the nominative."""

    ref: str
    name: str


class Union(NamedTuple):
    """A union of states: what identifies it, its name in the nominative, its use (`place`, `union`, `body`)."""

    key: str
    name: str
    use: str


def folded(words: list[str]) -> str:
    """Words as a key of the gazetteer: small letters, ё as е, hyphens and apostrophes unified."""
    return _folded(" ".join(words))


@lru_cache(maxsize=20_000)
def _folded(text: str) -> str:
    text = text.lower().replace("ё", "е").replace("’", "'")
    return text.translate(_DASHES).replace(" - ", "-")


def folded_word(word: str) -> str:
    """As `folded([word])`, sooner."""
    return word.lower() if word.isalpha() and "ё" not in word and "Ё" not in word else folded([word])


def lookup(words: list[str]) -> Place | None:
    """The place of which these words are the name, in any case."""
    return _index().get(folded(words))


def union(words: list[str]) -> Union | None:
    """The union of states of which these words are the name, in any case."""
    return _unions().get(folded(words))


@cache
def lengths() -> dict[str, int]:
    """The first words of all forms, each with the number of words of the longest: a cheap test before a look-up."""
    return longest_by_first_word((*_index(), *_unions()))


def longest_by_first_word(keys: Iterable[str]) -> dict[str, int]:
    """The first word of each key with the number of words of the longest key that begins with it."""
    found: dict[str, int] = {}
    for key in keys:
        first, *others = key.split(" ")
        found[first] = max(found.get(first, 0), 1 + len(others))
    return found


@cache
def _index() -> dict[str, Place]:
    index: dict[str, Place] = {}
    places = list(_places())
    for place in places:
        index.setdefault(folded(split_words(place.name)), place)
    for place in places:
        for form in case_forms(place.name):
            index.setdefault(form, place)
    return index


@cache
def _unions() -> dict[str, Union]:
    index: dict[str, Union] = {}
    with (files(__package__) / "unions.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(line for line in file if not line.startswith("#")):
            entry = Union(**row)
            for form in (folded(split_words(entry.name)), *case_forms(entry.name)):
                index.setdefault(form, entry)
    return index


@cache
def adjectives() -> dict[str, str]:
    """Adjectives of countries and of Russia's subjects, ё as е, with the code that they refer to or ''."""
    with (files(__package__) / "geo_adjectives.csv").open(encoding="utf-8") as file:
        rows = csv.DictReader(line for line in file if not line.startswith("#"))
        found = {row["adjective"].replace("ё", "е"): row["ref"] for row in rows}
    for place in _places():
        words = place.name.split()
        if place.ref.startswith("iso3166-2:RU") and words[0].endswith(("ская", "ский")) and len(words) == 2:
            found.setdefault(words[0][:-2].lower().replace("ё", "е") + "ий", place.ref)
    return found


@cache
def federal() -> dict[str, str]:
    """The keys of Russia's federal bodies by their names and abbreviations, with «России» behind them or without."""
    index = {}
    with (files(__package__) / "federal.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(line for line in file if not line.startswith("#")):
            name, key = folded(split_words(row["name"])), row["key"].replace("ё", "е")
            index[name] = index[f"{name} россии"] = key
    return index


def split_words(name: str) -> list[str]:
    """A name as the tokens of running text."""
    return name.replace("(", "( ").replace(")", " )").split()


def _places() -> Iterator[Place]:
    for name in FILES:
        with (files(__package__) / name).open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                yield Place(row["ref"], row["name"])
    from babel import Locale

    for code, name in Locale("ru").territories.items():
        assigned = len(code) == 2 and code.isalpha() and code not in NOT_ISO
        if assigned and _SIMPLE_NAME.fullmatch(name) and " - " not in name and "о-в" not in name:
            yield Place(f"iso3166:{code}", name)


def case_forms(name: str) -> Iterator[str]:
    """The name in the other cases, as keys: the head group inflected, a name in apposition kept or inflected too."""
    words = split_words(name)
    head = _head(words)
    if head is None:
        return
    stop, noun = head
    for case in CASES:
        inflected = _in_case(words[:stop], noun, case)
        if inflected is None:
            continue
        yield folded(inflected + words[stop:])
        for apposed in _apposition(words[stop:], case):
            yield folded(inflected + apposed)


def _head(words: list[str]) -> tuple[int, Form] | None:
    """Where the head group ends, and its noun."""
    for index, word in enumerate(words):
        readings = [f for f in forms(word) if f.case == "Nom"]
        nouns = [f for f in readings if f.pos == "NOUN"]
        nouns.sort(key=lambda f: ("Geox" not in f.grams, -f.score))
        adjectives = any(f.pos in ADJECTIVES for f in readings)
        if nouns and not (adjectives and index + 1 < len(words)):
            return index + 1, nouns[0]
        if not adjectives:
            return None
    return None


def _in_case(words: list[str], noun: Form, case: str) -> list[str] | None:
    result = []
    for word in words[:-1]:
        fitting = agreeing(word, ("Nom",), noun.number, noun.gender)
        inflected = fitting[0].inflected(case) if fitting else None
        if inflected is None:
            return None
        result.append(inflected)
    last = words[-1] if "Fixd" in noun.grams else noun.inflected(case)
    return None if last is None else [*result, last]


def _apposition(words: list[str], case: str) -> Iterator[list[str]]:
    """«Республики Польши» beside «Республики Польша»; both names of «Боснии и Герцеговины»."""
    joined = 1 if words[:1] == ["и"] else 0
    head = _head(words[joined:])
    if head is not None and head[0] == len(words) - joined:
        inflected = _in_case(words[joined:], head[1], case)
        if inflected is not None:
            yield words[:joined] + inflected


def capitals_like(name: str, words: list[str]) -> str:
    """The name with the capitals that the text gives its words, unless the text is all capitals."""
    parts = split_words(name)
    if len(parts) != len(words) or any(len(w) > 1 and w.isupper() for w in words):
        return name
    text = " ".join(shaped(part, word) for part, word in zip(parts, words, strict=True))
    return text.replace("( ", "(").replace(" )", ")")
