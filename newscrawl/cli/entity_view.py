"""Entities for the eyes: blocks of lines that fit any width; whole lines where nobody looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rich.padding import Padding
from rich.text import Text

from newscrawl.cli.door import out
from newscrawl.cli.marks import STYLES, doubt, with_doubt
from newscrawl.items import Decision, Entity

_ZONE = ZoneInfo("Europe/Moscow")
_MOST_ALIASES = 30


@dataclass(frozen=True)
class Portrait:
    """All that `newscrawl entity show` tells."""

    entity: Entity
    recent: Sequence[dict[str, Any]]
    namesakes: Sequence[Entity]
    doubts: Sequence[Sequence[str]]
    """Posts by walk of life, where there is more than one."""
    decisions: Sequence[Decision]

    def as_json(self) -> dict[str, Any]:
        """Return it for `--json`."""
        return self.entity.model_dump(mode="json") | {
            "recent": list(self.recent),
            "namesakes": [one.model_dump(mode="json") for one in self.namesakes],
            "doubts": list(self.doubts),
            "decisions": [one.model_dump(mode="json") for one in self.decisions],
        }


def summary(entity: Entity) -> str:
    """Return what tells an entity from its namesakes, in a line."""
    parts = [entity.normal, *(one.post for one in entity.posts[:1])]
    cities = ", ".join(one.city for one in entity.cities[:3])
    more = f" and {len(entity.cities) - 3} more" if len(entity.cities) > 3 else ""
    return "; ".join([*parts, *([cities + more] if cities else []), _number(entity.articles)])


def print_list(entities: Sequence[Entity], nothing: str, *, heading: str = "") -> None:
    """Print entities, a block each."""
    if heading:
        _line(Text(heading))
    for entity in entities:
        _line(_title(entity))
        if entity.posts:
            _line(Text(entity.posts[0].post), 2)
        _line(Text(entity.id, "dim"), 2)
    if not entities:
        _line(Text(nothing))


def print_portrait(found: Portrait, asked: str) -> None:
    """Print one entity with all that is known of it."""
    entity = found.entity
    _line(_title(entity))
    _line(Text(entity.id, "dim"))
    if asked.partition(":")[0] == entity.id.partition(":")[0] and asked != entity.id:
        _line(Text(f"{asked} leads here", "dim"))
    if entity.refs:
        _line(Text(f"known elsewhere as {', '.join(entity.refs)}"))
    if entity.uncertain:
        _line(Text(doubt(entity.uncertain), "dim"))
    _line(Text(f"written {_some(entity.aliases)}"))
    _section("Posts", [Text(f"{_span(one.first, one.last)}  {one.post}") for one in entity.posts])
    _section("Cities", [Text(f"{one.city}: {_number(one.articles)}") for one in entity.cities])
    _section("Latest articles", [_article(one) for one in found.recent])
    _section("May be the same", [Text.assemble(summary(one), "\n", (one.id, "dim")) for one in found.namesakes])
    _section(
        "Perhaps several people, by their posts",
        [Text.assemble(", ".join(posts), "\n", (_split(entity.id, posts[0]), "dim")) for posts in found.doubts],
    )
    _section("Decided by hand", [Text(_decided(one), "dim" if one.undone_at else "") for one in found.decisions])


def print_undone(decision: Decision, dry_run: bool) -> None:
    """Print what was taken back."""
    _line(Text(f"{'Would be taken' if dry_run else 'Taken'} back: {_decided(decision)}"))


def print_hint(command: str) -> None:
    """Print the command that takes a decision back."""
    _line(Text(f"To take it back: {command}", "dim"))


def _title(entity: Entity) -> Text:
    cities = ", ".join(one.city for one in entity.cities[:3]) + (", …" if len(entity.cities) > 3 else "")
    seen = _span(entity.first_seen, entity.last_seen)
    return Text.assemble(
        (with_doubt(entity.normal, entity.uncertain), STYLES.get(entity.type, "bold")),
        f"  {entity.type}  {_number(entity.articles)}, {seen}",
        f"  {cities}" if cities else "",
    )


def _split(entity: str, post: str) -> str:
    return f"newscrawl entity split '{entity}' --post '{post}'"


def _article(one: dict[str, Any]) -> Text:
    return Text.assemble(f"{_day(one['date_published'])}  {one['headline'] or '-'}", "\n", (one["url"], "dim"))


def _decided(one: Decision) -> str:
    how = "merged into" if one.kind == "merge" else "split into"
    which = f" by {_condition(one)}" if one.kind == "split" else ""
    undone = f", taken back {_day(one.undone_at)}" if one.undone_at else ""
    reason = f": {one.reason}" if one.reason else ""
    return f"{_day(one.made_at)}  {one.entity} {how} {one.into}{which}{undone}{reason}"


def _condition(one: Decision) -> str:
    if one.articles:
        return _number(len(one.articles))
    return f"site {one.site}" if one.site is not None else f"post «{one.post}»"


def _some(texts: Sequence[str]) -> str:
    more = f" and {len(texts) - _MOST_ALIASES} more" if len(texts) > _MOST_ALIASES else ""
    return ", ".join(f"«{one}»" for one in texts[:_MOST_ALIASES]) + more


def _number(articles: int) -> str:
    return "1 article" if articles == 1 else f"{articles} articles"


def _span(first: datetime | None, last: datetime | None) -> str:
    return _day(first) if _day(first) == _day(last) else f"{_day(first)} to {_day(last)}"


def _day(moment: datetime | None) -> str:
    return f"{moment.astimezone(_ZONE):%Y-%m-%d}" if moment else "undated"


def _section(heading: str, lines: Sequence[Text]) -> None:
    if lines:
        out.print()
        _line(Text(heading, "bold"))
    for line in lines:
        _line(line, 2)


def _line(text: Text, indent: int = 0) -> None:
    """Print a line: wrapped under its indent on a terminal, whole elsewhere."""
    if out.is_terminal:
        text.overflow = "fold"
        out.print(Padding(text, (0, 0, 0, indent)), highlight=False)
    else:
        for line in text.plain.splitlines() or [""]:
            out.print(" " * indent + line, highlight=False, markup=False, soft_wrap=True)
