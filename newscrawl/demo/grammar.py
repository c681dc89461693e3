"""Russian declension for the sample city: people by rule, everything else from a table of forms.

No morphological dictionary is asked, so the texts are the same on every machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

CASES = ("nomn", "gent", "datv", "accs", "ablt", "loct")
"""Names of the cases as OpenCorpora and pymorphy have them."""

# Endings after the stem for gent, datv, accs, ablt, loct.
_Endings = tuple[str, str, str, str, str]
_FLEETING = {"Павел": "Павл", "Пётр": "Петр", "Лев": "Льв"}
_SOFT_FEMININE_ENDINGS = "кгхжчшщ"
_HUSHING = "жчшщц"
_FEMININE = ("ова", "ева", "ёва", "ина", "ына")


@dataclass(frozen=True)
class Person:
    """A person with all that a text may say of them."""

    first: str
    last: str
    female: bool
    patronymic: str = ""
    post: str = ""
    """The post as a phrase for `decline`: declined words before the bar, the rest after it."""

    def name(self, case: str = "nomn", *, full: bool = False) -> str:
        """Return first name and surname (with the patronymic if `full`) in `case`."""
        parts = [decline_first_name(self.first, case, female=self.female)]
        if full and self.patronymic:
            parts.append(decline_patronymic(self.patronymic, case, female=self.female))
        parts.append(self.surname(case))
        return " ".join(parts)

    def surname(self, case: str = "nomn") -> str:
        """Return the surname in `case`."""
        return decline_surname(self.last, case, female=self.female)


@dataclass(frozen=True)
class Lexicon:
    """Words with their six forms, and the phrases made of them."""

    forms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def from_text(cls, text: str) -> Lexicon:
        """Read lines of six forms each; `#` begins a comment."""
        rows = [line.split() for line in text.splitlines() if line.strip() and not line.startswith("#")]
        for row in rows:
            if len(row) != len(CASES):
                raise ValueError(f"expected {len(CASES)} forms: {' '.join(row)}")
        return cls({row[0].lower(): tuple(row) for row in rows})

    def decline(self, phrase: str, case: str = "nomn") -> str:
        """Decline the words before the bar (all words without a bar): `Дворец| культуры «Заря»`. Raises KeyError."""
        head, _, tail = phrase.partition("|")
        return " ".join(self._word(word, case) for word in head.split(" ")) + tail

    def _word(self, word: str, case: str) -> str:
        form = self.forms[word.lower()][CASES.index(case)]
        return form[0].upper() + form[1:] if word[0].isupper() else form


def decline_first_name(name: str, case: str, *, female: bool) -> str:
    """Decline a Russian first name."""
    if name.endswith("ья"):
        ablt = "ьей" if female else "ьёй"
        return _decline(name[:-2], ("ьи", "ье", "ью", ablt, "ье"), case, name)
    if name.endswith("ия"):
        return _decline(name[:-1], ("и", "и", "ю", "ей", "и"), case, name)
    if name.endswith("я"):
        return _decline(name[:-1], ("и", "е", "ю", "ей", "е"), case, name)
    if name.endswith("а"):
        soft = name[-2] in _SOFT_FEMININE_ENDINGS
        return _decline(name[:-1], ("и" if soft else "ы", "е", "у", "ой", "е"), case, name)
    if female:
        return _decline(name[:-1], ("и", "и", "ь", "ью", "и"), case, name) if name.endswith("ь") else name
    if name.endswith("ий"):
        return _decline(name[:-1], ("я", "ю", "я", "ем", "и"), case, name)
    if name[-1] in "йь":
        return _decline(name[:-1], ("я", "ю", "я", "ем", "е"), case, name)
    return _decline(_FLEETING.get(name, name), ("а", "у", "а", "ом", "е"), case, name)


def decline_patronymic(name: str, case: str, *, female: bool) -> str:
    """Decline a patronymic."""
    if female:
        return _decline(name[:-1], ("ы", "е", "у", "ой", "е"), case, name)
    return _decline(name, ("а", "у", "а", "ом" if name == "Ильич" else "ем", "е"), case, name)


def decline_surname(name: str, case: str, *, female: bool) -> str:
    """Decline a surname; those in -о, -е, -и, -у, -ых, -их and women's in a consonant never change."""
    if name[-1] in "оеиуюэ" or name.endswith(("ых", "их")):
        return name
    if name.endswith("а") and (not female or not name.endswith(_FEMININE)):
        return _decline(name[:-1], ("ы", "е", "у", "ой", "е"), case, name)
    if female:
        return _decline_feminine_surname(name, case)
    if name.endswith(("ов", "ев", "ёв", "ин", "ын")):
        return _decline(name, ("а", "у", "а", "ым", "е"), case, name)
    if name.endswith(("ый", "ой", "ий")):
        ablt = "им" if name[-3] in "кгхжчшщ" else "ым"
        return _decline(name[:-2], ("ого", "ому", "ого", ablt, "ом"), case, name)
    if name.endswith("ь"):
        return _decline(name[:-1], ("я", "ю", "я", "ем", "е"), case, name)
    return _decline(name, ("а", "у", "а", "ем" if name[-1] in _HUSHING else "ом", "е"), case, name)


def _decline_feminine_surname(name: str, case: str) -> str:
    if name.endswith(_FEMININE):
        return _decline(name[:-1], ("ой", "ой", "у", "ой", "ой"), case, name)
    if name.endswith("ая"):
        return _decline(name[:-2], ("ой", "ой", "ую", "ой", "ой"), case, name)
    return name


def _decline(stem: str, endings: _Endings, case: str, nominative: str) -> str:
    return nominative if case == "nomn" else stem + endings[CASES.index(case) - 1]


def agree(number: int, one: str, few: str, many: str) -> str:
    """Choose the form that a number asks for: 1 дом, 2 дома, 5 домов."""
    if number % 10 == 1 and number % 100 != 11:
        return one
    return few if number % 10 in {2, 3, 4} and number % 100 not in {12, 13, 14} else many
