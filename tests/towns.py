"""Many small towns on loopback, each a host of its own, served by one thread; some of them hang or fail."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

_SITE = """\
title = "Town {number}"
url = "http://{name}.example/"
hosts = ["{host}"]
delay = 0.0
verified = false
{more}
[article]
path = '/news/\\d+'
[[sources]]
type = "listing"
url = "http://{host}/news/"
item = "li"
date = "time"
[[layouts]]
name = "plain"
headline = "h1"
date_published = "time"
article_body = ".text"
"""


@dataclass
class Town:
    """One host: what it says, how it behaves, and what was asked of it."""

    number: int
    articles: int
    port: int = 0
    hangs: bool = False
    """Takes connections and never answers."""
    status: int = 200
    """Answers everything with this status."""
    delay: float = 0.0
    asked: list[tuple[float, float, str]] = field(default_factory=list)
    """Begin and end (monotonic seconds) and path of every request."""
    connections: int = 0
    most_connections: int = 0

    @property
    def name(self) -> str:
        return f"town{self.number:03}"

    @property
    def lists_asked(self) -> int:
        """How often a crawl has begun."""
        return sum(path == "/news/" for _, _, path in self.asked)

    def answer(self, path: str) -> tuple[int, str]:
        """Return status and page."""
        if self.status != 200 or path == "/robots.txt":
            return max(self.status, 404), "<p>no"
        if path == "/news/":
            rows = "".join(
                f'<li><a href="/news/{one}">Новость {one}</a> <time>{one + 1:02}.02.2026</time></li>'
                for one in range(self.articles)
            )
            return 200, f"<html><body><h1>Новости</h1><ul>{rows}</ul></body></html>"
        one = int(path.rsplit("/", 1)[-1])
        text = "".join(
            f"<p>В городе {self.number} состоялось заседание {part}, о котором здесь рассказано подробно.</p>"
            for part in range(4)
        )
        head = f"<h1>Новость {one} города {self.number}</h1><time>{one + 1:02}.02.2026 10:15</time>"
        return 200, f'<html><body>{head}<div class="text">{text}</div></body></html>'

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        self.connections += 1
        self.most_connections = max(self.most_connections, self.connections)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                begin, path = time.monotonic(), head.split()[1].decode()
                if self.hangs:
                    await asyncio.sleep(3600)
                await asyncio.sleep(self.delay)
                status, page = self.answer(path)
                body = page.encode()
                writer.write(
                    f"HTTP/1.1 {status} X\r\nContent-Type: text/html; charset=utf-8\r\n"
                    f"Content-Length: {len(body)}\r\n\r\n".encode()
                    + body
                )
                await writer.drain()
                self.asked.append((begin, time.monotonic(), path))
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            self.asked.append((0.0, 0.0, "closed"))
        finally:
            self.connections -= 1
            writer.close()

    def write_site_file(self, folder: Path, more: str = "") -> Path:
        """Write its site file; `more` are further lines, such as a schedule."""
        folder.mkdir(exist_ok=True)
        path = folder / f"{self.name}.toml"
        host = f"127.0.0.1:{self.port}"
        path.write_text(_SITE.format(number=self.number, name=self.name, host=host, more=more), encoding="utf-8")
        return path


@contextmanager
def serve_towns(count: int, articles: int = 3) -> Iterator[list[Town]]:
    """Serve so many towns until the block ends."""
    towns = [Town(number, articles) for number in range(count)]
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def open_all() -> list[asyncio.Server]:
        servers = [await asyncio.start_server(town.serve, "127.0.0.1", 0) for town in towns]
        for town, server in zip(towns, servers, strict=True):
            town.port = server.sockets[0].getsockname()[1]
        return servers

    async def close_all(servers: list[asyncio.Server]) -> None:
        for server in servers:
            server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*others, return_exceptions=True)

    servers = asyncio.run_coroutine_threadsafe(open_all(), loop).result()
    try:
        yield towns
    finally:
        asyncio.run_coroutine_threadsafe(close_all(servers), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
