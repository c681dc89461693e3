"""The canonical form of a body: its own words, and whatever beside them says which of many it is."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pipelines.entities.heads import head_noun
from pipelines.entities.morphology import is_russian
from pipelines.entities.normal import Phrase, is_abbreviation, normal_phrase
from pipelines.entities.quotes import ALL, folded, unify
from pipelines.entities.spans import Span
from pipelines.entities.tokens import Document

_ABBREVIATED = re.compile(r"(?<= )(г|обл|р-на)\.? ?(?=[А-ЯЁ]|$)")
SPELLED = {"г": "города ", "обл": "области", "р-на": "района "}
SAME = {"рф": "россии", "города": "", "город": ""}
"""Words of a key that say the same as another, or nothing that tells one body from another."""


def normal_body(document: Document, body: Span, owners: Mapping[int, Span]) -> Phrase:
    """The nominative, with the place or body in whose hands it is: «МИД» before «Грузии» is «МИД Грузии»."""
    normal, uncertain = normal_phrase(document, body.start, body.stop, "ORG")
    agency = _agency(document, body)
    if agency is not None:
        quoted = document.texts[body.start - 1] in ALL
        normal = f"{agency} «{normal}»" if quoted else f"{agency} {normal}"
    owner = owners.get(body.stop)
    if owner is not None and owner.start == body.stop and _has_owner(document, body, owner):
        first, last = document.tokens[owner.start], document.tokens[owner.stop - 1]
        normal = f"{normal} {unify(document.text[first.start : last.stop])}"
    return Phrase(_ABBREVIATED.sub(lambda match: SPELLED[match[1]], normal), uncertain)


def key(normal: str) -> str:
    """What the id is made of: «Администрация г. Рязани», «администрация города Рязани» and the like are one."""
    words = [SAME.get(word, word) for word in folded(normal).replace("российской федерации", "россии").split()]
    return " ".join(word for word in words if word)


def _agency(document: Document, body: Span) -> str | None:
    """«РИА» before «Новости»."""
    index = body.start - 1
    if index > 0 and document.texts[index] in ALL:
        index -= 1
    if index < 0 or document.tokens[index].sentence != document.tokens[body.start].sentence:
        return None
    noun = head_noun(document.texts[index])
    return noun.lemma if noun is not None and noun.kind == "agency" else None


def _has_owner(document: Document, body: Span, owner: Span) -> bool:
    """A place in the genitive, or an abbreviation («Институт истории РАН»), follows in the same sentence."""
    last, first = document.tokens[body.stop - 1], document.tokens[owner.start]
    if last.sentence != first.sentence or not is_russian(last.text) or not is_russian(first.text):
        return False
    if owner.type == "ORG":
        return is_abbreviation(first) and owner.stop - owner.start == 1 and body.stop - body.start > 1
    return owner.type == "LOC" and document.morph(owner.start).feats.get("Case") == "Gen"
