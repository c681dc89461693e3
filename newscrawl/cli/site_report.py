"""What `newscrawl site add` shows: each request as it goes, then what is sure and what a person should check."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from urllib.parse import urlsplit

from rich.markup import escape
from rich.syntax import Syntax
from rich.table import Table

from newscrawl.cli.door import errors, out
from newscrawl.cli.marks import moment
from newscrawl.discover import Discovery
from newscrawl.discover.trial import Trial
from newscrawl.errors import ConfigError
from newscrawl.fetch import refuse_credentials
from newscrawl.jobs.site_add import Saved
from newscrawl.sites.hosts import is_loopback
from newscrawl.urls import absolute_url, with_scheme

_numbers = count(1)


def check_request(url: str, delay: float) -> None:
    """Refuse what is no address of a site, and a pace that is impolite on the network.

    A server on loopback may be asked as fast as it answers.
    """
    refuse_credentials(with_scheme(url))
    address = absolute_url(with_scheme(url), "")
    host = (urlsplit(address).hostname or "") if address is not None else ""
    if not (host == "localhost" or "." in host or ":" in host):
        raise ConfigError(
            f"{url!r} is not an http(s) address", advice="Give the site's, such as https://gorod.example/."
        )
    if delay < 0.5 and not is_loopback(urlsplit(address or "").netloc):
        raise ConfigError("--delay: expected at least 0.5 s", advice="Less is for a server on loopback.")


def tell_visit(url: str, told: str) -> None:
    """Show one request."""
    sentence = told if url in told else f"{told}: {url}"
    errors.print(f"[dim]{next(_numbers):>3}[/]  {escape(sentence)}", highlight=False, soft_wrap=True)


def print_discovery(discovery: Discovery, saved: Saved | None, requests: int) -> None:
    """Show what was found out."""
    site = discovery.site
    place = ", ".join(part for part in (site.city, site.region, site.timezone) if part)
    out.print(f"\n[bold]{escape(site.title)}[/]  {site.url}", highlight=False)
    out.print(f"{place}; {requests} requests", highlight=False)
    if discovery.platform is not None:
        out.print(
            f"platform: {discovery.platform.name} ({escape('; '.join(discovery.platform.evidence))})", highlight=False
        )
    out.print()
    out.print(_table(discovery.trials, site.timezone))
    out.print()
    for sentence in discovery.findings.sure:
        out.print(f"[green]sure[/]   {escape(sentence)}", highlight=False)
    for sentence in discovery.findings.doubts:
        out.print(f"[yellow]check[/]  {escape(sentence)}", highlight=False)
    out.print()
    if saved is None:
        draft = Syntax("", "toml", background_color="default").highlight(discovery.toml)
        out.print(draft, end="", soft_wrap=True)  # a line of the draft must stay one
        return
    out.print(f"written: {saved.site_file}", highlight=False, soft_wrap=True)
    out.print(f"         {saved.page} and what it is expected to give, beside it", highlight=False, soft_wrap=True)
    out.print(f"next:    newscrawl crawl {site.name} --limit 20", highlight=False)


def as_json(discovery: Discovery, saved: Saved | None, requests: int) -> dict[str, object]:
    """Return what was found out, as plain values."""
    return {
        "site": discovery.site.name,
        "city": discovery.site.city,
        "region": discovery.site.region,
        "platform": discovery.platform.name if discovery.platform is not None else None,
        "sources": [source.model_dump(mode="json", exclude_none=True) for source in discovery.site.sources],
        "requests": requests,
        "sure": discovery.findings.sure,
        "doubts": discovery.findings.doubts,
        "file": str(saved.site_file) if saved is not None else None,
        "toml": discovery.toml,
    }


def _table(trials: Sequence[Trial], zone: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("published", "told by", "characters", "headline"):
        table.add_column(heading, overflow="fold", justify="right" if heading == "characters" else "left")
    for trial in trials:
        article = trial.article
        if article is None:
            table.add_row("[red]-[/]", trial.reason, "0", escape(trial.entry.title))
            continue
        day = moment(article, zone)
        headline = escape(article.headline or "-") + ("" if trial.agrees else " [red](not the list's headline)[/]")
        table.add_row(day, article.date_published_source or "-", str(len(article.article_body)), headline)
    return table
