"""Nouns that the dictionary has not, in the nominative: brands, towns, foreign names.

The word itself, what pymorphy guesses by its ending and what `endings` allows are weighed: by the tagger, by the
preposition before it, by the last part of a compound («Сахадорстрой») and by the towns of `toponyms`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from newscrawl.items import EntityType, Uncertainty
from pipelines.entities import toponyms
from pipelines.entities.agreement import CASES, POSSESSIVE_STEMS
from pipelines.entities.endings import HARD, VELAR, VOWELS, nominatives
from pipelines.entities.morphology import Form, forms, has_other_letters, without_number

UNDESIRED = frozenset({"Name", "Surn", "Patr", "anim"})
LAST_PARTS = tuple(
    "автодор атом банк бизнес газ групп дорстрой завод здрав инвест инфо капитал космос контроль лес "
    "лизинг лифт маш медиа монтаж мост надзор нефть обрнадзор патент поставка пресс пром резерв реестр рыболовство "
    "связь свет сельхоз сервис сеть снаб спорт сталь строй страх сбыт телеком торг транс труд фарм фонд хоз холдинг "
    "экспорт энергосбыт юст".split()
)
"""With what compounds that name bodies end, in the nominative."""

FIRST_PARTS = ("рос", "гос", "мос", "глав", "спец", "тех", "газ", "агро", "авто", "энерго", "нефте", "сиб", "урал")
"""With what such compounds begin, before a whole noun."""
IN_GENITIVE = ("ия", "ства", "ры", "ны", "ды", "ки", "зи")
"""Ends of ministries' names that never change: «Минвостокразвития»."""

# What a reading is worth.
CASE, NUMBER, GENDER = 2.0, 0.6, 0.5
ASKED, OWNED = 2.5, 1.8
COMPOUND, TOWN, ALIKE = 3.0, 2.0, 1.5
WRITTEN = dict.fromkeys(HARD, 0.9) | {"й": 0.9, "ь": 0.9, "а": 0.4, "я": 0.4, "о": 0.6}
"""The word as it stands, by its last letter."""
GUESSED, BY_ENDING = 0.5, 0.2
STIFF = {"о": 0.6, "и": 0.1, "у": 0.1, "ю": 0.1, "э": 0.6, "е": 0.0, "ы": -0.4}
"""A word that never changes, in any case."""
SOFT_STEMS = ("л", "н", "р", "т")
SOFT_PLACES = (
    ("е", "Loc", "Masc"),
    ("и", "Gen", "Fem"),
    ("и", "Dat", "Fem"),
    ("и", "Loc", "Fem"),
    ("ью", "Ins", "Fem"),
)
PLURALS = (("ам", "Dat"), ("ами", "Ins"), ("ах", "Loc"))
IN_PLURAL, IN_SOFT = 0.9, 0.5
IN_MANY = 0.5
SHORT = 4
DECLINED = ("ии", "ию", "ией")
"""Ends of words in -ия."""
APPOSED = 1.2
WITHOUT_ENDING = 2.0
"""What a plural whose genitive has no ending loses beside the same word in the nominative: «Бельц», but «Баррандов»."""
INVENTED = 1.5
"""What a place in -я for one in -и loses: those in -и that never change are many more."""
HYPHENED, SHARE, NAME = 2.0, 0.3, 0.3
TOGETHER = 4.5
"""Nouns of the dictionary, joined and in one case."""
NARROW = 0.3
"""A reading that wins by no more than this is not sure."""
UNSETTLED_ENDINGS = "ыиуюе"
"""A word in one of these is as well the oblique case of another as a foreign name that never changes."""
OF_PLACES = {"а": "Gen", "у": "Dat", "е": "Loc"}
"""Endings that places in -о and surnames have alike."""
CACHED_NOUNS = 5_000
"""Nouns, as the tagger sees them in their place, whose readings are kept."""


class Noun(NamedTuple):
    """The reading chosen for a head noun, and its nominative in small letters."""

    case: str
    number: str
    gender: str
    nominative: str
    uncertain: Uncertainty | None = None


