"""Bodies that the article names elsewhere, in another case or with small letters, «городской палате»."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache

from pipelines.entities.generic import NAMED_BY_NOUN, head_lemma
from pipelines.entities.morphology import forms, is_russian
from pipelines.entities.quotes import ALL
from pipelines.entities.span_lists import at, free, put_all, within
from pipelines.entities.spans import Span
from pipelines.entities.tokens import Document

Lemmas = frozenset[str]
NAMES = frozenset({"Name", "Surn", "Patr", "Geox"})
COMMON = NAMED_BY_NOUN | {"конституция", "отечество", "президент", "премьер", "церковь"}
BEGINNING = 3
"""Letters of the first word that all its forms have."""
SURE = (NAMED_BY_NOUN | frozenset("биржа комбинат кафедра станция фабрика факультет".split())) - {
    "общество",
    "организация",
}
"""Nouns that make a body of a phrase in small letters too."""


def named_again(document: Document, spans: list[Span]) -> list[Span]:
    """Names of two words or more whose head noun says that they are bodies, in any case, with a capital or without."""
    # A name once, however often the text has it: dictionaries keep the order.
    names: defaultdict[str, dict[tuple[Lemmas, ...], None]] = defaultdict(dict)
    for span in sorted((s for s in spans if _is_long(document, s)), key=lambda s: s.start - s.stop):
        words = document.lowers[span.start : span.stop]
        names[words[0][:BEGINNING]][tuple(map(_lemmas, words))] = None
    text = document.text.lower() if names else ""
    if not any(text.count(beginning) > 1 for beginning in names):
        return spans
    found = []
    for index, word in enumerate(document.lowers):
        fits = (name for name in names.get(word[:BEGINNING], ()) if _is_here(document, spans, index, name))
        longest = next(fits, None)
        if longest is not None:
            found.append(Span("ORG", index, index + len(longest)))
    return put_all(spans, found) if found else spans


def words_again(document: Document, spans: list[Span]) -> list[Span]:
    """A body of one word, «Рыбоохрана», is found wherever the word has a capital that no sentence gave it."""
    names: defaultdict[str, set[Lemmas]] = defaultdict(set)
    for span in spans:
        word = document.texts[span.start]
        if span.type == "ORG" and span.stop - span.start == 1 and _is_own(word):
            names[word[:BEGINNING].lower()].add(_lemmas(word.lower()))
    found = []
    for index in document.titles if names else ():
        word = document.lowers[index]
        known = names.get(word[:BEGINNING])
        if not known or not free(spans, index, index + 1) or document.sentence_bounds(index)[0] == index:
            continue
        if document.tokens[index - 1].is_word and any(lemmas & _lemmas(word) for lemmas in known):
            found.append(Span("ORG", index, index + 1))
    return put_all(spans, found) if found else spans


def surnames_again(document: Document, spans: list[Span]) -> list[Span]:
    """«Сорокиной» where the article has «Елена Сорокина»: a word that is a surname and nothing else."""
    known: defaultdict[str, set[str]] = defaultdict(set)
    for span in spans:
        if span.type == "PER" and span.stop - span.start > 1:
            for word in document.lowers[span.start : span.stop]:
                known[word[:BEGINNING]] |= _surnames(word)
    found = []
    for index in document.titles if known else ():
        word = document.lowers[index]
        if known.get(word[:BEGINNING]) and free(spans, index, index + 1) and _surnames(word) & known[word[:BEGINNING]]:
            found.append(Span("PER", index, index + 1))
    document.tag({document.tokens[span.start].sentence for span in found})
    return put_all(spans, found) if found else spans


@lru_cache(maxsize=5_000)
def _surnames(word: str) -> frozenset[str]:
    """The surnames that this word may be in any case, as lemmas; none if it may be something else."""
    readings = forms(word)
    if not all(form.known and "Surn" in form.grams for form in readings):
        return frozenset()
    return frozenset(form.lemma for form in readings)


def _is_own(word: str) -> bool:
    """A name's word: with small letters, no person's or place's, no common noun for bodies."""
    readings = forms(word)
    if not word[1:].islower() or any(form.grams & NAMES or form.lemma in COMMON for form in readings):
        return False
    return bool(readings)


def _is_long(document: Document, span: Span) -> bool:
    """Two words or more that decline, not in quotation marks."""
    tokens = document.tokens
    if span.type != "ORG" or span.stop - span.start < 2 or tokens[span.start - 1].text in ALL:
        return False
    if not all(is_russian(token.text) and not token.text.isupper() for token in tokens[span.start : span.stop]):
        return False
    return head_lemma(document, span) in SURE


def _is_here(document: Document, spans: Sequence[Span], start: int, name: tuple[Lemmas, ...]) -> bool:
    stop = start + len(name)
    if stop > document.sentence_bounds(start)[1] or not within(spans, start, stop):
        return False
    whole = at(spans, start)
    if whole is not None and whole.stop == stop:
        return False
    return all(lemmas & _lemmas(word) for lemmas, word in zip(name, document.lowers[start:stop], strict=True))


@lru_cache(maxsize=10_000)
def _lemmas(word: str) -> Lemmas:
    return frozenset(form.lemma.replace("ё", "е") for form in forms(word)) or frozenset((word,))
