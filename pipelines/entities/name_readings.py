"""What each word of a person's name may be: its case, gender and nominative, by the dictionary and by its ending."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from pipelines.entities.agreement import CASES, POSSESSIVE_STEMS
from pipelines.entities.endings import HARD, VOWELS, nominatives
from pipelines.entities.morphology import Form, forms, is_russian

GENDERS = ("Masc", "Fem")
INDECLINABLE_ENDINGS = "еёиоуыэю"
PARTICLES = frozenset(
    "аль эль ас аш бин бен ибн фон ван де да ди дель делла дер ден дос ду дю ла ле мак оглы кызы заде".split()
)
"""Small words of names that do not change."""
POSTPOSITIVE = frozenset("оглы кызы заде".split())
"""Of these what stands behind a name; the others belong to the surname that follows."""

FAMILY_FIRST = frozenset(
    "ван вэнь гао го дэн жэнь ким кан ли линь лю лян ма мао мин пак пэн си су сун сунь сюй тан тян хван ху хуан цай "
    "бо вэй гу дин дун жэнь кун лай лу лэй люй мун пань сяо сюэ фань хань цао цуй цю чжун юань "
    "цзен цзинь цзян цзяо цинь цой чан чжан чжао чжоу чжу чжэн чо чон чхве чэнь шень ши шэн юн юй ян нгуен фам".split()
)
"""Chinese, Korean and Vietnamese surnames, which stand before the given name."""

OF_SYLLABLES = frozenset("пан но хо хон чон ро со нам ян им ан бэ квон ку ко о пэ син сон хан чи ён".split())
"""More of them, which are surnames only before two syllables."""
_BEFORE_SK = sorted(HARD | {"ь", "й"})
POSSESSIVE_ENDINGS = (
    ("а", "Masc", ("Gen", "Acc"), ""),
    ("у", "Masc", ("Dat",), ""),
    ("ым", "Masc", ("Ins",), ""),
    ("е", "Masc", ("Loc",), ""),
    ("а", "Fem", ("Nom",), "а"),
    ("ой", "Fem", ("Gen", "Dat", "Ins", "Loc"), "а"),
    ("у", "Fem", ("Acc",), "а"),
)
"""How surnames with these stems change: ending, gender, cases, ending of the nominative."""
FLEETING = (("ца", ("Gen", "Acc")), ("цу", ("Dat",)), ("цом", ("Ins",)), ("цем", ("Ins",)), ("це", ("Loc",)))
"""How surnames in -ец change: ending and cases."""
BEFORE_FLEETING = tuple("бвгдкмп")
"""Letters that no surname has before -ц: Кравца is Кравец, but Шульца is Шульц."""
OF_WOMEN = ("ене", "айте", "уте")
"""Ends of Lithuanian surnames that only women have, and that do not change in Russian."""
OBLIQUE = tuple(
    stem + suffix for stems, suffixes in ((POSSESSIVE_STEMS, ("ым", "ой")), (("ов", "ев", "ёв"), ("у", "е")),
    (("ск", "цк"), ("ого", "ому", "им", "ую"))) for stem in stems for suffix in suffixes
)  # fmt: skip
"""Ends that no nominative has, «Ашибаевым»."""
UNCHANGING = ("цки", "дзе", "хаджи", *(f"{letter}ски" for letter in _BEFORE_SK))
"""Ends of names that never change, with what looks like another's case ending: Полански, Каладзе."""
ADJECTIVAL = ("цкой", *(f"{letter}ской" for letter in _BEFORE_SK))
"""Ends of surnames in -ая: Рудинской is Рудинская, though Слиской is Слиска."""

# What a reading is worth.
KNOWN_NAME, GUESSED_NAME, KNOWN_NOUN, ENDING, ADJECTIVE = 3.0, 1.6, 1.0, 1.3, 0.8
DECLINED, INDECLINABLE = 0.9, 0.65
GENITIVE = 0.1
"""A surname in -ы that never changes: nearly all are genitives."""
STIFF = 0.4
"""What a part of a compound costs that does not change with the others, in «Стросс-Кана»."""
RARE = 0.05
"""What a reading with the same ending as a much more frequent one loses."""
WOMAN = 2.5
"""A first name in -ия: the dictionary has rare men in -ий instead of Асия and her like."""
POSSESSIVE = 1.5
"""A surname in -ов or -ин whose form the dictionary has not, or takes for a common noun: «Лосиной»."""
IN_ETS = 2.4
"""A surname in -ец without its vowel: more than one in -ц, which pymorphy guesses."""
IN_IYA = 2.3
"""A surname in -ия, «Данелия»: more than one in -ий, which pymorphy guesses."""
WOMEN_ALONE = 0.7
"""A woman's first name in a consonant, which does not change: «Гульнар», where a man's would be «Гульнару»."""
IN_PLACE = 0.6
"""A first name first, a surname last: where Russian news puts them."""

