"""`newscrawl runs`: what was done."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from newscrawl.cli.door import door, out, print_json
from newscrawl.items import count_failures
from newscrawl.sites import get_site
from newscrawl.store import open_store

_WIDE = 100
"""From so many columns on there is room for more of a run."""
COLOURS = {"done": "green", "running": "cyan", "failures": "yellow", "ok": "green", "warning": "yellow"}
"""Of a run's status; the others are red."""


def runs(
    context: typer.Context,
    site: Annotated[str | None, typer.Argument(metavar="[SITE]", help="This site only.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="So many at most.")] = 20,
    json_: Annotated[
        bool, typer.Option("--json", help="Whole records as JSON, with every counter and warning.")
    ] = False,
) -> int:
    """Show the latest runs of all jobs."""
    config = door(context).config
    with open_store(config) as store:
        found = store.find_runs(site, limit)
    if site is not None and not found:
        get_site(site, config.own_sites)  # a name that nobody knows is told
    if json_:
        print_json([run.model_dump(mode="json") for run in found])
        return 0
    table = Table(box=None, pad_edge=False)
    for heading in ("started (UTC)", "job", "site", "status"):
        table.add_column(heading, no_wrap=True)
    further = {"gone": "articles_gone", "requests": "requests", "304": "status.304"} if out.width >= _WIDE else {}
    for heading in ("s", "new/changed/same", *further, "failed", "alarms"):
        table.add_column(heading, justify="right")
    for run in found:
        seconds = f"{(run.finished_at - run.started_at).total_seconds():.0f}" if run.finished_at else "-"
        failed = count_failures(run.stats)
        table.add_row(
            f"{run.started_at:%Y-%m-%d %H:%M}", run.job, run.site or "all",
            Text(run.status, COLOURS.get(run.status, "red")), seconds,
            "/".join(f"{run.stats.get(f'articles_{what}', 0):g}" for what in ("new", "changed", "unchanged")),
            *(f"{run.stats.get(name, 0):g}" for name in further.values()), f"{failed:g}", str(len(run.alarms)),
        )  # fmt: skip
    out.print(table if found else "No runs yet: `newscrawl demo`, or `newscrawl crawl SITE`.")
    return 0
