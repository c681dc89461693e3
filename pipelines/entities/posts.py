"""The post beside a person's name: «министра иностранных дел РФ Сергея Лаврова» → «министр иностранных дел РФ».

A post is a head noun of `posts.csv` with the adjectives before it and its dependents after it. Before the name it
agrees with the name in case; after it, it stands between commas or after a dash. The list of heads is our own.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files

from pipelines.entities.agreement import CASES, adjective_lemmas, agreeing
from pipelines.entities.models import MorphTag
from pipelines.entities.morphology import forms
from pipelines.entities.normal import normal_phrase
from pipelines.entities.quotes import CLOSING, OPENING
from pipelines.entities.spans import Span
from pipelines.entities.tokens import Document

MAX_WORDS = 30
"""Words beside a name that are looked at."""
ACTING = frozenset({"врио", "вр.и.о", "и.о", "ио", "врид"})
ABBREVIATIONS = frozenset("зам зав нач пом ст мл гл проф акад".split())
RANKS = frozenset(
    "генерал генерал-лейтенант генерал-майор генерал-полковник полковник подполковник майор капитан лейтенант "
    "сержант старшина прапорщик академик профессор".split()
)
LINKING = frozenset({"по", "при", "в", "на", "и", "с", "для", "за", "над", "об", "о", "из", "-", "№", ",", "по-"})
"""Prepositions and the like that may stand inside a post: «заместитель министра по делам молодёжи»."""
DEPENDENT_CASES = frozenset({"Gen", "Dat", "Loc", "Ins", "Acc"})
NOT_PART = frozenset(
    "новый нынешний тогдашний прежний известный молодой знаменитый очередной будущий последний мой наш ваш свой этот "
    "тот сам один весь каждый другой любой некий такой который его её ее их".split()
)
"""Adjectives and pronouns that describe the moment and not the post."""


@cache
def heads() -> frozenset[str]:
    """Lemmas of the nouns that name a post, ё as е."""
    with (files(__package__) / "posts.csv").open(encoding="utf-8") as file:
        return frozenset(row["lemma"].replace("ё", "е") for row in csv.DictReader(file))


def find_post(document: Document, person: Span, owners: Mapping[int, Span]) -> str | None:
    """The post of `person` in the nominative, or None. `owners`: the name that holds a token, for every name."""
    if person.start >= len(document.tokens):
        return None
    before = _before(document, person, owners)
    found = before if before is not None else _after(document, person, owners)
    return _normal(document, *found) if found else None


def post_head(document: Document, person: Span, owners: Mapping[int, Span]) -> int | None:
    """The head of the post before a name, the nearest, whatever its case."""
    first, _ = document.sentence_bounds(person.start)
    index = person.start - 1
    while index >= first and person.start - index <= MAX_WORDS:
        jump = _name_or_quotation_ending_at(document, index, first, owners)
        if jump is None:
            return None
        if jump < index or index in owners:
            index = jump - 1
            continue
        if is_head(document, index):
            return index
        if not _may_stand_inside(document, index):
            return None
        index -= 1
    return None


def _before(document: Document, person: Span, owners: Mapping[int, Span]) -> tuple[int, int] | None:
    """Token range of a post that ends where the name begins: its leftmost head that agrees with the name."""
    first, _ = document.sentence_bounds(person.start)
    cases = _name_cases(document, person)
    index = person.start - 1
    best = None
    while index >= first and person.start - index <= MAX_WORDS:
        jump = _name_or_quotation_ending_at(document, index, first, owners)
        if jump is None:
            break
        if jump < index or index in owners:
            index = jump - 1
            continue
        in_list = best is None and _in_list_of_dependents(document, index, first)
        if in_list or is_abbreviation_stop(document, index, first):
            index -= 1
            continue
        acting = _acting_before(document, index, first)
        if acting < index:
            best, index = acting, acting - 1
            continue
        if is_head(document, index):
            agrees = not cases or bool(cases & _head_cases(document, index))
            if agrees:
                best = index
            elif best is not None and not _governs(document, index):
                break
        elif not _may_stand_inside(document, index):
            break
        index -= 1
    return (_with_attributes(document, best, first), person.start) if best is not None else None


def _after(document: Document, person: Span, owners: Mapping[int, Span]) -> tuple[int, int] | None:
    """Token range of a post in apposition: «Иван Петров, глава города, …», «Иван Петров — глава города»."""
    _, end = document.sentence_bounds(person.start)
    tokens, cases = document.tokens, {"Nom"} | _name_cases(document, person)
    start = person.stop + 1
    if start >= end or tokens[person.stop].text not in {",", "—", "–", "-", "("}:
        return None
    index = start
    while index < end and document.morph(index).pos == "ADJ" and tokens[index].text.lower() not in NOT_PART:
        index += 1
    ahead = range(index + 1, min(end, index + 8))
    acting = next((i for i in ahead if _acting_before(document, i, index) == index), None)
    head = index if acting is None else acting
    if acting is None and not (head < end and is_head(document, head) and _head_cases(document, head) & cases):
        return None
    stop = _end_of_dependents(document, head + 1, end, owners)
    if stop in owners and owners[stop].type == "PER":
        return None  # the post of the next person
    return start, stop


def _end_of_dependents(document: Document, index: int, end: int, owners: Mapping[int, Span]) -> int:
    """Where the dependents of a head end; a preposition at the very end does not count."""
    while index < end:
        text = document.texts[index]
        name = owners.get(index)
        if name is not None and name.type == "PER":
            break
        if name is not None:
            index = name.stop
        elif text in OPENING:
            ahead = range(index, min(end, index + MAX_WORDS))
            close = next((i for i in ahead if document.texts[i] in CLOSING), None)
            if close is None:
                break
            index = close + 1
        elif text != "," and (_may_stand_inside(document, index) or is_head(document, index) or text in CLOSING):
            index += 1
        else:
            break
    while document.morph(index - 1).pos in ("ADP", "CCONJ"):
        index -= 1
    return index


def is_abbreviation_stop(document: Document, index: int, first: int) -> bool:
    """The full stop of «зам.», «зав.»."""
    if index == first or document.texts[index] != ".":
        return False
    return document.lowers[index - 1] in ABBREVIATIONS


def _in_list_of_dependents(document: Document, index: int, first: int) -> bool:
    """The comma in «министр труда, занятости и социальной защиты»."""
    if document.texts[index] != "," or index == first:
        return False
    left, right = document.morph(index - 1), document.morph(index + 1)
    return left.pos == "NOUN" and left.feats.get("Case") == "Gen" and right.feats.get("Case") == "Gen"


def _acting_before(document: Document, index: int, first: int) -> int:
    """Where «и.о.», «вр. и. о.» before token `index` begins; `index` itself if there is none."""
    start, letters = index, ""
    while start > first and document.lowers[start - 1] in (".", "и", "о", "вр"):
        start -= 1
        letters = document.lowers[start] + letters
        if letters == "вр.и.о." or (letters == "и.о." and document.lowers[max(start - 2, first)] != "вр"):
            return start
    return index


def is_head(document: Document, index: int) -> bool:
    """Does this token name a post?"""
    word = document.texts[index]
    if word.lower().startswith("исполняющ"):
        return index + 1 < len(document.tokens) and document.texts[index + 1] == "обязанности"
    if word.lower() in ABBREVIATIONS:
        return index + 1 < len(document.tokens) and document.texts[index + 1] == "."
    return word.lower() in ACTING or (_is_head_word(word.lower()) and document.morph(index).pos != "VERB")


@lru_cache(maxsize=20_000)
def _is_head_word(word: str) -> bool:
    return any(form.lemma.replace("ё", "е") in heads() and form.number == "Sing" for form in forms(word))


@lru_cache(maxsize=2_000)
def _is_rank(word: str) -> bool:
    """A rank stands beside a post instead of depending on it: «командира экипажа полковника Смирнова»."""
    return any(form.lemma in RANKS for form in forms(word))


def _head_cases(document: Document, index: int) -> set[str]:
    """Cases in which a head may stand: the tagger's, and those of the dictionary that look the same."""
    word = document.lowers[index]
    if word in ACTING or word in ABBREVIATIONS:
        return set(CASES)
    return {f.case for f in forms(word) if f.pos in ("NOUN", "ADJF", "PRTF") and f.number == "Sing"}


