"""An article as a row of CSV: flat columns, lists joined, nothing that a spreadsheet would take for a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from newscrawl.exports.lines import moment

Document = Mapping[str, Any]

BOM = b"\xef\xbb\xbf"
"""By it spreadsheets know UTF-8."""
_SEPARATOR = "; "
_FORMULA = re.compile(r"\s*[=+\-@\t\r]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_PLAIN = (
    "url", "site", "city", "region", "headline", "lead", "article_body", "date_published", "date_published_precision",
    "date_published_raw", "date_modified", "article_section", "language", "revision", "cluster", "duplicate_of",
    "first_seen", "last_seen", "fetched_at", "gone_at", "moved_to", "fingerprint", "page_id", "pipeline_version",
    "run_id",
)  # fmt: skip
_KINDS = {"persons": "PER", "bodies": "ORG", "places": "LOC", "events": "EVENT"}


def _value(name: str) -> Callable[[Document], Any]:
    return lambda one: one.get(name)


def _names(kind: str) -> Callable[[Document], str]:
    return lambda one: _joined(mention["normal"] for mention in one["entities"] if mention["type"] == kind)


def _urls(field: str) -> Callable[[Document], str]:
    return lambda one: _joined(member["url"] for member in one[field])


COLUMNS: dict[str, tuple[Callable[[Document], Any], str]] = {
    **{name: (_value(name), f"`{name}`") for name in _PLAIN},
    "authors": (lambda one: _joined(one["authors"]), "`authors`"),
    "keywords": (lambda one: _joined(one["keywords"]), "`keywords`"),
    **{
        name: (_names(kind), f"canonical forms of the mentions of type {kind} in `entities`, each once")
        for name, kind in _KINDS.items()
    },
    "dates": (lambda one: _joined(date["value"] for date in one["dates"]), "EDTF values of `dates`, each once"),
    "images": (_urls("images"), "addresses of `images`"),
    "attachments": (_urls("attachments"), "addresses of `attachments`"),
    "problems": (
        lambda one: _joined(f"{problem['field']}: {problem['reason']}" for problem in one["problems"]),
        "`field: reason` of `problems`",
    ),
}
"""Name -> (how to get it from a document, what it is)."""


def header() -> bytes:
    """Return the first line, with the mark by which spreadsheets know UTF-8."""
    return BOM + _row(COLUMNS)


def row(article: Document) -> bytes:
    """Return the line of an article's document."""
    return _row(_cell(get(article)) for get, _ in COLUMNS.values())


def _row(cells: Any) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerow(cells)
    return buffer.getvalue().encode()


def _cell(value: Any) -> str:
    """Return a value as text; one that a spreadsheet would run gets an apostrophe before it, as OWASP advises."""
    if value is None:
        return ""
    if isinstance(value, int):
        return str(value)
    text = moment(value) if isinstance(value, datetime) else _CONTROL.sub("", str(value))
    return f"'{text}" if _FORMULA.match(text) else text


def _joined(values: Any) -> str:
    return _SEPARATOR.join(dict.fromkeys(values))
