"""The soak's processes: the sites' server, `newscrawl schedule`, and what both and mongod take while they run."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

SAMPLING = 5.0
"""Seconds between two looks at the processes."""
STOPPING = 120.0
"""Seconds in which the daemon must end when it is told to."""
_SITE = """\
title = "Soak {number}"
url = "http://{host}:{port}/"
delay = {delay}
schedule = "{schedule}"
verified = false
[article]
path = '/news/\\d+'
[[sources]]
type = "listing"
url = "http://{host}:{port}/news/"
item = ".list li"
headline = "a"
date = "time"
pagination = {{ parameter = "PAGEN_1" }}
[[layouts]]
name = "plain"
headline = "#content h1"
date_published = "#content .date"
article_body = "#content .text"
"""


def name_of(number: int) -> str:
    """Return the name of a site in newscrawl."""
    return f"soak{number:03}"


def write_site_files(folder: Path, described: Sequence[dict[str, object]], delay: float, schedule: str) -> list[str]:
    """Write a site file for each; return their names."""
    folder.mkdir()
    for one in described:
        text = _SITE.format(**one, delay=delay, schedule=schedule)
        (folder / f"{name_of(int(str(one['number'])))}.toml").write_text(text, encoding="utf-8")
    return [name_of(int(str(one["number"]))) for one in described]


class Served:
    """The server of all sites, a child process."""

    def __init__(self, count: int, folder: Path) -> None:
        self._report = folder / "asked.json"
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("soak_server.py")), str(count), str(self._report)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            sys.exit("the sites could not be served")
        self.described: list[dict[str, object]] = json.loads(line)
        self.pid = self._process.pid

    def report(self) -> list[dict[str, object]]:
        """End the server; return what was asked of each site and what it published."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        if self._process.wait(60) != 0:
            sys.exit("the server of the sites broke")
        found: list[dict[str, object]] = json.loads(self._report.read_text(encoding="utf-8"))
        return found

    def close(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()


@dataclass
class Sample:
    """What the processes take at one moment. Bytes, and seconds since the daemon began."""

    at: float
    crawler: int
    workers: int
    mongod: int
    files: int
    """Open files and sockets of the crawling process."""
    threads: int
    cpu: float
    """Seconds that the crawling process has computed so far."""
    load: float
    """Load average of the last minute."""


@dataclass
class Daemon:
    """`newscrawl schedule` and what was seen of it."""

    process: subprocess.Popen[bytes]
    began: float
    """Seconds since the epoch."""
    samples: list[Sample] = field(default_factory=list)
    status: int | None = None
    """Its exit status."""
    died: bool = False
    """Whether it ended before it was told to."""
    stopping: float = 0.0
    """Seconds from SIGTERM to its end."""
    ended: float = 0.0
    """When SIGTERM was sent, seconds since the epoch."""

    def watch(self, seconds: float, mongod: int) -> None:
        """Sample the processes for so long, or until the daemon dies."""
        while (left := self.began + seconds - time.time()) > 0 and self.process.poll() is None:
            self._sample(mongod)
            time.sleep(min(SAMPLING, max(0.0, left)))

    def end(self) -> None:
        """Tell the daemon to end and wait for that."""
        self.ended = time.time()
        self.died = self.process.poll() is not None
        if not self.died:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.status = self.process.wait(STOPPING)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.stopping = time.time() - self.ended

    def _sample(self, mongod: int) -> None:
        try:
            main = psutil.Process(self.process.pid)
            workers = sum(one.memory_info().rss for one in main.children(recursive=True))
            times = main.cpu_times()
            self.samples.append(
                Sample(
                    at=time.time() - self.began, crawler=main.memory_info().rss, workers=workers,
                    mongod=psutil.Process(mongod).memory_info().rss, files=main.num_fds(), threads=main.num_threads(),
                    cpu=times.user + times.system, load=os.getloadavg()[0],
                )
            )  # fmt: skip
        except psutil.NoSuchProcess:  # one ended between two looks: this sample says nothing
            return


def environment(home: Path) -> dict[str, str]:
    """Return the environment of newscrawl's commands: no setting but those of the soak."""
    outer = {name: value for name, value in os.environ.items() if not name.startswith("NEWSCRAWL_")}
    return outer | {"NEWSCRAWL_HOME": str(home), "NEWSCRAWL_SITES": str(home / "soaked"), "COLUMNS": "120"}


@contextmanager
def daemon(home: Path, names: Sequence[str], every: float) -> Iterator[Daemon]:
    """Run `newscrawl schedule` over the sites; its lines go to `daemon.log`, its errors to `daemon.err` in `home`."""
    with (home / "daemon.log").open("wb") as log, (home / "daemon.err").open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "newscrawl", "schedule", "--every", f"{every:g}", *names],
            env=environment(home), cwd=home, stdout=log, stderr=errors,
        )  # fmt: skip
        try:
            yield Daemon(process, time.time())
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()


def status_seconds(home: Path) -> tuple[float, str]:
    """Return how long `newscrawl status` takes, the start of the program included, and what it prints."""
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "newscrawl", "status"], env=environment(home), cwd=home, capture_output=True, check=False
    )
    return time.monotonic() - began, done.stdout.decode() + done.stderr.decode()


def stop_on_signal() -> None:
    """Have SIGTERM end this process as Ctrl-C does, so that every process it started is ended."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
