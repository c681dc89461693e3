"""How an answer travels: HEAD, strong ETags and 304, gzip.

An ETag is a digest of the body, so it changes when and only when the answer does; the gzipped body has one of its own,
as a strong validator must (RFC 9110, 8.8.3.3).
"""

from __future__ import annotations

import hashlib
import zlib

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_LEAST = 600
"""Bytes below which gzip gains nothing."""
_LEVEL = 5
_LARGE = 256 * 1024
"""Bytes from which on packing takes so long that others should not wait for it."""
_PACKABLE = ("text/", "application/json", "application/problem+json", "application/javascript", "image/svg+xml")
_GZIP = "-gzip"


class Delivery:
    """ASGI middleware. Answers are taken whole before they are sent: none here is endless."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        method = scope["method"]
        start: Message = {}
        parts: list[bytes] = []

        async def take(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
            elif message["type"] == "http.response.body":
                parts.append(message.get("body", b""))

        await self.app({**scope, "method": "GET"} if method == "HEAD" else scope, receive, take)
        given = start, b"".join(parts), Headers(scope=scope), method
        if len(given[1]) > _LARGE:
            answer, body = await run_in_threadpool(_prepared, *given)
        else:
            answer, body = _prepared(*given)
        await send(answer)
        await send({"type": "http.response.body", "body": b"" if method == "HEAD" else body})


def _prepared(start: Message, body: bytes, asked: Headers, method: str) -> tuple[Message, bytes]:
    """Return the answer with its validator and in its encoding; 304 where the client has it."""
    headers = MutableHeaders(raw=[(name.lower(), value) for name, value in start["headers"]])
    type_ = headers.get("content-type", "")
    status = start["status"]
    if status == 405 and "GET" in headers.get("allow", ""):
        headers["allow"] = "GET, HEAD"
    digest = ""
    if status == 200 and method in {"GET", "HEAD"}:
        digest = hashlib.blake2b(body, digest_size=16).hexdigest()
        headers.setdefault("cache-control", "private, no-cache")
        headers["etag"] = f'"{digest}"'
        if _has(asked.get("if-none-match", ""), digest):
            status = 304
    if type_.startswith(_PACKABLE):
        headers.add_vary_header("Accept-Encoding")
        if len(body) >= _LEAST and _takes_gzip(asked.get("accept-encoding", "")):
            headers["content-encoding"] = "gzip"
            if digest:
                headers["etag"] = f'"{digest}{_GZIP}"'
            body = b"" if status == 304 else _packed(body)
    if status == 304:
        for name in ("content-type", "content-length", "content-encoding"):
            del headers[name]
        return {**start, "status": 304, "headers": headers.raw}, b""
    if status not in {204, 304}:
        headers["content-length"] = str(len(body))
    return {**start, "headers": headers.raw}, body


def _has(if_none_match: str, digest: str) -> bool:
    """Tell whether one of the client's validators is that of this body, in whatever encoding it keeps it."""
    tags = (tag.strip().removeprefix("W/").strip('"').removesuffix(_GZIP) for tag in if_none_match.split(","))
    return any(tag in {digest, "*"} for tag in tags)


def _takes_gzip(accept_encoding: str) -> bool:
    for one in accept_encoding.lower().split(","):
        name, _, weight = one.partition(";")
        if name.strip() in {"gzip", "*"}:
            return weight.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False


def _packed(body: bytes) -> bytes:
    """Return a body as gzip, without a time in it: the same bytes give the same bytes."""
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    return packer.compress(body) + packer.flush()
