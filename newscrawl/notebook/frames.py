"""Articles as tables: whole, in batches that memory bears, or one record after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from newscrawl.exports.columns import record_schema, table
from newscrawl.exports.files import without_cycles
from newscrawl.items import StoredArticle
from newscrawl.notebook.connections import reader
from newscrawl.notebook.filters import Day, Kind, Names, article_filter, check_kind, chosen_columns, number
from newscrawl.notebook.tables import ORDERED_BY, as_kind, latest_first
from newscrawl.store.bulk import BrokenOffError, in_batches, is_quicker_unsorted
from newscrawl.store.documents import stored
from newscrawl.store.finding import ArticleFilter

if TYPE_CHECKING:
    import pyarrow as pa

    from newscrawl.store import Store

COLUMNS = tuple(StoredArticle.model_fields)
"""Of a table of articles."""
_CHUNK_ROWS, _CHUNK_BYTES = 10_000, 256 * 1024 * 1024
"""Rows are gathered to chunks of this size, of which a column is made up."""


def articles(
    *,
    site: Names = None,
    city: Names = None,
    region: Names = None,
    since: Day = None,
    until: Day = None,
    text: str | None = None,
    entity: Names = None,
    include_duplicates: bool = False,
    columns: Sequence[str] | None = None,
    as_: Kind = "pandas",
    limit: int = 0,
    mongo_uri: str | None = None,
    database: str | None = None,
) -> Any:
    """Return articles as a DataFrame of pandas or polars, or as a pyarrow.Table; the latest published first.

    `site`, `city`, `region` (ISO 3166-2) and `entity` (an id of the registry such as `loc:iso3166:PL`, also one that
    was merged into another) are one or several of which any will do. `since` (inclusive) and `until` (exclusive) are
    days in UTC or ISO 8601 date-times compared with `date_published`. `text`: Russian words in any form, all of which
    must occur; `-слово` must not. Near-duplicates are left out but for the original, unless `include_duplicates`.
    `limit`: so many at most, 0 for all.

    Columns are the fields of `newscrawl.items.StoredArticle`, or those of `columns`: MongoDB sends no others. Times are
    UTC. Their types are those of `newscrawl export`; see `newscrawl.notebook.tables.as_kind` for pandas.
    Reads only. Raises StoreUnavailableError, and ConfigError for arguments that cannot be and for want of a library.
    """
    check_kind(as_)
    wanted = article_filter(
        site=site, city=city, region=region, since=since, until=until, text=text, entity=entity,
        include_duplicates=include_duplicates,
    )  # fmt: skip
    names = chosen_columns(columns, COLUMNS)
    number("limit", limit, 0)
    store = reader(mongo_uri, database)
    return as_kind(_read(store, wanted, names, limit), as_)


def _read(store: Store, wanted: ArticleFilter, names: tuple[str, ...], limit: int) -> pa.Table:
    """Return the articles of a filter in order, by the quicker of two ways."""
    import pyarrow as pa

    if not limit and is_quicker_unsorted(store, wanted, names):
        fields = tuple(dict.fromkeys((*names, *ORDERED_BY)))
        # Where it is broken off, or is more than a column can be put in order at once: the way that bears both.
        with suppress(BrokenOffError, pa.ArrowInvalid):
            found = whole(tables(store, wanted, fields, is_sorted=False), record_schema(StoredArticle, fields))
            return latest_first(found).select(names)
    return whole(tables(store, wanted, names, limit=limit), record_schema(StoredArticle, names))


def batches(
    *,
    size: int = 5_000,
    site: Names = None,
    city: Names = None,
    region: Names = None,
    since: Day = None,
    until: Day = None,
    text: str | None = None,
    entity: Names = None,
    include_duplicates: bool = False,
    columns: Sequence[str] | None = None,
    as_: Kind = "pandas",
    limit: int = 0,
    mongo_uri: str | None = None,
    database: str | None = None,
) -> Iterator[Any]:
    """Return an iterator over tables of `size` articles each: what `articles` gives, in as little memory as one takes.

    The arguments are those of `articles`, and are checked at once. A failover of the server does not break it off.
    """
    check_kind(as_)
    wanted = article_filter(
        site=site, city=city, region=region, since=since, until=until, text=text, entity=entity,
        include_duplicates=include_duplicates,
    )  # fmt: skip
    names = chosen_columns(columns, COLUMNS)
    number("limit", limit, 0)
    rows = number("size", size, 1)
    store = reader(mongo_uri, database)
    return (as_kind(one, as_) for one in _of_size(tables(store, wanted, names, limit=limit, size=rows), rows))


def iterate(
    *,
    site: Names = None,
    city: Names = None,
    region: Names = None,
    since: Day = None,
    until: Day = None,
    text: str | None = None,
    entity: Names = None,
    include_duplicates: bool = False,
    limit: int = 0,
    mongo_uri: str | None = None,
    database: str | None = None,
) -> Iterator[StoredArticle]:
    """Return an iterator over the records that `articles` tabulates: memory stays flat for any number."""
    wanted = article_filter(
        site=site, city=city, region=region, since=since, until=until, text=text, entity=entity,
        include_duplicates=include_duplicates,
    )  # fmt: skip
    number("limit", limit, 0)
    found = reader(mongo_uri, database).corpus.articles(wanted, fields=COLUMNS, limit=limit)
    return (stored(StoredArticle, one) for one in found)


def tables(
    store: Store,
    wanted: ArticleFilter,
    names: tuple[str, ...],
    *,
    limit: int = 0,
    size: int | None = None,
    is_sorted: bool = True,
) -> Iterator[pa.Table]:
    """Yield the articles of a filter as Arrow tables of at most `size` rows."""
    schema = record_schema(StoredArticle, names)
    for documents in documents_of(store, wanted, names, limit=limit, size=size, is_sorted=is_sorted):
        with without_cycles():
            made = table(documents, schema)
            documents.clear()
        yield made


def documents_of(
    store: Store,
    wanted: ArticleFilter,
    names: Sequence[str],
    *,
    limit: int = 0,
    size: int | None = None,
    is_sorted: bool = True,
) -> Iterator[list[dict[str, Any]]]:
    """Yield the documents of a filter in batches, as `in_batches` does."""
    found = in_batches(store, wanted, names, limit=limit, size=size, is_sorted=is_sorted)
    while True:
        with without_cycles():
            documents = next(found, None)
        if documents is None:
            return
        yield documents


def whole(parts: Iterator[pa.Table], schema: pa.Schema) -> pa.Table:
    """Return many small tables as one, its columns in chunks of some 10,000 rows."""
    import pyarrow as pa

    chunks: list[pa.Table] = []
    gathered: list[pa.Table] = []
    for part in parts:
        gathered.append(part)
        if sum(one.num_rows for one in gathered) >= _CHUNK_ROWS or sum(one.nbytes for one in gathered) >= _CHUNK_BYTES:
            chunks.append(pa.concat_tables(gathered).combine_chunks())
            gathered = []
    if gathered:
        chunks.append(pa.concat_tables(gathered).combine_chunks())
    return pa.concat_tables(chunks) if chunks else schema.empty_table()


def _of_size(parts: Iterator[pa.Table], size: int) -> Iterator[pa.Table]:
    """Yield the rows of many tables in tables of `size` rows, the last one with what is left."""
    import pyarrow as pa

    gathered: list[pa.Table] = []
    rows = 0
    for part in parts:
        gathered.append(part)
        rows += part.num_rows
        if rows >= size:
            together = pa.concat_tables(gathered)
            yield together.slice(0, size).combine_chunks()
            left = together.slice(size)
            gathered, rows = [left] if left.num_rows else [], left.num_rows
    if gathered:
        yield pa.concat_tables(gathered).combine_chunks()
