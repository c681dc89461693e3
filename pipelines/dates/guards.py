"""What keeps a shape in running text from being a date: streets, numbers, names. Each guard is one reason."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

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
        return self.tokens.sig[self.i : self.j]

    def before(self, size: int = 1) -> str:
        """The classes in front of it."""
        return self.tokens.sig[max(0, self.i - size) : self.i]

    def after(self, size: int = 1) -> str:
        """The classes behind it."""
        return self.tokens.sig[self.j : self.j + size]

    def word(self, index: int) -> str:
        """A token as it stands in the text; '' past the ends."""
        if not 0 <= index < len(self.tokens.sig):
            return ""
        start, stop = self.tokens.place(index)
        if self.where is not None:
            start, stop = self.where[start], self.where[stop - 1] + 1
        return self.text[start:stop]


_FULL_WORD = re.compile("год|квартал|кв$|век|столети")


def trim(place: Place) -> tuple[int, int]:
    """The mention's own place: no prepositions in front, no brackets around, no stop behind that ends a sentence."""
    sig, i, j = place.tokens.sig, place.i, place.j
    if sig[j - 1] == "!" and j - i > 1 and len(place.word(j - 2)) > 2 and _FULL_WORD.match(place.word(j - 2).lower()):
        j -= 1
    while i < j - 1 and sig[i] in "fvbп⟨,":
        i += 1
    while j - 1 > i and sig[j - 1] in "⟩,":
        j -= 1
    return i, j


def _street(place: Place) -> bool:
    """Ул. 8 Марта, площадь 9 Января, ДК имени 1 Мая; на 25 Октября, 17."""
    before = place.before(2)
    street = before.endswith(("X", "X!", 'X"'))
    month = place.tokens.sig.find("m", place.i, place.j)
    if month < 0:
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
    sig, vals = place.tokens.sig, place.tokens.vals
    k = sig.find("A", place.i, place.j)
    while k >= 0:
        if vals[k][3] in ("short-", "compact", "short/"):
            return True
        k = sig.find("A", k + 1, place.j)
    return False


def _name(place: Place) -> bool:
    """Марта Петрова, клуб «Сентябрь», С. Мартов: a month alone is written small, except where a sentence begins."""
    k = next(k for k in range(place.i, place.j) if place.tokens.sig[k] == "m")
    word = place.word(k)
    if not word[:1].isupper() or (word.isupper() and len(word) > 1):
        return False
    before, low = place.before(), word.lower()
    if before == "!" and len(place.word(k - 2)) == 1:
        return True  # С. Март
    if before in tuple("vfb"):
        return low in ("марта", "мая", "августа", "марту", "августу")
    if before in ("", "!", "¶", "*", ":"):
        return low in ("марта", "мая", "августа") or place.word(k + 1)[:1].isupper()
    return True


def _month_alone(place: Place) -> bool:
    """3 мая is not read here; «5 мая» with an impossible number is no month either."""
    return place.before() in tuple("dkoiB-/") or place.after() == "-" or _name(place)


def _weekday_alone(place: Place) -> bool:
    """С понедельника по пятницу is a timetable; в среду обитания is no day."""
    sig = place.tokens.sig
    if place.word(place.i).lower() not in ("в", "во", "на", "к", "до", "с", "со"):
        return True
    if place.after(2) in ("bw", "-w") or place.before() == "w":
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
    word = place.word(place.i + 1).lower()
    return place.sig[0] in "dk" and not (
        word.startswith("век") and (word != "века" or place.tokens.vals[place.i] >= 10)
    )


def _before_christ(place: Place) -> bool:
    """IV в. до н. э.: no year of ours."""
    return place.after() == "b" and place.word(place.j + 1).lower() in ("н", "нашей")


def _no_number(place: Place) -> bool:
    """Несколько дней назад."""
    return place.sig[0] in "WMDhnsgl" and place.word(place.i).lower() not in _ONE_UNIT


_ONE_UNIT = {"час", "минуту", "секунду", "неделю", "месяц", "год", "сутки", "день"}


def _distance(place: Place) -> bool:
    """Через сутки после операции, спустя семь часов: counted from something else than the base."""
    first = place.word(place.i).lower()
    if first == "спустя" or place.word(place.j).lower() in ("после", "с", "со"):
        return True
    return first == "через" and re.search("[hns]", place.sig) is not None


def _not_in(place: Place) -> bool:
    """«В 1945,» is a year; «из 1945,» may be a count."""
    return place.word(place.i).lower() != "в" or place.tokens.vals[place.i + 1] < 1700


_BY_SHAPE: dict[str, tuple[Callable[[Place], bool], ...]] = {
    "month_bare": (_street, _month_alone),
    "weekday_bare": (_weekday_alone,),
    "quarter": (_quarter_word,),
    "century": (_arabic_century, _before_christ),
    "range_centuries": (_before_christ,),
    "year": (_before_christ,),
    "year_after_in": (_not_in,),
    "ago": (_no_number,),
    "soon": (_distance,),
}
_ALWAYS: tuple[Callable[[Place], bool], ...] = (_street, _numbered, _phone_like)


def refuses(name: str, place: Place) -> bool:
    """Whether the shape is not a date here."""
    for guard in _ALWAYS:
        if guard(place):
            return True
    return any(guard(place) for guard in _BY_SHAPE.get(name, ()))
