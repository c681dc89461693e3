"""newscrawl's dates beside what one would install instead: speed and accuracy, the same strings in the same run.

    python benchmarks/dates.py [--cases FILE ...] [--rounds 5] [--articles 20]

Contenders that need installing: pip install -e '.[bench]'; those that are missing are named and left out.
docs/benchmarks.md says how to read the figures.
"""

from __future__ import annotations

import argparse
import platform
import re
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from statistics import median
from typing import NamedTuple

from date_cases import MOSCOW, Case, Score, Span, day_right, mentions_right, read_cases, value_right
from date_contenders import REFUSALS, Contender, contenders
from rich.console import Console
from rich.table import Table

from newscrawl.demo import SampleCity
from pipelines.dates import find

FIXTURES = Path(__file__).parent.parent / "fixtures" / "dates.jsonl"
KB = 1000
SMALL, LARGE = 250 * KB, 1000 * KB
"""Sizes of the growth table, in characters."""

out = Console(width=max(118, Console().width), highlight=False)


class Article(NamedTuple):
    """A text to find dates in; `size` is in bytes of UTF-8."""

    text: str
    base: datetime
    size: int


class Accuracy(NamedTuple):
    """How one contender read a set of strings."""

    right: int
    of: int
    days_right: int
    days: int
    dated: int
    non_dates: int
    raised: int


def _ask(call: Callable[..., object], *arguments: object) -> object:
    """A contender's answer, or the exception that it raised instead."""
    try:
        return call(*arguments)
    except REFUSALS as error:
        return error


def parse_accuracy(contender: Contender, cases: Sequence[Case]) -> Accuracy:
    """Ask for every string once and judge the answers. Exceptions count as no answer, and are counted."""
    right = days_right = days = dated = raised = 0
    for case in cases:
        answer = _ask(contender.parse, case.text, case.base, case.timezone)
        raised += isinstance(answer, Exception)
        span: Span | None = None if isinstance(answer, Exception) else contender.span(answer, case.timezone)
        right += value_right(case, span)
        day = day_right(case, span)
        days += day is not None
        days_right += bool(day)
        dated += not case.spans and span is not None
    return Accuracy(right, len(cases), days_right, days, dated, sum(not case.spans for case in cases), raised)


def find_accuracy(contender: Contender, cases: Sequence[Case]) -> tuple[Score, int]:
    """The score over all texts, and how many texts without a date were given one."""
    scores = []
    for case in cases:
        answer = _ask(contender.find, case.text, case.base, case.timezone)
        found = [] if isinstance(answer, Exception) else contender.mentions(answer, case.text, case.base, case.timezone)
        scores.append(mentions_right(case, found))
    total = Score(*(sum(column) for column in zip(*scores, strict=True)))
    return total, sum(score.told > 0 for case, score in zip(cases, scores, strict=True) if not case.wanted)


def varied(text: str, number: int) -> str:
    """The string with other numbers, so that a round does not repeat the dates of another; only for timing.

    Numbers stay in their kind (1..12, 13..23), so that a day stays a day; years grow older by a year a round.
    """

    def other(match: re.Match[str]) -> str:
        value = int(match[0])
        if len(match[0]) == 4:
            return str(value - number) if 1900 + number <= value <= 2099 else match[0]
        first, size = (1, 12) if 1 <= value <= 12 else (13, 11)
        if not first <= value < first + size:
            return match[0]
        return str((value - first + number) % size + first).zfill(len(match[0]))

    return re.sub(r"(?<!\d)(?:\d{4}|\d{1,2})(?!\d)", other, text)


def _timed(calls: Sequence[tuple[str, datetime, str]], call: Callable[..., object]) -> float:
    """CPU seconds of this process for all calls."""
    began = time.process_time()
    for text, base, timezone in calls:
        _ask(call, text, base, timezone)
    return time.process_time() - began


def _in_turn(present: Sequence[Contender], number: int) -> list[Contender]:
    """Who begins changes from round to round."""
    turn = number % len(present)
    return [*present[turn:], *present[:turn]]


