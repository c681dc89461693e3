"""What a name is that the model takes for a body or a person, by the noun before it, what it is joined to, its list."""

from __future__ import annotations

from functools import lru_cache

from pipelines.entities.generic import head_lemma
from pipelines.entities.morphology import Form, forms
from pipelines.entities.quotes import ALL, Quoted, quotations
from pipelines.entities.spans import Span
from pipelines.entities.tokens import Document

NAMES = frozenset({"Name", "Surn", "Patr", "Geox"})
FACILITIES = frozenset(
    "авиабаза аэропорт бизнес-центр вокзал гостиница кинотеатр космодром мост отель собор стадион тюрьма".split()
)
"""Nouns whose names are places."""


def facilities(document: Document, spans: list[Span]) -> list[Span]:
    """«стадион «Волга»», «Северный вокзал»: what is named after a building is a place."""
    return [
        span._replace(type="LOC") if span.type == "ORG" and _is_facility(document, span) else span for span in spans
    ]


def _is_facility(document: Document, span: Span) -> bool:
    if head_lemma(document, span) in FACILITIES:
        return True
    start, first = span.start, document.sentence_bounds(span.start)[0]
    before = start - 2 if document.texts[start - 1] in ALL else start - 1
    if before < first or document.texts[start].isupper() or not _names_facility(document.texts[before]):
        return False
    return document.morph(start).feats.get("Case") != "Gen"  # «стадион «Зенита»»


@lru_cache(maxsize=5_000)
def _names_facility(word: str) -> bool:
    return any(form.pos == "NOUN" and form.number == "Sing" and form.lemma in FACILITIES for form in forms(word))


def joined(document: Document, spans: list[Span]) -> list[Span]:
    """«Росприроднадзор и Рыбохрана»: what no dictionary knows as a person's name is what it is joined to."""
    result: list[Span] = []
    for span in spans:
        if result and span.type == "PER" and span.stop - span.start == 1:
            before = result[-1]
            linked = before.stop == span.start - 1 and document.texts[span.start - 1] == "и"
            if linked and before.type == "ORG" and not _is_name(document.texts[span.start]):
                span = span._replace(type="ORG")
        result.append(span)
    return result


def _is_name(word: str) -> bool:
    readings: tuple[Form, ...] = forms(word)
    return not readings or any(form.grams & NAMES for form in readings)


def lists(document: Document, spans: list[Span]) -> list[Span]:
    """Quoted names in one list are alike: with most of «Лицо», «Молчание», «Час волка» no bodies, none is."""
    dropped: set[Span] = set()
    for sentence in {document.tokens[span.start].sentence for span in spans if span.type == "ORG"}:
        for run in _quoted_lists(document, sentence):
            inside = [[s for s in spans if s.start >= q.open and s.stop <= q.close + 1] for q in run]
            bodies = [s for found in inside for s in found if s.type == "ORG"]
            if 2 * len(bodies) < len(run) and sum(map(bool, inside)) <= len(bodies):
                dropped.update(bodies)
    return [span for span in spans if span not in dropped]


def _quoted_lists(document: Document, sentence: int) -> list[list[Quoted]]:
    """Three quotations and more with nothing but commas and «и» between them."""
    runs: list[list[Quoted]] = []
    run: list[Quoted] = []
    for quote in quotations(document, sentence):
        if run and quote.open < run[-1].close:
            continue
        if run and document.lowers[run[-1].close + 1 : quote.open] not in ([","], ["и"], [",", "и"]):
            runs.append(run)
            run = []
        run.append(quote)
    return [found for found in (*runs, run) if len(found) > 2]
