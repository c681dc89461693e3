"""WARC, ARC and WACZ: every way in which a page may lie in one, and every way in which one may be broken."""

from __future__ import annotations

import gzip
import io
import random
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import brotli
import pytest
from warcio.archiveiterator import ArchiveIterator
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from newscrawl.archives.files import opened, warc_files
from newscrawl.archives.members import Block, Damage, blocks
from newscrawl.archives.payload import LARGEST, PayloadError, decoded
from newscrawl.archives.records import Note, WarcRecord, entry_of, record_at, records
from newscrawl.archives.warc_writer import write_warc
from newscrawl.errors import ArchiveError, ConfigError, NewscrawlError
from newscrawl.items import ListingEntry, Page

from .archive_servers import Taken, warc

URLS = [f"http://n.example/news/{number}" for number in range(8)]
TAKEN = [Taken(url, "20190401120000", f"<p>Новость {number}</p>".encode()) for number, url in enumerate(URLS)]


def read(content: bytes, start: int = 0) -> tuple[list[str], list[Damage]]:
    """Return the addresses of the records that can be read, and the damages."""
    found = list(records(io.BytesIO(content), start))
    return [one.url for one in found if isinstance(one, WarcRecord)], [one for one in found if isinstance(one, Damage)]


@pytest.mark.parametrize("compress", [True, False])
@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_whole_files_are_read_from_any_record_on(compress: bool, version: str) -> None:
    content, places = warc(TAKEN, compress=compress, version=version)
    assert read(content) == (URLS, [])
    for number, (offset, length) in enumerate(places):
        assert read(content, offset) == (URLS[number:], [])
        one = record_at(io.BytesIO(content), offset)
        assert one is not None
        assert (one.url, one.offset, one.body()) == (URLS[number], offset, TAKEN[number].body)
        assert one.length in {length, length - 4}  # a plain record's blank lines are its writer's, not its own
        assert (one.captured_at, one.status, one.mime) == (datetime(2019, 4, 1, 12, tzinfo=UTC), 200, "text/html")


@pytest.mark.parametrize("compress", [True, False])
def test_a_file_that_breaks_off_is_read_as_far_as_it_goes(compress: bool) -> None:
    content, places = warc(TAKEN, compress=compress)
    for cut in (places[5][0] + 1, places[5][0] + 30, places[5][0] + places[5][1] - 6):
        urls, damages = read(content[:cut])
        assert urls == URLS[:5]
        assert len(damages) == 1
        assert damages[0].offset == places[5][0]


@pytest.mark.parametrize("compress", [True, False])
@pytest.mark.parametrize("seed", range(12))
def test_a_damaged_record_costs_itself_alone(compress: bool, seed: int) -> None:
    chance = random.Random(seed)
    content, places = warc(TAKEN, compress=compress)
    offset, length = places[3]
    broken = bytearray(content)
    if compress:
        for at in range(offset + 12, offset + length - 9):
            broken[at] = chance.randrange(256)
    else:
        broken[offset : offset + 10] = bytes(chance.randrange(65, 90) for _ in range(10))
    urls, damages = read(bytes(broken))
    assert urls == URLS[:3] + URLS[4:]
    assert damages
    assert all(offset <= one.offset < offset + length for one in damages)


@pytest.mark.parametrize("seed", range(40))
def test_no_bytes_bring_the_reader_to_fall(seed: int) -> None:
    chance = random.Random(seed)
    content = bytearray(warc(TAKEN, compress=seed % 2 == 0)[0])
    for _ in range(chance.randint(1, 30)):
        at = chance.randrange(len(content))
        kind = chance.randrange(3)
        if kind == 0:
            content[at] = chance.randrange(256)
        elif kind == 1:
            del content[at : at + chance.randint(1, 40)]
        else:
            content[at:at] = chance.randbytes(chance.randint(1, 40))
    for one in records(io.BytesIO(bytes(content))):
        if isinstance(one, WarcRecord):
            with suppress(PayloadError):
                one.body()


