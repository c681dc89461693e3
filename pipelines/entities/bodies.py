"""Where a body's name begins and ends, and bodies that the model passed over, by what stands before the name."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from functools import cache

from pipelines.entities import gazetteer
from pipelines.entities.heads import HeadNoun, all_forms, head_noun
from pipelines.entities.morphology import forms
from pipelines.entities.places import SETTLEMENTS
from pipelines.entities.quotes import ALL, quotations
from pipelines.entities.spans import Span
from pipelines.entities.tokens import Document

Heads = list[tuple[int, HeadNoun]]
LATIN = re.compile(r"(?=.*[A-Za-z])[A-Z0-9][A-Za-z0-9.&'’-]*|[a-z]+[A-Z][A-Za-z0-9]*")
"""A word of a foreign name: Siemens, 3Com, comScore."""
_DOMAIN = re.compile(
    r"(?<![\w@/:.-])(?:[\w-]{1,30}\.){1,3}(?:ru|рф|su|com|net|org|info|biz|eu|ua|by|kz|tv|fm|me|io)(?![\w/@-])",
    re.IGNORECASE,
)
ADDRESSES = ("сайт", "портал", "адрес", "страниц", "ссылк", "почт")
"""After these a domain is an address, not a news agency."""
HOUSES = (
    "дворец",
    "дом",
    "центр",
    "музей",
    "театр",
    "библиотека",
    "школа",
    "лицей",
    "гимназия",
    "санаторий",
    "комплекс",
)
CLIPPED = ("рос", "мос", "гос", "нац", "мин", "гор", "обл", "рай", "глав", "сель", "спец", "рыбо", "вики", "евро")
NAMES = frozenset({"Name", "Surn", "Patr", "Geox"})
QUOTED_WORDS = 8
"""A longer quotation is a sentence."""
AREAS = frozenset("город района район округа области края республики сельского городского муниципального".split())


def free(spans: Sequence[Span], start: int, stop: int) -> bool:
    """Nothing stands in [start, stop)."""
    return not any(span.start < stop and span.stop > start for span in spans)


def put(spans: Sequence[Span], new: Span) -> list[Span]:
    """`spans` with `new` in the place of all that it covers or crosses."""
    return sorted([*(s for s in spans if s.stop <= new.start or s.start >= new.stop), new], key=lambda s: s.start)


def within(spans: Sequence[Span], start: int, stop: int) -> bool:
    """Whatever overlaps [start, stop) lies inside it."""
    return all(s.stop <= start or s.start >= stop or (s.start >= start and s.stop <= stop) for s in spans)


def by_head_nouns(document: Document, spans: list[Span]) -> list[Span]:
    """The names that a noun like «газета», «ОАО» announces."""
    heads = announced(document)
    for rule in (quoted_names, foreign_names, named_by_head) if heads else ():
        spans = rule(document, spans, heads)
    return spans


def quoted_names(document: Document, spans: list[Span], heads: Heads) -> list[Span]:
    """«газета «Труд»», «ОАО «Газпром»»: the name is what the quotation marks hold."""
    for open_at, noun in heads:
        if document.tokens[open_at].text not in ALL or (open_at > 1 and document.tokens[open_at - 2].text in ALL):
            continue  # the last: «Ассоциация «Союз городов»», all of it a name
        marks = quotations(document, document.tokens[open_at].sentence)
        quote = next((q for q in marks if q.open == open_at and q.closed), None)
        if quote is None or not 1 < quote.close - open_at <= QUOTED_WORDS + 1:
            continue
        first = document.tokens[open_at + 1].text
        whole = next((s for s in spans if s.start == open_at - 1 and s.stop == quote.close + 1), None)
        if (whole or within(spans, open_at + 1, quote.close)) and (first[0].isupper() or first[0].isdigit()):
            spans = put([s for s in spans if s is not whole], Span("ORG", open_at + 1, quote.close))
    return spans


def houses(document: Document, spans: list[Span]) -> list[Span]:
    """«Дворец культуры «Приокский»»: the long name of a house and its name in quotation marks are one."""
    for span in spans:
        name = next((s for s in spans if s.start == span.stop + 1), None)
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


def foreign_names(document: Document, spans: list[Span], heads: Heads) -> list[Span]:
    """«компания Siemens», «сообщает Newsru.com»: letters of another script after a head noun, or a domain."""
    for start, noun in heads:
        stop = start
        while stop < len(document.tokens) and LATIN.fullmatch(document.tokens[stop].text):
            stop += 1
        whole = next((s for s in spans if s.start == start - 1 and s.stop == stop and noun.kind != "brand"), None)
        if stop > start and (whole or within(spans, start, stop)):
            spans = put([s for s in spans if s is not whole], Span("ORG", start, stop))
    return spans


def domains(document: Document, spans: list[Span]) -> list[Span]:
    """«сообщает Newsru.com»: a site that speaks, not one that is visited."""
    for match in _DOMAIN.finditer(document.text) if "." in document.text else ():
        start = bisect_left(document.tokens, match.start(), key=lambda token: token.start)
        stop = bisect_left(document.tokens, match.end(), key=lambda token: token.start)
        before = document.tokens[start - 1].text.lower() if start else ""
        talked_of = before in ALL or before.startswith(ADDRESSES)
        if start < stop and within(spans, start, stop) and not talked_of:
            spans = put(spans, Span("ORG", start, stop))
    return spans


def announced(document: Document) -> Heads:
    """The tokens after a noun that announces a name, with that noun."""
    found, tokens = [], document.tokens
    for index, token in enumerate(tokens, start=1):
        noun = head_noun(token.text)
        if noun is not None and noun.kind != "state" and index < len(tokens):
            if tokens[index].sentence == token.sentence:
                found.append((index, noun))
    return found


def named_by_head(document: Document, spans: list[Span], heads: Heads) -> list[Span]:
    """«команда Феррари», «профсоюз Юнайт»: what no dictionary knows as a name in the genitive is the body's own."""
    after = {index for index, noun in heads if noun.kind == "brand"}
    return [
        span._replace(type="ORG") if span.type != "ORG" and span.start in after and _unheard(document, span) else span
        for span in spans
    ]


