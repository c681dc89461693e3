"""Progress of crawls: bars on a terminal, plain lines elsewhere; of many sites a few that run, and all in one line."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Mapping

from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from newscrawl.cli.door import errors
from newscrawl.items import count_failures
from newscrawl.sites import Site
from newscrawl.store.runs import RunLog

_REFRESH = 0.25
_LINE_EVERY = 5.0
"""Seconds between plain lines."""
_MOST_SHOWN = 10
"""Sites that have a bar of their own."""
_SUMMED = ("articles_new", "articles_changed", "articles_unchanged")


class CrawlProgress:
    """Watches the counters of runs from a thread of its own, so the crawl never waits for a terminal."""

    def __init__(self, sites: int = 1) -> None:
        """`sites`: how many are to be crawled; beyond ten only those that run are shown, ten of them at most."""
        self._sites = sites
        self._watched: dict[str, RunLog] = {}
        self._ended: set[str] = set()
        self._past: Counter[str] = Counter()
        """Sums over the runs that have ended and are watched no more."""
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

    def leave(self, site: Site) -> None:
        """Note that the crawl of a site has ended, or could not begin."""
        with self._lock:
            self._ended.add(site.name)
            if self._is_crowd and (run := self._watched.pop(site.name, None)) is not None:
                self._past.update(_sums(run))

    def abandon(self) -> None:
        """Give the terminal back: the process is about to end at once."""
        errors.show_cursor(True)

    @property
    def _is_crowd(self) -> bool:
        return self._sites > _MOST_SHOWN

    def _runs(self) -> dict[str, RunLog]:
        with self._lock:
            return dict(self._watched)

    def _total(self) -> tuple[int, str]:
        """Return how many sites have ended, and the words for all of them."""
        with self._lock:
            sums = self._past.copy()
            for run in self._watched.values():
                sums.update(_sums(run))
            ended, running = len(self._ended), len(self._watched)
        return ended, f"{crawl_words(sums)}; {running} under way"

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
            total = progress.add_task("sites", total=self._sites, words="") if self._is_crowd else None
            tasks: dict[str, TaskID] = {}
            while True:
                finished = self._done.wait(_REFRESH)
                self._update_bars(progress, tasks)
                if total is not None:
                    ended, words = self._total()
                    progress.update(total, completed=ended, words=words)
                if finished:
                    return

    def _update_bars(self, progress: Progress, tasks: dict[str, TaskID]) -> None:
        runs = self._runs()
        for name in tasks.keys() - runs.keys():
            progress.remove_task(tasks.pop(name))
        for name, run in runs.items():
            if name not in tasks:
                if len(tasks) >= _MOST_SHOWN:
                    continue
                tasks[name] = progress.add_task(name, total=None, words="")
            stats = run.stats
            listed = stats.get("articles_listed", 0)
            progress.update(tasks[name], completed=handled(stats), total=listed or None, words=crawl_words(_sums(run)))

    def _lines(self) -> None:
        last = time.monotonic()
        shown: dict[str, str] = {}
        while not self._done.wait(_REFRESH):
            if time.monotonic() - last >= _LINE_EVERY:
                last = time.monotonic()
                self._print_lines(shown)
        self._print_lines(shown)

    def _print_lines(self, shown: dict[str, str]) -> None:
        if self._is_crowd:
            ended, words = self._total()
            lines = {"": f"{ended} of {self._sites} sites, {words}"}
        else:
            lines = {name: _line(name, run) for name, run in self._runs().items()}
        for name, line in lines.items():
            if shown.get(name) != line:
                shown[name] = line
                errors.print(line, highlight=False, markup=False)


def _line(name: str, run: RunLog) -> str:
    stats = run.stats
    return (
        f"{name}: {handled(stats)} of {stats.get('articles_listed', 0)} articles asked for, {crawl_words(_sums(run))}"
    )


def handled(stats: dict[str, int | float]) -> int | float:
    """Return how many listed articles have reached their end, good or bad."""
    ended = ("articles_new", "articles_changed", "articles_refreshed", "articles_unchanged", "articles_refused")
    return sum(stats.get(name, 0) for name in (*ended, "pages_failed", "requests_failed", "failed.redirected_away"))


def _sums(run: RunLog) -> Counter[str]:
    stats = run.stats
    return Counter({name: stats.get(name, 0) for name in _SUMMED}) + Counter(failed=int(count_failures(stats)))


def crawl_words(sums: Mapping[str, int | float]) -> str:
    """Return the words for what crawls have brought: new, changed, unchanged, failed."""
    parts = [f"{sums.get(f'articles_{word}', 0):,} {word}" for word in ("new", "changed", "unchanged")]
    return ", ".join([*parts, f"{sums['failed']:,} failed"] if sums.get("failed") else parts)