def test_several_records_in_one_member_are_told() -> None:
    content = gzip.compress(warc(TAKEN, compress=False)[0], mtime=0)
    urls, damages = read(content)
    assert urls == []
    assert "warcio recompress" in damages[0].why


@pytest.mark.parametrize("content", [b"", b"\0" * 3000, b"<html>no archive</html>" * 100, b"\x1f\x8b", b"PK\x03\x04"])
def test_what_is_no_warc_has_no_records(content: bytes) -> None:
    assert read(content)[0] == []


def test_a_bomb_is_kept_small() -> None:
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=9) as file:
        file.write(b"WARC/1.1\r\nContent-Length: 400000000\r\n\r\n")
        for _ in range(400):
            file.write(b"\0" * 1_000_000)
    good = warc(TAKEN[:1])[0]
    first, *others = blocks(io.BytesIO(packed.getvalue() + good))
    assert isinstance(first, Block)
    assert len(first.data) <= 16 * 1024 * 1024 < first.size
    assert len(others) == 2


def chunked(body: bytes, size: int = 7) -> bytes:
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x;ext=1\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


TEXT = "<p>Текст</p>".encode() * 50


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({}, TEXT),
        ({"content-encoding": "gzip"}, gzip.compress(TEXT, mtime=0)),
        ({"content-encoding": "x-gzip"}, gzip.compress(TEXT, mtime=0)),
        ({"content-encoding": "gzip"}, TEXT),  # kept decoded, its headers as they were
        ({"content-encoding": "deflate"}, zlib.compress(TEXT)),
        ({"content-encoding": "deflate"}, zlib.compress(TEXT)[2:-4]),
        ({"content-encoding": "br"}, brotli.compress(TEXT)),
        ({"content-encoding": "br"}, TEXT),
        ({"transfer-encoding": "chunked"}, chunked(TEXT)),
        ({"transfer-encoding": "chunked"}, TEXT),
        ({"transfer-encoding": "chunked", "content-encoding": "gzip"}, chunked(gzip.compress(TEXT, mtime=0))),
        ({"content-encoding": "identity"}, TEXT),
    ],
)
def test_bodies_are_decoded_whatever_was_kept(headers: dict[str, str], body: bytes) -> None:
    assert decoded(body, headers) == TEXT


@pytest.mark.parametrize(
    ("headers", "body", "reason"),
    [
        ({"content-encoding": "gzip"}, gzip.compress(b"\0" * (LARGEST + 1), mtime=0), "too_large"),
        ({"content-encoding": "deflate"}, zlib.compress(b"\0" * (LARGEST + 1)), "too_large"),
        ({"content-encoding": "br"}, brotli.compress(b"\0" * (LARGEST + 1)), "too_large"),
        ({}, b"\0" * (LARGEST + 1), "too_large"),
        ({"content-encoding": "gzip"}, gzip.compress(TEXT, mtime=0)[:-20], "broken_coding"),
        ({"content-encoding": "br"}, brotli.compress(TEXT)[:-4], "broken_coding"),
        ({"content-encoding": "deflate"}, b"\x9c\xff\xff\xff", "broken_coding"),
    ],
)
def test_bodies_that_cannot_be_decoded_say_why(headers: dict[str, str], body: bytes, reason: str) -> None:
    with pytest.raises(PayloadError) as found:
        decoded(body, headers)
    assert found.value.reason == reason


def test_arc_files_are_read() -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>old</p>"
    content = (
        b"filedesc://old.arc 0.0.0.0 20050101000000 text/plain 69\n1 0 InternetArchive\n"
        b"URL IP-address Archive-date Content-type Archive-length\n\n"
        b"http://n.example/news/1 10.0.0.1 20050311120000 text/html "
        + str(len(answer)).encode()
        + b"\n"
        + answer
        + b"\n"
    )
    members = content.index(b"http://n.example/news/1")
    packed = gzip.compress(content[:members], mtime=0) + gzip.compress(content[members:])
    (one,) = (found for found in records(io.BytesIO(packed)) if isinstance(found, WarcRecord))
    assert (one.url, one.captured_at.year, one.body()) == ("http://n.example/news/1", 2005, b"<p>old</p>")


