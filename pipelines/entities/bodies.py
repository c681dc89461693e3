"""How far a body's name reaches: the place it belongs to, the house it names, the adjective of its country."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from pipelines.entities import gazetteer
from pipelines.entities.announced import LATIN
from pipelines.entities.heads import all_forms, head_noun
from pipelines.entities.places import SETTLEMENTS
from pipelines.entities.quotes import ALL
from pipelines.entities.span_lists import at, free, put, put_all
from pipelines.entities.spans import Span
from pipelines.entities.tokens import Document

HOUSES = tuple("дворец дом центр музей театр библиотека школа лицей гимназия санаторий комплекс".split())
AREAS = frozenset("город района район округа области края республики сельского городского муниципального".split())


def houses(document: Document, spans: list[Span]) -> list[Span]:
    """«Дворец культуры «Приокский»»: the long name of a house and its name in quotation marks are one."""
    for span in spans:
        name = at(spans, span.stop + 1)
        if name is None or span.type == "PER" or span.stop - span.start < 2:
            continue
        tokens = document.tokens
        marked = tokens[span.stop].text in ALL and name.stop < len(tokens) and tokens[name.stop].text in ALL
        if marked and tokens[span.start].text.lower().replace("ё", "е") in _houses():
            spans = put(spans, Span("ORG", span.start, name.stop + 1))
    return spans


@cache
def _houses() -> frozenset[str]:
    return frozenset(word for lemma in HOUSES for word in all_forms(lemma))


def national(document: Document, spans: list[Span]) -> list[Span]:
    """«российский Минсельхоз», «чешский МИД»: only with its adjective is the body named."""
    result = []
    for span in spans:
        if span.type == "ORG" and span.stop - span.start == 1 and span.start > 0 and _has_country(document, span):
            span = span._replace(start=span.start - 1)
        result.append(span)
    return result


def _has_country(document: Document, span: Span) -> bool:
    """The word before a name is the adjective of a country or region."""
    name, word = document.tokens[span.start], document.tokens[span.start - 1]
    return word.sentence == name.sentence and not LATIN.fullmatch(name.text) and word.text in _of_countries()


@cache
def _of_countries() -> frozenset[str]:
    return frozenset(word for lemma in gazetteer.adjectives() for word in all_forms(lemma, "ADJF"))


def of_places(document: Document, spans: list[Span]) -> list[Span]:
    """«администрация города Рязани» and, where it has a capital, «Правительство РФ»: an organ with its place.

    Other organs in small letters («правительство Китая») only say whose they are.
    """
    found = []
    for place in [span for span in spans if span.type == "LOC"]:
        start = _before_area(document, place.start)
        noun = head_noun(document.texts[start - 1]) if start else None
        if noun is None or noun.kind != "state" or document.morph(place.start).feats.get("Case", "Gen") != "Gen":
            continue
        alone = at(spans, start - 1) == Span("ORG", start - 1, start)
        local = noun.lemma == "администрация" and not _is_country(document, place)
        known = start == place.start and (alone or _official(document, start - 1, place))
        if (local or known) and (alone or free(spans, start - 1, start)):
            found.append(Span("ORG", start - 1, place.stop))
    return put_all(spans, found)


def _before_area(document: Document, index: int) -> int:
    """The token after the last that is no «г.», «города», «района» before a place."""
    first, _ = document.sentence_bounds(index)
    while index > first + 1:
        word = document.lowers[index - 1].rstrip(".")
        dotted = word == "" and document.lowers[index - 2] in SETTLEMENTS
        if not dotted and word not in SETTLEMENTS and word not in AREAS:
            break
        index -= 1
    return index


def _official(document: Document, index: int, place: Span) -> bool:
    """A capital that is not the sentence's own, or the country is Russia, whose organs take one."""
    token = document.tokens[index]
    if not token.is_title or token.text.isupper():
        return False
    found = gazetteer.lookup(document.texts[place.start : place.stop])
    begins = document.sentence_bounds(index)[0] == index
    return found is not None and (found.ref == "iso3166:RU" or not begins)


def _is_country(document: Document, span: Span) -> bool:
    place = gazetteer.lookup(document.texts[span.start : span.stop])
    return place is not None and place.ref.startswith("iso3166:")


def attached(document: Document, spans: list[Span]) -> list[Span]:
    """«Общественный совет при министерстве»: «при» and whom it serves belong to the name."""
    for span in spans:
        if span.type != "ORG" or span.stop >= len(document.tokens) or document.texts[span.stop] != "при":
            continue
        stop = _phrase_end(document, span.stop + 1, spans)
        if stop > span.stop + 1:
            spans = put(spans, Span("ORG", span.start, stop))
    return spans


def _phrase_end(document: Document, index: int, spans: Sequence[Span]) -> int:
    """Where the noun phrase in the prepositional case that begins here ends, with what it governs."""
    begin, (_, end) = index, document.sentence_bounds(index - 1)
    noun = False
    while index < end:
        name = at(spans, index)
        if name is not None and name.type != "PER":
            index, noun = name.stop, True
            continue
        tag = document.morph(index)
        wanted = "Gen" if noun else "Loc"
        if tag.pos not in ("ADJ", "NOUN", "PROPN") or tag.feats.get("Case") != wanted:
            break
        noun = noun or tag.pos != "ADJ"
        index += 1
        if noun and index < end and document.morph(index).pos not in ("ADJ", "NOUN", "PROPN"):
            break
    return index if noun else begin


def without_speech(document: Document, spans: list[Span]) -> list[Span]:
    """A quoted sentence is no body: «Снег растаял»."""
    return [span for span in spans if span.type != "ORG" or not _says(document, span)]


def _says(document: Document, span: Span) -> bool:
    return span.stop - span.start > 1 and any(
        document.morph(index).feats.get("VerbForm") == "Fin" for index in range(span.start, span.stop)
    )


def tables() -> None:
    """Build now what the rules look words up in."""
    head_noun("")
    _of_countries()
    _houses()
