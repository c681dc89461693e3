"""What stands beside an export: what it holds, and from which moment the next one goes on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import AwareDatetime, Field, ValidationError

from newscrawl.errors import ConfigError
from newscrawl.exports.files import whole_file
from newscrawl.items import Record

IN_DATASET = "_manifest.json"
"""Readers of a dataset leave out what begins with an underscore."""
Format = Literal["parquet", "jsonl", "csv", "warc"]


class Manifest(Record):
    """What an export holds."""

    newscrawl: Literal["export 1"] = "export 1"
    """Tells the file from others, and the version of its form."""
    format: Format
    """Of the files."""
    next_since: AwareDatetime
    """What to say for `--since` the next time: nothing that changes from now on is lost, a little may come twice."""
    since: AwareDatetime | None = None
    """The export holds what changed from then on; null: everything."""
    sites: Mapping[str, AwareDatetime] = Field(default_factory=dict)
    """Parquet: the sites in the dataset, each with the moment up to which it is complete. '' for articles without."""
    layout: str = ""
    """Parquet: digest of the columns."""

    def write(self, path: Path) -> None:
        """Write it, whole or not at all."""
        with whole_file(path) as file:
            text = json.dumps(self.model_dump(mode="json"), ensure_ascii=False, indent=2)
            file.write(text.encode() + b"\n")


def beside(path: Path) -> Path:
    """Return where the manifest of an export stands: in a dataset's folder, beside a file."""
    return path / IN_DATASET if path.is_dir() else path.with_name(path.name + ".manifest.json")


def read_manifest(path: Path) -> Manifest | None:
    """Return a manifest, None where there is no such file. Raises ConfigError for one that is none."""
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except (ValidationError, OSError, UnicodeDecodeError) as error:
        why = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
        raise ConfigError(
            f"{path} is no manifest of an export: {why}", advice="Export anew into another place."
        ) from None


def read_since(told: str) -> datetime:
    """Return the moment that `--since` means: a day or time (UTC if it does not say), or a former export's path.

    Raises ConfigError.
    """
    try:
        moment = datetime.fromisoformat(told)
    except ValueError:
        path = Path(told)
        found = read_manifest(path if path.name.endswith(".json") else beside(path)) if path.exists() else None
        if found is None:
            raise ConfigError(
                f"--since {told}: neither a day such as 2026-01-31, nor a date-time, nor a former export",
                advice="A former export is told by its path; its manifest must still be there.",
            ) from None
        return found.next_since
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
