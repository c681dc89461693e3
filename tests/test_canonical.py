"""What a page says its address is: believed where it can be its own, never where a template swallows articles."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newscrawl.canonical import article_url, declared_urls, identity
from newscrawl.items import Page
from newscrawl.sites import ArticleAddress, Site

SITE = Site(
    name="joomla",
    title="J",
    url="https://j.example/",
    verified=False,
    article=ArticleAddress(
        path=r"/(?:[a-z-]+/)*(?:\d+-)?[\w%-]+(?:\.html)?/?(?:\?id=\d+)?",
        keep_parameters=("id",),
        trailing_slash="never",
    ),
)
SLUG = "den-goroda-otmetili"


def page(url: str, head: str | bytes) -> Page:
    markup = head.encode() if isinstance(head, str) else head
    body = b"<html><head>" + markup + b"</head><body>x</body></html>"
    return Page(url=url, fetched_at=datetime(2026, 11, 1, tzinfo=UTC), body=body)


def canonical(href: str) -> str:
    return f'<link rel="canonical" href="{href}">'


@pytest.mark.parametrize(
    ("own", "declared"),
    [
        (f"/component/content/article/39-x/38576-{SLUG}", f"/obshhestvo/38576-{SLUG}"),
        # Joomla has the same article under another number.
        (f"/component/content/article/39-x/38577-{SLUG}", f"/obshhestvo/38576-{SLUG}"),
        # The headline was changed, and the address with it.
        ("/obshhestvo/38576-den-gorada", f"/obshhestvo/38576-{SLUG}"),
        ("/news?id=38576", f"/obshhestvo/38576-{SLUG}"),
        (f"/2025/{SLUG}-327556.html", f"/news/{SLUG}"),
        ("/amp/news-11724", "/news/news_11724.html"),
        ("/novosti/12", "/news/12"),
    ],
)
def test_a_page_may_name_its_other_address(own: str, declared: str) -> None:
    told = page(f"https://j.example{own}", canonical(f"https://j.example{declared}"))
    assert article_url(told, SITE) == f"https://j.example{declared}"
    assert (
        article_url(page(f"https://j.example{declared}", canonical(declared)), SITE) == f"https://j.example{declared}"
    )


@pytest.mark.parametrize(
    "declared",
    [
        "/",  # the home page
        "/news/",  # the list
        "/obshhestvo/38000-drugaya-novost-goroda",  # the article that the template was copied from
        f"https://elsewhere.example/obshhestvo/38576-{SLUG}",
        f"/upload/files/38576-{SLUG}.pdf?x=1",  # no article's address
        "http://[::1",
        "javascript:void(0)",
        "",
        "{{ url }}",
    ],
)
def test_a_template_that_lies_swallows_no_article(declared: str) -> None:
    own = f"https://j.example/obshhestvo/38576-{SLUG}"
    assert article_url(page(own, canonical(declared)), SITE) == own


@pytest.mark.parametrize(
    ("own", "declared"),
    [
        ("/news/itogi-2024", "/news/plany-2024"),
        ("/news/2024-itogi-goda", "/news/2024-plany-goda"),
        ("/news/10-let-gorodu", "/news/10-luchshih-shkol"),
        ("/news/1-sentyabrya", "/news/2-sentyabrya"),
        ("/news/plan", "/docs/plan"),
        ("/news?id=5", "/news?id=6"),
        ("/news/5", "/news/6"),
    ],
)
def test_years_and_small_numbers_prove_nothing(own: str, declared: str) -> None:
    assert article_url(page(f"https://j.example{own}", canonical(declared)), SITE) == f"https://j.example{own}"


def test_a_short_link_proves_that_the_page_knows_itself() -> None:
    head = '<link rel="shortlink" href="/node/12">' + canonical("/news/den-goroda")
    assert article_url(page("https://j.example/node/12", head), SITE) == "https://j.example/news/den-goroda"
    assert article_url(page("https://j.example/node/13", head), SITE) == "https://j.example/node/13"


def test_opengraph_is_the_second_witness() -> None:
    own, other = f"https://j.example/x/38576-{SLUG}", f"https://j.example/y/38576-{SLUG}"
    graph = f'<meta property="og:url" content="{other}" />'
    assert article_url(page(own, graph), SITE) == other
    assert article_url(page(own, canonical("/") + graph), SITE) == other
    assert article_url(page(own, graph + canonical(own)), SITE) == own


def test_without_a_site_the_host_must_be_the_same() -> None:
    own, other = "http://a.ru/x/38576-den", "https://www.a.ru/y/38576-den"
    assert article_url(page(own, canonical(other))) == "http://a.ru/y/38576-den"
    assert article_url(page(own, canonical("http://b.ru/y/38576-den"))) == own
    assert article_url(page(own, canonical("/"))) == own
    assert article_url(page(own, "")) == own


@pytest.mark.parametrize(
    "head",
    [
        b"<LINK HREF='/n/5-a?b=1&amp;c=2' REL='canonical'/>",
        b"<link\n  data-x=1 rel=canonical href=/n/5-a?b=1&c=2>",
        b'<!-- <link rel="canonical" href="/wrong/5-a"> --><link rel="alternate canonical" href="/n/5-a?b=1&c=2">',
    ],
)
def test_the_ways_of_writing_it(head: bytes) -> None:
    declared, _ = declared_urls(page("http://a.ru/x", head))
    assert declared == ["http://a.ru/n/5-a?b=1&c=2"]


def test_a_cyrillic_address_in_windows_1251() -> None:
    head = '<link rel="canonical" href="/новости/5">'
    encodings = [declared_urls(page("http://a.ru/x", head.encode(name))) for name in ("utf-8", "windows-1251")]
    assert encodings[0] == encodings[1]


@pytest.mark.parametrize(
    ("url", "number", "words"),
    [
        ("http://a.ru/novosti/2023/110188", "110188", ""),
        ("http://a.ru/n/38576-den-goroda", "38576", "den-goroda"),
        ("http://a.ru/n/38576:den_goroda", "38576", "den-goroda"),
        ("http://a.ru/n/den-goroda-0327.html", "327", "den-goroda"),
        ("http://a.ru/news/news_11724.html", "11724", ""),
        ("http://a.ru/news/item-2483/", "2483", ""),
        ("http://a.ru/detail.php?ID=77", "77", ""),
        ("http://a.ru/n/den-goroda/", None, "den-goroda"),
        ("http://a.ru/", None, ""),
    ],
)
def test_identity(url: str, number: str | None, words: str) -> None:
    assert identity(url) == (number, words)


@given(st.binary(max_size=300))
def test_any_bytes(body: bytes) -> None:
    told = Page(url="http://a.ru/5", fetched_at=datetime(2026, 11, 1, tzinfo=UTC), body=b"<link rel=canonical " + body)
    assert article_url(told).startswith("http://a.ru")


@pytest.mark.parametrize(
    "piece",
    [b"<!--", b"<link ", b"<link " + b"a" * 3900, b'<meta a="', b"<link href='", b"<", b"<link rel=canonical href=1>"],
)
def test_hostile_heads_take_no_time(piece: bytes) -> None:
    started = time.process_time()
    article_url(page("http://a.ru/1-" + "9" * 5000 + "x", piece * (2_000_000 // len(piece))))
    assert time.process_time() - started < 2
