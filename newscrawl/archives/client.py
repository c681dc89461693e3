"""Requests to archives' hosts: one at a time a host, with pauses, patience and bounds.

They are not a site's own hosts: robots.txt is the sites' word on their pages, while an archive says in its answers
(429, Retry-After) how fast it may be asked.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from newscrawl import network
from newscrawl.errors import ArchiveError, ArchiveUnavailableError

_CONNECT, _SILENCE = 20.0, 60.0
"""Seconds to wait for a connection, and for the next bytes."""
_WHOLE = 300.0
"""Seconds that a whole answer may take, but for a stream."""
_CHUNK = 1 << 16
_LONGEST_ASKED = 1e6
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0
_WAITS = frozenset({429, 503})
"""Statuses by which a host asks for a pause: waited for as long as patience lasts."""
_TROUBLE = frozenset({500, 502, 504})
"""Statuses that may be the one page's: tried again twice, then returned."""
_TRIES_IN_TROUBLE = 3


@dataclass(frozen=True)
class Answer:
    """An answer, its body decoded."""

    url: str
    status: int
    headers: dict[str, str] = field(default_factory=dict)
    """Names in lower case."""
    body: bytes = b""
    is_cut: bool = False
    """Whether the body goes on beyond the bound."""


class ArchiveClient:
    """Asks archives. Safe to use from several threads: those that ask one host wait for each other."""

    def __init__(
        self, user_agent: str, *, delay: float, patience: float, private_hosts: frozenset[str] = frozenset()
    ) -> None:
        """`delay`: seconds between two requests to a host; `patience`: seconds that a host in trouble is waited for.

        Only public addresses are connected to, but for `private_hosts`, which an operator named.
        """
        self._delay = delay
        self._patience = patience
        self._headers = {"User-Agent": user_agent}
        self._private = private_hosts
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._next: dict[str, float] = {}
        self._pools: dict[str, urllib3.PoolManager] = {}
        self.stopping = threading.Event()
        """Set it to have pauses end at once, with ArchiveUnavailableError."""
        self.requests = 0
        """Requests made so far."""

    def get(self, url: str, *, most: int, span: tuple[int, int] | None = None) -> Answer:
        """Return the answer of `url`, its body up to `most` bytes; of a `span` (offset, length) only those bytes.

        Redirects are not followed. Raises ArchiveUnavailableError when none comes.
        """
        headers = self._headers | {"Accept-Encoding": "gzip" if span is None else "identity"}
        if span is not None:
            headers["Range"] = f"bytes={span[0]}-{span[0] + span[1] - 1}"
        with self._answered(url, headers) as response:
            body, is_cut = _body(response, most, decode=span is None)
            told = {name.lower(): value for name, value in response.headers.items()}
            return Answer(url, response.status, told, body, is_cut)

    @contextmanager
    def stream(self, url: str, offset: int) -> Iterator[urllib3.BaseHTTPResponse]:
        """Give the answer of `url` from a byte on, to be read raw. Raises as `get` does, ArchiveError for a refusal."""
        headers = self._headers | {"Accept-Encoding": "identity"} | ({"Range": f"bytes={offset}-"} if offset else {})
        with self._answered(url, headers) as response:
            if response.status == 416:  # it ends there
                response = urllib3.HTTPResponse(b"", status=206)
            if response.status not in ({206} if offset else {200, 206}):
                raise ArchiveError(f"{url}: the server answered {response.status}")
            yield response

    # --- its parts

    @contextmanager
    def _answered(self, url: str, headers: Mapping[str, str]) -> Iterator[urllib3.BaseHTTPResponse]:
        """Ask until there is an answer to go by, with growing pauses, and give it while its host is ours alone."""
        host = urlsplit(url).netloc
        with self._locks[host]:
            until, tries, pause = time.monotonic() + self._patience, 0, _FIRST_PAUSE
            while True:
                tries += 1
                response, why, asked = self._ask(host, url, headers)
                if response is not None and response.status in _TROUBLE and tries >= _TRIES_IN_TROUBLE:
                    why = ""
                if response is not None and not why:
                    break
                wait = max(pause, asked or 0.0)
                if time.monotonic() + wait > until:
                    raise ArchiveUnavailableError(
                        f"{host}: {why}" + (f" and asks to come back in {asked:.0f} s" if asked else ""),
                        advice="The same command goes on later where it is now.",
                    )
                self._next[host] = time.monotonic() + wait
                pause = min(pause * 2, _LONGEST_PAUSE)
            try:
                yield response
            finally:
                _let_go(response)
                self._next[host] = time.monotonic() + self._delay

    def _ask(
        self, host: str, url: str, headers: Mapping[str, str]
    ) -> tuple[urllib3.BaseHTTPResponse | None, str, float | None]:
        """Ask once. Returns (answer, why to ask again or '', seconds that the host asks for)."""
        if self.stopping.wait(max(0.0, self._next.get(host, 0.0) - time.monotonic())):
            raise ArchiveUnavailableError(f"{host} is not asked any more: newscrawl is ending")
        self.requests += 1
        try:
            response = self._pool(url).request(
                "GET", url, headers=dict(headers), preload_content=False, redirect=False, retries=False,
                timeout=urllib3.Timeout(connect=_CONNECT, read=_SILENCE),
            )  # fmt: skip
        except (urllib3.exceptions.HTTPError, OSError) as error:
            return None, f"no answer: {_words(error)}", None
        if response.status in _WAITS | _TROUBLE:
            asked = network.retry_after(response.headers.get("retry-after"))
            asked = min(asked, _LONGEST_ASKED) if asked is not None else None
            response.drain_conn() if response.status in _TROUBLE else _let_go(response)
            return response, f"it answers {response.status}", asked
        return response, "", None

    def _pool(self, url: str) -> urllib3.PoolManager:
        parts = urlsplit(url)
        proxy = getproxies().get(parts.scheme)
        if proxy and proxy_bypass(parts.hostname or ""):
            proxy = None
        key = proxy or ""
        if key not in self._pools:
            self._pools[key] = _pools(self._private, proxy)
        return self._pools[key]


