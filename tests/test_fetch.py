"""One page from the network: deadlines, redirects and robots, against servers that misbehave."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme

from newscrawl import fetch
from newscrawl.demo import serve
from newscrawl.demo.city import Answer
from newscrawl.errors import ConfigError, UnavailableError
from newscrawl.sites import load_site
from tests.loop_hosts import LoopHost, page


@contextmanager
def dripping(head: bytes) -> Iterator[str]:
    """Serve `head`, then a byte every tenth of a second for ever; yields the origin."""
    stop = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.1)

    def drip(connection: socket.socket) -> None:
        with connection:
            try:
                connection.sendall(head)
                while not stop.wait(0.1):
                    connection.sendall(b"x")
            except OSError:
                return

    def accept() -> None:
        while not stop.is_set():
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            threading.Thread(target=drip, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        stop.set()
        thread.join()
        listener.close()


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n"], ids=["headers", "body"])
def test_a_server_that_drips_bytes_is_given_up(monkeypatch: pytest.MonkeyPatch, head: bytes) -> None:
    monkeypatch.setattr(fetch, "_DEADLINE", 1.0)
    with dripping(head) as origin:
        began = time.monotonic()
        with pytest.raises(UnavailableError, match="no whole answer within 1 s"):
            fetch.fetch_page(f"{origin}/news/", "newscrawl-test")
        assert time.monotonic() - began < 20


class Door:
    """A site that answers every page in one way."""

    def __init__(self, answer: Answer, robots: Answer | None = None) -> None:
        self._answer = answer
        self._robots = robots or Answer(404, "text/plain", b"")

    def answer(self, path: str, query: str = "") -> Answer:
        return self._robots if path == "/robots.txt" else self._answer


@pytest.mark.parametrize(
    ("status", "told", "advice"),
    [
        (429, "3600", "The server asks to come back in 3600 s."),
        (503, "Fri, 27 Nov 2026 12:00:00 GMT", "The server asks to come back after Fri, 27 Nov 2026 12:00:00 GMT."),
        (404, "3600", ""),
    ],
)
def test_when_to_come_back_is_told(status: int, told: str, advice: str) -> None:
    door = Door(Answer(status, "text/html", b"", (("Retry-After", told),)))
    with serve(door) as server, pytest.raises(UnavailableError, match=str(status)) as caught:
        fetch.fetch_page(f"{server.origin}/news/", "newscrawl-test")
    assert caught.value.advice == advice


def test_a_robots_txt_that_fails_forbids_for_now() -> None:
    with serve(Door(Answer(200, "text/html", b"<p>x"), Answer(500, "text/plain", b""))) as server:
        with pytest.raises(UnavailableError, match="nothing may be fetched") as caught:
            fetch.fetch_page(f"{server.origin}/news/", "newscrawl-test")
        assert server.count("/news/") == 0
    assert caught.value.advice == "Try again later."


def test_every_request_is_told_of_before_it_is_made() -> None:
    asked: list[str] = []
    with serve(Door(Answer(200, "text/html", b"<p>x"))) as server:
        client = fetch.Client("newscrawl-test", named=server.origin)
        client.before = lambda url: asked.append(url.removeprefix(server.origin))
        client.fetch(f"{server.origin}/news/")
        client.fetch(f"{server.origin}/docs/")
    assert asked == ["/robots.txt", "/news/", "/docs/"]


def test_a_forbidden_page_is_no_request() -> None:
    rules = Answer(200, "text/plain", b"User-agent: *\nDisallow: /admin/")
    with serve(Door(Answer(200, "text/html", b"<p>x"), rules)) as server:
        with pytest.raises(ConfigError, match=r"robots\.txt of the site forbids"):
            fetch.fetch_page(f"{server.origin}/admin/", "newscrawl-test")
        assert server.count("/admin/") == 0


# --- private networks


def names(monkeypatch: pytest.MonkeyPatch, meanings: dict[str, list[str]]) -> list[str]:
    """Have the system's resolver give each name its addresses, one a look-up; return the look-ups."""
    usual, asked = socket.getaddrinfo, []

    def lookup(host: str, *arguments: Any, **more: Any) -> Any:
        asked.append(host)
        left = meanings.get(host, [host])
        return usual(left.pop(0) if len(left) > 1 else left[0], *arguments, **more)

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    return asked


