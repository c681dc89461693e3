"""An article by its address, in whatever form somebody has it."""

from __future__ import annotations

from dataclasses import dataclass

from newscrawl.config import Config
from newscrawl.errors import ConfigError
from newscrawl.items import StoredArticle
from newscrawl.sites import site_for_url
from newscrawl.store import Store
from newscrawl.urls import canonical_url


@dataclass(frozen=True)
class Found:
    """What an address leads to."""

    url: str
    """The canonical address of an article, stored or not."""
    site: str | None
    """Name of its site, where there is one."""
    timezone: str
    """Of that site."""
    article: StoredArticle | None
    """As it is stored, if it is."""


def find(store: Store, url: object, config: Config) -> Found:
    """Return what is stored under an address. Raises ConfigError where none was given."""
    if not isinstance(url, str) or not url.strip():
        raise ConfigError(f"{url!r} is no address of an article", advice="Give the address as text: 'https://…'.")
    site = site_for_url(url, config.own_sites)
    canonical = canonical_url(url.strip(), site)
    article = store.find_article(canonical) or store.find_article(url)
    name = article.site if article is not None else site.name if site is not None else None
    zone = site.timezone if site is not None else "Europe/Moscow"
    return Found(article.url if article is not None else canonical, name, zone, article)
