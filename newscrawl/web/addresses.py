"""Addresses of pages: what is put into one is percent-encoded, whatever it is."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlencode, urlsplit


def with_query(path: str, values: Mapping[str, str | None]) -> str:
    """Return a path with a query string of the values that are not empty."""
    given = {name: value for name, value in values.items() if value}
    return f"{path}?{urlencode(given)}" if given else path


def article_address(url: str) -> str:
    """Return the page of an article, by its canonical address."""
    return with_query("/article", {"url": url})


def entity_address(entity_id: str) -> str:
    """Return the page of an entity: its id may hold colons, slashes, blanks, Cyrillic, anything."""
    if entity_id.strip(".") == "":
        # A browser takes `/entity/..` for a step up, however it is written.
        return with_query("/entity", {"id": entity_id})
    return f"/entity/{quote(entity_id, safe=':')}"


def day_address(day: str) -> str:
    """Return the page of a day, `2018-12-12`, or of a day of all years, `12-12`."""
    return f"/day/{quote(day, safe='')}"


def original_address(page_id: str) -> str:
    """Return the stored original of an article, by its `page_id`."""
    return f"/pages/{quote(page_id, safe='')}"


def site_address(name: str) -> str:
    """Return the page on the health of a site; names of sites that were imported may hold anything."""
    if name.strip(".") == "":
        return with_query("/sites/", {"name": name})
    return f"/sites/{quote(name, safe='')}"


def run_address(run_id: str) -> str:
    """Return the page of a run."""
    return f"/runs/{quote(run_id, safe='')}"


def outside_address(url: str | None) -> str | None:
    """Return an address that a page may link to: http and https only; None for `javascript:` and its like."""
    if not url:
        return None
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return None
    return url.strip() if parts.scheme.lower() in {"http", "https"} and parts.netloc else None
