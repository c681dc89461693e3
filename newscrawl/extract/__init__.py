"""What a page says: pure functions from saved bytes to links and to a RawArticle. Nothing fetches or interprets."""

from newscrawl.extract.article import VERSION, extract_article, fields_found
from newscrawl.extract.listing import ListingPage, extract_listing

__all__ = ["VERSION", "ListingPage", "extract_article", "extract_listing", "fields_found"]
