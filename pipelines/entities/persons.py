"""Names of persons in the nominative.

Every word of the name offers readings; the one case and gender in which they agree best wins, the tagger's opinion
counting as one voice among them. What no reading explains stays as it stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from newscrawl.items import Uncertainty
from pipelines.entities.agreement import CASES
from pipelines.entities.models import MorphTag
from pipelines.entities.morphology import forms, shaped
from pipelines.entities.name_readings import (
    CACHED_NAMES,
    ENDING,
    FAMILY_FIRST,
    GENDERS,
    POSTPOSITIVE,
    Reading,
    Readings,
    best_readings,
    is_particle,
    readings_of,
)

TAGGER_CASE, TAGGER_GENDER = 1.2, 0.5
GOVERNED = 1.2
"""The case that a preposition, an adjective or a post before the name asks for."""
MISFIT = 1.0
"""What a word costs that cannot stand in the case and gender of the others."""
NARROW = 0.5
"""The name may be another when the reading that makes it another is worth so little less."""
NARROW_WORD = 0.3
"""The same for two readings of one word in one case: about what parts declined from indeclinable."""
NARROW_UNKNOWN = 2.3
"""The same where a word is unknown and stays as it is: about what the tagger's opinions of two words make."""


Vote = tuple[str | None, str | None]
"""Case and gender."""
Place = tuple[str, str]
"""Case and gender in which a name may stand."""


class Asked(NamedTuple):
    """The cases that the words before a name ask for, none known if empty; `surely`: the tagger has no say in it."""

    cases: frozenset[str] = frozenset()
    surely: bool = False


class Name(NamedTuple):
    """A canonical name and its parts, '' where one is missing; initials keep their full stop."""

    normal: str
    gender: str = ""
    """`Masc`, `Fem` or '' when nothing tells."""
    first: str = ""
    middle: str = ""
    last: str = ""
    alternatives: frozenset[str] = frozenset()
    """A surname alone: its other possible nominatives, in small letters with ё as е."""
    uncertain: Uncertainty | None = None
    """Why `normal` may be wrong."""
    options: tuple[frozenset[str], ...] = ()
    """All nominatives that each word may have, in small letters with ё as е."""

    def renamed(self, words: Sequence[str]) -> Name:
        """The same mention with other nominatives for its words."""
        first, middle, last = _parts(words)
        return self._replace(normal=_joined(words), first=first, middle=middle, last=last, uncertain=None)


def normal_name(words: list[str], tags: list[MorphTag], asked: Asked | None = None) -> Name:
    """The nominative of a name given as its words with their tags; `asked`: by the words before it."""
    return _normal_name(tuple(words), tuple(map(_vote, tags)), asked or Asked())


def _vote(tag: MorphTag) -> Vote | None:
    """What the tagger says of a word of a name; None where it is no word that has a case."""
    return (tag.feats.get("Case"), tag.feats.get("Gender")) if tag.pos in ("PROPN", "NOUN", "ADJ") else None


@lru_cache(maxsize=CACHED_NAMES)
def _normal_name(words: tuple[str, ...], votes: tuple[Vote | None, ...], asked: Asked) -> Name:
    readings = readings_of(words)
    if not any(readings):
        return Name(_joined(words), "", *_parts(words))
    best = list(map(best_readings, readings))
    agreed = _agreement(best, votes, asked)
    place = max(agreed, key=lambda key: agreed[key])
    chosen = _nominatives(best, place)
    normal = [
        shaped(nominative, word, title=word.isupper() and len(word) > 3) if nominative else word
        for word, nominative in zip(words, chosen, strict=True)
    ]
    other: frozenset[str] = frozenset()
    if len(words) == 1:
        other = frozenset(reading.nominative.replace("ё", "е") for reading in readings[0] if reading.worth >= ENDING)
    # Does the gender win by more than chance?
    certain = agreed[place] - max(worth for (_, gender), worth in agreed.items() if gender != place[1]) > 0.3
    uncertain = _misfit(words, readings, chosen) or _rival(words, readings, place, chosen)
    if uncertain is None:
        others = sorted((agreed[place] - worth, there) for there, worth in agreed.items() if there != place)
        near = ((less, _nominatives(best, there)) for less, there in others if less <= NARROW_UNKNOWN)
        uncertain = _other_place(words, chosen, near)
    return Name(
        _joined(normal), place[1] if certain else "", *_parts(normal), other, uncertain, _options(words, readings)
    )


def _options(words: Sequence[str], readings: Sequence[Readings]) -> tuple[frozenset[str], ...]:
    return tuple(
        frozenset(name.replace("ё", "е") for name in (word.lower(), *(reading.nominative for reading in found)))
        for word, found in zip(words, readings, strict=True)
    )


def _nominatives(best: Sequence[Mapping[Place, Reading]], place: Place) -> list[str]:
    """The words in the nominative if the name stands in this case and gender; '' for one that does not."""
    return [options[place].nominative if place in options else "" for options in best]


