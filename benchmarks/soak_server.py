"""The sites of a soak on loopback, each a host of its own, in one process.

    python soak_server.py SITES REPORT

Prints the sites as JSON when they are served. Ends when its standard input does; then it writes to REPORT what was
asked of them and what they published.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
import threading
import time
from collections import deque
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from soak_sites import Sites, SoakSite

_SLOW_ANSWER = 2.0
_TICK = 0.01
"""Seconds."""


class Server:
    """Serves all sites on one event loop."""

    def __init__(self, sites: Sites) -> None:
        self._sites = sites
        self._late: deque[tuple[float, float]] = deque(maxlen=8)
        """When the loop woke of late, and how much too late."""

    async def watch_lateness(self) -> None:
        """Note for ever how late the loop wakes: on a busy machine requests are read late."""
        while True:
            meant = time.monotonic() + _TICK
            await asyncio.sleep(_TICK)
            now = time.monotonic()
            self._late.append((now, now - meant))

    def _lateness(self) -> float:
        now = time.monotonic()
        return max((late for at, late in self._late if now - at < 5 * _TICK), default=0.0)

    async def start(self) -> None:
        for site in self._sites.sites:
            serve = lambda reader, writer, site=site: self._serve(site, reader, writer)  # noqa: E731
            server = await asyncio.start_server(serve, site.host, 0, backlog=16)
            site.port = server.sockets[0].getsockname()[1]

    async def _serve(self, site: SoakSite, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        site.open += 1
        site.most_open = max(site.most_open, site.open)
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                await self._respond(site, time.time(), head.decode("latin-1"), reader, writer)
        site.open -= 1
        writer.close()

    async def _respond(
        self, site: SoakSite, at: float, head: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        target = head.split(" ", 2)[1]
        place = len(site.asked)
        late = self._lateness()
        site.asked.append((at, late, target, 0, 0))
        if site.kind == "hangs":
            await reader.read()  # until the other side has had enough
            raise ConnectionResetError
        if site.kind == "slow":
            await asyncio.sleep(_SLOW_ANSWER)
        status, page, version = (503, "<h1>503</h1>", 0) if site.kind == "down" else self._sites.answer(site, target)
        body = page.encode()
        etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"' if site.has_etags and status == 200 else ""
        if etag and etag in head:
            status, body = 304, b""
        site.asked[place] = at, late, target, status, version
        kind = "text/plain" if target == "/robots.txt" else "text/html"
        more = f"ETag: {etag}\r\n" if etag else ""
        writer.write(
            f"HTTP/1.1 {status} X\r\nContent-Type: {kind}; charset=utf-8\r\n{more}"
            f"Content-Length: {len(body)}\r\n\r\n".encode()
        )
        if site.kind == "drips":
            for one in body:
                writer.write(bytes([one]))
                await writer.drain()
                await asyncio.sleep(1)
        writer.write(body)
        await writer.drain()


async def _main(count: int, report: Path) -> None:
    sites = Sites(count)
    server = Server(sites)
    await server.start()
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    watcher = threading.Thread(
        target=lambda: (sys.stdin.read(), loop.call_soon_threadsafe(ended.set)), daemon=True
    )  # fmt: skip
    described = [{"number": one.number, "kind": one.kind, "host": one.host, "port": one.port} for one in sites.sites]
    print(json.dumps(described), flush=True)
    watcher.start()
    living = [asyncio.create_task(sites.live()), asyncio.create_task(server.watch_lateness())]
    await asyncio.wait([asyncio.ensure_future(ended.wait()), *living], return_when=asyncio.FIRST_COMPLETED)
    for task in living:
        if task.done():
            task.result()
    report.write_text(json.dumps([asdict(one) | {"host": one.host} for one in sites.sites]), encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1]), Path(sys.argv[2])))
