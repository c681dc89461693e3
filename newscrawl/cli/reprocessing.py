"""`newscrawl reprocess`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Annotated, Any

import typer

from newscrawl.cli.crawling import report_run
from newscrawl.cli.door import DASK_HELP, door, errors, print_json
from newscrawl.cli.engines import engine_and_store
from newscrawl.cli.part_progress import PartProgress
from newscrawl.cli.preview_view import print_preview
from newscrawl.config import Config
from newscrawl.errors import LeaseHeldError
from newscrawl.items import Run as RunRecord
from newscrawl.jobs.reprocess import Part, plan_parts
from newscrawl.jobs.reprocess import reprocess as run_reprocess
from newscrawl.jobs.reprocess_preview import preview
from newscrawl.sites import Site, get_site
from newscrawl.sites.load import site_files
from newscrawl.store import RunLog, Store, open_store

_MOST_REPORTED = 10
"""Sites of one command that are reported in full; of more, those without failures have one line each."""


def reprocess(
    context: typer.Context,
    site: Annotated[list[str] | None, typer.Option(help="This site only; may be repeated.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Also what today's code and site file have read.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="So many articles at most, from all over.")] = None,
    dask: Annotated[str | None, typer.Option(metavar="ADDRESS", help=DASK_HELP)] = None,
    json_: Annotated[bool, typer.Option("--json", help="The runs, or what would change, as JSON.")] = False,
) -> int:
    """Read stored pages anew: after a site file was mended or the pipeline improved."""
    config = door(context).config
    with open_store(config) as store:  # no worker is started for nothing
        sites, left = _chosen(store, config, site or [])
        parts = plan_parts(store, sites, everything=all_, most=limit)
    for name, pages in left.items():
        errors.print(_why_left(name, pages), style="yellow", highlight=False, markup=False)
    if dry_run:
        _preview(config, parts, left, dask, json_=json_)
        return 1 if left else 0
    runs, refused = _run(config, parts, dask)
    if json_:
        others = [{"site": name, "pages": pages, "error": _why_left(name, pages)} for name, pages in left.items()]
        others += [{"site": one.site, "pages": 0, "error": one.message, "advice": one.advice} for one in refused]
        print_json([*(run.model_dump(mode="json") for run in runs), *others])
    else:
        for run in runs:
            report_run(run, brief=len(runs) > _MOST_REPORTED and run.status == "done")
    return 1 if left or refused or any(run.status != "done" for run in runs) else 0


def _chosen(store: Store, config: Config, names: Sequence[str]) -> tuple[list[Site], dict[str, int]]:
    """Return the sites whose pages are to be read, and of those that have no file any more the number of pages.

    Raises ConfigError for a name that neither a file nor a page has.
    """
    files = site_files(config.own_sites)
    stored = store.rereading.sites()
    sites, left = [], {}
    for name in dict.fromkeys(names or stored):
        if name in files or name not in stored:
            sites.append(get_site(name, config.own_sites))
        else:
            left[name] = store.rereading.count(name)
    return sites, left


def _why_left(name: str, pages: int) -> str:
    return f"{name}: its site file is gone; its {pages:,} stored pages are left as they are, until there is one again"


def _run(config: Config, parts: Sequence[Part], dask: str | None) -> tuple[list[RunRecord], list[LeaseHeldError]]:
    """Do the parts; return the runs, and why others could not begin."""
    if not parts:
        errors.print("There is no stored page to read anew.", highlight=False)
        return [], []
    with engine_and_store(config, dask) as (engine, store), _progress(parts) as progress:
        carried = run_reprocess(
            engine, store, parts, on_start=progress.watch, on_refused=lambda left: progress.leave_out(_pages(left))
        )
        runs = [store.find_run(run.id) for run in carried.runs]
    refused = list(carried.refused.values())
    for one in refused:
        errors.print(f"{one.message}. {one.advice}", style="red", highlight=False, markup=False)
    return [run for run in runs if run], refused


def _preview(config: Config, parts: Sequence[Part], left: Mapping[str, int], dask: str | None, *, json_: bool) -> None:
    log = RunLog()
    with engine_and_store(config, dask) as (engine, _), _progress(parts) as progress:
        progress.watch(log)
        found = preview(engine, parts, log)
    if json_:
        print_json(asdict(found) | {"left": left})
    else:
        print_preview(found)


def _progress(parts: Sequence[Part]) -> PartProgress:
    return PartProgress("reprocess", _pages(parts), "pages", _words)


def _pages(parts: Iterable[Part]) -> int:
    return sum(part.size for part in parts)


def _words(counts: Mapping[str, Any]) -> str:
    told = {"articles_listed": "read anew", "articles_new": "new", "articles_changed": "changed"}
    told |= {"articles_refreshed": "read better", "pages_failed": "without an article"}
    return ", ".join(f"{counts[name]:,} {words}" for name, words in told.items() if counts.get(name))
