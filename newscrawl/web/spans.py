"""Lengths of time for readers: how long ago something was, how long it took."""

from __future__ import annotations

from datetime import datetime

from newscrawl.web.language import Language

_UNITS = ((86_400, "days"), (3_600, "hours"), (60, "minutes"))


def told_ago(language: Language, moment: datetime, at: datetime) -> str:
    """Return how long before `at` a moment was, or in what time it comes: «5 мин назад», «через 2 ч»."""
    seconds = (at - moment).total_seconds()
    unit = next(((size, name) for size, name in _UNITS if abs(seconds) >= size), None)
    if unit is None:
        return language("health.now" if seconds >= 0 else "health.due")
    size, name = unit
    return language.many(f"health.{'ago' if seconds > 0 else 'in'}.{name}", int(abs(seconds) // size))


def told_span(language: Language, seconds: float) -> str:
    """Return how long something took, to two units: «4 мин 12 с», «2 ч 5 мин»."""
    whole = max(0, round(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    parts = [(hours, "hours"), (minutes, "minutes"), (left, "seconds")]
    first = next((place for place, (number, _) in enumerate(parts) if number), 2)
    shown = [part for part in parts[first : first + 2] if part[0] or part is parts[first]]
    return " ".join(language.many(f"took.{name}", number) for number, name in shown)
