"""Several dates that share a month or a year: 22, 23 и 25 декабря; 2014, 2017 и 2021 годах."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from . import rules_day, rules_period, span
from .context import Context
from .rules_day import Parts
from .span import Value

_Places = list[tuple[int, int]]
_SEPARATOR = re.compile(",?&|,")


def _split(sig: str, i: int, j: int) -> _Places:
    """The members' places. A comma before a year («3 мая, 2018») belongs to its member."""
    places, at = [], i
    for match in _SEPARATOR.finditer(sig, i, j):
        if sig[match.end() : match.end() + 1] in ("y", "O", "v", "p", "t") and "m" in sig[at : match.start()]:
            continue
        places.append((at, match.start()))
        at = match.end()
    return [*places, (at, j)]


Member = tuple[int, int, Value | None]


def members(name: str, sig: str, vals: Sequence[Any], i: int, j: int, ctx: Context) -> Iterator[Member]:
    """Place and value of every member; what one leaves out, the next one to the right has."""
    places = _split(sig, i, j) if name != "enum_moved" else _moved(sig, i, j)
    return _READERS[name](places, sig, vals, ctx)


def _moved(sig: str, i: int, j: int) -> _Places:
    """Перенесли с 15 на 22 апреля: not the days between."""
    on = sig.index("v", i, j)
    return [(i + 1, on), (on + 1, j)]


def _years(places: _Places, _sig: str, vals: Sequence[Any], _ctx: Context) -> Iterator[Member]:
    for a, b in places:
        yield a, b, span.year(vals[a])


def _weekdays(places: _Places, sig: str, vals: Sequence[Any], ctx: Context) -> Iterator[Member]:
    for _, b in places:
        yield b - 1, b, rules_day.weekday_bare(sig[b - 1 : b], vals[b - 1 : b], ctx)


def _several_days(places: _Places, sig: str, vals: Sequence[Any], ctx: Context) -> Iterator[Member]:
    out: list[Member] = []
    after: Parts | None = None
    for a, b in reversed(places):
        parts, first = _days(sig, vals, a, b, ctx)
        if after is not None:
            if parts.month is None and _falls(parts, after):
                break  # «комната 18, 2 сентября»: days are told in their order, so it is no day
            _inherit(parts, after)
            if first is not None:
                _inherit(first, parts)
        value = rules_day.join(first, parts, ctx) if first is not None else rules_day.resolve(parts, ctx)
        out.append((a, b, value))
        after = parts
    yield from reversed(out)


def _falls(parts: Parts, after: Parts) -> bool:
    return parts.day is not None and after.day is not None and parts.day >= after.day


def _days(sig: str, vals: Sequence[Any], a: int, b: int, ctx: Context) -> tuple[Parts, Parts | None]:
    """A member's day, and the first day if it is a range."""
    if sig[a] == "f":
        a += 1
    middle = re.compile("[do][-b](?=[do])").match(sig, a, b)
    if middle is None:
        return rules_day.read_parts(sig[a:b], vals[a:b], ctx), None
    first = rules_day.read_parts(sig[a : a + 1], vals[a : a + 1], ctx)
    return rules_day.read_parts(sig[a + 2 : b], vals[a + 2 : b], ctx), first


def _inherit(parts: Parts, after: Parts) -> None:
    """Month and year from the member to the right; December before January is a year earlier."""
    if parts.month is None:
        parts.month = after.month
    if not parts.has_year and after.has_year and parts.month is not None and after.month is not None:
        back = parts.month > after.month
        parts.year = None if after.year is None else after.year - back
        parts.shift = None if after.shift is None else after.shift - back


def _months(places: _Places, sig: str, vals: Sequence[Any], ctx: Context) -> Iterator[Member]:
    a, b = places[-1]
    last = rules_period.month(sig[a:b], vals[a:b], ctx)
    assert last is not None
    for k, _ in places[:-1]:
        yield k, k + 1, span.month(last.first.year - (vals[k] > last.first.month), vals[k])
    yield a, b, last


def _quarters(places: _Places, sig: str, vals: Sequence[Any], ctx: Context) -> Iterator[Member]:
    (i, j), (a, b) = places
    last = rules_period.quarter(sig[a:b], vals[a:b], ctx)
    if last is None or not 1 <= vals[i] <= 4:
        return
    yield i, j, span.quarter(last.first.year, vals[i])
    yield a, b, last


_READERS: dict[str, Callable[[_Places, str, Sequence[Any], Context], Iterator[Member]]] = {
    "enum_days": _several_days,
    "enum_moved": _several_days,
    "enum_numeric": _several_days,
    "enum_months": _months,
    "enum_quarters": _quarters,
    "enum_weekdays": _weekdays,
    "enum_years": _years,
}
