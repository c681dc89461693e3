"""Web archives on loopback that speak as the real ones do: CDX and replay, Common Crawl's index and data, CC-NEWS."""

from __future__ import annotations

import gzip
import io
import json
import re
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from newscrawl.demo.city import Answer

JSON = "application/json"
HTML = "text/html; charset=utf-8"


@dataclass(frozen=True)
class Taken:
    """One capture as an archive has it."""

    url: str
    at: str
    """YYYYMMDDhhmmss."""
    body: bytes
    status: int = 200
    mime: str = "text/html"
    headers: tuple[tuple[str, str], ...] = ()
    digest: str = ""

    @property
    def moment(self) -> datetime:
        return datetime.strptime(self.at, "%Y%m%d%H%M%S").replace(tzinfo=UTC)

    @property
    def sha(self) -> str:
        return self.digest or f"SHA{abs(hash(self.body)) % 10**12}"

    @property
    def key(self) -> str:
        """Roughly a SURT: neither scheme nor `www.` tell captures apart."""
        parts = urlsplit(self.url)
        return f"{parts.netloc.removeprefix('www.')}{parts.path}" + (f"?{parts.query}" if parts.query else "")


def warc(
    records: Sequence[Taken], *, compress: bool = True, version: str = "1.1"
) -> tuple[bytes, list[tuple[int, int]]]:
    """Return a WARC file of captures, and where each record begins and how long it is."""
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=compress, warc_version=f"WARC/{version}")
    writer.write_record(writer.create_warcinfo_record("test.warc.gz", {"software": "tests"}))
    places = []
    for one in records:
        start = out.tell()
        writer.write_record(response(writer, one))
        places.append((start, out.tell() - start))
    return out.getvalue(), places


def response(writer: Any, one: Taken) -> Any:
    names = {name.lower() for name, _ in one.headers}
    usual = [] if "content-type" in names else [("Content-Type", one.mime)]
    headers = StatusAndHeaders(f"{one.status} OK", [*usual, *one.headers], protocol="HTTP/1.1")
    return writer.create_warc_record(
        one.url, "response", payload=io.BytesIO(one.body), length=len(one.body), http_headers=headers,
        warc_headers_dict={"WARC-Date": f"{one.moment:%Y-%m-%dT%H:%M:%SZ}"},
    )  # fmt: skip


