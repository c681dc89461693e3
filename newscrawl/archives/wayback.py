"""The Wayback Machine, and whoever speaks as it does: its CDX index, and captures as they were archived (`id_`)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode, urljoin

from newscrawl.archives.client import Answer, ArchiveClient
from newscrawl.archives.payload import LARGEST
from newscrawl.errors import ArchiveError

_FIELDS = ("timestamp", "original", "mimetype", "statuscode", "digest")
_ROWS = 5000
"""Rows of one answer."""
_MOST_BYTES = 32 * 1024 * 1024
_MOST_HOPS = 3
"""An archive sends on to the nearest moment that it has."""
_ORIGINAL = "x-archive-orig-"
_NOT_SENT = frozenset({"content-encoding", "transfer-encoding", "content-length", "connection"})
_REPLAY = re.compile(r"/(\d{14})(?:[a-z]{2}_)?/(https?:/.*)$", re.DOTALL)


@dataclass(frozen=True)
class IndexRow:
    """A capture as an index names it."""

    url: str
    captured_at: datetime
    mime: str | None
    status: int | None
    digest: str | None
    is_revisit: bool = False
    place: str | None = None
    offset: int | None = None
    length: int | None = None


@dataclass(frozen=True)
class IndexPage:
    """One answer of an index."""

    rows: tuple[IndexRow, ...]
    broken: int
    """Rows that say nothing readable."""
    cursor: str | None
    """Where the answer goes on, None at the end."""


@dataclass(frozen=True)
class Fetched:
    """A capture as an archive gave it: an answer, or why there is none."""

    answer: Answer | None = None
    captured_at: datetime | None = None
    """When the bytes were taken, where that is not the moment that was asked for."""
    address: str = ""
    """The archived address, after the archive's redirects."""
    reason: str = ""


class Wayback:
    """An archive with a CDX server and replay."""

    def __init__(self, client: ArchiveClient, cdx: str, replay: str) -> None:
        """`cdx`: address of the index; `replay`: what stands before `TIMESTAMPid_/ADDRESS`."""
        self._client = client
        self._cdx = cdx
        self._replay = replay if replay.endswith("/") else f"{replay}/"

    def index(self, prefix: str, first: str, last: str, cursor: str | None) -> Iterator[IndexPage]:
        """Yield what the index holds of captures under `host/path` between two days (`YYYYMMDD`), from a cursor on.

        Raises ArchiveUnavailableError, and ArchiveError for an answer that is none, or that never ends.
        """
        seen: set[str] = set()
        before: tuple[IndexRow, ...] = ()
        while True:
            page = self._ask(prefix, first, last, cursor)
            if cursor is not None and page.rows and page.rows == before:
                raise ArchiveError(f"{self._cdx}: the index answers the same again and again for {prefix}")
            yield page
            if page.cursor is None:
                return
            if page.cursor in seen or (not page.rows and not page.broken):
                raise ArchiveError(f"{self._cdx}: the index never comes to the end of {prefix}")
            seen.add(page.cursor)
            cursor, before = page.cursor, page.rows

    def _ask(self, prefix: str, first: str, last: str, cursor: str | None) -> IndexPage:
        query = [
            ("url", prefix), ("matchType", "prefix"), ("output", "json"), ("fl", ",".join(_FIELDS)),
            ("from", first), ("to", last), ("filter", "statuscode:(200|-)"),
            ("filter", r"!mimetype:(image|video|audio|font)/.*"), ("collapse", "digest"),
            ("limit", str(_ROWS)), ("showResumeKey", "true"),
        ]  # fmt: skip
        query += [("resumeKey", cursor)] if cursor else []
        answer = self._client.get(f"{self._cdx}?{urlencode(query)}", most=_MOST_BYTES)
        if answer.status != 200:
            raise ArchiveError(f"{self._cdx}: the index answers {answer.status} for {prefix}{_said(answer)}")
        return _page(self._cdx, answer)

    def fetch(self, url: str, captured_at: datetime) -> Fetched:
        """Return the capture of `url` at that moment, or the nearest one. Raises ArchiveUnavailableError."""
        address = f"{self._replay}{captured_at:%Y%m%d%H%M%S}id_/{url}"
        for _ in range(_MOST_HOPS):
            answer = self._client.get(address, most=LARGEST)
            target = answer.headers.get("location")
            if answer.status not in {301, 302, 303, 307, 308} or not target:
                return _fetched(address, answer)
            onward = urljoin(address, target)
            if not onward.startswith(self._replay):
                return Fetched(reason="redirected_away")
            address = onward if "id_/" in onward else _REPLAY.sub(r"/\1id_/\2", onward)
        return Fetched(reason="redirected_away")


