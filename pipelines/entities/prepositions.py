"""What the words directly before the name of a body or place say of its case."""

from __future__ import annotations

from pipelines.entities.morphology import forms
from pipelines.entities.quotes import EITHER, OPENING
from pipelines.entities.tokens import Document

PREPOSITIONS = {
    word: frozenset(cases.split())
    for words, cases in (
        ("к ко согласно благодаря вопреки навстречу", "Dat"),
        ("у от ото до для без из против возле около вокруг кроме после насчёт насчет вместо ради среди", "Gen"),
        ("о об обо при", "Loc"),
        ("над перед передо между", "Ins"),
        ("про через", "Acc"),
        ("с со", "Gen Ins"),
        ("за под подо", "Acc Ins"),
        ("на в во", "Acc Loc"),
        ("по", "Dat"),
    )
    for word in words.split()
}
"""What they ask for of a name."""
APPOSED = frozenset(
    "авиакомпания агентство аул аэропорт банк бухта водопад водохранилище вулкан газета гора гостиница деревня долина "
    "движение журнал завод залив издание издательство канал кафе кинотеатр кишлак клиника клуб команда компания "
    "концерн корпорация космодром крепость ледник магазин метро монастырь мыс озеро организация остров отель партия "
    "перевал пик порт портал посёлок провинция пролив пустыня радио радиостанция ресторан сайт санаторий село сеть "
    "стадион станция театр телекомпания телеканал университет ущелье фирма фонд холдинг храм хребет штат".split()
)
"""Nouns behind which a name may stand in the nominative: «в штате Айдахо», «газете «Весна»»."""


def asked(document: Document, start: int) -> frozenset[str]:
    """The cases that a preposition before token `start` leaves it, over quotation marks and adjectives; else none."""
    index = _before(document, start)
    while index is not None and _is(document.texts[index], "ADJF", "PRTF"):
        index = _before(document, index)
    return PREPOSITIONS.get(document.lowers[index], frozenset()) if index is not None else frozenset()


def apposed(document: Document, start: int) -> bool:
    """A noun of `APPOSED` stands directly before token `start`."""
    index = _before(document, start)
    return index is not None and any(form.lemma in APPOSED for form in forms(document.lowers[index]))


def owned(document: Document, start: int) -> bool:
    """Another noun with small letters stands there: «депутат», «горняки»; the name depends on it, most often."""
    index = _before(document, start)
    if index is None:
        return False
    begins = document.sentence_bounds(index)[0] == index
    word = document.lowers[index] if begins else document.texts[index]
    if not _is(word, "NOUN") or (begins and forms(word)[0].case == "Ins"):
        return False  # «Вечером»
    return not any(form.lemma in APPOSED for form in forms(word))


def quoted(document: Document, start: int) -> bool:
    """An opening quotation mark stands directly before token `start`."""
    return start > 0 and document.texts[start - 1] in OPENING + EITHER


def _is(word: str, *parts: str) -> bool:
    """A word in small letters whose likeliest reading is one of these parts of speech; the tagger is not asked."""
    options = forms(word) if word.islower() else ()
    return bool(options) and options[0].pos in parts


def _before(document: Document, start: int) -> int | None:
    """The word before, in the same sentence."""
    index = start - 2 if quoted(document, start) else start - 1
    first, _ = document.sentence_bounds(start)
    return index if index >= first else None
