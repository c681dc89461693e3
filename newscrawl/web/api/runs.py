"""/api/runs, /api/sites: the health of the crawl."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request
from starlette.responses import Response

from newscrawl.items import Run
from newscrawl.web.api.answering import NOT_FOUND, answer
from newscrawl.web.api.parameters import RunPath, RunQuestion
from newscrawl.web.api.records import Runs, SiteAtAGlance, Sites
from newscrawl.web.served import Served

router = APIRouter(prefix="/api", tags=["crawl"])

_DAYS = 30
"""That `days` of a site has, as on the command line."""


@router.get("/runs", response_model=Runs)
def list_runs(asked: Annotated[RunQuestion, Query()], served: Served, request: Request) -> Response:
    """Return the runs of all jobs, the latest first."""
    found = served.store.corpus.runs(
        site=asked.site, job=asked.job, status=asked.status, size=asked.limit, cursor=asked.cursor
    )
    return answer(Runs(items=found.items, next=found.following), following=(request, "cursor", found.following))


@router.get("/runs/{id:path}", response_model=Run, responses=NOT_FOUND)
def read_run(id: RunPath, served: Served) -> Response:
    """Return one run with every counter and warning."""
    found = served.store.find_run(id)
    if found is None:
        raise HTTPException(404, "there is no such run, or it was forgotten")
    return answer(found)


@router.get("/sites", response_model=Sites)
def list_sites(served: Served) -> Response:
    """Return how every site is, the worst first, as `newscrawl status --json` does; gathered every 15 s at most."""
    seen = served.health.all()
    rows = [site.as_json() | {"days": site.days[-_DAYS:]} for site in seen.rows]
    return answer(Sites(looked_at=seen.at, items=[SiteAtAGlance(**row) for row in rows]))
