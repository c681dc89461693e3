"""The part of a backfill that reads a site's own lists back to a day, with the crawl's spider."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from newscrawl.config import load_config
from newscrawl.jobs.backfill_parts import Part
from newscrawl.jobs.crawl import Crawled, crawled, told
from newscrawl.resources import Resources
from newscrawl.sites import Site
from newscrawl.store.runs import RunLog


def crawl_span(
    parts: Sequence[Part],
    resources: Resources,
    *,
    on_start: Callable[[Site, RunLog], None] | None = None,
    on_kill: Callable[[], None] | None = None,
) -> list[Crawled]:
    """Crawl the articles of a span that the sites' own lists name, several sites at once; once a process.

    Parts of one site go together: its listings and its sitemaps are read by one run. What the ledger knows is not
    asked for anew. Raises ConfigError when the pages of a site need a browser and there is none.
    """
    # Scrapy is imported late: commands that do not crawl start without it.
    from newscrawl.spiders.engine import CrawlEngine
    from newscrawl.spiders.process import run_engine
    from newscrawl.spiders.rendering import check_rendering

    config = load_config()
    by_site: dict[str, list[Part]] = {}
    for part in parts:
        by_site.setdefault(part.site.name, []).append(part)
    check_rendering([own[0].site for own in by_site.values()], config)

    async def main(engine: CrawlEngine) -> list[Crawled]:
        tasks = []
        for own in by_site.values():
            kinds = frozenset(kind for part in own for kind in _KINDS[part.via])
            span = own[0].span
            options = {"since": span.first, "until": span.last, "kinds": kinds, "job": "backfill"}
            tasks.append(engine.submit(own[0].site, **options))
        ended = await asyncio.gather(*tasks)
        return [await asyncio.to_thread(crawled, one, resources, False) for one in ended]

    return run_engine(resources, config, main, on_start=told(on_start), on_kill=on_kill)


_KINDS = {"listing": ("listing", "feed"), "sitemap": ("sitemap",)}
