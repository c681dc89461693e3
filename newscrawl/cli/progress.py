"""Progress of crawls: of many sites a few that run, and all in one line."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping, Sequence

from newscrawl.cli.display import Bar, Display
from newscrawl.items import count_failures
from newscrawl.sites import Site
from newscrawl.store.runs import RunLog

_MOST_SHOWN = 10
"""Sites that have a bar of their own."""
_SUMMED = ("articles_new", "articles_changed", "articles_unchanged")
_ALL = "sites"
"""The bar of all of them; no site has such a name but by chance, and then it has none of its own."""


class CrawlProgress(Display):
    """A bar a site; beyond ten sites only those that run have one, ten of them at most, and all have one together."""

    tells_the_end = False

    def __init__(self, sites: int = 1) -> None:
        """`sites`: how many are to be crawled."""
        super().__init__()
        self._sites = sites
        self._watched: dict[str, RunLog] = {}
        self._ended: set[str] = set()
        self._past: Counter[str] = Counter()
        """Sums over the runs that have ended and are watched no more."""
        self._lock = threading.Lock()

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

    def bars(self) -> Sequence[Bar]:
        """Return the bar of all sites where they are many, and those of sites."""
        with self._lock:
            runs = dict(self._watched)
        own = [_bar(name, run) for name, run in list(runs.items())[:_MOST_SHOWN] if name != _ALL]
        return [self._all(), *own] if self._is_crowd else own

    def lines(self) -> Sequence[Bar]:
        """Return the bar of all sites alone where they are many."""
        return [self._all()] if self._is_crowd else self.bars()

    @property
    def _is_crowd(self) -> bool:
        return self._sites > _MOST_SHOWN

    def _all(self) -> Bar:
        with self._lock:
            sums = self._past.copy()
            for run in self._watched.values():
                sums.update(_sums(run))
            ended, running = len(self._ended), len(self._watched)
        words = f"{crawl_words(sums)}; {running} under way"
        return Bar(_ALL, ended, self._sites, words, f"{ended} of {self._sites} sites, {words}")


def _bar(name: str, run: RunLog) -> Bar:
    stats = run.stats
    done, listed, words = handled(stats), stats.get("articles_listed", 0), crawl_words(_sums(run))
    return Bar(name, done, listed or None, words, f"{name}: {done} of {listed} articles asked for, {words}")


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
