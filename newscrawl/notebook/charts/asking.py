"""The rows of a chart: those of a frame that is given, or what the store has by the filters of `notebook.articles`."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

from newscrawl.config import load_config
from newscrawl.errors import ConfigError
from newscrawl.notebook.charts.rows import Row, rows_of
from newscrawl.notebook.connections import reader
from newscrawl.notebook.frames import articles
from newscrawl.notebook.rows import mentions
from newscrawl.sites import Site, all_sites
from pipelines.entities.coordinates import Home

_MENTION = ("url", "type", "id", "normal")
_NOT_ASKED = {"as_", "columns"}


def article_rows(
    frame: Any, needed: Sequence[str], useful: Sequence[str], filters: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    """Return an iterator over a row an article. Raises ConfigError, StoreUnavailableError."""
    if frame is None:
        columns = [*dict.fromkeys((*needed, *useful))]
        frame = articles(**_known(filters), columns=columns, as_="arrow")
    else:
        _no_filters(filters)
    return rows_of(frame, needed, useful)


def mention_rows(
    frame: Any,
    *,
    types: Collection[str],
    about: str | None = None,
    useful: Sequence[str] = (),
    filters: dict[str, Any],
) -> Iterator[dict[str, Any]]:
    """Return an iterator over a row a mention with `url`, `type`, `id`, `normal` and what is `useful`.

    With `about` only of articles that mention this entity, and without itself. Raises ConfigError,
    StoreUnavailableError.
    """
    urls: set[Any] | None = None
    if frame is not None:
        _no_filters(filters)
        rows = rows_of(frame, _MENTION, useful)
        if about is not None:
            urls = {row["url"] for row in rows_of(frame, ("url", "id")) if row["id"] == about}
    elif about is None:
        rows = rows_of(mentions(**_known(filters), type_=list(types), as_="arrow"), _MENTION, useful)
    else:
        rows = _beside(about, useful, _known(filters))
    return (
        row
        for row in rows
        if row["type"] in types and (urls is None or row["url"] in urls) and (about is None or row["id"] != about)
    )


def _beside(about: str, useful: Sequence[str], filters: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Return an iterator over what an entity's articles mention: `mentions(entity=…)` gives that entity alone."""
    if filters.get("entity") not in (None, about):
        raise ConfigError("about and entity cannot both be given", advice="Leave entity out.")
    columns = ["url", "site", "city", "region", "date_published", "entities", "identities"]
    found = articles(**filters | {"entity": about}, columns=columns, as_="arrow")
    store = reader(filters.get("mongo_uri"), filters.get("database"))
    heirs, ids = store.registry.heirs(), set(store.registry.ids(about))

    def rows() -> Iterator[dict[str, Any]]:
        for article in rows_of(found, columns):
            meant = {one["key"]: heirs.get(one["id"], one["id"]) for one in article["identities"]}
            for one in article["entities"]:
                meaning = meant.get(one["id"], one["id"])
                row = article | one | {"id": about if meaning in ids else meaning}
                yield {name: row[name] for name in (*_MENTION, *useful)}

    return rows()


def zones() -> dict[str, str]:
    """Return the time zone of each site that is known."""
    return {name: site.timezone for name, site in _sites().items()}


def home_of() -> Callable[[Row], Home | None]:
    """Return what tells the city of a row's site: as the row has it, else by the site's file."""
    sites = _sites()
    known: dict[tuple[str | None, str | None, str | None], Home | None] = {}

    def home(row: Row) -> Home | None:
        key = row.get("site"), row.get("city"), row.get("region")
        if key not in known:
            name, city, region = key
            site = sites.get(name or "")
            city, region = city or (site.city if site else None), region or (site.region if site else None)
            known[key] = Home(city, region) if city else None
        return known[key]

    return home


def _sites() -> dict[str, Site]:
    return all_sites(load_config().own_sites)


def _known(filters: dict[str, Any]) -> dict[str, Any]:
    """Return the filters. Raises ConfigError for one that there is not."""
    taken = sorted(set(inspect.signature(articles).parameters) - _NOT_ASKED)
    for name in filters:
        if name not in taken:
            near = difflib.get_close_matches(name, taken, 1)
            raise ConfigError(
                f"{name}: there is no such filter",
                advice=f"Did you mean {near[0]}?" if near else f"There are {', '.join(taken)}.",
            )
    return filters


def _no_filters(filters: dict[str, Any]) -> None:
    if filters:
        raise ConfigError(
            f"{', '.join(sorted(filters))}: a frame that is given is not filtered", advice="Give a frame or filters."
        )
