"""What is no body although the model says so: events, things, and common nouns with a capital letter."""

from __future__ import annotations

from functools import lru_cache

from pipelines.entities.morphology import forms
from pipelines.entities.normal import find_head, is_abbreviation
from pipelines.entities.quotes import CLOSING, EITHER, OPENING
from pipelines.entities.spans import Span
from pipelines.entities.tokens import Document

BODIES = frozenset(
    "агентство академия администрация альянс ассоциация банк библиотека больница бюро ведомство вуз газета галерея "
    "гимназия госпиталь движение дворец департамент детсад дирекция дом завод издательство инспекция институт "
    "клиника клуб колледж коллегия комиссия комитет компания конфедерация концерн корпорация лаборатория лицей "
    "министерство музей общество объединение организация отдел отделение палата партия поликлиника "
    "правительство представительство предприятие президиум префектура прокуратура редакция секретариат служба "
    "собрание совет союз суд театр техникум управа управление университет учреждение училище федерация филармония "
    "филиал фонд холдинг центр церковь школа штаб".split()
)
"""Common nouns that name a body only together with other words."""
NAMED_BY_NOUN = BODIES | frozenset(["дума", "парламент", "ассамблея", "сенат", "меджлис"])
"""These may refer back to a longer name: «Рязанская городская Дума», «Дума»."""
PHRASES = frozenset(
    ["гражданский общество", "мировой сообщество", "международный сообщество", "мировой общественность"]
)
"""Lemmas of two words that name no body, whatever their capitals."""
EVENTS = frozenset(
    "акция ассамблея-форум брифинг вебинар велопробег видеоконференция выставка гонка забег заседание квест "
    "кинофестиваль конкурс конференция концерт кубок марафон мастер-класс митинг олимпиада парад первенство "
    "пресс-конференция премия саммит семинар симпозиум сессия слёт слет смотр соревнование соревнования спартакиада "
    "спектакль съезд телемост турнир универсиада фестиваль форум чемпионат чтения эстафета ярмарка".split()
)
THINGS = frozenset(
    "альбом газопровод карта книга корабль крейсер маршрут медаль мюзикл орден песня повесть поезд ракета роман "
    "самолёт самолет сингл теплоход трасса фильм картина шаттл челнок игра сериал девиз лозунг".split()
)
"""A quoted name after one of these is that of a thing: «поезд «Ласточка»»."""
MAX_WORDS = 6
"""Words of a thing's name."""
_MARKS = frozenset(OPENING + '"')
PRIZES = frozenset("конкурс кубок премия турнир фестиваль чемпионат".split())
"""Events whose foreign names need no quotation marks, «премия Grammy»."""


def event(document: Document, span: Span) -> bool:
    """«Международной видеоконференции», «Форум «Города»»: the head is an event."""
    return span.type == "ORG" and head_lemma(document, span) in EVENTS


def quoted_things(document: Document) -> frozenset[tuple[str, ...]]:
    """What the text once calls a thing, «шаттл «Дискавери»»: the words in quotation marks, in small letters."""
    tokens, found = document.tokens, set()
    for index in range(1, len(tokens)):
        opens = tokens[index].text in _MARKS and tokens[index - 1].text[0].isalpha()
        if opens and any(lemma in THINGS for lemma in _noun_lemmas(tokens[index - 1].text)):
            ahead = range(index + 1, min(len(tokens), index + MAX_WORDS + 2))
            close = next((i for i in ahead if tokens[i].text in CLOSING + EITHER), None)
            if close is not None:
                found.add(tuple(document.lowers[index + 1 : close]))
    return frozenset(found)


def quoted_thing(document: Document, span: Span) -> bool:
    """«шаттл «Дискавери»», «фестиваль «Радуга»»: the noun before the quotation says that it is no body."""
    start = span.start
    if span.type != "ORG" or start < document.sentence_bounds(start)[0] + 2:
        return False
    if document.texts[start - 1] in OPENING + '"':
        return any(lemma in EVENTS | THINGS for lemma in _noun_lemmas(document.texts[start - 2]))
    foreign = document.texts[start].isascii()
    return foreign and any(lemma in THINGS | PRIZES for lemma in _noun_lemmas(document.texts[start - 1]))


def idea(document: Document, span: Span) -> bool:
    """«Гражданское общество» is no body."""
    if span.type != "ORG" or span.stop - span.start != 2:
        return False
    first, second = (_lemmas(token.text) for token in document.tokens[span.start : span.stop])
    return any(f"{a} {b}" in PHRASES for a in first for b in second)


def is_bare(document: Document, span: Span) -> bool:
    """One common noun that may stand for a longer name, not in quotation marks."""
    if span.stop - span.start > 1 or not document.texts[span.start][1:].islower():
        return False
    return not _quoted(document, span) and head_lemma(document, span) in NAMED_BY_NOUN


def without_bare(document: Document, spans: list[Span]) -> list[Span]:
    """«Совет», «Союз» only with a name beside it, or a longer name with that head in the text; never as places."""
    owners = {head_lemma(document, span) for span in spans if _is_long(span)}
    starts = {span.start for span in spans}
    result = []
    for span in spans:
        if is_bare(document, span):
            lemma = head_lemma(document, span)
            named = span.stop in starts and document.morph(span.stop).feats.get("Case") == "Gen"
            if lemma in owners:
                span = span._replace(type="ORG")
            elif span.type == "ORG" and lemma in BODIES and not named:
                continue
        result.append(span)
    return result


def head_lemma(document: Document, span: Span) -> str:
    """The head noun of a body in the nominative, small letters with ё as е; '' if it has none."""
    lemma = document.head_lemmas.get(span[1:])
    if lemma is None:
        lemma = _head_lemma(document, span)
        if document.is_tagged(span.start):
            document.head_lemmas[span[1:]] = lemma
    return lemma


def _head_lemma(document: Document, span: Span) -> str:
    if is_abbreviation(document.tokens[span.start]):
        return ""
    head = find_head(document, span.start, span.stop, "ORG")
    return head.noun.nominative.replace("ё", "е") if head.noun else ""


def _is_long(span: Span) -> bool:
    return span.type == "ORG" and span.stop - span.start > 1


def _quoted(document: Document, span: Span) -> bool:
    return span.start > 0 and document.texts[span.start - 1] in OPENING + '"'


@lru_cache(maxsize=5_000)
def _lemmas(word: str) -> tuple[str, ...]:
    return tuple(form.lemma for form in forms(word))


@lru_cache(maxsize=5_000)
def _noun_lemmas(word: str) -> tuple[str, ...]:
    return tuple(form.lemma for form in forms(word) if form.pos == "NOUN")
