"""An article's history for the eyes: its revisions, and what each changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from newscrawl.differences import Change, changed_fields, changes, shortened
from newscrawl.items import StoredArticle

_STYLES = {"removed": "red strike", "added": "green", "same": ""}
_BRACKETS = {"removed": ("[-", "-]"), "added": ("{+", "+}"), "same": ("", "")}
"""As `git diff --word-diff` writes them: to be read without colour, too."""


def history_view(states: Sequence[StoredArticle], zone: str, *, with_diff: bool) -> RenderableType:
    """Return the revisions of an article, the first one first; with what each changed, word by word, if wanted."""
    rows: list[RenderableType] = [_table(states, zone)]
    if with_diff:
        for old, new in pairwise(states):
            rows += [Text(), _headline(new, zone), *(_change(one) for one in changes(old, new, zone))]
        if len(states) == 1:
            rows += [Text(), Text("There is one revision: nothing to compare.", "dim")]
    return Group(*rows)


def _table(states: Sequence[StoredArticle], zone: str) -> Table:
    table = Table(title="History", title_justify="left", box=None, pad_edge=False)
    for heading in ("revision", f"fetched ({zone})", "changed"):
        table.add_column(heading, overflow="fold")
    for number, state in enumerate(states):
        what = ", ".join(changed_fields(states[number - 1], state)) if number else "first seen"
        table.add_row(str(state.revision), _at(state.fetched_at, zone), what or "no visible change")
    last = states[-1]
    if last.gone_at is not None:
        told = f"moved to {last.moved_to}" if last.moved_to else "gone from the site"
        table.add_row("", _at(last.gone_at, zone), Text(told, "red"))
    return table


def _headline(state: StoredArticle, zone: str) -> Text:
    return Text(f"Revision {state.revision}, fetched {_at(state.fetched_at, zone)}", "bold")


def _change(change: Change) -> Text:
    where = f"{change.field} ¶{change.place}" if change.place else change.field
    line = Text.assemble((f"  {where}: ", "dim"))
    for kind, words in shortened(change.pieces):
        before, after = _BRACKETS[kind]
        line.append(f"{before}{words}{after}", _STYLES[kind])
    return line


def _at(moment: datetime, zone: str) -> str:
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"
