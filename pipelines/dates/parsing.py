"""A string that is a date -> what it means. `read` says why when it is none; `parse` is its short form."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from . import rules_clock
from .among import among
from .context import Context, NothingToldError, context
from .finding import said_by
from .fold import fold
from .named_days import named_days
from .rules import ENUMERATIONS, RULES
from .second_opinion import ask
from .span import DateSpan, Reading, Value, ends
from .tokens import shape_of, tokenize
from .whole import whole

# Longer strings are articles; `find` is for them.
MAX_LENGTH = 200
_NAMES = named_days()
# июнь ’13
_SHORT_YEAR = re.compile(r'(?<=[а-я])\s?"(?=\d\d(?!\d))')
# Without one of these no date is whole: a numeric one, a day told, a month and a year, a clock, an unknown month.
_HOPEFUL = re.compile(r"[ARO«t]|y.*[ma_]|[ma_].*y|m.*T|T.*m|p[gWM]|ν")


def base_in_year(fetched_at: datetime, year: int | None) -> datetime:
    """Return the base from which a date without a year is of `year`, told elsewhere: its end, or the fetch before it.

    None and years that the fetch is not after leave the fetch. The result is in the zone of `fetched_at`.
    """
    if year is None or year >= fetched_at.year or year < 1:
        return fetched_at
    return datetime(year, 12, 31, 23, 59, 59, tzinfo=fetched_at.tzinfo)


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
    words = _words(text)
    if not words.sig:
        return Reading(None, "missing")
    name = words.name
    if name in ENUMERATIONS:
        return Reading(None, "ambiguous")
    try:
        if not name:
            return _looser(text, words, ctx)
        value = _meaning(words, ctx)
    except ValueError:
        return Reading(None, "impossible_day")
    except OverflowError:
        return Reading(None, "out_of_range")
    except NothingToldError:
        return Reading(None, "unreadable")
    if value is None:
        return Reading(None, "unreadable")
    rule = said_by(name, words.part, words.values, value) if "ν" in words.part else name
    return Reading(DateSpan(text, value.edtf, *ends(value), value.precision, rule), None)


class _Words(NamedTuple):
    """What stands in a string, before any base gives it a meaning."""

    text: str
    """Without HTML entities, as `folded` was made of it."""
    folded: str
    sig: str
    name: str
    """The shape's name, '' for none."""
    part: str
    """The signature of the date alone."""
    values: Sequence[Any]
    clock: str
    """The signature of its time of day, '' for none."""
    clock_values: Sequence[Any]


@lru_cache(maxsize=4096)
def _words(text: str) -> _Words:
    """Remembered: a listing shows the same dates at every visit, and an article tells its own two or three times."""
    plain = html.unescape(text) if "&" in text else text
    folded = fold(plain)
    if '"' in folded:
        folded = _SHORT_YEAR.sub("-", folded).replace('"', " ")
    sig, vals = shape_of(folded, _NAMES)
    shape = whole(sig)
    if shape is None:
        return _Words(plain, folded, sig, "", "", (), "", ())
    name, start, stop, (i, j) = shape
    return _Words(plain, folded, sig, name, sig[start:stop], vals[start:stop], sig[i:j], vals[i:j])


def _meaning(words: _Words, ctx: Context) -> Value | None:
    if words.name == "clock":
        return rules_clock.at(ctx.today, words.part, words.values, ctx)
    value = RULES[words.name](words.part, words.values, ctx)
    if value is None or not words.clock:
        return value
    return rules_clock.at(value.first, words.clock, words.clock_values, ctx)


def _looser(text: str, words: _Words, ctx: Context) -> Reading:
    """A date among words that we do not know, or in a language that we do not."""
    if not _HOPEFUL.search(words.sig):
        return Reading(None, "unreadable")
    tokens = tokenize(words.folded, _NAMES)
    found = among(words.text, tokens, ctx.fresh(near=False))
    if found.value is not None:
        value = found.value
        return Reading(DateSpan(text, value.edtf, *ends(value), value.precision, found.rule), None)
    span = ask(text, tokens.sig, tokens.vals, ctx)
    return Reading(span, None if span else found.reason)
