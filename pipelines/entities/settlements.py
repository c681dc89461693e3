"""Settlements that no dictionary has, in the nominative.

A word before the name («города», «в селе») tells its case; endings that only towns have («-ск», «-град») tell it
too. Elsewhere the tagger is believed, see `normal`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache
from typing import NamedTuple

from pipelines.entities import toponyms
from pipelines.entities.endings import nominatives
from pipelines.entities.morphology import Form, forms, is_russian
from pipelines.entities.prepositions import apposed, asked
from pipelines.entities.tokens import Document

GENDERS = {
    "город": "Masc", "городок": "Masc", "посёлок": "Masc", "хутор": "Masc", "аул": "Masc", "село": "Neut",
    "деревня": "Fem", "станица": "Fem", "слобода": "Fem",
}  # fmt: skip
ABBREVIATIONS = {
    "г": "Masc", "гор": "Masc", "п": "Masc", "пос": "Masc", "пгт": "Masc", "рп": "Masc", "с": "Neut", "д": "Fem",
    "дер": "Fem", "ст-ца": "Fem",
}  # fmt: skip
TOWN_ENDINGS = ("ск", "цк", "град", "бург")
"""Stems in them are towns; so are those in -поль, with a soft sign."""
VILLAGE_ENDINGS = ("ов", "ев", "ёв", "ин", "ын")
"""Stems in them are villages in -о, or towns without it."""
PLACES = frozenset({"Geox", "Surn", "Patr", "Name", "Abbr"})
"""What the dictionary knows as names."""
HARD = {"а": "Gen", "у": "Dat", "ом": "Ins", "е": "Loc"}
MORE = (
    ("е", "Loc", "ь"), ("и", "Gen", "ь"), ("и", "Loc", "ь"), ("и", "Dat", "ь"), ("ью", "Ins", "ь"),
    ("ов", "Gen", "ы"), ("", "Gen", "ы"), ("ам", "Dat", "ы"), ("ам", "Dat", "и"), ("ах", "Loc", "ы"),
    ("ах", "Loc", "и"), ("ами", "Ins", "ы"), ("ами", "Ins", "и"),
)  # fmt: skip
"""More endings, with their cases and nominatives, for towns that are known by name."""
SOFT = {"я": "Gen", "ю": "Dat", "ем": "Ins", "е": "Loc"}


class Classifier(NamedTuple):
    """A word like «город» before a name: cases in which it may stand (none known for «г.»), its gender; a town?"""

    cases: frozenset[str]
    gender: str
    town: bool


class Candidate(NamedTuple):
    """A case in which a name may stand, and its nominative in small letters."""

    case: str
    gender: str
    nominative: str


@cache
def words() -> dict[str, Classifier]:
    """Every singular form of the classifiers, ё also as е."""
    table: dict[str, Classifier] = {}
    for lemma, gender in GENDERS.items():
        own = (form for form in forms(lemma) if form.pos == "NOUN" and form.case == "Nom" and form.number == "Sing")
        for form in next(own).parse.lexeme:
            same = [f for f in forms(form.word) if f.lemma == lemma and f.number == "Sing"]
            if same:
                entry = Classifier(frozenset(f.case for f in same), gender, lemma == "город")
                table[form.word] = table[form.word.replace("ё", "е")] = entry
    return table


def classifier_before(document: Document, index: int) -> Classifier | None:
    """The classifier that stands directly before token `index`."""
    if index == 0 or document.tokens[index - 1].sentence != document.tokens[index].sentence:
        return None
    word = document.lowers[index - 1]
    if word == "." and index > 1:
        word = document.lowers[index - 2]
    gender = ABBREVIATIONS.get(word)
    return Classifier(frozenset(), gender, word[0] == "г") if gender else words().get(word)


def nominative(document: Document, index: int) -> str | None:
    """The nominative of a settlement of one word, in small letters; None where nothing here tells it."""
    word = document.lowers[index]
    case, cases = document.morph(index).feats.get("Case", ""), asked(document, index)
    if known := _known_town(word, case, cases):
        return known
    if toponyms.is_town(word) and apposed(document, index):
        return word
    if not is_russian(word) or any(form.known and not _contradicts(form, cases) for form in forms(word)):
        return None
    if "-" in word:
        return _compound(word, case)
    classifier = classifier_before(document, index)
    if classifier is not None and classifier.cases and not classifier.cases & {"Nom", "Acc"}:
        return _after_classifier(word, classifier, case)
    if classifier is not None and classifier.cases and classifier.gender != "Fem":
        return word
    town = next((town for town in _towns(word) if not cases or town.case in cases), None)
    if town is not None:
        return town.nominative
    villages = [c for c in _villages(word) if c.case == case]
    town_without = classifier is not None and classifier.town
    return next((c.nominative for c in villages if (c.gender == "Masc") == town_without), None)


@lru_cache(maxsize=5_000)
def _known_town(word: str, case: str, cases: frozenset[str]) -> str | None:
    """A place known by name where the dictionary has none for the form: «Абудже»; «Шали», which is no shawl."""
    known = [form for form in forms(word) if form.known]
    if not is_russian(word) or any(form.grams & PLACES or form.pos == "ADJF" for form in known):
        return None
    places = cases & {case} or cases or {case}
    rows: list[tuple[str, str]] = []
    if not known:
        rows += [(row.case, name) for row, name in nominatives(word)]
        rows += [(one, word[: len(word) - len(end)] + name) for end, one, name in MORE if word.endswith(end)]
        rows += [(one.case, one.nominative) for one in (*_towns(word), *_villages(word))]
    if found := next((name for at, name in rows if at in places and _is_place(name)), None):
        return found
    stays = word[-1] in "иоуюэ" or (places & {"Nom", "Acc"} and word[-1] not in "аяе")
    return word if stays and toponyms.is_town(word) else None


def _is_place(name: str) -> bool:
    """In the list of towns, or in the dictionary as a place."""
    return toponyms.is_town(name) or any(
        form.known and "Geox" in form.grams and form.case == "Nom" for form in forms(name)
    )


def _contradicts(form: Form, cases: frozenset[str]) -> bool:
    """«Под Светловском»: the adjective, or a noun of its kind, cannot stand in that case."""
    return form.lemma.endswith(("ий", "ый", "ой")) and bool(cases) and form.case not in cases


def is_settlement(word: str) -> bool:
    """Surely the name of one: known as a place, or with the ending of a town."""
    known = [form for form in forms(word) if form.known]
    if known:
        return any("Geox" in form.grams for form in known)
    return word.endswith(TOWN_ENDINGS) or any(True for _ in _towns(word.lower()))


@lru_cache(maxsize=5_000)
def candidates(word: str) -> frozenset[str]:
    """All nominatives that a word may have as the name of a settlement, itself among them."""
    word = word.lower()
    options = [form for form in forms(word) if form.pos in ("NOUN", "ADJF")]
    known = [form for form in options if form.known]
    found = {nominative for form in known or options if (nominative := form.nominative())}
    if not known:
        found |= {c.nominative for c in (*_towns(word), *_villages(word))}
        found |= {nominative for _, nominative in nominatives(word)}
    return frozenset(found | {word})


def _after_classifier(word: str, classifier: Classifier, case: str) -> str:
    """«города Светлореченска», «в селе Отрадинке», but «деревни Дубовка»: same case, or the nominative."""
    if town := next((c for c in _towns(word) if c.case in classifier.cases), None):
        return town.nominative
    if villages := [c for c in _villages(word) if c.case in classifier.cases]:
        return next(c.nominative for c in villages if (c.gender == "Masc") == classifier.town)
    rows = [row for row in nominatives(word) if row[0].case in classifier.cases]
    same = [name for row, name in rows if row.gender == classifier.gender]
    if same and (case in classifier.cases or not word.endswith("а")):
        return same[0]
    other = [name for row, name in rows if row.gender == "Fem" and case in classifier.cases]
    return other[0] if other else word


def _towns(word: str) -> Iterator[Candidate]:
    for suffix, case in HARD.items():
        if word.endswith(suffix) and word[: -len(suffix)].endswith(TOWN_ENDINGS) and len(word) > 6:
            yield Candidate(case, "Masc", word[: -len(suffix)])
    for suffix, case in SOFT.items():
        if word.endswith("пол" + suffix) and len(word) > 6:
            yield Candidate(case, "Masc", word[: -len(suffix)] + "ь")


def _villages(word: str) -> Iterator[Candidate]:
    for suffix, case in HARD.items():
        stem = word[: -len(suffix)]
        if word.endswith(suffix) and stem.endswith(VILLAGE_ENDINGS) and len(stem) > 3:
            yield Candidate(case, "Neut", stem + "о")
            yield Candidate(case, "Masc", stem)


@lru_cache(maxsize=2_000)
def _compound(word: str, case: str) -> str | None:
    """«Переславле-Залесском»: a town and its adjective, both declined."""
    first, _, last = word.rpartition("-")
    adjectives = [form for form in forms(last) if form.pos == "ADJF" and form.number == "Sing" and form.known]
    found: list[tuple[bool, str]] = []
    for noun in _nouns(first):
        for adjective in adjectives:
            if (adjective.case, adjective.gender) == (noun.case, noun.gender):
                end = adjective.nominative()
                found.append((noun.case == case, f"{noun.nominative}-{end}"))
    return max(found, key=lambda pair: pair[0])[1] if found else None


def _nouns(word: str) -> Iterator[Candidate]:
    yield from _towns(word)
    readings: list[Form] = [form for form in forms(word) if form.pos == "NOUN" and form.number == "Sing"]
    for form in sorted(readings, key=lambda f: ("Geox" not in f.grams, not f.known)):
        name = form.nominative()
        if name:
            yield Candidate(form.case, form.gender, name)
