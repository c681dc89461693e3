"""Any bytes at all through extraction: an article or an ExtractionError, in bounded time and memory."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newscrawl.demo import SampleCity
from newscrawl.errors import ExtractionError
from newscrawl.extract import extract_article
from newscrawl.items import Page, RawArticle
from newscrawl.sites import get_site

from . import hard_pages
from .conftest import FIXTURES, ROOT

SECONDS = 10
MEGABYTES = 500
"""What a page of the allowed size may cost, in processor time and in memory of the whole process."""
SLACK = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])

SEEDS = sorted(FIXTURES.glob("*/*.html"))
CONTENT_TYPES = ["", "text/html", *(f"text/html; charset={name}" for name in ("utf-8", "windows-1251", "utf-16", "х"))]
FRAGMENTS = [
    "<div>", "</div>", "<p>", "<table><td>", "</table>", "<br>", "<h1>", "</h1>", "<!--", "-->", "<script>", "<title>",
    "<a href='", "<img src='http://[::1'>", "<a href='http://x:99999/a.pdf'>", "<base href='//['>", "<plaintext>",
    "<div hidden>", "<svg>", "<template>", "<textarea>", "<frameset>", "<![CDATA[", "<?xml version='1.0'?>", "'", '"',
    "&", "&#", "&#xD83D;", "&nbsp", "\0", "\x1a", "\x85", "РџСЂРёРІРµС‚", "cовет", "32.13.2020",
    "<meta charset=koi8-r>", "<time datetime='0000-99-99'>", "<div itemscope itemtype='http://schema.org/Article'>",
    "<b itemprop=headline>",
    '<script type="application/ld+json">{"@type":"Article","author":[[{}]],"image":{"url":[1]},"headline":{}}</script>',
    '<script type="application/ld+json">{"@graph":[[],{"@type":["Article"],"headline":"\\ud800","image":5}]}</script>',
]  # fmt: skip


def read(body: bytes, content_type: str = "text/html", site: str | None = None) -> RawArticle | ExtractionError:
    page = Page(
        url="https://example.org/news/1",
        fetched_at=datetime(2026, 1, 1, tzinfo=UTC),
        body=body,
        headers={"content-type": content_type},
    )
    try:
        return extract_article(page, get_site(site) if site else None)
    except ExtractionError as error:
        return error


def corpus() -> list[bytes]:
    city = SampleCity()
    return [path.read_bytes() for path in SEEDS] + [city.answer(one.path).body for one in city.expected[::30]]


CORPUS = corpus()


def mutated(body: bytes, rng: Random, times: int) -> bytes:
    """Return a page with bytes flipped, cut, doubled, moved, put in, or taken for another encoding."""
    page = bytearray(body)
    for _ in range(times):
        at, length = rng.randrange(len(page) + 1), rng.choice((1, 10, 300))
        piece = bytes(page[at : at + length])
        match rng.randrange(7):
            case 0:
                page[at : at + 1] = rng.randbytes(1)
            case 1:
                del page[at : at + length]
            case 2:
                page[at:at] = piece * rng.choice((1, 2, 40))
            case 3:
                page[at:at] = rng.choice(FRAGMENTS).encode() * rng.choice((1, 2, 100))
            case 4:
                page[at:at] = rng.randbytes(length)
            case 5:
                other = rng.choice(CORPUS)
                start = rng.randrange(len(other))
                page[at:at] = other[start : start + 5 * length]
            case 6:
                encoding = rng.choice(("cp1251", "koi8-r", "cp866", "utf-16", "latin-1"))
                page = bytearray(page.decode(rng.choice(("utf-8", "cp1251")), "ignore").encode(encoding, "ignore"))
    return bytes(page)


@settings(SLACK, max_examples=400)
@given(st.binary(max_size=3000), st.sampled_from(CONTENT_TYPES))
def test_any_bytes(body: bytes, content_type: str) -> None:
    assert isinstance(read(body, content_type), RawArticle | ExtractionError)


@settings(SLACK, max_examples=400)
@given(st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.text(max_size=60)), max_size=60))
def test_any_markup(pieces: list[str]) -> None:
    body = "".join(pieces).encode("utf-8", "surrogatepass")
    assert isinstance(read(body), RawArticle | ExtractionError)


@settings(SLACK, max_examples=1000)
@given(
    st.sampled_from(range(len(CORPUS))),
    st.integers(0, 2**32),
    st.integers(1, 30),
    st.sampled_from(CONTENT_TYPES),
    st.sampled_from([None, "ryazan", "naslednikipobedi"]),
)
def test_mutated_pages(which: int, seed: int, times: int, content_type: str, site: str | None) -> None:
    body = mutated(CORPUS[which], Random(seed), times)
    assert isinstance(read(body, content_type, site), RawArticle | ExtractionError)


@pytest.mark.parametrize("group", hard_pages.GROUPS)
def test_hard_pages_in_time_and_memory(group: str) -> None:
    """Each group runs in a process of its own: its peak of memory is that of its hardest page."""
    command = [sys.executable, "-m", "tests.hard_pages", group]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=250, check=False)
    assert run.returncode == 0, run.stderr[-2000:]
    measured = [json.loads(line) for line in run.stdout.splitlines()]
    assert [one["page"] for one in measured] == list(hard_pages.GROUPS[group])
    for one in measured:
        assert one["seconds"] < SECONDS, one
        assert one["megabytes"] < MEGABYTES, one


@pytest.mark.parametrize("page", ["pdf", "zip", "png"])
def test_a_file_served_as_html_is_no_page(page: str) -> None:
    starts = {"pdf": b"%PDF-1.4", "zip": b"PK\x03\x04", "png": b"\x89PNG"}
    error = read(starts[page] + bytes(range(256)) * 100)
    assert isinstance(error, ExtractionError)
    assert error.reason == "not_html"


def test_a_control_character_in_a_part_that_is_taken_out() -> None:
    """Moving an element with such a text raises in lxml: what stands after a removed part moves."""
    page = (FIXTURES / "ryazan" / "131407.html").read_bytes()
    for sign in (b"\x01", b"\x0b", b"\x1f", b"&#2;", b"&#xFFFE;", "\uffff".encode()):
        spoilt = page.replace(b"</div>", b"</div>" + sign).replace(b"</a>", b"</a>" + sign)
        assert isinstance(read(spoilt, site="ryazan"), RawArticle)
