"""What keeps a shape in running text from being a date: streets, numbers, names. Each guard is one reason."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from .tokens import Tokens


class Place:
    """A shape `i`..`j` among the tokens of a text."""

    __slots__ = ("i", "j", "left", "right", "text", "tokens", "where")

    def __init__(self, tokens: Tokens, i: int, j: int, text: str, where: Sequence[int] | None) -> None:
        self.tokens = tokens
        self.i = i
        self.j = j
        self.text = text
        self.where = where
        self.left: str = tokens.sig[i - 2 if i > 2 else 0 : i]
        """The two classes in front of it."""
        self.right: str = tokens.sig[j : j + 3]
        """The three classes behind it."""

    @property
    def sig(self) -> str:
        """The shape's own signature."""
        return self.tokens.sig[self.i : self.j]

    @property
    def before(self) -> str:
        """The class in front of it."""
        return self.left[-1:]

    @property
    def after(self) -> str:
        """The class behind it."""
        return self.right[:1]

    def word(self, index: int) -> str:
        """A token as it stands in the text; '' past the ends."""
        if not 0 <= index < len(self.tokens.sig):
            return ""
        start, stop = self.tokens.place(index)
        if self.where is not None:
            start, stop = self.where[start], self.where[stop - 1] + 1
        return self.text[start:stop]

    def apart(self, index: int) -> bool:
        """Whether there is a blank before a token."""
        return self.tokens.place(index)[0] > self.tokens.place(index - 1)[1]


_FULL_WORD = re.compile("год|квартал|кв$|век|столети")


_EDGES = frozenset("fvbпμ⟨⟩,εT!")


def trim(place: Place, start: int, stop: int) -> tuple[int, int]:
    """A mention's own place: no prepositions in front, no brackets around, no stop behind that ends a sentence."""
    sig, i, j = place.tokens.sig, start, stop
    if sig[i] not in _EDGES and sig[j - 1] not in _EDGES:
        return i, j
    if sig[j - 1] == "!" and j - i > 1 and len(place.word(j - 2)) > 2 and _FULL_WORD.match(place.word(j - 2).lower()):
        j -= 1
    while i < j - 1 and sig[i] in "fvbпμ⟨,εT":
        i += 1
    while j - 1 > i and (sig[j - 1] in ",vT" or (sig[j - 1] == "⟩" and "⟨" not in sig[i:j])):
        j -= 1
    return i, j


def _street(place: Place) -> bool:
    """Ул. 8 Марта, площадь 9 Января, ДК имени 1 Мая; на 25 Октября, 17."""
    sig, before = place.tokens.sig, place.left
    if before[-1:] in (",", "&") and _in_street_list(place):
        return True
    street = before.endswith(("X", "X!", 'X"'))
    named = before.endswith(("j", "j!", 'j"'))
    house = place.right.startswith(",d")
    if not (street or named or house):
        return False
    month = sig.find("m", place.i, place.j)
    if month < 0:
        return street and "A" not in place.sig
    if _OF_A_YEAR.search(place.sig):
        return False  # no street is named after a day of a year
    if street:
        return True
    capital = place.word(month)[:1].isupper() and not place.word(month).isupper()
    return capital and (named or _HOUSE.match(sig, place.j) is not None)


_STREETS = re.compile(r"X!?(?:[_q]{1,3}|[do]m|i)(?:,[dki])*(?:[,&](?:[_q]{1,3}|[do]m|i)(?:,[dki])*)*[,&]$")
_LIST = 60


def _in_street_list(place: Place) -> bool:
    """По улицам Ленина, 8 Марта, 1 Мая и 7 Ноября: a street's month is written with a capital."""
    sig, i = place.tokens.sig, place.i
    month = sig.find("m", i, place.j)
    if month < 0 or not place.word(month)[:1].isupper() or _OF_A_YEAR.search(place.sig):
        return False
    street = sig.rfind("X", max(0, i - _LIST), i)
    return street >= 0 and _STREETS.match(sig[street:i]) is not None


_OF_A_YEAR = re.compile("[yOtp]")
_HOUSE = re.compile(",d(?![dm,&-])")


def _numbered(place: Place) -> bool:
    """№ 12.12.18, ст. 12.15, лист 3, версия сайта 2.10.19."""
    if place.left == "#_" and place.sig == "A":
        return str(place.tokens.vals[place.i][3]).startswith("short")
    if re.search("[mg]", place.sig) and "," not in place.sig:
        return False  # «вышла из дома 5 мая», «дом 1964 года»
    return place.left.endswith(("#", "#!"))


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
    before, low = place.before, word.lower()
    if before == "!" and len(place.word(k - 2)) == 1:
        return True  # С. Март
    if before in tuple("vfb"):
        return low in ("марта", "мая", "августа", "марту", "августу")
    if before in ("", "!", "¶", "*", ":"):
        return low in ("марта", "мая", "августа") or place.word(k + 1)[:1].isupper()
    return True


def _month_alone(place: Place) -> bool:
    """3 мая is not read here; «5 мая» with an impossible number is no month either."""
    if place.before in tuple("dkoiB/") or (place.before == "-" and not place.apart(place.i)):
        return True
    return (place.after == "-" and not place.apart(place.j)) or _name(place)


def _weekday_alone(place: Place) -> bool:
    """С понедельника по пятницу is a timetable; в среду обитания is no day."""
    sig = place.tokens.sig
    if place.word(place.i).lower() not in ("в", "во", "на", "к", "до", "с", "со"):
        return True
    if place.right[:2] in ("bw", "-w") or place.before == "w":
        return True
    following = place.word(place.j).lower()
    return following.startswith(("обитан", "недел", "месяц")) or (sig[place.j : place.j + 1] == "m")


