"""Bodies and places in the nominative: the head group is inflected, what depends on it stays.

«Рязанской городской Думой» is all head; in «администрации города Рязани» the head is «администрации»; what stands in
quotation marks, after a preposition or after the head noun is kept in its form.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from newscrawl.items import EntityType, Uncertainty
from pipelines.entities.endings import nominatives
from pipelines.entities.morphology import Form, forms, has_other_letters, is_russian, shaped
from pipelines.entities.quotes import unify
from pipelines.entities.tokens import Document, Token

ADJECTIVES = frozenset({"ADJF", "PRTF"})
COMPARATIVES = frozenset({"больший"})
"""Less likely in a name than the plain adjective with the same forms: «Большим театром»."""
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


NARROW = 0.5
"""A reading that wins by no more than this, of the about 5 that it is worth, is not sure."""
SAME_GENDER = 0.2
"""What the tagger's gender counts beside the share of a reading among those of a word."""
UNSETTLED_ENDINGS = "ыиуюе"
"""An unknown word in one of these is as well the oblique case of another as a foreign name that never changes."""


CACHED_NOUNS = 10_000
"""Nouns with their adjectives, as the tagger sees them, whose readings are kept."""


class Opinion(NamedTuple):
    """What the tagger says of a noun, null where it says nothing."""

    case: str | None
    number: str | None
    gender: str | None


class Noun(NamedTuple):
    """The reading chosen for a head noun, and its nominative in small letters."""

    case: str
    number: str
    gender: str
    nominative: str
    uncertain: Uncertainty | None = None


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
    head = find_head(document, start, stop, kind)
    for index, word in _nominative_words(document, head).items():
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
            word = _agreeing(token.text, head.noun)
        if word is None:
            return {}
        if word != token.text.lower():
            result[index] = shaped(word, token.text)
    return result


def find_head(document: Document, start: int, stop: int, kind: EntityType) -> Head:
    """Adjectives and the noun that they describe, from the beginning of the phrase; no noun: nothing is certain."""
    index = start
    while index < stop and (_is_adjective(document, index) or (index > start and _joins(document, index, stop))):
        index += 1
    if index == stop and index > start:
        return _nominal_adjective(document, start, stop)
    if index == stop or not document.tokens[index].is_word or is_abbreviation(document.tokens[index]):
        inflected = any(not _may_be_nominative(token.text) for token in document.tokens[start:index])
        return Head(start, start, None, "no_agreement" if inflected else None)
    noun = _noun(document, start, index, kind)
    return Head(start, index + 1, noun, None if noun else _why_no_noun(document.texts[index]))


def _may_be_nominative(word: str) -> bool:
    return is_joint(word) or any(form.case == "Nom" for form in forms(word))


def _why_no_noun(word: str) -> Uncertainty | None:
    if not is_russian(word):
        return None
    return "no_agreement" if any(form.known for form in forms(word)) else "unknown_word"


def is_abbreviation(token: Token) -> bool:
    """All capitals: МЧС, ЗАЗ. They do not decline."""
    return len(token.text) > 1 and token.text.isupper()


def is_joint(text: str) -> bool:
    """What may stand between two adjectives of one noun."""
    return text in ("и", ",")


def _joins(document: Document, index: int, stop: int) -> bool:
    return is_joint(document.texts[index]) and index + 1 < stop and _is_adjective(document, index + 1)


def _is_adjective(document: Document, index: int) -> bool:
    """An adjective by the tagger and by the dictionary, or one that can be nothing else."""
    options = forms(document.texts[index])
    if not any(form.pos in ADJECTIVES for form in options):
        return False
    if not any(form.pos in NOUNS and form.known for form in options):
        return True
    return document.morph(index).pos in ("ADJ", "DET", "VERB")


def _noun(document: Document, start: int, index: int, kind: EntityType) -> Noun | None:
    """The reading of the noun at `index` that fits the tagger, the kind of name and the adjectives from `start`."""
    feats = document.morph(index).feats
    opinion = Opinion(feats.get("Case"), feats.get("Number"), feats.get("Gender"))
    return _fitting_noun(tuple(document.texts[start:index]), document.lowers[index], opinion, kind)


@lru_cache(maxsize=CACHED_NOUNS)
def _fitting_noun(adjectives: tuple[str, ...], word: str, opinion: Opinion, kind: EntityType) -> Noun | None:
    options = [form for form in forms(word) if form.pos in NOUNS and form.case]
    if not any(form.known for form in options):
        unknown = _unknown_noun(word, options, opinion)
        return unknown if unknown and _agree(adjectives, unknown) else None
    best, best_fit, other_fit = None, float("-inf"), float("-inf")
    for form in options:
        nominative = form.nominative()
        noun = Noun(form.case, form.number, form.gender, nominative or "")
        fit = _fit(form, opinion, kind)
        if not nominative or fit <= other_fit or not _agree(adjectives, noun):
            continue
        if fit > best_fit:
            if best is not None and best.nominative != nominative:
                other_fit = best_fit
            best, best_fit = noun, fit
        elif best is not None and best.nominative != nominative:
            other_fit = fit
    return best._replace(uncertain="ambiguous") if best and best_fit - other_fit <= NARROW else best


