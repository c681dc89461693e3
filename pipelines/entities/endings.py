"""Declension by ending alone, for names that no dictionary has.

School grammar's three declensions, singular only, without alternations: what cannot be undone surely has no row.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

VOWELS = frozenset("аеёиоуыэюя")
HARD = frozenset("бвгджзклмнпрстфхцчшщ")
VELAR = frozenset("гкхжшщч")


class Ending(NamedTuple):
    """A word in `suffix`, after a letter of `after`, may stand in `case`; its nominative has another ending."""

    suffix: str
    case: str
    gender: str
    nominative: str
    after: frozenset[str]


TABLE = (
    # Adjectives as surnames: Долгорукий, Грозный.
    Ending("ого", "Gen", "Masc", "ий", VELAR),
    Ending("ого", "Acc", "Masc", "ий", VELAR),
    Ending("ому", "Dat", "Masc", "ий", VELAR),
    Ending("им", "Ins", "Masc", "ий", VELAR),
    Ending("ом", "Loc", "Masc", "ий", frozenset("кх")),
    Ending("ого", "Gen", "Masc", "ый", frozenset("нврт")),
    Ending("ого", "Acc", "Masc", "ый", frozenset("нврт")),
    Ending("ому", "Dat", "Masc", "ый", frozenset("нврт")),
    Ending("ым", "Ins", "Masc", "ый", frozenset("нврт")),
    # Consonant stems: Лофнер, Тусон, Тоттенхэм.
    Ending("а", "Gen", "Masc", "", HARD),
    Ending("а", "Acc", "Masc", "", HARD),
    Ending("у", "Dat", "Masc", "", HARD),
    Ending("ом", "Ins", "Masc", "", HARD),
    Ending("ем", "Ins", "Masc", "", frozenset("жшщчц")),
    Ending("е", "Loc", "Masc", "", HARD),
    # Stems in -й: Гай, Андрей.
    Ending("я", "Gen", "Masc", "й", VOWELS),
    Ending("я", "Acc", "Masc", "й", VOWELS),
    Ending("ю", "Dat", "Masc", "й", VOWELS),
    Ending("ем", "Ins", "Masc", "й", VOWELS),
    Ending("е", "Loc", "Masc", "й", VOWELS),
    # Stems in -ь: Бессель, Коломель.
    Ending("я", "Gen", "Masc", "ь", frozenset("лнрст")),
    Ending("я", "Acc", "Masc", "ь", frozenset("лнрст")),
    Ending("ю", "Dat", "Masc", "ь", frozenset("лнрст")),
    Ending("ем", "Ins", "Masc", "ь", frozenset("лнрст")),
    # Stems in -а: Маехара, Джоанна.
    Ending("ы", "Gen", "Fem", "а", HARD),
    Ending("и", "Gen", "Fem", "а", VELAR),
    Ending("е", "Dat", "Fem", "а", HARD),
    Ending("е", "Loc", "Fem", "а", HARD),
    Ending("у", "Acc", "Fem", "а", HARD),
    Ending("ой", "Ins", "Fem", "а", HARD),
    Ending("ей", "Ins", "Fem", "а", frozenset("жшщчц")),
    # Stems in -я after another vowel or a soft sign: Майя, Софья, Монтойя.
    Ending("и", "Gen", "Fem", "я", frozenset("йь")),
    Ending("е", "Dat", "Fem", "я", frozenset("йь")),
    Ending("е", "Loc", "Fem", "я", frozenset("йь")),
    Ending("ю", "Acc", "Fem", "я", frozenset("йь")),
    Ending("ей", "Ins", "Fem", "я", frozenset("йь")),
    # Stems in -ия: Асия, Славония.
    Ending("ии", "Gen", "Fem", "ия", HARD),
    Ending("ии", "Dat", "Fem", "ия", HARD),
    Ending("ии", "Loc", "Fem", "ия", HARD),
    Ending("ию", "Acc", "Fem", "ия", HARD),
    Ending("ией", "Ins", "Fem", "ия", HARD),
    # Stems in -о: Шилово, Кораблино.
    Ending("а", "Gen", "Neut", "о", HARD),
    Ending("у", "Dat", "Neut", "о", HARD),
    Ending("ом", "Ins", "Neut", "о", HARD),
    Ending("е", "Loc", "Neut", "о", HARD),
)


_BY_LAST_LETTER = {last: [row for row in TABLE if row.suffix[-1] == last] for last in {row.suffix[-1] for row in TABLE}}


def nominatives(word: str) -> Iterator[tuple[Ending, str]]:
    """The rows of the table that fit a word (small letters), each with the nominative that it makes."""
    for row in _BY_LAST_LETTER.get(word[-1:], ()):
        stem = word[: -len(row.suffix)]
        if word.endswith(row.suffix) and len(stem) > 1 and stem[-1] in row.after:
            yield row, stem + row.nominative
