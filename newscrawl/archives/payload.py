"""The body of an archived answer: transfer and content coding undone, up to a bound."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any

LARGEST = 10 * 1024 * 1024
"""Bytes of a page that are read; a crawl has the same bound."""


class PayloadError(ValueError):
    """A body that cannot be decoded; `reason` is a stable word."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def decoded(body: bytes, headers: Mapping[str, str]) -> bytes:
    """Return a body as its headers (names in lower case) say that it is coded, once more plain.

    Many archives keep the headers and undo the coding: what is not coded as they say is taken as it is. Raises
    PayloadError: `too_large`, `broken_coding` for what breaks off or goes wrong inside.
    """
    if "chunked" in headers.get("transfer-encoding", "").lower():
        body = _without_chunks(body)
    for coding in reversed([one.strip().lower() for one in headers.get("content-encoding", "").split(",")]):
        if coding in {"gzip", "x-gzip"} and body.startswith(b"\x1f\x8b"):
            body = _inflated(body, 31)
        elif coding == "deflate" and body:
            body = _deflated(body)
        elif coding == "br" and body:
            body = _brotli(body)
    if len(body) > LARGEST:
        raise PayloadError("too_large")
    return body


def _without_chunks(body: bytes) -> bytes:
    """Undo chunks (RFC 9112, 7.1); a body that has none is returned as it is, one that breaks off as far as it goes."""
    parts: list[bytes] = []
    at = 0
    while at < len(body):
        end = body.find(b"\r\n", at, at + 100)
        told = body[at:end].split(b";")[0].strip() if end >= 0 else b""
        try:
            size = int(told, 16) if told and not told.startswith((b"-", b"+")) else -1
        except ValueError:
            size = -1
        if size < 0:
            return b"".join(parts) if parts else body
        if size == 0:
            break
        parts.append(body[end + 2 : end + 2 + size])
        at = end + 2 + size + 2
    return b"".join(parts)


def _inflated(body: bytes, wbits: int) -> bytes:
    unpacker = zlib.decompressobj(wbits=wbits)
    try:
        plain = unpacker.decompress(body, LARGEST + 1)
    except zlib.error:
        raise PayloadError("broken_coding") from None
    if len(plain) > LARGEST:
        raise PayloadError("too_large")
    if not unpacker.eof:
        raise PayloadError("broken_coding")
    return plain


def _deflated(body: bytes) -> bytes:
    for wbits in (zlib.MAX_WBITS, -zlib.MAX_WBITS):  # servers disagree on what "deflate" means
        try:
            return _inflated(body, wbits)
        except PayloadError as error:
            if error.reason == "too_large":
                raise
    if b"<" in body[:1000]:  # plain after all
        return body
    raise PayloadError("broken_coding")


def _brotli(body: bytes) -> bytes:
    import brotli

    unpacker: Any = brotli.Decompressor()
    parts, size, given = [], 0, body
    try:
        while size <= LARGEST:
            part = unpacker.process(given, output_buffer_limit=LARGEST + 1)
            given = b""
            parts.append(part)
            size += len(part)
            if unpacker.is_finished():
                return b"".join(parts)
            if not part and unpacker.can_accept_more_data():
                break
    except brotli.error:
        if b"<" in body[:1000]:  # plain after all
            return body
        raise PayloadError("broken_coding") from None
    raise PayloadError("too_large" if size > LARGEST else "broken_coding")
