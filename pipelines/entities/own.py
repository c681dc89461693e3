"""Names given by name: the events of `events.csv`, and a user's own gazetteer, a folder of CSV files.

A file has the columns `type` (PER, ORG, LOC or EVENT), `name`, `normal` (the canonical form, empty for the name itself)
and `ref` (`wikidata:Q2736`, may be empty); lines that begin with # are comments. Names are found in every case, where
their first letter has the capital that it has in the file. Rows with one canonical form are one entity.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple, get_args

from newscrawl.errors import ConfigError
from newscrawl.items import EntityType
from pipelines.entities.gazetteer import case_forms, folded, folded_word, longest_by_first_word, split_words
from pipelines.entities.span_lists import overlapping, put_all
from pipelines.entities.spans import Span
from pipelines.entities.tokens import Document

COLUMNS = ("type", "name", "normal", "ref")
TYPES: tuple[EntityType, ...] = get_args(EntityType)


class Entry(NamedTuple):
    """A row: what it is, its canonical form and what it is elsewhere, or ''."""

    type: EntityType
    normal: str
    ref: str


class GazetteerError(ConfigError):
    """A file of the user's gazetteer cannot be read."""


class Names:
    """All entries by the keys of their case forms."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}
        self.lengths: dict[str, int] = {}

    def add(self, rows: Iterable[tuple[str, Entry]]) -> None:
        """Enter names with their forms; a later row takes the place of an earlier one."""
        for name, entry in rows:
            for key in {folded(split_words(name)), *case_forms(name)}:
                self.entries[key] = entry
        self.lengths = longest_by_first_word(self.entries)

    def find(self, document: Document) -> list[tuple[Span, Entry]]:
        """The longest names in the text, from the left."""
        found, edge = [], 0
        for index in document.titles:
            length = self.lengths.get(folded_word(document.texts[index]), 0)
            if index < edge or not length:
                continue
            _, end = document.sentence_bounds(index)
            for stop in range(min(end, index + length), index, -1):
                entry = self.entries.get(folded(document.texts[index:stop]))
                if entry is not None:
                    found.append((Span(entry.type, index, stop), entry))
                    edge = stop
                    break
        return found


NAMES = Names()


def load(folder: Path | None) -> None:
    """Read the bundled events, then every CSV file of `folder` in the order of their names. Raises `GazetteerError`."""
    fresh = Names()
    with (files(__package__) / "events.csv").open(encoding="utf-8") as file:
        fresh.add(_rows(file, "events.csv"))
    for path in sorted(folder.glob("*.csv")) if folder is not None else ():
        try:
            with path.open(encoding="utf-8-sig", newline="") as file:
                fresh.add(_rows(file, str(path)))
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            message = f"the gazetteer {path} cannot be read: {error}"
            raise GazetteerError(message, advice=_advice(path, error)) from error
    NAMES.entries, NAMES.lengths = fresh.entries, fresh.lengths


def _advice(path: Path, error: Exception) -> str:
    if path.is_dir():
        return "It is a folder: give it another name, or move its files up."
    if isinstance(error, csv.Error):
        return "A quotation mark is opened there and never closed, perhaps."
    return "Save it as UTF-8." if isinstance(error, UnicodeDecodeError) else "See who may read it."


class _Lines:
    """The lines of a file without comments and empty ones; `number` is that of the last, from 1."""

    def __init__(self, file: Iterable[str]) -> None:
        self._file = file
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        for line in self._file:
            self.number += 1
            if line.strip() and not line.startswith("#"):
                yield line


def _rows(file: Iterable[str], name: str) -> Iterator[tuple[str, Entry]]:
    lines = _Lines(file)
    reader = csv.DictReader(lines)
    if not {"type", "name"} <= set(reader.fieldnames or ()):
        raise GazetteerError(f"{name} has no columns type and name", advice=f"Its header is {','.join(COLUMNS)}.")
    for row in reader:
        where = f"{name}, line {lines.number}"
        if None in row:
            raise GazetteerError(
                f"{where} has more fields than columns", advice="A name with a comma stands in quotation marks."
            )
        found = (row["name"] or "").strip()
        if not found:
            raise GazetteerError(f"{where} has no name", advice=f"Its fields are {','.join(COLUMNS)}.")
        kind = next((known for known in TYPES if known == row["type"]), None)
        if kind is None:
            raise GazetteerError(f"{where} has type {row['type']!r}", advice=f"Types are {', '.join(TYPES)}.")
        normal = (row.get("normal") or "").strip() or found
        yield found, Entry(kind, normal, (row.get("ref") or "").strip())


def entry_of(document: Document, span: Span) -> Entry | None:
    """The entry that a span names, if it has the entry's type."""
    entry = NAMES.entries.get(folded(document.texts[span.start : span.stop]))
    return entry if entry is not None and entry.type == span.type else None


def given_names(document: Document, spans: list[Span]) -> list[Span]:
    """Names of the gazetteer come before what the model thinks; one inside a longer name stays in it."""
    if not NAMES.entries:
        load(None)
    found = []
    for span, _ in NAMES.find(document):
        near = spans[overlapping(spans, span.start, span.stop)]
        if not any(s.start <= span.start and s.stop >= span.stop and s[1:] != span[1:] for s in near):
            found.append(span)
    return put_all(spans, found)
