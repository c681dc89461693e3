"""`normalise()`: what it makes of evidence, and that it is a pure function."""

import subprocess
import sys
from datetime import UTC, datetime

import pytest

from newscrawl.items import Article, Evidence, RawArticle
from pipelines.normalise import VERSION, normalise

FETCHED = datetime(2026, 1, 31, 12, tzinfo=UTC)
BODY = "12 декабря глава города Рязани Елена Сорокина открыла школу.\n\nЕё построили в 2024 году."


def raw(*dates: str, **more: object) -> RawArticle:
    fields: dict[str, object] = {
        "url": "http://n.example/news/1",
        "site": "n",
        "city": "Н.",
        "region": "RU-RYA",
        "timezone": "Europe/Moscow",
        "headline": " В\u00a0школе ",
        "lead": None,
        "article_body": BODY,
        "date_published": tuple(Evidence(source=f"s{number}", text=text) for number, text in enumerate(dates)),
        "date_modified": (),
        "authors": (),
        "article_section": None,
        "keywords": (),
        "images": (),
        "attachments": (),
        "fetched_at": FETCHED,
        "page_id": "p",
        "extracted_by": "n/a@1.0",
    }
    return RawArticle.model_validate(fields | more)


def problems(article: Article, field: str = "date_published") -> list[tuple[str, str | None]]:
    return [(one.reason, one.text) for one in article.problems if one.field == field]


@pytest.mark.parametrize(
    ("text", "at", "precision"),
    [
        ("13 декабря 2025 г.", datetime(2025, 12, 12, 21, tzinfo=UTC), "day"),
        ("13.12.2025 14:30", datetime(2025, 12, 13, 11, 30, tzinfo=UTC), "minute"),
        ("2025-12-13T14:30:00+05:00", datetime(2025, 12, 13, 9, 30, tzinfo=UTC), "minute"),
        ("вчера в 9:15", datetime(2026, 1, 30, 6, 15, tzinfo=UTC), "minute"),
        ("декабрь 2025", datetime(2025, 11, 30, 21, tzinfo=UTC), "month"),
    ],
)
def test_publication_date_in_the_sites_zone(text: str, at: datetime, precision: str) -> None:
    article = normalise(raw(text))
    assert (article.date_published, article.date_published_precision) == (at, precision)
    assert (article.date_published_raw, article.date_published_source) == (text, "s0")
    assert problems(article) == []


def test_another_zone() -> None:
    article = normalise(raw("13 декабря 2025 г.", timezone="Asia/Kamchatka"))
    assert article.date_published == datetime(2025, 12, 12, 12, tzinfo=UTC)


def test_the_best_evidence_that_can_be_read_counts() -> None:
    article = normalise(raw("скоро", "31 ноября 2025 г.", "13.12.2025"))
    assert article.date_published == datetime(2025, 12, 12, 21, tzinfo=UTC)
    assert article.date_published_source == "s2"
    assert problems(article) == []


@pytest.mark.parametrize(
    ("texts", "reason"),
    [
        ((), "missing"),
        (("31 ноября 2025 г.",), "impossible_day"),
        (("13 декабря 2027 г.",), "after_fetch"),
        (("с 10 по 15 декабря 2025 года",), "not_one_moment"),
    ],
)
def test_what_cannot_be_resolved_is_null_with_a_reason(texts: tuple[str, ...], reason: str) -> None:
    article = normalise(raw(*texts))
    assert article.date_published is None
    assert article.date_published_raw == (texts[0] if texts else None)
    assert article.date_published_precision is None
    assert problems(article) == [(reason, texts[0] if texts else None)]


def test_dates_in_the_text_are_read_against_the_publication() -> None:
    assert [one.value for one in normalise(raw("13 декабря 2018 г.")).dates] == ["2018-12-12", "2024"]
    assert [one.value for one in normalise(raw()).dates] == ["2025-12-12", "2024"]


def test_spans_point_into_the_body() -> None:
    article = normalise(raw("13 декабря 2018 г."))
    for one in (*article.dates, *article.entities):
        assert article.article_body[one.start : one.stop] == one.text
    person = next(one for one in article.entities if one.type == "PER")
    assert (person.normal, person.post) == ("Елена Сорокина", "глава города Рязани")


def test_text_is_unified_and_what_is_missing_is_told() -> None:
    article = normalise(raw(headline=" В\u00a0шко\u00adле ", article_body=" Раз\u00a0два \n\n\n\n три"))
    assert (article.headline, article.article_body) == ("В школе", "Раз два\n\nтри")
    empty = normalise(raw(headline=" ", article_body="\u200b"))
    assert (problems(empty, "headline"), problems(empty, "article_body")) == ([("missing", None)], [("empty", None)])


@pytest.mark.parametrize(
    ("body", "language"),
    [
        (BODY, "ru"),
        ("Міська рада повідомляє про зміни у розкладі руху.", None),
        ("Hello, dear guests of the city", None),
        ("Да", None),
    ],
)
def test_language(body: str, language: str | None) -> None:
    assert normalise(raw(article_body=body)).language == language


def test_the_same_in_the_same_out_in_any_process(tmp_path: object) -> None:
    """Another process, another time zone, another locale, another hash seed: the same bytes."""
    given = raw("вчера в 9:15")
    here = normalise(given).model_dump_json()
    assert normalise(given).model_dump_json() == here
    code = (
        "import sys; from newscrawl.items import RawArticle; from pipelines.normalise import normalise;"
        "print(normalise(RawArticle.model_validate_json(sys.stdin.read())).model_dump_json())"
    )
    there = subprocess.run(
        [sys.executable, "-c", code],
        input=given.model_dump_json().encode(),
        capture_output=True,
        check=True,
        env={"TZ": "America/New_York", "LC_ALL": "C", "PYTHONHASHSEED": "7", "PYTHONUTF8": "1"},
    )
    assert there.stdout.decode().strip() == here
    assert normalise(given).pipeline_version == VERSION
