"""The reactor of this process, in which crawls run. It starts once a process, so call `run_engine` once."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from scrapy.crawler import AsyncCrawlerProcess
from scrapy.settings import Settings

from newscrawl.config import Config
from newscrawl.resources import Resources
from newscrawl.spiders.city_news import CityNewsSpider
from newscrawl.spiders.engine import CrawlEngine

Result = TypeVar("Result")

_STORE_THREADS = 32
"""Threads for what waits for MongoDB: more than come together as a rule, so that the end of one run, which takes
seconds, holds up no page of another."""
_LOOKUPS = 4
"""Threads for names of hosts, a site: two requests under way, and two that gave up on a lookup that still hangs."""


def run_engine(
    resources: Resources,
    config: Config,
    main: Callable[[CrawlEngine], Coroutine[Any, Any, Result]],
    *,
    on_start: Callable[[CityNewsSpider], None] | None = None,
    on_kill: Callable[[], None] | None = None,
) -> Result:
    """Run `main` in the reactor, with an engine that crawls; return its result, or raise what it raised.

    SIGINT (Ctrl-C) and SIGTERM set `engine.stopping`: crawls end in order, what was fetched being stored, and `main`
    should come to its end. A second signal ends the process at once, after `on_kill`; what is not stored yet the next
    crawl fetches again.
    """
    process = AsyncCrawlerProcess(_settings(config))

    async def live() -> Result:
        engine = CrawlEngine(process, resources, config, on_start)
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(_STORE_THREADS, thread_name_prefix="store"))
        handled = _handle_signals(loop, engine, on_kill)
        # What is imported by now stays: a full garbage collection over it would stall the reactor for 150 ms.
        gc.collect()
        gc.freeze()
        try:
            return await main(engine)
        finally:
            await engine.stop()
            for one in handled:
                loop.remove_signal_handler(one)

    task = asyncio.get_event_loop().create_task(live())  # the loop is there, but does not run yet
    task.add_done_callback(_stop_reactor)
    try:
        process.start(stop_after_crawl=False, install_signal_handlers=False)
    finally:
        _end_threads()
    return task.result()


def _end_threads() -> None:
    """End the reactor's threads where an interrupt broke it off and it did not itself: they would keep the process."""
    from twisted.internet import reactor

    twisted: Any = reactor
    if twisted.threadpool is not None:
        twisted.threadpool.stop()


def _stop_reactor(_: object) -> None:
    from twisted.internet import reactor  # once the process has installed the asyncio one

    twisted: Any = reactor
    twisted.callLater(0, twisted.stop)


def _handle_signals(
    loop: asyncio.AbstractEventLoop, engine: CrawlEngine, on_kill: Callable[[], None] | None
) -> list[signal.Signals]:
    """Have SIGINT and SIGTERM end things in order the first time and at once the second; return what is handled."""
    if threading.current_thread() is not threading.main_thread():
        return []
    stops: list[asyncio.Task[None]] = []

    def end(number: signal.Signals) -> None:
        if stops:
            if on_kill is not None:
                on_kill()
            os._exit(128 + number)
        stops.append(loop.create_task(engine.stop()))

    handled = [signal.SIGINT, signal.SIGTERM]
    for one in handled:
        loop.add_signal_handler(one, end, one)
    return handled


def _settings(config: Config) -> Settings:
    settings = Settings()
    settings.setmodule("newscrawl.settings", priority="project")
    # The door that calls this shows progress and logs in its own way.
    settings.set("LOG_ENABLED", False, priority="cmdline")
    settings.set("LOG_INSTALL_ROOT_HANDLER", False, priority="cmdline")
    settings.set("REACTOR_THREADPOOL_MAXSIZE", max(20, _LOOKUPS * config.concurrent_sites), priority="project")
    return settings
