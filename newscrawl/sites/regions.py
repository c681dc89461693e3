"""Russia's subjects by ISO 3166-2: the time zone of most of their people, and cities that name one alone.

`regions.csv` was written from general knowledge: zones as the IANA database had them in 2026, cities of about a hundred
thousand people and more whose name no other city of that size has. Where a subject has several zones (Якутия,
Сахалин), it is its capital's.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

_TABLE = Path(__file__).with_name("regions.csv")


@cache
def _rows() -> list[dict[str, str]]:
    with _TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def timezone_of(region: str) -> str | None:
    """Return the IANA zone of a subject such as `RU-RYA`, or None for a code that is none."""
    return next((row["timezone"] for row in _rows() if row["region"] == region), None)


def region_of(city: str) -> str | None:
    """Return the subject that a city's name (in the nominative, ё or е) tells of by itself, or None."""
    folded = city.casefold().replace("ё", "е")
    for row in _rows():
        if folded in row["cities"].casefold().replace("ё", "е").split(";"):
            return row["region"]
    return None
