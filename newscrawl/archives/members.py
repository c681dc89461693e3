"""The blocks of a WARC file: its gzip members, one a record, or the records of a plain one; what is broken is told.

A broken member costs itself alone: reading goes on at the next one that begins as a member does.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

LARGEST = 16 * 1024 * 1024
"""Bytes of a record that are kept: headers, and a page of 10 MiB at most."""
_BOMB = 4 * 1024 * 1024 * 1024
"""Bytes from which on nobody unpacks a member further."""
_CHUNK = 1 << 16
_MAGIC = b"\x1f\x8b\x08"
_PLAIN = re.compile(rb"WARC/\d\.\d+\r?\n")
_HEADERS_END = re.compile(rb"\r?\n\r?\n")
_LENGTH = re.compile(rb"^content-length:[ \t]*(\d{1,15})[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_LONGEST_HEADERS = 1 << 17


class Source(Protocol):
    """What can be read from any byte on: a file, a part of one, a file on a server."""

    def read(self, size: int, /) -> bytes:
        """Return up to so many bytes, b'' at the end."""
        ...

    def seek(self, offset: int, /) -> object:
        """Go to a byte."""
        ...


@dataclass(frozen=True)
class Block:
    """One record as bytes."""

    offset: int
    length: int
    """Of the compressed member, or of the plain record."""
    data: bytes
    """Its beginning, up to LARGEST bytes."""
    size: int
    """Bytes of it in all."""


@dataclass(frozen=True)
class Damage:
    """A stretch that cannot be read."""

    offset: int
    end: int
    """Where reading goes on."""
    why: str


def blocks(source: Source, start: int = 0) -> Iterator[Block | Damage]:
    """Yield what a WARC file holds from a byte on, at which a record begins. Raises what `source` raises."""
    source.seek(start)
    head = source.read(_CHUNK)
    if not head:
        return
    yield from _members(source, start, head) if head.startswith(_MAGIC[:2]) else _plain(source, start, head)


def _members(source: Source, start: int, head: bytes) -> Iterator[Block | Damage]:
    offset, buffer = start, head
    while True:
        while len(buffer) < len(_MAGIC) and (more := source.read(_CHUNK)):
            buffer += more
        if not buffer.strip(b"\0"):  # some writers pad
            return
        found = _unpacked(source, offset, buffer)
        if isinstance(found, tuple):
            block, buffer = found
            yield block
            offset += block.length
            continue
        offset_now = _next_member(source, offset + 1)
        end = offset_now if offset_now is not None else found.end
        yield Damage(offset, end, found.why)
        if offset_now is None:
            return
        offset, buffer = offset_now, b""
        source.seek(offset)


def _unpacked(source: Source, offset: int, buffer: bytes) -> tuple[Block, bytes] | Damage:
    """Unpack one member; return it and what was read beyond it."""
    unpacker = zlib.decompressobj(wbits=31)
    kept, size, taken = bytearray(), 0, 0
    while not unpacker.eof:
        if not buffer:
            buffer = source.read(_CHUNK)
            if not buffer:
                return Damage(offset, offset + taken, "it breaks off there")
        try:
            piece = unpacker.decompress(buffer, LARGEST)
        except zlib.error as error:
            return Damage(offset, offset + taken, f"it is no gzip there ({error})"[:120])
        left = unpacker.unused_data or unpacker.unconsumed_tail
        taken += len(buffer) - len(left)
        buffer = left
        size += len(piece)
        kept += piece[: max(0, LARGEST - len(kept))]
        if size > _BOMB:
            return Damage(offset, offset + taken, "a record of it expands without end")
    return Block(offset, taken, bytes(kept), size), buffer


def _next_member(source: Source, start: int) -> int | None:
    """Return where the next thing begins that begins as a gzip member does."""
    source.seek(start)
    offset, tail = start, b""
    while chunk := source.read(_CHUNK):
        window = tail + chunk
        at = window.find(_MAGIC)
        if at >= 0:
            return offset - len(tail) + at
        offset += len(chunk)
        tail = window[-(len(_MAGIC) - 1) :]
    return None


class _Window:
    """A source read forwards, with what was read and not used up."""

    def __init__(self, source: Source, offset: int, buffer: bytes) -> None:
        self.source, self.offset, self.buffer = source, offset, buffer

    def fill(self, size: int) -> bool:
        """Have so many bytes at hand, if there are so many."""
        while len(self.buffer) < size and (more := self.source.read(max(_CHUNK, size - len(self.buffer)))):
            self.buffer += more
        return len(self.buffer) >= size

    def skip(self, size: int) -> None:
        """Go on behind so many bytes."""
        if size <= len(self.buffer):
            self.buffer = self.buffer[size:]
        else:
            self.source.seek(self.offset + size)
            self.buffer = b""
        self.offset += size


def _plain(source: Source, start: int, head: bytes) -> Iterator[Block | Damage]:
    window = _Window(source, start, head)
    while window.fill(1):
        window.fill(_LONGEST_HEADERS)
        blank = len(window.buffer) - len(window.buffer.lstrip(b"\r\n"))
        if blank:
            window.skip(blank)
            continue
        headers = _HEADERS_END.search(window.buffer)
        length = _LENGTH.search(window.buffer, 0, headers.end()) if headers else None
        if not _PLAIN.match(window.buffer) or headers is None or length is None:
            offset = window.offset
            _to_next_record(window)
            yield Damage(offset, window.offset, "no record begins there")
            continue
        size = headers.end() + int(length[1])
        offset = window.offset
        if not window.fill(min(size, LARGEST)):
            yield Damage(offset, offset + len(window.buffer), "it breaks off there")
            return
        data = window.buffer[: min(size, LARGEST)]
        window.skip(size)
        yield Block(offset, size, data, size)


def _to_next_record(window: _Window) -> None:
    """Go on to the next thing that begins as a record does, or to the end."""
    window.skip(1)
    while window.fill(16):
        found = _PLAIN.search(window.buffer)
        if found:
            window.skip(found.start())
            return
        window.skip(max(1, len(window.buffer) - 16))
        window.fill(len(window.buffer) + _CHUNK)
    window.skip(len(window.buffer))
