"""Lists as a crawl reads them: years of dates that leave them out, the next page, archives, compressed sitemaps."""

from __future__ import annotations

import gzip
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newscrawl.extract import ListingPage, extract_listing
from newscrawl.extract.list_years import same_day_of_year, with_years, year_of
from newscrawl.items import ListingEntry, Page
from newscrawl.sites import Listing, Site, Sitemap

FETCHED = datetime(2026, 3, 2, 12, tzinfo=UTC)
ZONE = "Europe/Moscow"
URL = "http://n.example/news/"
SITE = Site.model_validate(
    {"name": "n", "title": "Н.", "city": "Н.", "url": "http://n.example/", "verified": False,
     "article": {"path": r"/news/\d+"}}
)  # fmt: skip
SOURCE: dict[str, object] = {"type": "listing", "url": URL, "item": ".item", "date": ".date"}


def item(number: int, day: str) -> str:
    return f"<div class=item><span class=date>{day}</span> <a href=/news/{number}>Новость {number}</a></div>"


def read(html: str, *, url: str = URL, newest: date | None = None, **changes: object) -> ListingPage:
    page = Page(url=url, fetched_at=FETCHED, body=html.encode())
    return extract_listing(page, SITE, Listing.model_validate(SOURCE | changes), newest=newest)


def years(*days: str, newest: date | None = None) -> list[int | None]:
    html = "".join(item(number, day) for number, day in enumerate(days))
    return [entry.year for entry in read(html, newest=newest).entries]


# --- headings


@pytest.mark.parametrize("heading", ["2024 год", "Новости за 2024 год", "Март 2024", "Архив новостей 2024", "2024"])
def test_the_heading_above_tells_the_year(heading: str) -> None:
    found = read(f"<h3>{heading}</h3>{item(1, '5 марта')}{item(2, '4 марта')}")
    assert [entry.year for entry in found.entries] == [2024, 2024]


def test_the_nearest_heading_counts() -> None:
    html = f"<h3>2025 год</h3>{item(1, '5 марта')}<h3>2024 год</h3>{item(2, '9 декабря')}{item(3, '4 марта')}"
    assert [entry.year for entry in read(html).entries] == [2025, 2024, 2024]


@pytest.mark.parametrize("other", ["План до 2024 года утверждён", "В 2024 году", "Дом 2024 на Садовой улице"])
def test_a_sentence_with_a_year_is_no_heading(other: str) -> None:
    (entry,) = read(f"<p>{other}</p>{item(1, '5 января')}").entries
    assert entry.year == 2026


# --- the order of the entries


def test_a_list_sorted_by_date_goes_back_over_the_new_year() -> None:
    assert years("20 января", "28 декабря", "9 октября", "14 января", "25 декабря") == [2026, 2025, 2025, 2025, 2024]


def test_a_day_that_has_not_come_yet_is_of_the_year_before() -> None:
    assert years("5 марта", "12 февраля", newest=date(2025, 4, 1)) == [2025, 2025]
    assert years("5 марта") == [2025]


def test_a_list_need_not_be_sorted_to_the_day() -> None:
    assert years("20 февраля", "25 февраля", "18 февраля") == [2026, 2026, 2026]


def test_the_page_before_tells_how_old_this_one_is() -> None:
    assert years("20 февраля", "1 февраля", newest=date(2025, 3, 1)) == [2025, 2025]


def test_a_page_tells_the_next_how_old_it_gets() -> None:
    found = read(item(1, "20 января") + item(2, "28 декабря"))
    assert found.oldest == date(2025, 12, 28)
    again = read(item(3, "20 октября") + item(4, "20 января"), newest=found.oldest)
    assert [entry.year for entry in again.entries] == [2025, 2025]
    assert again.oldest == date(2025, 1, 20)


def test_a_page_without_dates_hands_over_what_it_was_given() -> None:
    assert read(item(1, ""), newest=date(2025, 3, 1)).oldest == date(2025, 3, 1)


def test_a_pinned_entry_says_nothing_of_the_others() -> None:
    assert years("3 июня", "20 февраля", "18 февраля") == [2025, 2026, 2026]


def test_the_twenty_ninth_of_february() -> None:
    assert years("5 марта", "29 февраля", newest=date(2025, 4, 1)) == [2025, 2024]


# --- what needs no year


def test_full_dates_are_left_as_they_are() -> None:
    assert years("20.02.2026", "18 февраля 2024 г.") == [None, None]


@pytest.mark.parametrize("relative", ["Сегодня, 10:15", "Вчера", "2 часа назад"])
def test_a_relative_date_has_no_year_to_tell(relative: str) -> None:
    assert years(relative, "20 февраля") == [None, 2026]


