"""A folder of Parquet files, one for each site and year, that is replaced file by file and never holds a row twice.

`site=ryazan/year=2026/articles.parquet`, as Hive names partitions. What a run writes stands in a hidden folder until it
is complete; then a list of what goes where is written down, and the files get their names. A run that dies before that
list is there has done nothing; one that dies after it is finished by the next.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from newscrawl.errors import ConfigError
from newscrawl.exports.columns import arrow_schema, table
from newscrawl.exports.files import remains, remove, sync_folder, temporary_name, whole_file, without_cycles
from newscrawl.exports.manifest import IN_DATASET, Manifest, read_manifest

Document = Mapping[str, Any]
NO_YEAR, NO_SITE = 0, "-"
"""In the folders' names: pandas cannot read a partition of null beside others."""
_FILE = "articles.parquet"
_ATTEMPT = "export"
_PLAN = "plan.json"
_BATCH = 500
_GROUP_BYTES = 64 * 1024 * 1024
"""Of a row group, in memory; so much is held at most."""
_GROUP_ROWS = 20_000


def layout() -> str:
    """Return what changes whenever the columns do."""
    return hashlib.sha256(str(arrow_schema().remove_metadata()).encode()).hexdigest()[:12]


def place(site: str | None, year: int | None) -> str:
    """Return the path of a partition's file in the dataset."""
    name = NO_SITE if site is None else quote(site, safe="")
    return f"site={name}/year={NO_YEAR if year is None else year}/{_FILE}"


def write_rows(documents: Iterable[Document], path: Path) -> int:
    """Write articles into a Parquet file; return how many. None is made where there are none. Memory stays flat."""
    import pyarrow.parquet as pq

    rows = 0
    groups = _groups(documents)
    with without_cycles():
        first = next(groups, None)
        if first is None:
            return 0
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file, pq.ParquetWriter(file, arrow_schema(), compression="zstd") as writer:
            for part in chain([first], groups):
                writer.write_table(part)
                rows += part.num_rows
    return rows


def _groups(documents: Iterable[Document]) -> Iterator[Any]:
    """Yield tables of about the size of a row group."""
    import pyarrow as pa

    tables: list[Any] = []
    batch: list[Document] = []
    for one in documents:
        batch.append(one)
        if len(batch) >= _BATCH:
            tables.append(table(batch))
            batch = []
            if sum(one.nbytes for one in tables) >= _GROUP_BYTES or len(tables) * _BATCH >= _GROUP_ROWS:
                yield pa.concat_tables(tables)
                tables = []
    if batch:
        tables.append(table(batch))
    if tables:
        yield pa.concat_tables(tables)


@dataclass
class Changes:
    """What a run does to a dataset."""

    replaced: set[str] = field(default_factory=set)
    """Places whose new files are staged."""
    removed: set[str] = field(default_factory=set)
    """Places that hold no row any more."""


