"""What every request passes before anything else looks at it, and the headers that every answer carries.

Stored texts are hostile, and so are other pages in the reader's browser. Pages here load nothing from elsewhere, run no
script but their own file and are framed by nobody; a request that another site's page makes in the reader's browser
is refused, under whatever name it reaches this server (DNS rebinding).
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Collection, Iterable
from http import HTTPStatus
from typing import Protocol

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; font-src 'self'; form-action 'self'; "
    "frame-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Of every answer that has none of its own; stored originals have a stricter one (`newscrawl.web.frame`)."""
HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
"""What an answer gets unless it says otherwise."""
API = "/api/"
"""What a program asks for begins so; other origins may be let in there alone."""
MOST_AT_WORK = 32
"""Requests that are at work at the same time, files left out; the next one is asked to come back. Fewer than there are
threads (40): none waits for one while MongoDB hangs."""
STATIC = "/static/"
LONGEST_TARGET = 16 * 1024
"""Bytes of path and query together: an article's address of 8,000 letters, percent-encoded, fits."""
_SAFE_SITES = frozenset({"", "same-origin", "none"})
"""Values of Sec-Fetch-Site that come from this server's own pages, the address bar, or no browser at all."""


class Refusal(Protocol):
    """Makes the answer to a request that is not let through."""

    def __call__(self, scope: Scope, status: int, message: str, advice: str = "") -> Response:
        """Return it; HTML or JSON as the path wants it."""
        ...


class Guard:
    """ASGI middleware, the outermost: hosts, cross-site requests, load, headers, and errors that nobody expected."""

    def __init__(
        self, app: ASGIApp, *, hosts: Collection[str] | None, origins: Collection[str], refuse: Refusal
    ) -> None:
        """`hosts`: names that this server goes by (IP addresses always are); None: any. `origins`: see `--cors`."""
        self.app = app
        self._hosts = hosts
        self._origins = frozenset(origins)
        self._refuse = refuse
        self._at_work = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through or answer it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        is_at_work = False

        async def send_with_headers(message: Message) -> None:
            nonlocal is_at_work
            if message["type"] == "http.response.start":
                if is_at_work:  # what is left to do is the network's, however slow whoever asked reads
                    self._at_work -= 1
                    is_at_work = False
                headers = MutableHeaders(raw=list(message["headers"]))
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                message = {**message, "headers": headers.raw}
            await send(message)

        refusal = self._examine(scope)
        if refusal is not None:
            await refusal(scope, receive, send_with_headers)
            return
        self._at_work += 1
        is_at_work = True
        try:
            await self.app(scope, receive, send_with_headers)
        finally:
            self._at_work -= is_at_work

    def _examine(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        if not self._knows(headers.getlist("host")):
            return self._refuse(
                scope,
                HTTPStatus.MISDIRECTED_REQUEST,
                "this server does not go by the name in the address",
                "Open it as localhost, or start it with `newscrawl serve --allow-host NAME`.",
            )
        if self._is_cross_site(scope, headers):
            return self._refuse(
                scope, HTTPStatus.FORBIDDEN, "pages of other sites may not ask this server for anything"
            )
        if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > LONGEST_TARGET:
            return self._refuse(scope, HTTPStatus.REQUEST_URI_TOO_LONG, "the address is too long")
        if self._at_work >= MOST_AT_WORK and not scope["path"].startswith(STATIC):
            answer = self._refuse(scope, HTTPStatus.SERVICE_UNAVAILABLE, "too many requests are at work", "Try again.")
            answer.headers["Retry-After"] = "1"
            return answer
        return None

    def _knows(self, named: list[str]) -> bool:
        """Tell whether the Host header names this server. A rebound name is a name: an IP address is never one."""
        if self._hosts is None:
            return True
        host = _host(named[0]) if len(named) == 1 else ""
        return host in self._hosts or _is_address(host)

    def _is_cross_site(self, scope: Scope, headers: Headers) -> bool:
        """Tell whether a page of another site makes this request: a link that is followed is no such thing."""
        if headers.get("sec-fetch-site", "") in _SAFE_SITES:
            return False
        origin = headers.get("origin")
        if origin is not None and scope["path"].startswith(API) and not self._origins.isdisjoint({origin, "*"}):
            return False
        is_link = headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"
        return not (is_link and scope["method"] == "GET")


def own_names(host: str, further: Iterable[str]) -> frozenset[str]:
    """Return the names that a server goes by: localhost, the one it listens on, this machine's, and `further`."""
    return frozenset(one.lower().rstrip(".") for one in ("localhost", host, socket.gethostname(), *further) if one)


def is_loopback(host: str) -> bool:
    """Tell whether nobody but this machine reaches a server that listens on `host`."""
    return host.lower() == "localhost" or (_is_address(host) and ipaddress.ip_address(host.strip("[]")).is_loopback)


def _host(netloc: str) -> str:
    """Return the host of a Host header in small letters, without its port."""
    name, colon, port = netloc.lower().rpartition(":")
    if colon and (port.isdecimal() or not port) and (name.endswith("]") or ":" not in name):
        netloc = name
    return netloc.lower().rstrip(".")


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host[1:-1] if host.startswith("[") and host.endswith("]") else host)
    except ValueError:
        return False
    return True
