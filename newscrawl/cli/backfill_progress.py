"""Progress of a backfill: bars with the time that is left on a terminal, plain lines elsewhere."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from newscrawl.cli.door import errors
from newscrawl.cli.progress import handled
from newscrawl.cli.sparkline import span as span_words
from newscrawl.items import count_failures
from newscrawl.jobs.backfill_parts import Part
from newscrawl.store import Run, RunLog

_REFRESH = 0.25
_LINE_EVERY = 5.0
"""Seconds between plain lines."""
_LONGEST_NAME = 60


class PlanProgress:
    """Shows which index is asked."""

    def __init__(self) -> None:
        self._bar = Progress(
            SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), console=errors,
            transient=True, disable=not errors.is_terminal,
        )  # fmt: skip
        self._task = self._bar.add_task("looking what there is", total=None)
        self._said_at = 0.0

    def __enter__(self) -> PlanProgress:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def told(self, what: str, number: int, of: int) -> None:
        """Show what was asked last."""
        short = what if len(what) <= _LONGEST_NAME else f"…{what[1 - _LONGEST_NAME :]}"
        self._bar.update(self._task, description=short, completed=number, total=of)
        if not errors.is_terminal and time.monotonic() - self._said_at >= _LINE_EVERY:
            self._said_at = time.monotonic()
            errors.print(f"asked {what} ({number} of {of})", highlight=False, markup=False)


class _Row:
    """What is shown of a run, or of the files that are searched."""

    def __init__(self, name: str, run: RunLog, total: int | None) -> None:
        """`total`: what there is to be done; None while only the run knows."""
        self.name, self.run, self.total = name, run, total
        self.began = time.monotonic()

    @property
    def done(self) -> float:
        stats = self.run.stats
        return stats.get("addresses_done", 0) + stats.get("files_read", 0) if self.total is not None else handled(stats)

    @property
    def most(self) -> float | None:
        most = self.total if self.total is not None else self.run.stats.get("articles_listed", 0)
        return max(most, self.done) or None

    @property
    def words(self) -> str:
        stats = self.run.stats
        fetched = stats.get("captures_fetched", 0)
        told = [f"{fetched:,} captures fetched"] if fetched else []
        told.append(f"{stats.get('articles_new', 0):,} new")
        failed = count_failures(stats)
        told += [f"{failed:,} failed"] if failed else []
        return ", ".join(told)

    @property
    def line(self) -> str:
        most, done = self.most, self.done
        words = f"{self.name}: {done:,.0f} of {most or 0:,.0f}, {self.words}"
        passed = time.monotonic() - self.began
        if most and done and done < most and passed > 2 * _LINE_EVERY:
            words += f", {span_words((most - done) * passed / done)} left"
        return words


class BackfillProgress:
    """Watches counters from a thread of its own, so that nothing waits for a terminal."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._sizes: dict[str, int] = {}
        for part in parts:
            if part.kind == "read":
                self._sizes[part.site.name] = self._sizes.get(part.site.name, 0) + part.size
        self._files = sum(part.kind == "collect" for part in parts)
        self._rows: list[_Row] = []
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._bars if errors.is_terminal else self._lines, daemon=True)

    def __enter__(self) -> BackfillProgress:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def watch_crawl(self, log: RunLog) -> None:
        """Show what comes from the sites' own lists."""
        self._show(_Row("own lists", log, None))

    def watch_files(self, log: RunLog) -> None:
        """Show the files that are searched for all sites."""
        self._show(_Row("files of ccnews", log, self._files))

    def watch(self, run: Run) -> None:
        """Show the run of what archives have of a site."""
        self._show(_Row(run.site or "", run, self._sizes.get(run.site or "", 0)))

    def _show(self, row: _Row) -> None:
        with self._lock:
            self._rows.append(row)

    # --- its parts

    def _shown(self) -> list[_Row]:
        with self._lock:
            return list(self._rows)

    def _bars(self) -> None:
        columns = (
            SpinnerColumn(), TextColumn("[bold]{task.description}"), BarColumn(), MofNCompleteColumn(),
            TextColumn("{task.fields[words]}"), TimeElapsedColumn(), TimeRemainingColumn(),
        )  # fmt: skip
        with Progress(*columns, console=errors) as progress:
            tasks: dict[int, TaskID] = {}
            while True:
                finished = self._done.wait(_REFRESH)
                for number, row in enumerate(self._shown()):
                    if number not in tasks:
                        tasks[number] = progress.add_task(row.name, total=None, words="")
                    progress.update(tasks[number], completed=row.done, total=row.most, words=row.words)
                if finished:
                    return

    def _lines(self) -> None:
        last, shown = time.monotonic(), dict[int, str]()
        while True:
            finished = self._done.wait(_REFRESH)
            if finished or time.monotonic() - last >= _LINE_EVERY:
                last = time.monotonic()
                for number, row in enumerate(self._shown()):
                    line = row.line
                    if shown.get(number) != line:
                        shown[number] = line
                        errors.print(line, highlight=False, markup=False)
            if finished:
                return
