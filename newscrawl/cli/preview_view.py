"""What `newscrawl reprocess --dry-run` shows: how many articles change by field, and examples side by side."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from newscrawl.cli.door import out
from newscrawl.differences import word_pieces
from newscrawl.jobs.reprocess_preview import Example, FieldChange, Preview

_OLD, _NEW = "red", "green"
_LISTS = frozenset(
    {"dates", "entities", "images", "attachments", "related", "problems", "found_by", "repairs", "authors", "keywords"}
)
"""Fields of which only the members that differ are shown: all of them are old, or new."""


def print_preview(found: Preview) -> None:
    """Print what would change."""
    if not found.read:
        out.print("Every article was made by today's code and site file: nothing to read anew (--all reads them too).")
        return
    out.print(_summary(found), highlight=False)
    if found.fields:
        out.print(_counts(found))
    for name, change in found.fields.items():
        out.print(_examples(name, change))
    out.print("Nothing was written.", style="dim")


def _summary(found: Preview) -> str:
    parts = [
        f"[bold]{found.changed:,} of {found.read:,} articles would change[/]", f"{found.unchanged:,} stay the same",
        f"{found.new:,} would be new" if found.new else "", f"{found.moved:,} would move" if found.moved else "",
    ]  # fmt: skip
    lines = [", ".join(filter(None, parts)) + "."]
    for reason, number in sorted(found.failed.items()):
        lines.append(f"{number:,} {'page gives' if number == 1 else 'pages give'} no article: {reason}.")
    if found.lost:
        lines.append(f"[yellow]{found.lost:,} of them are an article's today: it would stay as it is.[/]")
    return "\n".join(lines)


def _counts(found: Preview) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("field")
    for heading in ("articles", "from null", "to null"):
        table.add_column(heading, justify="right")
    for name, change in found.fields.items():
        emptied = Text(f"{change.emptied:,}", "bold red") if change.emptied else Text("·", "dim")
        filled = Text(f"{change.filled:,}", "green") if change.filled else Text("·", "dim")
        table.add_row(name, f"{change.changed:,}", filled, emptied)
    return table


def _examples(name: str, change: FieldChange) -> Table:
    """Return some articles of which a field changes, old beside new, each in half of the width."""
    table = Table(title=name, title_justify="left", title_style="bold", expand=True, show_lines=True)
    table.add_column("now", ratio=1, overflow="fold")
    table.add_column("would be", ratio=1, overflow="fold")
    for example in change.examples:
        table.add_row(*_pair(name, example))
    return table


def _pair(name: str, example: Example) -> Iterator[RenderableType]:
    sides = {"removed": Text(), "added": Text()}
    if name in _LISTS or not (example.old and example.new):
        sides["removed"].append(example.old, _OLD)
        sides["added"].append(example.new, _NEW)
    else:
        for kind, piece in word_pieces(example.old, example.new):
            for side, style in (("removed", _OLD), ("added", _NEW)):
                if kind in {"same", side}:
                    sides[side].append(piece, "" if kind == "same" else style)
    for words, value in ((sides["removed"], example.old), (sides["added"], example.new)):
        shown = words if value else Text("·" if name in _LISTS else "null", "dim italic")
        yield Text.assemble((f"{example.url}\n" if words is sides["removed"] else "\n", "dim"), shown)
