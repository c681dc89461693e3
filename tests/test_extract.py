"""Extraction, rule by rule, on small pages; whole pages of sites are in test_fixtures.py."""

from datetime import UTC, datetime

import pytest

from newscrawl.errors import ExtractionError
from newscrawl.extract import extract_article, extract_listing
from newscrawl.items import ListingEntry, Page, RawArticle
from newscrawl.sites import Feed, Layout, Listing, Site, Sitemap

FETCHED = datetime(2026, 1, 31, 12, tzinfo=UTC)
BASE = {
    "name": "n",
    "title": "Н.",
    "city": "Н.",
    "url": "http://n.example/",
    "verified": False,
    "article": {"path": r"/news/\d+"},
}


def page(html: str | bytes, url: str = "http://n.example/news/1", **more: object) -> Page:
    body = html.encode() if isinstance(html, str) else html
    return Page.model_validate({"url": url, "fetched_at": FETCHED, "body": body} | more)


def site(*layouts: dict[str, object], **more: object) -> Site:
    return Site.model_validate(BASE | {"layouts": layouts} | more)


LAYOUT: dict[str, object] = {"name": "a", "headline": "h1", "article_body": ".text", "date_published": ".date"}


def read(html: str, layout: dict[str, object] | None = None) -> RawArticle:
    return extract_article(page(html), site(layout or LAYOUT))


# --- paragraphs


@pytest.mark.parametrize(
    ("html", "paragraphs"),
    [
        ("<p>Раз.</p><p>Два.</p>", ["Раз.", "Два."]),
        ("Раз.<br><br>Два.", ["Раз.", "Два."]),
        ("Раз.<br>Два.", ["Раз.", "Два."]),
        ("улица Ленина,<br>дом 5", ["улица Ленина, дом 5"]),
        ("<p>Раз <b>и</b> два<script>x()</script></p>", ["Раз и два"]),
        ("<ul><li>раз</li><li>два</li></ul>", ["раз", "два"]),
        (
            "<table><tr><td>9:00</td><td>Сбор</td></tr><tr><td>10:00</td><td>Старт</td></tr></table>",
            ["9:00 Сбор", "10:00 Старт"],
        ),
        ("<p>Видно</p><p style='display: none'>Нет</p><p hidden>Нет</p><!-- нет -->", ["Видно"]),
        ("<div>Раз<div>Два</div>Три</div>", ["Раз", "Два", "Три"]),
        ("<p>Раз&nbsp;&shy;два</p><p>&nbsp;</p>", ["Раз два"]),
        ("<noindex><p>Раз</p></noindex>", ["Раз"]),
    ],
)
def test_paragraphs_as_a_reader_sees_them(html: str, paragraphs: list[str]) -> None:
    assert read(f"<h1>З</h1><div class=text>{html}</div>").article_body.split("\n\n") == paragraphs


def test_what_does_not_belong_is_removed_with_its_ancestors_named_and_text_after_it_kept() -> None:
    html = "<main><h1>З</h1><div class=text>Раз <span class=share>VK</span> два</div></main>"
    assert read(html, LAYOUT | {"remove": "main > .text .share"}).article_body == "Раз два"


def test_what_is_removed_from_the_text_may_still_be_a_field() -> None:
    html = "<div class=text><h1>З</h1><p class=date>30.01.2026</p>Раз <img src=/a.jpg></div>"
    raw = read(html, LAYOUT | {"remove": ["h1", ".date, img"]})
    assert (raw.headline, raw.date_published[0].text, raw.article_body) == ("З", "30.01.2026", "Раз")
    assert len(raw.images) == 1


def test_deep_nesting() -> None:
    raw = read("<h1>З</h1><div class=text>" + "<div>" * 1500 + "Дно" + "</div>" * 1500 + "</div>")
    assert raw.article_body == "Дно"


# --- fields and evidence


def test_first_selector_that_finds_something_and_attributes() -> None:
    html = "<h1> </h1><h2>З</h2><time datetime='2026-01-30T10:00+03:00'>вчера</time><div class=text>Т</div>"
    raw = read(html, LAYOUT | {"headline": ["h1", "h2"], "date_published": "time@datetime"})
    assert raw.headline == "З"
    assert raw.date_published[0].text == "2026-01-30T10:00+03:00"
    assert raw.date_published[0].source == "layout:a time@datetime"


JSON_LD = """<script type="application/ld+json">{"@context": "https://schema.org", "@graph": [{"@type": "NewsArticle",
 "headline": "Из JSON-LD", "datePublished": "2026-01-29T08:00:00+03:00", "articleBody": "Раз.\\nДва.",
 "author": [{"@type": "Person", "name": "А. Петров"}], "keywords": "ЖКХ, вода"}]}</script>"""
MICRODATA = """<div itemscope itemtype="http://schema.org/NewsArticle"><b itemprop="headline">Из микроданных</b>
<meta itemprop="datePublished" content="2026-01-28"></div>"""
OPENGRAPH = """<meta property="og:title" content="Из OpenGraph">
<meta property="article:published_time" content="2026-01-27">
<meta property="og:image" content="/a.jpg">"""


