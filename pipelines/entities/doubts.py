"""Second thoughts on spans, for which morphology is needed: what is no name goes, missed places come in."""

from __future__ import annotations

from collections.abc import Callable

from newscrawl.items import EntityType
from pipelines.entities import (
    again,
    announced,
    bodies,
    extents,
    gazetteer,
    institutions,
    kinds,
    own,
    pieces,
    repeated,
    territories,
)
from pipelines.entities.generic import NAMED_BY_NOUN, event, head_lemma, idea, quoted_thing, quoted_things, without_bare
from pipelines.entities.institutions import NUMBER_SIGN, named_by_number
from pipelines.entities.morphology import Form, forms
from pipelines.entities.posts import heads as posts_heads
from pipelines.entities.quotes import ALL as QUOTES
from pipelines.entities.settlement_spans import with_settlements
from pipelines.entities.spans import Span
from pipelines.entities.streets import with_streets
from pipelines.entities.tokens import Document, Token
from pipelines.entities.unions import unions_by_use

NAMES = frozenset({"Name", "Surn", "Patr", "Geox", "Orgn", "Abbr"})
TITLES = frozenset("артист герой мастер тренер учитель художник".split())
LANDS = frozenset(
    "аэропорт берег бульвар вокзал волость гора город губерния дворец залив край кладбище лес море мост музей "
    "набережная область округ остров озеро парк переулок площадь полуостров поселение поселок посёлок проезд пролив "
    "проспект район река республика село станица стена тупик улица федерация хребет храм шоссе".split()
)
"""With an adjective before it one of these is a place."""
ADJECTIVE_ENDINGS = (
    "ий",
    "ый",
    "ой",
    "ая",
    "ое",
    "ого",
    "ому",
    "им",
    "ым",
    "ом",
    "ую",
    "ие",
    "ые",
    "их",
    "ых",
    "ими",
    "ыми",
)
ACTIONS = frozenset({"VERB", "INFN", "GRND"})
ABBREVIATIONS = frozenset("вр гл гр д зав зам им мл нач пл пом проф акад св ст тов ул".split())
Doubt = Callable[[Document, Span], bool]


def without_doubtful(document: Document, spans: list[Span]) -> list[Span]:
    """The spans that no rule of `DOUBTS` rejects; what is a thing once is one wherever it stands in quotation marks."""
    kept = [span for span in spans if not any(doubt(document, span) for doubt in DOUBTS[span.type])]
    quoted = [s for s in kept if s.type == "ORG" and s.start > 0 and document.texts[s.start - 1] in QUOTES]
    things = quoted_things(document) if quoted else frozenset()
    gone = {span for span in quoted if tuple(document.lowers[span.start : span.stop]) in things}
    return [span for span in kept if span not in gone] if gone else kept


def common_word(document: Document, span: Span) -> bool:
    """A capital that only begins a sentence: «Речная», «Побритый» as a person or place."""
    token = document.tokens[span.start]
    if span.type == "ORG" or span.stop - span.start > 1 or document.sentence_bounds(span.start)[0] != span.start:
        return False
    options = forms(token.text)
    if not options or any(not form.known or form.grams & NAMES for form in options):
        return False
    if all(form.pos in ("VERB", "INFN", "GRND", "ADVB") or "Anum" in form.grams for form in options):
        return True  # «Докладывала», «Двадцатого», whatever the tagger calls them
    return document.morph(span.start).pos != "PROPN" and all(_no_name(form, span) for form in options)


def _no_name(form: Form, span: Span) -> bool:
    return form.pos != "NOUN" or (span.type == "PER" and "inan" in form.grams)


def inhabitants(document: Document, span: Span) -> bool:
    """«Американцы», «Космонавтов»: people in the plural are no place."""
    if span.type != "LOC" or span.stop - span.start > 1:
        return False
    options = forms(document.texts[span.start])
    return bool(options) and all(
        form.known and "anim" in form.grams and form.number == "Plur" and not form.grams & NAMES for form in options
    )


