"""Settlements that the model passed over or took for something else: the word before the name tells."""

from __future__ import annotations

from pipelines.entities.morphology import forms
from pipelines.entities.settlements import ABBREVIATIONS, classifier_before, is_settlement, words
from pipelines.entities.spans import Span
from pipelines.entities.tokens import Document


def with_settlements(document: Document, spans: list[Span]) -> list[Span]:
    """The spans, those after «город» as places, and what surely is a settlement after «город», «г.» added."""
    taken = {index for span in spans for index in range(span.start, span.stop)}
    spans = [span._replace(type="LOC") if _is_settlement(document, span) else span for span in spans]
    found = [Span("LOC", i, i + 1) for i in _unmarked(document) if i not in taken]
    if not found:
        return spans
    document.tag({document.tokens[span.start].sentence for span in found})
    return sorted([*spans, *found], key=lambda span: span.start)


def _is_settlement(document: Document, span: Span) -> bool:
    """«Станица Каневская», «в городе Крестобурге», but «мэр города Лужков»."""
    first, name = document.tokens[span.start], document.texts[span.stop - 1]
    if span.stop - span.start == 2:
        return first.text.lower() in words() and document.tokens[span.start + 1].is_title
    if span.stop - span.start > 2 or not first.is_title or _is_person(name):
        return False
    classifier = classifier_before(document, span.start)
    return classifier is not None and document.morph(span.start).feats.get("Case") in classifier.cases


def _is_person(word: str) -> bool:
    return any(form.known and form.grams & {"Surn", "Name"} for form in forms(word))


def _unmarked(document: Document) -> list[int]:
    """Title words that are surely settlements and stand after a classifier."""
    tokens, lowers, classifiers = document.tokens, document.lowers, words()
    return [
        index
        for index in document.titles
        if index
        and (lowers[index - 1] == "." or lowers[index - 1] in classifiers)
        and _is_abbreviated_or_whole(document, index)
        and is_settlement(tokens[index].text)
        and classifier_before(document, index) is not None
    ]


def _is_abbreviated_or_whole(document: Document, index: int) -> bool:
    """«г.» and the like, not the end of a sentence; the name has no second word."""
    tokens = document.tokens
    if index + 1 < len(tokens) and tokens[index + 1].is_title:
        return False
    return tokens[index - 1].text != "." or (index > 1 and tokens[index - 2].text in ABBREVIATIONS)
