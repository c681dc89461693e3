"""Progress of a backfill: what is asked while it is planned, and how far each site is."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from newscrawl.cli.display import LINE_EVERY, Bar, Display
from newscrawl.cli.door import errors
from newscrawl.cli.progress import handled
from newscrawl.cli.sparkline import span as span_words
from newscrawl.items import count_failures
from newscrawl.jobs.backfill_parts import Part
from newscrawl.store import Run, RunLog

_LONGEST_NAME = 60
_MOST_SHOWN = 10
"""Sites that have a bar of their own; of more, all have one together."""


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
        if not errors.is_terminal and time.monotonic() - self._said_at >= LINE_EVERY:
            self._said_at = time.monotonic()
            errors.print(f"asked {what} ({number} of {of})", highlight=False, markup=False)


class BackfillProgress(Display):
    """A bar for the sites' own lists, one for files that are searched, and one a site for what archives have."""

    def __init__(self, parts: Sequence[Part]) -> None:
        super().__init__()
        self._sizes: dict[str, int] = {}
        for part in parts:
            if part.kind == "read":
                self._sizes[part.site.name] = self._sizes.get(part.site.name, 0) + part.size
        self._files = sum(part.kind == "collect" for part in parts)
        self._rows: list[_Row] = []
        self._sites: list[_Row] = []
        self._lock = threading.Lock()

    def watch_crawl(self, log: RunLog) -> None:
        """Show what comes from the sites' own lists."""
        with self._lock:
            self._rows.append(_Row("own lists", [log], None))

    def watch_files(self, log: RunLog) -> None:
        """Show the files that are searched for all sites."""
        with self._lock:
            self._rows.append(_Row("files of ccnews", [log], self._files))

    def watch(self, run: Run) -> None:
        """Show the run of what archives have of a site."""
        site = run.site or ""
        with self._lock:
            self._sites.append(_Row(f"archives of {site}", [run], self._sizes.get(site, 0)))

    def bars(self) -> Sequence[Bar]:
        """Return what there is to show now."""
        with self._lock:
            rows, sites = list(self._rows), list(self._sites)
        if len(self._sizes) > _MOST_SHOWN and sites:
            logs = [log for row in sites for log in row.logs]
            sites = [_Row(f"archives of {len(self._sizes)} sites", logs, sum(self._sizes.values()), sites[0].began)]
        return [row.bar for row in (*rows, *sites)]


class _Row:
    """What is shown of some runs, or of the files that are searched."""

    def __init__(self, name: str, logs: Sequence[RunLog], total: int | None, began: float | None = None) -> None:
        """`total`: what there is to be done; None while only the run knows."""
        self.name, self.logs, self.total = name, logs, total
        self.began = time.monotonic() if began is None else began

    @property
    def bar(self) -> Bar:
        stats: dict[str, int | float] = {}
        for log in self.logs:
            for name, number in log.stats.items():
                stats[name] = stats.get(name, 0) + number
        known = self.total is not None
        done = stats.get("addresses_done", 0) + stats.get("files_read", 0) if known else handled(stats)
        most = max(self.total if self.total is not None else stats.get("articles_listed", 0), done)
        words = _words(stats)
        line = f"{self.name}: {done:,.0f} of {most:,.0f}, {words}"
        passed = time.monotonic() - self.began
        if done and done < most and passed > 2 * LINE_EVERY:
            line += f", {span_words((most - done) * passed / done)} left"
        return Bar(self.name, done, most or None, words, line)


def _words(stats: dict[str, int | float]) -> str:
    told = [f"{stats['captures_fetched']:,} captures fetched"] if stats.get("captures_fetched") else []
    told.append(f"{stats.get('articles_new', 0):,} new")
    failed = count_failures(stats)
    return ", ".join([*told, f"{failed:,} failed"] if failed else told)
