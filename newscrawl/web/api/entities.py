"""/api/entities: the registry."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request
from starlette.responses import Response

from newscrawl.items import Entity
from newscrawl.web.api.answering import NOT_FOUND, answer
from newscrawl.web.api.parameters import EntityPath, EntityQuestion
from newscrawl.web.api.records import Entities
from newscrawl.web.problems import problem
from newscrawl.web.served import Served

router = APIRouter(prefix="/api", tags=["entities"])


@router.get("/entities", response_model=Entities)
def list_entities(asked: Annotated[EntityQuestion, Query()], served: Served, request: Request) -> Response:
    """Find persons, bodies, places and events: those that most articles mention, or by any spelling."""
    found = served.store.corpus.entities(type_=asked.type, text=asked.text, size=asked.limit, cursor=asked.cursor)
    return answer(Entities(items=found.items, next=found.following), following=(request, "cursor", found.following))


@router.get("/entities/{id:path}", response_model=Entity, responses=NOT_FOUND)
def read_entity(id: EntityPath, served: Served) -> Response:
    """Return one entity; an id that was merged away leads to its heir.

    A name as a key (`per:иван петров`) that several entities bear leads to none: `candidates` tells their ids.
    Articles that mention it: `/api/articles?entity=`.
    """
    found = served.store.registry.find(id)
    if not found:
        raise HTTPException(404, "the registry has no entity with this id")
    if len(found) > 1:
        ids = [one.id for one in found[:100]]
        return problem(404, f"{len(found)} entities bear this name", "Ask for one of them by its id.", candidates=ids)
    return answer(found[0])
