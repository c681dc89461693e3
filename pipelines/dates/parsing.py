"""A string that is a date -> what it means. `read` says why when it is none; `parse` is its short form."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from . import rules_clock
from .context import Context, NothingToldError, context
from .finding import said_by
from .fold import fold
from .named_days import named_days
from .rules import ENUMERATIONS, RULES
from .span import DateSpan, Reading, Value, ends
from .tokens import shape_of, tokenize
from .whole import Shape, whole

# Longer strings are articles; `find` is for them.
MAX_LENGTH = 200
_NAMES = named_days()
# июнь ’13
_SHORT_YEAR = re.compile(r'(?<=[а-я])\s?"(?=\d\d(?!\d))')
# Without one of these no date is whole: a numeric one, a day told, a month and a year, a clock, an unknown month.
_HOPEFUL = re.compile(r"[ARO«t]|y.*[ma_]|[ma_].*y|m.*T|T.*m|p[gWM]|ν")


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
    if not isinstance(text, str):
        raise TypeError(f"text must be a str, not {type(text).__name__}")
    ctx = context(base, timezone, near=False)
    if len(text) > MAX_LENGTH:
        return Reading(None, "too_long" if not text.isspace() else "missing")
    text_read = html.unescape(text) if "&" in text else text
    folded = fold(text_read)
    if '"' in folded:
        folded = _SHORT_YEAR.sub("-", folded).replace('"', " ")
    sig, vals = shape_of(folded, _NAMES)
    if not sig:
        return Reading(None, "missing")
    shape = whole(sig)
    try:
        if shape is None:
            return _looser(text, text_read, folded, sig, ctx)
        if shape.name in ENUMERATIONS:
            return Reading(None, "ambiguous")
        value = _value(shape, sig, vals, ctx)
    except ValueError:
        return Reading(None, "impossible_day")
    except OverflowError:
        return Reading(None, "out_of_range")
    except NothingToldError:
        return Reading(None, "unreadable")
    if value is None:
        return Reading(None, "unreadable")
    rule = said_by(shape.name, sig[shape.start :], vals[shape.start :], value) if "ν" in sig else shape.name
    return Reading(DateSpan(text, value.edtf, *ends(value), value.precision, rule), None)


def _value(shape: Shape, sig: str, vals: Sequence[Any], ctx: Context) -> Value | None:
    name, start, stop, (i, j) = shape
    if name == "clock":
        return rules_clock.at(ctx.today, sig[start:stop], vals[start:stop], ctx)
    value = RULES[name](sig[start:stop], vals[start:stop], ctx)
    if value is None or j == 0:
        return value
    return rules_clock.at(value.first, sig[i:j], vals[i:j], ctx)


def _looser(text: str, text_read: str, folded: str, sig: str, ctx: Context) -> Reading:
    """A date among words that we do not know, or in a language that we do not."""
    from .among import among  # both are needed seldom
    from .second_opinion import ask

    if not _HOPEFUL.search(sig):
        return Reading(None, "unreadable")
    fresh = Context(ctx.now, ctx.zone, near=False)
    tokens = tokenize(folded, _NAMES)
    found = among(text_read, tokens, fresh)
    if found.value is not None:
        value = found.value
        return Reading(DateSpan(text, value.edtf, *ends(value), value.precision, found.rule), None)
    span = ask(text, tokens.sig, tokens.vals, ctx)
    return Reading(span, None if span else found.reason)
