"""Adjectives and what they agree with, by the dictionary alone; what a word is in its sentence the tagger says.

Adjectives here are the full forms, those of participles among them: short ones describe no name. Cases, numbers and
genders are those of `Form`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import lru_cache

from pipelines.entities.morphology import Form, forms

CASES = ("Nom", "Gen", "Dat", "Acc", "Ins", "Loc")
ADJECTIVES = frozenset({"ADJF", "PRTF"})
COMPARATIVES = frozenset({"больший"})
"""Less likely in a name than the plain adjective with the same forms: «Большим театром»."""
POSSESSIVE_STEMS = ("ов", "ев", "ёв", "ин", "ын")
CACHED_WORDS = 10_000
"""Words whose readings as adjectives are kept; the readings themselves `forms` keeps."""


@lru_cache(maxsize=CACHED_WORDS)
def adjectives(word: str) -> tuple[Form, ...]:
    """The readings of a word as an adjective, likeliest first; () if it cannot be one."""
    return tuple([form for form in forms(word) if form.pos in ADJECTIVES])


def may_be_adjective(word: str) -> bool:
    """It has a reading as an adjective, perhaps others: «городской»."""
    return bool(adjectives(word))


def is_adjective(word: str) -> bool:
    """It can be nothing else."""
    found = adjectives(word)
    return bool(found) and len(found) == len(forms(word))


@lru_cache(maxsize=CACHED_WORDS)
def adjective_lemmas(word: str) -> frozenset[str]:
    """What adjectives the word may be a form of; of a participle the dictionary has the verb, so it gives none."""
    return frozenset([form.lemma for form in adjectives(word) if form.pos == "ADJF"])


@lru_cache(maxsize=CACHED_WORDS)
def of_families(word: str) -> tuple[Form, ...]:
    """The readings in the plural of a surname that declines like a possessive: «Воронцовых» of «Воронцовых садов»."""
    return tuple([
        form
        for form in forms(word)
        if "Surn" in form.grams and form.number == "Plur" and form.lemma.endswith(POSSESSIVE_STEMS)
    ])  # fmt: skip


def is_of_origin(word: str) -> bool:
    """«Рижский», «уральский»: an adjective from a place or from people."""
    return any(lemma.endswith(("ский", "цкий")) for lemma in adjective_lemmas(word))


def agreeing(word: str, cases: Collection[str], number: str, gender: str) -> list[Form]:
    """The readings of a word as an adjective of a noun, likeliest first: in one of the cases, in its number and gender.

    In the plural, and of a noun without one (''), any gender will do, and a surname may stand for the adjective.
    """
    return [
        form
        for form in adjectives(word) or (of_families(word) if number == "Plur" else ())
        if form.case in cases and form.number == number
        and (number == "Plur" or not gender or form.gender == gender)
    ]  # fmt: skip


def describing(word: str, case: str, number: str, gender: str) -> Form | None:
    """The best of the readings that agree with a noun: «большой» rather than «больший»; None if the word has none."""
    fitting = agreeing(word, (case,), number, gender)
    return max(fitting, key=lambda f: (f.known, f.lemma not in COMPARATIVES, f.score), default=None)


def agrees_declined(word: str, noun: str) -> bool:
    """«Большой двадцатки»: an adjective and a noun that agree in another case than the nominative, and not in that."""
    cases = {
        form.case
        for form in forms(noun)
        if form.known and form.pos == "NOUN" and agreeing(word, (form.case,), form.number, form.gender)
    }
    return bool(cases) and "Nom" not in cases


def is_family_of(word: str, noun: str) -> bool:
    """«Воронцовых» of «Воронцовых садов»: a surname in the plural, and a common noun in one of its cases behind it."""
    cases = {form.case for form in of_families(word)}
    return (
        bool(cases)
        and noun.islower()
        and any(
            form.known and form.pos == "NOUN" and form.number == "Plur" and form.case in cases for form in forms(noun)
        )
    )


def is_joint(text: str) -> bool:
    """What may stand between two adjectives of one noun."""
    return text in ("и", ",")


def all_describe(words: Iterable[str], case: str, number: str, gender: str) -> bool:
    """Is each of the words an adjective of that noun, or a joint between two?"""
    return all(is_joint(word) or agreeing(word, (case,), number, gender) for word in words)


def agree(words: Iterable[str]) -> bool:
    """Is there a case, number and gender that all of the words, adjectives and nouns joined by «и», may have?"""
    common: set[tuple[str, str, str]] | None = None
    for word in words:
        if word != "и":
            own = {(form.case, form.number, form.gender if form.number == "Sing" else "") for form in forms(word)}
            common = own if common is None else common & own
    return bool(common)
