"""Commands are loaded when they are given: none waits for what another needs."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from newscrawl.cli import app
from newscrawl.cli.commands import PLACES, load

HEAVY = set(
    "altair apprise apscheduler bs4 distributed extruct fastapi feedparser lxml numpy pandas playwright polars pyarrow "
    "pymongo requests scrapy slovnet twisted urllib3 uvicorn warcio".split()
)
"""Libraries that take long to load, each for some commands only."""
LOADED = f"""
import sys
from newscrawl.cli import run
status = run(sys.argv[1:])
print(*sorted({HEAVY} & set(sys.modules)), file=sys.stderr)
sys.exit(status)
"""


@pytest.mark.parametrize("name", PLACES)
def test_the_summary_is_the_commands_own(name: str) -> None:
    command = load(name)
    assert command.name == name
    assert inspect.cleandoc(command.help).split("\n\n")[0].replace("\n", " ") == PLACES[name].summary


def test_help_names_every_command() -> None:
    told = CliRunner().invoke(app, ["--help"], terminal_width=200)
    assert told.exit_code == 0
    for name, place in PLACES.items():
        words = " ".join(told.output.replace("│", " ").split())
        assert f" {name} {place.summary} " in words


@pytest.mark.parametrize("name", ["site", "crawl"])
def test_the_help_of_a_command_is_whole(name: str) -> None:
    told = CliRunner().invoke(app, [name, "-h"], terminal_width=200)
    assert told.exit_code == 0
    assert PLACES[name].summary in told.output
    assert "--install-completion" not in told.output
    assert ("check" if name == "site" else "--since") in told.output


def test_a_command_that_is_not_is_told_with_the_next_best() -> None:
    told = CliRunner().invoke(app, ["crwal"])
    assert told.exit_code == 2
    assert "Did you mean 'crawl'?" in told.output


STORE = {"apscheduler", "lxml", "numpy", "pymongo", "requests", "urllib3"}
"""What the settings, site files and MongoDB's driver bring along."""
PAGES = {"apscheduler", "bs4", "feedparser", "lxml"}
"""And what reads a page."""


@pytest.mark.parametrize(
    ("command", "needed"),
    [
        ([], set()),
        (["extract"], PAGES),
        (["normalise"], PAGES),
        (["db"], STORE),
        (["runs"], STORE),
        (["show"], STORE),
        (["status"], STORE),
        (["crawl"], STORE),
        (["reprocess"], STORE | PAGES),
    ],
)
def test_a_command_loads_what_it_needs(command: list[str], needed: set[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *command, "--help"], capture_output=True, check=False, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
    assert "--help" in done.stdout
    assert set(done.stderr.split()) <= needed
