"""Unions of states as places or bodies: `unions.csv` says which may be what."""

from __future__ import annotations

from pipelines.entities import gazetteer
from pipelines.entities.morphology import forms
from pipelines.entities.spans import Span
from pipelines.entities.tokens import Document

LANDS = frozenset("территория граница предел пространство".split())
"""What only a territory has; members and citizens a body has too («страны НАТО»)."""


def of_span(document: Document, span: Span) -> gazetteer.Union | None:
    """The union of states that this span names."""
    return gazetteer.union(document.texts[span.start : span.stop])


def unions_by_use(document: Document, spans: list[Span]) -> list[Span]:
    """LOC for a union that is a place, ORG for a body; for the others the whole article decides."""
    named = [(span, of_span(document, span)) for span in spans]
    acting = {union.key for span, union in named if union and not _as_territory(document, span)}
    result = []
    for span, union in named:
        if union is not None:
            place = union.use == "place" or (union.use == "union" and union.key not in acting)
            span = span._replace(type="LOC" if place else "ORG")
        result.append(span)
    return result


def _as_territory(document: Document, span: Span) -> bool:
    """«на территории ЕС», «живёт в ЕС»; not «вступил в ЕС», «страны ЕС»."""
    if span.start == document.sentence_bounds(span.start)[0]:
        return False
    before = document.lowers[span.start - 1]
    if before in ("в", "во", "по"):
        case = document.morph(span.start).feats.get("Case")
        return case == "Loc" or (before == "по" and case == "Dat")
    return any(form.lemma in LANDS for form in forms(before))
