"""Cases with a known answer for the benchmark of dates, and how an answer is judged.

Two formats, a JSON object a line: that of fixtures/dates.jsonl, and for files from elsewhere

    {"text", "base", "expected": {"from", "to"} | null, "alt": [{"from", "to"}]}              a string to parse
    {"text", "base", "mentions": [{"start", "stop", "from", "to", "alt", "split_ok"}],
     "optional": [{"start", "stop", "from", "to"}]}                                         a text to find dates in

`from` and `to` are days, both inclusive, or one instant with its offset; `alt` are answers as good; `split_ok` is a
range that may also be told as its two ends; what is `optional` counts neither way. Offsets are code points.
"""

from __future__ import annotations

import json
import re
from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

MOSCOW = "Europe/Moscow"
_SUB_YEAR = {21: (3, 5), 22: (6, 8), 23: (9, 11), 24: (12, 2), 33: (1, 3), 34: (4, 6), 35: (7, 9), 36: (10, 12)}
_SUB_YEAR |= {40: (1, 6), 41: (7, 12)}
"""First and last month of EDTF's seasons (21-24), quarters (33-36) and half-years (40, 41)."""


class Span(NamedTuple):
    """What a date means: first and last day, inclusive, or the same aware instant twice."""

    first: date
    last: date

    def days(self, timezone: str) -> tuple[date, date]:
        """First and last day, as `timezone` has them."""
        return _day(self.first, timezone), _day(self.last, timezone)


class Mention(NamedTuple):
    """A date in a text; `start` and `stop` are code points."""

    start: int
    stop: int
    span: Span | None

    def overlaps(self, other: Wanted | Mention) -> bool:
        """Whether the two have a character in common."""
        return min(self.stop, other.stop) > max(self.start, other.start)


class Wanted(NamedTuple):
    """A mention that is to be found; any of `spans` is right."""

    start: int
    stop: int
    spans: tuple[Span, ...]
    split: bool = False


@dataclass(frozen=True)
class Case:
    """One string or text. `spans` is for parse (empty: not a date), `wanted` and `optional` are for find."""

    text: str
    base: datetime
    timezone: str = MOSCOW
    spans: tuple[Span, ...] = ()
    wanted: tuple[Wanted, ...] = ()
    optional: tuple[Mention, ...] = ()


@dataclass
class CaseSet:
    """The cases of one file."""

    name: str
    parse: list[Case] = field(default_factory=list)
    find: list[Case] = field(default_factory=list)


class Score(NamedTuple):
    """Mentions of one or many texts: `right` of `told` were to be told, of `wanted`."""

    right: int
    told: int
    wanted: int

    @property
    def precision(self) -> float:
        """Share of the told that is right."""
        return self.right / self.told if self.told else 0.0

    @property
    def recall(self) -> float:
        """Share of the wanted that was told."""
        return self.right / self.wanted if self.wanted else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return 2 * self.right / (self.told + self.wanted) if self.told + self.wanted else 0.0


def read_cases(path: Path) -> CaseSet:
    """The cases of a file in either format; a line of neither raises KeyError."""
    cases = CaseSet(path.name)
    for line in path.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        kind = cases.find if "mentions" in record else cases.parse
        kind.append(_case(record))
    return cases


def _case(record: dict[str, Any]) -> Case:
    text, base = record["text"], datetime.fromisoformat(record["base"])
    timezone = record.get("timezone", MOSCOW)
    if "mentions" not in record:
        if "expected" not in record:
            value = record["value"]
            return Case(text, base, timezone, () if value is None else (span_of(value),))
        return Case(text, base, timezone, () if record["expected"] is None else _answers(record["expected"], record))
    if any(isinstance(mention, list) for mention in record["mentions"]):
        return Case(text, base, timezone, wanted=tuple(_placed(text, record["mentions"])))
    wanted = [Wanted(m["start"], m["stop"], _answers(m, m), m.get("split_ok", False)) for m in record["mentions"]]
    optional = [Mention(m["start"], m["stop"], _bounds(m) if "from" in m else None) for m in record.get("optional", ())]
    return Case(text, base, timezone, wanted=tuple(wanted), optional=tuple(optional))


def _placed(text: str, mentions: Sequence[tuple[str, str]]) -> Iterator[Wanted]:
    """The fixture's mentions, each with its place: they stand in order."""
    at = 0
    for told, value in mentions:
        start = text.index(told, at)
        at = start + len(told)
        yield Wanted(start, at, (span_of(value),))


