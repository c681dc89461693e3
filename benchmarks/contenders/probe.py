"""A Scrapy extension that measures the crawl it is in; every contender carries it. Writes one JSON file at the end.

Settings come from the environment: BENCH_REPORT (the file to write), BENCH_MONGOD (process id of mongod, if any).
All times are seconds of `time.monotonic`, which on one machine is one clock for all processes.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.http import Response

INTERVAL = 0.005
"""Seconds that the watch sleeps; how much later it wakes is how long the reactor was busy with something else."""


class Probe:
    """Counts pages and items, watches how long the reactor is held up, adds up the CPU of the process tree."""

    def __init__(self, crawler: Crawler) -> None:
        self._late: list[tuple[float, float]] = []
        self._pages = self._articles = self._items = 0
        self._first: float | None = None
        self._last = 0.0
        self._cpu_first = self._cpu_last = (0.0, 0.0)
        self._watch: asyncio.Task[None] | None = None
        for handler, signal in (
            (self._opened, signals.spider_opened),
            (self._received, signals.response_received),
            (self._scraped, signals.item_scraped),
            (self._idle, signals.spider_idle),
            (self._stopped, signals.engine_stopped),
        ):
            crawler.signals.connect(handler, signal=signal)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Probe:
        return cls(crawler)

    async def _look(self) -> None:
        """Note how late each wake-up was, and how much of that the reactor's own thread was computing."""
        clock, busy = time.perf_counter, time.thread_time
        while True:
            due, computed = clock() + INTERVAL, busy()
            await asyncio.sleep(INTERVAL)
            self._late.append((clock() - due, busy() - computed))

    def _opened(self) -> None:
        self._watch = asyncio.get_running_loop().create_task(self._look())

    def _received(self, response: Response) -> None:
        self._last = time.monotonic()
        if self._first is None:
            self._first = self._last
            self._cpu_first = _cpu()
        path = urlsplit(response.url).path
        self._pages += path != "/robots.txt"
        self._articles += path.startswith("/novosti/2")

    def _scraped(self, item: Any) -> None:
        self._last = time.monotonic()
        self._items += 1

    def _idle(self) -> None:
        """Take the CPU at the end of the crawl, before workers and pipelines close; the last idle moment counts."""
        self._cpu_last = _cpu()

    def _stopped(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
        report = {
            "pages": self._pages,
            "articles": self._articles,
            "items": self._items,
            "first_response": self._first,
            "last": self._last,
            "cpu": self._cpu_last[0] - self._cpu_first[0],
            "cpu_mongod": self._cpu_last[1] - self._cpu_first[1],
            "longest_stall": max((wait for wait, _ in self._late), default=0.0),
            "longest_busy": max((min(wait, busy) for wait, busy in self._late), default=0.0),
            "p99_stall": _p99([wait for wait, _ in self._late]),
        }
        Path(os.environ["BENCH_REPORT"]).write_text(json.dumps(report))


def _cpu() -> tuple[float, float]:
    """Return the CPU seconds so far of this process tree and of mongod."""
    me = psutil.Process()
    own = me.cpu_times()
    total = own.user + own.system + own.children_user + own.children_system
    for child in me.children(recursive=True):
        times = child.cpu_times()
        total += times.user + times.system + times.children_user + times.children_system
    mongod = os.environ.get("BENCH_MONGOD")
    if not mongod:
        return total, 0.0
    served = psutil.Process(int(mongod)).cpu_times()
    return total, served.user + served.system


def _p99(late: list[float]) -> float:
    """Return what 99 of 100 callbacks wait less than, had one come due every INTERVAL.

    A stall of a second swallows 200 such moments and is measured once; the swallowed ones are put back, each waiting
    INTERVAL less than the one before (the correction for coordinated omission of HdrHistogram, Gil Tene 2013).
    """
    waits = [wait - step * INTERVAL for wait in late for step in range(1 + int(max(wait, 0.0) / INTERVAL))]
    waits.sort()
    return waits[int(len(waits) * 0.99)] if waits else 0.0
