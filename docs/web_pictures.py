"""Renew the pictures of the web pages from real ones: `python docs/web_pictures.py` (needs Debian's chromium).

A database of its own is filled with a crawl of the sample city, served, looked at, and dropped.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from playwright.sync_api import Browser, sync_playwright

from newscrawl.config import load_config
from newscrawl.store import open_store

IMAGES = Path(__file__).parent / "images"
DATABASE = "newscrawl_pictures"
WIDTH, HEIGHT, PHONE = 1440, 1000, 390


class Shot(NamedTuple):
    """A page and how it is looked at: the left half by day, the right half at night, a phone beside."""

    name: str
    address: str
    scrolled: int = 0
    """Pixels down the page."""


def main() -> None:
    """Crawl, serve, and look."""
    env = os.environ | {"NEWSCRAWL_DATABASE": DATABASE}
    subprocess.run([sys.executable, "-m", "newscrawl", "demo"], env=env, capture_output=True, check=True)
    try:
        shots = choose()
        with subprocess.Popen(
            [sys.executable, "-m", "newscrawl", "serve", "--port", "0"], env=env, stdout=subprocess.PIPE, text=True
        ) as server:
            try:
                assert server.stdout is not None
                found = re.search(r"http://\S+", server.stdout.readline())
                assert found is not None, "the server did not start"
                look(found[0].rstrip("/"), shots)
            finally:
                server.terminate()
    finally:
        with open_store(load_config(database=DATABASE)) as store:
            store.connection.client.drop_database(DATABASE)


def choose() -> list[Shot]:
    """Return the pages that show most."""
    with open_store(load_config(database=DATABASE)) as store:
        person = store.top_entities("PER", limit=1)[0][0]
        entity = next(one for one in store.registry.search(person) if one.normal == person)
        dated = (one for one in store.find_articles(site="sample") if one.attachments and one.authors)
        article = max(dated, key=lambda one: len({mark.type for mark in one.entities}) * 3 + min(len(one.dates), 4))
    return [
        Shot("web-search", "/?text=" + quote("ремонт дороги -тепло")),
        Shot("web-article", "/article?url=" + quote(article.url, safe="")),
        Shot("web-entity", "/entity/" + quote(entity.id, safe="")),
        Shot("web-dashboard", "/sites"),
    ]


def look(origin: str, shots: list[Shot]) -> None:
    """Write a picture a page: by day and at night side by side, and on a phone."""
    chromium = shutil.which("chromium")
    assert chromium is not None, "no chromium on PATH"
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        is_root = hasattr(os, "geteuid") and os.geteuid() == 0
        browser = playwright.chromium.launch(executable_path=chromium, chromium_sandbox=not is_root)
        for shot in shots:
            parts = [
                take(browser, origin, shot, Path(folder) / f"{scheme}-{width}.png", scheme, width)
                for scheme, width in (("light", WIDTH), ("dark", WIDTH), ("dark", PHONE))
            ]
            join(browser, parts, IMAGES / f"{shot.name}.png")
        browser.close()


def take(browser: Browser, origin: str, shot: Shot, path: Path, scheme: str, width: int) -> Path:
    """Write what a window shows."""
    page = browser.new_page(
        viewport={"width": width, "height": HEIGHT}, color_scheme="dark" if scheme == "dark" else "light", locale="ru"
    )
    page.goto(origin + shot.address)
    page.mouse.wheel(0, shot.scrolled)
    page.screenshot(path=path)
    page.close()
    return path


def join(browser: Browser, parts: list[Path], path: Path) -> None:
    """Write one picture of three: the windows stand side by side at half their size."""
    pictures = "".join(f'<img src="{part.name}" height="{HEIGHT // 2}">' for part in parts)
    sheet = parts[0].with_name("sheet.html")
    style = "body{margin:0;padding:16px;background:#8a8f94;display:flex;gap:16px}img{border-radius:6px;display:block}"
    sheet.write_text(f"<!doctype html><style>{style}</style>{pictures}", encoding="utf-8")
    width = 16 * 4 + (2 * WIDTH + PHONE) // 2
    page = browser.new_page(viewport={"width": width, "height": HEIGHT // 2 + 32}, device_scale_factor=1.25)
    page.goto(sheet.as_uri())
    page.wait_for_function("[...document.images].every(one => one.complete)")
    page.screenshot(path=path)
    page.close()


if __name__ == "__main__":
    main()
