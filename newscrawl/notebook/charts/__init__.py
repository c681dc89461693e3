"""Pictures of the corpus: `timeline`, `map` and `network` are Altair charts that save to SVG and PNG without a browser.

Each takes a frame that `notebook.articles()` or `notebook.mentions()` made, or the filters of those and asks itself.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from newscrawl.config import load_config
from newscrawl.errors import ConfigError

from newscrawl.notebook.charts import over_time, places, together
from newscrawl.notebook.charts.look import library
from newscrawl.notebook.charts.rows import Row, rows_of
from newscrawl.sites import Site, all_sites
from pipelines.entities.coordinates import Home

if TYPE_CHECKING:
    import altair

__all__ = ["map", "network", "timeline"]

_ZONE = "Europe/Moscow"
"""Of a site that is not known."""
_MENTIONED = ("url", "type", "id", "normal")


def timeline(
    frame: Any = None,
    *,
    by: over_time.By = "month",
    colour: over_time.Colour | None = None,
    title: str | None = None,
    **filters: Any,
) -> altair.Chart:
    """Return how many articles were published when: bars by day, week, month or year.

    `frame`: from `articles()` or `mentions()` (an article counts once); without it `filters` are those of `articles()`,
    or of `mentions()` where `colour` is of mentions. `colour`: `site`, `city` or `region`, stacked; `type`, `normal` or
    `id` of mentions, lines, since an article has several. Days begin where the site's city has midnight; steps without
    articles are shown. More than 400 bars are drawn by the next longer step. Raises ConfigError,
    StoreUnavailableError.
    """
    library()
    over_time.check(by, colour)
    needed = ["url", "date_published", *([colour] if colour else [])]
    if frame is not None:
        _no_filters_beside_frame(filters)
    elif colour in {"type", "normal", "id"}:
        frame = _mentions(filters)
    else:
        frame = _articles(filters, needed)
    rows = rows_of(frame, needed, ("site", "date_published_precision"))
    zones = {name: site.timezone for name, site in _sites().items()}
    return over_time.draw(rows, by=by, colour=colour, zone_of=lambda site: zones.get(site, _ZONE), title=title)


def map(  # noqa: A001 - the word for it
    frame: Any = None, *, areas: bool = False, title: str | None = None, **filters: Any
) -> altair.Chart:
    """Return the places that articles mention, as circles on a map.

    `frame`: from `mentions()`, or `filters` of it. `areas`: countries and regions too, marked as such, at their capital
    or the seat of their government. Places that no certain sign puts on the map are counted below the title; see
    docs/charts.md. Raises ConfigError, StoreUnavailableError.
    """
    library()
    if frame is not None:
        _no_filters_beside_frame(filters)
    else:
        frame = _mentions(filters)
    rows = rows_of(frame, _MENTIONED, ("refs", "site", "city", "region"))
    sites = _sites()
    return places.draw(places.places_of(rows, lambda row: _home(row, sites)), title=title, areas=areas)


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

    `frame`: from `mentions()`, or `filters` of it. `about`: only articles that mention this entity of the registry.
    `most`: so many entities at most, those of the most articles; `least`: so many articles make a line. The layout is
    the same on every run. Raises ConfigError, StoreUnavailableError.
    """
    library()
    together.check(most, least, types)
    if frame is not None:
        _no_filters_beside_frame(filters)
    else:
        frame = _mentions(filters | ({"entity": about} if about else {}))
    web = together.web_of(rows_of(frame, _MENTIONED), types=types, most=most, least=least, about=about)
    return together.draw(web, least=least, title=title)


def _articles(filters: dict[str, Any], columns: Collection[str]) -> Any:
    from newscrawl import notebook  # it imports this package

    wanted = [*dict.fromkeys((*columns, "site", "date_published_precision"))]
    return notebook.articles(**filters, columns=wanted)


def _mentions(filters: dict[str, Any]) -> Any:
    from newscrawl import notebook

    return notebook.mentions(**filters)


def _sites() -> dict[str, Site]:
    return all_sites(load_config().own_sites)


def _home(row: Row, sites: dict[str, Site]) -> Home | None:
    """Return the city of a row's site: as the row tells it, else by the site's file."""
    site = sites.get(row.get("site") or "")
    city = row.get("city") or (site.city if site else None)
    region = row.get("region") or (site.region if site else None)
    return Home(city, region) if city else None


def _no_filters_beside_frame(filters: dict[str, Any]) -> None:
    if filters:
        raise ConfigError(
            f"{', '.join(sorted(filters))}: a frame that is given is not filtered", advice="Give a frame or filters."
        )
