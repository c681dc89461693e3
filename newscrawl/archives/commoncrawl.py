"""Common Crawl: its list of crawls, the index of each (CDX as JSON lines), records by a range of bytes."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode, urljoin

from newscrawl.archives.client import Answer, ArchiveClient
from newscrawl.archives.members import LARGEST
from newscrawl.archives.records import WarcRecord, record_at
from newscrawl.archives.wayback import IndexPage, IndexRow, index_row
from newscrawl.errors import ArchiveError, ArchiveUnavailableError

_MOST_BYTES = 64 * 1024 * 1024
_MOST_PAGES = 100_000
_WEEKLY = re.compile(r"CC-MAIN-(\d{4})-(\d{2})$")
_NAME = re.compile(r"[\w-]{1,80}$")
_LENGTH = timedelta(days=21)
"""A crawl goes on for about so long from the week in its name."""


@dataclass(frozen=True)
class Collection:
    """One of its crawls."""

    name: str
    first: date | None
    """Between these days, as far as that is known."""
    last: date | None


class CommonCrawl:
    """The index and the data, which may be mirrors."""

    def __init__(self, client: ArchiveClient, index: str, data: str) -> None:
        """`index` and `data`: the addresses that `collinfo.json` and the files' names are put behind."""
        self._client = client
        self._index = index if index.endswith("/") else f"{index}/"
        self._data = data if data.endswith("/") else f"{data}/"

    def collections(self, first: date, last: date) -> list[Collection]:
        """Return the crawls that have captures between two days, the oldest first; one without dates is taken.

        Raises ArchiveUnavailableError, ArchiveError.
        """
        where = f"{self._index}collinfo.json"
        answer = self._client.get(where, most=_MOST_BYTES)
        if answer.status != 200:
            raise ArchiveError(f"{where}: the server answers {answer.status}")
        try:
            told = json.loads(answer.body)
            found = [_collection(one) for one in told if _NAME.match(str(one["id"]))]
        except (ValueError, TypeError, KeyError):
            raise ArchiveError(f"{where} is no list of crawls") from None
        wanted = [
            one for one in found if (one.first is None or one.first <= last) and (one.last is None or one.last >= first)
        ]
        return sorted(wanted, key=lambda one: (one.first or date.min, one.name))

    def index(self, collection: str, prefix: str, cursor: str | None) -> Iterator[IndexPage]:
        """Yield what the index of a crawl holds under `host/path`, from a page (`cursor`) on. Raises as above."""
        where = f"{self._index}{collection}-index"
        query = {"url": f"{prefix}*", "output": "json", "filter": "=status:200"}
        pages = self._pages(where, query)
        for number in range(int(cursor or 0), pages):
            answer = self._client.get(f"{where}?{urlencode(query | {'page': number})}", most=_MOST_BYTES)
            rows, broken = ([], 0) if _says_nothing_found(answer) else _rows(where, answer)
            yield IndexPage(tuple(rows), broken, str(number + 1) if number + 1 < pages else None)

    def _pages(self, where: str, query: dict[str, str]) -> int:
        answer = self._client.get(f"{where}?{urlencode(query | {'showNumPages': 'true'})}", most=_MOST_BYTES)
        if _says_nothing_found(answer):
            return 0
        try:
            told = json.loads(answer.body)
            number = int(told["pages"] if isinstance(told, dict) else told)
        except (ValueError, TypeError, KeyError):
            raise ArchiveError(f"{where}: the index does not say how many pages it has") from None
        if answer.status != 200 or not 0 <= number <= _MOST_PAGES:
            raise ArchiveError(f"{where}: the index answers {answer.status} and {number} pages")
        return number

    def fetch(self, place: str, offset: int, length: int) -> WarcRecord | None:
        """Return the record that lies there, None when none that can be read does. Raises ArchiveUnavailableError."""
        if length <= 0 or length > LARGEST:
            return None
        answer = self._client.get(urljoin(self._data, place), most=length, span=(offset, length))
        body = answer.body
        if answer.status == 200:  # a mirror that knows no ranges sends the file from its beginning
            raise ArchiveUnavailableError(
                f"{self._data} does not give parts of files (Range)", advice="Name a mirror that does."
            )
        return record_at(io.BytesIO(body), 0) if answer.status == 206 else None


def _collection(told: dict[str, str]) -> Collection:
    name = str(told["id"])
    first, last = (_day(told.get(key)) for key in ("from", "to"))
    week = _WEEKLY.match(name)
    if first is None and week and 1 <= int(week[2]) <= 53:
        try:
            first = date.fromisocalendar(int(week[1]), int(week[2]), 1)
        except ValueError:  # that year has no 53rd week
            first = date(int(week[1]), 12, 25)
        last = first + _LENGTH
    return Collection(name, first, last)


def _day(told: object) -> date | None:
    try:
        return date.fromisoformat(str(told)[:10])
    except ValueError:
        return None


def _says_nothing_found(answer: Answer) -> bool:
    return answer.status == 404 and b"No Captures" in answer.body[:1000]


def _rows(where: str, answer: Answer) -> tuple[list[IndexRow], int]:
    """Read JSON lines; a broken one costs itself alone. Raises ArchiveError for what is no such answer."""
    if answer.status != 200:
        raise ArchiveError(f"{where}: the index answers {answer.status}")
    rows, broken = [], 0
    for line in answer.body.splitlines():
        if not line.strip():
            continue
        try:
            told = json.loads(line)
            row = _row(told)
        except (ValueError, TypeError, AttributeError):
            row = None
        if row is None:
            broken += 1
        else:
            rows.append(row)
    if broken and not rows:
        raise ArchiveError(f"{where}: the index answers with what are no JSON lines")
    return rows, broken


def _row(told: dict[str, str]) -> IndexRow | None:
    place = told.get("filename")
    if not place or ".." in place or "://" in place:
        return None
    mime = told.get("mime-detected") or told.get("mime")
    return index_row(
        url=told.get("url"), timestamp=told.get("timestamp"), mime=mime, status=told.get("status"),
        digest=told.get("digest"), place=place, offset=int(told["offset"]), length=int(told["length"]),
    )  # fmt: skip