def _page(where: str, answer: Answer) -> IndexPage:
    """Read an answer: a heading, rows, and after an empty row the resume key."""
    if not answer.body.strip():
        return IndexPage((), 0, None)
    try:
        told = json.loads(answer.body)
    except ValueError:
        raise ArchiveError(f"{where}: the index answers with what is no JSON{_said(answer)}") from None
    if not isinstance(told, list) or not all(isinstance(row, list) for row in told):
        raise ArchiveError(f"{where}: the index answers with what is no table{_said(answer)}")
    cursor = None
    if len(told) >= 2 and not told[-2] and len(told[-1]) == 1 and isinstance(told[-1][0], str):
        cursor, told = told[-1][0], told[:-2]
    if not told:
        return IndexPage((), 0, cursor)
    names = told[0]
    if "timestamp" not in names or "original" not in names:
        raise ArchiveError(f"{where}: the index answers with a table that has other columns")
    found = [_row(dict(zip(names, row, strict=False))) for row in told[1:]]
    rows = tuple(row for row in found if row is not None)
    return IndexPage(rows, len(found) - len(rows), cursor)


def _row(told: dict[Any, Any]) -> IndexRow | None:
    return index_row(
        url=told.get("original"), timestamp=told.get("timestamp"), mime=told.get("mimetype"),
        status=told.get("statuscode"), digest=told.get("digest"),
    )  # fmt: skip


def index_row(
    *, url: object, timestamp: object, mime: object, status: object, digest: object, **where: Any
) -> IndexRow | None:
    """Return a row of an index made of what it says, None where that is nothing readable."""
    moment = moment_of(timestamp)
    if not isinstance(url, str) or not url or moment is None:
        return None
    told_status = str(status or "-")
    return IndexRow(
        url=url, captured_at=moment, mime=str(mime).split(";")[0].strip().lower() if mime else None,
        status=int(told_status) if told_status.isdecimal() else None,
        digest=str(digest) if digest else None, is_revisit=mime == "warc/revisit", **where,
    )  # fmt: skip


def moment_of(timestamp: object) -> datetime | None:
    """Return the moment of `YYYYMMDDhhmmss`, None for what is none."""
    if not isinstance(timestamp, str) or len(timestamp) != 14 or not timestamp.isdecimal():
        return None
    try:
        return datetime.strptime(timestamp, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def _fetched(address: str, answer: Answer) -> Fetched:
    """Tell a capture from what the archive says by itself."""
    found = _REPLAY.search(address)
    originals = {name.removeprefix(_ORIGINAL): told for name, told in answer.headers.items() if _ORIGINAL in name}
    if not originals and "memento-datetime" not in answer.headers:
        return Fetched(reason={404: "not_archived", 403: "excluded"}.get(answer.status, "archive_page"))
    if answer.is_cut:
        return Fetched(reason="too_large")
    headers = {name: told for name, told in originals.items() if name not in _NOT_SENT}
    if mime := answer.headers.get("content-type"):
        headers["content-type"] = mime
    plain = Answer(answer.url, answer.status, headers, answer.body)
    return Fetched(plain, moment_of(found[1]) if found else None, _mended(found[2]) if found else "")


def _mended(address: str) -> str:
    """Return an archived address with both slashes of its scheme: servers between have been seen to fold them."""
    return re.sub(r"^(https?):/+", r"\1://", address)


def _said(answer: Answer) -> str:
    """Return the beginning of what an answer says, for people."""
    text = " ".join(re.sub(r"<[^>]*>", " ", answer.body[:2000].decode("utf-8", "replace")).split())[:120]
    return f": «{text}»" if text else ""
