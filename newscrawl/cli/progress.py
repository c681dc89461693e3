"""Progress of crawls: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import threading
import time

from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from newscrawl.cli.door import errors
from newscrawl.items import count_failures
from newscrawl.sites import Site
from newscrawl.store.runs import RunLog

_REFRESH = 0.25
_LINE_EVERY = 5.0
"""Seconds between plain lines."""


class CrawlProgress:
    """Watches the counters of runs from a thread of its own, so the crawl never waits for a terminal."""

    def __init__(self) -> None:
        self._watched: dict[str, RunLog] = {}
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._bars if errors.is_terminal else self._lines, daemon=True)

    def __enter__(self) -> CrawlProgress:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def watch(self, site: Site, run: RunLog) -> None:
        """Show this run from now on."""
        with self._lock:
            self._watched[site.name] = run

    def _runs(self) -> dict[str, RunLog]:
        with self._lock:
            return dict(self._watched)

    def _bars(self) -> None:
        columns = (
            SpinnerColumn(),
            TextColumn("[bold]{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[words]}"),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=errors) as progress:
            tasks = {}
            while True:
                finished = self._done.wait(_REFRESH)
                for name, run in self._runs().items():
                    if name not in tasks:
                        tasks[name] = progress.add_task(name, total=None, words="")
                    stats = run.stats
                    listed = stats.get("articles_listed", 0)
                    progress.update(tasks[name], completed=_handled(stats), total=listed or None, words=_words(stats))
                if finished:
                    return

    def _lines(self) -> None:
        last = time.monotonic()
        shown: dict[str, str] = {}
        while not self._done.wait(_REFRESH):
            if time.monotonic() - last >= _LINE_EVERY:
                last = time.monotonic()
                self._print_lines(shown)
        self._print_lines(shown)

    def _print_lines(self, shown: dict[str, str]) -> None:
        for name, run in self._runs().items():
            stats = run.stats
            listed = stats.get("articles_listed", 0)
            line = f"{name}: {_handled(stats)} of {listed} articles listed so far, {_words(stats)}"
            if shown.get(name) != line:
                shown[name] = line
                errors.print(line, highlight=False, markup=False)


def _handled(stats: dict[str, int | float]) -> int | float:
    """Return how many listed articles have reached their end, good or bad."""
    ended = ("articles_new", "articles_changed", "articles_refreshed", "articles_unchanged", "articles_refused")
    return sum(stats.get(name, 0) for name in (*ended, "pages_failed", "requests_failed", "failed.redirected_away"))


def _words(stats: dict[str, int | float]) -> str:
    failed = count_failures(stats)
    parts = [
        f"{stats.get('articles_new', 0)} new",
        f"{stats.get('articles_changed', 0)} changed",
        f"{stats.get('articles_unchanged', 0)} unchanged",
    ]
    return ", ".join([*parts, f"{failed} failed"] if failed else parts)