def test_metadata_stands_in_field_by_field_in_this_order() -> None:
    raw = read(OPENGRAPH + JSON_LD + MICRODATA + "<div class=date>30.01.2026</div><div class=text>Т</div>")
    assert raw.headline == "Из JSON-LD"
    assert [(one.source, one.text) for one in raw.date_published] == [
        ("layout:a .date", "30.01.2026"),
        ("json-ld", "2026-01-29T08:00:00+03:00"),
        ("microdata", "2026-01-28"),
        ("opengraph", "2026-01-27"),
    ]
    assert (raw.authors, raw.keywords) == (("А. Петров",), ("ЖКХ", "вода"))
    assert [image.url for image in raw.images] == ["http://n.example/a.jpg"]


def test_body_from_metadata_when_no_layout_fits() -> None:
    assert read(JSON_LD).article_body == "Раз.\n\nДва."


@pytest.mark.parametrize("broken", ["{", "[1, 2", '{"@type": "NewsArticle", "headline": {"x": [[[]]]}}', "null"])
def test_broken_json_ld_states_nothing(broken: str) -> None:
    html = f"<script type='application/ld+json'>{broken}</script><h1>З</h1><div class=text>Т</div>"
    assert read(html, LAYOUT | {"headline": "h2"}).headline is None


def test_the_listings_date_is_the_last_evidence() -> None:
    entry = ListingEntry(url="http://n.example/news/1", source="listing", date_published_raw="30 января")
    raw = extract_article(page("<h1>З</h1><div class=text>Т</div>", entry=entry), site(LAYOUT))
    assert [(one.source, one.text) for one in raw.date_published] == [("listing", "30 января")]


def test_attachments_and_images() -> None:
    html = """<h1>З</h1><div class=text>Т <a href="/f/Приказ.PDF">Приказ</a> <a href="/f/x.docx?y=1">Форма</a>
    <a href="/news/2">не файл</a><figure><img src="b.jpg" alt="x"><figcaption>Подпись</figcaption></figure></div>"""
    raw = read(html)
    assert [(one.title, one.type) for one in raw.attachments] == [("Приказ", "pdf"), ("Форма", "docx")]
    assert [(one.url, one.caption) for one in raw.images] == [("http://n.example/news/b.jpg", "Подпись")]


def test_a_lead_that_repeats_the_beginning_is_none() -> None:
    html = '<meta property="og:description" content="Раз два…"><h1>З</h1><div class=text>Раз два три.</div>'
    assert read(html).lead is None
    assert read(html.replace("Раз два…", "Иное")).lead == "Иное"


# --- layouts


def test_layouts_by_the_day_of_the_fetch() -> None:
    old = LAYOUT | {"name": "old", "article_body": ".old", "valid_until": "2026-01-01"}
    new = LAYOUT | {"name": "new", "article_body": ".new", "valid_from": "2026-01-01"}
    both = "<h1>З</h1><div class=old>Старое</div><div class=new>Новое</div>"
    assert extract_article(page(both), site(old, new)).article_body == "Новое"
    before = page(both, fetched_at=datetime(2025, 6, 1, tzinfo=UTC))
    assert extract_article(before, site(old, new)).article_body == "Старое"


def test_provenance_changes_with_what_could_change_the_result() -> None:
    html = page("<h1>З</h1><div class=text>Т</div>")
    one = extract_article(html, site(LAYOUT)).extracted_by
    assert one == extract_article(html, site(LAYOUT, delay=3.0, notes="x")).extracted_by
    assert one != extract_article(html, site(LAYOUT | {"remove": ".x"})).extracted_by


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty_page"),
        (b" \n\t ", "empty_page"),
        (b"%PDF-1.7 ...", "not_html"),
        (b"PK\x03\x04docx", "not_html"),
        ("<h1>З</h1><div class=renamed>Т</div>".encode(), "layout_not_matched"),
        (b"\x00\x01\x02\xff\xfe", "layout_not_matched"),
    ],
)
def test_pages_that_give_no_article(body: bytes, reason: str) -> None:
    with pytest.raises(ExtractionError) as caught:
        extract_article(page(body), site(LAYOUT))
    assert caught.value.reason == reason


def test_a_picture_with_a_headline_is_an_article() -> None:
    raw = read("<h1>З</h1><div class=text><img src=/a.jpg></div>")
    assert (raw.headline, raw.article_body, len(raw.images)) == ("З", "", 1)


# --- pages of no described site


def test_a_page_of_an_unknown_site_is_read_by_its_prose() -> None:
    prose = "В городе прошёл субботник, в котором участвовали жители трёх микрорайонов и студенты."
    html = f"""<body><header><p>Администрация города: официальный сайт, приёмная работает с 9 до 18 часов.</p></header>
    <h1>Субботник</h1><div><p>{prose}</p><p>{prose}</p></div>
    <aside><p>20 февраля 2021 г. Другая новость, у которой тоже есть довольно длинный текст.</p></aside>
    <footer><p>Обновлено 01.02.2026. При использовании материалов ссылка на сайт обязательна для всех.</p></footer>"""
    raw = extract_article(page(html))
    assert (raw.headline, raw.article_body) == ("Субботник", f"{prose}\n\n{prose}")
    assert raw.date_published == ()


