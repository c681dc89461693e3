"""`newscrawl reprocess`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Annotated, Any

import typer

from newscrawl.cli.crawling import report_run
from newscrawl.cli.door import door, errors, print_json
from newscrawl.cli.part_progress import PartProgress
from newscrawl.cli.preview_view import print_preview
from newscrawl.config import Config
from newscrawl.errors import LeaseHeldError
from newscrawl.items import Run as RunRecord
from newscrawl.jobs.reprocess import Part, plan_parts
from newscrawl.jobs.reprocess import reprocess as run_reprocess
from newscrawl.jobs.reprocess_preview import preview
from newscrawl.resources import Resources
from newscrawl.sites import Site, get_site
from newscrawl.sites.load import site_files
from newscrawl.store import Store, open_store

_MOST_REPORTED = 10
"""Sites of one command that are reported in full; of more, those without failures have one line each."""


def reprocess(
    context: typer.Context,
    site: Annotated[list[str] | None, typer.Option(help="This site only; may be repeated.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Also what today's code and site file have read.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="So many articles at most, from all over.")] = None,
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
        _preview(config, parts, left, json_=json_)
        return 1 if left else 0
    runs, refused = _run(config, parts)
    if json_:
        others = [{"site": name, "pages": pages, "error": _why_left(name, pages)} for name, pages in left.items()]
        others += [{"site": one.site, "pages": 0, "error": one.message} for one in refused]
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


def _run(config: Config, parts: Sequence[Part]) -> tuple[list[RunRecord], list[LeaseHeldError]]:
    """Do the parts site by site; return the runs, and why others could not begin."""
    runs: list[RunRecord] = []
    refused: list[LeaseHeldError] = []
    by_site: dict[str, list[Part]] = {}
    for part in parts:
        by_site.setdefault(part.site.name, []).append(part)
    if not parts:
        errors.print("There is no stored page to read anew.", highlight=False)
        return [], []
    with Resources.open(config) as resources, _progress(parts) as progress:
        for of_site in by_site.values():
            try:
                run = run_reprocess(resources, of_site[0].site, of_site, also=progress.report)
            except LeaseHeldError as error:
                refused.append(error)
                progress.report({"passed": sum(part.size for part in of_site)})
                continue
            found = resources.store.find_run(run.id)
            runs += [found] if found else []
    for one in refused:
        errors.print(f"{one.message}. {one.advice}", style="red", highlight=False, markup=False)
    return runs, refused


def _preview(config: Config, parts: Sequence[Part], left: Mapping[str, int], *, json_: bool) -> None:
    with Resources.open(config) as resources, _progress(parts) as progress:
        found = preview(resources, parts, progress.report)
    if json_:
        print_json(asdict(found) | {"left": left})
    else:
        print_preview(found)


def _progress(parts: Sequence[Part]) -> PartProgress:
    return PartProgress("reprocess", sum(part.size for part in parts), "pages", _words)


def _words(counts: Mapping[str, Any]) -> str:
    told = {"articles_listed": "read anew", "articles_new": "new", "articles_changed": "changed"}
    told |= {"articles_refreshed": "read better", "pages_failed": "without an article"}
    return ", ".join(f"{counts[name]:,} {words}" for name, words in told.items() if counts.get(name))
