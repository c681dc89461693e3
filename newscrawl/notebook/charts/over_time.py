"""How much was published when: articles by day, week or month, as bars, or as lines where the colours overlap."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from newscrawl.errors import ConfigError
from newscrawl.notebook.charts.look import OTHER, PALETTE, TYPE_COLOURS, TYPES, articles, finished, library, nothing
from newscrawl.notebook.charts.rows import Row

By = Literal["day", "week", "month", "year"]
Colour = Literal["site", "city", "region", "type", "normal", "id"]

STEPS: tuple[By, ...] = ("day", "week", "month", "year")
COLOURS: tuple[Colour, ...] = ("site", "city", "region", "type", "normal", "id")
MOST_STEPS = 400
"""More bars than that nobody can tell apart: the next longer step is taken."""
MOST_COLOURS = 6
"""Further ones are drawn as one, «прочие»."""
REST = "прочие"
OF_MENTIONS = {"type", "normal", "id"}
"""One article has several of these, so their bars must not be put one upon another."""
_EACH = {"day": "день", "week": "неделю", "month": "месяц", "year": "год"}
_BY = {"day": "по дням", "week": "по неделям", "month": "по месяцам", "year": "по годам"}
_LEGENDS = {
    "site": "сайт", "city": "город", "region": "регион", "type": "кто и что", "normal": "кто и что", "id": "кто и что",
}  # fmt: skip
_TICKS = {"day": "%e %b %Y", "week": "%e %b %Y", "month": "%b %Y", "year": "%Y"}
_POINTS = 60
"""Longer lines have no point at each step."""
_FORMS = {"day": "%d.%m.%Y", "week": "неделя с %d.%m.%Y", "month": "%B %Y", "year": "%Y"}
_FINE = {"day": {"minute", "day"}, "week": {"minute", "day"}, "month": {"minute", "day", "month"}}
_WIDTH, _HEIGHT = 600, 250
_FIRST_YEAR, _LAST_YEAR = 1, 9999
"""Between these a day has neighbours in every zone."""


def draw(
    rows: Iterable[Row], *, by: By, colour: Colour | None, zone_of: Callable[[Any], str], title: str | None
) -> Any:
    """Return the chart of rows with `url` and `date_published`, and the column that `colour` names.

    An article counts once for a step and colour, however often it is mentioned. `zone_of` tells the zone of a site in
    which its days begin.
    """
    tally = _tally(rows, by, colour, zone_of)
    if not tally.daily:
        why = "Ни у одной статьи нет даты." if tally.undated else "Таких статей нет."
        return nothing(title or f"Публикации {_BY[by]}", why, width=_WIDTH, height=_HEIGHT // 2)
    first, last = min(day for day, _ in tally.daily), max(day for day, _ in tally.daily)
    step = _fitting(by, first, last)
    names, numbers = _named(tally.daily, step, overlap=colour in OF_MENTIONS)
    days = _all_steps(_begin(first, step), _begin(last, step), step)
    notes = [articles(len(tally.urls)), *_notes(by, step, len(names), len({name for _, name in tally.daily}))]
    notes += [f"Без точной даты: {articles(len(tally.undated))}"] if tally.undated else []
    chart = _chart(_values(numbers, days, names, step), names, step, colour)
    return finished(chart, title or f"Публикации {_BY[step]}", notes)


def _notes(by: By, step: By, shown: int, names: int) -> list[str]:
    """Return what is not drawn as it was asked for."""
    notes = [f"Показано {_BY[step]}: иначе столбцов было бы больше {MOST_STEPS}."] if step != by else []
    return [*notes, f"Показаны {shown} самых частых из {names}."] if shown < min(names, MOST_COLOURS + 1) else notes


def check(by: str, colour: str | None) -> None:
    """Raise ConfigError for a step or a colour that there is not."""
    if by not in STEPS:
        raise ConfigError(f"by={by!r}: expected one of {', '.join(STEPS)}")
    if colour is not None and colour not in COLOURS:
        raise ConfigError(f"colour={colour!r}: expected one of {', '.join(COLOURS)}, or None")


@dataclass(frozen=True)
class _Tally:
    """Articles counted by day."""

    daily: Counter[tuple[date, str]]
    """(day, name of the colour) -> articles."""
    urls: set[Any]
    undated: set[Any]
    """Articles without a date, or with one too coarse for the step."""


def _tally(rows: Iterable[Row], by: By, colour: Colour | None, zone_of: Callable[[Any], str]) -> _Tally:
    """Count each article once for a name, on the day that it has where its city is."""
    tally = _Tally(Counter(), set(), set())
    seen: set[tuple[Any, str]] = set()
    last_url: Any = None
    day: date | None = None
    for row in rows:
        url = row["url"]
        if url != last_url or not seen:  # the mentions of an article follow each other
            last_url, day = url, _day(row, by, zone_of)
        if day is None:
            tally.undated.add(url)
            continue
        name = "" if colour is None else str(row.get(colour) or "—")
        name = TYPES.get(name, name) if colour == "type" else name
        if (url, name) not in seen:
            seen.add((url, name))
            tally.daily[day, name] += 1
            tally.urls.add(url)
    return tally


def _day(row: Row, by: By, zone_of: Callable[[Any], str]) -> date | None:
    """Return the day of an article, or None where it tells none that is fine enough."""
    at = row["date_published"]
    precision = row.get("date_published_precision")
    if at is None or (precision and precision not in _FINE.get(by, {precision})):
        return None
    moment = datetime.fromisoformat(at) if isinstance(at, str) else at
    if not _FIRST_YEAR < moment.year < _LAST_YEAR:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment.astimezone(ZoneInfo(zone_of(row.get("site")))).date()


def _fitting(by: By, first: date, last: date) -> By:
    """Return the asked step or the first longer one that gives few enough bars."""
    span = (last - first).days + 1
    lengths = {"day": 1, "week": 7, "month": 30, "year": 365}
    return next((step for step in STEPS[STEPS.index(by) :] if span / lengths[step] <= MOST_STEPS), "year")


def _named(daily: Counter[tuple[date, str]], step: By, *, overlap: bool) -> tuple[list[str], Counter[tuple[date, str]]]:
    """Return the names with a colour of their own, the most frequent first, and (day of a step, name) -> articles.

    Others become one, «прочие», where that is a sum: where one article has one name.
    """
    whole: Counter[str] = Counter()
    for (_, name), found in daily.items():
        whole[name] += found
    ranked = sorted(whole, key=lambda name: (-whole[name], name))
    own = ranked[:MOST_COLOURS] if len(ranked) > MOST_COLOURS + 1 else ranked
    chosen = set(own)
    numbers: Counter[tuple[date, str]] = Counter()
    for (day, name), found in daily.items():
        if name in chosen:
            numbers[_begin(day, step), name] += found
        elif not overlap:
            numbers[_begin(day, step), REST] += found
    return own if overlap or len(own) == len(ranked) else [*own, REST], numbers


def _begin(day: date, step: By) -> date:
    if step == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if step == "month" else day.replace(month=1, day=1) if step == "year" else day


def _next(day: date, step: By) -> date:
    if step == "month":
        return date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return day.replace(year=day.year + 1) if step == "year" else day + timedelta(days=7 if step == "week" else 1)


def _all_steps(first: date, last: date, step: By) -> list[date]:
    days = [first]
    while days[-1] < last:
        days.append(_next(days[-1], step))
    return days


def _values(numbers: Counter[Any], days: list[date], names: list[str], step: By) -> list[dict[str, Any]]:
    """Return a row for every step and name, zeros too: a month without news must be seen. `низ`, `верх`: the bar."""
    values = []
    for day in days:
        below = 0
        for name in names:
            count = numbers[day, name]
            begins, ends = _midnight(day), _midnight(_next(day, step))
            bar = {"низ": below, "верх": below + count}
            values.append({"с": begins, "до": ends, "статей": count, "имя": name} | bar)
            below += count
    return values


def _midnight(day: date) -> str:
    """Return the beginning of a day without a zone: a picture shows the same day wherever it is drawn."""
    return f"{day.isoformat()}T00:00:00"


def _chart(values: list[dict[str, Any]], names: list[str], step: By, colour: Colour | None) -> Any:
    altair = library()
    base = altair.Chart(altair.InlineData(values)).properties(width=_WIDTH, height=_HEIGHT)
    across = altair.X(
        "с:T", title=None, axis=altair.Axis(format=_TICKS[step], grid=False, tickCount=10, labelOverlap="greedy")
    )
    count = {"title": f"статей за {_EACH[step]}", "axis": altair.Axis(tickMinStep=1, tickCount=5, format=",d")}
    tips = [altair.Tooltip("с:T", title=_EACH[step], format=_FORMS[step]), altair.Tooltip("статей:Q", format=",d")]
    if colour is None:
        bars = base.mark_rect(color=PALETTE[0], stroke="white", strokeWidth=0.5)
        return bars.encode(x=across, x2="до:T", y=altair.Y("низ:Q", **count), y2="верх:Q", tooltip=tips)
    word = _LEGENDS[colour]
    tint = altair.Color(
        "имя:N", scale=altair.Scale(domain=names, range=_tints(names)), sort=names, legend=altair.Legend(title=None)
    )
    tips.insert(0, altair.Tooltip("имя:N", title=word))
    if colour in OF_MENTIONS:
        tint.legend.symbolType = "stroke"
        few = len(values) <= _POINTS * len(names)
        lines = base.mark_line(point={"size": 28} if few else False, strokeWidth=2)
        return lines.encode(x=across, y=altair.Y("статей:Q", **count), color=tint, tooltip=tips)
    bars = base.mark_rect(stroke="white", strokeWidth=0.5)
    return bars.encode(x=across, x2="до:T", y=altair.Y("низ:Q", **count), y2="верх:Q", color=tint, tooltip=tips)


def _tints(names: Sequence[str]) -> list[str]:
    own = [TYPE_COLOURS.get(name, PALETTE[index % len(PALETTE)]) for index, name in enumerate(names)]
    return [OTHER if name == REST else tint for name, tint in zip(names, own, strict=True)]
