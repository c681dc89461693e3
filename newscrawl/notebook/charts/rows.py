"""Rows for a picture from whatever holds them: a DataFrame of pandas or polars, or an Arrow table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from newscrawl.errors import ConfigError

Row = Mapping[str, Any]


def rows_of(frame: Any, needed: Sequence[str], useful: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Return the rows of a frame with the columns `needed` and those of `useful` that it has, missing values as None.

    Raises ConfigError when a needed column is not there, or for something that is no table.
    """
    columns = _columns(frame)
    missing = [name for name in needed if name not in columns]
    if missing:
        raise ConfigError(
            f"the frame has no column {' nor '.join(missing)}",
            advice="Give it as notebook.articles() or notebook.mentions() made it, or let the chart ask for it itself.",
        )
    names = [name for name in (*needed, *useful) if name in columns]
    return [{name: _plain(row.get(name)) for name in names} for row in _rows(frame, names)]


def _columns(frame: Any) -> list[str]:
    if hasattr(frame, "column_names"):  # pyarrow
        return list(frame.column_names)
    if hasattr(frame, "columns"):  # pandas, polars
        return [str(name) for name in frame.columns]
    raise ConfigError(f"a chart is made of a table, not of {type(frame).__name__}", advice="See docs/charts.md.")


def _rows(frame: Any, names: list[str]) -> list[Row]:
    """Return the rows with these columns alone: others may be large."""
    if hasattr(frame, "to_pylist"):
        rows: list[Row] = frame.select(names).to_pylist()
    elif hasattr(frame, "to_dicts"):
        rows = frame.select(names).to_dicts()
    else:
        rows = frame[names].to_dict("records")
    return rows


def _plain(value: Any) -> Any:
    """Return a value of pandas as Python has it: None for NaN and NaT, a datetime for a Timestamp."""
    if value is None or (isinstance(value, float) and value != value):
        return None
    if isinstance(value, datetime):
        return None if value != value else (value.to_pydatetime() if hasattr(value, "to_pydatetime") else value)
    if type(value).__name__ in {"NAType", "NaTType"}:
        return None
    return value.tolist() if hasattr(value, "tolist") else value  # an array of numpy
