"""What articles mention, a row each: persons, bodies, places and events; dates."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Any

from newscrawl.exports.columns import record_schema, table
from newscrawl.exports.files import without_cycles
from newscrawl.items import DateMention, EntityMention, Record, StoredArticle
from newscrawl.notebook.connections import reader
from newscrawl.notebook.filters import Day, Kind, Names, article_filter, check_kind, mention_types, number
from newscrawl.notebook.frames import documents_of, whole
from newscrawl.notebook.tables import as_kind

if TYPE_CHECKING:
    import pyarrow as pa

Document = dict[str, Any]
_OF_ARTICLE = ("url", "site", "city", "region", "date_published", "headline")
"""Columns that say where a mention stands."""
_BREAK = "\n\n"


def mentions(
    *,
    site: Names = None,
    city: Names = None,
    region: Names = None,
    since: Day = None,
    until: Day = None,
    text: str | None = None,
    entity: Names = None,
    type_: Names = None,
    include_duplicates: bool = False,
    as_: Kind = "pandas",
    limit: int = 0,
    mongo_uri: str | None = None,
    database: str | None = None,
) -> Any:
    """Return a row for each mention of a person, body, place or event, in the order of articles and of their texts.

    Articles are chosen as in `articles`; of theirs only mentions of `entity` (one or several ids of the registry) and
    of `type_` (`PER`, `ORG`, `LOC`, `EVENT`) are given, and `limit` counts mentions. Columns: where it stands (`url`,
    `site`, `city`, `region`, `date_published`, `headline`); the fields of `newscrawl.items.EntityMention`, of which
    `key` is the mention's own id; `id`, the entity of the registry that it means, merges followed; `paragraph`, counted
    from 1. Reads only. Raises what `articles` raises.
    """
    check_kind(as_)
    wanted = article_filter(
        site=site, city=city, region=region, since=since, until=until, text=text, entity=entity,
        include_duplicates=include_duplicates,
    )  # fmt: skip
    types = mention_types(type_)
    number("limit", limit, 0)
    store = reader(mongo_uri, database)
    heirs = store.registry.heirs()
    asked = [entity] if isinstance(entity, str) else entity
    ids = None if asked is None else {heirs.get(one, one) for each in asked for one in store.registry.ids(each)}

    def of(article: Document) -> Iterator[Document]:
        meant = {one["key"]: heirs.get(one["id"], one["id"]) for one in article["identities"]}
        for one in article["entities"]:
            key = one["id"]
            meaning = meant.get(key, key)
            if (types is None or one["type"] in types) and (ids is None or meaning in ids):
                paragraph = 1 + article["article_body"].count(_BREAK, 0, one["start"])
                yield one | {"key": key, "id": meaning, "paragraph": paragraph}

    schema = _mention_schema()
    fields = (*_OF_ARTICLE, "article_body", "identities", "entities")
    parts = (_table(some, of, schema) for some in documents_of(store, wanted, fields))
    return as_kind(whole(_first(parts, limit), schema), as_)


def dates(
    *,
    site: Names = None,
    city: Names = None,
    region: Names = None,
    since: Day = None,
    until: Day = None,
    text: str | None = None,
    entity: Names = None,
    include_duplicates: bool = False,
    as_: Kind = "pandas",
    limit: int = 0,
    mongo_uri: str | None = None,
    database: str | None = None,
) -> Any:
    """Return a row for each date in the texts of articles, in the order of articles and of their texts.

    Articles are chosen as in `articles`; `limit` counts dates. Columns: where it stands (as in `mentions`), the fields
    of `newscrawl.items.DateMention`. `first` and `last` are days, or date-times with their offset for times of day.
    """
    check_kind(as_)
    wanted = article_filter(
        site=site, city=city, region=region, since=since, until=until, text=text, entity=entity,
        include_duplicates=include_duplicates,
    )  # fmt: skip
    number("limit", limit, 0)
    store = reader(mongo_uri, database)
    schema = _date_schema()
    parts = (
        _table(some, lambda article: article["dates"], schema)
        for some in documents_of(store, wanted, (*_OF_ARTICLE, "dates"))
    )
    return as_kind(whole(_first(parts, limit), schema), as_)


@cache
def _mention_schema() -> pa.Schema:
    import pyarrow as pa

    plain = _schema(
        EntityMention, ("type", "text", "normal", "id", "refs", "post", "uncertain", "name", "start", "stop")
    )
    place = plain.get_field_index("id")
    key = plain.field("id").with_name("key")
    told = {"description": "The entity of the registry that it means, merges followed."}
    plain = plain.set(place, plain.field("id").with_metadata(told)).insert(place + 1, key)
    return plain.append(pa.field("paragraph", pa.int64(), metadata={"description": "In which it stands, from 1."}))


@cache
def _date_schema() -> pa.Schema:
    return _schema(DateMention, ("text", "value", "first", "last", "precision", "rule", "start", "stop"))


def _schema(record: type[Record], names: tuple[str, ...]) -> pa.Schema:
    import pyarrow as pa

    return pa.schema([*record_schema(StoredArticle, _OF_ARTICLE), *record_schema(record, names)])


def _table(
    articles: Sequence[Mapping[str, Any]], of: Callable[[Document], Iterator[Document]], schema: pa.Schema
) -> pa.Table:
    """Return the mentions of some articles, each with the columns of its article."""
    import numpy as np
    import pyarrow as pa

    with without_cycles():
        mentioned = [list(of(one)) for one in articles]  # type: ignore[arg-type]
        where = table(articles, record_schema(StoredArticle, _OF_ARTICLE))
        what = pa.schema([one for one in schema if one.name not in _OF_ARTICLE])
        rows = table(list(chain.from_iterable(mentioned)), what)
    which = np.repeat(np.arange(len(articles)), [len(one) for one in mentioned])
    return pa.Table.from_arrays([*where.take(pa.array(which)).columns, *rows.columns], schema=schema)


def _first(parts: Iterator[pa.Table], limit: int) -> Iterator[pa.Table]:
    """Yield tables until they have `limit` rows; all of them for 0."""
    left = limit
    for part in parts:
        if limit and part.num_rows >= left:
            yield part.slice(0, left)
            return
        left -= part.num_rows
        yield part
