"""The JSON API: articles, entities, runs, sites, and the feed of changes. Reads only."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from starlette.responses import JSONResponse, Response

from newscrawl.web.api import articles, changes, entities, runs
from newscrawl.web.api.answering import PROBLEMS, check_query
from newscrawl.web.api.description import describe

__all__ = ["describe", "router"]

router = APIRouter()
for _part in (articles, entities, changes, runs):
    router.include_router(_part.router, dependencies=[Depends(check_query)], responses=PROBLEMS)


@router.get("/api/openapi.json", include_in_schema=False)
async def openapi(request: Request) -> Response:
    """Return the OpenAPI document."""
    return JSONResponse(describe(request.app))
