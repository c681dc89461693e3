"""Rows for a picture from whatever holds them: a DataFrame of pandas or polars, an Arrow table, or plain rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from newscrawl.errors import ConfigError

Row = Mapping[str, Any]


def rows_of(frame: Any, needed: Sequence[str], useful: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Return the rows of a frame with the columns `needed` and those of `useful` that it has, missing values as None.

    Raises ConfigError when a needed column is not there, or for something that is no table.
    """
    columns, rows = _table(frame)
    missing = [name for name in needed if rows and name not in columns]
    if missing:
        raise ConfigError(
            f"the frame has no column {' nor '.join(missing)}",
            advice="Give it as notebook.articles() or notebook.mentions() made it, or let the chart ask for it itself.",
        )
    names = [name for name in (*needed, *useful) if name in columns]
    return [{name: _plain(row.get(name)) for name in names} for row in rows]


def _table(frame: Any) -> tuple[set[str], list[Row]]:
    if hasattr(frame, "to_pylist"):  # pyarrow
        return set(frame.column_names), frame.to_pylist()
    if hasattr(frame, "to_dicts"):  # polars
        return set(frame.columns), frame.to_dicts()
    if hasattr(frame, "to_dict") and hasattr(frame, "columns"):  # pandas
        return set(map(str, frame.columns)), frame.to_dict("records")
    if isinstance(frame, Iterable):
        rows = list(frame)
        if all(isinstance(row, Mapping) for row in rows):
            return {name for row in rows for name in row}, rows
    raise ConfigError(f"a chart is made of a table, not of {type(frame).__name__}", advice="See docs/charts.md.")


def _plain(value: Any) -> Any:
    """Return a value of pandas as Python has it: None for NaN and NaT, a datetime for a Timestamp."""
    if value is None or (isinstance(value, float) and value != value):
        return None
    if isinstance(value, datetime):
        return None if value != value else (value.to_pydatetime() if hasattr(value, "to_pydatetime") else value)
    return None if type(value).__name__ in {"NAType", "NaTType"} else value
