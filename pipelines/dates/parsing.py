"""A string that is a date -> what it means. `read` says why when it is none; `parse` is its short form."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from . import rules_day
from .context import Context, context
from .fold import fold
from .grammar import Shape, whole
from .rules import ENUMERATIONS, RULES
from .span import DateSpan, Reading, Value, ends
from .tokens import shape_of

# Longer strings are articles; `find` is for them.
MAX_LENGTH = 200


def parse(text: str, *, base: datetime, timezone: str = "Europe/Moscow") -> DateSpan | None:
    """What the date `text` means, or null.

    `base` (aware) is when the text was published or fetched: a missing year is the latest that puts the date not
    after the
    base's day. `timezone` is the IANA zone of times that name no other. Raises NaiveBaseError, UnknownTimezoneError;
    nothing else.
    """
    return read(text, base=base, timezone=timezone).span


def read(text: str, *, base: datetime, timezone: str = "Europe/Moscow") -> Reading:
    """As `parse`, with the reason where there is no date: see `Reading`."""
    ctx = context(base, timezone, near=False)
    if len(text) > MAX_LENGTH:
        return Reading(None, "too_long" if not text.isspace() else "missing")
    folded = fold(text)
    if '"' in folded:
        folded = folded.replace('"', " ")
    sig, vals = shape_of(folded)
    if not sig:
        return Reading(None, "missing")
    shape = whole(sig)
    if shape is None:
        return _second_opinion(text, sig, vals, ctx)
    if shape.name in ENUMERATIONS:
        return Reading(None, "ambiguous")
    try:
        value = _value(shape, sig, vals, ctx)
    except ValueError:
        return Reading(None, "impossible_day")
    except OverflowError:
        return Reading(None, "out_of_range")
    if value is None:
        return Reading(None, "unreadable")
    first, last = ends(value)
    return Reading(DateSpan(text, value.edtf, first, last, value.precision, shape.name), None)


def _value(shape: Shape, sig: str, vals: Sequence[Any], ctx: Context) -> Value | None:
    name, start, stop, (i, j), foreign = shape
    if name == "clock":
        return rules_day.at(ctx.today, sig[start:stop], vals[start:stop], ctx)
    part, values = sig[start:stop], vals[start:stop]
    if foreign and not _strong(part, values):
        return None
    value = RULES[name](part, values, ctx)
    if value is None or j == 0:
        return value
    return rules_day.at(value.first, sig[i:j], vals[i:j], ctx)


def _strong(sig: str, vals: Sequence[Any]) -> bool:
    """Whether a date may stand among words that we do not know: only a whole one, year and all."""
    if "A" in sig:
        return bool(vals[sig.index("A")][3] != "short-")
    return "y" in sig or "O" in sig


def _second_opinion(text: str, sig: str, vals: Sequence[Any], ctx: Context) -> Reading:
    from .second_opinion import ask

    span = ask(text, sig, vals, ctx)
    return Reading(span, None if span else "unreadable")
