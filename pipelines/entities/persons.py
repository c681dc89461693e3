"""Names of persons in the nominative.

Every word of the name offers readings; the one case and gender in which they agree best wins, the tagger's opinion
counting as one voice among them. What no reading explains stays as it stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from newscrawl.items import Uncertainty
from pipelines.entities.endings import nominatives
from pipelines.entities.models import MorphTag
from pipelines.entities.morphology import forms, is_russian, shaped

CASES = ("Nom", "Gen", "Dat", "Acc", "Ins", "Loc")
GENDERS = ("Masc", "Fem")
INDECLINABLE_ENDINGS = "еёиоуыэю"
PARTICLES = frozenset(
    "аль эль ас аш бин бен ибн фон ван де да ди дель делла дер ден дос ду ла ле мак оглы кызы заде".split()
)

FAMILY_FIRST = frozenset(
    "ван вэнь гао го дэн жэнь ким кан ли линь лю лян ма мао мин пак пэн си су сун сунь сюй тан тян хван ху хуан цай "
    "цзен цзинь цзян цзяо цинь цой чан чжан чжао чжоу чжу чжэн чо чон чхве чэнь шень ши шэн юн юй ян нгуен фам".split()
)
"""Chinese, Korean and Vietnamese surnames, which stand before the given name."""

# What a reading is worth.
KNOWN_NAME, GUESSED_NAME, KNOWN_NOUN, ENDING, ADJECTIVE = 3.0, 1.6, 1.0, 1.3, 0.8
DECLINED, INDECLINABLE = 0.9, 0.65
WOMAN = 2.5
"""A first name in -ия: the dictionary has rare men in -ий instead of Асия and her like."""
TAGGER_CASE, TAGGER_GENDER = 1.2, 0.5
IN_PLACE = 0.6
"""A first name first, a surname last: where Russian news puts them."""

NARROW = 0.5
"""The name may be another when the reading that makes it another is worth so little less."""
NARROW_WORD = 0.3
"""The same for two readings of one word in one case: about what parts declined from indeclinable."""
NARROW_UNKNOWN = 2.3
"""The same where a word is unknown and stays as it is: about what the tagger's opinions of two words make."""


CACHED_NAMES = 5_000
"""Names, and words of names, that are kept: the same persons come again and again."""
Vote = tuple[str | None, str | None]
"""Case and gender."""
Place = tuple[str, str]
"""Case and gender in which a name may stand."""


class Reading(NamedTuple):
    """A word of a name in one case and gender, with its nominative."""

    case: str
    gender: str
    nominative: str
    worth: float


Readings = tuple[Reading, ...]


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


def normal_name(words: list[str], tags: list[MorphTag]) -> Name:
    """The nominative of a name given as its words with their tags."""
    return _normal_name(tuple(words), tuple(map(_vote, tags)))


def _vote(tag: MorphTag) -> Vote | None:
    """What the tagger says of a word of a name; None where it is no word that has a case."""
    return (tag.feats.get("Case"), tag.feats.get("Gender")) if tag.pos in ("PROPN", "NOUN", "ADJ") else None


@lru_cache(maxsize=CACHED_NAMES)
def _normal_name(words: tuple[str, ...], votes: tuple[Vote | None, ...]) -> Name:
    readings = [_readings(word, index, len(words)) for index, word in enumerate(words)]
    if not any(readings):
        return Name(_joined(words), "", *_parts(words))
    best = list(map(_best, readings))
    agreed = _agreement(best, votes)
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
    return Name(_joined(normal), place[1] if certain else "", *_parts(normal), other, uncertain)


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


