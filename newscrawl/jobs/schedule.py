"""Crawl sites when they are due, for ever, in one process: a look at what is due every so often, one engine for all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from apscheduler.events import EVENT_JOB_ERROR
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from newscrawl.config import Config
from newscrawl.errors import ConfigError, UnavailableError
from newscrawl.jobs.crawl import Crawled, crawled, due_option
from newscrawl.jobs.timetable import Timetable
from newscrawl.resources import Resources
from newscrawl.sites import Site
from newscrawl.sites.load import read_sites

if TYPE_CHECKING:
    from newscrawl.spiders.engine import CrawlEngine, Ended

_LONGEST_WAIT = 60.0
"""Seconds between two looks while MongoDB does not answer, at most."""
_FIRST_HOLD = timedelta(minutes=1)
_LONGEST_HOLD = timedelta(hours=1)


@dataclass(frozen=True)
class Finished:
    """One crawl that the daemon has made."""

    result: Crawled
    seconds: float
    """How long it took, the wait for a place not counted where its run is known."""
    next_at: datetime | None
    """From when the site is due again; None when by itself never, or when the store cannot be asked."""


@dataclass(frozen=True)
class Watchers:
    """Whom the daemon tells what; each is called on the crawling thread and must return at once."""

    on_finished: Callable[[Finished], None]
    """Of each crawl that ended: where alerts are sent and metrics are counted."""
    say: Callable[[str], None]
    """Sentences for the log."""
    on_look: Callable[[int, int], None] = lambda due, under_way: None
    """Of each look: how many sites were begun, and how many crawls are under way."""
    on_kill: Callable[[], None] = lambda: None


def schedule(
    config: Config,
    resources: Resources,
    watchers: Watchers,
    *,
    names: Sequence[str] = (),
    every: float = 15.0,
    **options: Any,
) -> None:
    """Crawl what is due until SIGTERM or SIGINT; then the crawls under way end in order.

    Every `every` seconds the site files are read anew and what is due is begun, of the sites `names` or of all that
    have a source. `options` are the spider's. A MongoDB that goes away is waited for.
    """
    from newscrawl.spiders.process import run_engine

    async def main(engine: CrawlEngine) -> None:
        daemon = _Daemon(config, resources, engine, watchers, frozenset(names), options)
        clock = AsyncIOScheduler(timezone=UTC)
        clock.add_job(
            daemon.look, "interval", seconds=every, next_run_time=datetime.now(UTC),
            max_instances=1, coalesce=True, misfire_grace_time=None,
        )  # fmt: skip
        clock.add_listener(lambda event: watchers.say(f"a look failed: {event.exception!r}"), EVENT_JOB_ERROR)
        clock.start()
        await engine.stopping.wait()
        watchers.say(f"ending: {engine.under_way} crawls under way come to their end first")
        clock.shutdown(wait=False)
        await daemon.end()

    run_engine(resources, config, main, on_kill=watchers.on_kill)


class _Daemon:
    """What is under way, and what has been said. Lives on the reactor's thread; the store is asked in others."""

    def __init__(
        self,
        config: Config,
        resources: Resources,
        engine: CrawlEngine,
        watchers: Watchers,
        names: frozenset[str],
        options: dict[str, Any],
    ) -> None:
        self._config = config
        self._resources = resources
        self._engine = engine
        self._watchers = watchers
        self._names = names
        self._options = options
        self._timetable = Timetable(resources.store, config.schedule)
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._hold: dict[str, tuple[datetime, timedelta]] = {}
        """Sites whose crawl could not even begin: until when they are left alone, and how long that is."""
        self._broken: dict[str, str] = {}
        """What has been said of files that cannot be read."""
        self._wait = 1.0
        self._not_before = datetime.now(UTC)

    async def look(self) -> None:
        """Begin what is due and not under way."""
        if datetime.now(UTC) < self._not_before or self._engine.stopping.is_set():
            return
        try:
            sites, broken = await asyncio.to_thread(self._sites)
            self._tell_broken(broken)
            due = await asyncio.to_thread(self._timetable.look, sites)
        except ConfigError as error:
            self._tell_broken({"": error.message})
            return
        except UnavailableError:
            self._resources.store.connection.note_away()
            self._not_before = datetime.now(UTC) + timedelta(seconds=self._wait)
            self._wait = min(2 * self._wait, _LONGEST_WAIT)
            return
        self._wait = 1.0
        now = datetime.now(UTC)
        begun = [
            one.site
            for one in due
            if one.at <= now
            and one.site.name not in self._under_way
            and not (one.site.name in self._hold and now < self._hold[one.site.name][0])
        ]
        if self._engine.stopping.is_set():
            return
        for site in begun:
            task = asyncio.get_running_loop().create_task(self._crawl(site))
            self._under_way[site.name] = task
            task.add_done_callback(partial(self._ended, site.name))
        self._watchers.on_look(len(begun), self._engine.under_way)

    async def end(self) -> None:
        """Wait until every crawl has ended and has been told of."""
        await asyncio.gather(*self._under_way.values(), return_exceptions=True)

    def _sites(self) -> tuple[list[Site], dict[str, str]]:
        """Read the site files; return the sites to crawl, and by file what is wrong with those that are not read."""
        sites, broken = read_sites(self._config.own_sites)
        wanted = sites.values() if not self._names else [sites[name] for name in sorted(self._names & sites.keys())]
        crawlable = [site for site in wanted if site.is_crawlable]
        return crawlable, {str(error.file): error.message for error in broken}

    def _tell_broken(self, broken: dict[str, str]) -> None:
        for file, message in broken.items():
            if self._broken.get(file) != message:
                self._watchers.say(f"left out until it is mended: {message}")
        for file in self._broken.keys() - broken.keys():
            self._watchers.say(f"{file or 'the folder of site files'} can be read again")
        self._broken = broken

    async def _crawl(self, site: Site) -> None:
        begun = datetime.now(UTC)
        ended = await self._engine.submit(site, **self._options, **due_option(site, self._timetable.is_due))
        finished = await asyncio.to_thread(self._finished, ended, begun)
        self._hold_back(finished)
        if finished.result.skipped is None:
            self._watchers.on_finished(finished)

    def _ended(self, name: str, task: asyncio.Task[None]) -> None:
        self._under_way.pop(name, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._watchers.say(f"{name}: something that newscrawl did not expect: {type(error).__name__}: {error}")

    def _finished(self, ended: Ended, begun: datetime) -> Finished:
        result = crawled(ended, self._resources, if_due=True)
        run = result.run
        last = run.finished_at if run is not None else None
        took = last - run.started_at if run is not None and last is not None else datetime.now(UTC) - begun
        next_at = None
        if result.skipped is None and not isinstance(result.error, UnavailableError):
            try:
                next_at = self._timetable.next_of(ended.site)
            except UnavailableError:  # the next look waits for it
                next_at = None
        return Finished(result, took.total_seconds(), next_at)

    def _hold_back(self, finished: Finished) -> None:
        """Leave a site alone for a while whose crawl left no run, so that nothing tells when it is due."""
        name, result = finished.result.site.name, finished.result
        if result.run is not None or result.skipped is not None:
            self._hold.pop(name, None)
            return
        _, before = self._hold.get(name, (None, timedelta()))
        pause = min(max(2 * before, _FIRST_HOLD), _LONGEST_HOLD)
        self._hold[name] = (datetime.now(UTC) + pause, pause)
