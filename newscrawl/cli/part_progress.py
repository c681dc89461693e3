"""Progress of a job that is done in parts: one bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from newscrawl.cli.door import errors
from newscrawl.store import RunLog

_REFRESH = 0.25
_LINE_EVERY = 5.0
"""Seconds between plain lines."""


class PartProgress:
    """Watches the counters of runs from a thread of its own, so the work never waits for a terminal."""

    def __init__(
        self,
        title: str,
        total: int,
        unit: str,
        words: Callable[[Mapping[str, int | float]], str],
        *,
        counted: str = "passed",
    ) -> None:
        """`total`: units of all parts, which the counter `counted` adds up to; `words` tells the others in short."""
        self._title = title
        self._total = total
        self._unit = unit
        self._words = words
        self._counted = counted
        self._watched: list[RunLog] = []
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._bar if errors.is_terminal else self._lines, daemon=True)

    def __enter__(self) -> PartProgress:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def watch(self, log: RunLog) -> None:
        """Show what this log counts, too, from now on."""
        self._watched.append(log)

    def leave_out(self, units: int) -> None:
        """Take it that so many units will not be done."""
        log = RunLog()
        log.count(self._counted, units)
        self.watch(log)

    def _now(self) -> tuple[int, str]:
        sums: dict[str, int | float] = {}
        for log in self._watched:
            for name, number in log.stats.items():
                sums[name] = sums.get(name, 0) + number
        return min(int(sums.get(self._counted, 0)), self._total), self._words(sums)

    def _bar(self) -> None:
        columns = (
            SpinnerColumn(),
            TextColumn("[bold]{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[words]}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=errors) as progress:
            task = progress.add_task(self._title, total=self._total, words="")
            while True:
                finished = self._done.wait(_REFRESH)
                passed, words = self._now()
                progress.update(task, completed=passed, words=words)
                if finished:
                    return

    def _lines(self) -> None:
        last, shown = time.monotonic(), ""
        while True:
            finished = self._done.wait(_REFRESH)
            if not finished and time.monotonic() - last < _LINE_EVERY:
                continue
            last = time.monotonic()
            passed, words = self._now()
            line = f"{self._title}: {passed:,} of {self._total:,} {self._unit}" + (f", {words}" if words else "")
            if line != shown and self._total:
                shown = line
                errors.print(line, highlight=False, markup=False)
            if finished:
                return
