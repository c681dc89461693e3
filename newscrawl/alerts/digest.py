"""What a channel must be told of, and in which words: one message for all sites."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from newscrawl.items import SiteAlarm

_MOST_LINES = 20
"""Alarms that a message spells out; the others are counted."""
_LONGEST = 3500
"""Characters of a message: Telegram takes 4,096."""
_LONGEST_TEXT = 300
"""Characters of one alarm."""


@dataclass(frozen=True)
class Due:
    """What one channel must be told of now."""

    new: tuple[SiteAlarm, ...] = ()
    """Alarms that it has not heard of."""
    lasting: tuple[SiteAlarm, ...] = ()
    """Alarms that it heard of long ago, and that last."""
    over: tuple[SiteAlarm, ...] = ()
    """Alarms that it heard of, and that are over."""

    def __bool__(self) -> bool:
        return bool(self.new or self.lasting or self.over)


@dataclass(frozen=True)
class Message:
    """A title and plain text."""

    title: str
    body: str
    kind: Literal["info", "success", "warning"] = "info"
    """What receivers sort by: `warning` while anything is wrong, `success` where all that is told is over."""


def due(alarms: Iterable[SiteAlarm], channel: str, *, now: datetime, repeat: timedelta) -> Due:
    """Return what a channel must be told of; `repeat`: how long after a message a lasting alarm is told again."""
    new, lasting, over = [], [], []
    for one in alarms:
        told = one.told.get(channel)
        if one.cleared_at is not None:
            if told is not None:
                over.append(one)
        elif told is None:
            new.append(one)
        elif now - told >= repeat:
            lasting.append(one)
    return Due(tuple(new), tuple(lasting), tuple(over))


def message(what: Due) -> Message:
    """Put it in words: the new ones first, each with what to do."""
    parts = {
        "new": [(one.site, f"{one.text}\n  → {one.advice}") for one in what.new],
        "lasting": [
            (one.site, f"since {one.since or one.raised_at:%Y-%m-%d}: {one.text}\n  → {one.advice}")
            for one in what.lasting
        ],
        "over": [(one.site, f"over: {one.text}") for one in what.over],
    }
    title = ", ".join(f"{len(alarms)} {word}" for word, alarms in parts.items() if alarms)
    told = [f"{site}: {_short(words)}" for alarms in parts.values() for site, words in alarms]
    lines: list[str] = []
    for line in told[:_MOST_LINES]:
        if sum(map(len, lines)) + len(line) > _LONGEST:
            break
        lines.append(line)
    if len(lines) < len(told):
        lines.append(f"… and {len(told) - len(lines)} more: newscrawl status")
    kind: Literal["success", "warning"] = "warning" if what.new or what.lasting else "success"
    return Message(f"newscrawl: {'alarm' if len(told) == 1 else 'alarms'}: {title}", "\n".join(lines), kind)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…"
