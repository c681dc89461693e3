"""Progress of the grouping of near-duplicates: a bar a phase on a terminal, plain lines elsewhere."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Mapping

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from newscrawl.cli.door import errors
from newscrawl.jobs.dedup import Kind
from newscrawl.store.runs import RunLog

_REFRESH = 0.25
_LINE_EVERY = 5.0
"""Seconds between plain lines."""
_WORDS: Mapping[Kind, tuple[str, str]] = {
    "sign": ("signing articles", "signed"),
    "meet": ("reading postings", "met"),
    "judge": ("comparing", "looked_up"),
    "group": ("grouping", "grouped"),
}
"""Phase -> its words, and the counter that tells how far it is."""


class DedupProgress:
    """Watches the counters of a run from a thread of its own."""

    def __init__(self) -> None:
        self._run: RunLog = RunLog()
        self._phases: list[tuple[Kind, int, int | float]] = []
        """Phase, how many articles it has, and its counter when it began."""
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._bars if errors.is_terminal else self._lines, daemon=True)

    def __enter__(self) -> DedupProgress:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def watch(self, run: RunLog) -> None:
        """Show this run from now on."""
        self._run = run

    def add(self, counts: Mapping[str, int | float]) -> None:
        """Count what is done without a run."""
        for name, number in counts.items():
            self._run.count(name, number)

    def begin(self, kind: Kind, size: int) -> None:
        """Show a phase from now on."""
        if size:
            self._phases.append((kind, size, self._run.stats.get(_WORDS[kind][1], 0)))

    def _shown(self) -> list[tuple[str, int, int]]:
        """Return (words, done, of how many) of each phase so far."""
        stats = Counter(self._run.stats)
        return [
            (_WORDS[kind][0], min(size, int(stats[_WORDS[kind][1]] - before)) if last else size, size)
            for (kind, size, before), last in zip(
                list(self._phases), [False] * (len(self._phases) - 1) + [True], strict=False
            )
        ]

    def _bars(self) -> None:
        columns = (TextColumn("{task.description:17}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=errors) as progress:
            tasks: list[TaskID] = []
            while True:
                finished = self._done.wait(_REFRESH)
                shown = self._shown()
                for words, _, size in shown[len(tasks) :]:
                    tasks.append(progress.add_task(words, total=size))
                for task, (_, done, _size) in zip(tasks, shown, strict=False):
                    progress.update(task, completed=done)
                if finished:
                    return

    def _lines(self) -> None:
        last = time.monotonic()
        told = ""
        while not self._done.wait(_REFRESH):
            if time.monotonic() - last >= _LINE_EVERY:
                last = time.monotonic()
                line = "".join(f"{words}: {done:,} of {size:,} articles" for words, done, size in self._shown()[-1:])
                if line and line != told:
                    told = line
                    errors.print(line, highlight=False, markup=False)
