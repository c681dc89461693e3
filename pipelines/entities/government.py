"""In which cases a person's name stands, by the words before it: a preposition, an adjective, the post."""

from __future__ import annotations

from collections.abc import Mapping

from pipelines.entities.morphology import forms
from pipelines.entities.persons import Asked
from pipelines.entities.posts import post_head
from pipelines.entities.prepositions import PREPOSITIONS
from pipelines.entities.spans import Span
from pipelines.entities.tokens import Document

NOTHING = Asked()
ACCUSING = frozenset(
    "арестовать выбрать выдвинуть вызвать выслать допросить задержать заменить заподозрить избрать критиковать "
    "назначить наградить обвинить обвинять освободить осудить отправить отстранить переизбрать победить поблагодарить "
    "поддержать поддерживать подозревать поздравить похвалить приветствовать пригласить признать принять ранить "
    "раскритиковать сменить считать убедить убить уволить утвердить".split()
)
"""Verbs that have a person in the accusative, and nobody in the dative."""


def governed(document: Document, person: Span, owners: Mapping[int, Span]) -> Asked:
    """The cases that the words before a name leave it; empty where they say nothing."""
    first, _ = document.sentence_bounds(person.start)
    if person.start == first:
        return NOTHING
    before = document.lowers[person.start - 1]
    if before in PREPOSITIONS:
        return Asked(PREPOSITIONS[before], surely=True)
    if _is_accused(document, first, person.start):
        return Asked(frozenset(("Acc",)), surely=True)
    tag = document.morph(person.start - 1)
    if tag.pos == "ADJ" and person.start - 1 not in owners:
        return _told(document, person.start - 1)
    if all(map(_is_known, document.texts[person.start : person.stop])):
        return NOTHING  # its own forms tell
    head = post_head(document, person, owners)
    return NOTHING if head is None else _told(document, head)


def _is_accused(document: Document, first: int, start: int) -> bool:
    """«Назначил Саиду», «выбрали премьером Асанову»: after a verb, or a verb and a noun in the instrumental."""
    index = start - 1
    if index > first and any(form.case == "Ins" and form.pos == "NOUN" for form in forms(document.lowers[index])):
        index -= 1
    verbs = [form for form in forms(document.lowers[index]) if form.pos in ("VERB", "INFN", "GRND")]
    return any(form.lemma in ACCUSING for form in verbs)


def _is_known(word: str) -> bool:
    options = forms(word)
    return not options or options[0].known


def _told(document: Document, index: int) -> Asked:
    """The tagger's case of a word, if the dictionary has it in that case."""
    case = document.morph(index).feats.get("Case", "")
    cases = {form.case for form in forms(document.texts[index])}
    return Asked(frozenset((case,))) if case in cases and case else NOTHING
