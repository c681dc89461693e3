"""Places in the nominative, with their codes."""

from __future__ import annotations

from typing import NamedTuple

from newscrawl.items import Uncertainty
from pipelines.entities import gazetteer, settlements, streets, unions
from pipelines.entities.agreement import CASES, agreeing
from pipelines.entities.morphology import forms, is_russian, shaped
from pipelines.entities.normal import normal_phrase
from pipelines.entities.quotes import unify
from pipelines.entities.spans import Span
from pipelines.entities.tokens import Document

SETTLEMENTS = frozenset(
    "г гор город города городу городом городе пос поселок поселка поселку поселком поселке пгт рп "
    "с село села селу селом селе д дер деревня деревни деревне деревню деревней "
    "ст-ца станица станицы станице станицу станицей хутор хутора хутору хутором хуторе".split()
)
"""Words before the name of a settlement, which are no part of its name."""
RIVERS = frozenset({"река"})
"""What has its own name in its own case behind it: «реки Оки»."""
NAMED_IN_GENITIVE = frozenset([*streets.KINDS, "станция", "метро", "перекрёсток", "пересечение", "угол"])
"""What is named after somebody in the genitive."""


class Normal(NamedTuple):
    """A place in the nominative, what it is elsewhere (`iso3166:PL`), and what tells it from others."""

    text: str
    refs: tuple[str, ...] = ()
    key: str = ""
    """For an id, where the nominative alone would not do."""
    candidates: frozenset[str] = frozenset()
    """A settlement of one word: all nominatives that its form allows, in small letters."""
    street: str = ""
    """A street: the name without its kind, «речная»."""
    uncertain: Uncertainty | None = None
    """Why `text` may be wrong."""


def normal_place(document: Document, span: Span) -> Normal:
    """The place's nominative without «город», «г.» and the like."""
    union = unions.of_span(document, span)
    if union is not None:
        return Normal(gazetteer.capitals_like(union.name, _words(document, span.start, span.stop)), key=union.key)
    start = _after_settlement(document, span)
    words = _words(document, start, span.stop)
    place = gazetteer.lookup(words)
    if place is not None:
        return Normal(gazetteer.capitals_like(place.name, words), (place.ref,))
    street = streets.street_of(document, span)
    if street is not None:
        name = " ".join(streets.name_words(document, street))
        return Normal(streets.normal(document, street), key=f"{street.kind.lemma} {name}", street=name)
    if len(words) == 1 and (adjective := _street_adjective(document, start) or _of_settlement(document, start)):
        return Normal(shaped(adjective, words[0]))
    if _of_a_street(document, start):
        return Normal(unify(" ".join(words)))
    if len(words) == 2 and any(form.lemma in RIVERS for form in forms(words[0])) and words[1][0].isupper():
        name, uncertain = normal_phrase(document, start + 1, span.stop, "LOC")
        return Normal(f"{shaped('река', words[0])} {name}", uncertain=uncertain)
    town = settlements.nominative(document, start) if len(words) == 1 else None
    text, uncertain = (shaped(town, words[0]), None) if town else normal_phrase(document, start, span.stop, "LOC")
    if len(words) > 1:
        stays = text.endswith(words[-1]) and _second_name_inflected(document, start, span.stop)
        return Normal(text, uncertain="no_agreement" if stays else uncertain)
    return Normal(text, candidates=settlements.candidates(words[0]), uncertain=uncertain)


def _second_name_inflected(document: Document, start: int, stop: int) -> bool:
    """«Сан Луисе»: the second word is in a case that does not depend on the first."""
    tag = document.morph(start + 1)
    word = document.tokens[start + 1]
    two_names = start + 2 == stop and tag.pos == "PROPN" and word.is_title and is_russian(word.text)
    return two_names and tag.feats.get("Case") in ("Dat", "Ins", "Loc")


def _words(document: Document, start: int, stop: int) -> list[str]:
    return document.texts[start:stop]


def _of_a_street(document: Document, start: int) -> bool:
    """«площадь Ленина»: a genitive that depends on the word before it is the name as it stands; «на Ленина» too."""
    if start > 0 and document.lowers[start - 1] == "на" and _is_genitive_alone(document.texts[start]):
        return True
    if start == 0 or document.morph(start).feats.get("Case") != "Gen" or document.morph(start).pos == "ADJ":
        return False
    if streets.is_place(document, start):
        return False
    options = forms(document.texts[start - 1])
    return any(form.lemma in NAMED_IN_GENITIVE and form.number == "Sing" for form in options)


def _is_genitive_alone(word: str) -> bool:
    """A noun that is no accusative, but of a person, and no locative: behind «на» a word is missing, «улице»."""
    known = [form for form in forms(word) if form.known and form.pos == "NOUN" and form.number == "Sing"]
    fitting = (form for form in known if form.case == "Loc" or (form.case == "Acc" and "anim" not in form.grams))
    return any(form.case == "Gen" for form in known) and not any(fitting)


def _street_adjective(document: Document, start: int) -> str | None:
    """«На улице Речной»: an adjective in the case and gender of the street's kind, in the nominative."""
    if start == 0:
        return None
    kinds = [form for form in forms(document.lowers[start - 1]) if form.lemma in NAMED_IN_GENITIVE]
    places = {(form.case, form.gender) for form in kinds if form.number == "Sing"}
    options = forms(document.tokens[start].text)
    if any(form.grams & {"Surn", "Name"} for form in options):
        return None
    agreeing = (form for form in options if form.pos == "ADJF" and (form.case, form.gender) in places)
    return next((form.nominative() for form in agreeing if form.number == "Sing"), None)


def _of_settlement(document: Document, start: int) -> str | None:
    """«Посёлка Солнечного»: an adjective in the gender of the word before it, and in its case, in the nominative."""
    kind = settlements.classifier_before(document, start)
    if kind is None or not (kind.cases or document.texts[start - 1] == "."):  # «с» is a preposition as well
        return None
    fitting = agreeing(document.texts[start], kind.cases or CASES, "Sing", kind.gender)
    return next((form.nominative("Sing", kind.gender) for form in fitting), None)


def _after_settlement(document: Document, span: Span) -> int:
    """First token of the name itself."""
    first = document.lowers[span.start].replace("ё", "е").rstrip(".")
    if first not in SETTLEMENTS or span.stop - span.start < 2:
        return span.start
    start = span.start + 1
    if document.texts[start] == "." and span.stop - start > 1:
        start += 1
    return start if document.tokens[start].is_title else span.start
