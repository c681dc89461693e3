"""Lines of JSON to articles: which are whole states of an export, which minimal articles, and which are neither."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from newscrawl.errors import ExtractionError, NewscrawlError
from newscrawl.extract.imported import read_minimal
from newscrawl.items import StoredArticle
from newscrawl.sites import Site

LONGEST = 64 * 1024 * 1024
"""Bytes of a line: four times what MongoDB keeps of an article."""
WHOLE = frozenset({"pipeline_version", "page_id", "first_seen", "fetched_at", "entities"})
"""Keys by which a line is known to be a state that was exported."""
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class BadLine:
    """A line that is left, and why."""

    number: int
    """Counted from 1."""
    reason: str
    """A stable word."""
    text: str
    """A sentence for people."""


@dataclass(frozen=True)
class Whole:
    """A line of an export: a state as it was stored, with the earlier ones."""

    number: int
    state: StoredArticle
    earlier: tuple[StoredArticle, ...]


@dataclass(frozen=True)
class Plain:
    """A line with a minimal article."""

    number: int
    url: str
    site: Site
    line: bytes
    fetched_at: datetime | None
    """Base of its relative dates, if the line tells it."""


Line = Whole | Plain | BadLine


def numbered_lines(stream: IO[bytes]) -> Iterator[tuple[int, bytes] | BadLine]:
    """Yield (number, line without its end) of lines that are not empty.

    One that is too long is never held whole, and is a BadLine; so is the end of a file that breaks off.
    """
    number = 0
    while True:
        number += 1
        try:
            line = stream.readline(LONGEST + 1)
            is_too_long = len(line) > LONGEST and not line.endswith(b"\n")
            while is_too_long and line and not line.endswith(b"\n"):
                line = stream.readline(LONGEST)
        except (EOFError, OSError, zlib.error, ValueError) as error:  # as gzip and zstd tell of a broken file
            yield BadLine(number, "broken_off", f"the file cannot be read from here on: {error}")
            return
        if is_too_long:
            yield BadLine(number, "too_long", f"longer than {LONGEST // 1024 // 1024} MB")
        elif not line:
            return
        else:
            line = (line.removeprefix(_BOM) if number == 1 else line).strip()
            if line:
                yield number, line


def read_line(numbered: tuple[int, bytes] | BadLine, sites: Mapping[str, Site]) -> Line:
    """Return what a line holds. Never raises: a line that cannot be used is a BadLine."""
    if isinstance(numbered, BadLine):
        return numbered
    number, line = numbered
    try:
        told = _parsed(line)
        url, site = _address(told)
        if told.keys() >= WHOLE:
            return _whole(number, told)
        if site not in sites:
            raise _BadLineError("unknown_site", f"site: there is no site {site!r}")
        read_minimal(line)
        return Plain(number, url, sites[site], line, _fetched_at(told))
    except _BadLineError as error:
        return BadLine(number, error.reason, error.message)
    except ExtractionError as error:
        return BadLine(number, "wrong_type" if error.reason == "bad_line" else error.reason, error.message)


class _BadLineError(NewscrawlError):
    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


def _parsed(line: bytes) -> dict[str, Any]:
    if b"\0" in line or rb"\u0000" in line:
        raise _BadLineError("control_character", "holds a NUL")
    try:
        told = json.loads(line.decode(), parse_constant=_refuse)
        if _SURROGATE.search(line):
            json.dumps(told, ensure_ascii=False).encode()
    except UnicodeDecodeError as error:
        raise _BadLineError("not_utf8", f"not UTF-8 at byte {error.start}") from None
    except UnicodeEncodeError:
        raise _BadLineError("not_utf8", "holds half a character (a lone surrogate)") from None
    except (ValueError, RecursionError) as error:
        raise _BadLineError("not_json", f"not JSON: {error}") from None
    if not isinstance(told, dict):
        raise _BadLineError("not_json", "expected an object")
    return told


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no value")


def _address(told: Mapping[str, Any]) -> tuple[str, str]:
    """Return the address and the site that a line names."""
    for key in ("url", "site"):
        if told.get(key) is None or told.get(key) == "":
            if key == "site" and told.keys() >= WHOLE:
                continue
            raise _BadLineError(f"no_{key}", f"{key}: is missing")
        if not isinstance(told[key], str):
            raise _BadLineError("wrong_type", f"{key}: expected a string")
    try:
        parts = urlsplit(told["url"])
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and len(told["url"]) < 8000
    except ValueError:
        usable = False
    if not usable or re.search(r"\s", told["url"]):
        raise _BadLineError("no_url", f"url: expected an http(s) address, found {told['url'][:80]!r}")
    return told["url"], told.get("site") or ""


def _whole(number: int, told: dict[str, Any]) -> Whole:
    earlier = told.pop("revisions", [])
    try:
        state = StoredArticle.model_validate_json(json.dumps(told))
        if not isinstance(earlier, list):
            raise _BadLineError("wrong_type", "revisions: expected a list")
        old = tuple(StoredArticle.model_validate_json(json.dumps(one)) for one in earlier)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(step) for step in first["loc"])
        raise _BadLineError("wrong_type", f"{key}: {first['msg'][0].lower()}{first['msg'][1:]}") from None
    return Whole(number, state, old)


def _fetched_at(told: Mapping[str, Any]) -> datetime | None:
    value = told.get("fetched_at")
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        moment = None
    if moment is None or moment.tzinfo is None:
        raise _BadLineError("wrong_type", "fetched_at: expected an ISO 8601 date-time with an offset")
    return moment
