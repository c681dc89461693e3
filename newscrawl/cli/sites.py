"""`newscrawl site`: which sites there are, and whether their files still fit."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from newscrawl.cli.door import door, errors, out, print_json
from newscrawl.cli.site_checks import print_check, print_checks
from newscrawl.cli.site_report import as_json, check_request, print_discovery, tell_visit
from newscrawl.discover import Visitor, discover
from newscrawl.errors import ConfigError, SiteFileError
from newscrawl.fetch import Client
from newscrawl.jobs.site_add import check_name, refuse_taken, save
from newscrawl.jobs.site_check import check_site
from newscrawl.jobs.site_check_live import check_live
from newscrawl.sites import Site, all_sites, get_site, load_site, site_for_url
from newscrawl.sites.load import site_files
from newscrawl.store import open_store
from newscrawl.urls import with_scheme

app = typer.Typer(no_args_is_help=True, help="The sites that newscrawl knows.")


@app.command("list")
def list_(context: typer.Context, json_: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> int:
    """List the sites and what each was verified against."""
    sites = all_sites(door(context).config.own_sites)
    if json_:
        print_json([_summary(site) for site in sites.values()])
        return 0
    table = Table(box=None, pad_edge=False)
    for heading in ("site", "city", "region", "platform", "sources", "verified"):
        table.add_column(heading, overflow="fold")
    for site in sites.values():
        table.add_row(
            site.name, site.city or "-", site.region or "-", site.platform or "-",
            ", ".join(source.type for source in site.sources) or "none",
            _verified(site),
        )  # fmt: skip
    out.print(table)
    bare = sum(not site.sources for site in sites.values())
    if bare:
        out.print(
            f"\n{bare} sites have no source yet: `newscrawl site add ADDRESS` finds where one lists its news.",
            highlight=False,
        )
    return 0


def _verified(site: Site) -> str:
    if not site.is_on_the_network:
        return "generated"
    return str(site.verified) if site.verified else "[yellow]never[/]"


def _summary(site: Site) -> dict[str, object]:
    return {
        "name": site.name,
        "title": site.title,
        "city": site.city,
        "region": site.region,
        "url": site.url,
        "platform": site.platform,
        "sources": [source.type for source in site.sources],
        "layouts": [layout.name for layout in site.layouts],
        "verified": str(site.verified) if site.verified else False,
    }


@app.command()
def show(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="SITE")],
    json_: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> int:
    """Show one site's file as newscrawl understands it."""
    config = door(context).config
    site = get_site(name, config.own_sites)
    if json_:
        print_json(site.model_dump(mode="json"))
        return 0
    out.print(f"[bold]{site.title}[/]  {site.url}", highlight=False)
    verified = f"verified {site.verified}" if site.verified else "[yellow]never verified on the live site[/]"
    out.print(f"{site.city or 'no city'}, {site.region or 'no region'}, {site.timezone}; {verified}", highlight=False)
    out.print(f"[dim]{site_files(config.own_sites)[name]}[/]", highlight=False, soft_wrap=True)
    if site.notes:
        out.print("\n" + site.notes.strip(), markup=False, highlight=False)
    out.print(f"\nplatform: {site.platform or '-'}", markup=False, highlight=False)
    out.print(f"articles: {site.article.path if site.article else 'address not known'}", markup=False, highlight=False)
    if not site.sources:
        out.print(f"source:   none yet; `newscrawl site add {site.url}` looks for them", markup=False, highlight=False)
    for source in site.sources:
        out.print(f"source:   {source.type} {source.url}", markup=False, highlight=False)
    for layout in site.layouts:
        out.print(
            f"layout:   {layout.name} ({layout.valid_from or '…'} to {layout.valid_until or '…'})", highlight=False
        )
        for field, selectors in layout:
            if isinstance(selectors, tuple) and selectors:
                out.print(f"          {field:<16} {' | '.join(selectors)}", markup=False, highlight=False)
    return 0


