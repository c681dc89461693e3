"""Arrow tables as what the caller likes to work with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from newscrawl.notebook.filters import Kind

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


ORDERED_BY = ("date_published", "url")
"""Columns that tell the order of articles."""


def latest_first(table: pa.Table) -> pa.Table:
    """Return articles in the order in which the store gives them: the latest published first, undated ones last."""
    import pyarrow.compute as pc

    keys = [(ORDERED_BY[0], "descending"), (ORDERED_BY[1], "ascending")]
    return table.take(pc.sort_indices(table.select(ORDERED_BY), sort_keys=keys))


def as_kind(table: pa.Table, kind: Kind) -> Any:
    """Return a table as a DataFrame of pandas or polars, or as it is.

    pandas: times are `datetime64[ms, UTC]`, texts `str`; columns of lists stay Arrow's, which take a fraction of the
    room of Python's objects, and give a list (of dicts) for each row that is looked at; maps are dicts. polars has
    types of its own for all of them.
    """
    if kind == "arrow":
        return table
    if kind == "polars":
        import polars as pl

        return pl.from_arrow(table.replace_schema_metadata())
    return _to_pandas(table)


def _to_pandas(table: pa.Table) -> pd.DataFrame:
    import pandas as pd
    import pyarrow as pa

    def kept_as_arrow(kind: pa.DataType) -> Any:
        return pd.ArrowDtype(kind) if pa.types.is_nested(kind) else None

    frame: pd.DataFrame = table.replace_schema_metadata().to_pandas(types_mapper=kept_as_arrow)
    for field in table.schema:
        if pa.types.is_map(field.type):
            frame[field.name] = pd.Series(_dicts(table.column(field.name)), dtype=object, index=frame.index)
    return frame


def _dicts(column: pa.ChunkedArray) -> list[dict[str, Any] | None]:
    """Return the maps of a column as dicts; equal keys are one object."""
    found: list[dict[str, Any] | None] = []
    for chunk in column.chunks:
        keys, items = chunk.keys.to_pylist(), chunk.items.to_pylist()
        keys = list(map({key: key for key in keys}.__getitem__, keys))
        offsets = chunk.offsets.to_pylist()
        rows = zip(offsets, offsets[1:], chunk.is_valid().to_pylist(), strict=False)
        found += [dict(zip(keys[a:b], items[a:b], strict=True)) if valid else None for a, b, valid in rows]
    return found
