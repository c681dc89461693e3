"""What somebody asked of the search, as the address says it: read, checked, and written into other addresses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from newscrawl.store.finding import MOST_TEXT, ArticleFilter
from newscrawl.web.addresses import with_query
from pipelines.words import MOST_ASKED, Question

MOST_LETTERS = 500
"""Of a city, a site, an id or a cursor: longer ones are none."""
_FIRST_YEAR, _LAST_YEAR = 1000, 9000


@dataclass(frozen=True)
class Asked:
    """A search: its words, its filters, and where in its results one is."""

    text: str = ""
    city: str = ""
    site: str = ""
    since: str = ""
    """As typed."""
    until: str = ""
    """As typed; this day is wanted too."""
    entity: str = ""
    copies: bool = False
    cursor: str = ""
    first_day: date | None = None
    last_day: date | None = None
    question: Question | None = None
    problems: tuple[str, ...] = field(default=())
    """Keys of what is wrong with it, in `newscrawl.web.texts.search`."""

    @classmethod
    def of(cls, given: Mapping[str, str]) -> Asked:
        """Read a query string; what is wrong with it stands in `problems`, nothing is raised."""
        words = {name: given.get(name, "").strip() for name in ("text", "city", "site", "since", "until", "entity")}
        problems: list[str] = []
        if len(words["text"]) > MOST_TEXT:
            problems.append("search.wrong.long")
        if any(len(words[name]) > MOST_LETTERS for name in ("city", "site", "entity")):
            problems.append("search.wrong.filter")
        first, last = _day(words["since"], problems), _day(words["until"], problems)
        if first is not None and last is not None and first > last:
            problems.append("search.wrong.order")
        return cls(
            **words,
            copies=given.get("copies", "") not in {"", "0"},
            cursor=given.get("cursor", ""),
            first_day=first,
            last_day=last,
            question=_question(words["text"], problems),
            problems=tuple(dict.fromkeys(problems)),
        )

    @property
    def is_empty(self) -> bool:
        """Whether nothing was asked for: the start page."""
        return not any((self.text, self.city, self.site, self.since, self.until, self.entity, self.copies, self.cursor))

    def filter(self, zone: str) -> ArticleFilter:
        """Return it as the store knows it; days are meant in `zone`."""
        return ArticleFilter(
            site=self.site or None,
            city=self.city or None,
            since=_midnight(self.first_day, zone),
            until=_midnight(self.last_day + timedelta(days=1), zone) if self.last_day is not None else None,
            entity=self.entity or None,
            text=self.text or None,
            with_copies=self.copies,
        )

    def address(self, **changed: str) -> str:
        """Return the address of this search, some of it otherwise; from its beginning unless `cursor` is given."""
        values = {name: str(getattr(self, name)) for name in ("text", "city", "site", "since", "until", "entity")}
        values |= {"copies": "1" if self.copies else ""} | changed
        return with_query("/", values)

    def within(self, month: str) -> str:
        """Return the address of this search within a month, `YYYY-MM`, or a year, `YYYY`."""
        first, last = days_within(month)
        return self.address(since=first.isoformat(), until=last.isoformat())

    def in_city(self, city: str) -> Asked:
        """Return it with the city as the store writes it."""
        return replace(self, city=city)


def days_within(name: str) -> tuple[date, date]:
    """Return the first and the last day of a month, `YYYY-MM`, or a year, `YYYY`."""
    year, _, month = name.partition("-")
    if not month:
        return date(int(year), 1, 1), date(int(year), 12, 31)
    first = date(int(year), int(month), 1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def read_day(text: str) -> date | None:
    """Return the day of «2018-12-12» or «12.12.2018», None for anything else and for years that no news is of."""
    for form in ("%Y-%m-%d", "%d.%m.%Y"):
        try:
            day = datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
        return day if _FIRST_YEAR <= day.year <= _LAST_YEAR else None
    return None


def _day(text: str, problems: list[str]) -> date | None:
    if not text:
        return None
    day = read_day(text)
    if day is None:
        problems.append("search.wrong.day")
    return day


def _midnight(day: date | None, zone: str) -> datetime | None:
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC) if day is not None else None


def _question(text: str, problems: list[str]) -> Question | None:
    if not text or len(text) > MOST_TEXT:
        return None
    try:
        return Question.of(text)
    except ValueError:
        problems.append("search.wrong.many" if len(text.split()) > MOST_ASKED else "search.wrong.words")
        return None
