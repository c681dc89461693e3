"""The months of a site as a picture, drawn by altair, without a browser or the network."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

from newscrawl.errors import ConfigError, NewscrawlError
from newscrawl.jobs.gaps import Months

_ENDINGS = (".svg", ".png")
_COLOURS = {"articles": "#2b6cb0", "few": "#dd8a00", "none": "#c53030"}
_WORDS = {"articles": "as usual", "few": "far fewer than usual", "none": "none"}


def check_picture(path: Path) -> None:
    """Raise ConfigError where a picture cannot be drawn: by its name, or because what draws is not installed."""
    if path.suffix.lower() not in _ENDINGS:
        raise ConfigError(f"--picture {path}: expected a file named .svg or .png")
    if not path.absolute().parent.is_dir():
        raise ConfigError(f"--picture {path}: there is no folder {path.absolute().parent}")
    missing = [name for name in ("altair", "vl_convert") if importlib.util.find_spec(name) is None]
    if missing:
        raise ConfigError(
            f"pictures need {' and '.join(missing)}, not installed", advice="pip install 'newscrawl[notebook]'"
        )


def draw(found: Months, path: Path) -> None:
    """Write the picture. Raises NewscrawlError when it cannot be written."""
    part = path.with_name(f".{path.name}.part{path.suffix}")
    try:
        chart(found).save(str(part), scale_factor=2) if path.suffix.lower() == ".png" else chart(found).save(str(part))
        part.replace(path)
    except OSError as error:
        raise NewscrawlError(f"{path} cannot be written: {error.strerror or error}") from None
    finally:
        part.unlink(missing_ok=True)


def chart(found: Months) -> Any:
    """Return the chart, for a notebook too."""
    import altair as library

    altair: Any = library  # its own types do not hold
    rows = [
        {
            "month": one.first.isoformat(), "articles": one.articles, "usual": one.usual, "kind": one.gap or "articles",
            "what": _WORDS[one.gap or "articles"],
        }
        for one in found.months
    ]  # fmt: skip
    most = max((one.articles for one in found.months), default=0) or 1
    data = altair.Data(values=rows)
    month = altair.X("month:T", timeUnit="yearmonth", title=None, axis=altair.Axis(format="%Y-%m", labelAngle=-45))
    colour = altair.Color(
        "what:N", title=None, legend=altair.Legend(orient="top", symbolOpacity=1),
        scale=altair.Scale(domain=list(_WORDS.values()), range=[_COLOURS[kind] for kind in _WORDS]),
    )  # fmt: skip
    base = altair.Chart(data)
    bars = base.mark_bar().encode(
        month, altair.Y("articles:Q", title="articles", scale=altair.Scale(domain=[0, most * 1.05], nice=False)), colour
    )
    empty = (
        base.transform_filter("datum.kind == 'none'")
        .mark_bar(opacity=0.25)
        .encode(month, altair.Y("full:Q"), colour)
        .transform_calculate(full=str(most * 1.05))
    )
    usual = (
        base.transform_filter("isValid(datum.usual)")
        .mark_line(color="#718096", strokeDash=[4, 3], interpolate="linear")
        .encode(month, altair.Y("usual:Q"))
    )
    title = altair.Title(
        f"{found.site.title}: articles stored",
        subtitle="by month of publication; dashed: what is usual around a month",
        anchor="start",
    )
    width = max(320, min(1400, 9 * len(rows)))
    return altair.layer(empty, bars, usual).properties(width=width, height=260, title=title)
