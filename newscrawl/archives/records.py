"""WARC records as captures: what was answered when, at which address, with which bytes. ARC files are read, too."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError
from warcio.bufferedreaders import BufferedReader
from warcio.recordloader import ArcWarcRecordLoader

from newscrawl.archives.members import LARGEST, Block, Damage, Source, blocks
from newscrawl.archives.payload import PayloadError
from newscrawl.archives.payload import decoded as decoded_payload
from newscrawl.items import ListingEntry

KEPT_PREFIX = "x-crawl-"
"""Before the name of a header that told of a coding which the archived body does not have any more."""
CODING_HEADERS = ("content-encoding", "transfer-encoding", "content-length")
_KEPT = frozenset(KEPT_PREFIX + name for name in CODING_HEADERS)
_CAPTURES = frozenset({"response", "resource", "revisit"})

logging.getLogger("warcio").setLevel(logging.ERROR)  # it warns of every blank in an address


@dataclass(frozen=True)
class WarcRecord:
    """A record that is an answer, or stands for one."""

    kind: str
    """`response`, `resource` (a body without an answer) or `revisit` (the body is another record's)."""
    url: str
    captured_at: datetime
    """UTC."""
    status: int | None
    headers: dict[str, str]
    """Of the answer, names in lower case, as it was sent."""
    raw: bytes
    """The body as archived, before its codings are undone."""
    offset: int
    length: int
    digest: str | None
    """As the record states it."""
    record_id: str | None = None
    """By it a Note names its record."""
    is_cut: bool = False
    """Whether the archive or the bound on size has cut the body."""

    @property
    def mime(self) -> str | None:
        """Media type in small letters, without parameters."""
        told = self.headers.get("content-type", "").split(";")[0].strip().lower()
        return told or None

    @property
    def page_headers(self) -> dict[str, str]:
        """Headers as the site sent them."""
        return {name.removeprefix(KEPT_PREFIX) if name in _KEPT else name: told for name, told in self.headers.items()}

    def body(self) -> bytes:
        """Return the body, its codings undone. Raises PayloadError."""
        if self.is_cut:
            raise PayloadError("too_large" if len(self.raw) >= LARGEST // 2 else "cut")
        return decoded_payload(self.raw, self.headers)


@dataclass(frozen=True)
class Note:
    """What newscrawl wrote beside a page into a WARC file: of which record, and what."""

    of: str
    content: dict[str, Any] = field(default_factory=dict)


def records(source: Source, start: int = 0) -> Iterator[WarcRecord | Note | Damage]:
    """Yield the captures of a WARC file from a record's first byte on, and what of it cannot be read.

    Other kinds of records are passed over. Raises what `source` raises.
    """
    for block in blocks(source, start):
        if isinstance(block, Damage):
            yield block
            continue
        yield from _read(block)


def record_at(source: Source, offset: int) -> WarcRecord | None:
    """Return the capture whose record begins at a byte, None when none that can be read does."""
    for found in records(source, offset):
        return found if isinstance(found, WarcRecord) and found.offset == offset else None
    return None


def _read(block: Block) -> Iterator[WarcRecord | Note | Damage]:
    stream = io.BytesIO(block.data)
    try:
        # Without a decompressor: the block is unpacked. Built by hand, since warcio's iterator tells of no damage.
        reader = BufferedReader(stream, block_size=len(block.data) or 1)
        record: Any = _loader().parse_record_stream(reader)
        raw = record.raw_stream.read(LARGEST)
        found = _taken(record, raw, block)
        goes_on = reader.read(16).lstrip(b"\r\n").startswith(b"WARC/")
    except Exception as error:  # noqa: BLE001 - whatever bytes bring warcio to fall are a broken record
        told = " ".join(str(error).split())[:80] or type(error).__name__
        yield Damage(block.offset, block.offset + block.length, f"no record can be read there ({told})")
        return
    if isinstance(found, str):
        yield Damage(block.offset, block.offset + block.length, found)
    elif found is not None:
        yield found
    if goes_on:
        yield Damage(
            block.offset, block.offset + block.length,
            "several records share one gzip member there; `warcio recompress OLD NEW` splits them",
        )  # fmt: skip


def _loader() -> Any:
    return ArcWarcRecordLoader(verify_http=False, arc2warc=True)


def _taken(record: Any, raw: bytes, block: Block) -> WarcRecord | Note | str | None:
    """Return what a record is to us, None for nothing, or what is wrong with it."""
    told = record.rec_headers
    if record.rec_type == "metadata":
        return _note(told, raw)
    if record.rec_type not in _CAPTURES:
        return None
    url = told.get_header("WARC-Target-URI") or ""
    if not url.startswith(("http://", "https://")):
        return None
    moment = _moment(told.get_header("WARC-Date"))
    if moment is None:
        return "the record has no date"
    expected = record.payload_length if record.payload_length >= 0 else (record.length or 0)
    if len(raw) < expected and block.size <= len(block.data):
        return "the record is shorter than it says"
    answer = record.http_headers
    if record.rec_type == "response" and answer is None:
        return None  # of another protocol, or empty
    headers = {name.lower(): value for name, value in answer.headers} if answer else {}
    if record.rec_type == "resource":
        headers = {"content-type": told.get_header("Content-Type") or ""}
    return WarcRecord(
        kind=record.rec_type, url=url, captured_at=moment, status=_status(record), headers=headers, raw=raw,
        offset=block.offset, length=block.length, digest=told.get_header("WARC-Payload-Digest"),
        record_id=told.get_header("WARC-Record-ID"),
        is_cut=block.size > len(block.data) or told.get_header("WARC-Truncated") is not None,
    )  # fmt: skip


def _status(record: Any) -> int | None:
    if record.rec_type == "resource":
        return 200
    code = record.http_headers.get_statuscode() if record.http_headers else ""
    return int(code) if code.isdecimal() and len(code) == 3 else None


def _moment(told: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat((told or "").strip())
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _note(told: Any, raw: bytes) -> Note | None:
    """Return what newscrawl wrote beside a page; others' metadata is none of ours."""
    of = told.get_header("WARC-Refers-To")
    if not of or told.get_header("Content-Type") != NOTE_TYPE:
        return None
    try:
        content = json.loads(raw)
    except ValueError:
        return None
    return Note(of, content) if isinstance(content, dict) else None


NOTE_TYPE = "application/vnd.newscrawl.page+json"
"""Media type of the metadata that newscrawl writes beside a page: its listing entry, where it was archived before."""


def entry_of(note: Note) -> ListingEntry | None:
    """Return the listing entry that a note holds, if it holds a good one."""
    try:
        return ListingEntry.model_validate(note.content.get("entry"))
    except ValidationError:
        return None
