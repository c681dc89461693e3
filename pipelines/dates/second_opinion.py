"""dateparser, for the languages that our own rules do not read; its answers carry the rule name `dateparser`.

It is asked seldom (it costs a millisecond) and believed less: only whole dates of one day, one month word that we do
not know and
one year of four digits, and only if its answer has that very day and year. Imported when first needed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from . import span
from .context import Context
from .span import DateSpan, ends

# Languages of sites in Russia's cities and around them that CLDR has months for.
LANGUAGES = ["uk", "be", "kk", "bg", "ka", "az", "uz-Latn", "de", "fr", "en"]
_MAX_LENGTH = 60
# One day, an unknown word or several (1-го студзеня 2018 года), one year, perhaps a time.
_ASKABLE = re.compile(r"_?,?[dq]!?_{1,2}!?,?y_?g?!?,?(?:v?T)?|_,?d,y(?:v?T)?")


def ask(text: str, sig: str, vals: Sequence[Any], ctx: Context) -> DateSpan | None:
    """dateparser's reading if it keeps to the day and the year that stand in the text, else null."""
    if len(text) > _MAX_LENGTH or not _ASKABLE.fullmatch(sig):
        return None
    try:
        found = _parser(ctx.zone.key, ctx.now.replace(tzinfo=None)).get_date_data(text)
    except (ValueError, OverflowError, TypeError, AttributeError, LookupError, RecursionError):
        return None
    when = found.date_obj
    number = next(v for c, v in zip(sig, vals, strict=True) if c in "dq")
    year = next(v for c, v in zip(sig, vals, strict=True) if c == "y")
    if when is None or (when.year, when.day) != (year, number):
        return None
    value = span.day(when.date())
    if found.period == "time":
        value = span.instant(datetime.combine(when.date(), when.time(), ctx.zone))
    return DateSpan(text, value.edtf, *ends(value), value.precision, "dateparser")


@lru_cache(maxsize=16)
def _parser(timezone: str, base: datetime) -> Any:
    from dateparser.date import DateDataParser

    return DateDataParser(
        languages=LANGUAGES,
        settings={
            "DATE_ORDER": "DMY",
            "RELATIVE_BASE": base,
            "TIMEZONE": timezone,
            "STRICT_PARSING": True,
            "REQUIRE_PARTS": ["day", "month", "year"],
            "RETURN_TIME_AS_PERIOD": True,
            "PARSERS": ["absolute-time"],
        },
    )