def parse_times(present: Sequence[Contender], cases: Sequence[Case], rounds: int) -> dict[str, list[float]]:
    """µs a string, by contender and round. An untimed round goes first: imports, compiled patterns, filled tables."""
    times: dict[str, list[float]] = {one.name: [] for one in present if one.parses}
    for number in range(rounds + 1):
        calls = [(varied(case.text, number), case.base, case.timezone) for case in cases]
        for contender in _in_turn([one for one in present if one.parses], number):
            contender.forget()
            seconds = _timed(calls, contender.parse)
            if number:
                times[contender.name].append(seconds / len(calls) * 1e6)
    return times


def find_times(present: Sequence[Contender], articles: Sequence[Article], rounds: int) -> dict[str, list[float]]:
    """µs a kilobyte of article, by contender and round; every round has articles of its own."""
    times: dict[str, list[float]] = {one.name: [] for one in present if one.finds}
    size = len(articles) // (rounds + 1)
    for number in range(rounds + 1):
        chosen = articles[number * size : (number + 1) * size]
        calls = [(one.text, one.base, MOSCOW) for one in chosen]
        kilobytes = sum(one.size for one in chosen) / KB
        for contender in _in_turn([one for one in present if one.finds], number):
            contender.forget()
            seconds = _timed(calls, contender.find)
            if number:
                times[contender.name].append(seconds / kilobytes * 1e6)
    return times


def sample_articles(count: int) -> list[Article]:
    """Articles of the bundled sample city, each with its date of publication."""
    articles: list[Article] = []
    for one in SampleCity(articles=count * 2 + 20).expected:
        if one.paragraphs and one.published and len(articles) < count:
            text = "\n".join(one.paragraphs)
            articles.append(Article(text, one.published, len(text.encode())))
    return articles


