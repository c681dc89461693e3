"""What one part of an article says of a name in another: «Norlight» named once is a body everywhere in it.

Also abbreviations of a known type, and what stands in parentheses behind a name, which is the same name again.
"""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import cache, lru_cache
from importlib.resources import files

from newscrawl.items import EntityType
from pipelines.entities import gazetteer
from pipelines.entities.announced import LATIN, announced
from pipelines.entities.morphology import forms, is_russian
from pipelines.entities.quotes import CLOSING, EITHER
from pipelines.entities.span_lists import free, put_all, within
from pipelines.entities.spans import Span
from pipelines.entities.tokens import Document

ASIDE_WORDS = 5
"""Words in parentheses that may be one name."""
STEM = 4
ANNOUNCED = 2
"""So many more mentions counts one that a noun announces, «центр «Норлайт»»."""
MAJORITY = 2
"""So many times as often must a name be a place or person for a body of that name to be one too."""


@cache
def known_names() -> dict[str, tuple[str, str]]:
    """Type (`none`: no name) and full name of the abbreviations in `names.csv`."""
    with (files(__package__) / "names.csv").open(encoding="utf-8") as file:
        rows = csv.DictReader(line for line in file if not line.startswith("#"))
        return {row["name"]: (row["type"], row["full"]) for row in rows}


def with_known_types(document: Document, spans: list[Span]) -> list[Span]:
    """«МКС» is a place, «СМИ» no name; a country is one also where the model takes it for a person."""
    result = []
    for span in spans:
        words = document.texts[span.start : span.stop]
        kind = known_names().get(words[0], ("", ""))[0] if len(words) == 1 else ""
        if kind == "none":
            continue
        if kind in ("LOC", "ORG"):
            span = span._replace(type="LOC" if kind == "LOC" else "ORG")
        elif span.type == "PER" and _is_country(words):
            span = span._replace(type="LOC")
        result.append(span)
    return result


def _is_country(words: list[str]) -> bool:
    return gazetteer.lookup(words) is not None or gazetteer.lookup(["-".join(words)]) is not None


def asides(document: Document, spans: list[Span]) -> list[Span]:
    """«Союз охраны рек (СОР)», «Джон Грин (John Green)»: the parentheses name the same again."""
    found = []
    for index, span in enumerate(spans):
        bounds = aside_of(document, with_place(spans, index))
        if bounds is not None and within(spans, *bounds):
            found.append(Span(span.type, *bounds))
    return put_all(spans, found)


def with_place(spans: Sequence[Span], index: int) -> Span:
    """A body with the place right behind it, «Речной суд» with «Рязани», as its abbreviation follows both."""
    span = spans[index]
    place = spans[index + 1] if span.type == "ORG" and index + 1 < len(spans) else span
    return span._replace(stop=place.stop) if place.type == "LOC" and place.start == span.stop else span


def aside_of(document: Document, span: Span) -> tuple[int, int] | None:
    """The tokens in parentheses right behind a name that write it in another way."""
    tokens, start = document.tokens, span.stop
    if start < len(tokens) and tokens[start].text in CLOSING + EITHER:
        start += 1
    if start >= len(tokens) or tokens[start].text != "(":
        return None
    ahead = range(start + 2, min(len(tokens), start + 2 + ASIDE_WORDS))
    close = next((i for i in ahead if tokens[i].text == ")"), None)
    if close is None:
        return None
    words = [token.text for token in tokens[start + 1 : close]]
    return (start + 1, close) if _same_again(document, span, words) else None


def _same_again(document: Document, span: Span, words: list[str]) -> bool:
    own = document.texts[span.start : span.stop]
    if LATIN.fullmatch(words[0]) and not any(LATIN.fullmatch(word) for word in own):
        small = any(char.islower() for word in words for char in word)
        return not any(is_russian(word) for word in words) and (small or span.type == "ORG")
    if span.type != "ORG" or len(words) > 1 or not words[0].isupper() or len(words[0]) < 2 or len(own) < 2:
        return False
    return words[0][0] in {word[0].upper() for word in own} and gazetteer.lookup(words) is None


def same_name_same_type(document: Document, spans: list[Span]) -> list[Span]:
    """Foreign names and abbreviations that the model found once are found everywhere, as what they mostly are."""
    keys = [_key(document, span) for span in spans]
    votes: defaultdict[tuple[str, ...], Counter[EntityType]] = defaultdict(Counter)
    for key, span in zip(keys, spans, strict=True):
        votes[key][span.type] += 1
    if any(len(types) > 1 and "ORG" in types for types in votes.values()):
        heads = {index for index, noun in announced(document) if noun.kind != "agency"}
        for key, span in zip(keys, spans, strict=True):
            if span.type == "ORG" and span.start - 1 in heads:
                votes[key]["ORG"] += ANNOUNCED
    best = {key: max(types, key=lambda t: (types[t], t != "ORG")) for key, types in votes.items()}

    def agreed(key: tuple[str, ...], span: Span) -> Span:
        types, kind = votes[key], best[key]
        if kind == "ORG" and not _dictionary_name(document, span):
            return span._replace(type=kind)
        outvoted = span.type == "ORG" and types[kind] >= MAJORITY * types["ORG"] and len(key) == 1
        return span._replace(type=kind) if outvoted else span

    spans = [agreed(key, span) for key, span in zip(keys, spans, strict=True)]
    return _found_again(document, spans, {key for key, kind in best.items() if kind == "ORG"})


def _key(document: Document, span: Span) -> tuple[str, ...]:
    """The words; a word of small letters without its ending."""
    return tuple(_stem(token.text) for token in document.tokens[span.start : span.stop])


@lru_cache(maxsize=10_000)
def _stem(word: str) -> str:
    if LATIN.fullmatch(word) or word.isupper() or len(word) <= STEM:
        return word
    return word.rstrip("аеёиоуыэюяйьмх") or word


def _dictionary_name(document: Document, span: Span) -> bool:
    readings = forms(document.texts[span.start])
    return any(form.known and form.grams & {"Name", "Surn", "Patr", "Geox"} for form in readings)


def _found_again(document: Document, spans: list[Span], names: set[tuple[str, ...]]) -> list[Span]:
    by_first: defaultdict[str, list[tuple[str, ...]]] = defaultdict(list)
    for name in sorted(names, key=lambda name: (-len(name), name)):
        if all(_is_sign(word) for word in name):
            by_first[name[0]].append(name)
    found = []
    for index, token in enumerate(document.tokens) if by_first else ():
        for name in by_first.get(token.text, ()):
            stop = index + len(name)
            words = tuple(document.texts[index:stop])
            if words == name and free(spans, index, stop):
                found.append(Span("ORG", index, stop))
                break
    return put_all(spans, found)


def _is_sign(word: str) -> bool:
    """Foreign letters or an abbreviation: no common word looks like that."""
    return len(word) > 2 and (word.isupper() or LATIN.fullmatch(word) is not None)
