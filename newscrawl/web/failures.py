"""What goes wrong while a request is answered, told as the path wants it: a page, or problem details under /api/."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from newscrawl.errors import NewscrawlError, QuestionError, TooBroadError, UnavailableError
from newscrawl.web.problems import Wrong, problem
from newscrawl.web.rendering import render_error
from newscrawl.web.security import API, STATIC

REST = 2.0
"""Seconds for which nobody asks a MongoDB that has just not answered: requests must not pile up behind it."""
_RETRY_AFTER = "5"
_WORDS = {
    HTTPStatus.NOT_FOUND: "there is nothing at this address",
    HTTPStatus.METHOD_NOT_ALLOWED: "this address is only read",
}
_MOST_TOLD = 20

_log = logging.getLogger(__name__)


def refuse(scope: Scope, status: int, message: str, advice: str = "") -> Response:
    """Return the answer to a request that fails: problem details under /api/, a page elsewhere."""
    if is_api(scope["path"]):
        return problem(status, message, advice)
    answer = render_error(Request(scope), status, message, advice)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def is_api(path: str) -> bool:
    """Tell whether a program asks; `/api` itself is a page for people."""
    return path.startswith(API)


class Failures:
    """ASGI middleware: what an endpoint raises becomes an answer; a MongoDB that is away is left in peace a moment."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._away: UnavailableError | None = None
        self._away_until = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if self._away is not None and time.monotonic() < self._away_until and _asks_the_store(scope["path"]):
            await _unavailable(scope, self._away)(scope, receive, send)
            return
        has_begun = False

        async def note(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self.app(scope, receive, note)
            return
        except UnavailableError as error:
            self._away, self._away_until = error, time.monotonic() + REST
            answer = _unavailable(scope, error)
        except (QuestionError, TooBroadError) as error:
            answer = refuse(scope, HTTPStatus.BAD_REQUEST, error.message, error.advice)
        except NewscrawlError as error:  # a folder of site files that has gone, and its like
            _log.error("a request for %s failed: %s", scope["path"], error.message)
            answer = refuse(scope, HTTPStatus.INTERNAL_SERVER_ERROR, error.message, error.advice)
        except Exception:  # noqa: BLE001 - logged, and the answer tells of it
            _log.exception("a request for %s failed", scope["path"])
            answer = refuse(
                scope, HTTPStatus.INTERNAL_SERVER_ERROR, "something that newscrawl did not expect",
                "Please report it with what the log of `newscrawl serve` says.",
            )  # fmt: skip
        if not has_begun:
            await answer(scope, receive, send)


def add_handlers(app: FastAPI) -> None:
    """Have wrong parameters and unknown addresses told as the rest is."""
    app.add_exception_handler(HTTPException, _http_failure)
    app.add_exception_handler(RequestValidationError, _wrong_parameters)


async def _http_failure(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    told = error.detail if error.detail != HTTPStatus(error.status_code).phrase else ""
    answer = refuse(request.scope, error.status_code, told or _WORDS.get(HTTPStatus(error.status_code), ""))
    answer.headers.update(error.headers or {})
    return answer


async def _wrong_parameters(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    wrong = [_told(one) for one in error.errors()[:_MOST_TOLD]]
    detail = "; ".join(f"{one.parameter}: {one.message}" for one in wrong)
    if is_api(request.url.path):
        return problem(HTTPStatus.BAD_REQUEST, detail, "GET /api tells what may be asked.", errors=wrong)
    return refuse(request.scope, HTTPStatus.BAD_REQUEST, detail)


def _told(error: Mapping[str, Any]) -> Wrong:
    place: Iterable[Any] = error["loc"]
    name = ".".join(str(part) for part in place if part not in {"query", "path", "header", "cookie"})[:100]
    if error["type"] == "extra_forbidden":
        return Wrong(parameter=name, message="there is no such parameter")
    return Wrong(parameter=name, message=str(error["msg"]).removeprefix("Value error, "))


def _asks_the_store(path: str) -> bool:
    return not path.startswith(STATIC) and path not in {"/api", "/api/openapi.json", "/robots.txt"}


def _unavailable(scope: Scope, error: UnavailableError) -> Response:
    answer = refuse(scope, HTTPStatus.SERVICE_UNAVAILABLE, error.message, error.advice)
    answer.headers["Retry-After"] = _RETRY_AFTER
    return answer