def _name_cases(document: Document, person: Span) -> set[str]:
    """Cases in which a name may stand; empty if its words decline in no way that tells."""
    result: set[str] | None = None
    for index in range(person.start, person.stop):
        names = (f for f in forms(document.texts[index]) if f.grams & {"Name", "Surn", "Patr"})
        own = {form.case for form in names if form.number == "Sing"}
        tag: MorphTag = document.morph(index)
        if tag.feats.get("Case"):
            own.add(tag.feats["Case"])
        if own and tag.pos in ("PROPN", "NOUN", "ADJ"):
            both = own if result is None else result & own
            result = both or result
    return result or set()


def _governs(document: Document, index: int) -> bool:
    """A head in another case between the name and the head: «заместителем министра Александром …»."""
    return "Gen" in _head_cases(document, index)


def _may_stand_inside(document: Document, index: int) -> bool:
    """A dependent: a noun or adjective in an oblique case, a preposition, a number, an abbreviation."""
    text = document.texts[index]
    tag = document.morph(index)
    if text.lower() in LINKING:
        return text != ","
    if tag.pos in ("NOUN", "PROPN"):
        case = tag.feats.get("Case")
        return case is None or case in DEPENDENT_CASES or (len(text) > 1 and text.isupper())
    if tag.pos in ("ADJ", "VERB", "DET"):
        return tag.feats.get("Case") in DEPENDENT_CASES and text.lower() not in NOT_PART
    return tag.pos in ("ADP", "NUM", "CCONJ") or (text[0].isdigit() and len(text) < 6)


