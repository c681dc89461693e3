"""The words of a text as search knows them: in their dictionary form, so that any form of a word finds any other.

«снегопада», «снегопаду» and «Снегопад» are one word; so are «ёлка» and «елка». A form that may be of several words
(«стали»: «сталь», «стать») is all of them. Words that only hold a sentence together (prepositions, conjunctions,
particles, pronouns) are none. What the dictionary lacks is what its ending most likely makes of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from pipelines.entities.morphology import forms
from pipelines.text import fold

_WORD = re.compile(r"[^\W_]+")
_SERVICE = frozenset({"PREP", "CONJ", "PRCL", "NPRO", "INTJ"})
_PRONOUN = "Apro"
_MOST_LETTERS = 40
"""Longer words are cut: they are addresses and slips of the keyboard."""
_CACHED = 50_000
MOST_WORDS = 2_000
"""Distinct words that one article is found by; a text with more is a list."""
MOST_ASKED = 12
"""Words that a question may have."""


@lru_cache(maxsize=_CACHED)
def meanings(word: str) -> frozenset[str]:
    """Return the dictionary forms that a word may be of, folded; none for a word that holds no meaning of its own."""
    folded = fold(word)[:_MOST_LETTERS]
    readings = forms(folded)
    if not readings:
        return frozenset({folded}) if len(folded) > 1 or folded.isdigit() else frozenset()
    if _is_service(readings[0].pos, readings[0].grams):
        return frozenset()
    if len(folded) == 1:
        return frozenset()
    return frozenset(fold(one.lemma) for one in readings if not _is_service(one.pos, one.grams))


def _is_service(pos: str, grams: Iterable[str]) -> bool:
    return pos in _SERVICE or _PRONOUN in grams


def words_of(*texts: str | None) -> list[str]:
    """Return the distinct words of some texts in their dictionary forms, sorted; `MOST_WORDS` at most."""
    found: set[str] = set()
    for text in texts:
        for match in _WORD.finditer(text or ""):
            found |= meanings(match[0])
            if len(found) >= MOST_WORDS:
                return sorted(found)[:MOST_WORDS]
    return sorted(found)


@dataclass(frozen=True)
class Question:
    """What somebody looks for: every word must occur, none of those with a minus in front may.

    Each word is the set of dictionary forms that it may be of.
    """

    wanted: tuple[frozenset[str], ...]
    unwanted: tuple[frozenset[str], ...] = ()

    @classmethod
    def of(cls, text: str) -> Question:
        """Read what was typed; quotes and punctuation do not count.

        Raises ValueError, in words for who typed it, when nothing is left to look for, or too much.
        """
        wanted: dict[frozenset[str], None] = {}
        unwanted: dict[frozenset[str], None] = {}
        for typed in text.split():
            for part in _WORD.findall(typed):
                if words := meanings(part):
                    (unwanted if typed.startswith(("-", "\u2212")) else wanted)[words] = None
        if not wanted:
            raise ValueError("there is no word in it that an article could be found by")
        if wanted.keys() & unwanted.keys():
            raise ValueError("a word is wanted and excluded at once")
        if len(wanted) + len(unwanted) > MOST_ASKED:
            raise ValueError(f"it has more than {MOST_ASKED} words")
        return cls(tuple(wanted), tuple(unwanted))


def spans(text: str, question: Question) -> list[tuple[int, int]]:
    """Return where the wanted words of a question stand in a text: code points, stop exclusive, in order."""
    every = frozenset().union(*question.wanted)
    return [match.span() for match in _WORD.finditer(text) if not every.isdisjoint(meanings(match[0]))]
