"""Charts as SVG made by the server: bars over time. Nothing is drawn by a script. Small ones are in `small_charts`.

Places along a chart are percentages and heights are pixels, so a chart is as wide as its place while its letters keep
their size. Colours come from classes (`static/charts.css`), for no style may stand in the page. All that is given is
escaped. What a chart shows stands in a table beside it, too.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise

from markupsafe import Markup

HEIGHT = 132
"""Of the bars in pixels, without the labels under them."""
_LABELS = 20
_MOST = 180
"""Bars that can be told apart on a phone; more months are drawn as years."""
_MOST_LABELS = 5
_WIDEST = 9.0
"""Per cent of the width that a bar takes at most: a few bars do not become walls."""
Numbers = Callable[[float], str]
"""Writes a number as the reader's language does."""
_LETTER = 2.6
"""Per cent of the width that a letter of a label takes where a chart is narrowest: 6.6 of 255 pixels."""
_APART = 2.5
"""Per cent of the width between two labels."""


@dataclass(frozen=True)
class Point:
    """One bar."""

    label: str
    """What it stands for, whole: `2020-03`."""
    value: int
    tick: str = ""
    """What may stand under it; '' where nothing should."""
    kind: str = ""
    """Why it is told from the others: a key of `Words.kinds`, '' for one like all."""
    href: str | None = None
    """Where its row of the table leads."""


@dataclass(frozen=True)
class Words:
    """What is written in and beside a chart, in the reader's language."""

    title: str
    label: str
    """Heading of what the bars stand for: «Месяц»."""
    number: str
    """Heading of their values: «Новостей»."""
    table: str
    """What opens the table: «Таблицей»."""
    summary: str
    """A sentence with any of the places `{first}`, `{last}`, `{total}`, `{most}`, `{peak}`."""
    kinds: Mapping[str, str] = field(default_factory=dict)
    """What a bar's kind means; shown as a legend."""


def grouped(number: float) -> str:
    """Return a number with a narrow space between its thousands."""
    return f"{number:,.0f}".replace(",", "\u202f")


def months(
    counts: Mapping[str, int], *, href: Callable[[str], str] | None = None, kinds: Mapping[str, str] | None = None
) -> list[Point]:
    """Return a point for each month (`YYYY-MM`) from the first to the last; years where the months are too many.

    `href` tells where a month (or year, `YYYY`) leads, `kinds` which months are told from the others. Years that span
    more than a chart can hold are not filled: those without a count are absent.
    """
    names = sorted(name for name in counts if _is_month(name))
    if not names:
        return []
    first, last = (int(name[:4]) * 12 + int(name[5:7]) - 1 for name in (names[0], names[-1]))
    if last - first >= _MOST:
        return _years({name: counts[name] for name in names}, href)
    filled = [f"{number // 12:04}-{number % 12 + 1:02}" for number in range(first, last + 1)]
    by_year = sum(name.endswith("-01") for name in filled) > 1
    return [
        Point(
            name,
            counts.get(name, 0),
            tick=(name[:4] if name.endswith("-01") else "") if by_year else f"{name[5:]}.{name[:4]}",
            kind=(kinds or {}).get(name, ""),
            href=href(name) if href else None,
        )
        for name in filled
    ]


def _is_month(name: str) -> bool:
    year, dash, month = name.partition("-")
    return dash == "-" and year.isdecimal() and month.isdecimal() and 1 <= int(month) <= 12


def _years(counts: Mapping[str, int], href: Callable[[str], str] | None) -> list[Point]:
    sums: dict[str, int] = {}
    for name, number in counts.items():
        sums[name[:4]] = sums.get(name[:4], 0) + number
    first, last = int(min(sums)), int(max(sums))
    filled = [f"{year:04}" for year in range(first, last + 1)] if last - first < _MOST else sorted(sums)[-_MOST:]
    return [Point(name, sums.get(name, 0), tick=name, href=href(name) if href else None) for name in filled]


