"""Words of the dictionary, and those that decline like one, straight from pymorphy3's tables.

The same readings in the same order and the same inflection as by `MorphAnalyzer.parse` and `Parse.inflect`, without
the objects that these make on the way: a paradigm is looked through once, not for every word that follows it.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any, NamedTuple

CASES = {"nomn": "Nom", "gent": "Gen", "datv": "Dat", "accs": "Acc", "ablt": "Ins", "loct": "Loc",
         "gen1": "Gen", "gen2": "Gen", "acc2": "Acc", "loc1": "Loc", "loc2": "Loc", "voct": "Voc"}  # fmt: skip
GENDERS = {"masc": "Masc", "femn": "Fem", "neut": "Neut"}
NUMBERS = {"sing": "Sing", "plur": "Plur"}


class Tag(NamedTuple):
    """pymorphy's tag taken apart: text, part of speech, case, number, gender, all grammemes."""

    text: str
    pos: str
    case: str
    number: str
    gender: str
    grams: frozenset[str]


class Place(NamedTuple):
    """Where a form stands: a paradigm and the number of the form in it."""

    paradigm: int
    number: int


@cache
def analyser() -> Any:
    """The analyser, loaded at the first call of this process (0.1 s, 30 MB)."""
    import pymorphy3

    return pymorphy3.MorphAnalyzer()


def readings(word: str) -> list[tuple[float, str, Place]]:
    """Score, word as the dictionary writes it (ё) and place of each reading, likeliest first; small letters only."""
    morph = analyser()
    found = [
        (fixed, Place(*place))
        for fixed, places in morph.dictionary.words.similar_items(word, morph.char_substitutes)
        for place in places
    ]
    if not found:
        return []
    estimate = morph.prob_estimator.p_t_given_w
    scores = [estimate.prob(word, tag_at(place).text) for _, place in found]
    if not any(scores):
        return [(1.0 / len(found), *reading) for reading in found]
    scored = [(score, *reading) for score, reading in zip(scores, found, strict=True)]
    return sorted(scored, key=lambda reading: reading[0], reverse=True)


@lru_cache(maxsize=20_000)
def tag_at(place: Place) -> Tag:
    """The tag of a form of a paradigm."""
    return taken_apart(analyser().dictionary.build_tag_info(*place))


@lru_cache(maxsize=5_000)
def taken_apart(tag: Any) -> Tag:
    """The dictionary has some thousands of tags."""
    return Tag(
        str(tag),
        str(tag.POS or ""),
        CASES.get(str(tag.case), ""),
        NUMBERS.get(str(tag.number), ""),
        GENDERS.get(str(tag.gender), ""),
        frozenset(str(gram) for gram in tag.grammemes),
    )


def lemma(word: str, place: Place) -> str:
    """The normal form of a word of the dictionary."""
    return str(analyser().dictionary.build_normal_form(*place, word))


def parse(word: str, place: Place, score: float) -> Any:
    """pymorphy's own object."""
    morph = analyser()
    stack = ((morph._units[0].analyzer, word, *place),)
    tag = morph.dictionary.build_tag_info(*place)
    return morph._result_type(word, tag, lemma(word, place), score, stack)


def place_of(parse: Any) -> Place | None:
    """Where a word stands that was guessed by its ending alone, as one with another's paradigm; else null."""
    from pymorphy3.units import KnownSuffixAnalyzer

    (_, _, *place), *guesses = parse.methods_stack
    return Place(*place) if len(guesses) == 1 and isinstance(guesses[0][0], KnownSuffixAnalyzer) else None


def inflected(word: str, place: Place, wanted: frozenset[str]) -> str | None:
    """The form with these grammemes that is otherwise most like this one; None if there is none."""
    index = _inflected(place, wanted)
    if index is None:
        return None
    tables = analyser().dictionary
    paradigm = tables.paradigms[place.paradigm]
    stem = tables.build_stem(paradigm, place.number, word)
    prefix = tables.paradigm_prefixes[paradigm[len(paradigm) // 3 * 2 + index]]
    return str(prefix + stem + tables.suffixes[paradigm[index]])


@lru_cache(maxsize=20_000)
def _inflected(place: Place, wanted: frozenset[str]) -> int | None:
    """The number of that form in the paradigm."""
    morph = analyser()
    tags = _paradigm(place.paradigm)
    fitting = [index for index, tag in enumerate(tags) if wanted <= tag.grammemes]
    if not fitting:
        wanted = morph.TagClass.fix_rare_cases(wanted)
        fitting = [index for index, tag in enumerate(tags) if wanted <= tag.grammemes]
    if len(fitting) < 2:
        return fitting[0] if fitting else None
    grammemes = tags[place.number].updated_grammemes(wanted)

    def similarity(index: int) -> float:
        tag = tags[index].grammemes
        return len(grammemes & tag) - 0.1 * len(grammemes ^ tag)

    return max(fitting, key=similarity)


@lru_cache(maxsize=2_000)
def _paradigm(number: int) -> list[Any]:
    """pymorphy's tags of the forms of a paradigm."""
    tables = analyser().dictionary
    paradigm = tables.paradigms[number]
    count = len(paradigm) // 3  # suffixes, tags, prefixes
    return [tables.gramtab[tag] for tag in paradigm[count : 2 * count]]
