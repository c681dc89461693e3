"""The registry, the runs of jobs, and what is stored of one article, as tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from newscrawl.differences import changed_fields
from newscrawl.exports.columns import record_schema, table
from newscrawl.items import Entity, Page, Record, Run, StoredArticle
from newscrawl.notebook.addresses import find
from newscrawl.notebook.connections import reader, settings
from newscrawl.notebook.filters import Day, Kind, check_kind, mention_type, moment, number
from newscrawl.notebook.frames import COLUMNS
from newscrawl.notebook.tables import as_kind
from newscrawl.store.fetched import pages_of

if TYPE_CHECKING:
    import pyarrow as pa

    from newscrawl.store import Store

_SLICE = 500


def entities(
    *,
    type_: str | None = None,
    text: str | None = None,
    min_articles: int = 1,
    as_: Kind = "pandas",
    limit: int = 0,
    mongo_uri: str | None = None,
    database: str | None = None,
) -> Any:
    """Return the registry, a row for each entity, those first that most articles mention.

    `type_` is `PER`, `ORG`, `LOC` or `EVENT`; `text` finds by any inflected or unfinished spelling (the 1,000 likeliest
    at most); `min_articles` leaves what fewer mention. Columns are the fields of `newscrawl.items.Entity`: `id`,
    `type`, `normal`, `aliases`, `refs`, `posts`, `cities`, `articles`, `first_seen`, `last_seen` and others.
    """
    check_kind(as_)
    kind = mention_type(type_)
    least, most = number("min_articles", min_articles, 0), number("limit", limit, 0)
    store = reader(mongo_uri, database)
    found = _entities(store, kind, text, least)
    return as_kind(_records(_up_to(found, most), Entity), as_)


def _entities(store: Store, type_: str | None, text: str | None, least: int) -> Iterator[Entity]:
    cursor: str | None = None
    while True:
        size = 1_000 if text is not None else _SLICE
        found = store.corpus.entities(type_=type_, text=text, size=size, cursor=cursor)
        for one in found.items:
            if one.articles >= least:
                yield one
            elif text is None:  # all that follow have fewer still
                return
        if found.following is None:
            return
        cursor = found.following


def runs(
    *,
    site: str | None = None,
    job: str | None = None,
    since: Day = None,
    flat: bool = False,
    as_: Kind = "pandas",
    limit: int = 0,
    mongo_uri: str | None = None,
    database: str | None = None,
) -> Any:
    """Return a row for each run of a job, the latest first: those of a site, of a job (`crawl`, `reprocess` …).

    `since`: begun on that day (UTC) or later. Columns are the fields of `newscrawl.items.Run`; with `flat` each counter
    is a column `stats.articles_new` of its own in the place of `stats`, 0 where a run has not counted it.
    """
    check_kind(as_)
    earliest, most = moment("since", since), number("limit", limit, 0)
    store = reader(mongo_uri, database)

    def found() -> Iterator[Run]:
        cursor: str | None = None
        while True:
            some = store.corpus.runs(site=site, job=job, size=_SLICE, cursor=cursor)
            for one in some.items:
                if earliest is not None and one.started_at < earliest:
                    return
                yield one
            if some.following is None:
                return
            cursor = some.following

    made = _records(_up_to(found(), most), Run)
    return as_kind(_flat(made) if flat else made, as_)


def _flat(made: pa.Table) -> pa.Table:
    """Return a table of runs with a column for each counter."""
    import pyarrow as pa

    counters = [dict(one) for one in made.column("stats").to_pylist()]
    place = made.schema.get_field_index("stats")
    made = made.remove_column(place)
    for name in sorted({name for one in counters for name in one}):
        values = [one.get(name, 0.0) for one in counters]
        is_whole = all(value.is_integer() for value in values)
        made = made.append_column(f"stats.{name}", pa.array(map(int, values) if is_whole else values))
    return made


def pages(url: str, *, as_: Kind = "pandas", mongo_uri: str | None = None, database: str | None = None) -> Any:
    """Return a row for each stored page of an article, the latest first; `url` is its address, in whatever form.

    Columns: `page_id`, `url`, `site`, `fetched_at` (UTC), `status`, `content_type`, `bytes` (of the body, unpacked),
    `encoding`, `archived_from`, `problem` (why it gives no article, or null), `is_current`: whether the article as it
    is stored was made of it. `page(page_id)` has the bytes themselves. No row where nothing is stored.
    """
    import pyarrow as pa

    check_kind(as_)
    store = reader(mongo_uri, database)
    found = find(store, url, settings(mongo_uri, database))
    fetched = pages_of(store, found.url, found.site)
    current = found.article.page_id if found.article is not None else None
    text, whole_number = pa.string(), pa.int64()
    schema = pa.schema(
        [("page_id", text), ("url", text), ("site", text), ("fetched_at", pa.timestamp("ms", tz="UTC")),
         ("status", whole_number), ("content_type", text), ("bytes", whole_number), ("encoding", text),
         ("archived_from", text), ("problem", text), ("is_current", pa.bool_())]
    )  # fmt: skip
    rows = [asdict(one) | {"is_current": one.page_id == current} for one in fetched]
    return as_kind(table(rows, schema), as_)


def page(page_id: str, *, mongo_uri: str | None = None, database: str | None = None) -> Page | None:
    """Return a stored page as it was fetched, by the `page_id` of an article, or None."""
    return reader(mongo_uri, database).find_page(page_id)


def revisions(url: str, *, as_: Kind = "pandas", mongo_uri: str | None = None, database: str | None = None) -> Any:
    """Return a row for each state of an article's text, the first one first and today's last; `url` in whatever form.

    Columns are those of `articles`, and `changed`: the fields in which it differs from the state before. No row where
    nothing is stored. `article(url)` shows what changed word by word.
    """
    import pyarrow as pa

    check_kind(as_)
    store = reader(mongo_uri, database)
    article = find(store, url, settings(mongo_uri, database)).article
    states = [*store.find_revisions(article.url), article] if article is not None else []
    changed = [changed_fields(states[at - 1], one) if at else [] for at, one in enumerate(states)]
    made = _records(states, StoredArticle, COLUMNS)
    return as_kind(made.append_column("changed", pa.array(changed, pa.list_(pa.string()))), as_)


def _up_to(found: Iterator[Any], most: int) -> Sequence[Any]:
    """Return the first `most` records; all of them for 0."""
    made = []
    for one in found:
        made.append(one)
        if len(made) == most:
            break
    return made


def _records(found: Sequence[Record], kind: type[Record], names: tuple[str, ...] | None = None) -> pa.Table:
    return table([one.model_dump() for one in found], record_schema(kind, names))
