"""Russian dates.

`parse` reads a string that is a date, `read` says why when it is none, `find` lists the dates of a running text. The
rules
(fixtures/dates.jsonl is their specification): day first; an impossible day is no date; a missing year is the nearest
past in
`parse` and the nearest in `find`; nothing depends on the clock, the locale or the process's time zone.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .finding import find
    from .parsing import base_in_year, parse, read
    from .span import DateSpan, Reading
    from .zones import NaiveBaseError, UnknownTimezoneError

__all__ = ["DateSpan", "NaiveBaseError", "Reading", "UnknownTimezoneError", "base_in_year", "find", "parse", "read"]

_MODULES = {
    "finding": ["find"],
    "parsing": ["base_in_year", "parse", "read"],
    "span": ["DateSpan", "Reading"],
    "zones": ["NaiveBaseError", "UnknownTimezoneError"],
}


def __getattr__(name: str) -> Any:
    """Load what is asked for when it is: site files name days, and who reads those may meet no date."""
    for module, names in _MODULES.items():
        if name in names:
            found = globals()[name] = getattr(import_module(f"{__name__}.{module}"), name)
            return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
