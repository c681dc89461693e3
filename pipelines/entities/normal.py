"""Bodies and places in the nominative: the head group is inflected, what depends on it stays.

«Рязанской городской Думой» is all head; in «администрации города Рязани» the head is «администрации»; what stands in
quotation marks, after a preposition or after the head noun is kept in its form.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from newscrawl.items import EntityType, Uncertainty
from pipelines.entities.agreement import (
    ADJECTIVES,
    CASES,
    adjectives,
    agrees_declined,
    all_describe,
    describing,
    is_family_of,
    is_joint,
)
from pipelines.entities.endings import VOWELS
from pipelines.entities.morphology import Form, forms, is_russian, shaped
from pipelines.entities.prepositions import apposed, asked, owned, quoted
from pipelines.entities.quotes import is_quotation, unify
from pipelines.entities.tokens import Document, Token
from pipelines.entities.unknown_nouns import Asked, Noun, Opinion, unknown_noun, village

ADJECTIVE_LEMMAS = ("ский", "цкий", "ный", "ной", "ний", "вый", "вой")
"""What ends otherwise and is in no dictionary is an adjective only if the tagger says so."""
NOUNS = frozenset({"NOUN"})
PREFERRED: dict[EntityType, frozenset[str]] = {
    "LOC": frozenset({"Geox"}),
    "ORG": frozenset({"Orgn"}),
    "PER": frozenset({"Name", "Surn", "Patr"}),
}
DISFAVOURED: dict[EntityType, frozenset[str]] = {
    "LOC": frozenset({"Name", "Surn", "Patr", "anim"}),
    "ORG": frozenset({"Name", "Surn", "Patr", "anim"}),
    "PER": frozenset(),
}
NAMES = frozenset({"Name", "Surn", "Patr", "Geox"})
SHORT = 2
"""First words of foreign names with no more letters may well be Russian words too: «Ил»."""
NARROW = 0.5
"""A reading that wins by no more than this, of the about 5 that it is worth, is not sure."""
_INFLECTED = re.compile(r"([А-ЯЁа-яё]*[А-ЯЁ][БВГДЖЗКЛМНПРСТФХЦЧШЩ])(?:а|у|ом|ем|е)")
"""An abbreviation with an ending: МИДа."""
CACHED_NOUNS = 10_000
"""Nouns with their adjectives, as the tagger sees them, whose readings are kept."""


class Head(NamedTuple):
    """The words of a phrase that are inflected: tokens from `start` to `stop`, the last of them the noun.

    Without a noun nothing is inflected; `uncertain` says why, null where that is right («МЧС», «За рулём»).
    """

    start: int
    stop: int
    noun: Noun | None
    uncertain: Uncertainty | None = None


class Phrase(NamedTuple):
    """A phrase in the nominative, and why that may be wrong."""

    text: str
    uncertain: Uncertainty | None


def normal_phrase(document: Document, start: int, stop: int, kind: EntityType) -> Phrase:
    """The nominative of tokens [start, stop); where no form is certain the text, blanks and quotation marks unified."""
    words = document.texts[start:stop]
    if len(words) > 2 and is_quotation(words):
        inner = normal_phrase(document, start + 1, stop - 1, kind)
        return inner._replace(text=f"«{inner.text}»")
    if kind == "ORG" and quoted(document, start) and apposed(document, start) and _is_label(document, start, stop):
        return Phrase(unify(_with_blanks(document.tokens[start:stop], words)), None)
    head = (kind == "ORG" and _second_name(document, start, stop)) or find_head(document, start, stop, kind)
    for index, word in (_nominative_words(document, head) | _behind(document, head, stop, kind)).items():
        words[index - start] = word
    uncertain = head.noun.uncertain if head.noun is not None else head.uncertain
    return Phrase(unify(_with_blanks(document.tokens[start:stop], words)), uncertain)


def _nominative_words(document: Document, head: Head) -> dict[int, str]:
    """The head's words in the nominative, by token number; words that stay are left out."""
    if head.noun is None:
        return {}
    result = {}
    for index in range(head.start, head.stop):
        token = document.tokens[index]
        if index == head.stop - 1:
            word: str | None = head.noun.nominative
        elif is_joint(token.text):
            continue
        else:
            word = _described(token.text, head.noun)
        if word is None:
            return {}
        if word != token.text.lower():
            result[index] = shaped(word, token.text)
    return result


