"""What the tests share: one real mongod, a store with a database of its own, the sample city served on loopback."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from newscrawl import secrecy
from newscrawl.cli import door
from newscrawl.cli import run as run_command
from newscrawl.config import Config, load_config
from newscrawl.demo import SampleCity, Server, serve
from newscrawl.store import Store, open_store
from newscrawl.store.embedded import EmbeddedServer

if TYPE_CHECKING:
    from tests.crawl_host import CrawlHost

ROOT = Path(__file__).parent.parent
FIXTURES = ROOT / "fixtures"
_ROOM = 4 * 2**30
"""Bytes that must be free in memory before the tests' databases are put there."""


@pytest.fixture(autouse=True, scope="session")
def _no_settings_from_outside() -> Iterator[None]:
    """Run with no NEWSCRAWL_… setting but those that a test makes."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("NEWSCRAWL_") and name != "NEWSCRAWL_MONGOD"]:
            patch.delenv(name)
        yield


@pytest.fixture(autouse=True)
def _own_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one test conceals in this process the others may tell."""
    monkeypatch.setattr(secrecy, "_secrets", set())


def _quick_folder() -> Path | None:
    """Return a folder in memory with room for a database, if there is one; None stands for the usual place."""
    memory = Path("/dev/shm")
    return memory if os.access(memory, os.W_OK) and shutil.disk_usage(memory).free >= _ROOM else None


@pytest.fixture(scope="session")
def home() -> Iterator[Path]:
    """A home whose embedded server runs for the whole session."""
    # In memory: each database of a test begins with some 60 files, and a disk takes a second to make them last.
    # Short: a Unix socket's path must fit into 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="nc-", dir=_quick_folder()))
    server = EmbeddedServer(folder)
    server.connect()
    yield folder
    server.close()
    EmbeddedServer(folder).stop(force=True)
    shutil.rmtree(folder)


@pytest.fixture
def config(home: Path) -> Config:
    """A configuration with the session's server and a fresh database."""
    return load_config(home=home, database=f"t{uuid.uuid4().hex[:12]}", workers=1, patience=20)


@pytest.fixture
def store(config: Config) -> Iterator[Store]:
    """A store over a fresh database, dropped afterwards."""
    with open_store(config) as opened:
        yield opened
        opened.connection.client.drop_database(config.database)


@pytest.fixture(scope="session")
def sample_config(home: Path) -> Iterator[Config]:
    """A configuration whose database holds news of the sample city. Made once: tests read it and nothing more."""
    from tests.web_tools import fill  # loads the language models

    config = load_config(home=home, database=f"t{uuid.uuid4().hex[:12]}", workers=1, patience=20)
    with open_store(config) as opened:
        fill(opened)
        yield config
        opened.connection.client.drop_database(config.database)


@pytest.fixture(scope="session")
def sample_store(sample_config: Config) -> Iterator[Store]:
    """A store over the sample city's news, opened as `newscrawl serve` does."""
    with open_store(sample_config.model_copy(update={"patience": 2.0}), read_only=True) as opened:
        yield opened


@pytest.fixture(scope="session")
def city() -> SampleCity:
    """The sample city."""
    return SampleCity()


@pytest.fixture
def city_server(city: SampleCity) -> Iterator[Server]:
    """The sample city, served on loopback."""
    with serve(city) as server:
        yield server


@pytest.fixture(scope="session")
def crawl_host(home: Path) -> Iterator[CrawlHost]:
    """A process with Scrapy and the models loaded that crawls for many tests; a command has to load them each time."""
    from tests.crawl_host import CrawlHost

    host = CrawlHost(load_config(home=home, database=f"t{uuid.uuid4().hex[:12]}"))
    yield host
    host.close()


Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def newscrawl(config: Config, tmp_path: Path) -> Run:
    """The command line in a process of its own, with the test's database; `env` adds to its environment."""

    def run(
        *arguments: str, env: dict[str, str] | None = None, stdin: str | bytes | None = None, timeout: float = 240
    ) -> subprocess.CompletedProcess[str]:
        given = stdin.encode() if isinstance(stdin, str) else stdin
        done = subprocess.run(
            [sys.executable, "-m", "newscrawl", *arguments],
            input=given if given is not None else b"",
            capture_output=True,
            timeout=timeout,
            check=False,
            cwd=tmp_path,
            env=command_environment(config) | (env or {}),
        )
        return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())

    return run


@pytest.fixture
def cli(config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """The command line in this process: for what neither crawls nor waits, a start of Python spared."""
    for name, value in command_environment(config).items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)

    def call(
        *arguments: str, env: dict[str, str] | None = None, stdin: str | bytes = b""
    ) -> subprocess.CompletedProcess[str]:
        given = stdin.encode() if isinstance(stdin, str) else stdin
        with monkeypatch.context() as patch:
            for name, value in (env or {}).items():
                patch.setenv(name, value)
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))
            for console in (door.out, door.errors):  # they took their width when they were first loaded
                patch.setattr(console, "width", int(os.environ["COLUMNS"]))
            status = run_command(list(arguments))
        told = capfd.readouterr()
        return subprocess.CompletedProcess(arguments, status, told.out, told.err)

    return call


def command_environment(config: Config) -> dict[str, str]:
    """Return the environment of a command that works on the test's database."""
    return os.environ | {
        "NEWSCRAWL_HOME": str(config.home),
        "NEWSCRAWL_DATABASE": config.database,
        "NEWSCRAWL_WORKERS": "1",
        "COLUMNS": "160",
        "PYTHONPATH": "",
    }


def write_site_file(folder: Path, origin: str, *changes: tuple[str, str]) -> Path:
    """Write a file of the site `loop`: the sample city fetched from `origin` without a delay, with `changes` made."""
    text = (ROOT / "newscrawl" / "sites" / "sample.toml").read_text(encoding="utf-8")
    text = text.replace('url = "http://svetlorechensk.example/novosti/"', f'url = "{origin}/novosti/"')
    hosts = f'delay = 0.0\nhosts = ["{origin.removeprefix("http://")}"]\nverified = false'
    text = text.replace("verified = false", hosts)
    for was, becomes in changes:
        assert was in text
        text = text.replace(was, becomes)
    folder.mkdir(exist_ok=True)
    path = folder / "loop.toml"
    path.write_text(text, encoding="utf-8")
    return path
