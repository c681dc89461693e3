"""One page from the network: deadlines, redirects and robots, against servers that misbehave."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from newscrawl import fetch
from newscrawl.demo import serve
from newscrawl.demo.city import Answer
from newscrawl.errors import ConfigError, UnavailableError


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
