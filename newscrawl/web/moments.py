"""Times for readers: as finely as they are known, in the zone of the city that tells them, in the page's language."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_date

from newscrawl.items import ArticlePrecision
from newscrawl.web.language import Language
from newscrawl.web.zones import OTHERWISE


def told_moment(language: Language, at: datetime, precision: ArticlePrecision | None, zone: str = OTHERWISE) -> str:
    """Return a moment as it is meant: «12 декабря 2018, 14:30», «декабрь 2018», «2018»."""
    local = at.astimezone(ZoneInfo(zone))
    if precision == "year":
        return f"{local.year}"
    if precision == "month":
        return told_month(language, local.date())
    told = told_day(language, local.date())
    return f"{told}, {local:%H:%M}" if precision == "minute" else told


def told_day(language: Language, day: date) -> str:
    """Return a day: «12 декабря 2018»."""
    return str(format_date(day, "d MMMM y", locale=language.code))


def told_day_of_year(language: Language, day: date) -> str:
    """Return a day without its year: «12 декабря»."""
    return str(format_date(day, "d MMMM", locale=language.code))


def told_weekday(language: Language, day: date) -> str:
    """Return the name of a day of the week: «среда»."""
    return str(format_date(day, "EEEE", locale=language.code))


@lru_cache(maxsize=2000)
def told_month(language: Language, day: date) -> str:
    """Return a month: «декабрь 2018»."""
    return str(format_date(day, "LLLL y", locale=language.code))


def machine_moment(at: datetime, precision: ArticlePrecision | None, zone: str = OTHERWISE) -> str:
    """Return a moment for the `datetime` attribute of `<time>`, as finely as it is meant."""
    local = at.astimezone(ZoneInfo(zone))
    forms = {"year": "%Y", "month": "%Y-%m", "minute": "%Y-%m-%dT%H:%M%z"}
    return local.strftime(forms.get(precision or "day", "%Y-%m-%d"))
