"""The Arrow schema of an article, made from the records, and tables made of documents by it."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

from newscrawl.errors import ConfigError, NewscrawlError
from newscrawl.items import Record, StoredArticle

if TYPE_CHECKING:
    import pyarrow as pa

Document = Mapping[str, Any]
PARTITIONED_BY = ("site", "year")
"""Columns that the folders' names hold."""


def require_arrow() -> None:
    """Raise ConfigError where pyarrow is not installed."""
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        raise ConfigError(
            "Parquet needs pyarrow, which is not installed", advice="pip install 'newscrawl[parquet]'"
        ) from None


@cache
def arrow_schema() -> pa.Schema:
    """Return the schema of the files: the fields of StoredArticle but for `site`, each with its description."""
    return record_schema(StoredArticle, tuple(one for one in StoredArticle.model_fields if one not in PARTITIONED_BY))


@cache
def record_schema(record: type[Record], names: tuple[str, ...] | None = None) -> pa.Schema:
    """Return the Arrow schema of a record: its fields, or those that are named, in that order, with descriptions."""
    import pyarrow as pa

    fields = []
    for name in record.model_fields if names is None else names:
        field = record.model_fields[name]
        told = {"description": " ".join((field.description or "").split())}
        fields.append(pa.field(name, arrow_type(field.annotation), metadata=told))
    return pa.schema(fields)


def arrow_type(annotation: Any) -> pa.DataType:
    """Return the Arrow type of a record's field: tuples are lists, records structs, dicts maps, times UTC."""
    import pyarrow as pa

    plain = {str: pa.string(), int: pa.int64(), bool: pa.bool_(), float: pa.float64()}
    if annotation in plain:
        return plain[annotation]
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return arrow_type(arguments[0])
    if origin in {Union, types.UnionType}:
        several = {argument for argument in arguments if argument is not type(None)}
        return pa.float64() if several == {int, float} else arrow_type(several.pop())
    if origin is tuple:
        return pa.list_(arrow_type(arguments[0]))
    if origin is dict:
        return pa.map_(arrow_type(arguments[0]), arrow_type(arguments[1]))
    if origin is Literal:
        return pa.string()
    if isinstance(annotation, type) and issubclass(annotation, Record):
        return pa.struct([(name, arrow_type(one.annotation)) for name, one in annotation.model_fields.items()])
    if annotation is datetime or getattr(annotation, "__name__", "") == "AwareDatetime":
        return pa.timestamp("ms", tz="UTC")
    raise TypeError(f"no Arrow type for {annotation}")


def table(documents: Sequence[Document], schema: pa.Schema | None = None) -> pa.Table:
    """Return a table of documents, a row each, by a schema, that of exported articles where none is given.

    What a document lacks is null. Raises NewscrawlError for a value of another type than the schema's.
    """
    import pyarrow as pa

    schema = schema or arrow_schema()
    arrays = []
    for field in schema:
        values = [one.get(field.name) for one in documents]
        try:
            if pa.types.is_map(field.type):
                values = [list(value.items()) if value is not None else None for value in values]
            arrays.append(pa.array(values, type=field.type))
        except (pa.ArrowException, AttributeError, OverflowError) as error:
            told = " ".join(str(error).split())[:200]
            raise NewscrawlError(
                f"a stored {field.name} is no {field.type}: {told}",
                advice="Another program wrote it; `newscrawl reprocess --all` makes articles anew of their pages.",
            ) from None
    return pa.Table.from_arrays(arrays, schema=schema)


def described() -> Iterator[tuple[str, str, str]]:
    """Yield (column, Arrow type, description) for the docs."""
    for field in arrow_schema():
        yield field.name, str(field.type), (field.metadata or {}).get(b"description", b"").decode()
