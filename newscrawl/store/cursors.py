"""Where a reader stopped, as a short text that goes into an address: it is read back strictly, whoever changed it."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

from newscrawl.errors import QuestionError

_MOST = 4_000


def write_cursor(*place: str | int | None) -> str:
    """Return a place in an order as text: letters, digits, `-` and `_`."""
    told = json.dumps(place, ensure_ascii=False, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(told).decode().rstrip("=")


def read_cursor(text: str, *kinds: type | tuple[type, ...]) -> list[Any]:
    """Return the place that a cursor tells, its parts of these types. Raises QuestionError for any other text."""
    try:
        if len(text) > _MOST:
            raise ValueError
        told = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        place = json.loads(told)
        if not isinstance(place, list) or len(place) != len(kinds):
            raise ValueError
        if not all(isinstance(one, kind) and not isinstance(one, bool) for one, kind in zip(place, kinds, strict=True)):
            raise ValueError
    except (ValueError, RecursionError):
        raise unknown() from None
    return place


def read_moment(text: str) -> datetime:
    """Return the moment that a part of a cursor tells. Raises QuestionError for any other text."""
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise ValueError
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise unknown() from None


def unknown() -> QuestionError:
    """Return what is raised for a text that is no cursor."""
    return QuestionError("the cursor is none that newscrawl gave", advice="Ask again from the start.")
