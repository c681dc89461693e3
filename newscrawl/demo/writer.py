"""Write the sample city's news from templates, and keep the truth: who, what, where and when was woven in.

A template is Russian text with three kinds of marks:
- `[a|b]` is one of several wordings;
- `{boss.post.datv}`, `{^street.nomn}`, `{n:дом/дома/домов}` is a slot of the article: its part, its case, `^` for a
  capital letter, and after a colon the words that agree with it (by gender for people, by number for numbers);
- `{+3 dm}`, `{+3..+7 from}` is a date so many days from publication, in a form that `newscrawl.demo.dates` knows.

A headline or paragraph that begins with `@13 ` goes with the first and third opening of its kind only.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import lru_cache
from importlib.resources import files
from random import Random
from typing import Any, TypeVar

from newscrawl.demo.dates import DatePhrase, one_day, several_days
from newscrawl.demo.grammar import CASES, Lexicon, Person, agree

T = TypeVar("T")
DATA = files("newscrawl.demo") / "data"
PARTS = ("opening", "details", "more", "quote", "closing")

_CHANCES = {"more": 0.85, "closing": 0.7}
"""How often a part that an article can do without is there."""

_TAG = re.compile(r"@(\d+) ")
_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_SLOT = re.compile(r"\{(\^?)([a-z]+\d*)((?:\.[a-z]+)*)(?::([^{}]+))?\}")
_DATE = re.compile(r"\{(\^?)([+-]\d+)(?:\.\.([+-]\d+))? ([a-z]+)\}")


def pick(rng: Random, items: Sequence[T]) -> T:
    """Choose one item through `random()`, the one method whose sequence Python promises to keep."""
    return items[int(rng.random() * len(items))]


@dataclass(frozen=True)
class Kind:
    """A kind of news: its rubric, the months in which it happens, its slots and its texts."""

    name: str
    section: str
    months: tuple[int, ...]
    slots: dict[str, str]
    headlines: tuple[str, ...]
    parts: dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Story:
    """A written article with the truth about it."""

    kind: str
    section: str
    headline: str
    paragraphs: tuple[str, ...]
    persons: tuple[str, ...]
    organisations: tuple[str, ...]
    places: tuple[str, ...]
    dates: tuple[DatePhrase, ...]


@dataclass(frozen=True)
class Phrase:
    """A body or a place: a phrase for `Lexicon.decline` and whether it is an `org`, a `place` or neither."""

    words: str
    role: str = ""


Slot = Person | Phrase | int | str


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """Return the bundled table of forms."""
    return Lexicon.from_text((DATA / "lexicon.txt").read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def _common() -> Kind:
    content = tomllib.loads((DATA / "common.toml").read_text(encoding="utf-8"))
    return Kind("common", "", (), content["slots"], (), {"more": tuple(content["texts"])})


@lru_cache(maxsize=1)
def kinds() -> tuple[Kind, ...]:
    """Return every bundled kind of news, by name."""
    found = []
    for path in sorted(DATA.iterdir(), key=lambda path: path.name):
        if path.name.startswith("news-"):
            content = tomllib.loads(path.read_text(encoding="utf-8"))
            found.append(
                Kind(
                    name=path.name.removeprefix("news-").removesuffix(".toml"),
                    section=content["section"],
                    months=tuple(content.get("months", range(1, 13))),
                    slots=content["slots"],
                    headlines=tuple(content["headlines"]),
                    parts={part: tuple(content.get(part, ())) for part in PARTS},
                )
            )
    return tuple(found)


@lru_cache(maxsize=1)
def _names() -> dict[str, Any]:
    return tomllib.loads((DATA / "names.toml").read_text(encoding="utf-8"))


def _cast(key: str) -> Person:
    entry = next(entry for entry in _names()["cast"] if entry["key"] == key)
    first, patronymic, last = entry["name"].split()
    return Person(first, last, female=patronymic.endswith("на"), patronymic=patronymic, post=entry["post"])


def _citizen(rng: Random, *, female: bool) -> Person:
    names = _names()
    pool = names["female" if female else "male"]
    first, patronymic = pick(rng, pool["first"].split()), pick(rng, pool["patronymic"].split())
    surnames = [pair.split("/")[female] for pair in names["surnames"]["pairs"].split()]
    surnames += names["surnames"]["same"].split()
    return Person(first, pick(rng, surnames), female=female, patronymic=patronymic)


@dataclass
class _Draft:
    """One article in the making: its slots and what has been woven in so far."""

    rng: Random
    published: date
    slots: dict[str, Slot]
    persons: dict[str, None] = field(default_factory=dict)
    organisations: dict[str, None] = field(default_factory=dict)
    places: dict[str, None] = field(default_factory=dict)
    dates: list[DatePhrase] = field(default_factory=list)

    def expand(self, template: str) -> str:
        text = _CHOICE.sub(lambda match: pick(self.rng, match[1].split("|")), template)
        text = _DATE.sub(self._date, text)
        return _euphonic(_SLOT.sub(self._slot, text))

    def _date(self, match: re.Match[str]) -> str:
        capital, start, stop, form = match.groups()
        first = self.published + timedelta(days=int(start))
        if stop:
            phrase = several_days(first, self.published + timedelta(days=int(stop)), form)
        else:
            phrase = one_day(first, form, self.published)
        if capital:
            phrase = replace(phrase, text=_capital(phrase.text))
        self.dates.append(phrase)
        return phrase.text

    def _slot(self, match: re.Match[str]) -> str:
        capital, name, steps, agreeing = match.groups()
        value = self.slots[name]
        if agreeing:
            return _agree(value, agreeing.split("/"))
        keys = steps.split(".")[1:]
        case = next((key for key in keys if key in CASES), "nomn")
        text = self._say(value, case, set(keys) - {case})
        return _capital(text) if capital else text

    def _say(self, value: Slot, case: str, keys: set[str]) -> str:
        if isinstance(value, Person):
            return self._say_person(value, case, keys)
        if isinstance(value, Phrase):
            noted = {"org": self.organisations, "place": self.places}.get(value.role)
            if noted is not None:
                noted[lexicon().decline(value.words)] = None
            return lexicon().decline(value.words, case)
        return f"{value:,}".replace(",", " ") if isinstance(value, int) else value

    def _say_person(self, person: Person, case: str, keys: set[str]) -> str:
        if "post" in keys:
            return lexicon().decline(person.post, case)
        if "last" in keys:
            return person.surname(case)
        full = "full" in keys
        self.persons[person.name(full=full)] = None
        return person.name(case, full=full)


def _euphonic(text: str) -> str:
    """Mend prepositions before the words that were put in: во Дворце, во Владимире, со Стояном, в переулке."""
    text = re.sub(r"\b([Вв]) (?=Дворц|Владимир|вторник)", r"\1о ", text)
    text = re.sub(r"\b([Сс]) (?=[СсЗзШш][бвгджзклмнпртфх])", r"\1о ", text)
    return re.sub(r"\b([Нн])а (?=переул)", lambda match: "В " if match[1] == "Н" else "в ", text)


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _agree(value: Slot, words: list[str]) -> str:
    if isinstance(value, Person):
        return words[value.female]
    if isinstance(value, int):
        return agree(value, words[0], words[1], words[2])
    raise TypeError(f"nothing agrees with {value!r}")


def _fill(rng: Random, specifications: dict[str, str]) -> dict[str, Slot]:
    """Draw a value for every slot; slots of one pool get different ones."""
    slots: dict[str, Slot] = {"city": Phrase("Светлореченск", "place")}
    taken: set[str] = set()
    for name, specification in specifications.items():
        kind, _, argument = specification.partition(":")
        if kind == "partner":
            slots |= _partner(rng)
        elif kind == "number":
            bounds, _, step = argument.partition("/")
            low, high = (int(part) for part in bounds.split("-"))
            slots[name] = pick(rng, range(low, high + 1, int(step or 1)))
        elif kind == "words":
            slots[name] = _new(rng, argument.split("/"), taken)
        elif kind == "cast":
            slots[name] = _cast(argument)
        elif kind in {"citizen", "man", "woman"}:
            slots[name] = _citizen(rng, female=kind == "woman" or (kind == "citizen" and rng.random() < 0.5))
        elif kind == "org":
            slots[name] = Phrase(_new(rng, _names()["orgs"][argument], taken), "org")
        else:
            slots[name] = Phrase(_new(rng, _names()["places"][argument], taken), "place")
    return slots


def _new(rng: Random, pool: Sequence[str], taken: set[str]) -> str:
    choice = pick(rng, [item for item in pool if item not in taken])
    taken.add(choice)
    return choice


def _partner(rng: Random) -> dict[str, Slot]:
    entry = pick(rng, _names()["partners"])
    first, last = entry["guest"].split()
    guest = Person(first, last, female=False, post=entry["post"])
    return {"ptown": Phrase(entry["town"], "place"), "pcountry": Phrase(entry["country"], "place"), "guest": guest}


def write(kind: Kind, turn: int, published: date, rng: Random) -> Story:
    """Write the `turn`-th article of its kind; the turn spreads the wordings so that two articles share few of them."""
    common = _common()
    draft = _Draft(rng, published, _fill(rng, {**common.slots, **kind.slots}))
    openings = kind.parts["opening"]
    opening, round_ = turn % len(openings), turn // len(openings)
    headlines = _fitting(kind.headlines, opening)
    headline = draft.expand(headlines[round_ % len(headlines)])
    draft = _Draft(rng, published, draft.slots)  # the truth is about the body: forget what the headline named
    paragraphs = [draft.expand(openings[opening]), *_further(kind, draft, opening, round_)]
    for step in range(2):
        if sum(map(len, paragraphs)) < 1000 or (step == 0 and rng.random() < 0.4):
            paragraphs.insert(-1, draft.expand(common.parts["more"][(turn + 3 * step) % len(common.parts["more"])]))
    return Story(
        kind=kind.name,
        section=kind.section,
        headline=headline,
        paragraphs=tuple(paragraphs),
        persons=tuple(draft.persons),
        organisations=tuple(draft.organisations),
        places=tuple(draft.places),
        dates=tuple(draft.dates),
    )


def _further(kind: Kind, draft: _Draft, opening: int, round_: int) -> Iterator[str]:
    """Write the paragraphs after the opening: up to two details, one of every other part."""
    for column, part in enumerate(PARTS[1:]):
        texts = _fitting(kind.parts[part], opening)
        start = round_ + column * (round_ // max(len(texts), 1))
        for step in range(min(2 if part == "details" else 1, len(texts))):
            if draft.rng.random() < _CHANCES.get(part, 1.0):
                yield draft.expand(texts[(start + step) % len(texts)])


def _fitting(texts: Sequence[str], opening: int) -> list[str]:
    """Return the texts that go with an opening, without their tags."""
    tagged = [_TAG.match(text) for text in texts]
    return [
        text[tag.end() :] if tag else text
        for text, tag in zip(texts, tagged, strict=True)
        if tag is None or str(opening + 1) in tag[1]
    ]
