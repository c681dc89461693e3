"""`newscrawl crawl`."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from newscrawl.cli.choosing import chosen_sites
from newscrawl.cli.door import DASK_HELP, door, errors, out, print_json
from newscrawl.cli.part_progress import PartProgress
from newscrawl.cli.progress import CrawlProgress, crawl_words
from newscrawl.config import Config
from newscrawl.errors import ConfigError
from newscrawl.items import Run as RunRecord
from newscrawl.jobs.alerting import send_due_alerts
from newscrawl.jobs.crawl import Crawled, exit_status
from newscrawl.jobs.crawl import crawl as run_crawl
from newscrawl.jobs.crawl_shared import crawl_shared
from newscrawl.jobs.timetable import Due, Timetable
from newscrawl.machines import DaskEngine
from newscrawl.resources import Resources
from newscrawl.sites import Site, all_sites
from newscrawl.store import open_store
from newscrawl.store.runs import RunLog


def crawl(
    context: typer.Context,
    sites: Annotated[list[str] | None, typer.Argument(metavar="[SITE ...]", help="Names of sites.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Every site that has a source.")] = False,
    since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Leave what is older.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="So many articles of each site at most.")] = None,
    full: Annotated[
        bool, typer.Option("--full", help="Read all lists to their end, ask for every article anew.")
    ] = False,
    due: Annotated[
        bool, typer.Option("--due", help="Only what is due by its schedule; of all sites, if none is named.")
    ] = False,
    dask: Annotated[str | None, typer.Option(metavar="ADDRESS", help=DASK_HELP)] = None,
    json_: Annotated[bool, typer.Option("--json", help="The runs as JSON.")] = False,
) -> int:
    """Crawl sites and store their news."""
    config = door(context).config
    if due and dask:
        raise ConfigError("--due and --dask do not go together", advice="`newscrawl schedule` spreads what is due.")
    chosen = chosen_sites(sites or [], all_ or (due and not sites), config.own_sites)
    if all_:
        _tell_of_the_rest(config.own_sites)
    day = since.date() if since else None
    if due:
        results = crawl_due(config, chosen, day, limit)
    elif dask:
        results = crawl_on_machines(dask, config, chosen, day, limit, full=full)
    else:
        with Resources.open(config) as resources:
            results = crawl_with_progress(chosen, resources, day, limit, full=full)
            send_due_alerts(resources.store, config)
    if json_:
        print_json([_result(one) for one in results])
    else:
        for one in results:
            report(one, brief=len(results) > _MOST_REPORTED)
    return exit_status(results)


def _tell_of_the_rest(folder: Path | None) -> None:
    """Name the sites that `--all` leaves out for want of a source."""
    bare = [site.name for site in all_sites(folder).values() if not site.sources and site.is_on_the_network]
    if bare:
        errors.print(f"left out, no source yet: {', '.join(bare)}", style="dim", highlight=False, markup=False)


def crawl_due(config: Config, sites: Sequence[Site], since: date | None, limit: int | None) -> list[Crawled]:
    """Crawl those of the sites that are due; say when the next one is where none is now."""
    with open_store(config) as store:  # no worker is started for nothing
        dues = Timetable(store, config.schedule).look(sites)
    now = datetime.now(UTC)
    begun = [one.site for one in dues if one.at <= now]
    if not begun:
        errors.print(_nothing_due(dues, now), highlight=False, markup=False)
        return []
    with Resources.open(config) as resources:
        still_due = Timetable(resources.store, config.schedule).is_due
        results = crawl_with_progress(begun, resources, since, limit, still_due=still_due)
        send_due_alerts(resources.store, config)
        return results


def _nothing_due(dues: Sequence[Due], now: datetime) -> str:
    if not dues:
        return "Nothing is due, and nothing will be by itself: every site is being crawled, or has no schedule."
    first = dues[0]
    minutes = math.ceil((first.at - now).total_seconds() / 60)
    return f"Nothing is due. The next is {first.site.name} at {first.at:%Y-%m-%d %H:%M} UTC, in {minutes} min."


def crawl_with_progress(
    sites: Sequence[Site],
    resources: Resources,
    since: date | None = None,
    limit: int | None = None,
    *,
    full: bool = False,
    still_due: Callable[[Site], bool] | None = None,
) -> list[Crawled]:
    """Crawl while bars (or plain lines) show how far it is."""
    with CrawlProgress(len(sites)) as progress:
        return run_crawl(
            sites, resources, since=since, limit=limit, full=full, still_due=still_due,
            on_start=progress.watch, on_end=progress.leave, on_kill=progress.abandon,
        )  # fmt: skip


def crawl_on_machines(
    address: str, config: Config, sites: Sequence[Site], since: date | None, limit: int | None, *, full: bool
) -> list[Crawled]:
    """Crawl on the workers of a Dask cluster while one bar shows the whole."""
    log = RunLog()
    with open_store(config) as store, DaskEngine(address, config) as engine:
        with PartProgress("crawl", len(sites), "sites", crawl_words, counted="sites") as progress:
            progress.watch(log)
            results = crawl_shared(engine, store, sites, log, since=since, limit=limit, full=full)
        send_due_alerts(store, config)
    return results


_MOST_REPORTED = 10
"""Sites of one command that are reported in full; of more, those without failures have one line each."""


def report(result: Crawled, *, brief: bool = False) -> None:
    """Tell what became of one site's crawl; nothing of one that was not needed."""
    if result.error is not None:
        errors.print(f"{result.site.name}: {result.error.message}", style="red", highlight=False, markup=False)
        if result.error.advice:
            errors.print(result.error.advice, highlight=False, markup=False)
    if result.run is not None:
        report_run(result.run, brief=brief and result.error is None and result.run.status == "done")


