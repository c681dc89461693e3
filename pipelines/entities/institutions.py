"""Bodies named by number or by what they look after: «детский сад № 63 «Колокольчик»», «комитет культуры и спорта»."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from functools import cache, lru_cache
from importlib.resources import files

from pipelines.entities.agreement import adjective_lemmas, adjectives, is_of_origin
from pipelines.entities.heads import all_forms
from pipelines.entities.morphology import Form, forms
from pipelines.entities.quotes import ALL, quotations
from pipelines.entities.span_lists import at, overlapping, put_all
from pipelines.entities.spans import Span
from pipelines.entities.tokens import Document

KINDS = frozenset(
    "вечерний воспитательный детский дошкольный женский исправительный клинический коррекционный медицинский "
    "музыкальный начальный общеобразовательный основной пожарно-спасательный пожарный поисково-спасательный "
    "профессиональный родильный спортивный средний стоматологический художественный центральный юношеский "
    "городской районный областной краевой республиканский национальный государственный муниципальный".split()
)
"""Adjectives that say what sort of school, hospital or station it is."""
NUMBER_SIGN = "№"
COMPLEMENT = 3
"""Words between the noun and its number: «школа искусств № 4»."""
QUOTED_WORDS = 8
"""A longer quotation is a sentence."""
BUDGETARY = re.compile(r"(?:Ф?Г|[КО]Г|О?М)[АБК](?:Д?О)?У[А-Я]{0,3}")
"""МБОУ, МКУ, МАДОУ, ГБУЗ, ФГБОУ and the like."""
FIELD_ABBREVIATIONS = frozenset(["ЖКХ", "ТЭК", "АПК", "ЖКК"])
BY_FIELD_ALONE = frozenset(["комиссия", "агентство"])
"""These are named with «по» only: «комиссия по бюджету»."""
UNFINISHED = frozenset(
    "безопасность вопрос дело деятельность заведение защита контроль обеспечение обслуживание отношение охрана "
    "поддержка развитие регулирование содержание среда услуга учреждение".split()
)
"""With these a field ends only after an adjective, «внутренних дел»; «по делам» goes on: «молодёжи»."""


@cache
def institutions() -> dict[str, tuple[str, str]]:
    """Lemma and `named_by` of `institutions.csv` by every form, small letters with ё as е."""
    with (files(__package__) / "institutions.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    return {word: (row["lemma"], row["named_by"]) for row in rows for word in all_forms(row["lemma"])}


@cache
def _fields() -> dict[str, str]:
    """The number in which each lemma of `fields.csv` is a field, '' for both; ё as е."""
    with (files(__package__) / "fields.csv").open(encoding="utf-8") as file:
        rows = csv.DictReader(line for line in file if not line.startswith("#"))
        return {row["lemma"].replace("ё", "е"): row["number"] for row in rows}


def numbered(document: Document, spans: list[Span]) -> list[Span]:
    """«школа № 17», «Детской школы искусств № 3», «детский сад № 63 «Колокольчик»»: the number is the name."""
    found = []
    for sign in [index for index, text in enumerate(document.texts) if text == NUMBER_SIGN]:
        start = _numbered_start(document, sign)
        if start is not None:
            found.append((start, _after_number(document, spans, sign + 2)))
    return _with_bodies(document, spans, found)


def budgetary(document: Document, spans: list[Span]) -> list[Span]:
    """«МБОУ «Школа № 7»»: the form of an institution of the state or a town belongs to its quoted name."""
    found = []
    for index in document.titles:
        if BUDGETARY.fullmatch(document.texts[index]):
            stop = _quotation_end(document, index + 1)
            inside = spans[overlapping(spans, index, stop)]
            if stop > index + 1 and all(index <= span.start and span.stop <= stop for span in inside):
                found.append(Span("ORG", index, stop))
    document.tag({document.tokens[span.start].sentence for span in found})
    return put_all(spans, found)


def _quotation_end(document: Document, index: int) -> int:
    """The end of a short quotation that begins with this token; the token itself if none does."""
    if index >= len(document.tokens) or document.texts[index] not in ALL:
        return index
    marks = quotations(document, document.tokens[index].sentence)
    quote = next((q for q in marks if q.open == index and q.closed), None)
    return quote.close + 1 if quote is not None and quote.close - index <= QUOTED_WORDS + 1 else index


def _numbered_start(document: Document, sign: int) -> int | None:
    """Where the name begins whose number sign this is; None if what stands before it is no institution."""
    first, end = document.sentence_bounds(sign)
    if sign + 1 >= end or not document.texts[sign + 1][0].isdigit():
        return None
    for index in range(sign - 1, max(first, sign - 1 - COMPLEMENT) - 1, -1):
        named_by = _numbered_noun(document.lowers[index])
        if named_by and not any(form.number == "Sing" for form in forms(document.texts[index])):
            return None  # «школ № 3 и № 5»
        if named_by:
            start = _kinds_start(document, index, first)
            return start if start < index or named_by == "number" else None
        if not any(form.case == "Gen" and form.pos in ("NOUN", "ADJF") for form in forms(document.texts[index])):
            return None
    return None


def _numbered_noun(word: str) -> str:
    """`named_by` of a noun that has numbers; of one of two with a hyphen, «библиотека-филиал», the first tells."""
    found = institutions().get(word) or institutions().get(word.partition("-")[0])
    return found[1] if found is not None and found[1] != "field" else ""


def named_by_number(word: str) -> bool:
    """Does a number alone make a name of this noun? So it does of what no dictionary has, «СОШ»."""
    return _numbered_noun(word.lower()) == "number" or not any(form.known for form in forms(word))


def _kinds_start(document: Document, index: int, first: int) -> int:
    """The first of the adjectives before token `index` that say of what kind it is."""
    while index > first and _is_kind(document.texts[index - 1]):
        index -= 1
    return index


@lru_cache(maxsize=5_000)
def _is_kind(word: str) -> bool:
    return bool(adjective_lemmas(word) & KINDS) or is_of_origin(word)


def _after_number(document: Document, spans: Sequence[Span], index: int) -> int:
    """The end of a name whose number ends before this token: its own name and whose name it bears belong to it."""
    _, end = document.sentence_bounds(index - 1)
    index = _quotation_end(document, index) if index < end else index
    honoured = index
    if honoured < end and document.lowers[honoured] in ("имени", "им"):
        honoured += 1 + (document.texts[honoured + 1 : honoured + 2] == ["."])
        person = at(spans, honoured) if honoured < end else None
        return person.stop if person is not None and person.type == "PER" else index
    return index


def of_fields(document: Document, spans: list[Span]) -> list[Span]:
    """«комитет культуры и спорта», «отдел по делам молодёжи»: in small letters, what it looks after is the name."""
    table = institutions()
    nouns = [index for index, word in enumerate(document.lowers) if table.get(word, ("", ""))[1] == "field"]
    named = [(index, stop) for index in nouns if (stop := _fields_end(document, index)) > index + 1]
    return _with_bodies(document, spans, named)


def _with_bodies(document: Document, spans: list[Span], named: Sequence[tuple[int, int]]) -> list[Span]:
    """The spans with bodies at these places, unless one reaches further; one that begins sooner goes on to its end."""
    found: list[Span] = []
    cut: list[Span] = []
    for start, stop in named:
        there = spans[overlapping(spans, start, stop)]
        if any(span.stop > stop or (span.start < start and span.type != "ORG") for span in there):
            continue
        first = min([start, *(span.start for span in there)])
        if first < start - 1 and document.texts[start - 1] == "и":
            cut.append(Span("ORG", first, start - 1))  # two ministries that the model took for one
            first = start
        found.append(Span("ORG", first, stop))
    document.tag({document.tokens[span.start].sentence for span in found})
    return put_all(put_all(spans, cut), found)


def _fields_end(document: Document, noun: int) -> int:
    """Where the fields end of the body that this noun names; the token after it if there are none."""
    _, end = document.sentence_bounds(noun)
    by = noun + 1 < end and document.lowers[noun + 1] == "по"
    if not by and institutions()[document.lowers[noun]][0] in BY_FIELD_ALONE:
        return noun + 1
    cases = ("Dat", "Gen") if by else ("Gen",)
    start = noun + 1 + by
    stop = edge = _field_end(document, start, end, cases[:1])
    while stop > start and edge + 1 < end and document.texts[edge] in (",", "и"):
        after = _field_end(document, edge + 1, end, cases)
        if after == edge + 1:
            break
        stop = after if document.texts[edge] == "и" else stop  # «культуры, спорта» only with «и» to come
        edge = after
    return stop if stop > start else noun + 1


def _field_end(document: Document, start: int, end: int, cases: tuple[str, ...]) -> int:
    """The end of one field in one of these cases, with the fields in the genitive it governs; `start` if none is."""
    index = stop = start
    adjective = False
    while index < end:
        if document.texts[index] in FIELD_ABBREVIATIONS:
            return index + 1
        if not document.texts[index].islower():
            break
        joined = adjective and document.texts[index] == "и"  # «малого и среднего предпринимательства»
        what = "adjective" if joined else _part_of_field(document.texts[index], cases)
        if not what:
            break
        index += 1
        if what != "adjective":
            cases = ("Gen",)
        if what == "field" or (what == "unfinished" and adjective):
            stop = index
        adjective = what == "adjective"
    return stop


@lru_cache(maxsize=10_000)
def _part_of_field(word: str, cases: tuple[str, ...]) -> str:
    """`field`, `unfinished`: a field, or what goes before one, in one of these cases; `adjective`; '' for others."""
    options = [form for form in forms(word) if form.case in cases]
    nouns = {form.lemma.replace("ё", "е") for form in options if form.pos == "NOUN" and _is_field(form)}
    if nouns:
        return "unfinished" if nouns <= UNFINISHED else "field"
    return "adjective" if any(form.case in cases for form in adjectives(word)) else ""


def _is_field(form: Form) -> bool:
    number = _fields().get(form.lemma.replace("ё", "е"))
    return number is not None and number in ("", form.number)


def tables() -> None:
    """Build now what the rules look words up in."""
    institutions()
    _fields()
