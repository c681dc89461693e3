"""The present, as everything that is kept tells it."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """Return the time as MongoDB keeps it: UTC, milliseconds."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
