"""How far work is: bars on a terminal, plain lines elsewhere. Shown from a thread, so the work never waits for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from newscrawl.cli.door import errors

_REFRESH = 0.25
LINE_EVERY = 5.0
"""Seconds between plain lines."""


@dataclass(frozen=True)
class Bar:
    """Something that gets on."""

    name: str
    """No two that are shown have the same."""
    done: float
    total: float | None
    """None while nobody knows."""
    words: str
    """What else there is to say."""
    line: str
    """All of it as a line of its own."""


class Display:
    """Shows bars while a block runs. Kinds of work say which (`bars`), and which of their lines are plain (`lines`)."""

    tells_the_end = True
    """Whether the time that is left can be told: not while the total grows."""

    def __init__(self) -> None:
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._bars if errors.is_terminal else self._lines, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def bars(self) -> Sequence[Bar]:
        """Return what there is to show now. Called from another thread."""
        raise NotImplementedError

    def lines(self) -> Sequence[Bar]:
        """Return what is told in lines."""
        return self.bars()

    def abandon(self) -> None:
        """Give the terminal back: the process is about to end at once."""
        errors.show_cursor(True)

    def _bars(self) -> None:
        columns: list[ProgressColumn] = [
            SpinnerColumn(), TextColumn("[bold]{task.description}"), BarColumn(), MofNCompleteColumn(),
            TextColumn("{task.fields[words]}"), TimeElapsedColumn(),
        ]  # fmt: skip
        with Progress(*columns, *([TimeRemainingColumn()] if self.tells_the_end else []), console=errors) as progress:
            tasks: dict[str, TaskID] = {}
            while True:
                finished = self._over.wait(_REFRESH)
                shown = self.bars()
                for name in tasks.keys() - {bar.name for bar in shown}:
                    progress.remove_task(tasks.pop(name))
                for bar in shown:
                    if bar.name not in tasks:
                        tasks[bar.name] = progress.add_task(bar.name, total=None, words="")
                    progress.update(tasks[bar.name], completed=bar.done, total=bar.total, words=bar.words)
                if finished:
                    return

    def _lines(self) -> None:
        last, told = time.monotonic(), dict[str, str]()
        while True:
            finished = self._over.wait(_REFRESH)
            if finished or time.monotonic() - last >= LINE_EVERY:
                last = time.monotonic()
                for bar in self.lines():
                    if bar.line and told.get(bar.name) != bar.line:
                        told[bar.name] = bar.line
                        errors.print(bar.line, highlight=False, markup=False)
            if finished:
                return
