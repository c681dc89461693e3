"""Renew the README's pictures from real output: `python docs/pictures.py` (needs Debian's chromium)."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

IMAGES = Path(__file__).parent / "images"
WIDTH = 100
# Rich's own template loads a font from the network; any monospace font with Cyrillic will do.
CODE_FORMAT = """<html><head><meta charset="utf-8"><style>
body {{ background: {background}; color: {foreground}; margin: 0; padding: 24px; width: max-content; }}
pre {{ font: 15px/1.3 "DejaVu Sans Mono", monospace; margin: 0; }} {stylesheet}
</style></head><body><pre>{code}</pre></body></html>"""


def main() -> None:
    """Run the demo, draw two parts of what it prints."""
    env = os.environ | {"FORCE_COLOR": "1", "COLUMNS": str(WIDTH), "COLORTERM": "truecolor"}
    done = subprocess.run([sys.executable, "-m", "newscrawl", "demo"], env=env, capture_output=True, check=True)
    parts = re.split(r"\n(?=\S*One article as|\S*What the marks mean|\S*Look further)", done.stdout.decode())
    draw(parts[0], IMAGES / "demo.png")
    draw(parts[1], IMAGES / "article.png")
    draw_notebook(IMAGES / "notebook-article.png")


def draw(ansi: str, path: Path) -> None:
    """Draw terminal output as a PNG."""
    console = Console(record=True, width=WIDTH, file=io.StringIO())
    console.print(Text.from_ansi(ansi.strip("\n")))
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        page.write_text(console.export_html(theme=MONOKAI, code_format=CODE_FORMAT), encoding="utf-8")
        height = 48 + round((ansi.strip("\n").count("\n") + 1) * 19.5)
        command = [
            "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
            "--disable-background-networking", f"--user-data-dir={folder}/profile", "--force-device-scale-factor=1.5",
            f"--window-size={48 + round(WIDTH * 9.05)},{height}", f"--screenshot={path}", page.as_uri(),
        ]  # fmt: skip
        subprocess.run(command, check=True, capture_output=True, timeout=120)


def draw_notebook(path: Path) -> None:
    """Draw how a notebook shows an article: the shortest of those that mention most kinds of things."""
    from playwright.sync_api import sync_playwright

    from newscrawl import notebook

    told = notebook.articles(site="sample", columns=["url", "article_body", "entities"])
    kinds = told["entities"].map(lambda found: len({one["type"] for one in found}))
    order = told.assign(kinds=kinds, length=told["article_body"].str.len()).sort_values(["kinds", "length"])
    url = order[order["kinds"] == order["kinds"].max()]["url"].iloc[0]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 860, "height": 600}, device_scale_factor=1.25)
        page.set_content(f"<!doctype html><meta charset=utf-8>{notebook.article(url)._repr_html_()}")
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        page.locator(".newscrawl").screenshot(path=path)
        browser.close()


if __name__ == "__main__":
    main()
