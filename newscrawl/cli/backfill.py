"""`newscrawl backfill`: the past of a site, planned, shown, then brought in."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, get_args

import typer
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from newscrawl.archives.sifting import Span
from newscrawl.cli.backfill_progress import BackfillProgress, PlanProgress
from newscrawl.cli.crawling import report_run
from newscrawl.cli.door import DASK_HELP, door, errors, out, print_json
from newscrawl.cli.engines import engine_and_store
from newscrawl.cli.gaps import gaps_line
from newscrawl.cli.sparkline import span as span_words
from newscrawl.config import Config
from newscrawl.errors import ConfigError
from newscrawl.jobs.backfill import Backfilled, Watchers, exit_status
from newscrawl.jobs.backfill import backfill as run_backfill
from newscrawl.jobs.backfill_parts import DEFAULT_VIAS, VIAS, Via
from newscrawl.jobs.backfill_plan import Order, Plan, SourcePlan
from newscrawl.jobs.backfill_plan import plan as make_plan
from newscrawl.jobs.gaps import look_for_gaps
from newscrawl.sites import Site, get_site
from newscrawl.sites.load import site_files
from newscrawl.sites.model import SITE_NAME

_MOST_PROBLEMS = 20


def backfill(
    context: typer.Context,
    names: Annotated[
        list[str],
        typer.Argument(metavar="SITE ... [FILE ...]", help="Names of sites; WARC files and folders of --via warc."),
    ],
    first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="The first day.")],
    last: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="The last day.")],
    via: Annotated[
        list[str] | None,
        typer.Option(help=f"Where from: {', '.join(VIAS)}; may be repeated. Without it all but warc and ccnews."),
    ] = None,
    captured_until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Leave later captures; a year after --to.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", "--plan", help="Only make the plan, and show it.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Begin without asking.")] = False,
    dask: Annotated[str | None, typer.Option(metavar="ADDRESS", help=DASK_HELP)] = None,
    json_: Annotated[bool, typer.Option("--json", help="Plan and runs as JSON.")] = False,
) -> int:
    """Bring in what a site published in a span of days: from its own lists, web archives, WARC files."""
    config = door(context).config
    order = _order(config, names, first.date(), last.date(), via, captured_until.date() if captured_until else None)
    with engine_and_store(config, dask) as (engine, store):
        with PlanProgress() as progress:
            made = make_plan(engine, store, order, progress.told)
        if not json_:
            show_plan(made)
        if dry_run:
            if json_:
                print_json({"plan": plan_as_json(made)})
            return exit_status(made, [])
        if not made.parts:
            errors.print("There is nothing to do.")
        elif not (yes or json_) and sys.stdin.isatty() and errors.is_terminal:
            typer.confirm("Begin?", default=True, abort=True, err=True)
        with BackfillProgress(made.parts) as bars:
            results = run_backfill(engine, store, made, Watchers(bars.watch_crawl, bars.watch_files, bars.watch))
        gaps = {site.name: look_for_gaps(store, site, order.span.first, order.span.last) for site in order.sites}
    if json_:
        print_json(
            {
                "plan": plan_as_json(made),
                "sites": [_result(one) | {"gaps": [gap.name for gap in gaps[one.site.name].gaps]} for one in results],
            }
        )
    else:
        for one in results:
            _report(one)
            out.print(gaps_line(gaps[one.site.name]), highlight=False, soft_wrap=True)
    return exit_status(made, results)


# --- what is wanted


def _order(
    config: Config, names: Sequence[str], first: date, last: date, via: Sequence[str] | None, until: date | None
) -> Order:
    if first > last:
        raise ConfigError(f"--from {first} is after --to {last}")
    if until is not None and until < first:
        raise ConfigError(f"--captured-until {until} is before --from {first}")
    vias = _vias(via)
    known = site_files(config.own_sites)
    sites = [name for name in dict.fromkeys(names) if name in known]
    files = [Path(name) for name in names if name not in known]
    if files and "warc" not in vias:
        if re.fullmatch(SITE_NAME, str(files[0])):
            get_site(str(files[0]), config.own_sites)  # says that there is none
        raise ConfigError(f"{files[0]}: files are read with --via warc")
    if not sites:
        raise ConfigError("name the site that is to be filled", advice="`newscrawl site list` shows them.")
    if "warc" in vias and not files:
        raise ConfigError("--via warc: name the WARC or WACZ files, or a folder of them, behind the site")
    found = tuple(_usable(get_site(name, config.own_sites), vias) for name in sites)
    return Order(found, Span(first, last, until), vias, tuple(files))


def _vias(given: Sequence[str] | None) -> tuple[Via, ...]:
    if not given:
        return DEFAULT_VIAS
    for one in given:
        if one not in get_args(Via):
            raise ConfigError(f"--via {one}: expected one of {', '.join(VIAS)}")
    return tuple(one for one in VIAS if one in given)


def _usable(site: Site, vias: Sequence[Via]) -> Site:
    if site.article is None:
        raise ConfigError(
            f"the file of {site.name} does not say what an article's address looks like",
            advice=f"`newscrawl site add {site.url}` finds out.",
        )
    if not site.is_on_the_network and set(vias) != {"warc"}:
        raise ConfigError(f"{site.name} is not on the network", advice="Only --via warc can fill it.")
    return site


# --- the plan


def show_plan(made: Plan) -> None:
    """Print what is known of each source, and what is to be fetched."""
    span = made.order.span
    out.print(f"[bold]Plan[/] for {span.first} to {span.last}", highlight=False)
    table = Table(box=None, pad_edge=False)
    table.add_column("site", no_wrap=True)
    table.add_column("source", no_wrap=True)
    for heading in ("pages known", "stored", "to fetch", "about"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("", style="dim", overflow="fold")
    before = ""
    for one in made.sources:
        name = one.site.name if one.site.name != before else ""
        before = one.site.name
        known = "?" if one.known is None else f"{one.known:,}"
        table.add_row(
            Text(name, "bold"), one.via, known, f"{one.stored:,}", f"{one.to_fetch:,}", _about(one.seconds), one.note
        )
    out.print(table)
    if made.seconds >= 1:
        out.print(f"At the polite rate that takes about {_about(made.seconds)}.", highlight=False)
    for problem in made.problems[:_MOST_PROBLEMS]:
        out.print(f"  [yellow]![/] {escape(problem)}", highlight=False)
    if len(made.problems) > _MOST_PROBLEMS:
        out.print(f"  … and {len(made.problems) - _MOST_PROBLEMS} more")


def _about(seconds: float | None) -> str:
    if seconds is None:
        return "?"
    return f"{seconds:.0f} s" if seconds < 60 else span_words(seconds)


def plan_as_json(made: Plan) -> dict[str, object]:
    """Return a plan as JSON has it."""
    span = made.order.span
    return {
        "from": span.first, "to": span.last, "captured_until": span.captures_end, "seconds": round(made.seconds),
        "sources": [_source(one) for one in made.sources], "problems": made.problems,
        "parts": [{"name": part.name, "size": part.size} for part in made.parts],
    }  # fmt: skip


def _source(one: SourcePlan) -> dict[str, object]:
    return {
        "site": one.site.name, "via": one.via, "known": one.known, "stored": one.stored, "to_fetch": one.to_fetch,
        "seconds": None if one.seconds is None else round(one.seconds), "note": one.note,
    }  # fmt: skip


# --- what became of it


def _report(one: Backfilled) -> None:
    for run in one.runs:
        report_run(run)
    if one.error is not None:
        errors.print(f"{one.site.name}: {one.error.message}", style="red", highlight=False, markup=False)
        if one.error.advice:
            errors.print(one.error.advice, highlight=False, markup=False)


def _result(one: Backfilled) -> dict[str, object]:
    return {
        "site": one.site.name,
        "error": one.error.message if one.error else None,
        "runs": [run.model_dump(mode="json") for run in one.runs],
    }
