"""The corpus in a notebook: `notebook.articles(site="ryazan", since="2026-01-01")` is a DataFrame."""

from newscrawl.notebook.charts import map, network, timeline
from newscrawl.notebook.connections import close
from newscrawl.notebook.frames import articles, batches, iterate
from newscrawl.notebook.records import entities, page, pages, revisions, runs
from newscrawl.notebook.rows import dates, mentions
from newscrawl.notebook.shown import ShownArticle, article
from newscrawl.notebook.work import Ran, WouldChange, crawl, reprocess

__all__ = [
    "Ran",
    "ShownArticle",
    "WouldChange",
    "article",
    "articles",
    "batches",
    "close",
    "crawl",
    "dates",
    "entities",
    "iterate",
    "map",
    "mentions",
    "network",
    "page",
    "pages",
    "reprocess",
    "revisions",
    "runs",
    "timeline",
]
