"""Who is let in when the server has a token: programs by `Authorization: Bearer`, browsers by a form and a cookie.

The cookie holds no token but a time and its signature with a key made of the token: another token ends every session,
and nothing has to be remembered. The token itself is never in an address, a cookie or the log.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import time
from http import HTTPStatus
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.requests import Request, cookie_parser
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from newscrawl.web.addresses import with_query
from newscrawl.web.rendering import render
from newscrawl.web.security import API, STATIC, Refusal

COOKIE = "newscrawl_session"
LOGIN = "/login"
LOGOUT = "/logout"
_SESSION = 30 * 24 * 3600
"""Seconds until a browser has to log in again."""
_LONGEST_FORM = 4096
_SLOWEST_FORM = 10.0
"""Seconds within which a form has come."""
_OPEN = (STATIC, "/robots.txt")
"""What tells nothing of the corpus: the log-in page needs its looks."""


class Login:
    """ASGI middleware: nothing behind it is reached without the token."""

    def __init__(self, app: ASGIApp, *, token: str, refuse: Refusal) -> None:
        self.app = app
        self._token = _digest(token.encode())
        self._key = hmac.digest(token.encode(), b"newscrawl session", "sha256")
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or ask for the token."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path, headers = scope["path"], Headers(scope=scope)
        if path in {LOGIN, LOGOUT}:
            answer = await self._at_the_door(Request(scope, receive))
        elif path.startswith(_OPEN) or self._is_known(headers):
            await self.app(scope, receive, send)
            return
        else:
            answer = self._ask(scope, headers)
        await answer(scope, receive, send)

    def _is_known(self, headers: Headers) -> bool:
        kind, _, given = headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer":
            return self._is_token(given.strip())
        return self._is_session(cookie_parser(headers.get("cookie", "")).get(COOKIE, ""))

    def _is_token(self, given: str) -> bool:
        return hmac.compare_digest(_digest(given.encode("utf-8", "replace")), self._token)

    def _is_session(self, cookie: str) -> bool:
        until, _, signature = cookie.partition(".")
        right = hmac.compare_digest(self._signature(until).encode(), signature.encode("utf-8", "replace"))
        return right and until.isdecimal() and int(until) > time.time()

    def _signature(self, until: str) -> str:
        return hmac.new(self._key, until.encode("utf-8", "replace"), "sha256").hexdigest()

    def _ask(self, scope: Scope, headers: Headers) -> Response:
        """Return what somebody gets who is not known: a browser the form, a program 401."""
        path = scope["path"]
        if path.startswith(API) or scope["method"] not in {"GET", "HEAD"}:
            answer = self._refuse(
                scope,
                HTTPStatus.UNAUTHORIZED,
                "this server wants its token",
                "Send the header `Authorization: Bearer …` with the token that `newscrawl serve` was started with.",
            )
            answer.headers["WWW-Authenticate"] = 'Bearer realm="newscrawl"'
            return answer
        query = scope["query_string"].decode("ascii", "replace")
        wanted = f"{path}?{query}" if query else path
        return RedirectResponse(with_query(LOGIN, {"next": wanted if wanted != "/" else None}), HTTPStatus.SEE_OTHER)

    async def _at_the_door(self, request: Request) -> Response:
        """Show the form, take it, or end a session."""
        if request.method in {"GET", "HEAD"} and request.url.path == LOGIN:
            return _form(request, request.query_params.get("next", ""))
        if request.method != "POST":
            answer = self._refuse(request.scope, HTTPStatus.METHOD_NOT_ALLOWED, "this address takes a form only")
            answer.headers["Allow"] = "GET, HEAD, POST" if request.url.path == LOGIN else "POST"
            return answer
        if request.url.path == LOGOUT:
            answer = RedirectResponse(LOGIN, HTTPStatus.SEE_OTHER)
            answer.delete_cookie(COOKIE, httponly=True, samesite="strict")
            return answer
        try:
            given = await asyncio.wait_for(_fields(request), _SLOWEST_FORM)
        except TimeoutError:
            return self._refuse(request.scope, HTTPStatus.REQUEST_TIMEOUT, "the form did not come")
        if given is None:
            return self._refuse(request.scope, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the form is too large")
        wanted = given.get("next", "")
        if not self._is_token(given.get("token", "").strip()):
            return _form(request, wanted, is_wrong=True)
        until = str(int(time.time()) + _SESSION)
        answer = RedirectResponse(_own_address(wanted), HTTPStatus.SEE_OTHER)
        answer.set_cookie(
            COOKIE, f"{until}.{self._signature(until)}", max_age=_SESSION, httponly=True, samesite="strict",
            secure=request.url.scheme == "https",
        )  # fmt: skip
        return answer


def _digest(value: bytes) -> bytes:
    """Return a digest: what is compared is always as long, whatever was sent."""
    return hashlib.sha256(value).digest()


def _form(request: Request, wanted: str, *, is_wrong: bool = False) -> Response:
    status = HTTPStatus.FORBIDDEN if is_wrong else HTTPStatus.OK
    answer = render(request, "login.html", status=status, next=_own_address(wanted), is_wrong=is_wrong, has_token=False)
    answer.headers["Cache-Control"] = "no-store"
    return answer


async def _fields(request: Request) -> dict[str, str] | None:
    """Return the fields of a form, the first of each name; None when it is longer than any of ours."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _LONGEST_FORM:
            return None
    fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=None)
    return {name: values[0] for name, values in fields.items()}


def _own_address(wanted: str) -> str:
    """Return an address of this server to go on to; `/` for what would lead to another one."""
    is_own = wanted.startswith("/") and not wanted.startswith("//") and "\\" not in wanted
    return wanted if is_own and wanted.isascii() and wanted.isprintable() else "/"
