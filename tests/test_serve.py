"""`newscrawl serve` as a process: what it says, what it refuses, how it ends, a MongoDB that goes and comes back."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from newscrawl.config import Config, load_config
from newscrawl.store import Store, open_store
from tests.conftest import Run, command_environment
from tests.own_mongods import Mongod, free_port, mongods

TOKEN = "correct-horse-battery-staple"


class Serving:
    """A running `newscrawl serve`."""

    def __init__(self, process: subprocess.Popen[str], url: str) -> None:
        self.process = process
        self.url = url

    def get(self, path: str, **headers: str) -> tuple[int, Any, dict[str, str]]:
        """Return status, body (JSON read) and headers."""
        try:
            with urlopen(Request(self.url + path, headers=headers), timeout=60) as answer:
                status, body, told = answer.status, answer.read(), answer.headers
        except HTTPError as error:
            with error:
                status, body, told = error.code, error.read(), error.headers
        is_json = "json" in told.get("content-type", "")
        return status, json.loads(body) if is_json else body.decode(), {name.lower(): one for name, one in told.items()}

    def end(self, how: int = signal.SIGTERM) -> tuple[int, str]:
        """Tell it to end; return its exit status and all that it has said."""
        self.process.send_signal(how)
        said, _ = self.process.communicate(timeout=30)
        return self.process.returncode, said


@contextmanager
def serving(config: Config, *options: str, **environment: str) -> Iterator[Serving]:
    process = subprocess.Popen(
        [sys.executable, "-m", "newscrawl", *options[:1], "serve", "--port", "0", *options[1:]],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=command_environment(config) | environment,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.fullmatch(r"newscrawl serves (http://\S+)/ \(.*\)\n", line)
        assert found, line + process.stdout.read()
        yield Serving(process, found[1])
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def until(ask: Any, wanted: int, seconds: float = 60) -> Any:
    """Ask until the status is the one that is wanted; return that answer."""
    end = time.monotonic() + seconds
    while True:
        answer = ask()
        if answer[0] == wanted:
            return answer
        assert time.monotonic() < end, answer
        time.sleep(0.2)


def test_it_serves_and_ends_in_order(config: Config, store: Store) -> None:
    with serving(config, "--debug") as server:
        status, page, headers = server.get("/")
        assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert "newscrawl" in page
        assert server.get("/api/articles")[1] == {"items": [], "next": None}
        assert server.get("/", Host="evil.example")[0] == 421
        code, said = server.end(signal.SIGINT)
    assert code == 0, said
    assert said.endswith("ended in order\n")
    assert "GET /api/articles" in said


def test_a_token_for_whoever_is_not_on_this_machine(config: Config, store: Store) -> None:
    with serving(config, "--debug", "--host", "0.0.0.0", NEWSCRAWL_TOKEN=TOKEN) as server:
        assert server.get("/api/articles")[0] == 401
        assert server.get("/api/articles", Authorization=f"Bearer {TOKEN}", Host="news.example")[0] == 200
        status, page, _ = server.get("/")
        assert (status, 'name="token"' in page) == (200, True)  # the form, by way of a redirect
        code, said = server.end()
    assert code == 0
    assert TOKEN not in said


def test_everybody_is_let_in_only_by_name(cli: Run, config: Config, store: Store) -> None:
    refused = cli("serve", "--host", "0.0.0.0", "--port", "0")
    assert refused.returncode == 2
    assert "without a token" in refused.stderr
    assert "--no-token" in refused.stderr
    with serving(config, "--debug", "--host", "0.0.0.0", "--no-token", NEWSCRAWL_TOKEN=TOKEN) as server:
        assert server.get("/api/articles")[0] == 200
        assert server.get("/api/articles", Host="evil.example")[0] == 421


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--token", "short"), "--token: expected 16 to 200"),
        (("--token", "пароль из русских букв"), "--token: expected 16 to 200"),
        (("--token", TOKEN, "--no-token"), "exclude each other"),
        (("--cors", "app.example"), "expected an origin"),
        (("--cors", "https://app.example/path"), "expected an origin"),
        (("--allow-host", "https://news.example"), "expected a name"),
        (("--allow-host", "news.example:443"), "expected a name"),
        (("--allow-host", ""), "expected a name"),
        (("--host", "no.such.host.invalid"), "is no address or name of this machine"),
        (("--host", "203.0.113.7"), "is no address of this machine"),
        (("--allow-host", "//evil.example"), "expected a name"),
        (("--host", "127.0.0.1/8"), "is no address or name of this machine"),
        (("--port", "70000"), "65535"),
    ],
)
def test_what_it_refuses(cli: Run, options: tuple[str, ...], told: str) -> None:
    done = cli("serve", "--port", "0", *options)
    assert done.returncode == 2
    assert told in done.stderr
    assert TOKEN not in done.stderr
    assert "Traceback" not in done.stderr


def test_a_weak_token_from_outside_is_refused(cli: Run) -> None:
    done = cli("serve", "--port", "0", env={"NEWSCRAWL_TOKEN": "letmein"})
    assert done.returncode == 2
    assert "NEWSCRAWL_TOKEN" in done.stderr
    assert "letmein" not in done.stderr


def test_a_port_that_is_taken(cli: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = cli("serve", "--port", port)
    assert done.returncode == 2
    assert f"port {port} of 127.0.0.1 is taken" in done.stderr
    assert "--port" in done.stderr


def test_without_its_extra_only_this_command_is_missing() -> None:
    missing = "fastapi", "uvicorn", "jinja2", "starlette"
    code = (
        f"import sys; sys.modules |= dict.fromkeys({missing}); from newscrawl.cli import run; sys.exit(run(['serve']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("newscrawl: fastapi and uvicorn and jinja2 are not installed\n")
    assert "pip install 'newscrawl[web]'" in done.stderr


def test_a_database_of_another_version_is_not_touched(cli: Run, store: Store) -> None:
    store.database["meta"].update_one({"_id": "schema"}, {"$set": {"version": 1}})
    done = cli("serve", "--port", "0")
    assert done.returncode == 2
    assert "schema version 1" in done.stderr
    assert store.database["meta"].find_one({"_id": "schema"})["version"] == 1  # type: ignore[index]


def test_no_database_at_the_start(cli: Run) -> None:
    done = cli("serve", "--port", "0", env={"NEWSCRAWL_MONGO_URI": f"mongodb://127.0.0.1:{free_port()}/"})
    assert done.returncode == 3
    assert "does not answer" in done.stderr


@pytest.fixture(scope="module")
def mongod() -> Iterator[Mongod]:
    with mongods(1) as (server,):
        server.client().close()
        yield server


@pytest.fixture
def away(mongod: Mongod) -> Iterator[tuple[Mongod, Config]]:
    """A MongoDB of the test's own, and a configuration that names it."""
    config = load_config(mongo_uri=f"mongodb://{mongod.netloc}/", workers=1)
    with open_store(config):
        yield mongod, config


