"""What `reprocess` would change: read and compared in the same way, written nowhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from newscrawl.items import Article, Problem
from newscrawl.jobs.reprocess import Part, due_chunks
from newscrawl.parts import Engine, Task
from newscrawl.resources import Resources
from newscrawl.sites import Site
from newscrawl.store import RunLog
from newscrawl.store.articles import STAMPS, revised
from newscrawl.store.rereading import Remnant
from pipelines.road import process_page

EXAMPLES = 3
"""Of a field."""
_WIDTH = 600
"""Characters of a text that are shown, around what changed."""
_BEFORE = 60
"""Of these so many before the first change."""
_MOST_MEMBERS = 12
_ORIGIN = frozenset({*STAMPS, "page_id", "fetched_at"})
"""Which page and code a state came from."""
FIELDS = tuple(name for name in Article.model_fields if name not in _ORIGIN)
_TOLD_BY: Mapping[str, str] = {
    "dates": "{text} = {value} ({precision})",
    "entities": "{text} = {id}",
    "images": "{url}",
    "attachments": "{url} {title}",
    "related": "{url} {title}",
    "problems": "{field}: {reason} {text}",
}


@dataclass(frozen=True)
class Example:
    """One article of which a field would change."""

    url: str
    old: str
    """As much of the value as shows the change; '' for none."""
    new: str


@dataclass
class FieldChange:
    """What would become of one field."""

    changed: int = 0
    """Articles in which it would be another one."""
    filled: int = 0
    """Of these, where it is null or empty now."""
    emptied: int = 0
    """Of these, where it would be null or empty."""
    examples: list[Example] = field(default_factory=list)

    def add(self, other: FieldChange) -> None:
        """Add what was found elsewhere."""
        self.changed += other.changed
        self.filled += other.filled
        self.emptied += other.emptied
        self.examples = [*self.examples, *other.examples][:EXAMPLES]


@dataclass
class Preview:
    """What `reprocess` would change, summed up."""

    read: int = 0
    """Pages that were read anew."""
    unchanged: int = 0
    """Articles that would stay the same, but for the stamps of the code that read them."""
    changed: int = 0
    """Articles of which some field would be another one."""
    new: int = 0
    """Pages that give an article now and did not."""
    moved: int = 0
    """Articles that would have another address."""
    failed: dict[str, int] = field(default_factory=dict)
    """Reason -> pages that give no article."""
    lost: int = 0
    """Of these, pages that the stored article was made of; it would stay as it is."""
    fields: dict[str, FieldChange] = field(default_factory=dict)
    """By name, in the order of the record; fields that nothing happens to are absent."""

    def add(self, other: Preview) -> None:
        """Add what was found elsewhere."""
        self.read += other.read
        self.unchanged += other.unchanged
        self.changed += other.changed
        self.new += other.new
        self.moved += other.moved
        self.lost += other.lost
        for reason, number in other.failed.items():
            self.failed[reason] = self.failed.get(reason, 0) + number
        for name in FIELDS:
            if name in other.fields:
                self.fields.setdefault(name, FieldChange()).add(other.fields[name])
        self.fields = {name: self.fields[name] for name in FIELDS if name in self.fields}


def preview(engine: Engine, parts: Iterable[Part], log: RunLog) -> Preview:
    """Read the due pages of some parts anew and tell what would change; nothing is written.

    `log` counts `articles_listed` and `passed`, as a run does. Raises UnavailableError; NewscrawlError when a part
    cannot be read at all.
    """
    total = Preview()
    for done in engine.run(preview_part, [Task(part, "", log) for part in parts]):
        if done.error is not None:
            raise done.error
        total.add(done.result)
    return total


def preview_part(resources: Resources, part: Part, run_id: str, log: RunLog) -> Preview:
    """Tell what would change in one part."""
    total = Preview()
    chunks = due_chunks(resources.store, part, log)
    for found in resources.workers.map_chunks(partial(compare, part.site), chunks, _lost):
        total.add(found)
        log.count("articles_listed", found.read)
    return total


def compare(site: Site, remnants: Sequence[Remnant]) -> Preview:
    """Read some pages and compare them with what is stored. Runs in a worker process, without MongoDB."""
    found = Preview(read=len(remnants))
    for remnant in remnants:
        outcome = process_page(remnant.page, site)
        before = remnant.before
        if outcome.article is None:
            _fail(found, outcome.problem.reason if outcome.problem else "", is_lost=before is not None)
        elif outcome.article.url != remnant.address:
            found.moved += 1
        elif before is None:
            found.new += 1
        else:
            _compare(found, outcome.article.url, before, revised(before, outcome.article))
    return found


def _lost(remnant: Remnant, problem: Problem) -> Preview:
    found = Preview(read=1)
    _fail(found, problem.reason, is_lost=remnant.before is not None)
    return found


def _fail(found: Preview, reason: str, *, is_lost: bool) -> None:
    found.failed[reason] = found.failed.get(reason, 0) + 1
    found.lost += is_lost


def _compare(found: Preview, url: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    different = [name for name in FIELDS if before.get(name) != after[name]]
    found.changed += bool(different)
    found.unchanged += not different
    for name in different:
        old, new = before.get(name), after[name]
        change = FieldChange(1, int(not old), int(not new), [Example(url, *_told(name, old, new))])
        found.fields.setdefault(name, FieldChange()).add(change)


def _told(name: str, old: Any, new: Any) -> tuple[str, str]:
    """Return both values in words, as far as they show what changed."""
    if isinstance(old or new, list):
        return _members(name, old or [], new or [])
    if isinstance(old or new, dict):
        pairs = [[f"{key}={value}" for key, value in (one or {}).items()] for one in (old, new)]
        return _members(name, *pairs)
    return _cut(_text(old), _text(new))


def _members(name: str, old: Sequence[Any], new: Sequence[Any]) -> tuple[str, str]:
    """Return the members that only one of two lists has; where both have the same, that they stand elsewhere."""
    before, after = ([_member(name, one) for one in members] for members in (old, new))
    gone, come = _without(before, after), _without(after, before)
    if gone or come:
        return _list(gone), _list(come)
    parts = [_parts(one, other) for one, other in zip(old, new, strict=True) if one != other]
    return _list([one for one, _ in parts]), _list([other for _, other in parts])


def _parts(old: Any, new: Any) -> tuple[str, str]:
    """Return of two members the parts in which they differ."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        return str(old), str(new)
    names = [key for key in new if old.get(key) != new[key]]
    text = new.get("text") or new.get("url") or ""
    old_words, new_words = (", ".join(f"{key} {one.get(key)}" for key in names) for one in (old, new))
    return f"{text}: {old_words}", f"{text}: {new_words}"


