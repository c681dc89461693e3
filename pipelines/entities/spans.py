"""Where the names are: the model's spans, mended by an ordered list of rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from newscrawl.items import EntityType
from pipelines.entities.models import ner_tags
from pipelines.entities.quotes import ALL, Quoted, quotations
from pipelines.entities.tokens import Document

DASHES = "-–—"
TYPES: dict[str, EntityType] = {"PER": "PER", "ORG": "ORG", "LOC": "LOC"}


class Span(NamedTuple):
    """A name: its tokens, `stop` exclusive."""

    type: EntityType
    start: int
    stop: int


Rule = Callable[[Document, list[Span], list[Quoted]], list[Span]]


def find_spans(document: Document) -> list[Span]:
    """The names of a document in the order of the text, none overlapping another."""
    spans: list[Span] = []
    tags = ner_tags([document.words(sentence) for sentence in document.sentences])
    for sentence, found in _model_spans(document, tags):
        marks = quotations(document, sentence)
        for rule in RULES:
            found = rule(document, found, marks)
        spans += found
    return spans


def _model_spans(document: Document, tags: list[str]) -> Iterator[tuple[int, list[Span]]]:
    """The model's names of each sentence that has one."""
    found: list[Span] = []
    sentence = -1
    for index in [index for index, tag in enumerate(tags) if tag != "O"]:
        part, _, name = tags[index].partition("-")
        if name not in TYPES:
            continue
        if document.tokens[index].sentence != sentence:
            if found:
                yield sentence, found
            sentence, found = document.tokens[index].sentence, []
        if found and found[-1].stop == index and part == "I" and name == found[-1].type:
            found[-1] = found[-1]._replace(stop=index + 1)
        else:
            found.append(Span(TYPES[name], index, index + 1))
    if found:
        yield sentence, found


def whole_nested_name(document: Document, spans: list[Span], marks: list[Quoted]) -> list[Span]:
    """«Международный Союз «Наследники Победы»» is one organisation: a quotation that ends with a quotation."""
    for outer in marks:
        nested = any(q.open > outer.open and q.close in (outer.close - 1, outer.close) for q in marks if q != outer)
        first, stop = outer.open + 1, outer.close
        inside = [s for s in spans if s.start >= first and s.stop <= stop and s.type == "ORG"]
        if nested and inside and _crossing(spans, first, stop) is None:
            spans = _replace(spans, Span("ORG", first, stop))
    return spans


def balanced(document: Document, spans: list[Span], marks: list[Quoted]) -> list[Span]:
    """A name holds both marks of a quotation or neither: «Школа «Росток» grows by its closing mark."""
    for span in list(spans):
        if span not in spans:
            continue
        start, stop = span.start, span.stop
        for quote in marks:
            end = quote.close + 1 if quote.closed else quote.close
            if start < quote.open < stop < end:
                stop = end
            elif quote.closed and quote.open < start <= quote.close < stop - 1 and span.type == "ORG":
                start = quote.open
        if (start, stop) != (span.start, span.stop) and _crossing(spans, start, stop) is None:
            spans = _replace(spans, Span(span.type, start, stop))
    return spans


def trimmed(document: Document, spans: list[Span], marks: list[Quoted]) -> list[Span]:
    """No punctuation at the edges, except the marks of a quotation that does not embrace the whole name."""
    result = []
    pairs = {(q.open, q.close) for q in marks}
    opened = {q.open: q.close for q in marks}
    closed = {q.close: q.open for q in marks if q.closed}
    for kind, first, end in spans:
        start, stop = first, end
        while start < stop:
            if (start, stop - 1) in pairs:
                start, stop = start + 1, stop - 1
            elif not _edge(document.texts[start], opened.get(start, stop) < stop):
                start += 1
            elif not _right_edge(document, start, stop, closed.get(stop - 1, -1) >= start):
                stop -= 1
            else:
                break
        if start < stop:
            result.append(Span(kind, start, stop))
    return result


def cut_at_separators(document: Document, spans: list[Span], marks: list[Quoted]) -> list[Span]:
    """Bullets, semicolons and dashes between blanks part names; commas part persons and places."""
    result = []
    for kind, first, stop in spans:
        start = first
        for index in range(first, stop):
            text = document.texts[index]
            parts = text in "•·;|/" or (text in DASHES and _spaced(document, index)) or (text == "," and kind != "ORG")
            if parts and not any(quote.open < index < quote.close for quote in marks):
                result.append(Span(kind, start, index))
                start = index + 1
        result.append(Span(kind, start, stop))
    return [span for span in result if span.start < span.stop]


def cut_at_parenthesis(document: Document, spans: list[Span], marks: list[Quoted]) -> list[Span]:
    """«Палата представителей (ПП)»: what follows the name in parentheses is a name of its own."""
    result = []
    for kind, start, stop in spans:
        open_at = next((i for i in range(start + 1, stop) if document.texts[i] == "("), None)
        if open_at is None or open_at + 1 >= stop or not document.tokens[open_at + 1].is_title:
            result.append(Span(kind, start, stop))
            continue
        close_at = next((i for i in range(open_at, stop) if document.texts[i] == ")"), stop)
        if close_at < stop - 1:
            result.append(Span(kind, start, stop))  # the name goes on: a part of it
        else:
            result += [Span(kind, start, open_at), Span(kind, open_at + 1, close_at)]
    return result


def named_after(document: Document, spans: list[Span], marks: list[Quoted]) -> list[Span]:
    """«Театр им. Ивана Петрова» is one body."""
    result: list[Span] = []
    for span in spans:
        before = result[-1] if result else None
        if before and before.type == "ORG" and span.type == "PER" and before.stop <= span.start <= before.stop + 2:
            between = document.texts[max(before.start + 1, span.start - 2) : span.start]
            if between[-1:] == ["имени"] or between[-2:] == ["им", "."] or between[-1:] == ["им."]:
                result[-1] = Span("ORG", before.start, span.stop)
                continue
        result.append(span)
    return result


def _spaced(document: Document, index: int) -> bool:
    if not 0 < index < len(document.tokens) - 1:
        return False
    before, token, after = document.tokens[index - 1 : index + 2]
    return before.stop < token.start and token.stop < after.start


def _edge(text: str, matched: bool) -> bool:
    """May this token stand at the edge of a name?"""
    if text in ALL:
        return matched
    return text[0].isalnum() or text in ")№" or (len(text) > 1 and text[-1].isalnum())


def _right_edge(document: Document, start: int, stop: int, matched: bool) -> bool:
    """The same for the last token: a parenthesis needs its opening one, a full stop its initial."""
    text = document.texts[stop - 1]
    if text == ")":
        return any(token.text == "(" for token in document.tokens[start:stop])
    return _edge(text, matched) or (text == "." and _initial(document, stop - 2))


def _initial(document: Document, index: int) -> bool:
    return index >= 0 and len(document.texts[index]) == 1 and document.tokens[index].is_title


def _crossing(spans: list[Span], start: int, stop: int) -> Span | None:
    """A span that overlaps [start, stop) without lying inside it."""
    overlapping = (s for s in spans if s.start < stop and s.stop > start)
    return next((s for s in overlapping if s.start < start or s.stop > stop), None)


def _replace(spans: list[Span], new: Span) -> list[Span]:
    """`spans` with `new` in the place of all that it covers."""
    return sorted([s for s in spans if s.stop <= new.start or s.start >= new.stop] + [new], key=lambda s: s.start)


RULES: tuple[Rule, ...] = (whole_nested_name, cut_at_separators, cut_at_parenthesis, named_after, balanced, trimmed)
