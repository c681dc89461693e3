"""`newscrawl site`: which sites there are, and whether their files still fit."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from newscrawl.cli.door import door, errors, out, print_json
from newscrawl.cli.site_report import check_delay, print_discovery, tell_visit
from newscrawl.discover import Visitor, discover
from newscrawl.errors import SiteFileError
from newscrawl.fetch import Client
from newscrawl.jobs.site_add import save
from newscrawl.jobs.site_check import FieldCheck, SiteCheck, check_stored_pages
from newscrawl.sites import Site, all_sites, get_site, load_site
from newscrawl.sites.load import site_files
from newscrawl.store import open_store

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
    delay: Annotated[float, typer.Option(min=0, help="Seconds between two requests.")] = 1.0,
    replace: Annotated[bool, typer.Option("--replace", help="Write over a site file of that name.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the draft, write nothing.")] = False,
) -> int:
    """Probe an unknown site politely and draft its site file."""
    config = door(context).config
    check_delay(url, delay)
    visitor = Visitor(Client(config.user_agent), delay, most, on_visit=tell_visit)
    discovery = discover(url, visitor, name=name)
    saved = None if dry_run else save(discovery, config, replace=replace)
    print_discovery(discovery, saved, visitor.requests)
    return 1 if discovery.doubts else 0


@app.command()
def check(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="[SITE]", help="This site only.")] = None,
    pages: Annotated[int, typer.Option(min=1, help="So many of the latest stored pages of each site.")] = 20,
    json_: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> int:
    """Check site files, and every field of their layouts against the latest stored pages."""
    config = door(context).config
    files = site_files(config.own_sites)
    chosen = {name: files[name]} if name in files else files if name is None else {}
    if name is not None and not chosen:
        get_site(name, config.own_sites)  # raises the error that says so
    sites: list[Site] = []
    broken = 0
    for path in chosen.values():
        try:
            sites.append(load_site(path))
        except SiteFileError as error:
            broken += 1
            errors.print(error.message, style="red", highlight=False, markup=False, soft_wrap=True)
    with open_store(config) as store:
        checks = [check_stored_pages(store, site, pages) for site in sites]
    if json_:
        print_json([one.as_json() for one in checks])
    else:
        for one in checks:
            _report(one)
    if broken:
        return 2
    return 1 if any(one.broken for one in checks) else 0


def _report(check: SiteCheck) -> None:
    state = "[red]broken[/]" if check.broken else "[green]fits[/]" if check.pages else "[yellow]no stored pages[/]"
    out.print(f"[bold]{check.site}[/]: the file is valid; {check.pages} pages: {state}", highlight=False)
    for reason, number in check.failed.items():
        out.print(f"  [red]{number} gave no article: {reason}[/]", highlight=False)
    table = Table(box=None, pad_edge=False, show_header=False)
    for field in check.fields:
        table.add_row("  ", field.field, _share(field, check.pages), f"[dim]{escape(' | '.join(field.selectors))}[/]")
    if check.fields and check.pages:
        out.print(table)


def _share(field: FieldCheck, pages: int) -> str:
    colour = "green" if field.found == pages else "yellow" if field.found else "red"
    return f"[{colour}]{field.found} of {pages}[/]"