def test_a_database_that_goes_away_and_comes_back(away: tuple[Mongod, Config]) -> None:
    mongod, config = away
    with serving(config, "--debug", NEWSCRAWL_MONGO_URI=config.mongo_uri or "") as server:
        assert server.get("/api/articles")[0] == 200
        mongod.kill()
        status, told, headers = server.get("/api/articles")
        assert (status, headers["retry-after"]) == (503, "5")
        assert "does not answer" in told["detail"]
        status, _, headers = server.get("/")
        assert (status, headers["retry-after"], headers["content-type"]) == (503, "5", "text/html; charset=utf-8")
        assert server.get("/api")[0] == 200
        mongod.start()
        mongod.client().close()
        assert until(lambda: server.get("/api/articles"), 200)[1]["items"] == []
        assert until(lambda: server.get("/"), 200)[0] == 200
        code, said = server.end()
    assert code == 0
    assert "Traceback" not in said


def test_a_database_that_hangs_holds_nobody_for_ever(away: tuple[Mongod, Config]) -> None:
    mongod, config = away
    assert mongod.process is not None
    with serving(config, "--debug", NEWSCRAWL_MONGO_URI=config.mongo_uri or "") as server:
        assert server.get("/api/articles")[0] == 200
        os.kill(mongod.process.pid, signal.SIGSTOP)
        try:
            status, told, _ = server.get("/api/articles")
            assert (status, told["status"]) == (503, 503)
        finally:
            os.kill(mongod.process.pid, signal.SIGCONT)
        assert until(lambda: server.get("/api/articles"), 200)[0] == 200
        code, said = server.end()
    assert code == 0
    assert "Traceback" not in said