def days(counts: Sequence[int], last: date, *, form: str = "%d.%m") -> list[Point]:
    """Return a point for each day, `last` being the day of the last count; `form` is how a day is written below."""
    first = last - timedelta(days=len(counts) - 1)
    named = [(first + timedelta(days=number), count) for number, count in enumerate(counts)]
    return [Point(day.isoformat(), count, tick=day.strftime(form)) for day, count in named]


def bars(points: Sequence[Point], words: Words, *, number: Numbers = grouped) -> Markup:
    """Return a figure with a bar a point, a scale, labels and the same as a table; '' without a point."""
    if not points:
        return Markup()
    top, steps = _scale(max(point.value for point in points))
    summary = _summary(points, words, number)
    key = hashlib.sha256(f"{words.title}{points}".encode()).hexdigest()[:10]
    return Markup(
        '<figure class="chart"><figcaption>{title}</figcaption>{legend}<div class="chart-plot">{scale}'
        '<svg class="chart-bars" width="100%" height="{height}" role="img" aria-labelledby="t{key} d{key}">'
        '<title id="t{key}">{title}</title><desc id="d{key}">{summary}</desc>{lines}{drawn}{labels}</svg></div>'
        '<p class="chart-summary">{summary}</p>{table}</figure>'
    ).format(
        title=words.title, legend=_legend(points, words), scale=_numbers(steps, top, number), key=key, summary=summary,
        height=HEIGHT + _LABELS, lines=_lines(steps, top), drawn=_drawn(points, top, words, number),
        labels=_labels(points), table=_table(points, words, number),
    )  # fmt: skip


def _scale(most: int) -> tuple[int, list[int]]:
    """Return the top of the scale and two to four round numbers up to it."""
    if most <= 0:
        return 1, []
    size = 10 ** math.floor(math.log10(most))
    step = next(one for factor in (0.25, 0.5, 1, 2, 5) if (one := factor * size) >= most / 4)
    whole = max(1, math.ceil(step))
    top = whole * math.ceil(most / whole)
    return top, list(range(whole, top + 1, whole))


def _y(value: float, top: int) -> float:
    """Return how far below the upper edge a value stands; three pixels are left for the strokes there."""
    return round(HEIGHT - (HEIGHT - 8) * value / top, 1)


def percent(share: float) -> str:
    """Return a place or width along a chart, without its sign."""
    return f"{share:.3f}".rstrip("0").rstrip(".")


def _numbers(steps: Sequence[int], top: int, number: Numbers) -> Markup:
    shown = Markup().join(
        Markup('<text x="100%" y="{y}" text-anchor="end">{number}</text>').format(
            y=round(_y(step, top) + 4, 1), number=number(step)
        )
        for step in (0, *steps)
    )
    return Markup('<svg class="chart-scale" height="{height}" aria-hidden="true">{shown}</svg>').format(
        height=HEIGHT + _LABELS, shown=shown
    )


def _lines(steps: Sequence[int], top: int) -> Markup:
    return Markup().join(
        Markup('<line class="{name}" x1="0" x2="100%" y1="{y}" y2="{y}"/>').format(
            name="chart-line" if step else "chart-axis", y=_y(step, top)
        )
        for step in (*steps, 0)
    )


def _drawn(points: Sequence[Point], top: int, words: Words, number: Numbers) -> Markup:
    width = 100 / len(points)
    drawn = min(width * 0.88, _WIDEST)
    return Markup().join(_bar(point, place, width, drawn, top, words, number) for place, point in enumerate(points))


