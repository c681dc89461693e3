"""A password goes through every door, and none shows it."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from newscrawl import secrecy
from newscrawl.config import load_config
from newscrawl.errors import StoreUnavailableError
from newscrawl.secrecy import has_credentials, redact
from newscrawl.store import Store
from tests.conftest import Run

PASSWORD = "tr0ub4dor-Zpq"
DEAD = f"mongodb://crawler:{PASSWORD}@127.0.0.1:9,127.0.0.1:10/?authSource=admin&replicaSet=rs"


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("at mongodb://u:geheim@db.example/x?y=1 it is", "at mongodb://***@db.example/x?y=1 it is"),
        ("mongodb+srv://u:geheim@db.example/", "mongodb+srv://***@db.example/"),
        ("mongodb://u:ge:he@im@db.example/", "mongodb://***@db.example/"),
        ("https://hook:geheim@n.example/a", "https://***@n.example/a"),
        ("https://n.example/?access_token=geheim&b=1", "https://n.example/?access_token=***&b=1"),
        ("tlsCertificateKeyFilePassword=geheim&x=1", "tlsCertificateKeyFilePassword=***&x=1"),
        ("https://api.telegram.org/bot12345:AAgeheim-x/sendMessage", "https://api.telegram.org/bot***/sendMessage"),
        ("http://n.example/@page and mail@n.example", "http://n.example/@page and mail@n.example"),
        ("https://n.example/news/?a=1#x@y", "https://n.example/news/?a=1#x@y"),
    ],
)
def test_what_looks_like_a_secret_goes(text: str, hidden: str) -> None:
    assert redact(text) == hidden
    assert redact(hidden) == hidden


def test_what_was_named_as_a_secret_goes_word_for_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrecy, "_secrets", set())
    secrecy.conceal("hook/T0K3N", None, "", "abc")
    secrecy.conceal_address("mongodb://u:pa%21ss%40word/with@slash@db.example/")
    secrecy.conceal_address("mongodb://newscrawl:newscrawl@db.example/")
    told = redact("hook/T0K3N abc pa!ss@word/with@slash pa%21ss%40word slash newscrawl")
    assert told == "*** abc *** *** *** newscrawl"


@pytest.mark.parametrize(
    ("url", "has"),
    [("http://u@n.example/", True), ("http://n.example/a@b", False), ("http://[u:p@", True), ("u:p@n", False)],
)
def test_credentials_in_an_address(url: str, has: bool) -> None:
    assert has_credentials(url) is has


@pytest.mark.parametrize(
    "command",
    [
        ("doctor",),
        ("status",),
        ("runs", "--json"),
        ("crawl", "ryazan"),
        ("reprocess",),
        ("show", "https://admrzn.ru/news/1/"),
        ("entity", "search", "Сорокина"),
        ("site", "check"),
        ("db", "shell-uri"),
        ("db", "status"),
    ],
)
def test_no_door_shows_the_password(cli: Run, command: tuple[str, ...]) -> None:
    done = cli("--debug", *command, env={"NEWSCRAWL_MONGO_URI": DEAD, "NEWSCRAWL_PATIENCE": "0"})
    assert done.returncode in {2, 3}
    assert done.stdout + done.stderr
    assert PASSWORD not in done.stdout + done.stderr


@pytest.mark.parametrize(
    "uri",
    [
        f"mongodb://crawler:{PASSWORD}/x@127.0.0.1/",
        f"mongodb://crawler:x/{PASSWORD}@127.0.0.1/",
        f"mongodb://crawler:x@{PASSWORD}@127.0.0.1/",
        f"mongodb://crawler:x:{PASSWORD}@127.0.0.1:port/",
        f"mongodb://crawler:{PASSWORD}@127.0.0.1/?tls=perhaps",
        f"mongodb://crawler:{PASSWORD}@[127.0.0.1/",
        f"postgres://crawler:{PASSWORD}@127.0.0.1/",
        f"crawler:{PASSWORD}@127.0.0.1",
    ],
)
@pytest.mark.parametrize("by", ["option", "environment"])
def test_an_address_that_is_none_is_not_repeated(cli: Run, uri: str, by: str) -> None:
    if by == "option":
        done = cli("--debug", "--mongo-uri", uri, "runs")
    else:
        done = cli("--debug", "runs", env={"NEWSCRAWL_MONGO_URI": uri})
    assert done.returncode == 2
    assert "NEWSCRAWL_MONGO_URI is not usable" in done.stderr
    assert PASSWORD not in done.stdout + done.stderr


@pytest.mark.parametrize("command", [("extract",), ("site", "add")])
def test_a_page_address_with_a_password_is_refused(cli: Run, command: tuple[str, ...]) -> None:
    done = cli(*command, f"http://user:{PASSWORD}@127.0.0.1:9/news/")
    assert done.returncode == 2
    assert "a user or a password" in done.stderr
    assert PASSWORD not in done.stdout + done.stderr


def test_neither_records_nor_logs_keep_it(
    store: Store, caplog: pytest.LogCaptureFixture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "newscrawl.toml").write_text(f'mongo_uri = "{DEAD}"\n', encoding="utf-8")
    config = load_config()
    assert config.mongo_uri == DEAD
    assert PASSWORD not in repr(config) + str(config)
    run = store.start_run("crawl", None)
    run.warn(f"{DEAD} is away; http://user:abc@n.example/ too, and {PASSWORD}")
    run.finish("done")
    found = store.find_run(run.id)
    assert found is not None
    assert found.warnings == (
        "mongodb://***@127.0.0.1:9,127.0.0.1:10/?authSource=admin&replicaSet=rs is away;"
        " http://***@n.example/ too, and ***",
    )
    try:
        raise StoreUnavailableError(f"{DEAD} is away") from ValueError(PASSWORD)
    except StoreUnavailableError:
        logging.getLogger("newscrawl.test").exception("so: %s", DEAD)
        logging.getLogger("elsewhere").warning("and %r", {"uri": DEAD})
    assert "Traceback" in caplog.text
    assert "is away" in caplog.text
    assert PASSWORD not in caplog.text
