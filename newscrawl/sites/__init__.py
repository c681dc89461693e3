"""Sites as data: what a site file may say, the site files beside this one, and what platforms share (`platforms/`)."""

from newscrawl.sites.load import (
    all_platforms,
    all_sites,
    get_site,
    load_platform,
    load_site,
    site_for_url,
    with_platform,
)
from newscrawl.sites.model import ArticleAddress, Feed, Layout, Listing, Pagination, Site, Sitemap, Source
from newscrawl.sites.platform import ListingIdiom, Platform

__all__ = [
    "ArticleAddress",
    "Feed",
    "Layout",
    "Listing",
    "ListingIdiom",
    "Pagination",
    "Platform",
    "Site",
    "Sitemap",
    "Source",
    "all_platforms",
    "all_sites",
    "get_site",
    "load_platform",
    "load_site",
    "site_for_url",
    "with_platform",
]
