"""Who takes part in the benchmark of dates: newscrawl and what one would install instead, with settings that suit.

Only `parse` and `find` are timed, each one call of the library; `span` and `mentions` put its answer into one form.
Contenders other than newscrawl are imported by name when they are made, so that one may be missing.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import lru_cache
from html import escape
from importlib import import_module
from importlib.metadata import version
from typing import Any
from zoneinfo import ZoneInfo

from date_cases import Mention, Span

from newscrawl import __version__
from pipelines import dates

REFUSALS = (ValueError, TypeError, AttributeError, LookupError, ArithmeticError, RecursionError)
"""What contenders raise at strings; counted, not hidden."""


class Contender:
    """A library with its settings. `parses`, `finds`: which of the two it has at all."""

    name = ""
    package = ""
    parses = False
    finds = False

    @property
    def version(self) -> str:
        """The installed version."""
        return version(self.package)

    def parse(self, text: str, base: datetime, timezone: str) -> Any:
        """What the library itself makes of a string that should be a date."""
        raise NotImplementedError

    def span(self, answer: Any, timezone: str) -> Span | None:
        """Such an answer as a span; null where it is none."""
        raise NotImplementedError

    def find(self, text: str, base: datetime, timezone: str) -> Any:
        """What the library itself finds in a text."""
        raise NotImplementedError

    def mentions(self, answer: Any, text: str, base: datetime, timezone: str) -> list[Mention]:
        """Such an answer as mentions."""
        raise NotImplementedError

    def forget(self) -> None:
        """Drop remembered answers, so that a round begins as the first did."""


class Newscrawl(Contender):
    """pipelines.dates, by its public functions."""

    name = "newscrawl"
    parses = finds = True

    @property
    def version(self) -> str:
        """The version of this checkout."""
        return __version__

    def parse(self, text: str, base: datetime, timezone: str) -> Any:
        """A DateSpan or null."""
        return dates.parse(text, base=base, timezone=timezone)

    def span(self, answer: Any, timezone: str) -> Span | None:
        """Its first and last day or its instant."""
        return Span(_moment(answer.first), _moment(answer.last)) if answer else None

    def find(self, text: str, base: datetime, timezone: str) -> Any:
        """DateMentions."""
        return dates.find(text, base=base, timezone=timezone)

    def mentions(self, answer: Any, text: str, base: datetime, timezone: str) -> list[Mention]:
        """The same with spans."""
        return [Mention(one.start, one.stop, Span(_moment(one.first), _moment(one.last))) for one in answer]


class Dateparser(Contender):
    """dateparser: day first, the past preferred, one parser kept for each base, as a crawl would keep it."""

    package = "dateparser"
    parses = True

    def __init__(self, *languages: str) -> None:
        self.name = f"dateparser {', '.join(languages)}"
        self.languages = list(languages)
        self._make = import_module("dateparser.date").DateDataParser
        self._parser = lru_cache(maxsize=64)(self._made)

    def _made(self, base: datetime, timezone: str, prefer: str = "past") -> Any:
        return self._make(languages=self.languages, settings=_dateparser_settings(base, timezone, prefer))

    def parse(self, text: str, base: datetime, timezone: str) -> Any:
        """A DateData with the period that the string names."""
        return self._parser(base, timezone).get_date_data(text)

    def span(self, answer: Any, timezone: str) -> Span | None:
        """Its day, instant, week, month or year."""
        return _spread(answer.date_obj, answer.period, timezone) if answer.date_obj else None


class SearchDates(Dateparser):
    """dateparser.search.search_dates; in a text the base's own year is the nearest that it has to nearest."""

    parses = False
    finds = True

    def __init__(self, *languages: str) -> None:
        super().__init__(*languages)
        self.name = f"search_dates {', '.join(languages)}"
        self._search = import_module("dateparser.search").search_dates

    def find(self, text: str, base: datetime, timezone: str) -> Any:
        """Pairs of a piece of the text and its moment, or null."""
        settings = _dateparser_settings(base, timezone, "current_period")
        return self._search(text, languages=self.languages, settings=settings)

    def mentions(self, answer: Any, text: str, base: datetime, timezone: str) -> list[Mention]:
        """With places, which search_dates does not tell; periods are asked of the piece itself."""
        found = []
        at = 0
        for piece, moment in answer or ():
            start = text.find(piece, at)
            if start < 0:
                continue
            at = start + len(piece)
            data = self._parser(base, timezone, "current_period").get_date_data(piece)
            same = data.date_obj and data.date_obj.date() == moment.date()
            found.append(Mention(start, at, _spread(moment, data.period if same else "day", timezone)))
        return found


