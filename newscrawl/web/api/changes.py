"""/api/changes: what changed, in order, for jobs that follow the corpus without losing anything."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from newscrawl.store.feed import Changed
from newscrawl.web.api.answering import answer, gather
from newscrawl.web.api.parameters import ChangeQuestion
from newscrawl.web.api.records import ChangedArticle, Changes
from newscrawl.web.served import Served

router = APIRouter(prefix="/api", tags=["changes"])


@router.get("/changes", response_model=Changes)
def list_changes(asked: Annotated[ChangeQuestion, Query()], served: Served, request: Request) -> Response:
    """Return the articles that changed after a cursor, in the order of their last change.

    Begin without `after`; then give back `last` each time, once what came with it is safe, and again at once while
    `more` is true. Whoever does so meets every article after its last change: none is lost, whoever writes at the same
    time, and whoever stops and goes on later. An article that changed several times in between comes once, as it is
    now; one that changes again comes again. What a site took down comes with `gone_at`; articles are never deleted.
    """
    margin = served.held_back
    more = False
    last = asked.after

    def ask(size: int, cursor: str | None) -> tuple[list[Changed], str | None]:
        nonlocal more, last
        found = served.store.corpus.changes(cursor, size=size, site=asked.site, margin=margin)
        more, last = found.more, found.last
        return found.items, found.last if found.more else None

    items, _ = gather(ask, asked.limit, asked.after, lambda one: len(one.article.article_body))
    found = Changes(
        items=[ChangedArticle(**dict(one.article), changed_at=one.changed_at) for one in items],
        last=last or "", more=more, held_back_seconds=margin.total_seconds(),
    )  # fmt: skip
    return answer(found, following=(request, "after", found.last if more else None))
