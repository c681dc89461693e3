"""What every command needs: the configuration, the consoles, the log."""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console, ConsoleOptions, RenderableType
from rich.logging import RichHandler
from rich.segment import Segment

if TYPE_CHECKING:
    from newscrawl.config import Config

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""What a terminal obeys instead of showing it, but for line ends and tabs."""


def harmless(text: str) -> str:
    """Return a text with its control characters written out: an argument or a page must not steer the terminal."""
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


class _Paper(Console):
    """A console that shows control characters of what it is given."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Render as rich does; a segment of rich's own control codes stays."""
        for segment in super().render(renderable, options):
            if segment.control is None and _CONTROL.search(segment.text):
                yield Segment(harmless(segment.text), segment.style)
            else:
                yield segment


out = _Paper(soft_wrap=False)
"""For people: tables, marks, sentences. Follows NO_COLOR and the width of the terminal."""
errors = _Paper(stderr=True)
"""Errors, progress and the log: stdout stays machine-readable."""


DASK_HELP = "Share the work among the workers of this Dask scheduler: tcp://host:8786."


@dataclass(frozen=True)
class Door:
    """The global options of one invocation."""

    mongo_uri: str | None
    database: str | None
    debug: bool

    @cached_property
    def config(self) -> Config:
        """The configuration, the options counting most."""
        from newscrawl.config import load_config  # late: help is given without it

        return load_config(mongo_uri=self.mongo_uri, database=self.database)


def door(context: typer.Context) -> Door:
    """Return the global options, with the log set up."""
    found: Door = context.obj
    handler = RichHandler(console=errors, show_path=False, log_time_format="%H:%M:%S")
    if not found.debug:
        handler.addFilter(_is_for_operators)
    logging.basicConfig(level=logging.INFO, handlers=[handler], format="%(message)s")
    return found


def _is_for_operators(record: logging.LogRecord) -> bool:
    """Pass newscrawl's own warnings: what Scrapy and its like report is told by the run, or by --debug."""
    return record.name.startswith(("newscrawl", "pipelines")) and record.levelno >= logging.WARNING


def print_json(value: Any) -> None:
    """Write one JSON value to stdout, Cyrillic as it is."""
    write_json_text(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def write_json_text(text: str) -> None:
    """Write a line of JSON to stdout: UTF-8 whatever the locale, lone surrogates as JSON's escapes."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace") + b"\n")
    sys.stdout.buffer.flush()
