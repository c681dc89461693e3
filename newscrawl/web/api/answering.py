"""What the endpoints share: answers as JSON, lists that stay bounded, parameters that are known and given once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlencode

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.responses import Response

from newscrawl.web.problems import MEDIA_TYPE, ProblemDetails

_CACHING = "private, no-cache"
"""Ask again with the ETag: the corpus may have changed."""
_MOST_BYTES = 8 << 20
"""Of texts in one list: then it ends, and what is left comes with the next one."""
_STEP = 25

Item = TypeVar("Item")
_CONTENT = {MEDIA_TYPE: {"schema": {"$ref": f"#/components/schemas/{ProblemDetails.__name__}"}}}
PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"description": words, "content": _CONTENT}
    for status, words in {
        400: "A parameter is wrong, or too much is asked for",
        401: "The server has a token, and it was not shown",
        414: "The address is longer than 16 KiB",
        503: "MongoDB does not answer, or too many requests are at work: come back after `Retry-After` seconds",
    }.items()
}
"""What every endpoint may answer instead."""
NOT_FOUND: dict[int | str, dict[str, Any]] = {404: {"description": "There is none", "content": _CONTENT}}


def answer(
    model: BaseModel, *, following: tuple[Request, str, str | None] | None = None, is_partial: bool = False
) -> Response:
    """Return a model as JSON; `is_partial`: without fields that were not set.

    `following`: the request, the name of its cursor and what it is next, for a Link.
    """
    headers = {"Cache-Control": _CACHING}
    if following is not None and following[2] is not None:
        request, name, cursor = following
        kept = [one for one in parse_qsl(request.url.query) if one[0] != name]
        headers["Link"] = f'<{request.url.path}?{urlencode([*kept, (name, cursor)])}>; rel="next"'
    return Response(model.model_dump_json(exclude_unset=is_partial), headers=headers, media_type="application/json")


def gather(
    ask: Callable[[int, str | None], tuple[list[Item], str | None]],
    limit: int,
    cursor: str | None,
    size: Callable[[Item], int],
) -> tuple[list[Item], str | None]:
    """Return items and the cursor behind them, asked for in steps until there are `limit` or their texts are long."""
    items: list[Item] = []
    total = 0
    while True:
        found, cursor = ask(min(_STEP, limit - len(items)), cursor)
        items += found
        total += sum(size(one) for one in found)
        if cursor is None or not found or len(items) >= limit or total >= _MOST_BYTES:
            return items, cursor


async def check_query(request: Request) -> None:
    """Refuse a parameter that the endpoint does not have, and one that is given twice."""
    given = Counter(name for name, _ in parse_qsl(request.url.query, keep_blank_values=True))
    known = _parameters(request.app, request.scope["route"].path_format)
    wrong = [(name, "there is no such parameter") for name in given if name not in known]
    wrong += [(name, "it is given more than once") for name, times in given.items() if times > 1 and name in known]
    if wrong:
        raise RequestValidationError([{"loc": ("query", name), "type": "query", "msg": why} for name, why in wrong])


@cache
def _parameters(app: FastAPI, path: str) -> frozenset[str]:
    operation = app.openapi()["paths"][path]["get"]
    return frozenset(one["name"] for one in operation.get("parameters", ()) if one["in"] == "query")
