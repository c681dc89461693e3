"""Streets, squares and parks: the word for the kind belongs to the name, «улица Ленина», «Речная улица».

The model gives such names in part («Речной») or not at all. What is found here replaces what it gave.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

from pipelines.entities import gazetteer
from pipelines.entities.agreement import CASES, agreeing
from pipelines.entities.morphology import Form, forms, shaped
from pipelines.entities.spans import Span
from pipelines.entities.tokens import Document

KINDS = "улица проспект бульвар переулок набережная шоссе проезд тупик площадь сквер парк аллея".split()
ABBREVIATIONS = {
    "ул": "улица", "просп": "проспект", "пр": "проспект", "пр-т": "проспект", "пр-кт": "проспект", "пер": "переулок",
    "бул": "бульвар", "бульв": "бульвар", "б-р": "бульвар", "наб": "набережная", "пл": "площадь", "ш": "шоссе",
    "пр-д": "проезд",
}  # fmt: skip
TITLES = frozenset(
    "имени академика адмирала генерала героя героев капитана композитора космонавта лейтенанта маршала партизана "
    "писателя полковника поэта профессора сержанта художника".split()
)
"""Small words that may begin a name: «улица маршала Жукова»."""
HONOURED = frozenset("авиации армии войны дивизии космонавтики партии победы революции республики флота".split())
"""Small words that may end a name: «улица Героев революции»."""
_ORDINAL = re.compile(r"\d{1,3}(-[а-я]{1,2})?")
_ADJECTIVE = re.compile(r".+(?:ая|яя|ой|ей|ую|юю|ый|ий|ого|его|ому|ему|ым|им|ом|ем|ое|ее|ые|ие|ых|их)")
TOWNS_IN_GENITIVE = ("ска", "цка")
"""What ends so and is in no dictionary is a town; streets are called «Светлореченская»."""
MAX_WORDS = 4


class Kind(NamedTuple):
    """A word like «улица»: its lemma and gender; cases of the singular, none for an abbreviation; may it be plural?"""

    lemma: str
    gender: str
    cases: frozenset[str]
    plural: bool


class Street(NamedTuple):
    """Where a name stands and what kind of street it names; the kind's own tokens are outside [name, stop)."""

    start: int
    stop: int
    name: int
    name_stop: int
    kind: Kind


@cache
def kinds() -> dict[str, Kind]:
    """Every form of the kinds, and the abbreviations."""
    table: dict[str, Kind] = {}
    for lemma in KINDS:
        noun = next(form for form in forms(lemma) if form.pos == "NOUN" and form.case == "Nom")
        for entry in noun.parse.lexeme:
            same = [form for form in forms(entry.word) if form.lemma == lemma and form.pos == "NOUN"]
            cases = frozenset(form.case for form in same if form.number == "Sing")
            table[entry.word] = Kind(lemma, noun.gender, cases, any(form.number == "Plur" for form in same))
    for short, lemma in ABBREVIATIONS.items():
        forms_of = (short + ending for ending in ("", "а", "у", "е", "ом") if not ending or short[-2:] in ("-т", "-р"))
        table |= dict.fromkeys(forms_of, table[lemma]._replace(cases=frozenset(), plural=False))
    return table


def with_streets(document: Document, spans: list[Span]) -> list[Span]:
    """The spans, with the streets of the text in place of what they cover or cross."""
    table = kinds()
    at = [index for index, word in enumerate(document.lowers) if word in table]
    if not at:
        return spans
    starts = {span.start: span for span in spans}
    stops = {span.stop: span for span in spans}
    found: list[Street] = []
    for index in at:
        for street in _streets_at(document, index, starts, stops):
            if not found or found[-1].stop <= street.start:  # «ул. Речной ул.» is one street
                found.append(street)
    kept = [span for span in spans if not any(s.start < span.stop and span.start < s.stop for s in found)]
    places = [Span("LOC", street.start, street.stop) for street in found]
    return sorted([*kept, *places, *_persons_behind(document, spans, found)], key=lambda span: span.start)