@dataclass
class Archives:
    """All of them at one address."""

    captures: list[Taken] = field(default_factory=list)
    """What the Wayback Machine has."""
    rows: int = 3
    """Rows of one answer of its index, whatever is asked for."""
    collections: dict[str, list[Taken]] = field(default_factory=dict)
    """What each of Common Crawl's crawls has."""
    page_size: int = 2
    """Lines of one page of their indexes."""
    news: dict[str, bytes] = field(default_factory=dict)
    """WARC files of CC-NEWS by name (`crawl-data/CC-NEWS/2020/01/a.warc.gz`)."""
    endless: bool = False
    """Whether the index gives the same resume key for ever."""
    replay_gzip: bool = False
    """Whether captures come with Content-Encoding: gzip."""
    _files: dict[str, tuple[bytes, list[tuple[int, int]]]] = field(default_factory=dict)

    def answer(self, path: str, query: str = "") -> Answer:
        asked = parse_qs(query, keep_blank_values=True)
        if path == "/cdx":
            return self._cdx(asked)
        if path.startswith("/web/"):
            return self._replay(path[len("/web/") :] + (f"?{query}" if query else ""))
        if path == "/cc/collinfo.json":
            told = [{"id": name, "cdx-api": f"/cc/{name}-index"} for name in self.collections]
            return Answer(200, JSON, json.dumps(told).encode())
        if path.startswith("/cc/") and path.endswith("-index"):
            return self._common_crawl(path[4 : -len("-index")], asked)
        if path.startswith("/data/"):
            return self._data(path[len("/data/") :])
        return Answer(404, HTML, b"<h1>Not found</h1>")

    def _cdx(self, asked: dict[str, list[str]]) -> Answer:
        first, last = asked["from"][0], asked["to"][0]
        found = sorted(
            (one for one in self.captures if one.key.startswith(asked["url"][0].removeprefix("www."))),
            key=lambda one: (one.key, one.at),
        )
        found = [one for one in found if first <= one.at[:8] and one.at[:8] <= last]
        for rule in asked.get("filter", []):
            name, _, pattern = rule.removeprefix("!").partition(":")
            said = {"statuscode": lambda one: str(one.status), "mimetype": lambda one: one.mime}[name]
            found = [one for one in found if bool(re.fullmatch(pattern, said(one))) != rule.startswith("!")]
        start = int(asked.get("resumeKey", ["0"])[0].removeprefix("after-"))
        rows: list[list[str]] = [["timestamp", "original", "mimetype", "statuscode", "digest"]]
        rows += [[one.at, one.url, one.mime, str(one.status), one.sha] for one in found[start : start + self.rows]]
        if self.endless:
            rows += [[], ["after-0"]]
        elif start + self.rows < len(found):
            rows += [[], [f"after-{start + self.rows}"]]
        return Answer(200, JSON, json.dumps(rows if len(rows) > 1 else []).encode())

    def _replay(self, rest: str) -> Answer:
        stamp, _, url = rest.partition("id_/")
        exact = [one for one in self.captures if one.url == url and one.at == stamp]
        if not exact:
            near = [one for one in self.captures if one.url == url]
            if near:
                return Answer(302, HTML, b"", (("Location", f"/web/{near[0].at}id_/{url}"),))
            return Answer(404, HTML, b"<h1>The Wayback Machine has not archived that URL.</h1>")
        (one,) = exact[:1]
        told = [(f"x-archive-orig-{name.lower()}", value) for name, value in one.headers]
        told += [("x-archive-orig-server", "nginx"), ("memento-datetime", f"{one.moment:%a, %d %b %Y %H:%M:%S GMT}")]
        body = one.body
        if self.replay_gzip:
            body = gzip.compress(body)
            told.append(("Content-Encoding", "gzip"))
        return Answer(one.status, one.mime, body, tuple(told))

    def _common_crawl(self, name: str, asked: dict[str, list[str]]) -> Answer:
        prefix = asked["url"][0].removesuffix("*")
        records = self.collections[name]
        _, places = self._file(name)
        found = sorted(
            ((one, place) for one, place in zip(records, places, strict=True) if one.key.startswith(prefix)),
            key=lambda pair: (pair[0].key, pair[0].at),
        )
        if asked.get("filter") == ["=status:200"]:
            found = [pair for pair in found if pair[0].status == 200]
        if not found:
            return Answer(404, JSON, b'{"message": "No Captures found for: ..."}')
        pages = -(-len(found) // self.page_size)
        if "showNumPages" in asked:
            return Answer(200, JSON, json.dumps({"pages": pages, "pageSize": 5, "blocks": 1}).encode())
        start = int(asked.get("page", ["0"])[0]) * self.page_size
        lines = [
            json.dumps(
                {
                    "urlkey": one.key, "timestamp": one.at, "url": one.url, "mime": one.mime,
                    "mime-detected": one.mime, "status": str(one.status), "digest": one.sha,
                    "length": str(length), "offset": str(offset), "filename": f"crawl-data/{name}/a.warc.gz",
                }
            )
            for one, (offset, length) in found[start : start + self.page_size]
        ]  # fmt: skip
        return Answer(200, "text/x-ndjson", "\n".join(lines).encode() + b"\n")

    def _file(self, name: str) -> tuple[bytes, list[tuple[int, int]]]:
        """Return the one WARC file of a crawl: the same bytes each time."""
        if name not in self._files:
            self._files[name] = warc(self.collections[name])
        return self._files[name]

    def _data(self, name: str) -> Answer:
        if name.endswith("warc.paths.gz"):
            month = name.removesuffix("warc.paths.gz")
            names = sorted(one for one in self.news if one.startswith(month))
            if not names:
                return Answer(404, HTML, b"")
            return Answer(200, "application/gzip", gzip.compress("\n".join(names).encode() + b"\n"))
        if name in self.news:
            return Answer(200, "application/octet-stream", self.news[name])
        crawl = name.split("/")[1] if name.count("/") >= 2 else ""
        if crawl in self.collections:
            return Answer(200, "application/octet-stream", self._file(crawl)[0])
        return Answer(404, HTML, b"")


@dataclass
class Fault:
    """What to do to requests whose path begins in some way, so many times."""

    start: str
    times: int = 1
    status: int | None = None
    """Answer with this status."""
    body: bytes = b"trouble"
    headers: tuple[tuple[str, str], ...] = ()
    cut: int | None = None
    """Close the connection after so many bytes of the body."""
    delay: float = 0.0


class ArchiveServer:
    """Archives that are being served: the log of requests, faults to order, the settings that name them."""

    def __init__(self, archives: Archives) -> None:
        self.archives = archives
        self.asked: list[str] = []
        self.agents: set[str] = set()
        self.ranges: list[str] = []
        self.faults: list[Fault] = []
        self.ignores_ranges = False
        self.under_way = self.most_under_way = 0
        """Requests that are being answered now, and at most so far."""
        self.lock = threading.Lock()
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.http.daemon_threads, self.http.block_on_close = True, False
        self.origin = f"http://127.0.0.1:{self.http.server_port}"
        self.env = {
            "NEWSCRAWL_WAYBACK_CDX": f"{self.origin}/cdx",
            "NEWSCRAWL_WAYBACK_REPLAY": f"{self.origin}/web/",
            "NEWSCRAWL_COMMONCRAWL_INDEX": f"{self.origin}/cc/",
            "NEWSCRAWL_COMMONCRAWL_DATA": f"{self.origin}/data/",
            "NEWSCRAWL_ARCHIVE_DELAY": "0",
        }

    def paths(self, start: str) -> list[str]:
        """Return the requests so far that begin so."""
        return [one for one in self.asked if one.startswith(start)]

    def fault_for(self, path: str) -> Fault | None:
        with self.lock:
            for one in self.faults:
                if path.startswith(one.start) and one.times > 0:
                    one.times -= 1
                    return one
        return None


def _handler(server: ArchiveServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 1 << 16
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            with server.lock:
                server.asked.append(self.path)
                server.agents.add(self.headers.get("User-Agent", ""))
                server.under_way += 1
                server.most_under_way = max(server.most_under_way, server.under_way)
            try:
                self._answer()
            finally:
                with server.lock:
                    server.under_way -= 1

        def _answer(self) -> None:
            fault = server.fault_for(self.path)
            if fault is not None and fault.delay:
                time.sleep(fault.delay)
            parts = urlsplit(self.path)
            found = server.archives.answer(parts.path, parts.query)
            status, body, headers = found.status, found.body, dict(found.headers)
            if fault is not None and fault.status is not None:
                status, body, headers = fault.status, fault.body, dict(fault.headers)
            asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
            if asked and status == 200 and not server.ignores_ranges:
                server.ranges.append(self.headers["Range"])
                start, end = int(asked[1]), int(asked[2]) + 1 if asked[2] else len(body)
                status, body = (206, body[start:end]) if start < len(body) else (416, b"")
            self.send_response(status)
            self.send_header("Content-Type", found.content_type)
            self.send_header("Content-Length", str(len(body)))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            if fault is not None and fault.cut is not None:
                self.wfile.write(body[: fault.cut])
                self.close_connection = True
            else:
                self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Stay quiet."""

    return Handler


@contextmanager
def served(archives: Archives) -> Iterator[ArchiveServer]:
    """Serve archives on loopback."""
    server = ArchiveServer(archives)
    thread = threading.Thread(target=server.http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.http.shutdown()
        thread.join()
        server.http.server_close()
