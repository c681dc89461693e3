"""Under every site's name Scrapy finds the one spider: `scrapy list`, `scrapy crawl ryazan`, scrapyd's schedule."""

from __future__ import annotations

import builtins
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request

from newscrawl.config import load_config
from newscrawl.sites import Site, all_sites
from newscrawl.spiders.city_news import CityNewsSpider


def spider_class(site: Site) -> type[CityNewsSpider]:
    """Return the spider of one site."""
    return type(f"{site.name.title()}Spider", (CityNewsSpider,), {"name": site.name, "site": site})


class SiteSpiderLoader:
    """Scrapy's spider loader over the site files."""

    def __init__(self) -> None:
        sites = all_sites(load_config().own_sites)
        self._sites = {name: site for name, site in sites.items() if site.is_on_the_network}

    @classmethod
    def from_settings(cls, settings: Any) -> SiteSpiderLoader:
        """Make the loader; which site files there are stands in newscrawl's own configuration."""
        return cls()

    def load(self, spider_name: str) -> type[CityNewsSpider]:
        """Return the spider of a site. Raises KeyError, as Scrapy expects."""
        if spider_name not in self._sites:
            raise KeyError(f"there is no site {spider_name!r}; `newscrawl site list` shows them")
        return spider_class(self._sites[spider_name])

    def list(self) -> list[str]:
        """Return the names of all sites."""
        return list(self._sites)

    def find_by_request(self, request: Request) -> builtins.list[str]:
        """Return the names of the sites that a request goes to."""
        host = urlsplit(request.url).netloc
        return [name for name, site in self._sites.items() if site.serves(host)]
