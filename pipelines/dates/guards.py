"""What keeps a shape in running text from being a date: streets, numbers, names. Each guard is one reason, in the order of trial."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from .tokens import Tokens


class Place(NamedTuple):
    """A shape `i`..`j` among the tokens of a text."""

    tokens: Tokens
    i: int
    j: int
    text: str
    where: Sequence[int] | None

    @property
    def sig(self) -> str:
        """The shape's own signature."""
        return self.tokens[0][self.i : self.j]

    def before(self, size: int = 1) -> str:
        """The classes in front of it."""
        return self.tokens[0][max(0, self.i - size) : self.i]

    def after(self, size: int = 1) -> str:
        """The classes behind it."""
        return self.tokens[0][self.j : self.j + size]

    def word(self, index: int) -> str:
        """A token as it stands in the text; '' past the ends."""
        if not 0 <= index < len(self.tokens[0]):
            return ""
        start, stop = self.tokens[2][index], self.tokens[3][index]
        if self.where is not None:
            start, stop = self.where[start], self.where[stop - 1] + 1
        return self.text[start:stop]


def trim(sig: str, i: int, j: int) -> tuple[int, int]:
    """The mention's own place: without prepositions in front, brackets around, a stop that ends a sentence behind."""
    while i < j - 1 and sig[i] in "fvb⟨,":
        i += 1
    while j - 1 > i and sig[j - 1] in "⟩,":
        j -= 1
    return i, j


def _street(place: Place) -> bool:
    """Ул. 8 Марта, площадь 9 Января, ДК имени 1 Мая; на 25 Октября, 17."""
    before = place.before(2)
    street = before.endswith(("X", "X!", 'X"'))
    month = next((k for k in range(place.i, place.j) if place.tokens[0][k] == "m"), None)
    if month is None:
        return street and "A" not in place.sig
    if re.search("[yOtp]", place.sig):
        return False  # no street is named after a day of a year
    if street:
        return True
    capital = place.word(month)[:1].isupper() and not place.word(month).isupper()
    return capital and (before.endswith(("j", "j!", 'j"')) or re.match(",d(?![dm,&-])", place.after(3)) is not None)


def _numbered(place: Place) -> bool:
    """№ 12.12.18, ст. 12.15, лист 3."""
    before = place.before(2)
    return before.endswith(("#", "#!", "##"))


def _phone_like(place: Place) -> bool:
    """39-12-18: two digits thrice with dashes are a telephone in running text."""
    sig, vals = place.tokens[0], place.tokens[1]
    return any(sig[k] == "A" and vals[k][3] in ("short-", "compact", "short/") for k in range(place.i, place.j))


def _name(place: Place) -> bool:
    """Марта Петрова, клуб «Сентябрь», С. Мартов: a month alone is written small, except where a sentence begins."""
    k = next(k for k in range(place.i, place.j) if place.tokens[0][k] == "m")
    word = place.word(k)
    if not word[:1].isupper():
        return False
    if place.before() in ("", "!", "¶", "*", ":") and not place.before(2).endswith("_!"):
        return word.lower() in ("марта", "мая", "августа", "август", "май")
    return True


def _month_alone(place: Place) -> bool:
    """3 мая is not read here; «5 мая» with an impossible number is no month either."""
    return place.before() in tuple("dkoiB-/") or place.after() in ("-",) or _name(place)


def _weekday_alone(place: Place) -> bool:
    """С понедельника по пятницу is a timetable; в среду обитания is no day."""
    sig = place.tokens[0]
    if place.word(place.i).lower() not in ("в", "во", "на", "к", "до", "с", "со"):
        return True
    if place.after(3).startswith(("bw", "-w", "&")) or "w" in place.before(2):
        return True
    following = place.word(place.j).lower()
    return following.startswith(("обитан", "недел", "месяц")) or (sig[place.j : place.j + 1] == "m")


def _quarter_word(place: Place) -> bool:
    """20 кв. м, кв. 3, 2 квартала от дома."""
    has_year = re.search("[yOtg]", place.sig) is not None
    word = place.word(place.i + 1).lower()
    return not has_year and (word == "кв" or (place.sig[0] == "d" and word == "квартала"))


def _arabic_century(place: Place) -> bool:
    """2 века назад."""
    return place.sig[0] in "dk" and not 10 <= place.tokens[1][place.i] <= 21


def _distance(place: Place) -> bool:
    """Через сутки после операции, спустя семь часов: counted from something else than the base."""
    first = place.word(place.i).lower()
    if first == "спустя" or place.word(place.j).lower() in ("после", "с", "со"):
        return True
    return first == "через" and re.search("[hns]", place.sig) is not None


def _decade_bare(place: Place) -> bool:
    """2000-х is a decade."""
    return False


_BY_SHAPE: dict[str, tuple[Callable[[Place], bool], ...]] = {
    "month_bare": (_street, _month_alone),
    "weekday_bare": (_weekday_alone,),
    "quarter": (_quarter_word,),
    "century": (_arabic_century,),
    "soon": (_distance,),
}
_ALWAYS: tuple[Callable[[Place], bool], ...] = (_street, _numbered, _phone_like)


def refuses(name: str, place: Place) -> bool:
    """Whether the shape is not a date here."""
    return any(guard(place) for guard in (*_ALWAYS, *_BY_SHAPE.get(name, ())))
