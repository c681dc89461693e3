"""Pages made to stall or fill a reader, and a door to read a group of them in a process of its own.

`python -m tests.hard_pages GROUP` prints one JSON line a page: outcome, processor seconds, and the process's peak of
memory so far.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from newscrawl.errors import ExtractionError
from newscrawl.extract import extract_article
from newscrawl.items import Page

LARGEST = 10 * 1024 * 1024
"""DOWNLOAD_MAXSIZE."""
DEPTH = 100_000
TEXT = "Глава администрации города провёл совещание по подготовке к отопительному сезону. "
MISREAD = "".join(bytes([byte]).decode("cp1251", "ignore") or chr(byte) for byte in TEXT.encode())


def page(inside: str, head: str = "<title>Новости</title>") -> bytes:
    return f"<html><head>{head}</head><body><h1>Новость</h1>{inside}</body></html>".encode()


def nested(tag: str) -> Callable[[], bytes]:
    return lambda: page(f"<{tag}>" * DEPTH + TEXT + f"</{tag}>" * DEPTH)


def filled(start: str, piece: str, stop: str = "") -> Callable[[], bytes]:
    """Return what makes a page of the largest size, mostly of one piece."""
    head, tail, unit = start.encode(), stop.encode(), piece.encode()
    return lambda: head + unit * ((LARGEST - len(head) - len(tail)) // len(unit)) + tail


def numbered(piece: str, number: int) -> Callable[[], bytes]:
    return lambda: page("".join(piece.format(i) for i in range(number)))


def rss() -> bytes:
    items = "".join(f"<item><title>Новость {i}</title><description>{TEXT}</description></item>" for i in range(9000))
    return f'<?xml version="1.0"?><rss version="2.0"><channel>{items}</channel></rss>'.encode()


def mixed() -> bytes:
    return (TEXT.encode() + " Совсем другое слово. ".encode("cp1251")) * 9000


BODY = "<html><body><h1>Новость</h1><p>"
GROUPS: dict[str, dict[str, Callable[[], bytes]]] = {
    "nesting": {tag: nested(tag) for tag in ("div", "span", "b", "table", "font", "p", "a", "ul", "article", "svg")},
    "one line": {
        "no tag": filled("", "x"),
        "words": filled("", "слово и дело "),
        "cp1251": lambda: TEXT.encode("cp1251") * (LARGEST // len(TEXT)),
        "utf-16": lambda: (BODY + TEXT * 55_000).encode("utf-16-be"),
        "<": filled("", "<"),
        "&": filled("", "&"),
        "& in a text": filled(BODY, "&"),
        "<!": filled("", "<!"),
        "spaces": filled(BODY + "а", "\u00a0"),
        "line breaks": filled(BODY + "а", "\n", "б"),
        "NUL": filled("", "\0"),
    },
    "never closed": {
        "comment": filled("<p>Новость<!--", "x"),
        "script": filled("<p>Новость<script>", "x<"),
        "style": filled("<p>Новость<style>", "x"),
        "textarea": filled("<p>Новость<textarea>", "x<b>"),
        "title": filled("<title>", "Новость - "),
        "tag": filled("<p>Новость<a ", "x "),
        "attribute": filled("<p>Новость<a href='", "x "),
        "doctype": filled("<!DOCTYPE ", "x"),
        "instruction": filled("<p>Новость<?", "x"),
    },
    "many elements": {
        "p": lambda: page("<p>" * DEPTH),
        "p with text": lambda: page(f"<p>{TEXT}" * 60_000),
        "br": lambda: page("<p>" + "<br>" * DEPTH),
        "br with text": lambda: page("<p>" + f"{TEXT}<br>" * 60_000),
        "a": numbered("<a href=/{0}>Новость {0}</a> ", 50_000),
        "files": numbered("<a href=/{0}.pdf>Файл {0}</a> ", 50_000),
        "img": numbered("<img src=/{0}.jpg alt=Фото>", 50_000),
        "h1": lambda: page("<h1>Новость</h1>" * DEPTH),
        "spans": lambda: page("<p>" + "<b>сло</b>во " * 200_000),
        "dates": lambda: page("<div>12.05.2024 <a href=/x>Новость дня</a></div>" * 60_000),
        "rows": lambda: page("<table>" + f"<tr><td>{TEXT}<td>5" * 50_000),
        "meta": lambda: page(TEXT, "<meta property=og:title content=Новость>" * DEPTH),
        "titles in titles": lambda: page("<span class=title>" * 300 + f"{TEXT}<br><br>" * 3000),
        "captions in captions": lambda: page(
            "<div>" + f"{TEXT * 3}<br><br>" * 20 + "<span class=caption>" * 1500 + f"{TEXT * 3}<br><br>" * 1000
        ),
        "figures in figures": lambda: page(
            f"<p>{TEXT * 5}" + "<figure><figcaption>" * 900 + "".join(f"<img src=/{i}.jpg>" for i in range(5000))
        ),
        "files in files": lambda: page(f"<p>{TEXT * 5}" + "".join(f"<span><a href=/{i}.pdf>" for i in range(1500))),
    },
    "attributes": {
        "100,000": lambda: page(f"<div {' '.join(f'a{i}=1' for i in range(DEPTH))}>{TEXT}</div>"),
        "100,000 without values": lambda: page(f"<div {' '.join(f'a{i}' for i in range(DEPTH))}>{TEXT}</div>"),
        "100,000 without spaces": lambda: page("<div " + "".join(f"a{i}=''" for i in range(DEPTH)) + f">{TEXT}</div>"),
        "a long class": lambda: page(f"<div class='{'share ' * 1_000_000}'>{TEXT}</div>"),
        "a long style": lambda: page(f"<div style='display{' ' * 5_000_000}'>{TEXT}</div>"),
    },
    "data": {
        "deep JSON-LD": lambda: page(TEXT, "<script type=application/ld+json>" + "[" * 1_000_000 + "</script>"),
        "many JSON-LD": lambda: page(
            TEXT, '<script type=application/ld+json>{"@type":"NewsArticle","headline":"x"}</script>' * 20_000
        ),
        "a huge number": lambda: page(
            TEXT, f'<script type=application/ld+json>{{"@type":"Article","headline":{"9" * DEPTH}}}</script>'
        ),
        "lists in lists": lambda: page(
            TEXT, f'<script type=application/ld+json>{{"@type":"Article","author":{"[" * 900}1{"]" * 900}}}</script>'
        ),
        "microdata in microdata": lambda: page("<div itemscope itemtype=http://schema.org/Article>" * 2000 + TEXT),
        "many properties": lambda: page(
            "<div itemscope itemtype=http://schema.org/Article>" + "<div itemprop=articleBody>" * 2000 + TEXT
        ),
        "much microdata": lambda: page(
            "<div itemscope itemtype=http://schema.org/Article><p itemprop=headline>Новость</p></div>" * 30_000
        ),
        "entities": lambda: (
            b'<!DOCTYPE html [<!ENTITY a "aaaaaaaaaa">'
            + b"".join(b'<!ENTITY %c "%s">' % (98 + i, b"&%c;" % (97 + i) * 10) for i in range(9))
            + b"]><p>&j;</p>"
        ),
        "RSS": rss,
        "JSON": lambda: json.dumps([{"title": "Новость", "text": TEXT * 5}] * 5000, ensure_ascii=False).encode(),
        "PDF after a line break": lambda: b"\n%PDF-1.4\n" + bytes(range(256)) * 20_000,
    },
    "letters": {
        "misread": filled(BODY, MISREAD),
        "half misread": filled(BODY, "РџСЂ", "я"),
        "look-alikes": filled(BODY, "cовет "),
        "one long word": filled(BODY, "cо"),
        "digits": filled(BODY, "3а0"),
        "soft hyphens": filled(BODY, "а\u00ad"),
        "accents": filled(BODY + "е", "\u0301"),
        "surrogates": filled(BODY, "&#xD83D;"),
        "pairs of surrogates": filled(BODY, "&#xD83D;&#xDE00;"),
        "references": filled(BODY, "&amp;nbsp;"),
        "nested references": filled(BODY + "&", "amp;"),
        "two encodings": mixed,
        "no encoding": lambda: bytes(range(256)) * 8_000,
    },
}


def peak_megabytes() -> float:
    """Return the most memory that this process held. Linux' `ru_maxrss` would count what its parent held before."""
    status = Path("/proc/self/status")
    if status.exists():
        told = next(
            line for line in status.read_text(encoding="ascii", errors="replace").splitlines() if "VmHWM" in line
        )
        return int(told.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


def main(group: str) -> None:
    for name, make in GROUPS[group].items():
        body = make()
        read = Page(url="https://example.org/1", fetched_at=datetime(2026, 1, 1, tzinfo=UTC), body=body)
        started = time.process_time()
        try:
            extract_article(read)
            outcome = "article"
        except ExtractionError as error:
            outcome = error.reason
        seconds = time.process_time() - started
        line = {"page": name, "outcome": outcome, "seconds": round(seconds, 2), "megabytes": round(peak_megabytes())}
        sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
