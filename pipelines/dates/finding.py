"""Running text -> every date in it, with its span."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from newscrawl.items import DateMention

from . import guards
from .context import Context, context
from .enumerations import members
from .fold import fold, kept
from .grammar import TEXT
from .rules import ENUMERATIONS, RULES
from .span import Value
from .tokens import Tokens, tokenize


def find(text: str, *, base: datetime, timezone: str = "Europe/Moscow") -> list[DateMention]:
    """Every date that `text` mentions, in order; spans are code points of `text` as given.

    `base` (aware) is the publication date: a mention without a year is the one nearest to it, either way, a tie going
    to the past.
    Raises NaiveBaseError, UnknownTimezoneError; nothing else. Linear in the text's length.
    """
    ctx = context(base, timezone, near=True)
    tokens = tokenize(fold(text))
    where = kept(text)
    sig = tokens.sig
    mentions: list[DateMention] = []
    at = 0
    while (match := TEXT.search(sig, at)) is not None:
        name = match.lastgroup
        assert name is not None
        i, j = match.span()
        at = j
        for rule, a, b, value in _values(name, i, j, tokens, text, where, ctx):
            start, stop = tokens.place(a)[0], tokens.place(b - 1)[1]
            if where is not None:
                start, stop = where[start], where[stop - 1] + 1
            mentions.append(_mention(text, start, stop, value, rule))
    return mentions


def _values(
    name: str, i: int, j: int, tokens: Tokens, text: str, where: Any, ctx: Context
) -> list[tuple[str, int, int, Value]]:
    sig, vals = tokens.sig, tokens.vals
    seen = guards.Place(tokens, i, j, text, where)
    if guards.refuses(name, seen):
        return []
    try:
        if name in ENUMERATIONS:
            return [(name, a, b, v) for a, b, v in members(name, sig, vals, i, j, ctx) if v is not None]
        value = RULES[name](sig[i:j], vals[i:j], ctx)
    except (ValueError, OverflowError):
        return []
    if value is None:
        return []
    a, b = guards.trim(seen)
    return [(name, a, b, value)]


def _mention(text: str, start: int, stop: int, value: Value, rule: str) -> DateMention:
    first, last = value.first.isoformat(), value.last.isoformat()
    return DateMention(
        start=start, stop=stop, text=text[start:stop], value=value.edtf, first=first, last=last,
        precision=value.precision, rule=rule,
    )  # fmt: skip