def _behind(document: Document, head: Head, stop: int, kind: EntityType) -> dict[int, str]:
    """«Горках Ленинских»: the last word of a place is an adjective of its head."""
    if kind != "LOC" or head.noun is None or head.stop != stop - 1 or not document.tokens[head.stop].is_title:
        return {}
    text = document.tokens[head.stop].text
    if any(
        form.pos in NOUNS and form.known and not form.lemma.endswith((*ADJECTIVE_LEMMAS, "ое")) for form in forms(text)
    ):
        return {}
    word = _described(text, head.noun)
    return {head.stop: shaped(word, text)} if word else {}


def find_head(document: Document, start: int, stop: int, kind: EntityType) -> Head:
    """Adjectives and the noun that they describe, from the beginning of the phrase; no noun: nothing is certain."""
    index = start
    if kind == "ORG" and _is_numbered(document, start, stop):
        start = index = start + 1  # «12 канале»
    while index < stop and (_describes(document, index) or (index > start and _joins(document, index, stop))):
        index += 1
    if kind == "LOC" and index == start and index + 1 < stop:
        index += is_family_of(document.texts[index], document.texts[index + 1])
    if index > start and (index == stop or document.morph(index).pos == "ADP"):
        return _nominal_adjective(document, start, index)
    if start < index < stop and is_abbreviation(document.tokens[index]):
        noun = _of_adjectives(document, start, index)
        if noun is not None:
            return Head(start, index + 1, noun)
    if index == stop or not document.tokens[index].is_word or is_abbreviation(document.tokens[index]):
        inflected = any(not _may_be_nominative(token.text) for token in document.tokens[start:index])
        return Head(start, start, None, "no_agreement" if inflected else None)
    noun = _noun(document, start, index, kind)
    return Head(start, index + 1, noun, None if noun else _why_no_noun(document.texts[index]))


def _second_name(document: Document, start: int, stop: int) -> Head | None:
    """«Нур Телекоме», «ВТБ Капитала»: of two words of a foreign name the last changes alone."""
    if stop - start != 2 or not all(t.is_title and is_russian(t.text) for t in document.tokens[start:stop]):
        return None
    first, last = document.tokens[start : start + 2]
    known = [form for form in forms(last.text) if form.known]
    if is_abbreviation(first):
        changes = any(form.pos in NOUNS for form in known)
    else:
        names = (form for form in forms(first.text) if form.known and len(first.text) > SHORT)
        changes = all(form.grams & {"Name", "Abbr"} for form in names)
    if not changes or any(form.grams & NAMES for form in known) or is_abbreviation(last):
        return None
    noun = _noun(document, start + 1, start + 1, "ORG", start)
    return Head(start + 1, stop, noun) if noun is not None else None


def _of_adjectives(document: Document, start: int, index: int) -> Noun | None:
    """«Ленинградской АЭС»: the abbreviation stays, its adjectives take the gender that the dictionary has for it."""
    word = document.tokens[index].text.lower()
    gender = next((form.gender for form in forms(word) if form.known and "Abbr" in form.grams), "")
    cases = asked(document, start)
    told = [document.morph(i).feats.get("Case", "") for i in (index - 1, index)]
    for case in sorted(CASES, key=lambda case: (case not in cases, case not in told)):
        if gender and all_describe(document.texts[start:index], case, "Sing", gender):
            return Noun(case, "Sing", gender, word)
    return None


def _is_label(document: Document, start: int, stop: int) -> bool:
    """A nominative, or what may be one although the dictionary has other words of that form: «Шор»."""
    word = document.tokens[start].text
    if stop - start > 1 and agrees_declined(word, document.texts[start + 1]):
        return False
    unknown = not any(form.known for form in forms(word))
    nominative = document.morph(start).feats.get("Case") == "Nom"
    return unknown or nominative or word[-1] not in VOWELS or _may_be_nominative(word)


def _may_be_nominative(word: str) -> bool:
    return is_joint(word) or any(form.case == "Nom" for form in forms(word))


def _why_no_noun(word: str) -> Uncertainty | None:
    if not is_russian(word):
        return None
    return "no_agreement" if any(form.known for form in forms(word)) else "unknown_word"


def is_abbreviation(token: Token) -> bool:
    """Capitals, the last letter among them: МЧС, ЗАЗ, СПбГУ. They do not decline."""
    text = token.text
    return len(text) > 1 and (text.isupper() or (text[-1].isupper() and not text[1:-1].isupper()))


def _is_numbered(document: Document, start: int, stop: int) -> bool:
    """«12 канале», but not «16 тонн»."""
    numbered = stop - start > 1 and document.tokens[start].text.isdecimal()
    return numbered and document.morph(start + 1).feats.get("Number") == "Sing"


def _joins(document: Document, index: int, stop: int) -> bool:
    return is_joint(document.texts[index]) and index + 1 < stop and _describes(document, index + 1)


