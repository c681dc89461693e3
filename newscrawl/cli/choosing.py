"""Which sites a command means."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from newscrawl.errors import ConfigError
from newscrawl.sites import Site, all_sites, get_site


def crawled_sites(folder: Path | None) -> list[Site]:
    """Return all sites that can be crawled: they have a source, and a host on the network."""
    return [site for site in all_sites(folder).values() if site.is_crawlable]


def chosen_sites(names: Sequence[str], all_: bool, folder: Path | None) -> list[Site]:
    """Return the sites that a command names. Raises ConfigError for none, both, or unknown ones."""
    if bool(names) == all_:
        raise ConfigError("name the sites to crawl, or say --all", advice="`newscrawl site list` shows them.")
    if all_:
        return crawled_sites(folder)
    chosen = [get_site(name, folder) for name in dict.fromkeys(names)]
    for site in chosen:
        if not site.is_on_the_network:
            raise ConfigError(f"{site.name} is not on the network", advice="`newscrawl demo` serves and crawls it.")
        if not site.sources:
            raise ConfigError(
                f"the file of {site.name} names no source, so there is nothing to crawl",
                advice=f"`newscrawl site add {site.url}` looks for them.",
            )
    return chosen
