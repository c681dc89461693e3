"""No request leaves the site's own hosts: not by a link, a redirect, a sitemap, robots.txt or a page's scripts."""

from __future__ import annotations

from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest, NotConfigured

from newscrawl.secrecy import has_credentials, redact
from newscrawl.sites import Site
from newscrawl.spiders.resolver import allow_private


class ForeignRequestError(IgnoreRequest):
    """A request that was not made; its words say why."""


def refusal(url: str, site: Site) -> str | None:
    """Return why a site's crawl must not ask for an address, None when it may."""
    try:
        parts = urlsplit(url)
        is_own = site.serves(parts.netloc, parts.scheme)
    except ValueError:
        return "leads to what is no address"
    if parts.scheme not in {"http", "https"}:
        return f"leads to {redact(url)[:200]}, which is not http or https"
    if has_credentials(url):
        return f"leads to {redact(url)[:200]}, an address with a user or a password"
    if not is_own:
        return f"leads to {parts.netloc[:200]}, which is not the site's"
    return None


class OwnHostsMiddleware:
    """Downloader middleware, the first of all, that drops whatever the spider's site does not serve."""

    def __init__(self, site: Site) -> None:
        self._site = site

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> OwnHostsMiddleware:
        """Make it for the site of the crawler's spider; `scrapy shell` and its like have none."""
        site: Site | None = getattr(crawler.spidercls, "site", None)
        if site is None:
            raise NotConfigured
        allow_private(site)
        return cls(site)

    def process_request(self, request: Request) -> None:
        """Raise ForeignRequestError for a request that may not be made."""
        why = refusal(request.url, self._site)
        if why is not None:
            raise ForeignRequestError(why)