class Qddate(Contender):
    """qddate: Russian and English patterns, then its relative phrases; a missing year is the clock's, always.

    All its languages together read two of the 255 strings of the fixtures more, and take some 40 % longer.
    """

    name = package = "qddate"
    parses = True

    def __init__(self) -> None:
        make = import_module("qddate").DateParser
        self._parser = make(languages=["ru", "en"], tz_aware=True, pivot_year=2026)

    def parse(self, text: str, base: datetime, timezone: str) -> Any:
        """A datetime and whether it is a relative one, or null."""
        found = self._parser.parse(text)
        if found is not None:
            return found, False
        found = self._parser.parse_relative(text, reference=_local(base, timezone))
        return found and (found, True)

    def span(self, answer: Any, timezone: str) -> Span | None:
        """A day if it is relative or has no time, else an instant."""
        if answer is None:
            return None
        moment, relative = answer
        whole = relative or (moment.hour, moment.minute, moment.second) == (0, 0, 0)
        return _spread(moment, "day" if whole else "time", timezone)


class Htmldate(Contender):
    """htmldate, which reads pages: the string stands in the smallest one that it takes a date from."""

    name = package = "htmldate"
    parses = True

    def __init__(self) -> None:
        self._find_date = import_module("htmldate").find_date
        self._reset: Callable[[], None] = import_module("htmldate.meta").reset_caches

    def parse(self, text: str, base: datetime, timezone: str) -> Any:
        """A day, `YYYY-MM-DD`, or null."""
        page = f'<html><body><p class="date">{escape(text)}</p></body></html>'
        return self._find_date(page, min_date="1700-01-01", max_date=_local(base, timezone))

    def span(self, answer: Any, timezone: str) -> Span | None:
        """That day."""
        return Span(date.fromisoformat(answer), date.fromisoformat(answer)) if answer else None

    def forget(self) -> None:
        """It remembers whole strings."""
        self._reset()


def _dateparser_settings(base: datetime, timezone: str, prefer: str) -> dict[str, Any]:
    return {
        "DATE_ORDER": "DMY",
        "PREFER_DATES_FROM": prefer,
        "RELATIVE_BASE": _local(base, timezone),
        "TIMEZONE": timezone,
        "RETURN_TIME_AS_PERIOD": True,
    }


def _spread(moment: datetime, period: str, timezone: str) -> Span:
    """From the first to the last day of the period that a moment stands for."""
    if period == "time":
        instant = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(timezone))
        return Span(instant, instant)
    day = moment.date()
    if period == "week":
        day -= timedelta(day.weekday())
        return Span(day, day + timedelta(6))
    if period == "month":
        return Span(day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1]))
    if period == "year":
        return Span(date(day.year, 1, 1), date(day.year, 12, 31))
    return Span(day, day)


def _local(base: datetime, timezone: str) -> datetime:
    return base.astimezone(ZoneInfo(timezone)).replace(tzinfo=None)


def _moment(text: str) -> date:
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


_MAKERS: list[tuple[str, Callable[[], Contender]]] = [
    ("newscrawl", Newscrawl),
    ("dateparser", lambda: Dateparser("ru")),
    ("dateparser", lambda: Dateparser("ru", "en")),
    ("dateparser", lambda: SearchDates("ru")),
    ("qddate", Qddate),
    ("htmldate", Htmldate),
]


def contenders() -> tuple[list[Contender], list[str]]:
    """All that are installed, newscrawl first, and the names of the packages that are not."""
    present: list[Contender] = []
    absent: list[str] = []
    for package, make in _MAKERS:
        try:
            present.append(make())
        except ModuleNotFoundError as error:
            if error.name != package:
                raise
            absent.append(package)
    return present, absent