def _unheard(document: Document, span: Span) -> bool:
    words = [token.text for token in document.tokens[span.start : span.stop]]
    if len(words) > 1 or gazetteer.lookup(words) is not None:
        return False
    return not any(form.known and form.grams & NAMES for form in forms(words[0]))


def national(document: Document, spans: list[Span]) -> list[Span]:
    """«российский Минсельхоз», «японский МИД»: only with its adjective is the body named."""
    result = []
    for span in spans:
        if span.type == "ORG" and span.stop - span.start == 1 and span.start > 0 and _is_adjective(document, span):
            span = span._replace(start=span.start - 1)
        result.append(span)
    return result


def _is_adjective(document: Document, span: Span) -> bool:
    name, word = document.tokens[span.start], document.tokens[span.start - 1]
    return word.sentence == name.sentence and not LATIN.fullmatch(name.text) and word.text in _adjectives()


@cache
def _adjectives() -> frozenset[str]:
    return frozenset(word for lemma in gazetteer.adjectives() for word in all_forms(lemma, "ADJF"))


def of_places(document: Document, spans: list[Span]) -> list[Span]:
    """«администрация города Рязани» and, where it has a capital, «Правительство РФ»: an organ with its place.

    Other organs in small letters («правительство Китая») only say whose they are.
    """
    for place in [span for span in spans if span.type == "LOC"]:
        start = _before_area(document, place.start)
        noun = head_noun(document.tokens[start - 1].text) if start else None
        if noun is None or noun.kind != "state" or document.morph(place.start).feats.get("Case", "Gen") != "Gen":
            continue
        body = Span("ORG", start - 1, start)
        local = noun.lemma == "администрация" and not _is_country(document, place)
        known = start == place.start and (body in spans or _official(document, start - 1, place))
        if (local or known) and (body in spans or free(spans, start - 1, start)):
            spans = put(spans, Span("ORG", start - 1, place.stop))
    return spans


def _before_area(document: Document, index: int) -> int:
    """The token after the last that is no «г.», «города», «района» before a place."""
    first, _ = document.sentence_bounds(index)
    while index > first + 1:
        word = document.tokens[index - 1].text.lower().rstrip(".")
        dotted = word == "" and document.tokens[index - 2].text.lower() in SETTLEMENTS
        if not dotted and word not in SETTLEMENTS and word not in AREAS:
            break
        index -= 1
    return index


def _official(document: Document, index: int, place: Span) -> bool:
    """A capital that is not the sentence's own, or the country is Russia, whose organs take one."""
    token = document.tokens[index]
    if not token.is_title or token.text.isupper():
        return False
    found = gazetteer.lookup([t.text for t in document.tokens[place.start : place.stop]])
    begins = document.sentence_bounds(index)[0] == index
    return found is not None and (found.ref == "iso3166:RU" or not begins)


def _is_country(document: Document, span: Span) -> bool:
    place = gazetteer.lookup([token.text for token in document.tokens[span.start : span.stop]])
    return place is not None and place.ref.startswith("iso3166:")


def compounds(document: Document, spans: list[Span]) -> list[Span]:
    """«Госохотнадзору», «Нацфронта»: a clipped word and a common noun, unknown together, are no person or place."""
    return [
        span._replace(type="ORG") if span.type != "ORG" and span.stop - span.start == 1 and _is_compound(document, span)
        else span
        for span in spans
    ]  # fmt: skip


def _is_compound(document: Document, span: Span) -> bool:
    word = document.tokens[span.start].text.lower()
    rest = next((word[len(part) :] for part in CLIPPED if word.startswith(part)), "")
    if len(rest) < 5 or any(form.known for form in forms(word)):
        return False
    return any(form.known and form.pos == "NOUN" and not form.grams & NAMES for form in forms(rest))


def topical(document: Document, spans: list[Span]) -> list[Span]:
    """«Бюро Франции по туризму»: what a place seems to say after «по» is the body's business."""
    for place in [span for span in spans if span.type == "LOC"]:
        body = next((s for s in spans if s.stop == place.start and s.type == "ORG"), None)
        if body is not None and any(t.text == "по" for t in document.tokens[place.start + 1 : place.stop - 1]):
            spans = put(spans, Span("ORG", body.start, place.stop))
    return spans


def attached(document: Document, spans: list[Span]) -> list[Span]:
    """«Следственный комитет при прокуратуре»: «при» and whom it serves belong to the name."""
    for span in spans:
        if span.type != "ORG" or span.stop >= len(document.tokens) or document.tokens[span.stop].text != "при":
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
        name = next((s for s in spans if s.start == index and s.type != "PER"), None)
        if name is not None:
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
    """A quoted sentence is no body: «Жара спала»."""
    return [span for span in spans if span.type != "ORG" or not _says(document, span)]


def _says(document: Document, span: Span) -> bool:
    return span.stop - span.start > 1 and any(
        document.morph(index).feats.get("VerbForm") == "Fin" for index in range(span.start, span.stop)
    )


def tables() -> None:
    """Build now what the rules look words up in."""
    head_noun("")
    _adjectives()
    _houses()
