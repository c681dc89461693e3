"""`newscrawl gaps`: how many articles of a site are stored from each month, and where some seem to be missing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from newscrawl.cli.door import door, errors, out, print_json
from newscrawl.cli.gaps_picture import check_picture, draw
from newscrawl.errors import ConfigError
from newscrawl.jobs.gaps import Month, Months, look_for_gaps
from newscrawl.sites import get_site
from newscrawl.store import open_store

_WIDEST = 60
_STYLES = {"none": "red", "few": "yellow", None: "cyan"}
_WORDS = {"none": "none", "few": "few", None: ""}
_MOST_NAMED = 12
_LONGEST_RUN = 3
"""Months without any article that have a line each; of more the first and the last are named."""


def gaps(
    context: typer.Context,
    site: Annotated[str, typer.Argument(metavar="SITE", help="Name of a site.")],
    first: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="From this day's month on.")
    ] = None,
    last: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="To this day's month.")] = None,
    picture: Annotated[Path | None, typer.Option(metavar="FILE", help="Draw it: a .svg or .png file.")] = None,
    json_: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> int:
    """Show the articles of each month, months with none or far fewer than usual, and what could fill them."""
    config = door(context).config
    wanted = get_site(site, config.own_sites)
    if first and last and first > last:
        raise ConfigError(f"--from {first.date()} is after --to {last.date()}")
    if picture is not None:
        check_picture(picture)
    with open_store(config) as store:
        found = look_for_gaps(store, wanted, first.date() if first else None, last.date() if last else None)
    if picture is not None and found.months:
        draw(found, picture)
        errors.print(f"The picture is in {picture}.", highlight=False, markup=False)
    print_json(found.as_json()) if json_ else show(found)
    return 0


def show(found: Months) -> None:
    """Print a bar a month, the years apart, then what could fill the gaps."""
    if not found.months:
        out.print(f"{found.site.name}: no article with a publication date is stored.", highlight=False)
    else:
        out.print(_table(found.months))
        out.print(gaps_line(found), highlight=False, soft_wrap=True)
    if found.undated:
        out.print(f"{found.undated:,} without a publication date, and so in no month.", highlight=False)


def _table(months: Sequence[Month]) -> Table:
    most = max(max(one.articles for one in months), 1)
    width = max(10, min(_WIDEST, out.width - 55))
    table = Table(box=None, pad_edge=False)
    table.add_column("month", no_wrap=True)
    table.add_column("articles", justify="right", no_wrap=True)
    table.add_column("", width=width, no_wrap=True)
    table.add_column("usual", justify="right", no_wrap=True, style="dim")
    table.add_column("gap", no_wrap=True)
    for gap, group in groupby(months, key=lambda one: one.gap):
        run = list(group)
        if gap == "none" and len(run) > _LONGEST_RUN:
            name = f"{run[0].name} … {run[-1].name}"
            table.add_row(name, "0", "", "", Text(f"none, {len(run)} months", _STYLES[gap]))
            continue
        for one in run:
            filled = round(one.articles / most * width)
            drawn = Text("█" * filled or ("▏" if one.articles else ""), _STYLES[gap])
            usual = f"{one.usual:.0f}" if one.usual is not None else ""
            table.add_row(one.name, f"{one.articles:,}", drawn, usual, Text(_WORDS[gap], _STYLES[gap]))
    return table


def gaps_line(found: Months) -> Text:
    """Return in a sentence or two which months have gaps, and what could fill them."""
    missing = found.gaps
    if not found.months:
        return Text(f"{found.site.name}: no article of these days is stored.")
    if not missing:
        return Text(f"{found.site.name}: no month without articles or with far fewer than usual.", "green")
    named = spans_of(missing)
    words = ", ".join(named[:_MOST_NAMED]) + (
        f" and {len(named) - _MOST_NAMED} more" if len(named) > _MOST_NAMED else ""
    )
    plural = "s" if len(missing) > 1 else ""
    line = Text.assemble((f"{found.site.name}: {len(missing)} month{plural} with gaps: ", "yellow"), words, ".")
    ways = list(dict.fromkeys(via for one in missing for via in one.sources))
    if ways:
        options = " ".join(f"--via {via}" for via in ways)
        days = f"--from {missing[0].first} --to {missing[-1].last}"
        line.append(f"\nWhat may fill them: newscrawl backfill {found.site.name} {days} {options}")
    else:
        line.append(
            "\nAll ways were gone: lists and archives have no more, but for WARC files of your own (--via warc)."
        )
    return line


def spans_of(months: Sequence[Month]) -> list[str]:
    """Return months in words, those that follow each other as one: `2019-03 to 2019-06`."""
    rows: list[list[Month]] = []
    for one in months:
        if rows and (one.first - rows[-1][-1].first).days <= 31 and one.first.day == 1:
            rows[-1].append(one)
        else:
            rows.append([one])
    return [row[0].name if len(row) == 1 else f"{row[0].name} to {row[-1].name}" for row in rows]
