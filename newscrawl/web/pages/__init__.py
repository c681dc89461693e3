"""The pages that people read: one router each, HTML made on the server."""

from newscrawl.web.pages import article, day, entity, search

ROUTERS = (search.router, article.router, entity.router, day.router)
"""In the order in which they are asked."""