def _agreement(best: Sequence[Mapping[Place, Reading]], opinions: Sequence[Vote | None]) -> dict[Place, float]:
    """What every case and gender explains."""
    votes = {(case, gender): 0.0 for case in CASES for gender in GENDERS}
    for options in best:
        for place, reading in options.items():
            if place in votes:
                votes[place] += reading.worth
    for options, opinion in zip(best, opinions, strict=True):
        if options and opinion is not None:
            for case, gender in votes:
                votes[case, gender] += TAGGER_CASE * (opinion[0] == case)
                votes[case, gender] += TAGGER_GENDER * (opinion[1] == gender)
    return votes


@lru_cache(maxsize=CACHED_NAMES)
def _readings(word: str, index: int, count: int) -> Readings:
    lower = word.lower()
    if len(word) == 1 or lower in PARTICLES or not is_russian(word) or (word[0].islower() and count > 1):
        return ()
    return tuple(_dictionary(lower, index, count) + _endings(lower, index, count))


def _best(options: Readings) -> dict[Place, Reading]:
    """The best reading in each case and gender."""
    best: dict[Place, Reading] = {}
    for reading in options:
        place = (reading.case, reading.gender)
        if place not in best or reading.worth > best[place].worth:
            best[place] = reading
    return best


def _dictionary(word: str, index: int, count: int) -> list[Reading]:
    result = []
    for form in forms(word):
        if form.number != "Sing" or not form.case:
            continue
        name = form.grams & {"Name", "Surn", "Patr"}
        if form.pos == "NOUN" and name:
            worth = KNOWN_NAME if form.known else GUESSED_NAME
            place = {"Name": index == 0, "Surn": index == count - 1, "Patr": index > 0}
            if count > 1 and any(place[gram] for gram in name):
                worth += IN_PLACE
        elif form.pos == "NOUN":
            worth = KNOWN_NOUN if form.known else KNOWN_NOUN / 2
        elif form.pos == "ADJF":
            worth = ADJECTIVE
        else:
            continue
        for gender in (form.gender,) if form.gender in GENDERS else GENDERS if not form.gender else ():
            nominative = form.nominative(gender=gender)
            if nominative:
                result.append(Reading(form.case, gender, nominative, worth + form.score / 10))
    return result


def _endings(word: str, index: int, count: int) -> list[Reading]:
    """What the endings alone allow, for names that no dictionary has."""
    result = []
    last, surname = word[-1], count == 1 or index > 0
    if last in INDECLINABLE_ENDINGS:
        result += [Reading(case, gender, word, INDECLINABLE) for case in CASES for gender in GENDERS]
    elif last in "ая":
        result += [Reading("Nom", gender, word, INDECLINABLE) for gender in GENDERS]
    elif last != "й":
        result.append(Reading("Nom", "Masc", word, INDECLINABLE))
        if surname or last == "ь":
            result += [Reading(case, "Fem", word, ENDING) for case in CASES]
    if index == 0 and word.endswith("ия"):
        result.append(Reading("Nom", "Fem", word, WOMAN))
    for row, nominative in nominatives(word):
        if row.nominative == "ия" and index == 0:
            result.append(Reading(row.case, "Fem", nominative, WOMAN))
        elif row.gender == "Masc":
            result.append(Reading(row.case, "Masc", nominative, DECLINED))
        elif row.gender == "Fem":
            # Men's names in -а decline like women's; -ия is a woman's.
            genders = GENDERS if row.nominative == "а" else ("Fem",)
            result += [Reading(row.case, gender, nominative, DECLINED) for gender in genders]
    return result


def _parts(words: Sequence[str]) -> tuple[str, str, str]:
    """First name, patronymic and surname among the words of a nominative: by the dictionary, else by their order."""
    names: list[str] = []
    initials: list[str] = []
    for word in words:
        if len(word) == 1 and word.isalpha() and word.isupper():
            initials.append(word + ".")
        elif word[0].isalpha() and word.lower() not in PARTICLES:
            names.append(word)
    if initials and names:
        return initials[0], initials[1] if len(initials) > 1 else "", names[-1]
    if len(names) < 2:
        word = names[0] if names else ""
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
