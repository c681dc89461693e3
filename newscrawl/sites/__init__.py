"""Sites as data: what a site file may say, and the site files themselves (`<name>.toml` beside this file)."""

from newscrawl.sites.load import all_sites, get_site, load_site, site_for_url
from newscrawl.sites.model import ArticleAddress, Feed, Layout, Listing, Pagination, Site, Sitemap, Source

__all__ = [
    "ArticleAddress",
    "Feed",
    "Layout",
    "Listing",
    "Pagination",
    "Site",
    "Sitemap",
    "Source",
    "all_sites",
    "get_site",
    "load_site",
    "site_for_url",
]
