"""Where the model's names of bodies end too early or are taken for something else, by what stands beside them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from pipelines.entities import gazetteer
from pipelines.entities.agreement import adjective_lemmas, is_of_origin
from pipelines.entities.generic import BODIES, head_lemma
from pipelines.entities.heads import head_noun
from pipelines.entities.morphology import forms
from pipelines.entities.quotes import ALL, Quoted, quotations
from pipelines.entities.span_lists import ending, free, put, put_all, within
from pipelines.entities.spans import Span
from pipelines.entities.tokens import Document

INCOMPLETE = frozenset(
    "бюро департамент инспекция институт комиссия комитет служба совет управление фонд центр".split()
)
"""Nouns that with an adjective alone hardly make a name: «областной центр занятости»."""
QUOTED_WORDS = 7
"""A longer quotation is a sentence."""
PIECES = frozenset("статья материал заметка репортаж публикация выпуск обзор".split())
"""What somebody publishes under a title of its own."""
LEAGUES = frozenset("ассоциация гильдия общество объединение профсоюз совет союз федерация".split())
OFFICIALS = frozenset("депутат министр представитель".split())
"""Of these a council is an organ of the state, and the state no part of its name: «Совет министров» in Minsk."""
OWNERS = BODIES | frozenset("область город государство край округ регион район республика страна".split())
"""Of these a body is without being named after them: «Высший совет партии»."""


def to_the_quotations_end(document: Document, spans: list[Span]) -> list[Span]:
    """««Координационный совет жителей»»: a name that begins a quotation goes on to its end."""
    found = []
    for span in spans:
        if span.type != "ORG" or span.start == 0 or document.texts[span.start - 1] not in ALL:
            continue
        marks = quotations(document, document.tokens[span.start].sentence)
        quote = next((q for q in marks if q.open == span.start - 1 and q.closed), None)
        if quote is not None and _goes_on(document, spans, span, quote):
            found.append(Span("ORG", span.start, quote.close))
    return put_all(spans, found)


def _goes_on(document: Document, spans: Sequence[Span], span: Span, quote: Quoted) -> bool:
    rest = range(span.stop, quote.close)
    if not rest or quote.close - span.start > QUOTED_WORDS or not within(spans, span.start, quote.close):
        return False
    words = [document.tokens[index] for index in rest]
    return all(token.is_word for token in words) and not any(
        document.morph(i).feats.get("VerbForm") in ("Fin", "Inf", "Conv") for i in range(span.start, quote.close)
    )


def dependents(document: Document, spans: list[Span]) -> list[Span]:
    """«Областной центр [занятости]»: a common head noun goes on with what depends on it in small letters."""
    result = []
    for span in spans:
        stop = span.stop
        if _wants_more(document, span):
            stop = _genitives_end(document, spans, stop)
        result.append(span._replace(stop=stop))
    return result


def _wants_more(document: Document, span: Span) -> bool:
    last = document.texts[span.stop - 1]
    if span.type != "ORG" or span.stop - span.start < 2 or not last.islower():
        return False
    return any(form.pos == "NOUN" and form.lemma in INCOMPLETE for form in forms(last))


def _genitives_end(document: Document, spans: Sequence[Span], index: int) -> int:
    """Where adjectives and a noun in the genitive, small letters, end that begin here; `index` if there are none."""
    _, end = document.sentence_bounds(index - 1)
    stop = index
    while stop < end and free(spans, stop, stop + 1) and document.texts[stop].islower():
        tag = document.morph(stop)
        if tag.feats.get("Case") != "Gen" or tag.pos not in ("ADJ", "NOUN"):
            break
        stop += 1
        if tag.pos == "NOUN":
            return index if any(form.lemma in OWNERS for form in forms(document.texts[stop - 1])) else stop
    return index


def of_people(document: Document, spans: list[Span]) -> list[Span]:
    """«Союз писателей России»: of which country they are is part of the name."""
    for place in [span for span in spans if span.type == "LOC" and _is_country(document, span)]:
        body = ending(spans, place.start)
        if body is None or body.type != "ORG" or head_lemma(document, body) not in LEAGUES:
            continue
        last = document.tokens[body.stop - 1]
        case = document.morph(place.start).feats.get("Case")
        if last.sentence == document.tokens[place.start].sentence and case == "Gen" and _are_people(last.text):
            spans = put(spans, Span("ORG", body.start, place.stop))
    return spans


def _is_country(document: Document, span: Span) -> bool:
    place = gazetteer.lookup(document.texts[span.start : span.stop])
    return place is not None and place.ref.startswith("iso3166:")


@lru_cache(maxsize=5_000)
def _are_people(word: str) -> bool:
    """A genitive plural of persons."""
    people = [f for f in forms(word) if "anim" in f.grams and (f.pos, f.case, f.number) == ("NOUN", "Gen", "Plur")]
    return any(form.lemma not in OFFICIALS for form in people)


def publishers(document: Document, spans: list[Span]) -> list[Span]:
    """«в статье Волжского обозревателя «Лёд тронулся»»: who stands between a piece and its title publishes it."""
    found = [Span("ORG", index, stop) for index in document.titles if (stop := _before_title(document, spans, index))]
    document.tag({document.tokens[span.start].sentence for span in found})
    genitive = [
        span for span in found
        if all(document.morph(index).feats.get("Case") == "Gen" for index in range(span.start, span.stop))
    ]  # fmt: skip
    return put_all(spans, genitive)


def _before_title(document: Document, spans: Sequence[Span], index: int) -> int:
    """Where the words behind «статья» end, from this one, if a quotation follows; else 0."""
    tokens, (first, end) = document.tokens, document.sentence_bounds(index)
    if index == first or not _is_piece(tokens[index - 1].text.lower()):
        return 0
    stop = index + 1
    while stop < min(end, index + 3) and tokens[stop].is_word:
        stop += 1
    opened = stop < end and tokens[stop].text in ALL
    return stop if opened and free(spans, index, stop) and head_noun(tokens[stop - 1].text) is None else 0


@lru_cache(maxsize=20_000)
def _is_piece(word: str) -> bool:
    return word[:3] in _STARTS and any(form.pos == "NOUN" and form.lemma in PIECES for form in forms(word))


_STARTS = frozenset(word[:3] for word in PIECES)


OF_AFFAIRS = frozenset(
    "агентство академия департамент инспекция институт комиссия комитет министерство отдел палата служба совет суд "
    "управление факультет фонд".split()
)
"""Nouns of bodies that are named after what they do: «комитет по делам молодёжи и спорта»."""
AFFAIRS = frozenset(
    "безопасности борьбе вопросам делам защите контролю культуре надзору образованию охране политике правам работе "
    "развитию регулированию связям содействию спорту труду туризму управлению экономике энергетике".split()
)
"""What stands behind «по» in the names of bodies."""


def affairs(document: Document, spans: list[Span]) -> list[Span]:
    """«Европейский суд [по правам человека]», «Министерство труда [и социальной защиты]»: all that a body does."""
    result = []
    for span in spans:
        if span.type == "ORG" and head_lemma(document, span) in OF_AFFAIRS:
            stop = _second_affair(document, spans, _by_affairs(document, spans, span))
            span = span._replace(stop=stop)
        result.append(span)
    return result


def _by_affairs(document: Document, spans: Sequence[Span], span: Span) -> int:
    """The end of the span with «по делам молодёжи» behind it; not where it depends on a body before the name."""
    _, end = document.sentence_bounds(span.start)
    stop = span.stop
    if document.texts[stop - 1] in AFFAIRS and document.lowers[stop - 2] == "по":
        return _genitives_end(document, spans, stop)
    if stop + 1 >= end or document.lowers[stop] != "по" or _is_owned(document, span):
        return stop
    index = stop + 1
    while index < end and document.morph(index).pos == "ADJ" and document.morph(index).feats.get("Case") == "Dat":
        index += 1
    if index == end or document.texts[index] not in AFFAIRS:
        return stop
    after = _genitives_end(document, spans, index + 1)
    return after if free(spans, stop, after) else stop


def _is_owned(document: Document, span: Span) -> bool:
    """«комитет Совета Федерации»: what follows belongs to the committee."""
    first, _ = document.sentence_bounds(span.start)
    return span.start > first and any(
        form.pos == "NOUN" and form.lemma in OWNERS for form in forms(document.texts[span.start - 1])
    )


def _second_affair(document: Document, spans: Sequence[Span], stop: int) -> int:
    """The end of «и социальной защиты» behind a name that ends with a noun in the same case, small letters."""
    _, end = document.sentence_bounds(stop - 1)
    if stop >= end or document.texts[stop] != "и" or not document.texts[stop - 1].islower():
        return stop
    case = document.morph(stop - 1).feats.get("Case", "")
    index = stop + 1
    while index < end and document.morph(index).pos == "ADJ" and document.morph(index).feats.get("Case") == case:
        index += 1
    if index == end or not free(spans, stop, index + 1) or not _is_affair(document, index, case):
        return stop
    return _genitives_end(document, spans, index + 1)


def _is_affair(document: Document, index: int, case: str) -> bool:
    """A noun in small letters that means neither bodies nor persons."""
    word, tag = document.texts[index], document.morph(index)
    if not word.islower() or tag.pos != "NOUN" or tag.feats.get("Case") != case:
        return False
    return not any(form.lemma in OWNERS or "anim" in form.grams for form in forms(word))


OFFICIAL = frozenset(
    "верховный главный городской государственный краевой международный муниципальный народный национальный областной "
    "постоянный районный региональный республиканский территориальный федеральный центральный".split()
)


def described(document: Document, spans: list[Span]) -> list[Span]:
    """«государственная Комиссия по ценам», «рижский Минздрав»: rank and origin are part of the name."""
    result: list[Span] = []
    for span in spans:
        index = span.start - 1
        alone = index >= 0 and (not result or result[-1].stop <= index)
        if span.type == "ORG" and alone and _describes(document, index, span):
            span = span._replace(start=index)
        result.append(span)
    return result


def _describes(document: Document, index: int, span: Span) -> bool:
    word, name = document.tokens[index], document.tokens[span.start]
    begins = document.sentence_bounds(index)[0] == index and name.text.islower()
    if word.sentence != name.sentence or not (word.text.islower() or begins) or name.text.isascii():
        return False
    if not adjective_lemmas(word.text) & OFFICIAL and not is_of_origin(word.text):
        return False
    tag, head = document.morph(index), document.morph(span.start)
    return tag.pos == "ADJ" and tag.feats.get("Case") == head.feats.get("Case", tag.feats.get("Case"))