def growth_texts(size: int) -> dict[str, str]:
    """Texts of `size` characters that would be slow to read if anything went over them more than once."""
    mixed = Random(2018)
    words = ["1", "12", ".", "2018", " ", "мая", "с ", "по", "-", ",", "в", "января", "г.", "12.", "№"]
    pieces = {
        "digits": "1234567890",
        "digits and dots": "12.",
        "numeric dates without a gap": "12.12.2018",
        "numbers in a row": "1 2 3 12 2018 ",
        "an endless enumeration": "5, 6 и 7 мая, ",
        "endless ranges": "с 1 по 2 мая – ",
        "month names": "января мая август ",
    }
    texts = {name: (piece * (size // len(piece) + 1))[:size] for name, piece in pieces.items()}
    texts["all of it at random"] = "".join(mixed.choices(words, k=size))[:size]
    return texts


def growth_table() -> Table:
    """Seconds of newscrawl's find on hostile texts of two sizes: four times the text, four times the time."""
    table = Table(title=f"newscrawl's find as a text grows; linear is {LARGE // SMALL}", title_justify="left")
    table.add_column("text of nothing but")
    for heading in (f"{SMALL // KB} kB, s", f"{LARGE // KB} kB, s", "ratio", "mentions"):
        table.add_column(heading, justify="right")
    base = datetime(2018, 12, 13, 12, tzinfo=UTC)
    small, large = growth_texts(SMALL), growth_texts(LARGE)
    for name in small:
        began = time.process_time()
        find(small[name], base=base)
        middle = time.process_time()
        mentions = find(large[name], base=base)
        short, long = middle - began, time.process_time() - middle
        table.add_row(name, f"{short:.2f}", f"{long:.2f}", f"{long / short:.1f}", f"{len(mentions):,}")
    return table


def _microseconds(values: Sequence[float]) -> str:
    middle = median(values)
    return f"{middle:,.1f}" if middle < 100 else f"{middle:,.0f}"


def _beside(theirs: Sequence[float], ours: Sequence[float]) -> str:
    ratios = [one / other for one, other in zip(theirs, ours, strict=True)]
    return f"{median(ratios):.1f} ({min(ratios):.1f} … {max(ratios):.1f})"


def _share(part: int, of: int) -> str:
    return f"{part / of:.1%}" if of else "none"


def _open_table(title: str, headings: Sequence[str], lacking: Sequence[Contender], absent: Sequence[str]) -> Table:
    """A table that names below it who is not in it, and why."""
    notes = [f"{name}: has no such function." for name in dict.fromkeys(one.package for one in lacking)]
    notes += [f"{package}: absent, not installed." for package in dict.fromkeys(absent)]
    table = Table(title=title, title_justify="left", caption=" ".join(notes) or None, caption_justify="left")
    table.add_column("contender", no_wrap=True)
    for heading in headings:
        table.add_column(heading, justify="right")
    return table


def parse_table(
    title: str, present: Sequence[Contender], absent: Sequence[str], cases: Sequence[Case], rounds: int
) -> Table:
    """Accuracy and time of `parse` on one set of strings."""
    headings = ["value right", "day right", "non-dates dated", "raised", "µs a string", "time ÷ newscrawl's"]
    table = _open_table(title, headings, [], absent)
    times = parse_times(present, cases, rounds)
    for contender in present:
        if not contender.parses:
            continue
        told = parse_accuracy(contender, cases)
        table.add_row(
            contender.name,
            _share(told.right, told.of),
            _share(told.days_right, told.days),
            f"{told.dated} of {told.non_dates}",
            str(told.raised),
            _microseconds(times[contender.name]),
            _beside(times[contender.name], times["newscrawl"]),
        )
    return table


def find_table(
    title: str,
    present: Sequence[Contender],
    absent: Sequence[str],
    cases: Sequence[Case],
    times: dict[str, list[float]],
) -> Table:
    """Accuracy of `find` on one set of texts, and its time on the articles."""
    finding = {one.package for one in present if one.finds}
    lacking = [one for one in present if one.package not in finding]
    headings = ["precision", "recall", "F1", "dated, of none", "µs a kB", "time ÷ newscrawl's"]
    table = _open_table(title, headings, lacking, absent)
    without = sum(not case.wanted for case in cases)
    for contender in present:
        if not contender.finds:
            continue
        score, dated = find_accuracy(contender, cases)
        table.add_row(
            contender.name,
            f"{score.precision:.1%}",
            f"{score.recall:.1%}",
            f"{score.f1:.3f}",
            f"{dated} of {without}",
            _microseconds(times[contender.name]),
            _beside(times[contender.name], times["newscrawl"]),
        )
    return table


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=Path, nargs="+", default=[], help="files of cases from elsewhere")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--articles", type=int, default=20, help="of the sample city, a round")
    arguments = parser.parse_args()
    present, absent = contenders()
    versions = {one.package or one.name: one.version for one in present}
    told = ", ".join(f"{name} {version}" for name, version in versions.items())
    out.print(f"Python {platform.python_version()}; {told}; {arguments.rounds} rounds, CPU time of one process.")
    for package in dict.fromkeys(absent):
        out.print(f"[yellow]{package} is not installed and takes no part: pip install -e '.\\[bench]'[/]")
    sets = [read_cases(FIXTURES), *map(read_cases, arguments.cases)]
    articles = sample_articles(arguments.articles * (arguments.rounds + 1))
    times = find_times(present, articles, arguments.rounds)
    for cases in sets:
        own = ", newscrawl's own specification (it is written to read these)" if cases is sets[0] else ""
        if cases.parse:
            title = f"parse: {len(cases.parse)} strings of {cases.name}{own}"
            out.print(parse_table(title, present, absent, cases.parse, arguments.rounds))
        if cases.find:
            title = f"find: {len(cases.find)} texts of {cases.name}{own}"
            out.print(find_table(title, present, absent, cases.find, times))
    out.print(
        "Medians over the rounds, ratios with the lowest and the highest of one round. kB: 1,000 bytes of UTF-8, "
        "articles of the sample city. Dated, of none: texts without a date that were given one."
    )
    out.print(growth_table())


if __name__ == "__main__":
    main()
