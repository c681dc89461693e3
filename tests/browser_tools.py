"""A real Chromium before a real `newscrawl serve`: what tests of the web pages in a browser share."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

from newscrawl.config import Config, load_config
from newscrawl.store import open_store

from . import web_articles, web_tools
from .conftest import command_environment
from .monitor_tools import alarm

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
_LINE = re.compile(r"newscrawl serves (http://\S+?)/? ")
SERIOUS = frozenset({"serious", "critical"})


@pytest.fixture(scope="module")
def filled(home: Path) -> Iterator[Config]:
    """A database with news of the sample city, and articles that are revised, reprinted, undated, gone and hostile."""
    config = load_config(home=home, database=f"t{uuid.uuid4().hex[:12]}", workers=1)
    with open_store(config) as store:
        web_tools.fill(store, articles=16)
        web_articles.fill_special(store)
        store.alarms.note(
            "sample", [alarm()], judged={"coverage"}, raised_at=web_articles.FETCHED_AT, now=web_articles.FETCHED_AT
        )
        yield config
        store.connection.client.drop_database(config.database)


@pytest.fixture(scope="module")
def origin(filled: Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a `newscrawl serve` over it."""
    folder = tmp_path_factory.mktemp("serve")
    log = folder / "log"
    with (
        log.open("w") as errors,
        subprocess.Popen(
            [sys.executable, "-m", "newscrawl", "serve", "--port", "0"],
            stdout=subprocess.PIPE, stderr=errors, cwd=folder, env=command_environment(filled), text=True,
        ) as process,
    ):  # fmt: skip
        assert process.stdout is not None
        line = process.stdout.readline()
        told = _LINE.match(line)
        try:
            assert told, line + log.read_text(encoding="utf-8")
            yield told[1]
        finally:
            process.terminate()
            process.wait(30)
    assert "Traceback" not in log.read_text(encoding="utf-8"), log.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The browser. Without one these tests would show nothing: they fail, none is skipped."""
    assert CHROMIUM is not None, "no Chromium on PATH"
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--disable-gpu"], chromium_sandbox=not is_root
        )
        yield browser
        browser.close()


@dataclass
class Watched:
    """A window, and all that happened in it that should not."""

    page: Page
    origin: str
    dialogs: list[str] = field(default_factory=list)
    strays: list[str] = field(default_factory=list)
    """Requests to anywhere but the server."""
    errors: list[str] = field(default_factory=list)
    """What the console has against pages; a 404 is none, nor that a stored original was refused something."""
    popups: list[str] = field(default_factory=list)

    def go(self, address: str) -> Page:
        """Open an address of the server, its status must be 200."""
        answer = self.page.goto(self.origin + address)
        assert answer is not None
        assert answer.status == 200, (address, answer.status)
        return self.page

    def check(self) -> None:
        """Fail if anything happened."""
        told = [*self.dialogs, *self.strays, *self.errors, *self.popups]
        assert not told, "\n".join(told)


@contextmanager
def window(
    browser: Browser, origin: str, *, width: int = 1440, height: int = 900, language: str = "ru", **further: Any
) -> Iterator[Watched]:
    """A window of its own, without cookies of others."""
    context: BrowserContext = browser.new_context(
        viewport={"width": width, "height": height}, locale=language, reduced_motion="reduce", **further
    )
    context.set_default_timeout(15_000)
    page = context.new_page()
    watched = Watched(page, origin)

    def note(request: Request) -> None:
        if not request.url.startswith(f"{origin}/"):
            watched.strays.append(request.url)

    def complain(line: ConsoleMessage) -> None:
        address = line.location["url"].removeprefix(origin)
        is_refused = address.startswith("/pages/") and "Content Security Policy" in line.text
        is_status = "the server responded with a status of 40" in line.text and not address.startswith("/static/")
        if line.type in {"error", "warning"} and not is_refused and not is_status:
            watched.errors.append(f"{line.text} ({address})")

    context.on("request", note)
    context.on("dialog", lambda dialog: (watched.dialogs.append(dialog.message), dialog.dismiss()))
    context.on("page", lambda opened: watched.popups.append(opened.url) if opened is not page else None)
    context.on("console", complain)
    context.on("weberror", lambda error: watched.errors.append(str(error.error)))
    try:
        yield watched
    finally:
        context.close()


def axe_violations(page: Page) -> list[str]:
    """Return what axe-core finds serious or critical on a page, the size of what is tapped on included."""
    options = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
    found = Axe().run(page, options=options).response["violations"]
    return [
        f"{one['id']}: {node['target']} {node['failureSummary']}"
        for one in found
        if one["impact"] in SERIOUS
        for node in one["nodes"][:3]
    ]
