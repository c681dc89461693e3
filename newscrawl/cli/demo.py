"""`newscrawl demo`: the bundled sample city, crawled as any city is, and what came of it."""

from __future__ import annotations

import io
from collections import Counter
from typing import Annotated

import typer
from rich.columns import Columns
from rich.table import Table
from rich.text import Text

from newscrawl.cli.crawling import crawl_with_progress
from newscrawl.cli.door import door, errors, out
from newscrawl.cli.marks import article_view, moment
from newscrawl.demo import SampleCity, neighbours, reprints, sample_site, serve
from newscrawl.errors import NewscrawlError
from newscrawl.items import EntityType, Run, StoredArticle, count_failures
from newscrawl.jobs.importing import import_lines
from newscrawl.resources import Resources
from newscrawl.sites import Site
from newscrawl.store import Store
from newscrawl.store.reprints import reprints as printed_again
from newscrawl.urls import canonical_url

_ROWS = 12
_TYPES: dict[EntityType, str] = {"PER": "Persons", "ORG": "Organisations", "LOC": "Places", "EVENT": "Events"}


def demo(
    context: typer.Context,
    limit: Annotated[int | None, typer.Option(min=1, help="So many articles at most.")] = None,
) -> int:
    """Serve the sample city on loopback, crawl it into MongoDB, show what was stored."""
    config = door(context).config
    city = SampleCity()
    with serve(city) as server:
        site = sample_site(server.origin)
        errors.print(
            f"Serving {site.title} (invented, but for one real article) at {server.origin}; crawling it with Scrapy.",
            highlight=False,
        )
        errors.print("MongoDB and the language models start first; that takes some seconds.", highlight=False)
        with Resources.open(config) as resources:
            (result,) = crawl_with_progress([site], resources, limit=limit)
            if result.error is not None:
                raise result.error
            if result.run is None:
                raise NewscrawlError("the crawl left no run", advice="Run again with --debug.")
            if result.run.status == "stopped":
                errors.print("Stopped before the end; what was fetched is stored, and `newscrawl demo` goes on.")
                return 1
            if limit is None:
                lines = b"".join(one.line() for one in reprints(city))
                import_lines(resources, io.BytesIO(lines), neighbours())
            _show(resources.store, site, result.run, _sample_url(city, site))
    return 0


def _show(store: Store, site: Site, run: Run, sample_url: str) -> None:
    articles = list(store.find_articles(site=site.name, limit=_ROWS))
    _heading("What the crawl did")
    _counts(store, site, run)
    _reprints(store)
    _heading(f"The latest news of {site.city}")
    out.print(_table(articles, site))
    _heading("Who and what the news is about (articles that mention them)")
    out.print(Columns([_top(store, site, kind) for kind in _TYPES], padding=(0, 4)))
    sample = store.find_article(sample_url)
    if sample is not None:
        _heading("One article as newscrawl understands it")
        out.print(article_view(sample, site.timezone))
    _heading("What was not resolved, and why (never guessed)")
    for line in _unresolved(store, site, run):
        out.print(line, markup=False, highlight=False, soft_wrap=True)
    _heading("Look further")
    out.print(
        f"newscrawl show {articles[0].url if articles else sample_url}\n"
        "newscrawl serve         all of it as web pages\n"
        "newscrawl status        all sites at a glance\n"
        "newscrawl runs --json   every counter of every run\n"
        "newscrawl db shell-uri  the address for mongosh or any MongoDB client\n"
        "newscrawl crawl ryazan  a real city (not tried on the live site: see `newscrawl site show ryazan`)",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )


def _heading(words: str) -> None:
    out.print()
    out.rule(f"[bold]{words}", align="left")


def _counts(store: Store, site: Site, run: Run) -> None:
    seconds = (run.finished_at - run.started_at).total_seconds() if run.finished_at else 0.0
    stats = run.stats
    failed = count_failures(stats)
    out.print(
        f"{stats.get('articles_listed', 0)} articles listed, {stats.get('requests', 0)} requests, {seconds:.1f} s: "
        f"[green]{stats.get('articles_new', 0)} new[/], {stats.get('articles_changed', 0)} changed, "
        f"{stats.get('articles_unchanged', 0)} unchanged, [yellow]{failed} failed[/].",
        highlight=False,
    )
    revised = store.count_revised(site.name)
    if not stats.get("articles_new") and not stats.get("articles_changed"):
        out.print("Nothing had changed since the last run: no article was written anew.", highlight=False)
    words = f"{revised} articles have been revised." if revised else "Every article is at revision 1."
    out.print(words, highlight=False)


def _reprints(store: Store) -> None:
    """Tell what the neighbouring cities printed again; nothing where they were left out."""
    found = store.call(lambda: printed_again(store))
    if not found.between_cities:
        return
    cities = " and ".join(str(one.city) for one in neighbours().values())
    out.print(
        f"The neighbours {cities} (invented too) printed news of it again, which was imported: "
        f"{found.between_cities} reprints between cities of {found.groups} articles.",
        highlight=False,
        soft_wrap=True,
    )


def _table(articles: list[StoredArticle], site: Site) -> Table:
    table = Table(box=None, pad_edge=False, expand=True)
    table.add_column("published", no_wrap=True, min_width=16)
    table.add_column("headline", overflow="ellipsis", no_wrap=True, ratio=1)
    for heading in ("dates", *_TYPES):
        table.add_column(heading, justify="right", min_width=len(heading))
    for article in articles:
        kinds = Counter(entity.type for entity in article.entities)
        table.add_row(
            moment(article, site.timezone), Text(article.headline or "-"), str(len(article.dates)),
            *(str(kinds[kind]) for kind in _TYPES),
        )  # fmt: skip
    return table


def _top(store: Store, site: Site, kind: EntityType) -> Table:
    table = Table(title=_TYPES[kind], title_justify="left", box=None, pad_edge=False, show_header=False)
    table.add_column(justify="right", style="dim")
    table.add_column(overflow="ellipsis", no_wrap=True, max_width=44)
    for normal, number in store.top_entities(kind, site=site.name, limit=10):
        table.add_row(str(number), normal)
    return table


def _unresolved(store: Store, site: Site, run: Run) -> list[str]:
    lines = []
    for one in store.unresolved(site.name):
        words = f" «{one.text}»" if one.text else ""
        lines.append(f"{one.field}: {one.reason}{words}, {one.articles} articles, such as {one.url}")
    examples = {reason: urls[0] for reason, urls in store.pages_with_problems(site.name).items()}
    for name, failures in run.stats.items():
        kind, _, reason = name.partition(".")
        if kind == "failed":
            lines.append(f"page: {reason}, {failures:g} pages, such as {examples.get(reason, _warned(run, reason))}")
    return lines


def _warned(run: Run, reason: str) -> str:
    """Return the address in the first warning that speaks of this failure, which has no stored page to point at."""
    words = {"robots": "robots.txt"}.get(reason, reason.removeprefix("http_"))
    return next((warning.partition(": ")[0] for warning in run.warnings if words in warning.partition(": ")[2]), "-")


def _sample_url(city: SampleCity, site: Site) -> str:
    """Return the key of the one real article, the last of the listing."""
    return canonical_url(site.origin + city.expected[-1].path, site)
