"""A process that crawls whenever it is told to: Python, Scrapy and the language models start once for many crawls.

Each crawl has a store, a database and site files of its own, as a command has. The fixture `crawl_host` runs it.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import traceback
from datetime import date
from pathlib import Path
from select import select
from typing import Any

from newscrawl.config import Config, load_config
from newscrawl.jobs.alerting import send_due_alerts
from newscrawl.jobs.crawl import crawled, exit_status
from newscrawl.resources import Resources
from newscrawl.sites import all_sites
from newscrawl.spiders.engine import CrawlEngine
from newscrawl.spiders.process import run_engine
from newscrawl.store import open_store

from .conftest import ROOT, command_environment

TIMEOUT = 240
"""Seconds for one crawl."""


class CrawlHost:
    """The process, seen from the tests."""

    def __init__(self, config: Config) -> None:
        """`config`: whose home the process uses; the database is its own until the first crawl names another."""
        self._environment = command_environment(config) | {"PYTHONPATH": str(ROOT)}
        self._told = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        self._read = 0
        self._process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-c", "from tests.crawl_host import main; main()"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._told, cwd=ROOT, env=self._environment,
        )  # fmt: skip

    def crawl(self, site: str, sites: Path, database: str, **options: Any) -> tuple[int, dict[str, Any]]:
        """Crawl a site whose file is in the folder `sites`; return what the command would: exit status and the run.

        `options` are `since` (a day in ISO's form), `limit` and `full`.
        """
        if self._process.poll() is not None:  # that was the failure of an earlier test
            self._process.communicate()
            self._process = self._start()
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        asked = {"site": site, "sites": str(sites), "database": database, "options": options}
        self._process.stdin.write(json.dumps(asked).encode() + b"\n")
        self._process.stdin.flush()
        if not select([self._process.stdout], [], [], TIMEOUT)[0]:
            self._process.kill()
            self._process.wait()
        answer = self._process.stdout.readline()
        told = os.pread(self._told.fileno(), 2**20, self._read)  # what it said over earlier crawls was for their tests
        self._read += len(told)
        assert b"Traceback" not in told, told.decode()
        assert answer, f"no answer within {TIMEOUT} s, or the process died: {told.decode()}"
        status, run, error = json.loads(answer)
        assert error is None, error
        return status, run

    def close(self) -> None:
        """End the process in order."""
        self._process.communicate(timeout=60)
        self._told.close()
        assert self._process.returncode == 0


async def _answer(engine: CrawlEngine, resources: Resources, config: Config, asked: dict[str, Any]) -> list[Any]:
    own = config.model_copy(update={"database": asked["database"]})
    options = asked["options"]
    if "since" in options:
        options["since"] = date.fromisoformat(options["since"])
    resources.store.close()
    resources.store = open_store(own)
    ended = await engine.submit(all_sites(Path(asked["sites"]))[asked["site"]], **options)
    result = await asyncio.to_thread(crawled, ended, resources, False)
    await asyncio.to_thread(send_due_alerts, resources.store, own)
    run = result.run.model_dump(mode="json") if result.run else None
    return [exit_status([result]), run, result.error.message if result.error else None]


def main() -> None:
    """Crawl as each line of the standard input says, and answer with a line each."""
    config = load_config()

    with Resources.open(config) as resources:

        async def serve(engine: CrawlEngine) -> None:
            while line := await asyncio.to_thread(sys.stdin.readline):
                try:
                    answer = await _answer(engine, resources, config, json.loads(line))
                except Exception:  # noqa: BLE001 - told to its own test, the others go on
                    answer = [1, None, traceback.format_exc()]
                sys.stdout.write(json.dumps(answer) + "\n")
                sys.stdout.flush()

        run_engine(resources, config, serve)
