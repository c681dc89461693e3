"""The publication date of a page that nobody described: where it may stand, what outranks it, what is never it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from newscrawl.extract import extract_article
from newscrawl.extract.datelines import best_date, find_date, has_year, is_dateline
from newscrawl.extract.published import url_date
from newscrawl.items import Article, ListingEntry, Page, RawArticle
from newscrawl.sites import Site
from pipelines.normalise import normalise

FETCHED = datetime(2026, 3, 2, 12, tzinfo=UTC)
HEADLINE = "В парке за рекой посадили липы"
ONE = "В парке за рекой высадили сорок молодых лип: саженцы привезли из питомника, корни обернули мешковиной."
TWO = "Работали студенты лесного колледжа и сотрудники городского хозяйства, к вечеру аллея была готова целиком."
TEXT = f"<div><p>{ONE}</p><p>{TWO}</p></div>"
LINK = "<a href=/news/7>Бассейн «Волна» закрывают на проверку фильтров</a>"
JSON_LD = (
    '<script type="application/ld+json">{"@type": "NewsArticle", "datePublished": "2026-02-20T09:00:00+03:00"}</script>'
)
OPENGRAPH = '<meta property="article:published_time" content="2026-02-18T10:00:00+03:00">'
MICRODATA = (
    '<div itemscope itemtype="http://schema.org/NewsArticle"><meta itemprop="datePublished" content="2026-02-19"></div>'
)


def raw_of(
    body: str,
    *,
    head: str = "",
    url: str = "http://n.example/news/1",
    listed: str | None = None,
    source: str = "listing",
    year: int | None = None,
    site: Site | None = None,
) -> RawArticle:
    html = f"<html><head>{head}</head><body>{body}</body></html>"
    entry = ListingEntry(url=url, source=source, date_published_raw=listed, year=year) if listed else None
    return extract_article(Page(url=url, fetched_at=FETCHED, body=html.encode(), entry=entry), site)


def published(body: str) -> list[str]:
    return [one.text for one in raw_of(body).date_published]


def article(body: str, **more: str) -> Article:
    return normalise(raw_of(body, **more))  # type: ignore[arg-type]


# --- the rank of the sources


def test_every_source_is_kept_the_best_first() -> None:
    raw = raw_of(
        f"<h1>{HEADLINE}</h1><p>17.02.2026</p>{TEXT}{MICRODATA}",
        head=OPENGRAPH + JSON_LD,
        url="http://n.example/2026/02/15/lipy/",
        listed="16 февраля 2026",
    )
    assert [(one.source, one.text[:10]) for one in raw.date_published] == [
        ("json-ld", "2026-02-20"),
        ("microdata", "2026-02-19"),
        ("opengraph", "2026-02-18"),
        ("dateline", "17.02.2026"),
        ("listing", "16 февраля"),
        ("url", "2026-02-15"),
    ]


def test_a_selector_of_the_site_goes_before_them_all() -> None:
    site = Site.model_validate(
        {"name": "n", "title": "Н.", "city": "Н.", "url": "http://n.example/", "verified": False,
         "article": {"path": r"/news/\d+"},
         "layouts": [{"name": "a", "headline": "h1", "article_body": "div", "date_published": ".when"}]}
    )  # fmt: skip
    raw = raw_of(f"<h1>{HEADLINE}</h1><i class=when>12.02.2026</i>{TEXT}", head=JSON_LD, listed="16.02.2026", site=site)
    assert [one.source for one in raw.date_published] == ["layout:a .when", "json-ld", "listing"]


def test_the_source_that_counted_is_named() -> None:
    assert article(f"<h1>{HEADLINE}</h1><p>17.02.2026</p>{TEXT}").date_published_source == "dateline"
    assert article(f"<h1>{HEADLINE}</h1>{TEXT}", head=JSON_LD).date_published_source == "json-ld"
    assert article(f"<h1>{HEADLINE}</h1>{TEXT}", listed="16.02.2026", source="feed").date_published_source == "feed"


def test_a_date_after_the_fetch_gives_way_to_the_next() -> None:
    told = article(f"<h1>{HEADLINE}</h1>{TEXT}", head=JSON_LD.replace("2026-02-20", "2027-02-20"), listed="16.02.2026")
    assert told.date_published_source == "listing"


def test_no_date_is_none_with_the_reason() -> None:
    told = article(f"<h1>{HEADLINE}</h1>{TEXT}")
    assert told.date_published is None
    assert [(one.field, one.reason) for one in told.problems if one.field == "date_published"] == [
        ("date_published", "missing")
    ]


# --- where it stands


@pytest.mark.parametrize(
    "body",
    [
        f"<h1>{HEADLINE}</h1><p>17.02.2026</p>{TEXT}",
        f"<p>17.02.2026</p><h1>{HEADLINE}</h1>{TEXT}",
        f"<div><span class=date>17.02.2026</span><h1>{HEADLINE}</h1>{TEXT}</div>",
        f"<h1>{HEADLINE}</h1>{TEXT}<div>17.02.2026</div>",
        f"<article><h1>{HEADLINE}</h1>{TEXT}<p>Опубликовано: 17.02.2026</p></article>",
        f"<h1>{HEADLINE}</h1><p>Дата публикации: 17.02.2026</p>{TEXT}",
        f"<h1>{HEADLINE}</h1><p>17.02.2026 | Просмотров: 154</p>{TEXT}",
        f"<h1>{HEADLINE}</h1><p>Автор: Анна Лугова, 17.02.2026</p>{TEXT}",
        f"<h1>{HEADLINE}</h1><table><tr><td>Дата:</td><td>17.02.2026</td></tr></table>{TEXT}",
    ],
)
def test_a_line_by_the_article(body: str) -> None:
    assert published(body) == ["17.02.2026"]


def test_a_date_that_opens_the_texts_element_is_no_part_of_the_text() -> None:
    raw = raw_of(f"<h1>{HEADLINE}</h1><div><span class=date>17.02.2026</span><p>{ONE}</p><p>{TWO}</p></div>")
    assert (raw.date_published[0].text, raw.article_body) == ("17.02.2026", f"{ONE}\n\n{TWO}")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("<span>17</span> <span>февраля</span> <span>2026</span>", "17 февраля 2026"),
        ("<span>17.02.2026</span><span>14:05</span>", "17.02.2026 14:05"),
        ("17 февраля 2026 г., 14:05", "17 февраля 2026 г., 14:05"),
        ("14:05, 17 февраля 2026", "14:05, 17 февраля 2026"),
        ("вторник, 17 февраля 2026", "17 февраля 2026"),
        ("17 февраля", "17 февраля"),
        ("Вчера в 14:05", "Вчера в 14:05"),
    ],
)
def test_the_date_as_it_is_written_however_many_elements_it_takes(line: str, told: str) -> None:
    assert published(f"<h1>{HEADLINE}</h1><div>{line}</div>{TEXT}") == [told]


def test_a_machine_readable_date_goes_before_the_words_that_it_stands_for() -> None:
    line = "<time datetime='2024-02-17T14:05:00+03:00'>17 февраля, суббота</time>"
    assert published(f"<h1>{HEADLINE}</h1>{line}{TEXT}") == ["2024-02-17T14:05:00+03:00"]


def test_the_label_tells_the_publication_from_the_change() -> None:
    body = f"<h1>{HEADLINE}</h1><p>Изменено: 19.02.2026</p><p>Опубликовано: 17.02.2026</p>{TEXT}"
    raw = raw_of(body)
    assert [one.text for one in raw.date_published] == ["17.02.2026"]
    assert [one.text for one in raw.date_modified] == ["19.02.2026"]


def test_a_class_tells_a_change_too() -> None:
    raw = raw_of(f'<h1>{HEADLINE}</h1><div class="date-updated">19.02.2026</div>{TEXT}')
    assert (raw.date_published, [one.text for one in raw.date_modified]) == ((), ["19.02.2026"])


def test_a_labelled_date_goes_before_a_bare_one() -> None:
    assert published(f"<h1>{HEADLINE}</h1><p>11.02.2026</p><p>Опубликовано 17.02.2026</p>{TEXT}")[0] == "17.02.2026"


# --- what is never it


@pytest.mark.parametrize(
    "decoy",
    [
        "<header>Сегодня 2 марта 2026, понедельник</header>",
        "<div>понедельник, 2 марта 2026</div>",
        "<div>Местное время 02.03.2026 15:00</div>",
        "<div>Курс доллара на 02.03.2026: 91,20</div>",
        f"<aside><div>27.02.2026</div>{LINK}</aside>",
        f"<div class=sidebar><span>27.02.2026</span>{LINK}</div>",
        f"<div><div><span>27.02.2026</span> {LINK}</div><div><span>26.02.2026</span> {LINK}</div></div>",
        "<nav>27.02.2026</nav>",
    ],
)
def test_a_date_above_the_article_that_is_not_its_own(decoy: str) -> None:
    logo = "<div><a href=/>Город Заречный</a></div><ul><li><a href=/a>Власть</a></li><li><a href=/b>Город</a></li></ul>"
    assert published(f"{decoy}{logo}<main><h1>{HEADLINE}</h1>{TEXT}</main>") == []


@pytest.mark.parametrize(
    "decoy",
    [
        "<footer>Обновлено 01.03.2026</footer>",
        "<footer>© 2010-2026. Последнее обновление сайта: 01.03.2026</footer>",
        f"<h3>Другие новости</h3><ul><li>27.02.2026 {LINK}</li><li>26.02.2026 {LINK}</li></ul>",
        f"<div><div>27.02.2026</div><div>{LINK}</div></div>",
        f"<div class=related><span>27.02.2026</span>{LINK}</div>",
        "<div class=comments><p>28.02.2026</p><p>Спасибо за липы!</p></div>",
        "<p>Приём заявок до 27.02.2026</p>",
    ],
)
def test_a_date_below_the_article_that_is_not_its_own(decoy: str) -> None:
    assert published(f"<h1>{HEADLINE}</h1>{TEXT}{decoy}") == []


def test_a_neighbours_date_gives_way_to_the_articles_own() -> None:
    neighbours = f"<ul><li>27.02.2026 {LINK}</li><li>26.02.2026 {LINK}</li></ul>"
    assert published(f"{neighbours}<h1>{HEADLINE}</h1><p>17.02.2026</p>{TEXT}{neighbours}") == ["17.02.2026"]


def test_three_dates_in_a_row_are_a_list() -> None:
    row = "<div>24.02.2026</div><div>25.02.2026</div><div>26.02.2026</div>"
    assert published(f"<h1>{HEADLINE}</h1>{row}{TEXT}") == []


def test_a_date_in_the_prose_is_not_taken() -> None:
    prose = f"<p>17 февраля {ONE[0].lower()}{ONE[1:]}</p><p>{TWO}</p>"
    assert published(f"<h1>{HEADLINE}</h1><div>{prose}</div>") == []


@pytest.mark.parametrize(
    "line",
    [
        "Постановление администрации от 17.02.2026 № 31",
        "Срок приёма заявок: 17.02.2026",
        "Начало мероприятия 17.02.2026",
        "Действует с 17.02.2026",
    ],
)
def test_a_date_of_something_else_by_the_headline(line: str) -> None:
    assert published(f"<h1>{HEADLINE}</h1><p>{line}</p>{TEXT}") == []


def test_a_date_in_the_headline_is_not_the_publication() -> None:
    assert published(f"<h1>Липы посадят 17.02.2026 в парке за рекой</h1>{TEXT}") == []


# --- the year that the line leaves out


def test_the_listing_tells_the_year_of_the_same_day() -> None:
    raw = raw_of(f"<h1>{HEADLINE}</h1><p>17 февраля</p>{TEXT}", listed="17.02.2024")
    assert [(one.source, one.year) for one in raw.date_published] == [("dateline", 2024), ("listing", None)]


def test_the_listings_own_year_counts_for_the_page_too() -> None:
    raw = raw_of(f"<h1>{HEADLINE}</h1><p>17 февраля</p>{TEXT}", listed="17 февраля", year=2024)
    told = normalise(raw)
    assert told.date_published is not None
    assert (told.date_published.year, told.date_published_source) == (2024, "dateline")


def test_another_day_of_the_listing_says_nothing_of_the_year() -> None:
    raw = raw_of(f"<h1>{HEADLINE}</h1><p>17 февраля</p>{TEXT}", listed="19.02.2024")
    assert raw.date_published[0].year is None


def test_without_a_list_it_is_the_latest_such_day() -> None:
    told = article(f"<h1>{HEADLINE}</h1><p>17 октября</p>{TEXT}")
    assert told.date_published is not None
    assert told.date_published.year == 2025


# --- the address


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/2020/01/13/lipy/", "2020-01-13"),
        ("/news/2020/1/3/lipy", "2020-01-03"),
        ("/news/2020-01-13-lipy", "2020-01-13"),
        ("/news/2020-01-13/", "2020-01-13"),
        ("/2020/jan/13/lipy", "13 jan 2020"),
        ("/13jan2020/lipy", "13 jan 2020"),
        ("/news/lipy_20200113.html", "2020-01-13"),
        ("/news/20200113/", "2020-01-13"),
        ("/news/2020/01/", None),
        ("/news/38576-lipy", None),
        ("/news/1020200113", None),
        ("/docs/2020/lipy", None),
    ],
)
def test_the_day_that_an_address_names(path: str, told: str | None) -> None:
    found = url_date(f"http://n.example{path}")
    assert (found.text if found else None) == told


def test_a_broken_address_names_no_day() -> None:
    assert url_date("http://[n/2020/01/13/") is None


# --- lines


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Опубликовано: 17.02.2026, 14:05", "17.02.2026, 14:05"),
        ("17 февраля | 17.02.2026", "17.02.2026"),
        ("2026-02-17T14:05:00+03:00", "2026-02-17T14:05:00+03:00"),
        ("2 часа назад", "2 часа назад"),
        ("Feb 17, 2026", "Feb 17, 2026"),
        ("тел. 55-12-40", None),
        ("версия 10.2.17.4", None),
        ("счёт 3:2", None),
        ("", None),
    ],
)
def test_the_date_of_a_line(text: str, told: str | None) -> None:
    assert find_date(text) == told


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("17.02.2026", True),
        ("Опубликовано 17 февраля 2026 г. в 14:05", True),
        ("17.02.2026 Просмотров: 99", True),
        ("17 февраля в парке за рекой посадили липы.", False),
        ("Собрание жильцов состоится в малом зале 17.02.2026", False),
        ("Липы", False),
    ],
)
def test_what_a_dateline_is(text: str, is_one: bool) -> None:
    assert is_dateline(text) is is_one


def test_a_full_date_may_have_a_longer_byline_at_the_head() -> None:
    line = "Отдел благоустройства города Заречный 17.02.2026"
    assert (is_dateline(line), is_dateline(line, at_head=True)) == (False, True)


def test_only_four_digits_are_a_year() -> None:
    assert (has_year("17.02.2026"), has_year("17.02.26"), best_date("17.02.26") is not None) == (True, False, True)
