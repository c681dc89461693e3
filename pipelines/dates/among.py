"""A date among other words: «Комментарии: 12 | 8 января 2019», «Культура, 8 января, 20:15».

The other words are not understood, so the date must stand out: a whole one (or today, or 2 hours ago), or one with its
time of day; first or last in the string, or set off by a delimiter; and the only one.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from . import rules_clock
from .context import Context
from .finding import Told, scan
from .fold import kept
from .span import Value
from .tokens import Tokens
from .whole import BETWEEN, EDGE, LEFT, TIME

_TIME_AFTER = re.compile(rf"{BETWEEN}({TIME})")
_TIME_BEFORE = re.compile(rf"(?<![,\w:])(?:v?)({TIME}){BETWEEN}$")
_BEFORE = re.compile(rf".*[,¦:;⟩*!#¶]{LEFT}$|(?:[L#i]*){LEFT}$|.*[fLH]{EDGE}$")
_FIRST = re.compile(rf"(?:[L#ifv]|{EDGE})*")
_SET_OFF = re.compile(r"[,¦:;⟨⟩*!\-/#¶\"LH]")
_MOST_WORDS = 12
_FEW_WORDS = 3


class Found(NamedTuple):
    """What a date among words means, or (rule empty) why none is taken."""

    rule: str
    value: Value | None
    reason: str


class _Candidate(NamedTuple):
    told: Told
    start: int
    stop: int
    clock: tuple[int, int]
    changed: bool


def among(text: str, tokens: Tokens, ctx: Context) -> Found:
    """The one date that stands out among the words of `text`."""
    found = [c for told in scan(tokens, text, kept(text), ctx) if (c := _candidate(told, tokens)) is not None]
    posted = [c for c in found if not c.changed] or found
    values = {c.told.value for c in posted}
    if len(values) > 1:
        return Found("", None, "ambiguous")
    # Said twice, it is the one with a time of day.
    best = max(posted, key=lambda c: c.clock != (0, 0), default=None)
    if best is None or not _stands_out(tokens.sig, best):
        return Found("", None, "unreadable")
    value, (i, j) = best.told.value, best.clock
    if j:
        timed = rules_clock.at(value.first, tokens.sig[i:j], tokens.vals[i:j], ctx)
        return Found(best.told.rule, timed, "unreadable")
    return Found(best.told.rule, value, "unreadable")


def _candidate(told: Told, tokens: Tokens) -> _Candidate | None:
    """A mention that may be the string's date, with its time of day."""
    sig, a, b = tokens.sig, told.start, told.stop
    part = sig[a:b]
    if told.value.precision not in ("day", "month", "minute", "hour"):
        return None
    start, stop, clock = a, b, (0, 0)
    if told.value.precision == "day" and told.value.first is told.value.last:
        if after := _TIME_AFTER.match(sig, b):
            stop, clock = after.end(), after.span(1)
        elif before := _TIME_BEFORE.search(sig, 0, a):
            start, clock = before.start(), before.span(1)
    whole = re.search("[yORt«]|p[gWM]", part) is not None
    if "A" in part:
        whole = tokens.vals[a + part.index("A")][3] != "short-"
    if not whole and not (clock[1] and sig[clock[0]] == "T"):
        return None
    changed = "H" in sig[max(0, start - 3) : start]
    return _Candidate(told, start, stop, clock, changed)


def _stands_out(sig: str, found: _Candidate) -> bool:
    """Whether the words around it are few, or set off from it."""
    left, right = sig[: found.start], sig[found.stop :]
    words = left.count("_") + right.count("_")
    if words > _MOST_WORDS:
        return False
    apart_left = not left or _BEFORE.fullmatch(left) is not None or left.count("_") <= _FEW_WORDS
    apart_right = not right or _SET_OFF.match(right) is not None or right.count("_") <= _FEW_WORDS
    labelled = re.search(rf"[LH]{EDGE}$", left) is not None
    at_an_edge = (
        labelled or _FIRST.fullmatch(left) is not None or not right.strip('!,⟩"') or _SET_OFF.match(right) is not None
    )
    return apart_left and apart_right and at_an_edge
