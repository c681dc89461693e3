"""Rows for a picture from whatever holds them: a DataFrame of pandas or polars, or an Arrow table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from newscrawl.errors import ConfigError

Row = Mapping[str, Any]


_SLICE = 20_000
"""Rows that are held as Python's objects at a time: they take ten times the room of a table's."""


def rows_of(frame: Any, needed: Sequence[str], useful: Sequence[str] = ()) -> Iterator[dict[str, Any]]:
    """Return an iterator over a frame's rows with the columns `needed` and those of `useful` that it has.

    Missing values are None. Raises ConfigError at once when a needed column is not there, or for something that is no
    table.
    """
    columns = _columns(frame)
    missing = [name for name in needed if name not in columns]
    if missing:
        raise ConfigError(
            f"the frame has no column {' nor '.join(missing)}",
            advice="Give it as notebook.articles() or notebook.mentions() made it, or let the chart ask for it itself.",
        )
    names = [name for name in (*needed, *useful) if name in columns]
    starts = range(0, len(frame), _SLICE)
    return ({name: _plain(row[name]) for name in names} for start in starts for row in _rows(frame, names, start))


def _columns(frame: Any) -> list[str]:
    if hasattr(frame, "column_names"):  # pyarrow
        return list(frame.column_names)
    if hasattr(frame, "columns"):  # pandas, polars
        return [str(name) for name in frame.columns]
    raise ConfigError(f"a chart is made of a table, not of {type(frame).__name__}", advice="See docs/charts.md.")


def _rows(frame: Any, names: list[str], start: int) -> list[Row]:
    """Return a slice of the rows, with these columns alone: others may be large."""
    if hasattr(frame, "to_pylist"):
        rows: list[Row] = frame.select(names).slice(start, _SLICE).to_pylist()
    elif hasattr(frame, "to_dicts"):
        rows = frame.select(names).slice(start, _SLICE).to_dicts()
    else:
        rows = frame[names].iloc[start : start + _SLICE].to_dict("records")
    return rows


def _plain(value: Any) -> Any:
    """Return a value of pandas as Python has it: None for NaN and NaT, a datetime for a Timestamp."""
    if isinstance(value, str):
        return value
    if value is None or (isinstance(value, float) and value != value):
        return None
    if isinstance(value, datetime):
        return None if value != value else (value.to_pydatetime() if hasattr(value, "to_pydatetime") else value)
    if type(value).__name__ in {"NAType", "NaTType"}:
        return None
    return value.tolist() if hasattr(value, "tolist") else value  # an array of numpy