def _unknown_noun(word: str, options: list[Form], opinion: Opinion) -> Noun | None:
    """A noun that the dictionary does not have: only the tagger's case, number and gender are believed."""
    case, number, gender = (said or "" for said in opinion)
    if case in ("Nom", "") or (case == "Acc" and gender != "Fem"):
        unsettled = word[-1] in UNSETTLED_ENDINGS and any(True for _ in nominatives(word))
        return Noun(case or "Nom", number, gender, word, "unknown_word" if unsettled else None)
    order = sorted(options, key=lambda f: ("Geox" not in f.grams, bool(f.grams & DISFAVOURED["LOC"])))
    fitting = [form for form in order if (form.case, form.number) == (case, number)]
    compound = sorted(
        filter(_last_part, fitting), key=lambda f: _last_part(f) + SAME_GENDER * (f.gender == gender), reverse=True
    )
    for form in compound or (form for form in fitting if form.gender == gender and not _is_invented(form)):
        nominative = form.nominative()
        return Noun(case, number, form.gender, nominative) if nominative else None
    for row, nominative in () if has_other_letters(word) else nominatives(word):
        if (row.case, "Sing", row.gender) == (case, number, gender):
            return Noun(case, number, gender, nominative)
    return None


def _is_invented(form: Form) -> bool:
    """A place in -я for one in -и: those in -и that never change are many more."""
    return form.word[-1] == "и" and form.lemma[-1] == "я"


def _last_part(form: Form) -> float:
    """How likely the last part of a compound is a word of the dictionary in that form: «Минск-Арене» is an «арена»."""
    last, lemma = (part.rpartition("-")[2] for part in (form.word, form.lemma))
    known = (one for one in forms(last) if one.known and one.lemma == lemma and one.case == form.case)
    return max((one.score for one in known), default=0.0) if "-" in form.word else 0.0


def _fit(form: Form, opinion: Opinion, kind: EntityType) -> float:
    return (
        3.0 * (form.case == opinion.case)
        + 1.5 * (form.number == opinion.number)
        + 0.5 * (not form.gender or form.gender == opinion.gender)
        + 1.2 * bool(form.grams & PREFERRED[kind])
        - 1.2 * bool(form.grams & DISFAVOURED[kind])
        + 0.8 * form.known
        + form.score
    )


def _agree(adjectives: Sequence[str], noun: Noun) -> bool:
    return all(is_joint(word) or _adjective(word, noun) is not None for word in adjectives)


def _adjective(word: str, noun: Noun) -> Form | None:
    """The reading of an adjective in the case, number and gender of its noun; «большой» rather than «больший»."""
    fitting = [
        form
        for form in forms(word)
        if form.pos in ADJECTIVES and form.case == noun.case and form.number == noun.number
        and (noun.number == "Plur" or not noun.gender or form.gender == noun.gender)
    ]  # fmt: skip
    return max(fitting, key=lambda f: (f.known, f.lemma not in COMPARATIVES, f.score), default=None)


def _agreeing(word: str, noun: Noun) -> str | None:
    form = _adjective(word, noun)
    return form.nominative(noun.number, noun.gender or form.gender) if form else None


def _nominal_adjective(document: Document, start: int, stop: int) -> Head:
    """A name of adjectives alone: «Дальнего», «Железнодорожном»."""
    feats = document.morph(stop - 1).feats
    best, best_fit = None, float("-inf")
    for form in forms(document.texts[stop - 1]):
        nominative = form.nominative() if form.pos in ADJECTIVES and form.case else None
        fit = 3.0 * (form.case == feats.get("Case")) + (form.number == feats.get("Number"))
        fit += (form.gender == feats.get("Gender")) + form.score
        if nominative and fit > best_fit:
            best, best_fit = Noun(form.case, form.number, form.gender, nominative), fit
    if best is None or not _agree(document.texts[start : stop - 1], best):
        return Head(start, start, None, "no_agreement")
    return Head(start, stop, best)


def _with_blanks(tokens: list[Token], words: list[str]) -> str:
    """The words with blanks where the text has them."""
    text = ""
    for index, (token, word) in enumerate(zip(tokens, words, strict=True)):
        gap = index > 0 and tokens[index - 1].stop < token.start
        text += (" " if gap else "") + word
    return text
