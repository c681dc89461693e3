"""`newscrawl export`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from newscrawl.cli.door import door, errors, out, print_json
from newscrawl.cli.part_progress import PartProgress
from newscrawl.config import Config
from newscrawl.errors import ConfigError
from newscrawl.exports.files import COMPRESSIONS
from newscrawl.exports.manifest import Format, read_since
from newscrawl.jobs.export import (
    Exported,
    chosen_sites,
    count_pages,
    count_rows,
    export_dataset,
    export_file,
    export_warc,
    write_file,
)
from newscrawl.store import RunLog, Store, open_store

_FORMATS: tuple[Format, ...] = ("parquet", "jsonl", "csv", "warc")


def export(
    context: typer.Context,
    path: Annotated[str, typer.Argument(metavar="PATH", help="A folder for Parquet, else a file, or - for stdout.")],
    format_: Annotated[
        str | None, typer.Option("--format", help="parquet, jsonl, csv, warc; PATH tells if not.")
    ] = None,
    since: Annotated[str | None, typer.Option(help="Only what changed from then on; or a former export.")] = None,
    site: Annotated[list[str] | None, typer.Option(help="This site only; may be repeated.")] = None,
    json_: Annotated[bool, typer.Option("--json", help="What was written, as JSON.")] = False,
) -> int:
    """Write articles into a Parquet dataset, a file of JSON lines or CSV; or their pages into a WARC file."""
    config = door(context).config
    kind = _format(format_, path)
    moment = read_since(since) if since is not None else None
    with open_store(config) as store:
        if path == "-":
            _to_stdout(store, kind, site, moment)
            return 0
        done = _to_path(store, config, Path(path), kind, site, moment)
    if json_:
        print_json({"path": path, "format": kind, **asdict(done)})
        return 0
    if done.since is not None:
        errors.print(
            f"What changed from {_told(done.since)} on was taken: up to then the dataset was complete.", highlight=False
        )
    files = f" in {done.files:,} files" if kind == "parquet" else ""
    what = "pages" if kind == "warc" else "articles"
    out.print(f"{done.rows:,} {what} written{files}: {path}", highlight=False, markup=False, soft_wrap=True)
    out.print(
        f"The next time: --since {path}, or --since {_told(done.next_since)}", highlight=False, markup=False,
        soft_wrap=True,
    )  # fmt: skip
    return 0


def _format(named: str | None, path: str) -> Format:
    """Return the format: as it is named, or as the path ends. Raises ConfigError."""
    if named is not None:
        if named not in _FORMATS:
            raise ConfigError(f"--format {named}: expected one of {', '.join(_FORMATS)}")
        return named
    bare = path
    for ending in COMPRESSIONS:
        bare = bare.removesuffix(ending)
    for one in _FORMATS[1:]:
        if bare.endswith(f".{one}"):
            return one
    if path == "-" or Path(bare).suffix:
        raise ConfigError(f"what is to be written into {path}?", advice=f"--format {', '.join(_FORMATS)}.")
    return "parquet"


def _to_stdout(store: Store, kind: Format, sites: Sequence[str] | None, since: datetime | None) -> None:
    if kind == "parquet":
        raise ConfigError("a Parquet dataset is a folder, not a stream", advice="Name a folder, or --format jsonl.")
    if kind == "warc":
        raise ConfigError("a WARC file is written whole or not at all", advice="Name a file, such as pages.warc.gz.")
    moment = store.exporting.moment()
    write_file(store, sys.stdout.buffer, kind, chosen_sites(store, sites), since, RunLog())
    sys.stdout.buffer.flush()
    errors.print(f"The next time: --since {_told(moment)}", highlight=False)


def _to_path(
    store: Store, config: Config, path: Path, kind: Format, sites: Sequence[str] | None, since: datetime | None
) -> Exported:
    log = RunLog()
    total = (count_pages if kind == "warc" else count_rows)(store, sites, since)
    with PartProgress("export", total, "pages" if kind == "warc" else "articles", lambda _: "") as progress:
        progress.watch(log)
        if kind == "warc":
            return export_warc(store, path, sites=sites, since=since, log=log)
        if kind == "parquet":
            return export_dataset(store, config, path, sites=sites, since=since, log=log)
        return export_file(store, path, kind, sites=sites, since=since, log=log)


def _told(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
