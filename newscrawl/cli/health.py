"""`newscrawl status`, `runs`, `doctor`: how the sites and this installation are."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from newscrawl.cli.door import door, out, print_json
from newscrawl.items import Run, count_failures
from newscrawl.jobs.doctor import Finding, examine
from newscrawl.sites import Site, all_sites
from newscrawl.store import open_store

_COLOURS = {"done": "green", "running": "cyan", "failures": "yellow", "ok": "green", "warning": "yellow"}


def status(context: typer.Context, json_: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> int:
    """Show all sites at a glance: what is stored, the last run, what is wrong and what to do."""
    config = door(context).config
    sites = all_sites(config.own_sites)
    with open_store(config) as store:
        counts = store.count_by_site()
        last = {name: next(iter(store.find_runs(name, limit=1)), None) for name in sites.keys() | counts.keys()}
        problems = {name: _numbers(store.pages_with_problems(name)) for name in counts.keys() | sites.keys()}
    rows = [
        _status_row(name, sites.get(name), counts.get(name, {}), last[name], problems[name])
        for name in sorted(sites.keys() | counts.keys())
    ]
    if json_:
        print_json(rows)
        return 0
    shown = [row for row in rows if row["last_run"] or row["articles"] or row["sources"]]
    table = Table(box=None, pad_edge=False)
    for heading in ("site", "articles", "undated", "latest news", "last run"):
        table.add_column(heading, justify="right" if heading in {"articles", "undated"} else "left", no_wrap=True)
    for row in shown:
        run = Text(f"{row['last_status']} {_ago(row['last_run'])}".strip(), _COLOURS.get(row["last_status"], "red"))
        table.add_row(
            row["site"], str(row["articles"]), str(row["undated"]),
            f"{row['latest']:%Y-%m-%d}" if row["latest"] else "-", run,
        )  # fmt: skip
    out.print(table)
    advice = Table(box=None, pad_edge=False, show_header=False, title="\nWhat to do", title_justify="left")
    for row in shown:
        if row["advice"]:
            advice.add_row(row["site"], row["advice"])
    if advice.row_count:
        out.print(advice)
    if len(shown) < len(rows):
        out.print(f"\n{len(rows) - len(shown)} more sites have no source yet: `newscrawl site list`", highlight=False)
    return 0


def _status_row(name: str, site: Site | None, counts: Any, run: Run | None, problems: dict[str, int]) -> dict[str, Any]:
    return {
        "site": name,
        "city": site.city if site else None,
        "sources": len(site.sources) if site else 0,
        "articles": counts.get("articles", 0),
        "undated": counts.get("undated", 0),
        "latest": counts.get("latest"),
        "last_run": run.started_at if run else None,
        "last_status": run.status if run else "never run",
        "pages_without_article": problems,
        "advice": _advice(name, site, run, problems),
    }


def _numbers(problems: dict[str, list[str]]) -> dict[str, int]:
    return {reason: len(urls) for reason, urls in problems.items()}


def _advice(name: str, site: Site | None, run: Run | None, problems: dict[str, int]) -> str:
    if site is None:
        return "stored, but no site file has this name"
    if run is None and not site.sources:
        return f"newscrawl site add {site.url}"
    if run is None:
        return f"newscrawl crawl {name}" if site.is_on_the_network else "newscrawl demo"
    if run.status in {"died", "stopped", "unavailable"}:
        return f"newscrawl crawl {name} goes on where it ended"
    if problems:
        pages = ", ".join(f"{number} {reason}" for reason, number in problems.items())
        return f"{pages}: newscrawl site check {name}"
    return "look at `newscrawl runs`" if run.status == "failures" else ""


def _ago(moment: datetime | None) -> str:
    if moment is None:
        return ""
    minutes = int((datetime.now(UTC) - moment).total_seconds() // 60)
    for size, unit in ((1440, "d"), (60, "h")):
        if minutes >= size:
            return f"{minutes // size} {unit} ago"
    return f"{minutes} min ago"


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
    if json_:
        print_json([run.model_dump(mode="json") for run in found])
        return 0
    table = Table(box=None, pad_edge=False)
    for heading in ("started (UTC)", "job", "site", "status"):
        table.add_column(heading, no_wrap=True)
    for heading in ("s", "new/changed/same", "failed", "undated"):
        table.add_column(heading, justify="right")
    for run in found:
        seconds = f"{(run.finished_at - run.started_at).total_seconds():.0f}" if run.finished_at else "-"
        failed = count_failures(run.stats)
        undated = sum(number for name, number in run.stats.items() if name.startswith("unresolved.date_published."))
        table.add_row(
            f"{run.started_at:%Y-%m-%d %H:%M}", run.job, run.site or "all",
            Text(run.status, _COLOURS.get(run.status, "red")), seconds,
            "/".join(f"{run.stats.get(f'articles_{what}', 0):g}" for what in ("new", "changed", "unchanged")),
            f"{failed:g}", f"{undated:g}",
        )  # fmt: skip
    out.print(table if found else "No runs yet: `newscrawl demo`, or `newscrawl crawl SITE`.")
    return 0


def doctor(context: typer.Context, json_: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> int:
    """Examine this installation: Python, MongoDB, disk, models, worker processes, site files."""
    findings: list[Finding] = []
    door(context)
    for finding in examine(context.obj.mongo_uri, context.obj.database):
        findings.append(finding)
        if not json_:
            mark = {"ok": "[green]ok[/]     ", "warning": "[yellow]warning[/]"}.get(finding.state, "[red]FAILED[/] ")
            out.print(f"{mark} [bold]{finding.what}[/]: ", end="", highlight=False)
            out.print(finding.found, markup=False, highlight=False)
            if finding.advice:
                out.print(f"        {finding.advice}", markup=False, highlight=False)
    if json_:
        print_json([vars(finding) for finding in findings])
    return max((finding.exit_status for finding in findings), default=0)