def street_of(document: Document, span: Span) -> Street | None:
    """The street that a span names: with its kind inside, or as one of several after «на улицах»."""
    table = kinds()
    first, last = document.lowers[span.start], document.lowers[span.stop - 1]
    if first in table and span.stop - span.start > 1 and not _is_plural(document, span.start, table[first]):
        name = span.start + 1 + (document.texts[span.start + 1] == ".")
        return Street(span.start, span.stop, name, span.stop, table[first]) if name < span.stop else None
    if last in table and span.stop - span.start > 1 and _describes(document, span.start, table[last]):
        return Street(span.start, span.stop, span.start, span.stop - 1, table[last])
    kind = _of_several(document, span.start)
    if kind is None or _name_end(document, span.start, span.stop, kind, {}) is None:
        return None
    return Street(span.start, span.stop, span.start, span.stop, kind)


def normal(document: Document, street: Street) -> str:
    """The street in the nominative, the kind where the text has it."""
    words = name_words(document, street)
    if street.start == street.name and street.name_stop < street.stop:
        return " ".join([*words, street.kind.lemma])
    return " ".join([street.kind.lemma, *words])


def name_words(document: Document, street: Street) -> list[str]:
    """The words of the name: adjectives agree with the kind, anything else stays as it is."""
    texts = document.texts[street.name : street.name_stop]
    adjectives = [_description(text, street.kind) for text in texts]
    if texts and all(adjective or _ORDINAL.fullmatch(t) for adjective, t in zip(adjectives, texts, strict=True)):
        kind = street.kind
        return [shaped(a.nominative("Sing", kind.gender) or t, t) if a else t
                for a, t in zip(adjectives, texts, strict=True)]  # fmt: skip
    return " ".join(texts).replace(" - ", "-").replace(" .", ".").split()


def _streets_at(document: Document, index: int, starts: dict[int, Span], stops: dict[int, Span]) -> Iterator[Street]:
    """The streets whose kind is token `index`."""
    word = document.lowers[index]
    kind = kinds()[word]
    _, end = document.sentence_bounds(index)
    document.tag({document.tokens[index].sentence})
    name = index + 1
    if word in ABBREVIATIONS and name < end and document.texts[name] == ".":
        name += 1
    elif not kind.cases and not kind.plural and "-" not in word:
        return
    before = stops.get(index) or stops.get(index + 1)
    left = index
    while before and before.type == "LOC" and before.start < left and _describes(document, left - 1, kind):
        left -= 1
    if left < index:
        yield Street(left, index + 1, left, index, kind)
        return
    stop = _name_end(document, name, end, kind, starts)
    if stop is None:
        return
    if not _is_plural(document, index, kind):
        yield Street(index, stop, name, stop, kind)
    elif not document.tokens[index].is_title:
        while stop is not None:
            yield Street(name, stop, name, stop, kind)
            if stop + 1 >= end or document.texts[stop] not in (",", "и"):
                return
            name = stop + 1
            stop = _name_end(document, name, end, kind, starts)


def _is_plural(document: Document, index: int, kind: Kind) -> bool:
    return kind.plural and (not kind.cases or document.morph(index).feats.get("Number") == "Plur")


def _of_several(document: Document, index: int) -> Kind | None:
    """The kind in the plural before a list that holds token `index`: «на улицах Ленина, Садовой и Почтовой»."""
    begin, _ = document.sentence_bounds(index)
    for left in range(index - 1, max(begin, index - 12) - 1, -1):
        token = document.tokens[left]
        kind = kinds().get(token.text.lower())
        if kind is not None:
            return kind if _is_plural(document, left, kind) else None
        if not token.is_title and token.text not in (",", "и"):
            return None
    return None