# --- files


def wacz(path: Path, method: int, content: bytes) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("datapackage.json", "{}")
        archive.writestr("archive/data.warc.gz", content)
        archive.writestr("archive/more.warc", warc(TAKEN[:2], compress=False)[0])
    return path


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_wacz_files_are_read_in_place(tmp_path: Path, method: int) -> None:
    content, places = warc(TAKEN)
    files, wrong = warc_files([wacz(tmp_path / "a#b.wacz", method, content)])
    assert (len(files), wrong) == (2, [])
    with opened(files[0].place) as source:
        assert [one.url for one in records(source) if isinstance(one, WarcRecord)] == URLS
        one = record_at(source, places[4][0])
    assert one is not None
    assert one.url == URLS[4]


def test_folders_are_searched_and_each_file_is_named_once(tmp_path: Path) -> None:
    (tmp_path / "in" / "deep").mkdir(parents=True)
    (tmp_path / "in" / "deep" / "a.WARC.GZ").write_bytes(warc(TAKEN)[0])
    (tmp_path / "in" / "b.warc").write_bytes(b"")
    (tmp_path / "in" / "readme.txt").write_text("no")
    (tmp_path / "in" / "broken.wacz").write_bytes(b"PK no zip")
    files, wrong = warc_files([tmp_path / "in", tmp_path / "in" / "b.warc"])
    assert [Path(one.place).name for one in files] == ["b.warc", "a.WARC.GZ"]
    assert len(wrong) == 1
    assert "broken.wacz" in wrong[0]


@pytest.mark.parametrize("name", ["none.warc.gz", "a.warc.zst", "a.txt", "empty"])
def test_what_is_no_archive_by_its_name_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.warc.zst").write_bytes(b"(\xb5/\xfd")
    (tmp_path / "a.txt").write_text("x")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError) as found:
        warc_files([tmp_path / name])
    assert name in found.value.message


def test_a_file_that_has_gone_is_told(tmp_path: Path) -> None:
    path = wacz(tmp_path / "a.wacz", zipfile.ZIP_STORED, b"")
    with pytest.raises(ArchiveError, match="holds no"), opened(f"{path}#archive/none.warc.gz"):
        pass
    with pytest.raises(ArchiveError, match="No such file"), opened(str(tmp_path / "none.warc.gz")):
        pass


# --- writing


def page(number: int, **kwargs: object) -> Page:
    usual: dict[str, object] = {
        "url": URLS[number % len(URLS)], "site": "n", "fetched_at": datetime(2020, 1, 2, 3, 4, 5, 678000, tzinfo=UTC),
        "headers": {"content-type": "text/html; charset=utf-8", "content-encoding": "gzip", "etag": '"x"'},
        "body": f"<p>Страница {number}</p>".encode(),
    }  # fmt: skip
    return Page.model_validate(usual | kwargs)


def test_what_is_written_is_read_back_as_it_was(tmp_path: Path) -> None:
    entry = ListingEntry(url=URLS[1], source="listing", headline="Заголовок", date_published_raw="2 часа назад")
    pages = [
        page(0),
        page(1, entry=entry),
        page(2, status=404),
        page(3, archived_from="wayback https://web.archive.org/web/2019id_/http://n.example/"),
        page(4, body=b"", headers={}),
        page(5, headers={"content-type": "text/html", "x bad\r\nname": "1", "x-two": "a\r\nb: c"}),
    ]
    path = tmp_path / "out.warc.gz"
    assert write_warc(pages, path) == 6
    found = list(records(io.BytesIO(path.read_bytes())))
    answers = [one for one in found if isinstance(one, WarcRecord)]
    assert [(one.url, one.status, one.captured_at) for one in answers] == [
        (one.url, one.status, one.fetched_at) for one in pages
    ]
    assert [one.body() for one in answers] == [one.body for one in pages]
    assert answers[0].page_headers | {"content-length": ""} == pages[0].headers | {"content-length": ""}
    notes = {one.of: one for one in found if isinstance(one, Note)}
    assert entry_of(notes[answers[1].record_id or ""]) == entry
    assert notes[answers[3].record_id or ""].content["archived_from"] == pages[3].archived_from
    assert "b: c" not in answers[5].headers