def test_nothing_that_reads_as_an_article() -> None:
    with pytest.raises(ExtractionError) as caught:
        extract_article(page("<ul><li><a href=/>Главная</a></ul>"))
    assert caught.value.reason == "no_article"


# --- sources

LISTING = Listing.model_validate(
    {
        "type": "listing",
        "url": "http://n.example/news/",
        "item": ".item",
        "link": "a.title",
        "date": ".date",
        "lead": ".short",
        "pagination": {"parameter": "PAGEN_1", "max_pages": 3},
    }
)


def test_a_listing() -> None:
    html = """<div class=item><span class=date>30.01.2026</span><a class=title href="/news/1?PAGEN_1=2"> Раз </a>
      <p class=short>Коротко</p></div>
    <div class=item><a class=title href="/news/1">Раз снова</a></div>
    <div class=item><a class=title href="/docs/5">Не новость</a></div>
    <div class=item><a class=title>Без ссылки</a></div><div class=item></div>"""
    found = extract_listing(page(html, "http://n.example/news/"), site(), LISTING)
    assert [entry.model_dump(exclude={"seen_at"}) for entry in found.entries] == [
        {
            "url": "http://n.example/news/1",
            "source": "listing",
            "headline": "Раз",
            "date_published_raw": "30.01.2026",
            "lead": "Коротко",
            "year": None,
        }
    ]
    assert found.next_url == "http://n.example/news/?PAGEN_1=2"


@pytest.mark.parametrize(
    ("url", "following"), [("?PAGEN_1=2", "?PAGEN_1=3"), ("?PAGEN_1=3", None), ("?PAGEN_1=x", None)]
)
def test_pagination_ends_at_its_bound(url: str, following: str | None) -> None:
    found = extract_listing(page("<p>", f"http://n.example/news/{url}"), site(), LISTING)
    assert found.next_url == (f"http://n.example/news/{following}" if following else None)


def test_pagination_by_offset_and_by_link() -> None:
    offset = Listing.model_validate(
        LISTING.model_dump() | {"pagination": {"parameter": "start", "first": 0, "step": 13}}
    )
    assert (
        extract_listing(page("<p>", "http://n.example/?start=13"), site(), offset).next_url
        == "http://n.example/?start=26"
    )
    link = Listing.model_validate(LISTING.model_dump() | {"pagination": {"next": "a.next"}})
    html = "<a class=next href='/news/p2'>Далее</a>"
    assert extract_listing(page(html, "http://n.example/news/"), site(), link).next_url == "http://n.example/news/p2"


def test_a_feed() -> None:
    rss = """<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><item><title>Раз &amp; два</title>
    <link>http://n.example/news/7?utm_source=rss</link><pubDate>Fri, 30 Jan 2026 10:00:00 +0300</pubDate>
    <description>&lt;p&gt;Коротко&lt;/p&gt;</description></item>
    <item><title>Без адреса</title></item></channel></rss>"""
    feed = Feed(type="feed", url="http://n.example/rss")
    (entry,) = extract_listing(page(rss, feed.url), site(), feed).entries
    assert entry.model_dump(exclude={"seen_at"}) == {
        "url": "http://n.example/news/7",
        "source": "feed",
        "headline": "Раз & два",
        "date_published_raw": "Fri, 30 Jan 2026 10:00:00 +0300",
        "lead": "Коротко",
        "year": None,
    }


def test_a_sitemap_and_its_index() -> None:
    head = '<?xml version="1.0"?>'
    xmlns = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
    source = Sitemap(type="sitemap", url="http://n.example/sitemap.xml")
    index = f"{head}<sitemapindex {xmlns}><sitemap><loc>http://n.example/s1.xml</loc></sitemap></sitemapindex>"
    assert extract_listing(page(index, source.url), site(), source).further == ("http://n.example/s1.xml",)
    urls = (
        f"{head}<urlset {xmlns}><url><loc> http://n.example/news/9 </loc><lastmod>2026-01-01</lastmod></url></urlset>"
    )
    (entry,) = extract_listing(page(urls, source.url), site(), source).entries
    assert (entry.url, entry.date_published_raw) == ("http://n.example/news/9", None)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x00\xff",
        b"<html>",
        b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><x>&a;</x>",
    ],
)
@pytest.mark.parametrize("kind", ["listing", "feed", "sitemap"])
def test_a_source_that_is_anything_else_has_no_entries(kind: str, body: bytes) -> None:
    source = {
        "listing": LISTING,
        "feed": Feed(type="feed", url="http://n.example/"),
        "sitemap": Sitemap(type="sitemap", url="http://n.example/"),
    }[kind]
    assert extract_listing(page(body, "http://n.example/"), site(), source).entries == ()


def test_no_layout_covers_everything_by_default() -> None:
    assert Layout(name="x").covers(FETCHED.date())