class Opinion(NamedTuple):
    """What the tagger says of a noun, null where it says nothing."""

    case: str | None
    number: str | None
    gender: str | None


class Asked(NamedTuple):
    """What the words before the noun say: the cases that a preposition leaves; whether it may be a mere label."""

    cases: frozenset[str]
    apposed: bool
    owned: bool
    """A noun stands before it on which it may depend."""


@lru_cache(maxsize=CACHED_NOUNS)
def unknown_noun(word: str, opinion: Opinion, kind: EntityType, asked: Asked) -> Noun:
    """The best reading of a word (small letters) that no dictionary has; the word itself in doubt."""
    stem, tail = without_number(word)
    if tail:
        noun = unknown_noun(stem, opinion, kind, asked)
        return noun._replace(nominative=noun.nominative + tail)
    if kind == "ORG" and word.startswith("мин") and word.endswith(IN_GENITIVE):
        return Noun("Nom", "Sing", "Neut", word)
    weighed: dict[Noun, float] = {}
    for noun, worth in _readings(word, kind, asked):
        worth += _fit(noun, opinion, asked) + _support(noun.nominative, kind)
        weighed[noun] = max(worth, weighed.get(noun, worth))
    best = max(weighed, key=lambda noun: weighed[noun])
    others = [worth for noun, worth in weighed.items() if noun.nominative != best.nominative]
    doubtful = weighed[best] - max(others, default=float("-inf")) <= NARROW
    unsettled = best.nominative == word and word[-1] in UNSETTLED_ENDINGS and bool(others)
    return best._replace(uncertain="unknown_word" if doubtful or unsettled else None)


def village(word: str, case: str | None) -> Noun | None:
    """«Захарова», «Константинове»: a place that the dictionary has as a surname alone is «Захарово», not «Захаров».

    Towns in -ов and -ин are in the dictionary, or in GeoNames; `case` is the tagger's.
    """
    known = [form for form in forms(word) if form.known]
    lemmas = {form.lemma for form in known}
    if len(lemmas) != 1 or case == "Nom" or not all("Surn" in form.grams for form in known):
        return None
    (lemma,) = lemmas
    own = OF_PLACES.get(word.removeprefix(lemma))
    if own is None or not lemma.endswith(POSSESSIVE_STEMS) or toponyms.is_town(lemma):
        return None
    return Noun(own, "Sing", "Neut", lemma + "о")


def _readings(word: str, kind: EntityType, asked: Asked) -> Iterator[tuple[Noun, float]]:
    """What the word may be and what that is worth by itself."""
    last = word[-1]
    masculine = last not in VOWELS
    written = WRITTEN.get(last, 0.0)
    gender = "Masc" if masculine else "Fem" if last in "ая" else "Neut" if last == "о" else ""
    for case in ("Nom", "Acc") if masculine or last == "о" else ("Nom",):
        yield Noun(case, "Sing", gender, word), written
    for case in CASES:
        if last in STIFF and not word.endswith(DECLINED):
            yield Noun(case, "Sing", "", word), STIFF[last]
        if asked.apposed:
            yield Noun(case, "Sing", gender, word), written + APPOSED
    for form in (form for form in forms(word) if form.pos == "NOUN" and form.case):
        nominative = form.nominative()
        if nominative and not _is_as_written(form) and not _is_stiff_at_the_end(form, nominative):
            worth = GUESSED + SHARE * form.score - NAME * bool(form.grams & UNDESIRED) + _last_part(form)
            worth -= INVENTED * (_is_invented(form) or _is_fleeting(form, nominative))
            worth -= WITHOUT_ENDING * (masculine and form.number == "Plur")
            yield Noun(form.case, form.number, form.gender, nominative), worth
    yield from _compounds(word)
    for row, nominative in () if has_other_letters(word) else nominatives(word):
        yield Noun(row.case, "Sing", row.gender, nominative), BY_ENDING
    if kind == "LOC" and len(word) > SHORT:
        yield from _places(word)