def abbreviation(document: Document, span: Span) -> bool:
    """«Зам.», «Ст.» at the beginning of a sentence."""
    stop = document.texts[span.stop] if span.stop < len(document.tokens) else ""
    return span.stop - span.start == 1 and stop == "." and document.lowers[span.start] in ABBREVIATIONS


def adjective_of_two(document: Document, span: Span) -> bool:
    """«Советско-Польскому братству»: an adjective from two peoples is no place."""
    word = document.texts[span.start]
    return (
        span.type == "LOC" and span.stop - span.start == 1 and "-" in word and document.morph(span.start).pos == "ADJ"
        and all(form.pos == "ADJF" for form in forms(word))
    )  # fmt: skip


def adjective_of_place(document: Document, span: Span) -> bool:
    """«Стамбульская полиция»: an adjective with a common noun behind it is no place, but «Невский проспект» is."""
    after, word = span.stop, document.texts[span.start]
    if span.type != "LOC" or after - span.start > 1 or not word.endswith(ADJECTIVE_ENDINGS):
        return False
    if after >= document.sentence_bounds(span.start)[1] or not all(form.pos == "ADJF" for form in forms(word)):
        return False
    noun, tag, own = document.texts[after], document.morph(after), document.morph(span.start)
    if tag.pos != "NOUN" or tag.feats.get("Case") != own.feats.get("Case") or not noun.islower() or not forms(word):
        return False
    return not any("inan" in form.grams and form.lemma in LANDS for form in forms(noun))


def _is_no_name(word: str) -> bool:
    """«ПРОТИВ», «Внесённые»: the dictionary has it and as no noun."""
    options = forms(word)
    return bool(options) and all(
        form.known and form.pos not in ("NOUN", "ADJF") and not form.grams & NAMES for form in options
    )


def office(document: Document, span: Span) -> bool:
    """«Народный художник», «Британский премьер»: who holds a post or a title is no body."""
    if span.type != "ORG" or span.stop - span.start < 2 or document.texts[span.start - 1] in QUOTES:
        return False
    return head_lemma(document, span) in posts_heads() | TITLES


def plain_noun(document: Document, span: Span) -> bool:
    """«Смета», «Аптека», «Замглавы» at the beginning of a sentence; a number."""
    word = document.texts[span.start]
    if span.type != "ORG" or span.stop - span.start > 1:
        return False
    if not any(char.isalpha() for char in word):
        return True
    if _is_no_name(word):
        return document.sentence_bounds(span.start)[0] == span.start or word.isupper()
    if document.sentence_bounds(span.start)[0] != span.start or not word[1:].islower():
        return False
    if any(form.lemma in posts_heads() for form in forms(word)):
        return True
    options = [form for form in forms(word) if form.known]
    return bool(options) and all(
        form.pos == "NOUN" and not form.grams & NAMES and form.lemma not in NAMED_BY_NOUN for form in options
    )


def numbered_thing(document: Document, span: Span) -> bool:
    """«Дом № 5», «Котельная № 4»: of what is no institution the number makes no body."""
    texts = document.texts[span.start : span.stop]
    return span.type == "ORG" and len(texts) == 3 and texts[1] == NUMBER_SIGN and not named_by_number(texts[0])


DOUBTS: dict[EntityType, tuple[Doubt, ...]] = {
    "PER": (common_word, abbreviation),
    "LOC": (common_word, inhabitants, abbreviation, adjective_of_two, adjective_of_place),
    "ORG": (plain_noun, abbreviation, office, event, idea, quoted_thing, numbered_thing),
}


def without_first_word(document: Document, spans: list[Span]) -> list[Span]:
    """«Перед Большим театром», «Певица Анна Белова», «Закрыть Музей рек»: the capital is the sentence's own."""
    result = []
    for span in spans:
        begins = document.sentence_bounds(span.start)[0] == span.start
        if begins and span.stop - span.start > 1 and _is_no_part(document, span):
            span = span._replace(start=span.start + 1)
            if not any(token.text[:1].isupper() for token in document.tokens[span.start : span.stop]):
                continue
        result.append(span)
    return result


