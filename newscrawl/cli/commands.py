"""All commands by name: where each one is, and what `newscrawl --help` says of it without loading it.

A command is loaded when it is given: what crawls, reads archives or serves pages costs a second to load, and the other
commands need none of it.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup


class Place(NamedTuple):
    """Where a command is: a function or a `Typer` of one of the modules beside this one, and its summary."""

    module: str
    member: str
    summary: str


PLACES = {
    "demo": Place("demo", "demo", "Serve the sample city on loopback, crawl it into MongoDB, show what was stored."),
    "crawl": Place("crawling", "crawl", "Crawl sites and store their news."),
    "schedule": Place(
        "schedule", "schedule", "Crawl sites when they are due, until it is told to end (SIGTERM, Ctrl-C)."
    ),
    "reprocess": Place(
        "reprocessing", "reprocess", "Read stored pages anew: after a site file was mended or the pipeline improved."
    ),
    "export": Place(
        "export",
        "export",
        "Write articles into a Parquet dataset, a file of JSON lines or CSV; or their pages into a WARC file.",
    ),
    "import": Place(
        "importing",
        "import_",
        "Store articles from JSON lines: those of an export, or minimal ones from elsewhere.",
    ),
    "backfill": Place(
        "backfill",
        "backfill",
        "Bring in what a site published in a span of days: from its own lists, web archives, WARC files.",
    ),
    "gaps": Place(
        "gaps",
        "gaps",
        "Show the articles of each month, months with none or far fewer than usual, and what could fill them.",
    ),
    "extract": Place("articles", "extract", "Read one page and print its normalised article as JSON."),
    "normalise": Place(
        "articles",
        "normalise",
        'Mark dates and entities in texts: JSONL {"id","text","base"} in, JSONL with "dates" and "entities" out.',
    ),
    "show": Place("showing", "show", "Show one stored article with its marks and history."),
    "status": Place(
        "status",
        "status",
        "Show all sites at a glance, the worst first: news a day, last success, what is wrong and what to do.",
    ),
    "runs": Place("runs", "runs", "Show the latest runs of all jobs."),
    "doctor": Place(
        "doctor",
        "doctor",
        "Examine this installation: Python, MongoDB, disk, models, worker processes, site files.",
    ),
    "serve": Place(
        "serve",
        "serve",
        "Serve the web page and the JSON API, read-only, until it is told to end (SIGTERM, Ctrl-C).",
    ),
    "metrics": Place("metrics", "metrics", "Print the metrics of all sites in Prometheus' text format."),
    "site": Place("sites", "app", "The sites that newscrawl knows."),
    "entity": Place("entities", "app", "Who and what the articles speak of, across all of them."),
    "dedup": Place("dedup", "app", "Near-duplicates: which articles are one text, and which of them is the original."),
    "alert": Place("alerts", "app", "Alerts: tell people of alarms."),
    "db": Place("database", "app", "The embedded MongoDB: started on demand, stopped by the last who leaves."),
}


class Commands(TyperGroup):
    """The group of all commands: summaries of those in `PLACES` until one is asked for."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        for name, place in PLACES.items():
            self.add_command(TyperCommand(name, help=place.summary))

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Find the command that the arguments name, and load it."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, load(name) if name in PLACES else command, rest


def load(name: str) -> Any:
    """Return the whole command that `PLACES` has under this name, with its options or its own commands."""
    place = PLACES[name]
    member = getattr(import_module(f"newscrawl.cli.{place.module}"), place.member)
    if isinstance(member, typer.Typer):
        command: Any = typer.main.get_group(member)
        command.name = name
        return command
    alone = typer.Typer(add_completion=False)
    alone.command(name)(member)
    return typer.main.get_command(alone)
