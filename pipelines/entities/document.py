"""The road of one text: tokens, spans, canonical forms, posts, ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from newscrawl.items import EntityMention
from pipelines.entities import body_names, gazetteer, generic, own, unions
from pipelines.entities.doubts import RULES
from pipelines.entities.drafts import Draft
from pipelines.entities.government import governed
from pipelines.entities.link import link
from pipelines.entities.morphology import has_other_letters
from pipelines.entities.persons import normal_name
from pipelines.entities.places import normal_place
from pipelines.entities.posts import find_post
from pipelines.entities.quotes import ALL
from pipelines.entities.repeated import aside_of, with_place
from pipelines.entities.spans import Span, find_spans
from pipelines.entities.tokens import Document, read

BEFORE, AFTER = 8, 6
"""Words beside a person's name whose morphology is most often asked for."""
APPOSED = ([","], ["—"], ["–"], ["-"], ["("])
"""After these a post may follow the name."""


def mentions(text: str) -> list[EntityMention]:
    """Every entity of a text."""
    document = read(text)
    spans = find_spans(document)
    _tag(document, spans)
    for rule in RULES:
        spans = rule(document, spans)
    return describe(document, spans)


def describe(document: Document, spans: Sequence[Span]) -> list[EntityMention]:
    """The mentions at these spans: canonical forms, posts, codes and ids."""
    _tag(document, spans)
    owners = {index: span for span in spans for index in range(span.start, span.stop)}
    drafts = [_draft(document, span, owners) for span in spans]
    starts = {span.start: draft for span, draft in zip(spans, drafts, strict=True)}
    for index, draft in enumerate(drafts):
        bounds = aside_of(document, with_place(spans, index))
        aside = starts.get(bounds[0]) if bounds else None
        draft.aside = aside if aside is not None and aside.type == draft.type else None
    link(drafts)
    return [draft.mention() for draft in drafts]


def _tag(document: Document, spans: Sequence[Span]) -> None:
    """Have morphology made for the names, and for the words beside persons, among which their posts are looked for."""
    words: list[int] = []
    for kind, start, stop in spans:
        if kind == "PER":
            first, end = document.sentence_bounds(start)
            after = AFTER if document.texts[stop : stop + 1] in APPOSED else 0
            start, stop = max(first, start - BEFORE), min(end, stop + after)
        words += range(start, stop)
    document.tag({document.tokens[span.start].sentence for span in spans}, words)


def _draft(document: Document, span: Span, owners: Mapping[int, Span]) -> Draft:
    tokens = document.tokens[span.start : span.stop]
    start, stop = tokens[0].start, tokens[-1].stop
    draft = Draft(start, stop, document.text[start:stop], span.type, "")
    entry = own.entry_of(document, span)
    if entry is not None and span.type != "PER":
        draft.normal, draft.refs = entry.normal, (entry.ref,) if entry.ref else ()
        return draft
    if span.type == "PER":
        tags = [document.morph(i) for i in range(span.start, span.stop)]
        draft.name = normal_name([t.text for t in tokens], tags, governed(document, span, owners))
        draft.normal, draft.uncertain = draft.name.normal, draft.name.uncertain
        draft.post = find_post(document, span, owners)
    elif span.type == "LOC":
        place = normal_place(document, span)
        draft.normal, draft.refs, draft.key, draft.candidates, draft.street, draft.uncertain = place
    else:
        union = unions.of_span(document, span)
        draft.normal, draft.uncertain = body_names.normal_body(document, span, owners)
        draft.key = union.key if union else body_names.key(draft.normal)
        draft.key = gazetteer.federal().get(draft.key, draft.key)
        draft.head, draft.bare = generic.head_lemma(document, span), generic.is_bare(document, span)
        draft.in_quotes = span.start > 0 and document.texts[span.start - 1] in ALL
    if has_other_letters(draft.text):
        draft.uncertain = "letters"
        draft.normal = " ".join(draft.text.split()) if span.type == "PER" else draft.normal
    return draft
