"""Serve a sample city on loopback: HTTP/1.1 with keep-alive, in a thread, with a log and faults to order."""

from __future__ import annotations

import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol
from urllib.parse import urlsplit

from newscrawl.demo.city import Answer
from newscrawl.sites.hosts import is_loopback


class City(Protocol):
    """Anything that answers requests, such as a SampleCity."""

    def answer(self, path: str, query: str = "") -> Answer:
        """Answer a request for `path` with the raw `query`."""
        ...


@dataclass(frozen=True)
class Request:
    """One request that was answered (or, with status 0, cut off)."""

    method: str
    path: str
    """Path and query as asked."""
    status: int
    time: float
    """When it came, in seconds of `time.monotonic`."""
    user_agent: str


@dataclass(frozen=True)
class Fault:
    """What to do to a request instead of, or beside, answering it. Left to itself it changes nothing."""

    status: int | None = None
    """Answer with this status and a short text."""
    body: bytes | None = None
    """Answer with these bytes."""
    headers: dict[str, str] = field(default_factory=dict)
    """Further headers; they win over the usual ones."""
    delay: float = 0.0
    """Wait so many seconds first."""
    disconnect: bool = False
    """Close the connection after half of the body."""
    times: int | None = None
    """Only for the first so many requests of its path; null for all."""


class Server:
    """A running server: its address, its log, its faults. Made by `serve`."""

    def __init__(self, city: City, host: str, port: int) -> None:
        self.city = city
        self.faults: dict[str, Fault] = {}
        """Faults by path, or by path with query, which wins; may be changed while the server runs."""
        self.delay = 0.0
        """Seconds to wait before every answer."""
        self._log: list[Request] = []
        self._used: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._http = _Http((host, port), _handler(self))
        shown = f"[{host}]" if ":" in host else host
        self.origin = f"http://{shown}:{self._http.server_port}"
        """Scheme, host and port: `http://127.0.0.1:40123`."""

    @property
    def requests(self) -> tuple[Request, ...]:
        """Every request so far, in the order of their answers."""
        with self._lock:
            return tuple(self._log)

    def count(self, path: str | None = None) -> int:
        """Return how many requests there were, of one path (with its query, if any) or in all."""
        return sum(path is None or request.path == path for request in self.requests)

    def clear(self) -> None:
        """Forget the requests so far, and how often faults were used."""
        with self._lock:
            self._log.clear()
            self._used.clear()

    def fault_for(self, target: str) -> Fault:
        """Return the fault that the next request of `target` meets, and count it as used."""
        with self._lock:
            for key in (target, urlsplit(target).path):
                fault = self.faults.get(key)
                if fault is not None and (fault.times is None or self._used[key] < fault.times):
                    self._used[key] += 1
                    return fault
        return Fault()

    def note(self, request: Request) -> None:
        """Add a request to the log."""
        with self._lock:
            self._log.append(request)

    def start(self) -> Callable[[], None]:
        """Answer requests in a thread; returns what stops it."""
        thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True, name="sample-city"
        )
        thread.start()

        def stop() -> None:
            self._http.shutdown()
            thread.join()
            self._http.server_close()

        return stop


@contextmanager
def serve(city: City, *, host: str = "127.0.0.1", port: int = 0) -> Iterator[Server]:
    """Serve `city` on loopback until the block ends; port 0 takes a free one. Raises ValueError for any other host."""
    if not is_loopback(f"[{host}]" if ":" in host else host):
        raise ValueError(f"the sample city is served on loopback alone, not on {host!r}: use 127.0.0.1")
    server = Server(city, host, port)
    stop = server.start()
    try:
        yield server
    finally:
        stop()


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # a crawler's idle keep-alive connections must not hold up the end
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        if ":" in address[0]:
            self.address_family = socket.AF_INET6
        super().__init__(address, handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay quiet: a client that goes away is no news here."""


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 1 << 17  # head and body leave in one write
        disable_nagle_algorithm = True
        timeout = 60

        def do_GET(self) -> None:
            self._serve(with_body=True)

        def do_HEAD(self) -> None:
            self._serve(with_body=False)

        def _serve(self, *, with_body: bool) -> None:
            arrived = time.monotonic()
            parts = urlsplit(self.path)
            fault = server.fault_for(self.path)
            if server.delay + fault.delay:
                time.sleep(server.delay + fault.delay)
            answer = _unless_known(_apply(fault, server.city, parts.path, parts.query), self.headers)
            agent = self.headers.get("User-Agent", "")
            status = 0 if fault.disconnect else answer.status
            server.note(Request(self.command, self.path, status, arrived, agent))
            self.send_response(answer.status)
            headers = {"Content-Type": answer.content_type, "Content-Length": str(len(answer.body))}
            if answer.status == 304:
                headers = {}
            for name, value in {**headers, **dict(answer.headers), **fault.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            if fault.disconnect:
                self.wfile.write(answer.body[: len(answer.body) // 2])
                self.close_connection = True
            elif with_body:
                self.wfile.write(answer.body)

        def version_string(self) -> str:
            return "newscrawl-demo"

        def log_message(self, format: str, *args: Any) -> None:
            """Stay quiet: the server keeps its own log."""

    return Handler


def _unless_known(answer: Answer, asked: Message) -> Answer:
    """Return 304 in an answer's place where the request names the validators that it has (RFC 9110, 13.1)."""
    told = dict(answer.headers)
    same = told.get("ETag") is not None and asked.get("If-None-Match") == told["ETag"]
    if asked.get("If-None-Match") is None:
        same = told.get("Last-Modified") is not None and asked.get("If-Modified-Since") == told["Last-Modified"]
    return Answer(304, answer.content_type, b"", answer.headers) if same and answer.status == 200 else answer


def _apply(fault: Fault, city: City, path: str, query: str) -> Answer:
    if fault.status is None and fault.body is None:
        return city.answer(path, query)
    body = f"Status {fault.status}".encode() if fault.body is None else fault.body
    return Answer(fault.status or 200, "text/html; charset=utf-8", body)