def _answers(preferred: dict[str, Any], record: dict[str, Any]) -> tuple[Span, ...]:
    return tuple(_bounds(answer) for answer in (preferred, *record.get("alt", ())))


def _bounds(answer: dict[str, str]) -> Span:
    return Span(_moment(answer["from"]), _moment(answer["to"]))


def _moment(text: str) -> date:
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


def span_of(edtf: str) -> Span:
    """The first and last day of an EDTF value, or its instant. ValueError for what the fixtures do not use."""
    if "/" in edtf:
        first, last = edtf.split("/")
        return Span(span_of(first).first, span_of(last).last)
    if "T" in edtf or re.fullmatch(r"\d{4}-\d\d-\d\d", edtf):
        return Span(_moment(edtf), _moment(edtf))
    match = re.fullmatch(r"(\d{3}[\dX])(?:-(\d\d))?", edtf)
    if match is None:
        raise ValueError(edtf)
    if edtf.endswith("X"):
        year = int(edtf[:3]) * 10
        return Span(date(year, 1, 1), date(year + 9, 12, 31))
    year, part = int(match[1]), int(match[2] or 0)
    first_month, last_month = _SUB_YEAR.get(part, (part, part) if part else (1, 12))
    last_year = year + (last_month < first_month)
    return Span(date(year, first_month, 1), date(last_year, last_month, monthrange(last_year, last_month)[1]))


def value_right(case: Case, answer: Span | None) -> bool:
    """Whether a string's answer is right: first and last day, or the instant to the minute; none for no date."""
    if answer is None or not case.spans:
        return answer is None and not case.spans
    return any(_same(answer, right) for right in case.spans)


def day_right(case: Case, answer: Span | None) -> bool | None:
    """Whether the day is right, for a string that means one day or instant; null for any other string."""
    if not case.spans or case.spans[0].first != case.spans[0].last:
        return None
    return answer is not None and any(answer.days(case.timezone) == right.days(case.timezone) for right in case.spans)


def _same(answer: Span, right: Span) -> bool:
    if isinstance(right.first, datetime):
        return all(isinstance(moment, datetime) and _minute(moment) == _minute(right.first) for moment in answer)
    return not isinstance(answer.first, datetime) and answer == right


def _minute(moment: datetime) -> int:
    return int(moment.timestamp() // 60)


def _day(moment: date, timezone: str) -> date:
    return moment.astimezone(ZoneInfo(timezone)).date() if isinstance(moment, datetime) else moment


def mentions_right(case: Case, found: Sequence[Mention]) -> Score:
    """How many of a text's mentions were found: an overlapping span with the right days, one for one.

    The same said again of the same place counts neither way; so does what is optional.
    """
    taken: set[int] = set()
    told = 0
    spare: list[Mention] = []
    for mention in found:
        hits = [i for i, one in enumerate(case.wanted) if mention.overlaps(one) and _days_right(case, mention, one)]
        fresh = [i for i in hits if i not in taken]
        if fresh:
            taken.add(fresh[0])
            told += 1
        elif not hits:
            spare.append(mention)
    for i, one in enumerate(case.wanted):
        ends = _ends(case, one, spare) if one.split and i not in taken else None
        if ends:
            taken.add(i)
            told += 1
            spare = [mention for mention in spare if mention not in ends]
    told += sum(not _ignored(case, mention) for mention in spare)
    return Score(len(taken), told, len(case.wanted))


def _days_right(case: Case, mention: Mention, wanted: Wanted) -> bool:
    if mention.span is None:
        return False
    days = mention.span.days(case.timezone)
    return any(days == right.days(case.timezone) for right in wanted.spans)


def _ends(case: Case, wanted: Wanted, spare: Sequence[Mention]) -> tuple[Mention, Mention] | None:
    """The two mentions that tell a range by its ends, if there are such."""
    first, last = wanted.spans[0].days(case.timezone)
    told = [(one, one.span.days(case.timezone)) for one in spare if one.span and one.overlaps(wanted)]
    for one, (begin, end) in told:
        for other, (later, finish) in told:
            if begin == first and finish == last and end < later:
                return one, other
    return None


def _ignored(case: Case, mention: Mention) -> bool:
    days = mention.span.days(case.timezone) if mention.span else None
    return any(
        mention.overlaps(one) and (one.span is None or one.span.days(case.timezone) == days) for one in case.optional
    )
