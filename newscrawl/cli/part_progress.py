"""Progress of a job that is done in parts: one bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import threading
import time
from collections import Counter
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

_REFRESH = 0.25
_LINE_EVERY = 5.0
"""Seconds between plain lines."""


class PartProgress:
    """Sums what parts report, and shows it from a thread of its own, so the work never waits for a terminal."""

    def __init__(self, title: str, total: int, unit: str, words: Callable[[Mapping[str, int | float]], str]) -> None:
        """`total`: units of all parts, reported as `passed`; `words` tells the other counters in a few words."""
        self._title = title
        self._total = total
        self._unit = unit
        self._words = words
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._bar if errors.is_terminal else self._lines, daemon=True)

    def __enter__(self) -> PartProgress:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def report(self, counts: Mapping[str, int | float]) -> None:
        """Add what a part has done since it last reported. Safe to call from several threads."""
        with self._lock:
            for name, number in counts.items():
                self._counts[name] += number  # type: ignore[assignment]  # seconds are counted, too

    def _now(self) -> tuple[int, str]:
        with self._lock:
            counts = dict(self._counts)
        return int(counts.get("passed", 0)), self._words(counts)

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
