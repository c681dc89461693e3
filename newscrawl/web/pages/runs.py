"""The history of jobs: runs by site, job and outcome, the latest first; one run with all it counted and had to say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, get_args

from fastapi import APIRouter, HTTPException, Path, Query, Request
from fastapi.responses import HTMLResponse

from newscrawl.errors import QuestionError
from newscrawl.items import RunStatus
from newscrawl.web.addresses import with_query
from newscrawl.web.language import language_of
from newscrawl.web.pages.run_rows import run_table, sums_of, took
from newscrawl.web.rendering import render
from newscrawl.web.served import Served

router = APIRouter(include_in_schema=False)

JOBS = ("crawl", "backfill", "reprocess", "dedup", "import")
STATUSES = get_args(RunStatus)
_ON_A_PAGE = 30

Word = Annotated[str, Query(max_length=200)]


@router.get("/runs", response_class=HTMLResponse)
def runs(
    request: Request,
    served: Served,
    site: Word = "",
    job: Word = "",
    status: Word = "",
    cursor: Annotated[str, Query(max_length=500)] = "",
) -> HTMLResponse:
    """Show runs, the latest first."""
    if status and status not in STATUSES:
        raise QuestionError(f"no run ends as {status!r}", advice=f"One of: {', '.join(STATUSES)}.")
    asked = {"site": site.strip(), "job": job.strip(), "status": status}
    given = {name: value or None for name, value in asked.items()}
    found = served.store.corpus.runs(
        site=given["site"], job=given["job"], status=given["status"], size=_ON_A_PAGE, cursor=cursor or None
    )
    return render(
        request,
        "runs.html",
        section="runs",
        asked=asked,
        jobs=JOBS,
        statuses=STATUSES,
        runs=found.items,
        first=with_query("/runs", given) if cursor else None,
        following=with_query("/runs", given | {"cursor": found.following}) if found.following else None,
        with_site=True,
        **run_table(language_of(request)),
    )


@router.get("/runs/{run_id:path}", response_class=HTMLResponse)
def run(request: Request, served: Served, run_id: Annotated[str, Path(max_length=300)]) -> HTMLResponse:
    """Show one run with every counter, warning and alarm."""
    found = served.store.find_run(run_id)
    if found is None:
        raise HTTPException(404)
    return render(
        request,
        "run.html",
        section="runs",
        run=found,
        families=_families(found.stats),
        sums=sums_of(found),
        took=took(language_of(request), found),
        untold=max(0, int(found.stats.get("warnings", 0)) - len(found.warnings)),
    )


def _families(stats: Mapping[str, int | float]) -> dict[str, list[tuple[str, str]]]:
    """Return counters by the word before their first point, '' for those without; each with its number written out."""
    found: dict[str, list[tuple[str, str]]] = {}
    for name, number in sorted(stats.items()):
        family, point, rest = name.partition(".")
        told = f"{number:,.2f}".rstrip("0").rstrip(".") if isinstance(number, float) else f"{number:,}"
        found.setdefault(family if point else "", []).append((rest if point else name, told.replace(",", "\u202f")))
    return dict(sorted(found.items()))
