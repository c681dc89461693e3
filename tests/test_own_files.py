"""What newscrawl keeps is its owner's, and what a page says is never a path."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from newscrawl.config import Config
from newscrawl.store import Store
from newscrawl.store.embedded import EmbeddedServer
from tests.conftest import Run
from tests.loop_hosts import city, page, write_site

_STRANGER = """
import os, socket, sys
os.setgid(65534); os.setuid(65534)
path, *folders = sys.argv[1:]
tries = [lambda: socket.socket(socket.AF_UNIX).connect(path), *(lambda one=one: os.listdir(one) for one in folders)]
for what in tries:
    try:
        what()
    except PermissionError:
        print("refused")
    else:
        print("let in")
"""


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can become another user")
def test_another_user_reaches_neither_the_socket_nor_the_data(home: Path) -> None:
    server = EmbeddedServer(home)
    uri = server.connect()
    socket_path = uri.removeprefix("mongodb://").partition("/?")[0].replace("%2F", "/").rstrip("/")
    assert Path(socket_path).is_socket()
    mode = home.stat().st_mode
    home.chmod(0o755)  # only what newscrawl makes itself is to protect
    try:
        folders = [str(home / "mongodb"), str(home / "mongodb" / "data")]
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-c", _STRANGER, socket_path, *folders],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
    finally:
        home.chmod(mode)
        server.close()
    assert done.stdout.split() == ["refused", "refused", "refused"]


def test_names_of_attachments_are_words_not_paths(newscrawl: Run, config: Config, store: Store, tmp_path: Path) -> None:
    names = [
        "../../../../etc/passwd.pdf",
        "..%2f..%2fetc%2fcron.d%2fx.doc",
        "/etc/shadow.pdf",
        "a%00b.pdf",
        "C:\\\\x.docx",
    ]
    links = "".join(f'<p><a href="{name}" download="../../{name}">Постановление ../../{name}</a></p>' for name in names)
    text = "<p>Глава города подписала постановление о порядке уборки снега на улицах города зимой.</p>"
    article = page(f"<h1>Постановление</h1><div class=text>{text}{links}</div>")
    before = set(tmp_path.rglob("*"))
    with city(range(1, 2), {"/news/1/": article}).serving() as host:
        write_site(tmp_path / "sites", "town", host.origin)
        done = newscrawl("crawl", "town", env={"NEWSCRAWL_SITES": str(tmp_path / "sites")})
    assert done.returncode == 0, done.stdout + done.stderr
    (stored,) = store.find_articles(site="town")
    assert len(stored.attachments) >= 4
    assert any("passwd" in one.url for one in stored.attachments)
    assert set(host.asked) == {"/robots.txt", "/news/", "/news/1/"}  # no file was asked for
    assert {path.name for path in set(tmp_path.rglob("*")) - before} == {"sites", "town.toml"}
    assert {path.name for path in config.home.iterdir()} == {"mongodb"}