def _is_no_part(document: Document, span: Span) -> bool:
    """A preposition; a verb before a body's name; a noun that means persons before one's name."""
    tag = document.morph(span.start)
    if span.type != "PER":
        options = forms(document.texts[span.start])
        return tag.pos == "ADP" or (bool(options) and all(form.known and form.pos in ACTIONS for form in options))
    if tag.pos == "ADP" or not document.tokens[span.start + 1].is_title:
        return tag.pos == "ADP"
    word = document.lowers[span.start]
    options = forms(word if any(form.known for form in forms(word)) else word.rpartition("-")[2])
    return bool(options) and all(
        form.known and form.pos == "NOUN" and "anim" in form.grams and not form.grams & NAMES for form in options
    )


def without_origin(document: Document, spans: list[Span]) -> list[Span]:
    """«Гости Союза из России»: a body's name ends before where its people come from; in a quotation it goes on."""
    result = []
    for span in spans:
        inside = range(span.start + 1, span.stop)
        at = next((i for i in inside if document.texts[i] == "из"), None) if span.type == "ORG" else None
        if at is not None and not any(document.texts[i] in QUOTES for i in range(span.start, at)):
            span = span._replace(stop=at)
        result.append(span)
    return result


def with_known_places(document: Document, spans: list[Span]) -> list[Span]:
    """Countries and subjects of the gazetteer that the model passed over, where the tagger calls them proper nouns."""
    taken = {index for span in spans for index in range(span.start, span.stop)}
    found = [span for span in _known_places(document) if not any(i in taken for i in range(span.start, span.stop))]
    if not found:
        return spans
    document.tag({document.tokens[span.start].sentence for span in found})
    found = [span for span in found if _is_proper(document, span)]
    return sorted([*spans, *found], key=lambda span: span.start)


def _known_places(document: Document) -> list[Span]:
    """The longest names of the gazetteer in the text."""
    texts, lengths = document.texts, gazetteer.lengths()
    found: list[Span] = []
    edge = 0
    for index in document.titles:
        length = lengths.get(gazetteer.folded_word(texts[index]), 0)
        if index < edge or not length:
            continue
        _, end = document.sentence_bounds(index)
        for stop in range(min(end, index + length), index, -1):
            words = texts[index:stop]
            if gazetteer.lookup(words) is not None or gazetteer.union(words) is not None:
                found.append(Span("LOC", index, stop))
                edge = stop
                break
    return found


def _is_proper(document: Document, span: Span) -> bool:
    """Capitals where a common word has none, and no other reading of the first word at the start of a sentence."""
    first: Token = document.tokens[span.start]
    words = document.tokens[span.start : span.stop]
    if not all(token.is_title or len(token.text) < 4 or _is_common(token.text) for token in words):
        return False
    if document.morph(span.start).pos not in ("PROPN", "ADJ" if span.stop - span.start > 1 else "PROPN"):
        return False
    begins = document.sentence_bounds(span.start)[0] == span.start or not document.tokens[span.start - 1].is_word
    return not (begins and span.stop - span.start == 1 and _is_common(first.text))


def _is_common(word: str) -> bool:
    """The dictionary knows it as something else than a name."""
    return any(form.known and not form.grams & NAMES for form in forms(word))


RULES = (
    pieces.whole_bodies,
    pieces.without_verbs,
    pieces.adjectival,
    pieces.places_from_persons,
    pieces.places_ends,
    without_doubtful,
    without_first_word,
    without_origin,
    with_settlements,
    with_known_places,
    with_streets,
    bodies.without_speech,
    bodies.houses,
    announced.by_head_nouns,
    announced.domains,
    repeated.asides,
    repeated.with_known_types,
    repeated.same_name_same_type,
    extents.to_the_quotations_end,
    extents.of_people,
    extents.publishers,
    kinds.facilities,
    kinds.joined,
    extents.dependents,
    institutions.numbered,
    institutions.of_fields,
    institutions.budgetary,
    extents.affairs,
    kinds.lists,
    again.named_again,
    again.words_again,
    again.surnames_again,
    unions_by_use,
    territories.territorial_bodies,
    bodies.attached,
    bodies.national,
    extents.described,
    bodies.of_places,
    without_bare,
    own.given_names,
)
"""In this order; each takes a document with the sentences of its spans tagged, and the spans."""
