"""CC-NEWS: WARC files of a month, listed by the month, with no index: each is streamed and searched for hosts."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import date
from types import TracebackType

import urllib3

from newscrawl.archives.client import ArchiveClient
from newscrawl.errors import ArchiveError, ArchiveUnavailableError

FILE_SIZE = 1_073_741_824
"""About so many bytes has one of its files."""
_BEGAN = date(2016, 8, 1)
_MOST_BYTES = 8 * 1024 * 1024
_LONGEST_LIST = 64 * 1024 * 1024
_ATTEMPTS = 5
"""How often a stream that breaks off is taken up again without a byte having come in between."""


class CcNews:
    """The files of CC-NEWS, on Common Crawl's data host or a mirror."""

    def __init__(self, client: ArchiveClient, data: str) -> None:
        self._client = client
        self._data = data if data.endswith("/") else f"{data}/"

    def files(self, first: date, last: date) -> list[str]:
        """Return the names of the WARC files of the months between two days, the oldest first.

        Raises ArchiveUnavailableError, and ArchiveError for a list that is none.
        """
        found = []
        for year, month in _months(max(first, _BEGAN), last):
            where = f"{self._data}crawl-data/CC-NEWS/{year}/{month:02}/warc.paths.gz"
            answer = self._client.get(where, most=_MOST_BYTES)
            if answer.status == 404:  # none yet, or none any more
                continue
            if answer.status != 200:
                raise ArchiveError(f"{where}: the server answers {answer.status}")
            found += _paths(where, answer.body)
        return found

    def open(self, name: str) -> RemoteFile:
        """Return one of the files, to be read from any byte on; it is a context manager."""
        return RemoteFile(self._client, f"{self._data}{name}")


class RemoteFile:
    """A file on a server, read as it comes. A connection that breaks off is taken up where it was."""

    def __init__(self, client: ArchiveClient, url: str) -> None:
        self._client = client
        self._url = url
        self._at = 0
        self._stream: AbstractContextManager[urllib3.BaseHTTPResponse] | None = None
        self._response: urllib3.BaseHTTPResponse | None = None

    def __enter__(self) -> RemoteFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def seek(self, offset: int, /) -> int:
        """Go on at a byte; asks anew when that is not where it is."""
        if offset != self._at:
            self._close()
            self._at = offset
        return offset

    def read(self, size: int, /) -> bytes:
        """Return up to so many bytes, b'' at the end. Raises ArchiveUnavailableError, ArchiveError."""
        why = ""
        for _ in range(_ATTEMPTS):
            if self._response is None:
                self._stream = self._client.stream(self._url, self._at)
                self._response = self._stream.__enter__()
            try:
                found = self._response.read(size, decode_content=False)
            except (urllib3.exceptions.HTTPError, OSError) as error:
                why = type(error).__name__
                self._close()
                continue
            self._at += len(found)
            return found
        raise ArchiveUnavailableError(
            f"{self._url} breaks off at byte {self._at} again and again ({why})",
            advice="The same command goes on later where it is now.",
        )

    def _close(self) -> None:
        stream, self._stream, self._response = self._stream, None, None
        if stream is not None:
            stream.__exit__(None, None, None)


def _months(first: date, last: date) -> Iterator[tuple[int, int]]:
    year, month = first.year, first.month
    while (year, month) <= (last.year, last.month):
        yield year, month
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)


def _paths(where: str, body: bytes) -> list[str]:
    try:
        text = zlib.decompressobj(wbits=31).decompress(body, _LONGEST_LIST) if body.startswith(b"\x1f\x8b") else body
        lines = text.decode("ascii").split()
    except (zlib.error, UnicodeDecodeError):
        raise ArchiveError(f"{where} is no list of files") from None
    if any(not line.startswith("crawl-data/") or ".." in line for line in lines):
        raise ArchiveError(f"{where} is no list of files")
    return lines
