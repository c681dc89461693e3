"""Forms of single words: a thin, cached, bounded layer over pymorphy3 (OpenCorpora's dictionary)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

CASES = {"nomn": "Nom", "gent": "Gen", "datv": "Dat", "accs": "Acc", "ablt": "Ins", "loct": "Loc",
         "gen1": "Gen", "gen2": "Gen", "acc2": "Acc", "loc1": "Loc", "loc2": "Loc", "voct": "Voc"}  # fmt: skip
GENDERS = {"masc": "Masc", "femn": "Fem", "neut": "Neut"}
CACHED_WORDS = 30_000
"""Words whose analyses are kept a process, about 1 kB each."""
MAX_LETTERS = 60
"""Longer strings are no words of the dictionary; the analyser's time grows with length."""
_RUSSIAN = re.compile(r"[а-яё]+(?:-[а-яё]+)*", re.IGNORECASE)


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """One reading of a word. `case`, `number`, `gender` as Universal Dependencies name them, '' where it has none."""

    word: str
    pos: str
    case: str
    number: str
    gender: str
    grams: frozenset[str]
    score: float
    known: bool
    lemma: str
    parse: Any

    def nominative(self, number: str = "", gender: str = "") -> str | None:
        """The nominative (small letters), by default in the same number and gender; None if there is no such form."""
        return _nominative(self, number or self.number, gender or self.gender)

    def inflected(self, case: str) -> str | None:
        """The form in pymorphy's `case` (`gent`), number and gender kept."""
        form = self.parse.inflect({case})
        return str(form.word) if form else None


@cache
def analyser() -> Any:
    """The analyser, loaded at the first call of this process (0.1 s, 30 MB)."""
    import pymorphy3

    return pymorphy3.MorphAnalyzer()


def is_russian(word: str) -> bool:
    """Russian letters, inner hyphens allowed, of bearable length."""
    return len(word) <= MAX_LETTERS and _RUSSIAN.fullmatch(word) is not None


@lru_cache(maxsize=CACHED_WORDS)
def forms(word: str) -> tuple[Form, ...]:
    """Readings of a word (its capitals ignored, е also read as ё), likeliest first; () if it is not Russian."""
    if not is_russian(word):
        return ()
    return tuple(_form(parse) for parse in analyser().parse(word.lower()))


def _form(parse: Any) -> Form:
    pos, case, number, gender, grams = _taken_apart(parse.tag)
    word, lemma = str(parse.word), str(parse.normal_form)
    return Form(word, pos, case, number, gender, grams, float(parse.score), _is_known(parse), lemma, parse)


@lru_cache(maxsize=5_000)
def _taken_apart(tag: Any) -> tuple[str, str, str, str, frozenset[str]]:
    """Part of speech, case, number, gender and all grammemes; the dictionary has some thousands of tags."""
    return (
        str(tag.POS or ""),
        CASES.get(str(tag.case), ""),
        {"sing": "Sing", "plur": "Plur"}.get(str(tag.number), ""),
        GENDERS.get(str(tag.gender), ""),
        frozenset(str(gram) for gram in tag.grammemes),
    )


def _is_known(parse: Any) -> bool:
    """As `parse.is_known`, which would look the word up once more."""
    if len(parse.methods_stack) == 1 and type(parse.methods_stack[0][0]).__name__ == "DictionaryAnalyzer":
        return True
    return bool(parse.is_known)


@lru_cache(maxsize=CACHED_WORDS)
def _nominative(form: Form, number: str, gender: str) -> str | None:
    if "Fixd" in form.grams:
        return form.word
    wanted = {"nomn"}
    if number:
        wanted.add("sing" if number == "Sing" else "plur")
    if gender and number == "Sing" and form.pos in {"ADJF", "PRTF", "NUMR", "NPRO"}:
        wanted.add({"Masc": "masc", "Fem": "femn", "Neut": "neut"}[gender])
    result = form.parse.inflect(wanted)
    return str(result.word) if result else None


def shaped(word: str, original: str, *, title: bool = False) -> str:
    """`word` with the capitals of `original`; ё only where the original has one, or where the ending gained it."""
    if "ё" not in original.lower():
        word = word.replace("ё", "е")
    if title:
        return "-".join(part[:1].upper() + part[1:] for part in word.split("-"))
    if len(original) > 1 and original.isupper():
        return word.upper()
    parts, models = word.split("-"), original.split("-")
    if len(parts) == len(models):
        return "-".join(_shape_part(p, m) for p, m in zip(parts, models, strict=True))
    return _shape_part(word, original)


def _shape_part(part: str, model: str) -> str:
    if len(model) > 1 and model.isupper():
        return part.upper()
    return part[:1].upper() + part[1:] if model[:1].isupper() else part
