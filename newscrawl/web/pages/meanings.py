"""What the marks in an article mean, and why: a line for each date and each name, in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import get_args

from newscrawl.items import Article, DateMention, EntityMention, EntityType
from newscrawl.marking import Segment, paragraphs
from newscrawl.web.addresses import day_address, entity_address, with_query
from newscrawl.web.language import Language
from newscrawl.web.moments import told_day, told_month, told_weekday
from newscrawl.web.refs import told_ref

KINDS = (*get_args(EntityType), "date")
_YEARLESS = frozenset({"date", "date_short", "date_parts", "month_day", "range_days", "range_dates", "month_bare"})
"""Rules of dates whose words may leave the year out."""
_HAS_YEAR = re.compile(r"\d{4}|\d\d\.\d\d\.\d\d|года?\b")


@dataclass
class Meaning:
    """What one or more marks stand for."""

    number: int
    """From 1 in the order of the text; the line's id is `m` and this."""
    kind: str
    """PER, ORG, LOC, EVENT or date."""
    told: str
    """The canonical form, or the date in words."""
    address: str
    """The page of it."""
    why: list[str]
    """How it came to this, in parts of a sentence."""
    is_uncertain: bool = False
    identity: str | None = None
    """Its id in the registry, where the name alone does not tell it."""
    texts: list[str] = field(default_factory=list)
    """The words that stand for it, each once."""

    def explanation(self, t: Language) -> str:
        """Return why, and the words that stand for it where they are others."""
        written = [t("article.written", texts=", ".join(f"«{text}»" for text in self.texts))]
        identity = [t("means.identity", id=self.identity)] if self.identity else []
        return "; ".join([*self.why, *identity, *written * (self.texts != [self.told])])

    def line(self, t: Language) -> str:
        """Return all in one line, for who points at a mark."""
        return "; ".join([t("means.as", kind=t(f"kind.{self.kind}"), normal=self.told), *self.why])


@dataclass(frozen=True)
class Mark:
    """A piece of a paragraph, and what it means; a date within a name has both."""

    text: str
    meanings: tuple[Meaning, ...]

    @property
    def classes(self) -> str:
        """Return the classes of its look."""
        return " ".join(one.kind for one in self.meanings)

    @property
    def ids(self) -> str:
        """Return the ids of the lines that explain it."""
        return " ".join(f"m{one.number}" for one in self.meanings)


def explained(article: Article, identities: Mapping[str, str], t: Language) -> tuple[list[list[Mark]], list[Meaning]]:
    """Return the paragraphs of an article in marks, and what these mean; `identities` as the stored article has them.

    Mentions of one name are one meaning, as are those of one date that the same rule read.
    """
    found: dict[tuple[str, ...], Meaning] = {}

    def meaning(one: DateMention | EntityMention) -> Meaning:
        key: tuple[str, ...]
        if isinstance(one, DateMention):
            key = ("date", one.value, one.rule)
        else:
            key = (one.type, identities.get(one.id, one.id), one.normal)
        if key not in found:
            made = _of_date(one, t) if isinstance(one, DateMention) else _of_entity(one, identities, t)
            made.number = len(found) + 1
            found[key] = made
        if one.text not in found[key].texts:
            found[key].texts.append(one.text)
        return found[key]

    def mark(piece: Segment) -> Mark:
        return Mark(piece.text, tuple(meaning(one) for one in (piece.entity, piece.date) if one is not None))

    shown = [[mark(piece) for piece in pieces] for pieces in paragraphs(article)]
    return shown, sorted(found.values(), key=lambda one: (KINDS.index(one.kind), one.number))


def _of_entity(one: EntityMention, identities: Mapping[str, str], t: Language) -> Meaning:
    identity = identities.get(one.id, one.id)
    why = []
    if one.post:
        why.append(t("means.post", post=one.post))
    if one.refs:
        why.append(", ".join(told_ref(ref).told for ref in one.refs))
    if one.uncertain:
        why.append(t("means.uncertain", reason=t.known(f"uncertain.{one.uncertain}", one.uncertain)))
    return Meaning(
        0, one.type, one.normal, entity_address(identity), why, is_uncertain=one.uncertain is not None,
        identity=identity if identity != one.id else None,
    )  # fmt: skip


def _of_date(one: DateMention, t: Language) -> Meaning:
    name, _, authority = one.rule.partition(" ")
    rule = t.known(f"rule.{name}", name) + (f" {authority}" if authority else "")
    why = [t.known(f"precision.{one.precision}", one.precision), t("means.rule", rule=rule)]
    if name in _YEARLESS and not _HAS_YEAR.search(one.text):
        why.append(t("means.no_year"))
    return Meaning(0, "date", told_date(one, t), _date_address(one), why)


def told_date(one: DateMention, t: Language) -> str:
    """Return in words what a date in a text stands for: «12 декабря 2018, среда», «весна»: its first and last day."""
    first, last = _day(one.first), _day(one.last)
    if first is None or last is None:
        return one.value
    if one.precision == "year":
        if first.year == last.year:
            return t("span.year", year=first.year)
        return t("span.years", first=first.year, last=last.year)
    if one.precision == "month":
        names = [told_month(t, day) for day in (first, last)]
        return names[0] if names[0] == names[1] else t("span", first=names[0], last=names[1])
    if first == last:
        told = f"{told_day(t, first)}, {told_weekday(t, first)}"
        return f"{told}, {one.first[11:16]}" if one.precision in {"minute", "hour"} else told
    return t("span", first=told_day(t, first), last=told_day(t, last))


def _date_address(one: DateMention) -> str:
    """Return the page of a day; of a longer time what was published in it."""
    first, last = _day(one.first), _day(one.last)
    if first is None or last is None:
        return with_query("/", {"text": one.text})
    if first == last or one.precision in {"day", "hour", "minute"}:
        return day_address(first.isoformat())
    return with_query("/", {"since": first.isoformat(), "until": last.isoformat()})


def _day(text: str) -> date | None:
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        return None