def _compounds(word: str) -> Iterator[tuple[Noun, float]]:
    """«Библиотеке-филиале», «садом-яслями»: nouns of the dictionary side by side, all in one case."""
    if "-" not in word:
        return
    parts = [
        [form for form in forms(part) if form.known and form.pos == "NOUN" and form.case and not form.grams & UNDESIRED]
        for part in word.split("-")
    ]
    for first in parts[0]:
        alike = [first, *(next((form for form in part if form.case == first.case), None) for part in parts[1:])]
        words = [form.nominative() for form in alike if form is not None]
        if len(words) == len(parts) and all(words):
            yield Noun(first.case, first.number, first.gender, "-".join(map(str, words))), TOGETHER


def _places(word: str) -> Iterator[tuple[Noun, float]]:
    """Declensions of places that `endings` has not: «Куршевеле», «Сычуани», «Лисичанах»."""
    for suffix, case, gender in SOFT_PLACES:
        if word.endswith(suffix) and word[: -len(suffix)].endswith(SOFT_STEMS):
            yield Noun(case, "Sing", gender, word[: -len(suffix)] + "ь"), IN_SOFT
    for suffix, case in PLURALS:
        stem = word[: -len(suffix)]
        if word.endswith(suffix) and stem[-1] in HARD:
            yield Noun(case, "Plur", "", stem + ("и" if stem[-1] in VELAR else "ы")), IN_PLURAL


def _fit(noun: Noun, opinion: Opinion, asked: Asked) -> float:
    """How well a reading fits the tagger and the preposition."""
    worth = ASKED * (noun.case in asked.cases) + NUMBER * (noun.number == (opinion.number or "Sing"))
    worth += GENDER * (not noun.gender or noun.gender == opinion.gender)
    if asked.owned and noun.case == "Gen" and noun.number == "Sing":
        worth += OWNED
    if not asked.cases or opinion.case in asked.cases:
        worth += CASE * (noun.case == opinion.case)
    return worth


def _support(nominative: str, kind: EntityType) -> float:
    """What speaks for a nominative: an ending of brands, a town of that name, towns with that ending."""
    if kind == "ORG":
        return COMPOUND if nominative.endswith(LAST_PARTS) else COMPOUND * _compound(nominative)
    return TOWN * toponyms.is_town(nominative) + ALIKE * toponyms.share(nominative) if kind == "LOC" else 0.0


def _compound(nominative: str) -> float:
    """«Росдревесина»: a first part of `FIRST_PARTS` and a noun of the dictionary, which counts less in the plural."""
    rest = next((nominative[len(part) :] for part in FIRST_PARTS if nominative.startswith(part)), "")
    nouns = [form for form in forms(rest) if form.known and form.pos == "NOUN" and form.case == "Nom"]
    return max((1.0 if form.number == "Sing" else IN_MANY for form in nouns), default=0.0)


def _is_as_written(form: Form) -> bool:
    """An accusative that is the word itself, or a noun in -е or -и that never changes."""
    return form.lemma == form.word and ((form.case == "Acc" and form.gender == "Masc") or form.word[-1] in STIFF)


def _is_invented(form: Form) -> bool:
    """A place in -я for one in -и: those in -и that never change are many more."""
    return form.word[-1] == "и" and form.lemma[-1] == "я" and not form.word.endswith(DECLINED)


def _is_stiff_at_the_end(form: Form, nominative: str) -> bool:
    """«Порт-Гранди» for «Порту-Гранди»: only the first part would change."""
    first, mark, last = form.word.rpartition("-")
    return bool(mark) and nominative.endswith(mark + last) and not nominative.startswith(first + mark)


def _is_fleeting(form: Form, nominative: str) -> bool:
    """«Антхолец» for «Антхольц»: a vowel that comes and goes."""
    return nominative.endswith(("ец", "ок", "ек")) and not form.word.startswith(nominative)


def _last_part(form: Form) -> float:
    """How likely the last part of a compound is a word of the dictionary in that form: «Минск-Арене» is an «арена»."""
    last, lemma = (part.rpartition("-")[2] for part in (form.word, form.lemma))
    known = (one for one in forms(last) if one.known and one.lemma == lemma and one.case == form.case)
    return HYPHENED + max((one.score for one in known), default=-HYPHENED) if "-" in form.word else 0.0
