"""The two things that a caller may get wrong: the base and the name of the time zone."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from newscrawl.errors import ConfigError


class NaiveBaseError(ConfigError, ValueError):
    """`base` is no date-time with a UTC offset, so nobody can say which day it is in."""


class UnknownTimezoneError(ConfigError, ValueError):
    """`timezone` is not an IANA name that this system knows."""


@lru_cache(maxsize=256)
def zone_of(name: str) -> ZoneInfo:
    """The zone of an IANA name such as `Asia/Kamchatka`; raises UnknownTimezoneError."""
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, LookupError, TypeError) as error:
        # ZoneInfoNotFoundError is a LookupError; a folder's name raises OSError, "../x" ValueError.
        raise UnknownTimezoneError(
            f"the time zone {name!r} is not known",
            advice="Use an IANA name such as Europe/Moscow or Asia/Yekaterinburg.",
        ) from error


def check_base(base: object) -> None:
    """Refuse what is no aware datetime with NaiveBaseError."""
    if not isinstance(base, datetime) or base.tzinfo is None or base.utcoffset() is None:
        raise NaiveBaseError(
            f"base must be an aware datetime, not {base!r}",
            advice="Give it a zone: datetime(2018, 12, 13, 12, tzinfo=ZoneInfo('Europe/Moscow')).",
        )
