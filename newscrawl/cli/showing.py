"""`newscrawl show`: one stored article."""

from __future__ import annotations

from typing import Annotated

import typer

from newscrawl.cli.door import door, out, print_json
from newscrawl.cli.history import history_view
from newscrawl.cli.marks import article_view
from newscrawl.errors import NewscrawlError
from newscrawl.sites import Site, site_for_url
from newscrawl.store import open_store
from newscrawl.urls import canonical_url


def show(
    context: typer.Context,
    url: Annotated[str, typer.Argument(metavar="URL", help="The article's address.")],
    diff: Annotated[bool, typer.Option("--diff", help="What each revision changed, word by word.")] = False,
    json_: Annotated[bool, typer.Option("--json", help="The record and its earlier revisions as JSON.")] = False,
) -> int:
    """Show one stored article with its marks and history."""
    config = door(context).config
    site = site_for_url(url, config.own_sites)
    with open_store(config) as store:
        article = store.find_article(canonical_url(url, site)) or store.find_article(url)
        earlier = store.find_revisions(article.url) if article is not None else []
    if article is None:
        raise NewscrawlError(f"{url} is not stored", advice="`newscrawl status` shows which sites are.")
    if json_:
        revisions = [one.model_dump(mode="json") for one in earlier]
        print_json(article.model_dump(mode="json") | {"revisions": revisions})
        return 0
    if not diff:
        out.print(article_view(article, _zone(site)))
        out.print(
            f"first seen {article.first_seen:%Y-%m-%d %H:%M} UTC, last seen {article.last_seen:%Y-%m-%d %H:%M} UTC, "
            f"run {article.run_id}",
            highlight=False,
        )
        if article.duplicate_of is not None:
            out.print(f"a copy of {article.duplicate_of}: `newscrawl dedup show` has all of them", highlight=False)
    out.print(history_view([*earlier, article], _zone(site), with_diff=diff))
    return 0


def _zone(site: Site | None) -> str:
    return site.timezone if site else "Europe/Moscow"
