"""One site in depth: `newscrawl status SITE`."""

from __future__ import annotations

from datetime import datetime

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from newscrawl.cli.runs import COLOURS
from newscrawl.cli.sparkline import ago, bar, sparkline
from newscrawl.items import Run, count_failures
from newscrawl.jobs.site_status import SiteInDepth

QUARTER = 91
"""Days that are shown, as far as the terminal is wide."""
_BAR = 20
_LAST_RUNS = ("started (UTC)", "status"), ("s", "new", "changed", "same", "requests", "304", "failed")


def show_depth(depth: SiteInDepth, at: datetime, out: Console) -> None:
    """Print all that there is to say of a site."""
    row = depth.status
    out.print(Text.assemble((row.site, "bold"), f"  {row.city or ''}  ", (depth.url or "", "dim")))
    state = Text.assemble((row.last_status, COLOURS.get(row.last_status, "red")), f" {ago(row.last_run, at)}")
    out.print(
        Text.assemble(
            f"{row.articles} articles, {row.new} new in 24 h; last run ", state,
            f"; last success {ago(row.last_success, at)}",
        )
    )  # fmt: skip
    days = row.days[-max(14, out.width - 2) :]
    out.print(Text.assemble("\n", (f"Articles a day, the last {len(days)} days; most {max(days)}", "bold")))
    out.print(sparkline(days))
    _show_alarms(depth, at, out)
    _show_sources(depth, out)
    _show_coverage(depth, out)
    _show_answers(depth, out)
    _show_runs(depth, out)


def _show_alarms(depth: SiteInDepth, at: datetime, out: Console) -> None:
    row = depth.status
    if row.alarms or row.advice:
        out.print("\n[bold]What is wrong and what to do[/]")
    for one in row.alarms:
        since = f"  since {one.since or one.raised_at:%Y-%m-%d %H:%M}, in {one.times} runs"
        out.print(Text.assemble(("● ", "red"), one.monitor, (since, "dim")))
        out.print(Padding(Text(one.text), (0, 0, 0, 2)))
        out.print(Padding(Text(f"→ {one.advice}", "cyan"), (0, 0, 0, 2)))
    if row.advice:
        out.print(Text(f"→ {row.advice}", "cyan"))
    if depth.history:
        out.print("\n[bold]Alarms that are over[/]")
    for one in depth.history:
        over = "accepted" if one.accepted_at == one.cleared_at else "over"
        out.print(
            Text.assemble((f"{one.raised_at:%Y-%m-%d} {over} {ago(one.cleared_at, at)}  ", "dim"), one.text),
            overflow="ellipsis",
            no_wrap=True,
        )


def _show_sources(depth: SiteInDepth, out: Console) -> None:
    if depth.entries:
        out.print("\n[bold]Sources[/] [dim](articles that the first page named)[/]")
    for url, number in depth.entries.items():
        out.print(Text.assemble(f"{'-' if number is None else number:>5}  ", (url, "" if number else "yellow")))


def _show_coverage(depth: SiteInDepth, out: Console) -> None:
    if not depth.coverage:
        return
    troubled = {one.subject for one in depth.status.alarms}
    number = max(of for _, of, _ in depth.coverage.values())
    out.print(f"\n[bold]Found in the latest {number} articles[/] [dim](and mostly by which rule)[/]", highlight=False)
    table = Table(box=None, pad_edge=False, show_header=False)
    for _ in range(3):
        table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, overflow="ellipsis", style="dim")
    for name, (found, of, rule) in depth.coverage.items():
        share = found / of if of else 0
        colour = "red" if name in troubled else "cyan"
        table.add_row(name, bar(share, _BAR, colour), Text(f"{share:.0%}", justify="right"), rule or "")
    out.print(table)


def _show_answers(depth: SiteInDepth, out: Console) -> None:
    if depth.codes:
        codes = ", ".join(f"{code}: {number}" for code, number in sorted(depth.codes.items()))
        saved = f"; {depth.not_modified:.0%} answered «not modified»" if depth.not_modified is not None else ""
        out.print(f"\n[bold]Answers, all crawls[/]\n{codes}{saved}", highlight=False)
    if depth.unresolved:
        out.print("\n[bold]Unresolved[/]")
        for what, number in depth.unresolved.items():
            out.print(f"{number:>5}  {what}", highlight=False)


def _show_runs(depth: SiteInDepth, out: Console) -> None:
    if not depth.runs:
        return
    out.print("\n[bold]Last runs[/]")
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in _LAST_RUNS[0]:
        table.add_column(heading, no_wrap=True)
    for heading in _LAST_RUNS[1]:
        table.add_column(heading, justify="right", no_wrap=True)
    for run in depth.runs:
        table.add_row(*_run_cells(run))
    out.print(table)


def _run_cells(run: Run) -> list[str | Text]:
    def number(*names: str) -> str:
        return f"{sum(run.stats.get(name, 0) for name in names):g}"

    seconds = f"{(run.finished_at - run.started_at).total_seconds():.0f}" if run.finished_at else "-"
    return [
        f"{run.started_at:%Y-%m-%d %H:%M}",
        Text(run.status, COLOURS.get(run.status, "red")),
        seconds,
        number("articles_new"),
        number("articles_changed"),
        number("articles_unchanged", "not_modified"),
        number("requests"),
        number("status.304"),
        f"{count_failures(run.stats):g}",
    ]