def _pools(private: frozenset[str], proxy: str | None) -> urllib3.PoolManager:
    """Return pools of one connection a host that lead to public addresses and those of `private` alone."""
    if proxy is not None:  # an operator's own; it is the one that connects
        return urllib3.ProxyManager(proxy if "://" in proxy else f"http://{proxy}", maxsize=1, block=True)

    def connect(connection: Any) -> Any:
        try:
            return network.connect(
                (connection._dns_host, connection.port), connection.timeout, connection.source_address,
                may_be_private=lambda host: host.lower().rstrip(".") in private,
            )  # fmt: skip
        except TimeoutError as error:
            raise urllib3.exceptions.ConnectTimeoutError(connection, "no connection") from error
        except OSError as error:
            raise urllib3.exceptions.NewConnectionError(connection, str(error)) from error

    class Http(HTTPConnection):
        def _new_conn(self) -> Any:
            return connect(self)

    class Https(HTTPSConnection):
        def _new_conn(self) -> Any:
            return connect(self)

    class HttpPool(HTTPConnectionPool):
        ConnectionCls = Http

    class HttpsPool(HTTPSConnectionPool):
        ConnectionCls = Https

    pools = urllib3.PoolManager(maxsize=1, block=True)
    pools.pool_classes_by_scheme = {"http": HttpPool, "https": HttpsPool}
    return pools


def _body(response: urllib3.BaseHTTPResponse, most: int, *, decode: bool) -> tuple[bytes, bool]:
    """Read a body up to a bound, whatever it expands to. Raises ArchiveUnavailableError when it breaks off."""
    parts, size, until = [], 0, time.monotonic() + _WHOLE
    try:
        while size <= most and (part := response.read(min(_CHUNK, most + 1 - size), decode_content=decode)):
            parts.append(part)
            size += len(part)
            if time.monotonic() > until:
                raise ArchiveUnavailableError(f"no whole answer within {_WHOLE:.0f} s")
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise ArchiveUnavailableError(
            f"an archive's answer breaks off: {_words(error)}", advice="The same command goes on later where it is now."
        ) from None
    body = b"".join(parts)
    return body[:most], len(body) > most


def _let_go(response: urllib3.BaseHTTPResponse) -> None:
    """Give the connection back: kept where all was read, else closed."""
    if response.connection is not None:  # something of it is unread
        response.close()
    response.release_conn()


def _words(error: BaseException) -> str:
    """Say what a request failed of, without the addresses of objects that urllib3 puts into its words."""
    cause: BaseException = error
    while cause.__cause__ is not None:
        cause = cause.__cause__
    told = str(cause) or type(cause).__name__
    return told.rpartition("): ")[2][:200] if " object at 0x" in told else told[:200]