def _quarter_word(place: Place) -> bool:
    """20 кв. м, кв. 3, 2 квартала от дома."""
    if re.search("[yOtg]", place.sig) is not None:
        return False
    if place.word(place.i + 1).lower() == "кв" or place.left[-1:] in ("X", "#"):
        return True
    # «3-й квартал» of a wood or a district; a quarter of a year is in something, or has no figures.
    return place.word(place.i)[:1].isdigit() and (place.sig[0] == "d" or place.before not in tuple("vfb"))


def _arabic_century(place: Place) -> bool:
    """2 века назад, спустя 5 веков."""
    word = place.word(place.i + 1).lower()
    if word == "веков":
        return place.sig[0] in "dk"
    return place.sig[0] in "dk" and not (
        word.startswith("век") and (word != "века" or place.tokens.vals[place.i] >= 10)
    )


def _before_christ(place: Place) -> bool:
    """IV в. до н. э.: no year of ours."""
    return place.after == "b" and place.word(place.j + 1).lower() in ("н", "нашей")


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


_COUNTED = ("руб", "тыс", "млн", "кг", "тонн", "человек", "штук", "экземпл", "кв", "км", "мест", "лошад")


def _count_range(place: Place) -> bool:
    """От 1900 до 2018, с 1990 до 2020 рублей: years are told with «с … по» or with «год»."""
    if not place.sig.startswith("fy") or place.sig.endswith(("g", "g!", "G", "G!")):
        return False
    counted = place.word(place.j).lower().startswith(_COUNTED)
    return (
        counted
        or place.word(place.i).lower() == "от"
        or (place.word(place.i + 2).lower() == "до" and place.after == "_")
    )


_MASS = ("вес", "масс", "нетто", "брутто", "порци")


def _grams(place: Place) -> bool:
    """Вес 2000 г."""
    if place.sig not in ("yg", "yg!") or place.word(place.i + 1) != "г":
        return False
    return any(place.word(place.i - back).lower().startswith(_MASS) for back in (1, 2))


def _lone_decade(place: Place) -> bool:
    """В 90-х is a decade; в 20-х числах мая and в 10-х классах are none."""
    small = place.tokens.vals[place.j - 1] < 40
    return place.after == "Ч" or (small and place.after not in ("", "!", ",", ";", "⟩", "¶"))


def _small_letter(place: Place) -> bool:
    """В День города is a day, в новый год and день победы over something are none."""
    index = place.sig.index("ν") + place.i
    return not place.word(index)[:1].isupper() or place.before == '"'


def _not_on_a_day(place: Place) -> bool:
    """На Пасху; but: ко Дню Победы, после Нового года."""
    return place.word(place.i).lower() not in ("в", "во", "на") or _small_letter(place)


def _no_carrying(place: Place) -> bool:
    """15-го and 15 числа go on from a day; 15 числа каждого месяца and 5-го класса do not."""
    if place.sig == "o" and not place.word(place.i)[:1].isdigit():
        return True
    if place.sig == "o":
        return place.before not in ("", *"fbv,&-⟨!;¶:")
    return place.before in ("X", "#") or place.after == "M" or place.word(place.j).lower().startswith("кажд")


def _title(place: Place) -> bool:
    """Песня «Вчера», пароход «Двадцатый век», «Сегодня и завтра»: what fills a quotation is a name."""
    if place.before == '"':
        return place.word(place.i)[:1].isupper()
    return place.sig == "R" and place.left in ("R&", "R,")


def _title_begins(place: Place) -> bool:
    """The first word of «Сегодня и завтра»."""
    return place.before == '"' and re.match('(?:[&,]R)+"', place.right) is not None


def _no_year(place: Place) -> bool:
    """(1974) is a year, (3012) and (1000) are none."""
    return not 1500 <= place.tokens.vals[place.i + 1] <= 2100 or place.before in ("#", "¤")


_BY_SHAPE: dict[str, tuple[Callable[[Place], bool], ...]] = {
    "day_word": (_title_begins,),
    "year_in_brackets": (_no_year,),
    "month_bare": (_month_alone,),
    "weekday_bare": (_weekday_alone,),
    "enum_weekdays": (_weekday_alone,),
    "named_day": (_small_letter,),
    "named_day_bare": (_not_on_a_day,),
    "carried_day": (_no_carrying,),
    "decade_bare": (_lone_decade,),
    "range_years": (_count_range,),
    "quarter": (_quarter_word,),
    "century": (_arabic_century, _before_christ),
    "range_centuries": (_before_christ,),
    "year": (_before_christ, _grams),
    "year_after_in": (_not_in,),
    "ago": (_no_number,),
    "soon": (_distance,),
}
_NUMERIC = ("date", "relative_date", "enum_numeric", "range_dates", "range_days", "range_night", "range_numeric")
_GUARDS = {name: (*(_BY_SHAPE.get(name, ())), _phone_like) for name in _NUMERIC} | {
    name: own for name, own in _BY_SHAPE.items() if name not in _NUMERIC
}
# Behind these a street, a number or an object's name may stand in front.
_SUSPECT = frozenset('Xj!"#_,&')


def refuses(name: str, place: Place) -> bool:
    """Whether the shape is not a date here."""
    if place.right[:1] == '"' and _title(place):
        return True
    if (place.left[-1:] in _SUSPECT or place.right[:1] == ",") and (_numbered(place) or _street(place)):
        return True
    return any(guard(place) for guard in _GUARDS.get(name, ()))
