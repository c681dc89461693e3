"""Bodies of a territory: «ГУ МЧС России по Рязанской области», «Управление Роспотребнадзора по городу Кирову»."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from pipelines.entities.heads import all_forms
from pipelines.entities.spans import Span
from pipelines.entities.tokens import Document

MOST_PARTS = 8
"""Names in a row that may be the parts of one body."""
AREAS = frozenset("городу районам району округу области краю республике муниципальному городскому г .".split())
"""Words between «по» and the name of the place."""
GENERAL = "управление"
"""With small letters only this belongs to the name: «начальник отдела УФНС России по Саратовской области»."""


@cache
def _offices() -> dict[str, str]:
    """By their forms, what a state's body has in every region."""
    return {word: lemma for lemma in (GENERAL, "отдел", "отделение", "инспекция") for word in all_forms(lemma)}


@cache
def _ranks() -> frozenset[str]:
    """Adjectives before an office that belong to its name."""
    lemmas = ("главный", "территориальный", "межрегиональный", "межрайонный", "региональный")
    return frozenset(word for lemma in lemmas for word in all_forms(lemma, "ADJF"))


def territorial_bodies(document: Document, spans: list[Span]) -> list[Span]:
    """Abbreviations, offices and a country before «по» and places are one body, «УМВД России по городу Кургану»."""
    result: list[Span] = []
    for span in spans:
        result.append(span)
        if span.type != "LOC" or span.start == 0:
            continue
        inside = result[-2] if len(result) > 1 else None
        joined = document.texts[span.start - 1] == "и" and inside is not None and inside.stop == span.start - 1
        if joined and inside is not None and _is_territorial(document, inside):
            result[-2:] = [Span("ORG", inside.start, span.stop)]
        by = _by(document, span.start)
        body = _body_before(document, result[-MOST_PARTS:-1], by) if by else None
        if body is not None:
            while result and result[-1].stop > body:
                body = min(body, result.pop().start)
            result.append(Span("ORG", body, span.stop))
    return result


def _by(document: Document, index: int) -> int | None:
    """The «по» before a place, where words like «городу» may stand between."""
    first, _ = document.sentence_bounds(index)
    while index > first + 1 and document.lowers[index - 1] in AREAS:
        index -= 1
    return index - 1 if index > first + 1 and document.lowers[index - 1] == "по" else None


def _is_territorial(document: Document, span: Span) -> bool:
    first = document.texts[span.start]
    named = first.isupper() or first.startswith("Рос") or _is_office(first.lower())
    return span.type == "ORG" and named and "по" in document.texts[span.start : span.stop]


def _body_before(document: Document, spans: Sequence[Span], by: int) -> int | None:
    """Where the run of abbreviations, offices and at most one country before «по» begins; None if it is no body."""
    start, edge, countries = None, by, 0
    for span in reversed(spans):
        stop = by if span.stop == by + 1 else span.stop  # «Управление Роспотребнадзора по»
        if stop != edge or span.start >= stop:
            break
        countries += span.type == "LOC"
        office = _is_office(document.lowers[span.start])
        if span.type == "PER" or countries > 1:
            break
        edge = span.start
        start = edge if span.type == "ORG" and (office or document.texts[stop - 1].isupper()) else start
    before = _office_start(document, edge) if edge < by else edge
    return before if before < edge else start


def _office_start(document: Document, index: int) -> int:
    """Where «Главного управления» begins that ends before this token; the token itself if no office stands there."""
    first, _ = document.sentence_bounds(index)
    start = index
    lemma = _offices().get(document.lowers[index - 1]) if index > first else None
    if lemma == GENERAL or (lemma and document.tokens[index - 1].is_title):
        start = index - 1
        while start > first and document.lowers[start - 1] in _ranks():
            start -= 1
    return start


def _is_office(word: str) -> bool:
    return word in _offices() or word in _ranks()