def test_a_redirect_into_a_private_network_is_not_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(Door(Answer(200, "text/html", b"<p>secret"))) as inside:
        port = inside.origin.rpartition(":")[2]
        asked = names(monkeypatch, {"typed.test": ["127.0.0.1"], "inside.test": ["127.0.0.1"]})
        for target in (
            f"http://inside.test:{port}/",
            f"http://127.0.0.1:{port}/",
            f"http://[::ffff:127.0.0.1]:{port}/",
        ):
            before = len(inside.requests)
            with serve(Door(Answer(302, "text/html", b"", (("Location", target),)))) as outside:
                typed = f"http://typed.test:{outside.origin.rpartition(':')[2]}/"
                with pytest.raises(UnavailableError, match="an address inside a private network"):
                    fetch.fetch_page(typed, "newscrawl-test")
                assert outside.count("/") == 1  # what a person named is asked, wherever it is
            assert len(inside.requests) == before
    assert "inside.test" in asked


def test_a_name_is_looked_up_once_for_each_connection_and_judged_by_that(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second meaning, private, is not reached by way of a first one that was public."""
    from newscrawl import network

    with serve(Door(Answer(200, "text/html", b"<p>secret"))) as inside:
        port = int(inside.origin.rpartition(":")[2])
        asked = names(monkeypatch, {"rebinding.test": ["127.0.0.1"]})
        with pytest.raises(network.PrivateAddressError):
            network.connect(("rebinding.test", port), 1.0, None, may_be_private=lambda _: False)
        assert asked == ["rebinding.test"]
        connection = network.connect(("rebinding.test", port), 1.0, None, may_be_private=lambda host: host in asked)
        assert connection.getpeername() == ("127.0.0.1", port)
        connection.close()
        assert asked == ["rebinding.test", "rebinding.test"]


def test_a_site_on_a_private_network_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with serve(Door(Answer(200, "text/html", b"<p>x"))) as server:
        names(monkeypatch, {"www.town.test": ["127.0.0.1"]})
        url = f"http://www.town.test:{server.origin.rpartition(':')[2]}/"
        head = f'title = "Г."\nurl = "{url.replace("www.", "")}"\nverified = false\n'
        path = tmp_path / "town.toml"
        path.write_text(head, encoding="utf-8")
        with pytest.raises(UnavailableError, match="private_network = true"):
            fetch.Client("newscrawl-test", load_site(path)).fetch(url)
        path.write_text(head + "private_network = true\n", encoding="utf-8")
        assert fetch.Client("newscrawl-test", load_site(path)).fetch(url).body == b"<p>x"


def test_the_certificate_is_still_that_of_the_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The connection goes to the address that was judged; TLS asks for, and believes, the name alone."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("good.test").configure_cert(context)
    told: list[str | None] = []
    context.sni_callback = lambda _, name, __: told.append(name)
    names(monkeypatch, {"good.test": ["127.0.0.1"], "bad.test": ["127.0.0.1"]})
    with LoopHost({"/": page("<p>x"), "/robots.txt": page(status=404)}).serving(context) as host:
        for name in ("good", "bad"):
            head = f'title = "Г."\nurl = "https://{name}.test:{host.port}/"\nverified = false\nca_bundle = "ca.pem"\n'
            (tmp_path / f"{name}.toml").write_text(head + "private_network = true\n", encoding="utf-8")
        good = load_site(tmp_path / "good.toml")
        assert fetch.Client("newscrawl-test", good).fetch(good.url).body == b"<p>x"
        bad = load_site(tmp_path / "bad.toml")
        with pytest.raises(UnavailableError, match="made out to another name"):
            fetch.Client("newscrawl-test", bad).fetch(bad.url)
    assert set(told) == {"good.test", "bad.test"}


def test_rules_past_500_kib_of_robots_txt_are_not_read() -> None:
    rules = b"User-agent: *\nDisallow: /admin/\n" + b"#" * 600_000 + b"\nDisallow: /news/\n"
    with serve(Door(Answer(200, "text/html", b"<p>x"), Answer(200, "text/plain", rules))) as server:
        assert fetch.fetch_page(f"{server.origin}/news/", "newscrawl-test").body == b"<p>x"
        with pytest.raises(ConfigError, match=r"robots\.txt"):
            fetch.fetch_page(f"{server.origin}/admin/", "newscrawl-test")
