"""What a page says: pure functions from saved bytes to links and to a RawArticle. Nothing fetches or interprets."""

from newscrawl.extract.article import extract_article, fields_found
from newscrawl.extract.listing import ListingPage, extract_listing
from newscrawl.versions import EXTRACT_VERSION as VERSION

__all__ = ["VERSION", "ListingPage", "extract_article", "extract_listing", "fields_found"]
