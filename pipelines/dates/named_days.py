"""Named days: День Победы, Пасха, День города; the table is `named_days.csv`, a site may add its own.

A rule is one of

    05-09                   the same day every year (month-day)
    last sunday 11          a weekday of a month: first, second, third, fourth or last
    easter, easter+49       days from Orthodox Easter (computed after Meeus, by dateutil)
    easter-55..easter-49    from one to the other

`authority` says whose rule it is (RU ФЗ 32, Orthodox, a site's name); a name without a rule is no date.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache
from importlib import resources
from typing import NamedTuple

from dateutil.easter import EASTER_ORTHODOX, easter

from . import span
from .fold import fold
from .span import Value

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NTH = ("first", "second", "third", "fourth", "last")
_FIXED = re.compile(r"(\d\d)-(\d\d)")
_WEEKDAY = re.compile(rf"({'|'.join(_NTH)}) ({'|'.join(WEEKDAYS)}) (\d\d)")
_EASTER = re.compile(r"easter([+-]\d{1,3})?")
_DAY_FORMS = ("день", "дня", "дню", "днем", "дне")
_FOREVER = 9999


class BadRuleError(ValueError):
    """A rule that cannot be read."""


class Rule(NamedTuple):
    """When a named day is, from one year to another."""

    text: str
    authority: str
    since: int
    until: int


class NamedDay(NamedTuple):
    """A named day and its rules, of which at most one holds in a year."""

    name: str
    rules: tuple[Rule, ...]

    def on(self, year: int) -> Value | None:
        """When it is in `year`; null when nobody kept it yet."""
        rule = self.rule(year)
        return None if rule is None else _when(rule.text, year)

    def rule(self, year: int) -> Rule | None:
        """The rule that holds in `year`."""
        return next((rule for rule in self.rules if rule.since <= year <= rule.until), None)


def nth_weekday(year: int, month: int, number: int, weekday: int) -> date:
    """The `number`th (1 .. 5; 0 is the last) `weekday` (Monday is 0) of a month; ValueError if it has none."""
    if number == 0:
        end = span.month_end(year, month)
        return end - timedelta((end.weekday() - weekday) % 7)
    first = date(year, month, 1)
    day = 1 + (weekday - first.weekday()) % 7 + 7 * (number - 1)
    return date(year, month, day)


def check_rule(text: str) -> str:
    """The rule as given; raises BadRuleError with what was expected."""
    try:
        if _when(text, 2024) is None:
            raise ValueError
    except ValueError:
        raise BadRuleError(
            f"{text!r} is no rule for a day: expected 05-09, last sunday 11, easter+49 or easter-55..easter-49"
        ) from None
    return text


def _when(text: str, year: int) -> Value | None:
    first, _, last = text.partition("..")
    begin = _day(first, year)
    end = _day(last, year) if last else begin
    if begin is None or end is None or end < begin:
        return None
    return span.days(begin, end)


def _day(text: str, year: int) -> date | None:
    if match := _FIXED.fullmatch(text):
        return date(year, int(match[1]), int(match[2]))
    if match := _WEEKDAY.fullmatch(text):
        number = (_NTH.index(match[1]) + 1) % len(_NTH)
        return nth_weekday(year, int(match[3]), number, WEEKDAYS.index(match[2]))
    if match := _EASTER.fullmatch(text):
        sunday: date = easter(year, EASTER_ORTHODOX)
        return sunday + timedelta(int(match[1] or 0))
    return None


class NamedDays:
    """Names as they are written, in every case, for a tokeniser to look up."""

    def __init__(self, days: Mapping[str, NamedDay]) -> None:
        self._days = {_key(_WORD.findall(name)): day for name, day in days.items()}
        self.heads = frozenset(key.split(" ", 1)[0] for key in self._days)
        """First words: a text without one names no day."""
        self._most = max((key.count(" ") + 1 for key in self._days), default=0)

    def longest(self, pieces: Sequence[str], at: int) -> tuple[int, NamedDay] | None:
        """The longest name that begins at a piece, and the piece after it."""
        words: list[str] = []
        best = None
        for stop in range(at, min(len(pieces), at + 2 * self._most)):
            if pieces[stop].isspace():
                continue
            words.append(pieces[stop])
            found = self._days.get(_key(words))
            if found is not None:
                best = (stop + 1, found)
            if len(words) == self._most:
                break
        return best


_WORD = re.compile(r"\w+|[^\w\s]")


def _key(words: Sequence[str]) -> str:
    return " ".join(words)


def _spellings(name: str, forms: str) -> list[str]:
    """Every case of «День …» from its nominative; other names bring theirs."""
    told = [fold(form.strip()) for form in forms.split("|") if form.strip()]
    out = set(told)
    for form in (fold(name), *told):
        head, _, rest = form.partition(" ")
        out |= {f"{day} {rest}" for day in _DAY_FORMS} if head == "день" else {form}
    return sorted(out)


@lru_cache(maxsize=64)
def named_days(own: tuple[tuple[str, str], ...] = (), authority: str = "site") -> NamedDays:
    """The table with a site's `own` (name, rule) pairs, which win over it. Raises BadRuleError."""
    days: dict[str, NamedDay] = {}
    table = resources.files(__package__).joinpath("named_days.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(table.splitlines(), delimiter=";"):
        rule = Rule(check_rule(row["rule"]), row["authority"], int(row["since"]), int(row["until"] or _FOREVER))
        for spelling in _spellings(row["name"], row["forms"]):
            before = days[spelling].rules if spelling in days else ()
            days[spelling] = NamedDay(row["name"], (*before, rule))
    for name, text in own:
        day = NamedDay(name, (Rule(check_rule(text), authority, 1, _FOREVER),))
        days |= dict.fromkeys(_spellings(name, ""), day)
    return NamedDays(days)
