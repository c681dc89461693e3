"""`newscrawl status`: all sites at a glance, or one in depth."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import typer
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from newscrawl.cli.choosing import crawled_sites
from newscrawl.cli.door import door, errors, out, print_json
from newscrawl.cli.runs import COLOURS
from newscrawl.cli.site_depth import QUARTER, show_depth
from newscrawl.cli.sparkline import ago, span, sparkline
from newscrawl.clock import now
from newscrawl.items import SiteAlarm
from newscrawl.jobs.site_status import SiteStatus, look_at_all, look_at_one
from newscrawl.jobs.timetable import Timetable
from newscrawl.sites import all_sites, get_site
from newscrawl.sites.load import read_sites
from newscrawl.store import open_store
from newscrawl.watching import watch_from_outside

_MARKS = {3: ("●", "bold red"), 2: ("●", "red"), 1: ("●", "yellow"), 0: ("●", "green")}
_MOST_TROUBLES = 25
"""Sites that are told of under «What is wrong»."""
_MOST_NEVER_RUN = 15
"""More sites that never ran are only counted."""
_WIDE = 100
"""From so many columns on there is a city."""
_WITH_ALL = 140
"""From so many columns on there is room for the next crawl beside the alarms."""
_DAYS = ((160, 60), (120, 30), (0, 14))
"""From so many columns on, so many days."""


def status(
    context: typer.Context,
    site: Annotated[str | None, typer.Argument(metavar="[SITE]", help="This site, in depth.")] = None,
    fail: Annotated[bool, typer.Option("--fail", help="Exit with 1 when a site has an alarm.")] = False,
    json_: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> int:
    """Show all sites at a glance, the worst first: news a day, last success, what is wrong and what to do."""
    config = door(context).config
    at = now()
    if site is not None:
        wanted = get_site(site, config.own_sites)
        with open_store(config) as store:
            depth = look_at_one(store, wanted, days=QUARTER, now=at)
        print_json(depth.as_json()) if json_ else show_depth(depth, at, out)
        return int(fail and bool(depth.status.alarms))
    days = 30 if json_ else next(days for width, days in _DAYS if out.width >= width)
    with open_store(config) as store:
        watch_from_outside(store, all_sites(config.own_sites).keys(), at)
        dues = Timetable(store, config.schedule).look(crawled_sites(config.own_sites))
        rows = look_at_all(store, config, days=days, now=at, next_due={due.site.name: due.at for due in dues})
    print_json([row.as_json() for row in rows]) if json_ else show_all(rows, at, days)
    for broken in read_sites(config.own_sites)[1]:
        errors.print(
            f"left out, not crawled until it is mended: {broken.message}", style="red", highlight=False, markup=False
        )
    return int(fail and any(row.alarms for row in rows))


def show_all(rows: Sequence[SiteStatus], at: datetime, days: int) -> None:
    """Print the table of sites and what is wrong with them."""
    shown = [row for row in rows if row.last_status != "never run" or row.articles]
    fresh = [row for row in rows if row not in shown and row.sources]
    sourceless = len(rows) - len(shown) - len(fresh)
    listed = fresh if len(fresh) <= _MOST_NEVER_RUN or not shown else []
    out.print(_table([*shown, *listed], at, days))
    if len(fresh) > len(listed):
        out.print(f"\n{len(fresh)} more sites were never crawled: newscrawl crawl --all", highlight=False)
    if sourceless:
        out.print(f"\n{sourceless} more sites have no source yet: newscrawl site list", highlight=False)
    _show_troubles([row for row in rows if row.trouble], at)
    if not shown and listed:
        out.print(f"\nNothing was crawled yet: newscrawl demo, or newscrawl crawl {listed[0].site}", highlight=False)


def _table(rows: Sequence[SiteStatus], at: datetime, days: int) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim")
    table.add_column("", width=1)
    table.add_column(
        "site", no_wrap=True, overflow="ellipsis", max_width=24 if out.width >= _WIDE else 15, min_width=10
    )
    with_alarms = any(row.alarms for row in rows)
    with_city = out.width >= _WIDE
    with_due = any(row.next_due for row in rows) and (not with_alarms or out.width >= _WITH_ALL)
    if with_city:
        table.add_column("city", no_wrap=True, overflow="ellipsis", max_width=20)
    table.add_column(f"last {days} days", no_wrap=True, min_width=days)
    for heading, width in (("articles", 8), ("24 h", 4)):
        table.add_column(heading, justify="right", no_wrap=True, min_width=width)
    table.add_column("success", no_wrap=True, min_width=7)
    table.add_column("last run", no_wrap=True, min_width=11)
    if with_due:
        table.add_column("next", no_wrap=True, min_width=6)
    table.add_column("alarms", no_wrap=True, overflow="ellipsis", min_width=12 if with_alarms else None)
    for row in rows:
        mark, style = ("○", "dim") if row.last_status == "never run" else _MARKS[row.trouble]
        cells: list[Text] = [Text(mark, style), Text(row.site, "bold" if row.trouble == 3 else "")]
        cells += [Text(row.city or "", "dim")] if with_city else []
        cells += [sparkline(row.days), Text(f"{row.articles:,}".replace(",", " ")), _new(row.new)]
        cells += [Text(_since(row.last_success, at)), Text(row.last_status, _colour(row.last_status))]
        cells += [Text(_next(row.next_due, at))] if with_due else []
        table.add_row(*cells, Text(_alarms(row.alarms, short=not with_city), "red"))
    return table


def _since(moment: datetime | None, at: datetime) -> str:
    """Return how long ago, without the word where there is no room for it."""
    told = ago(moment, at)
    return told if out.width >= _WIDE else told.removesuffix(" ago").replace("just now", "now")


def _next(due: datetime | None, at: datetime) -> str:
    if due is None:
        return ""
    return ago(due, at) if due > at else "now"


def _new(number: int) -> Text:
    return Text(f"+{number}", "green") if number else Text("·", "dim")


def _colour(state: str) -> str:
    return "dim" if state == "never run" else COLOURS.get(state, "red")


def _alarms(alarms: Sequence[SiteAlarm], *, short: bool) -> str:
    """Name the monitors, each once; how often where more than once. `short`: one, and how many more."""
    names = [one.monitor for one in alarms]
    if short:
        return names[0] + (f" +{len(names) - 1}" if len(names) > 1 else "") if names else ""
    return ", ".join(name if names.count(name) == 1 else f"{names.count(name)} {name}" for name in dict.fromkeys(names))


def _show_troubles(rows: Sequence[SiteStatus], at: datetime) -> None:
    if not rows:
        return
    out.print("\n[bold]What is wrong and what to do[/]")
    for row in rows[:_MOST_TROUBLES]:
        for alarm in row.alarms:
            since = f"  for {span((at - (alarm.since or alarm.raised_at)).total_seconds())}"
            out.print(Text.assemble(("● ", "red"), (row.site, "bold"), f" {alarm.monitor}", (since, "dim")))
            _say(alarm.text, alarm.advice)
        if row.advice and not row.alarms:
            style = _MARKS[row.trouble][1]
            out.print(Text.assemble(("● ", style), (row.site, "bold"), (f" {row.last_status}", style)))
            _say(row.reason, row.advice)
    if len(rows) > _MOST_TROUBLES:
        out.print(f"… and {len(rows) - _MOST_TROUBLES} more sites: newscrawl status --json", highlight=False)


def _say(text: str, advice: str) -> None:
    if text:
        out.print(Padding(Text(text), (0, 0, 0, 2)))
    out.print(Padding(Text(f"→ {advice}", "cyan"), (0, 0, 0, 2)))
