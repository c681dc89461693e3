"""Names that the word before them announces: «газета «Волна»», «ОАО «Весна»», «компания Siemens»; and domains."""

from __future__ import annotations

import re
from bisect import bisect_left

from pipelines.entities import gazetteer
from pipelines.entities.heads import HeadNoun, head_nouns
from pipelines.entities.morphology import forms
from pipelines.entities.quotes import ALL, quotations
from pipelines.entities.span_lists import at, put_all, within
from pipelines.entities.spans import Span
from pipelines.entities.tokens import Document

Heads = list[tuple[int, HeadNoun]]
LATIN = re.compile(r"(?=.*[A-Za-z])[A-Z0-9][A-Za-z0-9.&'’-]*|[a-z]+[A-Z][A-Za-z0-9]*")
"""A word of a foreign name: Siemens, 4Tech, eLight."""
_TOP = r"(?:ru|рф|su|com|net|org|info|biz|eu|ua|by|kz|tv|fm|me|io)(?![\w/@-])"
_DOMAIN = re.compile(rf"(?<![\w@/:.-])(?:[\w-]{{1,30}}\.){{1,3}}{_TOP}", re.IGNORECASE)
_DOMAIN_END = re.compile(rf"\.{_TOP}", re.IGNORECASE)
"""Sooner looked for: most texts have none."""
ADDRESSES = ("сайт", "портал", "адрес", "страниц", "ссылк", "почт")
"""After these a domain is an address, not a news agency."""
NAMES = frozenset({"Name", "Surn", "Patr", "Geox"})
QUOTED_WORDS = 8
"""A longer quotation is a sentence."""


def by_head_nouns(document: Document, spans: list[Span]) -> list[Span]:
    """The names that a noun like «газета», «ОАО» announces."""
    heads = announced(document)
    for rule in (quoted_names, foreign_names, named_by_head) if heads else ():
        spans = rule(document, spans, heads)
    return spans


def quoted_names(document: Document, spans: list[Span], heads: Heads) -> list[Span]:
    """«газета «Волна»», «ОАО «Весна»»: the name is what the quotation marks hold."""
    found = []
    for open_at, _ in heads:
        if document.texts[open_at] not in ALL or (open_at > 1 and document.texts[open_at - 2] in ALL):
            continue  # the last: «Ассоциация «Союз городов»», all of it a name
        marks = quotations(document, document.tokens[open_at].sentence)
        quote = next((q for q in marks if q.open == open_at and q.closed), None)
        if quote is None or not 1 < quote.close - open_at <= QUOTED_WORDS + 1:
            continue
        first = document.texts[open_at + 1]
        whole = _with_head(spans, open_at - 1, quote.close + 1)
        if (whole or within(spans, open_at + 1, quote.close)) and (first[0].isupper() or first[0].isdigit()):
            found.append(Span("ORG", open_at + 1, quote.close))
    return put_all(spans, found)


def foreign_names(document: Document, spans: list[Span], heads: Heads) -> list[Span]:
    """«компания Siemens»: letters of another script after a head noun."""
    found = []
    for start, noun in heads:
        stop = start
        while stop < len(document.tokens) and LATIN.fullmatch(document.texts[stop]):
            stop += 1
        whole = noun.kind != "brand" and _with_head(spans, start - 1, stop)
        if stop > start and (whole or within(spans, start, stop)):
            found.append(Span("ORG", start, stop))
    return put_all(spans, found)


def _with_head(spans: list[Span], start: int, stop: int) -> bool:
    """Is there a span of just the head noun and the name?"""
    whole = at(spans, start)
    return whole is not None and whole.stop == stop


def domains(document: Document, spans: list[Span]) -> list[Span]:
    """«сообщает Rzn.info»: a site that speaks, not one that is visited."""
    found = []
    for match in _DOMAIN.finditer(document.text) if _DOMAIN_END.search(document.text) else ():
        start = bisect_left(document.tokens, match.start(), key=lambda token: token.start)
        stop = bisect_left(document.tokens, match.end(), key=lambda token: token.start)
        before = document.lowers[start - 1] if start else ""
        talked_of = before in ALL or before.startswith(ADDRESSES)
        if start < stop and within(spans, start, stop) and not talked_of:
            found.append(Span("ORG", start, stop))
    return put_all(spans, found)


def announced(document: Document) -> Heads:
    """The tokens after a noun that announces a name, with that noun."""
    nouns, tokens = head_nouns(), document.tokens
    found = []
    for index in [index for index, text in enumerate(document.texts[:-1], start=1) if text in nouns]:
        noun = nouns[document.texts[index - 1]]
        if noun.kind != "state" and tokens[index].sentence == tokens[index - 1].sentence:
            found.append((index, noun))
    return found


def named_by_head(document: Document, spans: list[Span], heads: Heads) -> list[Span]:
    """«команда Зурбан», «профсоюз Онлайт»: what no dictionary knows as a name in the genitive is the body's own."""
    after = {index for index, noun in heads if noun.kind == "brand"}
    return [
        span._replace(type="ORG") if span.type != "ORG" and span.start in after and _unheard(document, span) else span
        for span in spans
    ]


def _unheard(document: Document, span: Span) -> bool:
    words = document.texts[span.start : span.stop]
    if len(words) > 1 or gazetteer.lookup(words) is not None:
        return False
    return not any(form.known and form.grams & NAMES for form in forms(words[0]))
