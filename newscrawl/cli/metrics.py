"""`newscrawl metrics`: the state of every site for Prometheus."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from newscrawl.cli.door import door
from newscrawl.errors import ConfigError
from newscrawl.metrics import text, write_text
from newscrawl.store import open_store


def metrics(
    context: typer.Context,
    output: Annotated[
        Path | None, typer.Option(help="A file for the node exporter's textfile collector, such as newscrawl.prom.")
    ] = None,
) -> int:
    """Print the metrics of all sites in Prometheus' text format."""
    with open_store(door(context).config) as store:
        if output is None:
            sys.stdout.buffer.write(text(store))
            sys.stdout.buffer.flush()
            return 0
        try:
            write_text(store, output)
        except OSError as error:
            raise ConfigError(
                f"{output} cannot be written: {error.strerror}", advice="Name a file in a folder that exists."
            ) from None
    return 0
