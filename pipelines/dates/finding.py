"""Running text -> every date in it, with its span."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from newscrawl.items import DateMention

from . import guards
from .context import Context, NothingToldError, context
from .enumerations import members
from .fold import fold, kept
from .grammar import next_shape
from .named_days import named_days
from .rules import CARRYING, ENUMERATIONS, RULES, SUMMED, TELLING
from .span import Value, ends
from .tokens import Tokens, tokenize


def find(
    text: str, *, base: datetime, timezone: str = "Europe/Moscow", own_days: tuple[tuple[str, str], ...] = ()
) -> list[DateMention]:
    """Every date that `text` mentions, in order; spans are code points of `text` as given.

    `base` (aware) is the publication date: a mention without a year is the one nearest to it, either way, a tie going
    to the past. `own_days` are a site's named days and their rules, such as ("День города", "last saturday 08").
    Raises NaiveBaseError, UnknownTimezoneError, BadRuleError; nothing else. Linear in the text's length.
    """
    if not isinstance(text, str):
        raise TypeError(f"text must be a str, not {type(text).__name__}")
    ctx = context(base, timezone, near=True).fresh(near=True)
    names = named_days(own_days)
    tokens = tokenize(fold(text), names)
    where = kept(text)
    mentions: list[DateMention] = []
    for told in _once(scan(tokens, text, where, ctx)):
        start, stop = tokens.place(told.start)[0], tokens.place(told.stop - 1)[1]
        if where is not None:
            start, stop = where[start], where[stop - 1] + 1
        value = told.value
        first, last = ends(value)
        mention = {"start": start, "stop": stop, "text": text[start:stop], "value": value.edtf, "rule": told.rule}
        mentions.append(DateMention(**mention, first=first, last=last, precision=value.precision))
    return mentions


class Told(NamedTuple):
    """A date among tokens: the rule that read it, its place without prepositions, and what it means."""

    rule: str
    start: int
    stop: int
    value: Value


_APPOSITION = 3
"""The most tokens between a date and the named day that it is: 12 апреля, в День космонавтики."""


def _once(mentions: Iterable[Told]) -> Iterator[Told]:
    """Without the named days that stand beside the same date in figures: those are one mention."""
    held: Told | None = None
    for told in mentions:
        if held is not None:
            near = told.start - held.stop <= _APPOSITION and held.value == told.value
            if near and told.rule.startswith("named_day"):
                continue
            if not (near and held.rule.startswith("named_day")):
                yield held
        held = told
    if held is not None:
        yield held


_SUMMING = frozenset({"за", "итоги", "итогов", "итогам", "итогами"})


def scan(tokens: Tokens, text: str, where: Any, ctx: Context) -> Iterator[Told]:
    """The dates among the tokens, in order. `ctx.told` moves along with them."""
    sig, at = tokens.sig, 0
    known: _Known = {}
    while (match := next_shape(sig, at)) is not None:
        name = match.lastgroup
        assert name is not None
        i, j = match.span()
        place = guards.Place(tokens, i, j, text, where)
        if guards.refuses(name, place):
            at = i + 1  # «на площади 9 Января — 3 сентября»: what is refused may have a date within
            continue
        at = j
        summed = name in SUMMED and place.word(i - 1).lower() in _SUMMING
        for told in _values(name, place, ctx.fresh(near=False) if summed else ctx, {} if summed else known):
            yield told
            if name in TELLING:
                day = told.value.first
                if day is told.value.last and type(day) is date and sig[j : j + 1] != "#":
                    ctx.told = day


def said_by(name: str, sig: str, vals: Sequence[Any], value: Value) -> str:
    """The name of the rule, and for a named day whose it is: `named_day (RU ФЗ 32)`."""
    at = sig.find("ν")
    rule = vals[at].rule(value.first.year) if at >= 0 else None
    return name if rule is None else f"{name} ({rule.authority})"


_Known = dict[tuple[Any, ...], Value | None]
"""What the same words meant before in this text."""


def _values(name: str, place: guards.Place, ctx: Context, known: _Known) -> list[Told]:
    tokens, i, j = place.tokens, place.i, place.j
    sig, vals = tokens.sig, tokens.vals
    try:
        if name in ENUMERATIONS:
            told = members(name, sig, vals, i, j, ctx)
            return [Told(name, *guards.trim(place, a, b), value) for a, b, value in told if value is not None]
        part, values = sig[i:j], vals[i:j]
        key = (part, *values)  # the shape follows from the words
        if key in known:
            value = known[key]
        else:
            value = RULES[name](part, values, ctx)
            if name not in CARRYING and "τ" not in part:
                known[key] = value
    except (ValueError, OverflowError, NothingToldError):
        return []
    if value is None:
        return []
    return [Told(said_by(name, part, values, value), *guards.trim(place, i, j), value)]
