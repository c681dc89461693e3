"""`newscrawl import`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Annotated

import typer

from newscrawl.cli.crawling import report_run
from newscrawl.cli.door import door, errors, print_json
from newscrawl.cli.part_progress import PartProgress
from newscrawl.errors import ConfigError
from newscrawl.exports.files import decompressing, whole_file
from newscrawl.jobs.import_lines import BadLine
from newscrawl.jobs.importing import import_lines
from newscrawl.resources import Resources
from newscrawl.sites import all_sites
from newscrawl.store import RunLog

_KB = 1000


def import_(
    context: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="JSON lines, also .gz and .zst, or - for stdin.")],
    rejects: Annotated[
        Path | None, typer.Option(help="Write number and reason of each line that is left here.")
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="The run as JSON.")] = False,
) -> int:
    """Store articles from JSON lines: those of an export, or minimal ones from elsewhere."""
    config = door(context).config
    sites = all_sites(config.own_sites)
    with ExitStack() as stack:
        stream, raw, size = stack.enter_context(_opened(file))
        left = stack.enter_context(whole_file(rejects)) if rejects is not None else None

        def note(bad: BadLine) -> None:
            if left is not None:
                told = {"line": bad.number, "reason": bad.reason, "error": bad.text}
                left.write(json.dumps(told, ensure_ascii=False).encode() + b"\n")

        log = RunLog()

        def move_on() -> None:
            if size:
                log.count("passed", raw.tell() // _KB - log.stats.get("passed", 0))

        resources = stack.enter_context(Resources.open(config))
        if size:
            progress = PartProgress("import", -(-size // _KB), "kB", lambda _: "")
            progress.watch(log)
            stack.enter_context(progress)
        run = import_lines(resources, stream, sites, on_bad=note, on_batch=move_on)
        record = resources.store.find_run(run.id)
    if record is None:
        return 1
    if json_:
        print_json(record.model_dump(mode="json"))
    else:
        report_run(record)
    return 0 if record.status == "done" else 1


@contextmanager
def _opened(name: str) -> Iterator[tuple[IO[bytes], IO[bytes], int]]:
    """Give the lines of a file, the file itself, and its size; 0 for a stream. Raises ConfigError."""
    if name == "-":
        if sys.stdin.isatty():
            errors.print("Reading JSON lines from the terminal; Ctrl-D ends them.", style="dim")
        yield sys.stdin.buffer, sys.stdin.buffer, 0
        return
    path = Path(name)
    try:
        size = path.stat().st_size
        file = path.open("rb")
    except OSError as error:
        raise ConfigError(f"{name} cannot be read: {error.strerror}") from None
    with file, decompressing(file, name) as stream:
        yield stream, file, size
