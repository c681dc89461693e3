"""Words that are facts: figures, days, months, small numbers, what a street is called."""

from __future__ import annotations

_STEMS = """
январ:ь я ю ем е; феврал:ь я ю ем е; март: а у ом е; апрел:ь я ю ем е; ма:й я ю ем е; июн:ь я ю ем е; июл:ь я ю ем е
август: а у ом е; сентябр:ь я ю ем е; октябр:ь я ю ем е; ноябр:ь я ю ем е; декабр:ь я ю ем е
понедельник: а у ом е и; вторник: а у ом е и; сред:а у ы е ам; четверг: а у ом е и; пятниц:а у ы е ам
суббот:а у ы е ам; воскресень:е я ю ем ям
перв:ый ого ому ым ом ая ой ую ое ые ых; втор:ой ого ому ым ом ая ую ое ые ых
трет:ий ьего ьему ьим ьем ья ьей ью ье ьи ьих
четверт:ый ого ому ым ом ая ой ую ое; пят:ый ого ому ым ом ая ой ую ое ь и ью; шест:ой ого ому ым ом ая ую ое ь и ью
седьм:ой ого ому ым ом ая ую ое; восьм:ой ого ому ым ом ая ую ое и; девят:ый ого ому ым ом ая ой ую ое ь и ью
десят:ый ого ому ым ом ая ой ую ое ь и ью; дв:а е ух ум умя ое; тр:и ех ем емя ое; четыр:е ех ем ьмя
сем:ь и ью; восем:ь ью; одиннадцат:ь и ью ый ого; двенадцат:ь и ью ый ого; двадцат:ь и ью ый ого; тридцат:ь и ью
улиц:а ы е у ей; переул:ок ка ку ке ком; проспект: а у е ом; бульвар: а у е ом; шоссе; проезд: а у е ом
площад:ь и ью; набережн:ая ой ую; тупик: а е; микрорайон: а е у ом; квартал: а е у ом; поселк:а е у ом
горяч:ая ей ую его ее; холодн:ая ой ую ого ое
"""


def _forms() -> frozenset[str]:
    found: set[str] = set()
    for entry in _STEMS.replace("\n", ";").split(";"):
        stem, _, endings = entry.strip().partition(":")
        if stem:
            found.update(stem + ending for ending in endings.split(" "))
    return frozenset(form.replace("ё", "е") for form in found)


_FACTS = _forms()
_LETTERS = str.maketrans("0361", "озбл")


def is_fact(word: str) -> bool:
    """Tell whether a folded word is a number, a day, a month or a kind of street."""
    return word in _FACTS or is_number(word)


def is_number(word: str) -> bool:
    """Tell whether a word is a number, and no word with digits in place of letters."""
    if word.isalpha():
        return False
    return word.isdigit() or 2 * sum(map(str.isdigit, word)) >= len(word)


def spelled(words: list[str]) -> str:
    """Return the words as one, with digits in words of letters as the letters that they look like."""
    return "".join(word if word.isalpha() or is_number(word) else word.translate(_LETTERS) for word in words)