def _without(members: Sequence[str], others: Sequence[str]) -> list[str]:
    left = list(others)
    found = []
    for one in members:
        if one in left:
            left.remove(one)
        else:
            found.append(one)
    return found


def _member(name: str, one: Any) -> str:
    if name in _TOLD_BY and isinstance(one, dict):
        return _TOLD_BY[name].format_map({key: "" if value is None else value for key, value in one.items()}).strip()
    return str(one)


def _list(members: Sequence[str]) -> str:
    shown = [one[:200] for one in members[:_MOST_MEMBERS]]
    more = len(members) - len(shown)
    return "\n".join([*shown, f"… and {more} more"] if more else shown)


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M} UTC"
    return "" if value is None else str(value)


def _cut(old: str, new: str) -> tuple[str, str]:
    """Return as much of two texts as shows where they part."""
    common = next((at for at, (one, other) in enumerate(zip(old, new, strict=False)) if one != other), None)
    if common is None:
        common = min(len(old), len(new))
    start = max(0, common - _BEFORE)
    if start:
        start = old.rfind(" ", 0, start) + 1
    return _level(_window(old, start), _window(new, start))


def _level(old: str, new: str) -> tuple[str, str]:
    """Return two windows that end with the same words, where both were cut: the end is no change."""
    tail = new[-60:-20]
    at = old.rfind(tail)
    if not (old.endswith("…") and new.endswith("…")) or not tail or at < 0:
        return old, new
    return f"{old[:at]}{tail}…", f"{new[:-20]}…"


def _window(text: str, start: int) -> str:
    cut = text[start : start + _WIDTH]
    return ("…" if start and cut else "") + cut + ("…" if start + _WIDTH < len(text) else "")
