"""Russian dates.

`parse` reads a string that is a date, `read` says why when it is none, `find` lists the dates of a running text. The
rules
(fixtures/dates.jsonl is their specification): day first; an impossible day is no date; a missing year is the nearest
past in
`parse` and the nearest in `find`; nothing depends on the clock, the locale or the process's time zone.
"""

from .finding import find
from .parsing import base_in_year, parse, read
from .span import DateSpan, Reading
from .zones import NaiveBaseError, UnknownTimezoneError

__all__ = ["DateSpan", "NaiveBaseError", "Reading", "UnknownTimezoneError", "base_in_year", "find", "parse", "read"]
