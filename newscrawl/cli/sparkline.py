"""Small pictures in text: sparklines, bars, how long ago."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from rich.text import Text

_STEPS = "▁▂▃▄▅▆▇█"
_NONE = "·"


def sparkline(numbers: Sequence[int], style: str = "cyan") -> Text:
    """Return a character a number, scaled to the largest; a dim dot for none."""
    most = max(numbers, default=0)
    line = Text()
    for number in numbers:
        if number <= 0:
            line.append(_NONE, "dim")
        else:
            line.append(_STEPS[max(0, -(-number * len(_STEPS) // most) - 1)], style)
    return line


def bar(share: float, width: int, style: str) -> Text:
    """Return a bar that is full for a share of 1."""
    full = round(max(0.0, min(1.0, share)) * width)
    return Text("█" * full, style) + Text("░" * (width - full), "dim")


def ago(moment: datetime | None, at: datetime) -> str:
    """Return how long before `at` a moment was, or `in …` where it is to come (`now` within a minute); '-' for none."""
    if moment is None:
        return "-"
    seconds = (at - moment).total_seconds()
    if seconds < 0:
        return f"in {span(-seconds)}" if seconds < -60 else "now"
    return "just now" if seconds < 60 else f"{span(seconds)} ago"


def span(seconds: float) -> str:
    """Return a length of time in words: `6 min`, `7 h`, `3 d`."""
    for size, unit in ((86400, "d"), (3600, "h")):
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return f"{int(seconds // 60)} min"
