"""The time zones of cities, as their site files have them."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from newscrawl.errors import ConfigError
from newscrawl.sites import Site
from newscrawl.sites.load import read_sites

OTHERWISE = "Europe/Moscow"
"""Of a site whose file is not there (any more)."""
_KEPT = 60
"""Seconds for which the site files are not looked at anew."""


def zones_of(own_sites: Path | None) -> Callable[[str | None], str]:
    """Return what tells the zone of a site by its name, `OTHERWISE` of one that no file has."""
    zones = _zones(own_sites, int(time.monotonic() // _KEPT))
    return lambda site: zones.get(site or "", OTHERWISE)


def zone_of_place(own_sites: Path | None, *, site: str | None, city: str | None) -> str:
    """Return the zone in which the days of a filter are meant: that of its site or city, else `OTHERWISE`."""
    if site is not None:
        return zones_of(own_sites)(site)
    if city is not None:
        return _cities(own_sites, int(time.monotonic() // _KEPT)).get(city, OTHERWISE)
    return OTHERWISE


@lru_cache(maxsize=4)
def _zones(own_sites: Path | None, _minute: int) -> dict[str, str]:
    return {name: site.timezone for name, site in _sites(own_sites)}


@lru_cache(maxsize=4)
def _cities(own_sites: Path | None, _minute: int) -> dict[str, str]:
    return {site.city: site.timezone for _, site in _sites(own_sites) if site.city}


def _sites(own_sites: Path | None) -> list[tuple[str, Site]]:
    try:
        return list(read_sites(own_sites)[0].items())
    except ConfigError:  # the folder has gone: times are told as Moscow's meanwhile
        return []