def _describes(document: Document, index: int) -> bool:
    """An adjective by the tagger and by the dictionary, or one that can be nothing else."""
    if not adjectives(document.texts[index]):
        return False
    options = forms(document.texts[index])
    if not options[0].known and document.morph(index).pos != "ADJ":
        return options[0].pos in ADJECTIVES and options[0].lemma.endswith(ADJECTIVE_LEMMAS)
    if not any(form.pos in NOUNS and form.known for form in options):
        return True
    return document.morph(index).pos in ("ADJ", "DET", "VERB")


def _noun(document: Document, start: int, index: int, kind: EntityType, begin: int | None = None) -> Noun | None:
    """The reading of the noun at `index` that fits the tagger, the kind of name and the adjectives from `start`.

    The name begins at `begin`, with the adjectives by default.
    """
    text, word, feats = document.texts[index], document.lowers[index], document.morph(index).feats
    opinion = Opinion(feats.get("Case"), feats.get("Number"), feats.get("Gender"))
    if not text[1:].islower() and (inflected := _INFLECTED.fullmatch(text)):
        return Noun(opinion.case or "", "Sing", "Masc", inflected[1].lower())
    before = tuple(document.texts[start:index])
    if any(form.known and form.pos in NOUNS and form.case for form in forms(word)):
        place = village(word, opinion.case) if kind == "LOC" and not before else None
        return place or _fitting_noun(before, word, opinion, kind)
    begin = start if begin is None else begin
    said = Asked(asked(document, begin), apposed(document, begin), owned(document, begin))
    unknown = unknown_noun(word, opinion, kind, said)
    return unknown if all_describe(before, unknown.case, unknown.number, unknown.gender) else None


@lru_cache(maxsize=CACHED_NOUNS)
def _fitting_noun(before: tuple[str, ...], word: str, opinion: Opinion, kind: EntityType) -> Noun | None:
    options = [form for form in forms(word) if form.pos in NOUNS and form.case]
    best, best_fit, other_fit = None, float("-inf"), float("-inf")
    for form in options:
        nominative = form.nominative()
        fit = _fit(form, opinion, kind)
        if not nominative or fit <= other_fit or not all_describe(before, form.case, form.number, form.gender):
            continue
        if fit > best_fit:
            if best is not None and best.nominative != nominative:
                other_fit = best_fit
            best, best_fit = Noun(form.case, form.number, form.gender, nominative), fit
        elif best is not None and best.nominative != nominative:
            other_fit = fit
    return best._replace(uncertain="ambiguous") if best and best_fit - other_fit <= NARROW else best


def _fit(form: Form, opinion: Opinion, kind: EntityType) -> float:
    return (
        3.0 * (form.case == opinion.case)
        + 1.5 * (form.number == opinion.number)
        + 0.5 * (not form.gender or form.gender == opinion.gender)
        + 1.2 * bool(form.grams & PREFERRED[kind])
        - 1.2 * bool(form.grams & DISFAVOURED[kind])
        + 0.8 * form.known
        + 3.0 * (bool(form.tail) and form.number == "Sing")  # one of several: «Формулы-1»
        + form.score
    )


def _described(word: str, noun: Noun) -> str | None:
    """An adjective of the noun in the nominative; None if it does not agree with it."""
    form = describing(word, noun.case, noun.number, noun.gender)
    return form.nominative(noun.number, noun.gender or form.gender) if form else None


def _nominal_adjective(document: Document, start: int, stop: int) -> Head:
    """A name of adjectives alone: «Дальнего», «Железнодорожном», «Уполномоченного» before «по правам человека»."""
    feats = document.morph(stop - 1).feats
    best, best_fit = None, float("-inf")
    for form in adjectives(document.texts[stop - 1]):
        nominative = form.nominative() if form.case else None
        fit = 3.0 * (form.case == feats.get("Case")) + (form.number == feats.get("Number"))
        fit += (form.gender == feats.get("Gender")) + form.score
        if nominative and fit > best_fit:
            best, best_fit = Noun(form.case, form.number, form.gender, nominative), fit
    before = document.texts[start : stop - 1]
    if best is None or not all_describe(before, best.case, best.number, best.gender):
        return Head(start, start, None, "no_agreement")
    return Head(start, stop, best)


def _with_blanks(tokens: list[Token], words: list[str]) -> str:
    """The words with blanks where the text has them."""
    text = ""
    for index, (token, word) in enumerate(zip(tokens, words, strict=True)):
        gap = index > 0 and tokens[index - 1].stop < token.start
        text += (" " if gap else "") + word
    return text
