"""A socket to listen on, and uvicorn on it until a signal says to end."""

from __future__ import annotations

import errno
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from newscrawl.errors import ConfigError

_WAITING = 256
"""Connections that may wait to be taken."""
_MOST_CONNECTIONS = 512
"""That are open at the same time; further ones are told to come back."""
_IDLE = 15
"""Seconds for which a connection is kept that asks for nothing."""
_GRACE = 5
"""Seconds that requests at work get to end once the server is told to."""
_LONGEST_HEAD = 32 * 1024
"""Bytes of a request's line and headers."""


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens on a host and port, 0 for a free one. Raises ConfigError for one that cannot be."""
    try:
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (socket.gaierror, UnicodeError):
        raise ConfigError(f"--host {host} is no address or name of this machine", advice="Usual: 127.0.0.1.") from None
    family, kind, protocol, _, address = min(found, key=lambda one: one[0] != socket.AF_INET)
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_WAITING)
    except OSError as error:
        listener.close()
        raise _refused(host, port, error) from None
    listener.setblocking(False)
    return listener


def _refused(host: str, port: int, error: OSError) -> ConfigError:
    if error.errno == errno.EADDRINUSE:
        return ConfigError(
            f"port {port} of {host} is taken by another program", advice="Name another with --port; 0 takes a free one."
        )
    if error.errno == errno.EACCES:
        return ConfigError(f"port {port} is not for this user", advice="Name one above 1023 with --port.")
    if error.errno == errno.EADDRNOTAVAIL:
        return ConfigError(f"--host {host} is no address of this machine", advice="Usual: 127.0.0.1.")
    return ConfigError(f"{host} port {port} cannot be listened on: {error.strerror}")


def address_of(listener: socket.socket) -> tuple[str, str]:
    """Return the IP address that a socket listens on, and the address to open in a browser."""
    host, port = listener.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return host, f"http://{shown}:{port}/"


def run(
    app: FastAPI,
    listener: socket.socket,
    *,
    logs_requests: bool = False,
    started: Callable[[uvicorn.Server], None] | None = None,
) -> None:
    """Answer requests until SIGINT or SIGTERM; then end what is at work, and return.

    In another thread than the main one signals do not reach it: `started` is given the server, whose `should_exit` ends
    it.
    """
    config = uvicorn.Config(
        app, http="h11", ws="none", lifespan="off", log_config=None, access_log=logs_requests, server_header=False,
        limit_concurrency=_MOST_CONNECTIONS, timeout_keep_alive=_IDLE, timeout_graceful_shutdown=_GRACE,
        h11_max_incomplete_event_size=_LONGEST_HEAD,
    )  # fmt: skip
    server = _Server(config)
    if started is not None:
        started(server)
    server.run(sockets=[listener])


class _Server(uvicorn.Server):
    """uvicorn's, which after a signal returns, so that the store is closed, and does not die of it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Have signals end the server while it runs."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {one: signal.signal(one, self.handle_exit) for one in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)