def test_what_is_no_date_has_no_year() -> None:
    assert years("", "скоро", "20 февраля") == [None, None, 2026]


def test_full_dates_lead_those_without_a_year() -> None:
    assert years("20.02.2024", "19.02.2024", "18 февраля", "3 января") == [None, None, 2024, 2024]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(["1 января", "29 февраля", "31 декабря", "15 июня", "01.02.2020", "вчера", "99 мая", "", "x"])
    ),
    st.none() | st.dates(date(1995, 1, 1), date(2026, 3, 2)),
)
def test_no_order_of_dates_raises_and_none_is_after_the_fetch(days: list[str], newest: date | None) -> None:
    entries = [ListingEntry(url=URL, source="listing", date_published_raw=day) for day in days]
    told, oldest = with_years(entries, fetched_at=FETCHED, timezone=ZONE, newest=newest)
    assert len(told) == len(entries)
    assert all(entry.year is None or entry.year <= 2026 for entry in told)
    assert oldest is None or oldest <= FETCHED.date()


def test_two_dates_of_one_day_of_the_year() -> None:
    assert same_day_of_year("17 февраля", "17.02.2024", FETCHED, ZONE)
    assert not same_day_of_year("18 февраля", "17.02.2024", FETCHED, ZONE)
    assert not same_day_of_year("скоро", "17.02.2024", FETCHED, ZONE)


def test_the_year_of_a_date_as_written() -> None:
    assert (year_of("17.02.2024", FETCHED, ZONE), year_of("17 февраля", FETCHED, ZONE)) == (2024, None)


# --- the next page, archives


@pytest.mark.parametrize(
    ("url", "following"),
    [
        ("/news/", "/news/page/2/"),
        ("/news/page/2/", "/news/page/3/"),
        ("/news/page/3/", None),
        ("/news/page/x/", "/news/page/2/"),
    ],
)
def test_pages_that_a_template_counts(url: str, following: str | None) -> None:
    paging = {"template": "http://n.example/news/page/{page}/", "max_pages": 3}
    found = read(item(1, ""), url=f"http://n.example{url}", pagination=paging)
    assert found.next_url == (f"http://n.example{following}" if following else None)


def test_a_template_that_counts_from_nought_in_steps() -> None:
    paging = {"template": "http://n.example/news/from{page}.html", "first": 0, "step": 20}
    assert read("", pagination=paging).next_url == "http://n.example/news/from20.html"
    assert read("", url="http://n.example/news/from20.html", pagination=paging).next_url == (
        "http://n.example/news/from40.html"
    )


def test_links_to_the_archive_are_followed_each_once() -> None:
    links = "<p class=years><a href=/news/2025/>2025</a><a href=/news/2024/>2024</a><a href=2025/>2025</a><a>?</a></p>"
    found = read(links + item(1, ""), archive=".years a")
    assert found.further == ("http://n.example/news/2025/", "http://n.example/news/2024/")


def test_the_date_of_an_entry_without_an_element_of_its_own() -> None:
    html = "<div class=item>20.02.2026 <a href=/news/1>Новость от 1 мая</a> (городской отдел)</div>"
    (entry,) = read(html, date="@text").entries
    assert (entry.headline, entry.date_published_raw) == ("Новость от 1 мая", "20.02.2026")


# --- compressed sitemaps

SITEMAP = "<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{}</urlset>"
ENTRIES = "".join(f"<url><loc>http://n.example/news/{number}</loc></url>" for number in range(300))


def sitemap(body: bytes) -> tuple[str, ...]:
    source = Sitemap(type="sitemap", url="http://n.example/sitemap.xml.gz")
    found = extract_listing(Page(url=source.url, fetched_at=FETCHED, body=body), SITE, source)
    return tuple(entry.url for entry in found.entries)


def test_a_gzipped_sitemap() -> None:
    assert len(sitemap(gzip.compress(SITEMAP.format(ENTRIES).encode()))) == 300


def test_a_gzip_that_breaks_off_is_read_as_far_as_it_goes() -> None:
    whole = gzip.compress(SITEMAP.format(ENTRIES).encode(), compresslevel=0)
    assert 0 < len(sitemap(whole[: len(whole) // 2])) < 300


@pytest.mark.parametrize("body", [b"\x1f\x8b", b"\x1f\x8b\x08\x00rubbish that is no deflate stream", b"\x1f\x8b" * 50])
def test_a_broken_gzip_has_no_entries(body: bytes) -> None:
    assert sitemap(body) == ()
