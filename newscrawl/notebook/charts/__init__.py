"""Pictures of the corpus: `timeline`, `map` and `network` are Altair charts that save to SVG and PNG without a browser.

Each takes a frame that `notebook.articles()` or `notebook.mentions()` made, or the filters of `articles()` and asks
itself.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from newscrawl.notebook.charts import asking, over_time, places, together
from newscrawl.notebook.charts.look import TYPES, library

if TYPE_CHECKING:
    import altair

__all__ = ["map", "network", "timeline"]

_ZONE = "Europe/Moscow"
"""Of a site that is not known."""


def timeline(
    frame: Any = None,
    *,
    by: over_time.By = "month",
    colour: over_time.Colour | None = None,
    title: str | None = None,
    **filters: Any,
) -> altair.Chart:
    """Return how many articles were published when: by day, week, month or year.

    `frame`: from `articles()` or `mentions()` (an article counts once); without it `filters` are those of `articles()`.
    `colour`: `site`, `city` or `region`, stacked; `type`, `normal` or `id` of mentions, as lines, since an article has
    several of them. Days begin where the site's city has midnight; steps without articles are shown. More than 400
    steps are drawn by the next longer one. Raises ConfigError, StoreUnavailableError.
    """
    library()
    over_time.check(by, colour)
    if colour in over_time.OF_MENTIONS:
        useful = ("date_published", "site")
        rows = asking.mention_rows(frame, types=tuple(TYPES), useful=useful, filters=filters)
    else:
        needed = ("url", "date_published", *([colour] if colour else []))
        rows = asking.article_rows(frame, needed, ("site", "date_published_precision"), filters)
    known = asking.zones()
    chart: altair.Chart = over_time.draw(
        rows, by=by, colour=colour, zone_of=lambda site: known.get(site, _ZONE), title=title
    )
    return chart


def map(
    frame: Any = None, *, about: str | None = None, areas: bool = False, title: str | None = None, **filters: Any
) -> altair.Chart:
    """Return the places that articles mention, as circles on a map.

    `frame`: from `mentions()`; without it `filters` are those of `articles()`. `about`: only articles that mention this
    entity of the registry. `areas`: countries and regions too, marked as such, at their capital or the seat of their
    government. Places that no certain sign puts on the map are counted below the title; see docs/charts.md. Raises
    ConfigError, StoreUnavailableError.
    """
    library()
    useful = ("refs", "site", "city", "region")
    rows = asking.mention_rows(frame, types=("LOC",), about=about, useful=useful, filters=filters)
    chart: altair.Chart = places.draw(places.places_of(rows, asking.home_of()), title=title, areas=areas)
    return chart


def network(
    frame: Any = None,
    *,
    about: str | None = None,
    types: Collection[str] = ("PER", "ORG"),
    most: int = 30,
    least: int = 2,
    title: str | None = None,
    **filters: Any,
) -> altair.Chart:
    """Return who is mentioned with whom: entities as circles, lines for the articles that mention both.

    `frame`: from `mentions()`; without it `filters` are those of `articles()`. `about`: only articles that mention this
    entity of the registry, which is not drawn itself. `most`: so many entities at most, those of the most articles;
    `least`: so many articles make a line. The layout is the same on every run. Raises ConfigError,
    StoreUnavailableError.
    """
    library()
    together.check(most, least, types)
    rows = asking.mention_rows(frame, types=types, about=about, filters=filters)
    web = together.web_of(rows, most=most, least=least)
    chart: altair.Chart = together.draw(web, least=least, title=title)
    return chart