def report_run(run: RunRecord, *, brief: bool = False) -> None:
    """Tell what a run did: its counts, what failed, what stayed unresolved; when `brief` what is new, in a line."""
    colour = {"done": "green", "failures": "yellow"}.get(run.status, "red")
    seconds = (run.finished_at - run.started_at).total_seconds() if run.finished_at else 0
    if brief:
        counts = ", ".join(f"{run.stats.get(f'articles_{what}', 0):g} {what}" for what in ("new", "changed"))
        out.print(f"[bold]{run.site or 'all sites'}[/]: {counts} in {seconds:.1f} s", highlight=False)
        return
    out.print(
        f"[bold]{run.site or 'all sites'}[/]: {run.job} [{colour}]{run.status}[/] in {seconds:.1f} s  [dim]{run.id}[/]",
        highlight=False,
    )
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(justify="right")
    table.add_column(overflow="fold")
    for number, words in _counts(run):
        table.add_row(str(number), words)
    out.print(table)
    for alarm in run.alarms:
        out.print(f"  [red]●[/] {escape(alarm.text)} [dim]{escape(alarm.advice)}[/]", highlight=False)
    for warning in run.warnings[:20]:
        out.print(f"  [yellow]![/] {escape(warning)}", highlight=False)
    if len(run.warnings) > 20:
        out.print(f"  … and {len(run.warnings) - 20} more: `newscrawl runs --json`")


def _counts(run: RunRecord) -> list[tuple[int | float, str]]:
    words = {
        "articles_listed": "articles asked for",
        "articles_known": "articles met in lists and known",
        "captures_fetched": "captures fetched",
        "captures_failed": "captures that an archive did not give (the next backfill asks again)",
        "articles_new": "new",
        "articles_changed": "changed (a new revision)",
        "articles_refreshed": "read better (same text)",
        "articles_unchanged": "unchanged",
        "not_modified": "of these, so said by the server (304)",
        "articles_moved": "have another address by today's rules (the old one says so)",
        "articles_outside_span": "published on other days than were asked for (kept)",
        "articles_kept": "known from a crawl (kept as they are)",
        "articles_gone": "gone from the site (kept, with `gone_at`)",
        "articles_returned": "back on the site",
        "articles_refused": "refused by the store",
        "pages_failed": "pages gave no article (stored; `newscrawl reprocess` reads them anew)",
        "requests_failed": "requests failed",
        "requests": "requests",
        "workers_replaced": "worker processes replaced",
    }
    if run.job in {"reprocess", "import"}:
        words["articles_listed"] = {"reprocess": "articles read anew", "import": "articles read"}[run.job]
    rows = [(run.stats[name], sentence) for name, sentence in words.items() if run.stats.get(name)]
    for name, number in run.stats.items():
        kind, _, what = name.partition(".")
        if kind == "unresolved":
            field, _, reason = what.partition(".")
            rows.append((number, f"articles with {field} unresolved: {reason}"))
        elif kind == "left":
            rows.append((number, f"captures left: {what}"))
    return rows


def _result(result: Crawled) -> dict[str, object]:
    return {
        "site": result.site.name,
        "error": result.error.message if result.error else None,
        "advice": result.error.advice if result.error else None,
        "skipped": result.skipped,
        "run": result.run.model_dump(mode="json") if result.run else None,
    }
