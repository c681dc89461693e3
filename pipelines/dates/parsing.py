"""A string that is a date -> what it means. `read` says why when it is none; `parse` is its short form."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from . import rules_day
from .context import Context
from .fold import fold
from .grammar import Shape, whole
from .rules import ENUMERATIONS, RULES
from .span import DateSpan, Reading, Value
from .tokens import Tokens, tokenize
from .zones import check_base, zone_of

# Longer strings are articles; `find` is for them.
MAX_LENGTH = 200
_QUOTES = str.maketrans('"', " ")


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
    check_base(base)
    ctx = Context(base, zone_of(timezone), near=False)
    if len(text) > MAX_LENGTH:
        return Reading(None, "too_long" if not text.isspace() else "missing")
    folded = fold(text)
    if '"' in folded:
        folded = folded.translate(_QUOTES)
    tokens = tokenize(folded)
    if not tokens.sig:
        return Reading(None, "missing")
    shape = whole(tokens.sig)
    if shape is None:
        return _second_opinion(text, tokens, base, timezone)
    if shape.name in ENUMERATIONS:
        return Reading(None, "ambiguous")
    try:
        value = _value(shape, tokens, ctx)
    except ValueError:
        return Reading(None, "impossible_day")
    except OverflowError:
        return Reading(None, "out_of_range")
    if value is None:
        return Reading(None, "unreadable")
    first, last = value.first.isoformat(), value.last.isoformat()
    return Reading(
        DateSpan(text=text, value=value.edtf, first=first, last=last, precision=value.precision, rule=shape.name), None
    )


def _value(shape: Shape, tokens: Tokens, ctx: Context) -> Value | None:
    sig, vals = tokens.sig, tokens.vals
    i, j = shape.time
    if shape.name == "clock":
        return rules_day.at(ctx.today, sig[shape.start : shape.stop], vals[shape.start : shape.stop], ctx)
    part = sig[shape.start : shape.stop]
    if shape.foreign and not _strong(part, vals[shape.start : shape.stop]):
        return None
    value = RULES[shape.name](part, vals[shape.start : shape.stop], ctx)
    if value is None or j == 0:
        return value
    return rules_day.at(value.first, sig[i:j], vals[i:j], ctx)


def _strong(sig: str, vals: list[Any]) -> bool:
    """Whether a date may stand among words that we do not know: only a whole one, year and all."""
    if "A" in sig:
        return bool(vals[sig.index("A")][3] != "short-")
    return "y" in sig or "O" in sig


def _second_opinion(text: str, tokens: Tokens, base: datetime, timezone: str) -> Reading:
    from .second_opinion import ask

    span = ask(text, tokens, base=base, timezone=timezone)
    return Reading(span, None if span else "unreadable")
