"""Which function computes which shape. The names are those of `grammar.py`; a test holds the two together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from . import rules_calendar, rules_carried, rules_clock, rules_day, rules_period, rules_relative
from .context import Context
from .span import Value

Rule = Callable[[str, Sequence[Any], Context], Value | None]

RULES: dict[str, Rule] = {
    "range_dates": rules_day.range_dates,
    "range_days": rules_day.range_dates,
    "range_numeric": rules_day.range_dates,
    "range_day_months": rules_day.range_dates,
    "range_night": rules_day.range_night,
    "range_parts": rules_day.range_dates,
    "range_words": rules_day.range_words,
    "relative_date": rules_day.relative_date,
    "date": rules_day.date_,
    "date_short": rules_day.date_,
    "year_first": rules_day.date_,
    "day_impossible": rules_day.date_,
    "date_dotted": rules_day.date_,
    "date_parts": rules_day.date_,
    "month_day": rules_day.date_,
    "date_separated": rules_day.date_separated,
    "nth_weekday": rules_calendar.nth_weekday,
    "ten_days": rules_calendar.ten_days,
    "named_day": rules_calendar.named_day,
    "named_day_bare": rules_calendar.named_day,
    "same_day": rules_carried.same_day,
    "next_day": rules_carried.next_day,
    "carried_day": rules_carried.carried_day,
    "day_number": rules_calendar.day_number,
    "weekend_told": rules_calendar.weekend_told,
    "weekday_of_week": rules_day.weekday_of_week,
    "weekday_told": rules_day.weekday_told,
    "weekday_bare": rules_day.weekday_bare,
    "day_word": rules_day.day_word,
    "instant": rules_clock.instant,
    "unix": rules_clock.unix,
    "now": rules_clock.now,
    "range_months": rules_period.range_months,
    "range_quarters": rules_period.range_quarters,
    "range_centuries": rules_period.range_centuries,
    "range_years": rules_period.range_years,
    "academic_year": rules_period.academic_year,
    "years_pair": rules_period.range_years,
    "months_of_year": rules_period.months_of_year,
    "month": rules_period.month,
    "month_short": rules_period.month,
    "month_bare": rules_period.month,
    "month_after_year": rules_period.month,
    "month_numeric": rules_period.month_numeric,
    "quarter": rules_period.quarter,
    "quarter_told": rules_period.quarter_told,
    "half": rules_period.half,
    "half_told": rules_period.half,
    "season_year": rules_period.season_year,
    "season_bare": rules_period.season_bare,
    "season_told": rules_period.season_told,
    "year": rules_period.year,
    "year_after_in": rules_period.year,
    "year_in_brackets": rules_period.year,
    "year_word_first": rules_period.year,
    "year_bare": rules_period.year_bare,
    "decade": rules_period.decade,
    "decade_bare": rules_period.decade,
    "decade_century": rules_period.decade_century,
    "range_decades": rules_period.range_decades,
    "century_told": rules_period.century_told,
    "same_month": rules_carried.same_month,
    "same_year": rules_carried.same_year,
    "century": rules_period.century,
    "week_told": rules_relative.week_told,
    "month_told": rules_relative.month_told,
    "ago": rules_relative.ago,
    "soon": rules_relative.soon,
}
# Several dates in one place: `find` tells each of them, `parse` will not choose.
ENUMERATIONS = frozenset(
    {"enum_days", "enum_moved", "enum_numeric", "enum_months", "enum_quarters", "enum_weekdays", "enum_years"}
)
# Days that a later «в тот же день» may mean; a document's own date («от 06.10.2003 № 131-ФЗ») is none.
TELLING = frozenset({"date", "relative_date", "enum_days", "enum_numeric", "same_day", "next_day", "carried_day"})
# Periods that are over when they are summed up: за первое полугодие, итоги первого квартала.
SUMMED = frozenset({"quarter", "half"})
# Mentions that carry on from a day told before.
CARRYING = frozenset({"same_day", "next_day", "same_month", "same_year", "carried_day"})
