"""Names that the model gave in pieces, or two of them as one: cities of two words, a person behind a place."""

from __future__ import annotations

from functools import lru_cache

from pipelines.entities.agreement import agree, is_adjective, may_be_adjective
from pipelines.entities.generic import BODIES
from pipelines.entities.heads import head_noun
from pipelines.entities.morphology import forms
from pipelines.entities.quotes import ALL
from pipelines.entities.span_lists import put_all, within
from pipelines.entities.spans import Span
from pipelines.entities.tokens import Document

MOST_ADJECTIVES = 4
"""Words before the noun of a body, «музыкальном и драматическом театре»."""
PERSONAL = frozenset({"Name", "Surn", "Patr"})


def whole_bodies(document: Document, spans: list[Span]) -> list[Span]:
    """«Чебоксарского городского» and «Собрания депутатов» side by side are one: adjectives alone name no body."""
    result: list[Span] = []
    for span in spans:
        before = result[-1] if result else None
        if before and (before.type, span.type, before.stop) == ("ORG", "ORG", span.start):
            words = document.texts[before.start : before.stop]
            same = document.tokens[before.start].sentence == document.tokens[span.start].sentence
            if same and all(map(may_be_adjective, words)) and agree([*words, document.texts[span.start]]):
                span = span._replace(start=result.pop().start)
        result.append(span)
    return result


def adjectival(document: Document, spans: list[Span]) -> list[Span]:
    """«Городецкий историко-художественный музей-заповедник»: an adjective is a name with the body's noun behind it."""
    found = []
    for span in spans:
        words = document.texts[span.start : span.stop]
        if all(map(may_be_adjective, words)):
            stop = _body_end(document, span.stop)
            sure = all(map(is_adjective, words)) or stop > span.stop + 1  # «Высоцкий театр забыл» has a man in it
            if stop and sure and within(spans, span.start, stop) and agree(document.texts[span.start : stop]):
                found.append(Span("ORG", span.start, stop))
    return put_all(spans, found)


def _body_end(document: Document, index: int) -> int:
    """The end of adjectives and a noun for bodies in small letters that begin here; 0 if there are none."""
    _, end = document.sentence_bounds(index - 1)
    for stop in range(index + 1, min(end, index + MOST_ADJECTIVES + 1) + 1):
        word = document.texts[stop - 1]
        if not word.islower():
            return 0
        if _is_body(word):
            return stop
        if word != "и" and not may_be_adjective(word):
            return 0
    return 0


@lru_cache(maxsize=5_000)
def _is_body(word: str) -> bool:
    """A noun for bodies, «музей-заповедник», but not for what only belongs to a place, «японское правительство»."""
    noun = head_noun(word)
    if noun is not None and noun.kind == "state":
        return False
    return any(form.pos == "NOUN" and form.lemma in BODIES for form in forms(word.partition("-")[0]))


def without_verbs(document: Document, spans: list[Span]) -> list[Span]:
    """«Комиссия по вопросам гражданства собралась»: verbs in small letters end no name; in quotation marks they may."""
    result = []
    for span in spans:
        quoted = span.start > 0 and document.texts[span.start - 1] in ALL
        stop = span.stop
        while not quoted and stop > span.start + 1 and _is_verb(document.texts[stop - 1]):
            stop -= 1
        result.append(span._replace(stop=stop))
    return result


@lru_cache(maxsize=5_000)
def _is_verb(word: str) -> bool:
    options = forms(word)
    return word.islower() and bool(options) and all(form.known and form.pos == "VERB" for form in options)


def places_from_persons(document: Document, spans: list[Span]) -> list[Span]:
    """«Катуни» is a river, «Нижний Тагил Ю. Попов» a town and a man: the dictionary has the word as a place alone."""
    result: list[Span] = []
    for span in spans:
        stop = _place_end(document, span) if span.type == "PER" else span.start
        place, person = Span("LOC", span.start, stop), span._replace(start=stop)
        if stop == span.start or (stop < span.stop and not _begins_name(document, stop)):
            result.append(span)
            continue
        before = result[-1] if result else None
        if before and (before.type, before.stop) == ("LOC", place.start) and _is_described(document, before):
            place = place._replace(start=result.pop().start)
        result += [place, person] if stop < span.stop else [place]
    return result


def _place_end(document: Document, span: Span) -> int:
    """The end of a place that begins here, perhaps after an adjective; the beginning if there is none."""
    if _is_place(document.texts[span.start]):
        return span.start + 1
    adjective = span._replace(stop=span.start + 1)
    described = span.stop > adjective.stop and _is_place(document.texts[adjective.stop])
    return adjective.stop + 1 if described and _is_described(document, adjective) else span.start


def places_ends(document: Document, spans: list[Span]) -> list[Span]:
    """«Ейске закрытого бассейна»: behind a known town an adjective and a noun in small letters are no part of it."""
    return [
        span._replace(stop=span.start + 1)
        if span.type == "LOC" and span.stop - span.start > 2 and _goes_astray(document.texts[span.start : span.stop])
        else span
        for span in spans
    ]  # fmt: skip


def _goes_astray(words: list[str]) -> bool:
    first, *rest = words
    return _is_place(first) and all(word.islower() for word in rest) and all(map(is_adjective, rest[:-1]))


def _begins_name(document: Document, index: int) -> bool:
    """An initial or a given name."""
    word = document.texts[index]
    initial = len(word) == 1 and word.isupper()
    return initial or any("Name" in form.grams for form in forms(word) if form.known)


def _is_described(document: Document, span: Span) -> bool:
    """One adjective in the case of the place behind it, «Великого Новгорода»."""
    word, place = document.texts[span.start], forms(document.texts[span.stop])
    agreeing = {(form.case, form.gender) for form in forms(word) if form.pos == "ADJF" and form.number == "Sing"}
    return span.stop - span.start == 1 and any((form.case, form.gender) in agreeing for form in place)


@lru_cache(maxsize=5_000)
def _is_place(word: str) -> bool:
    options = forms(word)
    return bool(options) and all(
        form.known and "Geox" in form.grams and form.pos == "NOUN" and not form.grams & PERSONAL for form in options
    )
