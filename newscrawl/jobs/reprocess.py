"""Stored pages through extraction and normalisation again."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice

from newscrawl.items import RunStatus, count_failures
from newscrawl.resources import Resources
from newscrawl.sites import Site
from newscrawl.store import Run
from pipelines.mongo import count_outcomes, write_outcomes

_BATCH = 50


def reprocess(resources: Resources, site: Site, *, on_start: Callable[[Run], None] | None = None) -> Run:
    """Read the stored pages of `site` anew, one for each article, and store what comes out; return the run.

    Gives what a crawl of the same pages with today's code and site file gives. Articles that come out the same stay as
    they are. Raises LeaseHeldError while another job works on the site, UnavailableError when the store is gone.
    """
    store = resources.store
    run = store.start_run("reprocess", site.name)
    if on_start is not None:
        on_start(run)
    status: RunStatus = "stopped"
    try:
        pages = store.iterate_current_pages(site.name)
        outcomes = resources.workers.map((page, site) for page in pages)
        while batch := list(islice(outcomes, _BATCH)):
            run.count("articles_listed", len(batch))
            count_outcomes(run, batch, write_outcomes(store, batch, run.id))
        store.refresh_entities()
        store.call(store.duplicates.refresh)
        status = "failures" if count_failures(run.stats) else "done"
    finally:
        run.finish(status)
    return run