def test_other_tools_find_its_digests_right(tmp_path: Path) -> None:
    path = tmp_path / "out.warc.gz"
    write_warc([page(number) for number in range(5)], path)
    with path.open("rb") as file:
        kinds = []
        for one in ArchiveIterator(file, check_digests="raise"):
            kinds.append(one.rec_type)
            one.content_stream().read()
            assert one.rec_headers.get_header("WARC-Block-Digest")
    assert kinds == ["warcinfo", *["response"] * 5]
    members = sum(isinstance(one, Block) for one in blocks(io.BytesIO(path.read_bytes())))
    assert members == 6


def test_no_half_file_is_left(tmp_path: Path) -> None:
    path = tmp_path / "out.warc.gz"
    path.write_bytes(b"before")

    def broken() -> Iterator[Page]:
        yield page(0)
        raise NewscrawlError("the store went away")

    with pytest.raises(NewscrawlError, match="went away"):
        write_warc(broken(), path)
    assert [one.name for one in tmp_path.iterdir()] == ["out.warc.gz"]
    assert path.read_bytes() == b"before"
    with pytest.raises(NewscrawlError, match="cannot be written"):
        write_warc([], tmp_path / "none" / "out.warc.gz")


def test_what_a_killed_writer_leaves_the_next_one_clears(tmp_path: Path) -> None:
    path = tmp_path / "out.warc.gz"
    script = (
        "import os, signal, sys; from pathlib import Path\n"
        "from tests.test_warc import page; from newscrawl.archives.warc_writer import write_warc\n"
        "def pages():\n    yield page(0)\n    os.kill(os.getpid(), signal.SIGKILL)\n"
        f"write_warc(pages(), Path({str(path)!r}))\n"
    )
    subprocess.run([sys.executable, "-c", script], check=False, cwd=Path(__file__).parent.parent)
    assert [one.name.startswith(".out.warc.gz.") for one in tmp_path.iterdir()] == [True]
    write_warc([page(1)], path)
    assert [one.name for one in tmp_path.iterdir()] == ["out.warc.gz"]


def test_a_full_disk_is_told() -> None:
    folder = Path(tempfile.mkdtemp(prefix="nc-"))
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        folder.rmdir()
        pytest.skip("nothing may be mounted here")
    try:
        chance = random.Random(1)
        with pytest.raises(NewscrawlError, match="No space left on device"):
            write_warc((page(number, body=chance.randbytes(20_000)) for number in range(50)), folder / "a.warc.gz")
        assert list(folder.iterdir()) == []
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
        folder.rmdir()


def test_revisits_and_resources_say_what_they_are() -> None:
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=True)
    answer = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1")
    writer.write_record(
        writer.create_revisit_record(URLS[0], "sha1:ABC", URLS[1], "2019-01-01T00:00:00Z", http_headers=answer)
    )
    for url, kind, body in ((URLS[2], "resource", b"<p>r</p>"), (URLS[3], "request", b"GET / HTTP/1.1\r\n\r\n")):
        writer.write_record(
            writer.create_warc_record(
                url, kind, payload=io.BytesIO(body), length=len(body), warc_content_type="text/html"
            )
        )
    revisit, resource = (one for one in records(io.BytesIO(out.getvalue())) if isinstance(one, WarcRecord))
    assert (revisit.kind, revisit.digest, revisit.url) == ("revisit", "sha1:ABC", URLS[0])
    assert (resource.kind, resource.status, resource.mime, resource.body()) == (
        "resource",
        200,
        "text/html",
        b"<p>r</p>",
    )