CACHED_NAMES = 5_000
"""Names, and words of names, that are kept: the same persons come again and again."""


class Reading(NamedTuple):
    """A word of a name in one case and gender, with its nominative."""

    case: str
    gender: str
    nominative: str
    worth: float


Readings = tuple[Reading, ...]


def readings_of(words: Sequence[str]) -> list[Readings]:
    """The readings of each word of a name; none for a word that does not change in it."""
    if _is_of_syllables(words):
        return [(), (), tuple(_endings(words[2].lower(), 2, 3))]
    if _family_stays(words):
        return [(), tuple(_endings(words[1].lower(), 1, 2))]
    initials = any(len(word) == 1 and word.isalpha() for word in words)
    long = [index for index, word in enumerate(words) if len(word) > 1] if initials else range(len(words))
    places = {index: place for place, index in enumerate(long)}
    return [_readings(word, places.get(index, index), len(long)) for index, word in enumerate(words)]


def _is_of_syllables(words: Sequence[str]) -> bool:
    """«Ким Чен Ира»: of a surname and two syllables only the last changes."""
    if len(words) != 3 or words[0].lower().replace("ё", "е") not in FAMILY_FIRST | OF_SYLLABLES:
        return False
    return sum(char in VOWELS for char in words[1].lower()) == 1 and is_russian(words[2]) and len(words[2]) > 1


def _family_stays(words: Sequence[str]) -> bool:
    """«Чжан Дэцзяна»: a Chinese surname does not change before a given name that the dictionary has not."""
    if len(words) != 2 or words[0].lower() not in FAMILY_FIRST - OF_SYLLABLES:
        return False
    return is_russian(words[1]) and len(words[1]) > 1 and not any(form.known for form in forms(words[1]))


def is_particle(word: str, index: int) -> bool:
    """«фон», «аль», but not the first name of «Бен Кросс»."""
    lower = word.lower()
    return lower in PARTICLES and not (index == 0 and lower in ("аль", "бен") and word[0].isupper())


@lru_cache(maxsize=CACHED_NAMES)
def _readings(word: str, index: int, count: int) -> Readings:
    lower = word.lower()
    if len(word) == 1 or is_particle(word, index) or not is_russian(word) or (word[0].islower() and count > 1):
        return ()
    if index > 0 and lower.endswith(OF_WOMEN):
        return tuple(Reading(case, "Fem", lower, KNOWN_NAME) for case in CASES)
    if "-" in lower and not any(form.known for form in forms(lower)):
        return tuple(_compound(lower.split("-"), index, count))
    return tuple(_dictionary(lower, index, count) + _endings(lower, index, count))


def _compound(parts: Sequence[str], index: int, count: int) -> list[Reading]:
    """«Хогана-Хау», «Белова-младшего»: each part changes as it would alone, one that cannot stays."""
    found = [
        best_readings(() if p in PARTICLES or len(p) < 2 else _readings(p.capitalize(), index, count)) for p in parts
    ]
    result = []
    for place in ((case, gender) for case in CASES for gender in GENDERS):
        here = [options.get(place) for options in found]
        worths = [reading.worth for reading in here if reading is not None]
        stiff = sum(1 for options in found if options) - len(worths)
        if worths:
            words = (r.nominative if r is not None else part for r, part in zip(here, parts, strict=True))
            result.append(Reading(*place, "-".join(words), max(worths) - STIFF * stiff))
    return result


