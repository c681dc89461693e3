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


if __name__ == "__main__":
    main()