def _name_end(document: Document, start: int, end: int, kind: Kind, starts: dict[int, Span]) -> int | None:
    """Where a name that begins at `start` ends; None if there is no name of a street."""
    index = start
    while index < end and (document.texts[index] in TITLES or _ORDINAL.fullmatch(document.texts[index])):
        index += 1
    if index >= end or index - start > 2 or not document.tokens[index].is_title:
        return None
    if _describes(document, index, kind):
        while index < end and _describes(document, index, kind):
            index += 1
        return index
    if not _in_genitive(document, index, kind):
        return None
    if index == start and is_place(document, index):
        return None
    span = starts.get(index)
    if span is not None and span.stop - index <= MAX_WORDS:
        return _genitives_end(document, index, span.stop)
    stop = index + 1
    while stop < end and stop - index < MAX_WORDS and document.tokens[stop].is_title and stop not in starts:
        if document.morph(stop).feats.get("Case") != "Gen":
            break
        stop += 1
    return _genitives_end(document, index, stop)


def _genitives_end(document: Document, start: int, stop: int) -> int:
    """Where a name ends that went on to `stop`: «улицы Яблочкова [Аминат Гаджиеву]», «шоссе Энтузиастов [пробки]»."""
    for index in range(start + 1, stop):
        word = document.texts[index]
        known = [form for form in forms(word) if form.known]
        if word.islower() and word not in HONOURED and any(form.case == "Nom" for form in known):
            return index
        if (
            document.tokens[index].is_title
            and known
            and not any(form.case == "Gen" or "Fixd" in form.grams for form in known)
        ):
            return index
    return stop


def _persons_behind(document: Document, spans: Iterable[Span], streets: Iterable[Street]) -> Iterator[Span]:
    """What streets leave of spans that went on too far: «Аминат Гаджиеву»."""
    stops = {street.stop for street in streets}
    for span in spans:
        for index in range(span.start + 1, span.stop):
            given = index in stops and any("Name" in form.grams for form in forms(document.texts[index]))
            if given and all(token.is_title for token in document.tokens[index : span.stop]):
                yield Span("PER", index, span.stop)


def _in_genitive(document: Document, index: int, kind: Kind) -> bool:
    """«Ленина»; after an abbreviation the dictionary's word is enough, for the tagger is lost there: «и пр. Иванов»."""
    options = [form for form in forms(document.texts[index]) if form.pos in ("NOUN", "ADJF")]
    genitive = any(form.case == "Gen" for form in options) or any("Fixd" in form.grams for form in options)
    if kind.cases:
        return genitive and document.morph(index).feats.get("Case") == "Gen"
    man = any(form.case == "Nom" and form.gender == "Masc" and form.grams & {"Name", "Surn"} for form in options)
    return genitive and not man


def is_place(document: Document, index: int) -> bool:
    """«на улицах Рязани», «в парке Светлореченска»: the place where the street is."""
    word = document.texts[index]
    known = [form for form in forms(word) if form.known]
    if not known and word.endswith(TOWNS_IN_GENITIVE):
        return True
    place = any("Geox" in form.grams for form in known) and not any("Surn" in form.grams for form in known)
    return place or gazetteer.lookup([word]) is not None or gazetteer.union([word]) is not None


def _describes(document: Document, index: int, kind: Kind) -> bool:
    """An adjective with a capital that the kind may have."""
    return document.tokens[index].is_title and _description(document.texts[index], kind) is not None


def _description(word: str, kind: Kind) -> Form | None:
    """The reading of a word as an adjective that describes the kind; a surname with no such reading is none."""
    if not _ADJECTIVE.fullmatch(word.lower()):
        return None
    surname = any("Surn" in form.grams and form.known for form in forms(word))
    fitting = agreeing(word, kind.cases | {"Nom"} if kind.cases else CASES, "Sing", kind.gender)
    likely = [form for form in fitting if form.known or not surname]
    return max(likely, key=lambda form: (form.known, form.score), default=None)