def best_readings(options: Readings) -> dict[tuple[str, str], Reading]:
    """The best reading in each case and gender."""
    best: dict[tuple[str, str], Reading] = {}
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
        if form.pos == "NOUN" and not form.known and _is_unlikely(form):
            worth = INDECLINABLE - RARE
        elif form.pos == "NOUN" and name:
            worth = KNOWN_NAME if form.known else GUESSED_NAME
            place = {"Name": index == 0, "Surn": index == count - 1, "Patr": index > 0}
            if count > 1 and any(place[gram] for gram in name):
                worth += IN_PLACE
            if "Fixd" in form.grams:
                worth -= RARE
        elif form.pos == "NOUN":
            worth = KNOWN_NOUN if form.known else KNOWN_NOUN / 2
        elif form.pos == "ADJF":
            worth = ADJECTIVE
        else:
            continue
        both = not form.gender or ("Fixd" in form.grams and word[-1] == "о" and bool(name))
        for gender in GENDERS if both else (form.gender,) if form.gender in GENDERS else ():
            nominative = form.nominative(gender=gender)
            if nominative:
                result.append(Reading(form.case, gender, nominative, worth + form.score / 10))
    return result


def _is_unlikely(form: Form) -> bool:
    """A guess that news hardly bears out: a name that never changes in «Пейджу», one in -ля or the like in «Джоли»."""
    return "Fixd" in form.grams or (form.lemma.endswith("я") and form.lemma[-2:-1] in HARD)


def _possessive(word: str) -> list[Reading]:
    """«Лосиной», «Ашибаевым»: what a surname with a possessive stem may be, where the dictionary has it not."""
    has = {(form.case, form.gender) for form in forms(word) if "Surn" in form.grams}
    if any("Surn" in form.grams and form.known for form in forms(word)):
        return []
    return [
        Reading(case, gender, word[: -len(suffix)] + ending, POSSESSIVE)
        for suffix, gender, cases, ending in POSSESSIVE_ENDINGS
        if word.endswith(suffix) and word[: -len(suffix)].endswith(POSSESSIVE_STEMS) and len(word) - len(suffix) > 4
        for case in cases
        if (case, gender) not in has
    ]


def _fleeting(word: str) -> list[Reading]:
    """«Кравцом»: a surname that loses the vowel of its nominative."""
    if any("Surn" in form.grams and form.known for form in forms(word)):
        return []
    stems = ((word[: -len(suffix)], cases) for suffix, cases in FLEETING if word.endswith(suffix))
    return [
        Reading(case, "Masc", stem + "ец", IN_ETS)
        for stem, cases in stems
        if stem.endswith(BEFORE_FLEETING)
        for case in cases
    ]


def _endings(word: str, index: int, count: int) -> list[Reading]:
    """What the endings alone allow, for names that no dictionary has."""
    result = []
    last, surname = word[-1], count == 1 or index > 0
    if surname and word.endswith(OBLIQUE):
        pass
    elif last in INDECLINABLE_ENDINGS:
        worth = GENITIVE if last == "ы" and surname else INDECLINABLE
        result += [Reading(case, gender, word, worth) for case in CASES for gender in GENDERS]
    elif last in "ая":
        result += [Reading("Nom", gender, word, INDECLINABLE) for gender in GENDERS]
    elif last != "й":
        result.append(Reading("Nom", "Masc", word, INDECLINABLE))
        if surname or last == "ь":
            result += [Reading(case, "Fem", word, ENDING) for case in CASES]
        else:
            result += [Reading(case, "Fem", word, WOMEN_ALONE) for case in CASES]
    result += [*_possessive(word), *_fleeting(word)] if surname else []
    if index == 0 and word.endswith("ия"):
        result.append(Reading("Nom", "Fem", word, WOMAN))
    for row, nominative in () if word.endswith(UNCHANGING) else nominatives(word):
        if row.suffix == "ой" and word.endswith(ADJECTIVAL):
            continue
        if row.nominative == "ия" and index == 0:
            result.append(Reading(row.case, "Fem", nominative, WOMAN))
        elif row.gender == "Masc":
            result.append(Reading(row.case, "Masc", nominative, DECLINED))
        elif row.gender == "Fem":
            # Men's names in -а decline like women's; a first name in -ия is a woman's, a surname of both: Данелия.
            genders = GENDERS if row.nominative in "ая" or surname else ("Fem",)
            worth = IN_IYA if surname and row.nominative == "ия" else DECLINED
            result += [Reading(row.case, gender, nominative, worth) for gender in genders]
    return result
