"""How all charts look: colours that the colour-blind can tell apart, Russian words, and the chart that has nothing."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable
from typing import Any

from newscrawl.errors import ConfigError

PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#6A4C93")
"""Okabe and Ito's colours (https://jfly.uni-koeln.de/color/) without their yellow, which is hardly seen on white; the
last one is ours."""
OTHER = "#8C8C8C"
INK, QUIET, LINES = "#1F2933", "#5F6B76", "#D9DEE3"
LAND, SEA = "#EDEBE4", "#FFFFFF"
TYPES = {"PER": "персоны", "ORG": "организации", "LOC": "места", "EVENT": "события"}
TYPE_COLOURS = {"персоны": PALETTE[0], "организации": PALETTE[1], "места": PALETTE[2], "события": PALETTE[3]}
FONT = "Roboto, 'Segoe UI', 'Helvetica Neue', 'DejaVu Sans', Arial, sans-serif"
_MONTHS = "январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь".split()
_SHORT_MONTHS = "янв фев мар апр май июн июл авг сен окт ноя дек".split()
_DAYS = "воскресенье понедельник вторник среда четверг пятница суббота".split()
_LOCALE = {
    "number": {"decimal": ",", "thousands": "\u00a0", "grouping": [3], "currency": ["", "\u00a0₽"]},
    "time": {
        "dateTime": "%A, %e %B %Y г. %X",
        "date": "%d.%m.%Y",
        "time": "%H:%M:%S",
        "periods": ["", ""],
        "days": _DAYS,
        "shortDays": "вс пн вт ср чт пт сб".split(),
        "months": _MONTHS,
        "shortMonths": _SHORT_MONTHS,
    },
}


def library() -> Any:
    """Return altair. Raises ConfigError when it, or what makes pictures of its charts, is not installed."""
    missing = [name for name in ("altair", "vl_convert") if importlib.util.find_spec(name) is None]
    if missing:
        raise ConfigError(
            f"charts need {' and '.join(missing)}, not installed", advice="pip install 'newscrawl[notebook]'"
        )
    import altair

    return altair


def finished(chart: Any, title: str, notes: Iterable[str]) -> Any:
    """Return a chart with its title, notes below the title, and the look of all charts."""
    heading = {
        "text": title, "subtitle": [note for note in notes if note], "anchor": "start", "frame": "group", "offset": 12,
        "color": INK, "subtitleColor": QUIET, "fontSize": 16, "subtitleFontSize": 12, "fontWeight": 600,
    }  # fmt: skip
    return chart.properties(title=heading).configure(
        background=SEA,
        font=FONT,
        locale=_LOCALE,
        padding=12,
        axis={
            "labelColor": QUIET, "titleColor": QUIET, "domainColor": LINES, "tickColor": LINES, "gridColor": LINES,
            "labelFontSize": 11, "titleFontSize": 12, "titleFontWeight": 400,
        },
        legend={
            "orient": "bottom", "labelColor": INK, "titleColor": QUIET, "labelFontSize": 12, "titleFontSize": 12,
            "titleFontWeight": 400, "labelLimit": 320, "columns": 4, "symbolType": "square",
        },
        view={"stroke": None},
    )  # fmt: skip


def nothing(title: str, why: str, *, width: int, height: int) -> Any:
    """Return a chart that says in one sentence why there is nothing to see."""
    altair = library()
    words = altair.Chart(altair.InlineData([{"text": why}])).mark_text(fontSize=14, color=QUIET, lineBreak="\n")
    return finished(words.encode(text="text:N").properties(width=width, height=height), title, ())


def number(count: int, one: str, few: str, many: str) -> str:
    """Return a number with the form of the word that agrees with it: 1 статья, 2 статьи, 5 статей."""
    if count % 10 == 1 and count % 100 != 11:
        word = one
    else:
        word = few if count % 10 in {2, 3, 4} and count % 100 not in {12, 13, 14} else many
    return f"{count:,} {word}".replace(",", "\u00a0")


def articles(count: int) -> str:
    """Return a number of articles in words."""
    return number(count, "статья", "статьи", "статей")
