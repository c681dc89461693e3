"""Nouns before a body's name, in all their forms: `heads.csv` says which kind each is of."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from pipelines.entities.morphology import Form, forms


class HeadNoun(NamedTuple):
    """A row of `heads.csv`."""

    lemma: str
    kind: str


def head_noun(word: str) -> HeadNoun | None:
    """The head noun of which this word is a form; legal forms only in capitals."""
    return head_nouns().get(word)


@cache
def head_nouns() -> dict[str, HeadNoun]:
    """The head nouns by every spelling that running text has: small letters, a capital, е for ё."""
    index: dict[str, HeadNoun] = {}
    with (files(__package__) / "heads.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(line for line in file if not line.startswith("#")):
            noun = HeadNoun(row["lemma"], row["kind"])
            for word in {noun.lemma} if noun.lemma.isupper() else all_forms(noun.lemma):
                index.setdefault(word, noun)
                index.setdefault(word.capitalize() if word.islower() else word, noun)
    return index


def all_forms(lemma: str, pos: str = "NOUN") -> set[str]:
    """Every form of a dictionary word, small letters with ё as е; the word itself if the dictionary has it not."""
    known: Form | None = next((form for form in forms(lemma) if form.pos == pos and form.lemma == lemma), None)
    words = {str(form.word) for form in known.parse.lexeme} if known else {lemma}
    return {word.replace("ё", "е") for word in words}