def _bar(point: Point, place: int, width: float, drawn: float, top: int, words: Words, number: Numbers) -> Markup:
    """Return a bar inside a hit area as high as the chart, which tells its value to a pointer."""
    x, height = place * width, HEIGHT - _y(point.value, top)
    told = f"{point.label}: {number(point.value)}"
    if point.kind:
        told += f" — {words.kinds.get(point.kind, point.kind)}"
    lifted = max(height, 1.5) if point.value > 0 else 0
    return Markup(
        '<g{kind}><title>{told}</title><rect class="chart-hit" x="{x}%" y="0" width="{width}%" height="{full}"/>'
        '<rect class="chart-bar" x="{inner}%" y="{y}" width="{drawn}%" height="{height}"/></g>'
    ).format(
        kind=Markup(' class="chart-{}"').format(point.kind) if point.kind else "",
        told=told, x=percent(x), width=percent(width), full=HEIGHT, inner=percent(x + (width - drawn) / 2),
        y=round(HEIGHT - lifted, 1), drawn=percent(drawn), height=round(lifted, 1),
    )  # fmt: skip


def _labels(points: Sequence[Point]) -> Markup:
    """Return as many labels as have room on a narrow screen, evenly apart, up to the latest: one looks for that."""
    named = [place for place, point in enumerate(points) if point.tick]
    every = -(-len(named) // _MOST_LABELS) if named else 1
    while not _have_room(chosen := [(points[one].tick, _middle(one, points)) for one in named[::-1][::every]][::-1]):
        every += 1
    return Markup().join(_label(text, middle) for text, middle in chosen)


def _middle(place: int, points: Sequence[Point]) -> float:
    return 100 * (place + 0.5) / len(points)


def _have_room(labels: Sequence[tuple[str, float]]) -> bool:
    extents = [_extent(text, middle) for text, middle in labels]
    return all(before[1] + _APART <= after[0] for before, after in pairwise(extents))


def _extent(text: str, middle: float) -> tuple[float, float]:
    """Return from where to where a label goes on a narrow screen; one near an edge leans on it."""
    width = _LETTER * len(text)
    begin = min(max(middle - width / 2, 0.0), max(0.0, 100 - width))
    return begin, begin + width


def _label(text: str, middle: float) -> Markup:
    begin, end = _extent(text, middle)
    anchor, x = ("start", 0.0) if begin <= 0 else ("end", 100.0) if end >= 100 else ("middle", middle)
    return Markup('<text x="{x}%" y="{y}" text-anchor="{anchor}">{text}</text>').format(
        x=percent(x), y=HEIGHT + 15, anchor=anchor, text=text
    )


def _summary(points: Sequence[Point], words: Words, number: Numbers) -> str:
    peak = max(points, key=lambda point: point.value)
    return words.summary.format(
        first=points[0].label, last=points[-1].label, total=number(sum(point.value for point in points)),
        most=number(peak.value), peak=peak.label,
    )  # fmt: skip


def _legend(points: Sequence[Point], words: Words) -> Markup:
    kinds = [kind for kind in words.kinds if any(point.kind == kind for point in points)]
    if not kinds:
        return Markup()
    shown = Markup().join(
        Markup('<li class="legend-{kind}">{text}</li>').format(kind=kind, text=words.kinds[kind]) for kind in kinds
    )
    return Markup('<ul class="chart-legend">{shown}</ul>').format(shown=shown)


def _table(points: Sequence[Point], words: Words, number: Numbers) -> Markup:
    rows = Markup().join(
        Markup('<tr><th scope="row">{label}</th><td>{number}</td>{kind}</tr>').format(
            label=Markup('<a href="{}">{}</a>').format(point.href, point.label) if point.href else point.label,
            number=number(point.value),
            kind=Markup("<td>{}</td>").format(words.kinds.get(point.kind, "")) if words.kinds else "",
        )
        for point in reversed(points)
        if point.value or point.kind
    )
    return Markup(
        '<details class="chart-table"><summary>{open}</summary><table><thead><tr><th scope="col">{label}</th>'
        '<th scope="col">{number}</th>{kind}</tr></thead><tbody>{rows}</tbody></table></details>'
    ).format(
        open=words.table, label=words.label, number=words.number, rows=rows,
        kind=Markup("<td></td>") if words.kinds else "",
    )  # fmt: skip
