"""The corpus in a notebook: `notebook.articles(site="ryazan", since="2026-01-01")` is a DataFrame."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from newscrawl.config import load_config
from newscrawl.errors import ConfigError
from newscrawl.items import Page, StoredArticle
from newscrawl.sites import site_for_url
from newscrawl.store import Store, open_store
from newscrawl.urls import canonical_url

if TYPE_CHECKING:
    import pandas as pd


def articles(
    *,
    site: str | None = None,
    city: str | None = None,
    region: str | None = None,
    since: date | str | None = None,
    until: date | str | None = None,
    entity: str | None = None,
    limit: int = 0,
    mongo_uri: str | None = None,
    database: str | None = None,
) -> pd.DataFrame:
    """Return articles as a pandas DataFrame, one row each, the latest published first.

    `since` (inclusive) and `until` (exclusive) are days in UTC or ISO 8601 date-times compared with `date_published`;
    `entity` is an id of the registry such as `loc:iso3166:PL`, also one that was merged into another. Columns are the
    fields of `newscrawl.items.StoredArticle`; times are UTC, `dates` and `entities` lists of dicts. Reads only. Raises
    StoreUnavailableError, and ConfigError when pandas is not installed.
    """
    if importlib.util.find_spec("pandas") is None:
        raise ConfigError("pandas is not installed", advice="pip install 'newscrawl[notebook]'")
    import pandas as pd

    found = iterate(
        site=site, city=city, region=region, since=since, until=until, entity=entity, limit=limit,
        mongo_uri=mongo_uri, database=database,
    )  # fmt: skip
    columns = list(StoredArticle.model_fields)
    frame = pd.DataFrame([article.model_dump() for article in found], columns=columns)
    for name in ("date_published", "date_modified", "fetched_at", "first_seen", "last_seen", "gone_at"):
        frame[name] = pd.to_datetime(frame[name], utc=True)
    return frame


def iterate(
    *,
    site: str | None = None,
    city: str | None = None,
    region: str | None = None,
    since: date | str | None = None,
    until: date | str | None = None,
    entity: str | None = None,
    limit: int = 0,
    mongo_uri: str | None = None,
    database: str | None = None,
) -> Iterator[StoredArticle]:
    """Yield the records that `articles` tabulates, one at a time: memory stays flat for any number."""
    with _store(mongo_uri, database) as store:
        yield from store.find_articles(
            site=site, city=city, region=region, since=_moment(since), until=_moment(until), entity=entity, limit=limit
        )


def article(url: str, *, mongo_uri: str | None = None, database: str | None = None) -> StoredArticle | None:
    """Return one stored article by its address, in whatever form, or None."""
    site = site_for_url(url, load_config().own_sites)
    with _store(mongo_uri, database) as store:
        return store.find_article(canonical_url(url, site))


def page(page_id: str, *, mongo_uri: str | None = None, database: str | None = None) -> Page | None:
    """Return a stored page as it was fetched, by the `page_id` of an article."""
    with _store(mongo_uri, database) as store:
        return store.find_page(page_id)


def _store(mongo_uri: str | None, database: str | None) -> Store:
    return open_store(load_config(mongo_uri=mongo_uri, database=database))


def _moment(value: date | str | None) -> datetime | None:
    """Return a date-time in UTC for a day or an ISO 8601 text. Raises ConfigError for anything else."""
    if value is None:
        return None
    try:
        parsed = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        raise ConfigError(f"{value!r} is not a day such as 2026-01-31 nor an ISO 8601 date-time") from None
    if not isinstance(parsed, datetime):
        parsed = datetime(parsed.year, parsed.month, parsed.day)  # noqa: DTZ001 - the zone follows
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
