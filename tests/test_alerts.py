"""Alerts: what is told when, to real receivers on loopback: SMTP, a webhook, the Telegram Bot API."""

from __future__ import annotations

import json
import logging
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from pydantic import SecretStr

from newscrawl.alerts import Message, channels, deliver, due, message
from newscrawl.alerts.channels import without_secrets
from newscrawl.config import Config, load_config
from newscrawl.errors import ConfigError
from newscrawl.jobs.alerting import send_due_alerts
from newscrawl.store import Store

from .conftest import ROOT, Run, write_site_file
from .monitor_tools import START, alarm, insert_runs, run

HOUR = timedelta(hours=1)


class Receiver:
    """A loopback web server that remembers what it was sent and answers `status`, after `delay` seconds."""

    def __init__(self) -> None:
        self.got: list[tuple[str, dict[str, Any]]] = []
        self.status = 200
        self.delay = 0.0
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                time.sleep(receiver.delay)
                receiver.got.append((self.path, json.loads(body)))
                answer = json.dumps({"ok": receiver.status == 200, "result": {}}).encode()
                self.send_response(receiver.status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.address = f"127.0.0.1:{self.server.server_port}"

    @property
    def bodies(self) -> list[str]:
        return [one["message"] for _, one in self.got]


@pytest.fixture
def webhook() -> Iterator[Receiver]:
    with _served() as receiver:
        yield receiver


@contextmanager
def _served() -> Iterator[Receiver]:
    receiver = Receiver()
    thread = threading.Thread(target=receiver.server.serve_forever, args=(0.02,))
    thread.start()
    yield receiver
    receiver.server.shutdown()
    receiver.server.server_close()
    thread.join()


@pytest.fixture
def own(config: Config, tmp_path: Any) -> Any:
    """The test's configuration with one site `loop` and the given channels."""
    write_site_file(tmp_path / "sites", "http://127.0.0.1:9")

    def make(*addresses: str, **further: Any) -> Config:
        changes = {"alerts": tuple(map(SecretStr, addresses)), "sites": tmp_path / "sites"} | further
        return config.model_copy(update=changes)

    return make


def raise_(store: Store, *alarms: Any, at: Any = START) -> None:
    store.alarms.note("loop", alarms, judged={"coverage", "listing"}, raised_at=at, now=at)


def test_addresses_come_from_the_environment_and_show_nowhere(cli: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSCRAWL_ALERTS", "tgram://123456789:verysecret/42/  json://u:hidden@127.0.0.1:1/x")
    config = load_config()
    assert [one.name for one in channels(config.alerts)] == ["tgram-1", "json-1"]
    shown = f"{config!r} {config} {channels(config.alerts)!r} {config.model_dump()!r}"
    assert "secret" not in shown
    assert "hidden" not in shown
    monkeypatch.setenv("NEWSCRAWL_ALERTS_REPEAT", "nonsense")
    with pytest.raises(ConfigError) as failed:
        load_config()
    assert "verysecret" not in f"{failed.value.message} {failed.value.__cause__}"


def test_addresses_come_from_the_file(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "newscrawl.toml").write_text('alerts = ["json://127.0.0.1:1/", "mailto://127.0.0.1"]\n', "utf-8")
    assert [one.name for one in channels(load_config().alerts)] == ["json-1", "mailto-1"]


def test_a_webhook_is_told_once_then_daily_then_of_the_end(store: Store, own: Any, webhook: Receiver) -> None:
    config = own(f"json://{webhook.address}/hook")
    raise_(store, alarm(), alarm("listing", "https://n.example/news/"))
    assert [one.error for one in send_due_alerts(store, config, START)] == [None]
    (path, sent) = webhook.got[0]
    assert path == "/hook"
    assert (sent["title"], sent["type"]) == ("newscrawl: alarms: 2 new", "warning")
    assert "loop: date_published: found in 0 of 14 articles, before in 98 % of 312" in sent["message"]
    assert "→ newscrawl site check n" in sent["message"]
    for hours in (1, 12, 23):
        raise_(store, alarm(), alarm("listing", "https://n.example/news/"), at=START + hours * HOUR)
        assert send_due_alerts(store, config, START + hours * HOUR) == []
    send_due_alerts(store, config, START + 24 * HOUR)
    assert webhook.got[1][1]["title"] == "newscrawl: alarms: 2 lasting"
    raise_(store, alarm(), at=START + 25 * HOUR)  # the list is well again
    for _ in range(2):
        send_due_alerts(store, config, START + 25 * HOUR)
    assert [(one[1]["title"], one[1]["type"]) for one in webhook.got[2:]] == [("newscrawl: alarm: 1 over", "success")]
    raise_(store, alarm(), alarm("listing", "https://n.example/news/"), at=START + 26 * HOUR)
    send_due_alerts(store, config, START + 26 * HOUR)
    assert webhook.got[3][1]["title"] == "newscrawl: alarm: 1 new"


def test_an_e_mail_arrives(store: Store, own: Any) -> None:
    got: list[bytes] = []

    class Mailbox:
        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 (aiosmtpd's)
            got.append(envelope.content)
            return "250 OK"

    receiver = Controller(Mailbox(), hostname="127.0.0.1", port=0)
    receiver.port = _free_port()
    receiver.start()
    try:
        address = f"mailto://127.0.0.1:{receiver.port}?mode=insecure&from=crawl@n.example&to=ops@n.example&format=text"
        raise_(store, alarm())
        assert [one.error for one in send_due_alerts(store, own(address), START)] == [None]
    finally:
        receiver.stop()
    mail = message_from_bytes(got[0], policy=policy.default)
    assert mail["To"] == "ops@n.example"
    assert mail["Subject"] == "newscrawl: alarm: 1 new"
    body = mail.get_body(("plain",))
    assert body is not None
    assert "found in 0 of 14 articles, before in 98 % of 312" in body.get_content()


def _free_port() -> int:
    import socket

    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def test_telegram_is_told(store: Store, own: Any, webhook: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    # Telegram's host is fixed in apprise; its plugin is pointed at a loopback server that speaks the Bot API.
    from apprise.plugins.telegram import NotifyTelegram

    monkeypatch.setattr(NotifyTelegram, "notify_url", f"http://{webhook.address}/bot")
    raise_(store, alarm())
    outcomes = send_due_alerts(store, own("tgram://123456789:abcdefg_hijklmnop/4242/"), START)
    assert [one.error for one in outcomes] == [None]
    path, sent = webhook.got[-1]
    assert path == "/bot123456789:abcdefg_hijklmnop/sendMessage"
    assert str(sent["chat_id"]) == "4242"
    assert "found in 0 of 14 articles" in sent["text"]


def test_a_channel_that_fails_is_logged_and_tried_again(
    store: Store, own: Any, webhook: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    with _served() as other:
        config = own(f"json://user:topsecret@{webhook.address}/hush/", f"json://{other.address}/")
        webhook.status = 503
        raise_(store, alarm())
        outcomes = send_due_alerts(store, config, START)
        assert [one.channel for one in outcomes if one.error] == ["json-1"]
        assert "json-1 failed and is tried again next time" in caplog.text
        assert "topsecret" not in caplog.text
        assert "hush" not in caplog.text
        webhook.status = 200
        send_due_alerts(store, config, START + HOUR)
        assert len(webhook.got) == 2
        assert len(other.got) == 1, "the channel that was told is not told again"


def test_a_channel_that_hangs_holds_nobody_up(webhook: Receiver) -> None:
    webhook.delay = 3
    with _served() as other:
        told = channels([SecretStr(f"json://{webhook.address}/"), SecretStr(f"json://{other.address}/")])
        begin = time.monotonic()
        outcomes = deliver([(one, Message("t", "b")) for one in told], timeout=1)
        assert time.monotonic() - begin < 2
        assert [one.error for one in outcomes] == ["it did not answer within 1 s", None]


def test_no_more_messages_an_hour_than_set_and_nothing_is_lost(store: Store, own: Any, webhook: Receiver) -> None:
    config = own(f"json://{webhook.address}/", alerts_an_hour=2)
    for minute in range(5):
        raised = [alarm(subject=f"field{number}") for number in range(minute + 1)]
        raise_(store, *raised, at=START + timedelta(minutes=minute))
        send_due_alerts(store, config, START + timedelta(minutes=minute))
    assert len(webhook.got) == 2
    send_due_alerts(store, config, START + timedelta(minutes=62))
    assert webhook.got[2][1]["title"] == "newscrawl: alarms: 3 new"


def test_two_processes_at_once_tell_once(store: Store, own: Any, webhook: Receiver) -> None:
    webhook.delay = 0.3
    config = own(f"json://{webhook.address}/")
    raise_(store, alarm())
    threads = [threading.Thread(target=send_due_alerts, args=(store, config, START)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(webhook.got) == 1
    assert store.alarms.claim_round("next") is not None, "the round was given back"
    assert store.alarms.claim_round("another") is None


def test_the_log_is_always_told_once(store: Store, own: Any, caplog: pytest.LogCaptureFixture) -> None:
    raise_(store, alarm())
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            assert send_due_alerts(store, own(), START) == []
    assert caplog.text.count("found in 0 of 14") == 1


def test_a_site_that_cannot_be_crawled_is_told_of_and_over_again(store: Store, own: Any, webhook: Receiver) -> None:
    config = own(f"json://{webhook.address}/")
    insert_runs(store, run(0, site="loop"), *(run(number, site="loop", status="unavailable") for number in (1, 2, 3)))
    send_due_alerts(store, config, START + 4 * HOUR)
    assert (
        "loop: runs: the last 3 failed (unavailable); the last one that succeeded ended 2026-03-02"
        in (webhook.bodies[0])
    )
    insert_runs(store, run(5, site="loop"))
    send_due_alerts(store, config, START + 6 * HOUR)
    assert webhook.got[1][1]["title"] == "newscrawl: alarm: 1 over"


def test_accepted_alarms_end_without_a_word(store: Store, own: Any, webhook: Receiver, cli: Run) -> None:
    config = own(f"json://{webhook.address}/")
    raise_(store, alarm(), alarm("listing", "x"))
    send_due_alerts(store, config, START)
    done = cli("alert", "accept", "loop", "--monitor", "coverage")
    assert (done.returncode, "date_published" in done.stdout) == (0, True)
    assert cli("alert", "accept", "loop", "--monitor", "coverage").returncode == 2
    assert send_due_alerts(store, config, START + HOUR) == []
    assert [one.monitor for one in store.alarms.lasting()] == ["listing"]


def test_a_message_is_bounded() -> None:
    from newscrawl.items import SiteAlarm

    many = [
        SiteAlarm(
            **(alarm(subject=f"field{number}", figures="x" * 900).model_dump()), id=str(number), site=f"s{number}",
            raised_at=START, seen_at=START, times=1, cleared_at=None, accepted_at=None, told={},
        )
        for number in range(200)
    ]  # fmt: skip
    told = message(due(many, "log", now=START, repeat=HOUR))
    assert told.title == "newscrawl: alarms: 200 new"
    assert len(told.body) < 4096
    assert told.body.splitlines()[-1].startswith("… and 1")


@pytest.mark.parametrize(
    ("said", "address"),
    [
        ("could not reach smtp.n.example as bob with p%40ssw0rd", "mailtos://bob:p%40ssw0rd@smtp.n.example"),
        ("bad reply from bot12345:abcdef", "tgram://12345:abcdef/99999/"),
        ("p@ssw0rd was refused", "mailtos://bob:p%40ssw0rd@smtp.n.example"),
        ("/services/T000/B000 gave 404", "jsons://n.example/services/T000/B000?token=hush"),
    ],
)
def test_secrets_are_taken_out_of_what_is_said(said: str, address: str) -> None:
    clean = without_secrets(said, address)
    for secret in ("ssw0rd", "abcdef", "T000", "hush"):
        assert secret not in clean


def test_alert_test_says_what_each_channel_did(cli: Run, webhook: Receiver) -> None:
    assert cli("alert", "test").returncode == 2
    addresses = f"json://{webhook.address}/ nonsense://secretword json://127.0.0.1:1/secretword"
    done = cli("alert", "test", env={"NEWSCRAWL_ALERTS": addresses})
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert lines[0] == "json-1: told"
    assert lines[1].startswith("nonsense-1: failed: apprise does not understand its address")
    assert lines[2].startswith("json-2: failed")
    assert "secretword" not in done.stdout + done.stderr
    assert webhook.got[0][1]["title"] == "newscrawl: a test"


def test_alert_send_is_for_cron(cli: Run, store: Store, own: Any, webhook: Receiver, tmp_path: Any) -> None:
    config = own()
    env = {"NEWSCRAWL_ALERTS": f"json://{webhook.address}/", "NEWSCRAWL_SITES": str(config.sites)}
    assert "Nothing to tell" in cli("alert", "send", env=env).stdout
    raise_(store, alarm())
    assert cli("alert", "send", env=env).stdout.strip() == "json-1: told"


def test_the_documented_channels_are_understood(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import apprise

    page = (ROOT / "docs" / "monitoring.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "newscrawl.toml").write_text(example, encoding="utf-8")
    config = load_config()
    assert [one.name for one in channels(config.alerts)] == ["mailtos-1", "jsons-1", "tgram-1"]
    for one in config.alerts:
        assert apprise.Apprise().add(one.get_secret_value()), one
