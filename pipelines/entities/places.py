"""Places in the nominative, with their codes."""

from __future__ import annotations

from pipelines.entities import gazetteer
from pipelines.entities.morphology import forms
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
STREETS = frozenset(
    "улица площадь проспект бульвар переулок набережная шоссе сквер парк проезд тупик станция метро".split()
)
"""What is named after somebody in the genitive."""


def normal_place(document: Document, span: Span) -> tuple[str, tuple[str, ...]]:
    """The place's nominative without «город», «г.» and the like, and what it is elsewhere (`iso3166:PL`)."""
    start = _after_settlement(document, span)
    words = [token.text for token in document.tokens[start : span.stop]]
    place = gazetteer.lookup(words)
    if place is not None:
        return gazetteer.capitals_like(place.name, words), (place.ref,)
    if _of_a_street(document, start):
        return unify(" ".join(words)), ()
    return normal_phrase(document, start, span.stop, "LOC"), ()


def _of_a_street(document: Document, start: int) -> bool:
    """«площадь Ленина»: a genitive that depends on the word before it is the name as it stands."""
    if start == 0 or document.morph(start).feats.get("Case") != "Gen" or document.morph(start).pos == "ADJ":
        return False
    return any(form.lemma in STREETS and form.number == "Sing" for form in forms(document.tokens[start - 1].text))


def _after_settlement(document: Document, span: Span) -> int:
    """First token of the name itself."""
    first = document.tokens[span.start].text.lower().replace("ё", "е").rstrip(".")
    if first not in SETTLEMENTS or span.stop - span.start < 2:
        return span.start
    start = span.start + 1
    if document.tokens[start].text == "." and span.stop - start > 1:
        start += 1
    return start if document.tokens[start].is_title else span.start