@app.command()
def add(
    context: typer.Context,
    url: Annotated[str, typer.Argument(metavar="URL", help="Its home page, or the page that lists its news.")],
    name: Annotated[str | None, typer.Option(help="Name of the site file; the city's when not given.")] = None,
    most: Annotated[int, typer.Option(min=8, help="So many requests at most.")] = 40,
    delay: Annotated[
        float, typer.Option(min=0, help="Seconds between two requests; less than 0.5 for loopback alone.")
    ] = 1.0,
    replace: Annotated[bool, typer.Option("--replace", help="Write over a site file of that name.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the draft, write nothing.")] = False,
    json_: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> int:
    """Probe an unknown site politely and draft its site file."""
    config = door(context).config
    if name is not None:
        check_name(name)
    check_request(url, delay)
    own = site_for_url(with_scheme(url), config.own_sites)
    taken = name or (own.name if own else None)
    if taken and not (replace or dry_run):  # before anything is asked of the site
        refuse_taken(taken, config)
    visitor = Visitor(Client(config.user_agent, named=with_scheme(url)), delay, most, on_visit=tell_visit)
    discovery = discover(url, visitor, name=name, known=all_sites(config.own_sites))
    saved = None if dry_run else save(discovery, config, replace=replace)
    if json_:
        print_json(as_json(discovery, saved, visitor.requests))
    else:
        print_discovery(discovery, saved, visitor.requests)
    return 0


@app.command()
def check(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="[SITE]", help="This site only.")] = None,
    pages: Annotated[int, typer.Option(min=1, help="So many of the latest stored pages of each site.")] = 20,
    live: Annotated[bool, typer.Option("--live", help="Visit the site too, with some ten requests.")] = False,
    all_: Annotated[bool, typer.Option("--all", help="With --live: visit every site that has a source.")] = False,
    json_: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> int:
    """Check site files, and every selector in them, against stored pages, saved pages and, with --live, the site."""
    config = door(context).config
    _check_request(name, live=live, all_=all_)
    files = site_files(config.own_sites)
    if name is not None and name not in files:
        get_site(name, config.own_sites)  # raises the error that says so
    chosen = files if name is None else {name: files[name]}
    sites, wrong = _load(chosen)
    checks = []
    with open_store(config) as store:
        for site in sites:
            client = Client(config.user_agent, site) if live and _to_visit(site, name) else None
            visit = check_live(site, client, tell_visit) if client is not None else None
            checks.append(check_site(store, site, chosen[site.name], pages, visit))
    if json_:
        print_json([one.as_json() for one in checks])
    elif name is not None and checks:
        print_check(checks[0], str(chosen[name]))
    else:
        print_checks(checks)
    if wrong:
        return 2
    if any(one.live is not None and not one.live.reached for one in checks):
        return 3
    return 1 if any(one.broken for one in checks) else 0


def _check_request(name: str | None, *, live: bool, all_: bool) -> None:
    """Refuse a visit to every site that nobody asked for in so many words."""
    if live and name is None and not all_:
        raise ConfigError("--live visits one site: say which", advice="Or say --live --all to visit them all.")
    if all_ and (name is not None or not live):
        raise ConfigError("--all goes with --live and without a site", advice="Without --live all sites are checked.")


def _load(files: dict[str, Path]) -> tuple[list[Site], int]:
    """Return the sites whose files are valid, and how many are not, each of which is told of."""
    sites: list[Site] = []
    wrong = 0
    for path in files.values():
        try:
            sites.append(load_site(path))
        except SiteFileError as error:
            wrong += 1
            errors.print(error.message, style="red", highlight=False, markup=False, soft_wrap=True)
    return sites, wrong


def _to_visit(site: Site, name: str | None) -> bool:
    """Tell whether to visit a site: of all, those that are there and name a source."""
    if site.is_on_the_network:
        return name is not None or bool(site.sources)
    if name is not None:
        raise ConfigError(f"{name} is not on the network", advice="`newscrawl demo` serves and crawls it.")
    return False