class Dataset:
    """A dataset in a folder, opened to be written."""

    def __init__(self, root: Path) -> None:
        """Open it, make it where there is none, and finish or undo what a process that died left.

        Raises ConfigError for a folder with something else in it, or one that another process writes.
        """
        self.root = root
        if root.exists() and not root.is_dir():
            raise ConfigError(f"{root} is a file", advice="Parquet is written into a folder of its own: name another.")
        self._is_own = not root.exists()
        """Whether the folder was made here, or by a run that died before it had anything in it."""
        root.mkdir(parents=True, exist_ok=True)
        self._recover()
        self.manifest = read_manifest(root / IN_DATASET)
        strange = [one.name for one in root.iterdir() if not one.name.startswith("site=") and one.name != IN_DATASET]
        if strange or (self.manifest is None and any(root.iterdir())):
            raise ConfigError(
                f"{root} holds what is no export of newscrawl: {', '.join(sorted(strange)[:3]) or 'no manifest'}",
                advice="Name a folder that is empty, or does not exist yet.",
            )
        self.staging = temporary_name(root / _ATTEMPT)
        self.staging.mkdir()

    def __enter__(self) -> Dataset:
        return self

    def __exit__(self, kind: object, error: object, *_: object) -> None:
        """Leave nothing behind of what was not completed; complete what was broken off when its plan stood."""
        if isinstance(error, OSError):
            error.filename = str(self.root)  # what the user named, not what nobody is to see
        is_broken_off = error is not None and (self.staging / _PLAN).exists()
        if not is_broken_off:
            remove(self.staging)
        elif not isinstance(error, OSError):  # else the next export does it
            self._carry_out(self.staging)
        if self._is_own and self.manifest is None and not any(self.root.iterdir()):
            self.root.rmdir()

    def staged(self, where: str) -> Path:
        """Return under which name the new file of a place is written."""
        return self.staging / where

    def current(self, where: str, changes: Changes) -> Path | None:
        """Return where the rows of a place are once some changes are made; None where there are none."""
        if where in changes.replaced:
            return self.staged(where)
        path = self.root / where
        return path if where not in changes.removed and path.exists() else None

    def places(self, site: str | None) -> dict[str, int | None]:
        """Return the places of a site that have a file now, with their years."""
        folder = (self.root / place(site, None)).parent.parent
        found: dict[str, int | None] = {}
        for path in sorted(folder.glob(f"year=*/{_FILE}")):
            year = int(path.parent.name.partition("=")[2]) or None
            found[place(site, year)] = year
        return found

    def sites(self) -> list[str | None]:
        """Return the sites that have a folder."""
        names = [path.name.partition("=")[2] for path in sorted(self.root.glob("site=*"))]
        return [None if name == NO_SITE else unquote(name) for name in names]

    def urls(self, path: Path) -> set[str]:
        """Return the addresses of a file's rows."""
        import pyarrow.parquet as pq

        return set(pq.read_table(path, columns=["url"], partitioning=None).column("url").to_pylist())

    def drop_rows(self, where: str, urls: Collection[str], changes: Changes) -> None:
        """Stage a place without some rows."""
        import pyarrow as pa
        import pyarrow.compute as pc
        import pyarrow.parquet as pq

        path = self.current(where, changes)
        if path is None:
            return
        rows = pq.read_table(path, partitioning=None)
        kept = rows.filter(pc.invert(pc.is_in(rows.column("url"), value_set=pa.array(sorted(urls)))))
        if kept.num_rows:
            target = self.staged(where)
            target.parent.mkdir(parents=True, exist_ok=True)
            pq.write_table(kept, target, compression="zstd")
            changes.replaced.add(where)
        else:
            changes.replaced.discard(where)
            changes.removed.add(where)

    def commit(self, changes: Changes, manifest: Manifest) -> None:
        """Give the staged files their names. From here on the run counts as done, whatever happens to it."""
        for where in changes.replaced:
            _sync(self.staged(where))
        told = {"replaced": sorted(changes.replaced), "removed": sorted(changes.removed)}
        with whole_file(self.staging / _PLAN) as file:
            file.write(json.dumps(told | {"manifest": manifest.model_dump(mode="json")}).encode())
        self._carry_out(self.staging)
        self.manifest = manifest

    def _carry_out(self, staging: Path) -> None:
        told = json.loads((staging / _PLAN).read_bytes())
        for where in told["replaced"]:
            source, target = staging / where, self.root / where
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.exists():  # else it has its name already
                source.replace(target)
        for where in told["removed"]:
            target = self.root / where
            target.unlink(missing_ok=True)
            for folder in (target.parent, target.parent.parent):
                if folder.is_dir() and not any(folder.iterdir()):
                    folder.rmdir()
        sync_folder(self.root)
        Manifest.model_validate(told["manifest"]).write(self.root / IN_DATASET)
        remove(staging)

    def _recover(self) -> None:
        for left in remains(self.root / _ATTEMPT):
            if (left / _PLAN).exists():
                self._carry_out(left)
            else:
                remove(left)
                self._is_own = True
        for left in remains(self.root / IN_DATASET):
            remove(left)
        others = sorted(self.root.glob(".*newscrawl-part"))
        if others:
            raise ConfigError(
                f"another process writes into {self.root}: {others[0].name}",
                advice="Wait for it. If it is dead (it may have run on another machine), delete that hidden folder.",
            )


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
