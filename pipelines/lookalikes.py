"""Letters of one script in words of the other, and digits for letters: put right where only one reading is possible.

The rules for a word of both scripts, in order; a word that none of them settles stays as it is:

1. Latin letters that all look like Cyrillic ones, beside a letter that only Cyrillic has: «cовет» is Cyrillic.
   An abbreviation in capitals with a Russian ending («BOMов») may be meant, so there the dictionary must know the word.
2. Cyrillic letters that all look like Latin ones, beside a letter that only Latin has: «СOVID», «ХIХ» are Latin,
   unless they are the most of the word («DНК») or a Russian ending («SMSу»).
3. Letters of either script only: Roman tens («XХ») are Latin, anything else («OОО») is what the text around it is.
4. A word of one Latin letter is a Russian preposition or conjunction where one must stand: before a small Russian word
   or a number, at the beginning of a sentence («C 1994 года») or between small words («связанных c ремонтом»), but
   not after what letters name («витамин c», «класс a»).

Words joined by a hyphen are judged each by itself, so «IT-компания» has nothing to put right. Digits end a word: «B2В»
stays as it is.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

_LATIN_ALIKE = "ABCEHKMOPTXYaceopxykËë"
_CYRILLIC_ALIKE = "АВСЕНКМОРТХУасеорхукЁё"
_TO_CYRILLIC = str.maketrans(_LATIN_ALIKE, _CYRILLIC_ALIKE)
_TO_LATIN = str.maketrans(_CYRILLIC_ALIKE, _LATIN_ALIKE)
_LATIN = "A-Za-zËë"
_CYRILLIC = "\u0400-\u04ff"

MIXED = re.compile(f"[{_LATIN}][{_CYRILLIC}]|[{_CYRILLIC}][{_LATIN}]")
"""Where the scripts meet."""
_WORD = re.compile(r"[^\W\d_]+")
_OF_BOTH = re.compile(f"[{_LATIN}{_CYRILLIC}]+")
_PURE_CYRILLIC = re.compile(f"(?![{_CYRILLIC_ALIKE}])[{_CYRILLIC}]")
_PURE_LATIN = re.compile(f"(?![{_LATIN_ALIKE}])[{_LATIN}]")
_RUSSIAN_ENDING = re.compile(f"(?<=[{_LATIN}])(?:[а-яё]+|[АЕОУ])$")
_MARKED_ENDING = re.compile(f"^[{_LATIN}]*[A-Z]{{2}}[а-яё]")
_TENS = frozenset("XХ")
_NUMERAL = frozenset("IVXLCDM")

_BEFORE_WORD = r"(?= (?!(?:и|или) )[0-9а-яё])"
_FIRST_WORD = re.compile(rf"((?:^|[.!?…][\"»)]?\s+)[«\"]?)([ABCOKY]){_BEFORE_WORD}")
_SMALL_WORD = re.compile(rf"(?<=[а-яё,] )[acoky]{_BEFORE_WORD}")
_LETTERED = re.compile(
    r"(?:витамин|гепатит|групп|класс|категори|тип|вид|пункт|точк|букв|литер|строени|корпус|дом|подъезд|вариант|язык"
    r"|вектор|прям|сторон|переменн|параметр|числ)[а-яё]{0,3},? $"
)

# Digits look like letters only where no number can stand.
DIGITS = re.compile(f"[{_CYRILLIC}][03]|[03][{_CYRILLIC}]")
"""Where a digit that looks like a letter touches Cyrillic."""
_DIGIT_WORD = re.compile(rf"(?<![\w.,/-])(?:[{_CYRILLIC}]|[03](?=[{_CYRILLIC}]))++(?![\w/])")
_BEGINNING = re.compile(r"(?:^|[.!?…]\s)[\s«\"]*$")
"""The end of what stands before a sentence."""
_TO_LETTER = str.maketrans("03", "оз")
_LEAST_LETTERS = 4
"""Letters beside the digits: shorter words («м3», «3км») may be units and marks."""


def mend_scripts(text: str) -> tuple[str, int]:
    """Return `text` with its words of two scripts in one, and how many words that were."""
    text, number = _mend_single(text)
    if MIXED.search(text) is None:
        return text, number

    def mended(match: re.Match[str]) -> str:
        nonlocal number
        word = match[0]
        if MIXED.search(word) is None or _OF_BOTH.fullmatch(word) is None:  # a third script: not ours to judge
            return word
        meant = _one_script(word, text)
        number += meant != word
        return meant

    return _WORD.sub(mended, text), number


def _mend_single(text: str) -> tuple[str, int]:
    text, first = _FIRST_WORD.subn(lambda found: found[1] + found[2].translate(_TO_CYRILLIC), text)
    number = 0

    def mended(match: re.Match[str]) -> str:
        nonlocal number
        if _LETTERED.search(text[max(0, match.start() - 20) : match.start()]):
            return match[0]
        number += 1
        return match[0].translate(_TO_CYRILLIC)

    return _SMALL_WORD.sub(mended, text), first + number


def _one_script(word: str, text: str) -> str:
    cyrillic, latin = bool(_PURE_CYRILLIC.search(word)), bool(_PURE_LATIN.search(word))
    if cyrillic and latin:
        return word
    if cyrillic:
        meant = word.translate(_TO_CYRILLIC)
        return meant if _MARKED_ENDING.match(word) is None or _is_known(meant) else word
    if latin:
        meant = word.translate(_TO_LATIN)
        if _NUMERAL.issuperset(meant):
            return meant
        foreign = sum(old != new for old, new in zip(word, meant, strict=True))
        return word if 2 * foreign > len(word) or _RUSSIAN_ENDING.search(word) else meant
    if _TENS.issuperset(word):
        return word.translate(_TO_LATIN)
    return word.translate(_TO_CYRILLIC if _is_cyrillic(text) else _TO_LATIN)


def _is_cyrillic(text: str) -> bool:
    """Tell whether a text is Cyrillic by the letters that only one script has."""
    return len(_PURE_CYRILLIC.findall(text)) >= len(_PURE_LATIN.findall(text))


def mend_digits(text: str) -> tuple[str, int]:
    """Return `text` with 0 and 3 in words as the letters О and З, and how many words that were.

    Only where the dictionary knows the word with the letter and not what the digit leaves: «3аседание», «гор0да», but
    not «3этажный» and not «3дания».
    """
    if DIGITS.search(text) is None:
        return text, 0
    number = 0

    def mended(match: re.Match[str]) -> str:
        nonlocal number
        word = match[0]
        if word.isalpha() or sum(map(str.isalpha, word)) < _LEAST_LETTERS:
            return word
        meant = word.translate(_TO_LETTER)
        rest = word.lstrip("03")
        if not _is_known(meant) or (rest != word and _is_known(rest)):
            return word
        number += 1
        if word.upper() == word:
            return meant.upper()
        return (
            meant[0].upper() + meant[1:] if _BEGINNING.search(text, max(0, match.start() - 9), match.start()) else meant
        )

    return _DIGIT_WORD.sub(mended, text), number


def _is_known(word: str) -> bool:
    return bool(_dictionary().word_is_known(word.lower()))


@cache
def _dictionary() -> Any:
    """Return the analyser of OpenCorpora's dictionary; loaded when the first doubtful word comes, which is seldom."""
    from pymorphy3 import MorphAnalyzer

    return MorphAnalyzer()
