"""Loopback hosts that misbehave at will, site files for them, and names that mean what a test wants."""

from __future__ import annotations

import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

ARTICLE = (
    "<!doctype html><title>{0}</title><h1>Новость {0}</h1><div class=text><p>В городе открыли мост номер {0}.</p>"
    "<p>На открытии 12 марта 2026 года выступила глава города Елена Сорокина.</p></div>"
)
Answer = tuple[int, dict[str, str], bytes] | Callable[["Asked"], None]
"""(status, headers, body), or what writes the answer, if any, by itself."""


def page(body: str = "", status: int = 200, **headers: str) -> Answer:
    """Return an answer in HTML; `Retry_After` is the header Retry-After."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return status, {"Content-Type": "text/html; charset=utf-8"} | named, body.encode()


def sent_to(url: str) -> Answer:
    """Return a redirect."""
    return page(status=302, Location=url)


def hang(asked: Asked) -> None:
    """Answer nothing for as long as the test may take."""
    asked.gone.wait(60)


def drip(asked: Asked) -> None:
    """Begin an answer and send a byte now and then, for ever."""
    asked.handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 100000\r\n\r\n")
    while not asked.gone.wait(0.3):
        asked.handler.wfile.write(b"x")
        asked.handler.wfile.flush()


class Asked:
    """One request as its answer sees it."""

    def __init__(self, handler: BaseHTTPRequestHandler, gone: threading.Event) -> None:
        self.handler = handler
        self.gone = gone


class LoopHost:
    """Answers by path: one answer, or a list whose last goes on for ever. Notes what was asked for, and when."""

    def __init__(self, answers: Mapping[str, Answer | list[Answer]]) -> None:
        self.answers = {path: one if isinstance(one, list) else [one] for path, one in answers.items()}
        self.asked: list[str] = []
        self.times: list[float] = []
        self._gone = threading.Event()
        host = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                host._answer(self)

            def log_message(self, format: str, *args: Any) -> None:
                """Stay quiet."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False
            request_queue_size = 50

            def handle_error(self, request: Any, client_address: Any) -> None:
                """Stay quiet: a client that has waited long enough hangs up."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port
        self.netloc = f"127.0.0.1:{self.port}"
        self.origin = f"http://{self.netloc}"

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        self.asked.append(handler.path)
        self.times.append(time.monotonic())
        left = self.answers.get(handler.path, [page(status=404)])
        answer = left.pop(0) if len(left) > 1 else left[0]
        if callable(answer):
            answer(Asked(handler, self._gone))
            handler.close_connection = True
            return
        status, headers, body = answer
        handler.send_response(status)
        for name, value in (headers | {"Content-Length": str(len(body))}).items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    @contextmanager
    def serving(self, tls: ssl.SSLContext | None = None) -> Iterator[LoopHost]:
        """Serve while the context lasts."""
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._gone.set()
            self._server.shutdown()
            thread.join()
            self._server.server_close()


def city(numbers: range, changes: Mapping[str, Answer | list[Answer]] | None = None) -> LoopHost:
    """Return a host with a list of articles /news/N/ and the articles, but for `changes`."""
    links = "".join(f"<div class=item><a href=/news/{n}/>Новость {n}</a></div>" for n in numbers)
    answers: dict[str, Answer | list[Answer]] = {"/news/": page(f"<h1>Новости</h1>{links}")}
    answers |= {f"/news/{n}/": page(ARTICLE.format(n)) for n in numbers}
    return LoopHost(answers | dict(changes or {}))


def write_site(folder: Path, name: str, origin: str, *lines: str) -> None:
    """Write the file of a site whose list is `origin`/news/."""
    folder.mkdir(exist_ok=True)
    head = "\n".join([f'title = "{name}"', f'url = "{origin}/"', "delay = 0.5", "verified = false", *lines])
    if "127.0.0.1" in origin:
        head = head.replace("delay = 0.5", "delay = 0.0")
    rest = f"""
[article]
path = '/news/\\d+/'

[[sources]]
type = "listing"
url = "{origin}/news/"
item = ".item"

[[layouts]]
name = "only"
headline = "h1"
article_body = ".text"
"""
    (folder / f"{name}.toml").write_text(head + rest, encoding="utf-8")


_CUSTOMIZE = """
import json, os, socket
_names = json.loads(os.environ["FAKE_NAMES"])
_usual, _usual_info = socket.gethostbyname, socket.getaddrinfo
def _answer(name):
    left = _names[name]
    answer = left.pop(0) if len(left) > 1 else left[0]
    if answer is None:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
    return answer
def gethostbyname(name):
    return _answer(name) if name in _names else _usual(name)
def getaddrinfo(host, *args, **kwargs):
    host = host.decode() if isinstance(host, bytes) else host
    return _usual_info(_answer(host) if host in _names else host, *args, **kwargs)
socket.gethostbyname, socket.getaddrinfo = gethostbyname, getaddrinfo
"""


def fake_names(folder: Path, names: Mapping[str, list[str | None]]) -> dict[str, str]:
    """Return the environment in which the system's resolver answers so; None is a failure, the last one lasts."""
    folder.mkdir(exist_ok=True)
    (folder / "sitecustomize.py").write_text(_CUSTOMIZE, encoding="utf-8")
    return {"PYTHONPATH": str(folder), "FAKE_NAMES": json.dumps(names)}
