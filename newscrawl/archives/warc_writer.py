"""Stored pages as a WARC file (WARC/1.1, a gzip member a record) that any tool for web archives reads.

Beside each page that newscrawl knows more of stands a metadata record with its listing entry, so that
`newscrawl backfill --via warc` makes the same article of it again.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import uuid
import zlib
from collections.abc import Callable, Iterable
from datetime import UTC
from http import HTTPStatus
from pathlib import Path
from typing import Any, BinaryIO

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from newscrawl import __version__
from newscrawl.archives.records import CODING_HEADERS, KEPT_PREFIX, NOTE_TYPE
from newscrawl.errors import NewscrawlError
from newscrawl.exports.files import whole_file
from newscrawl.items import Page

_FIELD_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+")


def write_warc(
    pages: Iterable[Page], path: Path, *, on_page: Callable[[Page], None] | None = None, compress: bool = True
) -> int:
    """Write pages into a WARC file; return how many. `on_page` is told of each as it is written.

    The file is there whole or not at all (`whole_file`). Memory stays flat. Bodies are stored as newscrawl has them,
    decoded; a header that told of a coding is kept as `X-Crawl-…`, as Common Crawl does. Raises NewscrawlError when the
    disk takes no more, and what `pages` raises.
    """
    number = 0
    try:
        with whole_file(path) as file:
            writer = WARCWriter(_Members(file) if compress else file, gzip=False, warc_version="WARC/1.1")
            _write_info(writer, path.name)
            for page in pages:
                _write_page(writer, page)
                number += 1
                if on_page is not None:
                    on_page(page)
    except OSError as error:
        raise NewscrawlError(
            f"{path} cannot be written: {error.strerror or error}", advice="What was there before is as it was."
        ) from None
    return number


class _Members:
    """A file whose records are gzip members: the writer flushes at the end of each.

    warcio's own way takes zlib's level 9, six times slower than 6 for 1 % less.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._packer = _packer()

    def write(self, data: bytes) -> None:
        self._file.write(self._packer.compress(data))

    def flush(self) -> None:
        self._file.write(self._packer.flush())
        self._packer = _packer()


def _packer() -> Any:
    return zlib.compressobj(6, zlib.DEFLATED, 31)


def _write_info(writer: Any, name: str) -> None:
    told = {
        "software": f"newscrawl/{__version__}",
        "format": "WARC File Format 1.1",
        "description": "pages of the news of city administrations, as fetched, their content coding undone",
    }
    writer.write_record(writer.create_warcinfo_record(name, told))


def _write_page(writer: Any, page: Page) -> None:
    moment = f"{page.fetched_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"
    answer = StatusAndHeaders(_status_line(page.status), _headers(page), protocol="HTTP/1.1")
    digest = "sha1:" + base64.b32encode(hashlib.sha1(page.body, usedforsecurity=False).digest()).decode()
    record_id = f"<urn:uuid:{uuid.uuid4()}>"
    told = {"WARC-Date": moment, "WARC-Record-ID": record_id, "WARC-Payload-Digest": digest}
    writer.write_record(
        writer.create_warc_record(
            page.url, "response", payload=io.BytesIO(page.body), length=len(page.body), http_headers=answer,
            warc_headers_dict=told,
        )
    )  # fmt: skip
    note = _note(page)
    if note:
        body = json.dumps(note, ensure_ascii=False).encode()
        beside = {"WARC-Date": moment, "WARC-Refers-To": record_id}
        writer.write_record(
            writer.create_warc_record(
                page.url, "metadata", payload=io.BytesIO(body), length=len(body), warc_content_type=NOTE_TYPE,
                warc_headers_dict=beside,
            )
        )  # fmt: skip


def _headers(page: Page) -> list[tuple[str, str]]:
    """Return the page's headers as they may stand in a file, with the length of what is stored."""
    kept = []
    for name, told in page.headers.items():
        if not _FIELD_NAME.fullmatch(name.lower()):
            continue
        name = f"{KEPT_PREFIX}{name}" if name.lower() in CODING_HEADERS else name
        kept.append((name, " ".join(told.split())))
    return [*kept, ("content-length", str(len(page.body)))]


def _status_line(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"{status} Status"


def _note(page: Page) -> dict[str, Any]:
    note: dict[str, Any] = {"site": page.site} if page.site else {}
    if page.entry is not None:
        note["entry"] = page.entry.model_dump(mode="json")
    if page.archived_from is not None:
        note["archived_from"] = page.archived_from
    return note if page.entry is not None or page.archived_from is not None else {}
