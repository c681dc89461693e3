"""Spellings of dates in the sample city's texts and on its pages, each with the days that it means."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

MOSCOW = timezone(timedelta(hours=3))
"""UTC+3, Moscow's offset since 2014: all of the sample's dates are later."""

MONTHS = ("январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь").split()
MONTHS_OF = ("января февраля марта апреля мая июня июля августа сентября октября ноября декабря").split()
MONTHS_IN = ("январе феврале марте апреле мае июне июле августе сентябре октябре ноябре декабре").split()
WEEKDAYS = ("понедельник вторник среда четверг пятница суббота воскресенье").split()
WEEKDAYS_ON = ("понедельник вторник среду четверг пятницу субботу воскресенье").split()


@dataclass(frozen=True)
class DatePhrase:
    """A date in a text: the words, and the first and last day that they mean."""

    text: str
    first: date
    last: date


def one_day(day: date, form: str, published: date) -> DatePhrase:
    """Write one day, or the month or year around it. `form` is a key of the table below."""
    month_of, month_in = MONTHS_OF[day.month - 1], MONTHS_IN[day.month - 1]
    texts = {
        "dm": f"{day.day} {month_of}",
        "dmy": f"{day.day} {month_of} {day.year} года",
        "dmyg": f"{day.day} {month_of} {day.year} г.",
        "num": f"{day:%d.%m.%Y}",
        "wdm": f"{WEEKDAYS_ON[day.weekday()]}, {day.day} {month_of}",
        "month": month_in,
        "monthy": f"{month_in} {day.year} года",
        "monthof": f"{month_of} {day.year} года",
        "monthacc": MONTHS[day.month - 1],
        "yearacc": f"{day.year} год",
        "year": f"{day.year} году",
        "yearof": f"{day.year} года",
    }
    text = texts[form]
    if form == "month" and day.year != published.year:
        text = texts["monthy"]
    if form in {"dm", "wdm"} and day.year != published.year and abs((day - published).days) > 45:
        text += f" {day.year} года"
    if form.startswith("month"):
        following = date(day.year + day.month // 12, day.month % 12 + 1, 1)
        return DatePhrase(text, day.replace(day=1), following - timedelta(days=1))
    if form.startswith("year"):
        return DatePhrase(text, date(day.year, 1, 1), date(day.year, 12, 31))
    return DatePhrase(text, day, day)


def several_days(first: date, last: date, form: str) -> DatePhrase:
    """Write a stretch of days: `from` «с 10 по 15 декабря», `dash` «10–15 декабря», `num` «с 10.12 по 15.12.2025»."""
    start, end = MONTHS_OF[first.month - 1], MONTHS_OF[last.month - 1]
    same = start == end
    since = "со" if first.day == 2 else "с"
    year = "" if first.year == last.year else f" {last.year} года"
    if form == "num":
        text = f"с {first:%d.%m.%Y} по {last:%d.%m.%Y}"
    elif form == "dash" and same:
        text = f"{first.day}–{last.day} {end}"
    elif form == "to":
        text = f"до {last.day} {end}{year}"
    else:
        text = f"{since} {first.day}{'' if same else f' {start}'} по {last.day} {end}{year}"
    return DatePhrase(text, first, last)


def _day(moment: datetime, month: str = "") -> str:
    return f"{moment.day} {month or MONTHS_OF[moment.month - 1]} {moment.year}"


def publication_spellings(moment: datetime) -> tuple[tuple[str, str], ...]:
    """Every spelling of a publication date that the city's pages use, with its precision (`minute` or `day`)."""
    clock = f"{moment:%H:%M}"
    short = {5: "мая", 6: "июня", 7: "июля"}.get(moment.month, MONTHS_OF[moment.month - 1][:3])
    return (
        (f"{_day(moment)} г.", "day"),
        (f"{moment:%d.%m.%Y} {clock}", "minute"),
        (f"{_day(moment, MONTHS_OF[moment.month - 1].capitalize())} года в {clock}", "minute"),
        (f"Опубликовано: {moment:%d.%m.%Y}", "day"),
        (f"{_day(moment)}, {clock}", "minute"),
        (f"{clock}, {_day(moment)} г.", "minute"),
        (f"{WEEKDAYS[moment.weekday()]}, {_day(moment)} г.", "day"),
        (f"Дата публикации: {_day(moment)} года", "day"),
        (f"{_day(moment, short)}, {clock}", "minute"),
        (f"{moment:%d.%m.%Y}", "day"),
    )
