"""Forms of single words: a thin, cached, bounded layer over pymorphy3 (OpenCorpora's dictionary)."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import takewhile
from typing import Any

from pipelines.entities import paradigms
from pipelines.entities.paradigms import Place, Tag, analyser, place_of

__all__ = ["Form", "analyser", "forms", "has_other_letters", "is_russian", "shaped", "without_number"]

CACHED_WORDS = 30_000
"""Words whose analyses are kept a process, about 1 kB each."""
MAX_LETTERS = 60
"""Longer strings are no words of the dictionary; the analyser's time grows with length."""
_GENDERS = {"Masc": "masc", "Fem": "femn", "Neut": "neut"}
_OTHER_LETTERS = re.compile("[\u0400\u0402-\u040f\u0450\u0452-\u052f]|[A-Za-z][А-яЁё]|[А-яЁё][A-Za-z]")
_NUMBERED = re.compile(r"(.*[^\W\d_])(-\d{1,4})")
_RUSSIAN = re.compile(r"[а-яё]+(?:-[а-яё]+)*", re.IGNORECASE)


class Form:
    """One reading of a word. `case`, `number`, `gender` as Universal Dependencies name them, '' where it has none.

    Nobody may change it. `known`: the dictionary has the word. `tail` is a number that hangs on it («потока-2»); only
    the nominative has it too.
    """

    __slots__ = (
        "_lemma", "_parse", "_place", "case", "gender", "grams", "known", "number", "pos", "score", "tail", "word",
    )  # fmt: skip

    def __init__(
        self, word: str, tag: Tag, score: float, known: bool, place: Place | None, parse: Any = None, tail: str = ""
    ) -> None:
        self.word, self.tail = word, tail
        _, self.pos, self.case, self.number, self.gender, self.grams = tag
        self.score, self.known = score, known
        self._lemma: str | None = None
        # Its place in the dictionary is enough; pymorphy's object stands for what was guessed in other ways.
        self._place, self._parse = place, parse

    @property
    def lemma(self) -> str:
        """The normal form."""
        if self._lemma is None:
            place = self._place
            self._lemma = paradigms.lemma(self.word, place) if place else str(self._parse.normal_form)
        return self._lemma

    @property
    def parse(self) -> Any:
        """pymorphy's own object."""
        if self._parse is None and self._place is not None:
            self._parse = paradigms.parse(self.word, self._place, self.score)
        return self._parse

    def nominative(self, number: str = "", gender: str = "") -> str | None:
        """The nominative (small letters), by default in the same number and gender; None if there is no such form."""
        form = _nominative(self, number or self.number, gender or self.gender)
        return form + self.tail if form is not None and self.tail else form

    def inflected(self, *grams: str) -> str | None:
        """The form with pymorphy's grammemes (`gent`), otherwise as it is."""
        if self._place is not None:
            return paradigms.inflected(self.word, self._place, frozenset(grams))
        form = self._parse.inflect(set(grams))
        return str(form.word) if form else None


def is_russian(word: str) -> bool:
    """Russian letters, inner hyphens allowed, of bearable length."""
    return len(word) <= MAX_LETTERS and _RUSSIAN.fullmatch(word) is not None


def has_other_letters(text: str) -> bool:
    """Cyrillic letters that Russian has not, or Latin ones side by side with Cyrillic: «Київ», «Газпромa»."""
    return not text.isascii() and _OTHER_LETTERS.search(text) is not None


@lru_cache(maxsize=CACHED_WORDS)
def forms(word: str) -> tuple[Form, ...]:
    """Readings of a word (its capitals ignored, е also read as ё), likeliest first; () if it is not Russian."""
    lower = word.lower()
    if lower != word:
        return forms(lower)
    if is_russian(word):
        return _forms(word, "")
    stem, tail = without_number(word)
    return _forms(stem, tail) if tail and is_russian(stem) else ()


def _forms(word: str, tail: str) -> tuple[Form, ...]:
    known = paradigms.readings(word)
    if known:
        return tuple(
            Form(fixed, paradigms.tag_at(place), score, True, place, tail=tail) for score, fixed, place in known
        )
    return tuple(
        Form(
            str(parse.word),
            paradigms.taken_apart(parse.tag),
            float(parse.score),
            bool(parse.is_known),
            place_of(parse),
            parse,
            tail,
        )
        for parse in analyser().parse(word)
    )


def without_number(word: str) -> tuple[str, str]:
    """A word, and the number that hangs on it, '' if there is none: «потока-2» is «потока» and «-2»."""
    found = _NUMBERED.fullmatch(word)
    return (found[1], found[2]) if found is not None else (word, "")


@lru_cache(maxsize=CACHED_WORDS)
def _nominative(form: Form, number: str, gender: str) -> str | None:
    if "Fixd" in form.grams:
        return form.word
    wanted = ["nomn"]
    if number:
        wanted.append("sing" if number == "Sing" else "plur")
    if gender and number == "Sing" and form.pos in {"ADJF", "PRTF", "NUMR", "NPRO"}:
        wanted.append(_GENDERS[gender])
    return _nearest(form, frozenset(wanted)) if "Supr" in form.grams else form.inflected(*wanted)


def _nearest(form: Form, wanted: frozenset[str]) -> str | None:
    """Of two superlatives the one that the form is of: высшую is высшая, not высочайшая."""
    words = [str(one.word) for one in form.parse.lexeme if wanted | {"Supr"} <= one.tag.grammemes]
    return max(words, key=lambda word: _alike(word, form.word), default=None)


def shaped(word: str, original: str, *, title: bool = False) -> str:
    """`word` with the capitals of `original`; ё only where the original has one, or where the ending gained it."""
    if "ё" not in original.lower():
        word = word.replace("ё", "е")
    if title:
        return "-".join(part[:1].upper() + part[1:] for part in word.split("-"))
    if len(original) > 1 and original.isupper():
        return word.upper()
    if not original[1:].islower() and "-" not in original:
        kept = _alike(word.lower(), original.lower())
        return original[:kept] + word[kept:]  # АвтоВАЗа
    parts, models = word.split("-"), original.split("-")
    if len(parts) == len(models):
        return "-".join(_shape_part(p, m) for p, m in zip(parts, models, strict=True))
    return _shape_part(word, original)


def _alike(a: str, b: str) -> int:
    """Letters that two words begin with together."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(a, b, strict=False)))


def _shape_part(part: str, model: str) -> str:
    if len(model) > 1 and model.isupper():
        return part.upper()
    return part[:1].upper() + part[1:] if model[:1].isupper() else part