def _name_or_quotation_ending_at(document: Document, index: int, first: int, owners: Mapping[int, Span]) -> int | None:
    """First token of what ends at `index`: a quotation, a name or the token; None where the post cannot reach."""
    if document.texts[index] in CLOSING:
        depth = 0
        for left in range(index, max(first, index - MAX_WORDS) - 1, -1):
            text = document.texts[left]
            depth += (text in CLOSING) - (text in OPENING)
            if depth == 0:
                return left
        return None
    name = owners.get(index)
    if name is None:
        return index
    return None if name.type == "PER" else name.start


def _with_attributes(document: Document, head: int, first: int) -> int:
    """The head with what stands before it: «первый», «исполняющий обязанности», «врио»."""
    start = head
    while start > first and _is_attribute(document, start - 1, head, first):
        start -= 1
    return start


def _is_attribute(document: Document, index: int, head: int, first: int) -> bool:
    word = document.lowers[index]
    if word in ABBREVIATIONS or word in ACTING or word in ("обязанности", "временно") or word.startswith("исполняющ"):
        return True
    if word == "." or word == "и":
        return index > first and (
            is_abbreviation_stop(document, index, first) or (word == "и" and document.morph(index - 1).pos == "ADJ")
        )
    return document.morph(index).pos == "ADJ" and word not in NOT_PART and _describes(document, index, head)


def _describes(document: Document, index: int, head: int) -> bool:
    """An adjective in a case of the head that says which post it is; women have posts in the masculine too."""
    word = document.texts[index]
    return not adjective_lemmas(word) & NOT_PART and bool(agreeing(word, _head_cases(document, head), "Sing", ""))


def _normal(document: Document, start: int, stop: int) -> str:
    last = stop - 1
    if last > start and _is_rank(document.lowers[last]):
        parts = (normal_phrase(document, start, last, "PER"), normal_phrase(document, last, stop, "PER"))
        normal = " ".join(part.text for part in parts)
    else:
        normal = normal_phrase(document, start, stop, "PER").text
    word = document.texts[start]
    if word[:1].isupper() and not (len(word) > 1 and word.isupper()):
        normal = normal[:1].lower() + normal[1:]
    return normal