def _misfit(words: Sequence[str], readings: Sequence[Readings], chosen: Sequence[str]) -> Uncertainty | None:
    """A word that fits in no way; but «Чен» of «Ким Чен Ира» may be a nominative beside the others."""
    for word, options, nominative in zip(words, readings, chosen, strict=True):
        if options and not nominative and not any(r.case == "Nom" and r.nominative == word.lower() for r in options):
            return "no_agreement"
    return None


def _rival(
    words: Sequence[str], readings: Sequence[Readings], place: Place, chosen: Sequence[str]
) -> Uncertainty | None:
    """A word with another nominative in the same case and gender, worth nearly as much: Марк and Марку."""
    for word, options, nominative in zip(words, readings, chosen, strict=True):
        here = [(r.worth, r.nominative) for r in options if r.case == place[0] and r.gender == place[1]]
        if len(here) > 1:
            least, plain = max(here)[0] - NARROW_WORD, nominative.replace("ё", "е")
            if any(worth >= least and name.replace("ё", "е") != plain for worth, name in here):
                return "ambiguous" if _is_known(word) else "unknown_word"
    return None


def _other_place(
    words: Sequence[str], chosen: Sequence[str], near: Iterable[tuple[float, Sequence[str]]]
) -> Uncertainty | None:
    """Another case or gender makes it another name, and is worth little less: `near` says how much, the least first."""
    lowers = [word.lower() for word in words]
    mine = [name or word for name, word in zip(chosen, lowers, strict=True)]
    for less, names in near:
        differ = [word for word, name, own in zip(lowers, names, mine, strict=True) if (name or word) != own]
        if differ and less <= NARROW:
            return "ambiguous"
        if mine == lowers and not all(map(_is_known, differ)):
            return "unknown_word"
    return None


def _is_known(word: str) -> bool:
    return any(form.known for form in forms(word))


def _agreement(
    best: Sequence[Mapping[Place, Reading]], opinions: Sequence[Vote | None], asked: Asked
) -> dict[Place, float]:
    """What every case and gender explains."""
    votes = {(case, gender): GOVERNED * (case in asked.cases) for case in CASES for gender in GENDERS}
    for options in (options for options in best if options):
        for place in votes:
            votes[place] += options[place].worth if place in options else -MISFIT
    for options, opinion in zip(best, opinions, strict=True):
        if options and opinion is not None:
            for case, gender in votes:
                if not asked.surely or opinion[0] in asked.cases:
                    votes[case, gender] += TAGGER_CASE * (opinion[0] == case)
                votes[case, gender] += TAGGER_GENDER * (opinion[1] == gender)
    return votes


def _parts(words: Sequence[str]) -> tuple[str, str, str]:
    """First name, patronymic and surname among the words of a nominative: by the dictionary, else by their order."""
    names: list[str] = []
    initials: list[str] = []
    particles = ""
    for index, word in enumerate(words):
        if len(word) == 1 and word.isalpha() and word.isupper():
            initials.append(word + ".")
        elif word[0].isalpha() and is_particle(word, index):
            particles += "" if word.lower() in POSTPOSITIVE else f"{word} "
        elif word[0].isalpha():
            names.append(particles + word)
            particles = ""
    if initials and names:
        return initials[0], initials[1] if len(initials) > 1 else "", names[-1]
    if len(names) < 2:
        word = names[0] if names else particles.rstrip()
        given = _is(word, "Name") and not _is(word, "Surn")
        return (word, "", "") if given else ("", "", word)
    if len(names) < 4 and names[0].lower().replace("ё", "е") in FAMILY_FIRST and not _is(names[-1], "Surn"):
        return " ".join(names[1:]), "", names[0]
    middle = next((i for i, word in enumerate(names) if i and _is(word, "Patr")), None)
    if middle is not None:
        rest = names[:middle] + names[middle + 1 :]
        surname_first = middle == len(names) - 1 and len(rest) == 2
        first, last = (rest[1], rest[0]) if surname_first else (rest[0], rest[-1] if len(rest) > 1 else "")
        return first, names[middle], last
    if len(names) == 2 and _is(names[1], "Name") and not _is(names[1], "Surn") and not _is(names[0], "Name"):
        return names[1], "", names[0]
    return names[0], "", names[-1]


def _is(word: str, gram: str) -> bool:
    nominatives = (form for form in forms(word) if form.case == "Nom" and form.number == "Sing" and form.known)
    return any(gram in form.grams for form in nominatives)


def _joined(words: Sequence[str]) -> str:
    """Words and marks of a name with the blanks that belong between them."""
    text = ""
    for index, word in enumerate(words):
        tight = not text or word in ".,)»" or text[-1] in "(«" or word in "-–'’" or text[-1] in "-–'’"
        text += word if tight or index == 0 else " " + word
    return text
