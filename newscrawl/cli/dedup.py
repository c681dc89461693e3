"""`newscrawl dedup`: near-duplicates across all articles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from newscrawl.cli.dedup_progress import DedupProgress
from newscrawl.cli.door import DASK_HELP, door, out, print_json
from newscrawl.cli.engines import engine_and_store
from newscrawl.config import Config
from newscrawl.errors import ConfigError, NewscrawlError
from newscrawl.jobs.dedup import dedup as run_dedup
from newscrawl.sites import get_site, site_for_url
from newscrawl.store import open_store
from newscrawl.store.preview import Preview, preview
from newscrawl.store.reprints import Member, Reprints, members, reprints
from newscrawl.urls import canonical_url

app = typer.Typer(help="Near-duplicates: which articles are one text, and which of them is the original.")

_MOST_MEMBERS = 50
_Json = Annotated[bool, typer.Option("--json", help="As JSON.")]


@app.callback(invoke_without_command=True)
def dedup(
    context: typer.Context,
    site: Annotated[
        list[str] | None, typer.Option(help="What this site's articles are tied to only; repeatable.")
    ] = None,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Make every signature and group anew.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would change.")] = False,
    dask: Annotated[str | None, typer.Option(metavar="ADDRESS", help=DASK_HELP)] = None,
    json_: _Json = False,
) -> int:
    """Group near-duplicates across all articles: what crawls left undone, or everything anew."""
    if context.invoked_subcommand is not None:
        return 0
    config = door(context).config
    sites = [get_site(name, config.own_sites).name for name in site or ()]
    if rebuild and sites:
        raise ConfigError("--rebuild makes all groups anew, so it takes no --site")
    return _tell_what_would_change(config, sites, json_) if dry_run else _group(config, sites, rebuild, dask, json_)


def _group(config: Config, sites: list[str], rebuild: bool, dask: str | None, json_: bool) -> int:
    with engine_and_store(config, dask, warm=False) as (engine, store):
        with DedupProgress() as progress:
            run = run_dedup(engine, store, sites, rebuild=rebuild, on_start=progress.watch, on_phase=progress.begin)
        found = store.call(lambda: reprints(store))
        record = store.find_run(run.id)
    assert record is not None
    seconds = (record.finished_at - record.started_at).total_seconds() if record.finished_at else 0.0
    if json_:
        print_json({"run": record.model_dump(mode="json"), "changed": record.stats.get("changed", 0)} | _as_json(found))
        return 0
    out.print(f"Near-duplicates: [green]{record.status}[/] in {seconds:.1f} s  [dim]{record.id}[/]", highlight=False)
    _print_counts(
        {
            "articles signed": record.stats.get("signed", 0),
            "looked up": record.stats.get("looked_up", 0),
            "moved to another group or original": record.stats.get("changed", 0),
        }
    )
    _print_reprints(found)
    for warning in record.warnings:
        out.print(f"  [yellow]![/] {escape(warning)}", highlight=False)
    return 0


def _tell_what_would_change(config: Config, sites: list[str], json_: bool) -> int:
    with open_store(config) as store, DedupProgress() as progress:
        progress.begin("sign", store.articles.estimated_document_count())
        found = store.call(lambda: preview(store, sites, store.duplicates.verdicts, progress.add))
    if json_:
        print_json({"dry_run": True} | asdict(found))
    else:
        _print_preview(found)
    return 0


def _print_preview(found: Preview) -> None:
    out.print("Nothing is written: --dry-run.", style="dim")
    _print_counts(
        {
            "articles": found.articles,
            "groups of two or more": found.groups,
            "copies": found.copies,
            "articles whose group or original would change": found.changed,
        }
    )
    for move in found.moves:
        was, becomes = move.was or "no copy", move.becomes or "no copy"
        out.print(f"  {move.url}: {was} → {becomes}", highlight=False, markup=False)
    for warning in found.warnings:
        out.print(f"  [yellow]![/] {escape(warning)}", highlight=False)


@app.command()
def status(context: typer.Context, json_: _Json = False) -> int:
    """Tell how far the grouping is, and what near-duplicates there are."""
    with open_store(door(context).config) as store:
        state = store.call(store.duplicates.state)
        found = store.call(lambda: reprints(store))
    if json_:
        print_json({"state": asdict(state)} | _as_json(found))
        return 0
    _print_counts(
        {
            "articles": state.articles,
            "not signed yet": state.not_signed,
            "copies not looked for yet": state.to_look,
            "groups to make anew": state.to_group,
            "signatures of an older scheme": state.old,
        }
    )
    if state.not_signed or state.to_look or state.to_group or state.old:
        out.print("Work it off: newscrawl dedup", highlight=False)
    _print_reprints(found)
    return 0


@app.command()
def show(
    context: typer.Context,
    url: Annotated[str, typer.Argument(metavar="URL", help="The article's address.")],
    json_: _Json = False,
) -> int:
    """Show the group of an article: its original and the copies of it."""
    config = door(context).config
    with open_store(config) as store:
        article = store.find_article(canonical_url(url, site_for_url(url, config.own_sites))) or store.find_article(url)
        if article is None:
            raise NewscrawlError(f"{url} is not stored", advice="`newscrawl status` shows which sites are.")
        cluster = article.cluster
        found = store.call(lambda: members(store, cluster)) if cluster is not None else []
    if json_:
        told = {"url": article.url, "cluster": cluster, "duplicate_of": article.duplicate_of}
        print_json(told | {"members": [asdict(one) for one in found]})
    elif cluster is None:
        out.print("It is not grouped yet: newscrawl dedup", highlight=False)
    else:
        _print_members(article.url, found)
    return 0


def _print_members(url: str, found: list[Member]) -> None:
    if len(found) == 1:
        out.print("No near-duplicate of it is stored.")
        return
    for one in found[:_MOST_MEMBERS]:
        mark = "[green]original[/] " if one.duplicate_of is None else ""
        day = f"{one.date_published:%Y-%m-%d %H:%M}" if one.date_published else "no date"
        style = "bold" if one.url == url else ""
        out.print(f"{day:16}  {one.site or '?'}  {mark}{escape(one.headline or '')}", style=style, highlight=False)
        _print_address(one.url)
    if len(found) > _MOST_MEMBERS:
        out.print(f"… and {len(found) - _MOST_MEMBERS} more: --json")


def _print_reprints(found: Reprints) -> None:
    _print_counts(
        {
            "groups of two or more": found.groups,
            "copies": found.copies,
            "of these, reprints of another city's article": found.between_cities,
        }
    )
    if not found.largest:
        return
    out.print("\nLargest groups", style="bold")
    for one in found.largest:
        cities = f" in {one.cities} cities" if one.cities > 1 else ""
        out.print(f"{one.articles:,} articles{cities}: {escape(one.headline or '')}", highlight=False)
        _print_address(one.url)


def _print_address(url: str) -> None:
    """Print an address in a line of its own that no terminal's width breaks: it is to be copied."""
    out.print(f"  [dim]{escape(url)}[/]", highlight=False, soft_wrap=True)


def _print_counts(counts: Mapping[str, int | float]) -> None:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(justify="right")
    table.add_column()
    for words, number in counts.items():
        table.add_row(f"{number:,.0f}", words)
    out.print(table)


def _as_json(found: Reprints) -> dict[str, Any]:
    return asdict(found)
