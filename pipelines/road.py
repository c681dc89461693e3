"""The road of one article, from its saved page to what is stored: the same for crawls, reprocessing and notebooks."""

from __future__ import annotations

import time
from dataclasses import dataclass

from newscrawl.canonical import article_url
from newscrawl.errors import ExtractionError
from newscrawl.extract import extract_article
from newscrawl.items import Article, Page, Problem
from newscrawl.sites.model import Site
from pipelines.normalise import normalise


@dataclass(frozen=True)
class Outcome:
    """What became of a page: an article, or the reason why there is none."""

    page_id: str
    article_url: str
    article: Article | None = None
    problem: Problem | None = None
    seconds: float = 0.0
    """CPU seconds that it took."""


def process_page(page: Page, site: Site | None) -> Outcome:
    """Extract and normalise one page. Never raises: a page that cannot be read has a `problem` (field `page`)."""
    started = time.process_time()
    url = article_url(page, site)
    article: Article | None = None
    problem: Problem | None = None
    try:
        article = normalise(extract_article(page, site))
    except ExtractionError as error:
        problem = Problem(field="page", reason=error.reason, text=error.message)
    except Exception as error:  # noqa: BLE001 - hostile input ends here, as a marked record and not as a lost crawl
        problem = Problem(field="page", reason="crashed", text=f"{type(error).__name__}: {error}"[:500])
    return Outcome(page.id, url, article, problem, time.process_time() - started)
