"""Imports: an export comes back as it was, minimal articles take the only road, bad lines cost no other."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from newscrawl.config import Config, load_config
from newscrawl.errors import ExtractionError
from newscrawl.extract import extract_article
from newscrawl.items import IMPORTED_TYPE, Article, Page
from newscrawl.jobs import import_lines as lines
from newscrawl.jobs.import_lines import BadLine, numbered_lines, read_line
from newscrawl.jobs.importing import import_lines
from newscrawl.jobs.reprocess import plan_parts, reprocess_part
from newscrawl.resources import Resources
from newscrawl.sites import Site, get_site
from newscrawl.store import RunLog, Store, open_store
from pipelines.normalise import VERSION
from pipelines.road import process_page
from pipelines.workers import WorkerPool

from .conftest import Run
from .test_export import SOME, filled  # noqa: F401 - a fixture

URL = "http://svetlorechensk.example/novosti/2026/77"
LINE = {
    "url": URL + "?utm_source=x", "site": "sample", "headline": "Мост  открыт", "lead": "Вступление",
    "article_body": "Мост открыли 12 мая.\nПришла Анна Белова.", "date_published": "13 мая 2025 г., 10:30",
    "authors": "Иван Петров", "keywords": ["мост"], "unknown": {"a": 1},
}  # fmt: skip


@pytest.fixture(scope="module")
def pool() -> Iterator[WorkerPool]:
    with WorkerPool(1, page_timeout=60) as opened:
        yield opened


@pytest.fixture
def resources(store: Store, pool: WorkerPool) -> Resources:
    return Resources(store, pool)


@pytest.fixture(scope="module")
def sites() -> dict[str, Site]:
    return {"sample": get_site("sample")}


def run_lines(resources: Resources, sites: dict[str, Site], *told: dict[str, Any] | bytes) -> dict[str, int | float]:
    data = b"".join((one if isinstance(one, bytes) else json.dumps(one).encode()) + b"\n" for one in told)
    return import_lines(resources, io.BytesIO(data), sites).stats


# --- what an export wrote


def test_an_export_comes_back_as_it_was(
    filled: Store,  # noqa: F811
    cli: Run,
    config: Config,
    tmp_path: Path,
) -> None:
    assert cli("export", "a.jsonl").returncode == 0
    other = load_config(home=config.home, database=config.database + "b", workers=1)
    with open_store(other) as store:
        try:
            for _ in range(2):  # the second time nothing changes
                done = cli("--database", other.database, "import", "a.jsonl", "--json")
                assert done.returncode == 0, done.stderr
                assert cli("--database", other.database, "export", "b.jsonl").returncode == 0
                assert (tmp_path / "b.jsonl").read_bytes() == (tmp_path / "a.jsonl").read_bytes()
            assert json.loads(done.stdout)["stats"]["articles_unchanged"] == len(SOME)
            assert store.revisions.count_documents({}) == 1
            assert list(store.entities.find().sort("_id", 1)) == list(filled.entities.find().sort("_id", 1))
            assert store.articles.count_documents({"changed_at": {"$exists": False}}) == 0
        finally:
            store.connection.client.drop_database(other.database)


def test_of_a_known_article_the_later_state_counts(filled: Store, resources: Resources, sites: dict[str, Site]) -> None:  # noqa: F811
    (told,) = [one for one in exported(filled) if one["url"] == SOME[1].url]
    older = told | {"headline": "Früher", "fetched_at": "2025-01-01T00:00:00Z"}
    assert run_lines(resources, sites, older)["articles_unchanged"] == 1
    later = told | {"headline": "Später", "fetched_at": "2026-01-01T00:00:00Z"}
    assert run_lines(resources, sites, later)["articles_changed"] == 1
    found = filled.find_article(SOME[1].url)
    assert found is not None
    assert (found.headline, found.revision) == ("Später", 2)
    assert [one.headline for one in filled.find_revisions(SOME[1].url)] == ["Новость"]


def exported(store: Store) -> list[dict[str, Any]]:
    from newscrawl.exports.lines import line

    return [json.loads(line(one)) for one in store.articles.find()]


# --- minimal articles


def test_a_minimal_article_takes_the_only_road(store: Store, resources: Resources, sites: dict[str, Site]) -> None:
    stats = run_lines(resources, sites, LINE)
    assert (stats["articles_new"], stats["lines"]) == (1, 1)
    found = store.find_article(URL)
    assert found is not None
    assert (found.headline, found.lead, found.authors, found.keywords) == (
        "Мост открыт",
        "Вступление",
        ("Иван Петров",),
        ("мост",),
    )
    assert found.article_body == "Мост открыли 12 мая.\n\nПришла Анна Белова."
    assert found.date_published == datetime(2025, 5, 13, 7, 30, tzinfo=UTC)
    assert (found.date_published_raw, found.date_published_source) == ("13 мая 2025 г., 10:30", "import")
    assert found.dates[0].value == "2025-05-12"
    assert "Анна Белова" in {one.normal for one in found.entities}
    assert (found.city, found.site) == ("Светлореченск", "sample")
    page = store.find_page(found.page_id)
    assert page is not None
    assert json.loads(page.body) == LINE
    own = {name: getattr(found, name) for name in Article.model_fields}
    assert process_page(page, sites["sample"]).article == Article(**own)
    assert store.find_latest_pages("sample", 5) == []  # no page by which a layout could be judged
    # Once more nothing happens; reprocessing reads it like any page.
    before = store.articles.find_one({"_id": URL})
    assert run_lines(resources, sites, LINE)["articles_unchanged"] == 1
    assert store.articles.find_one({"_id": URL}) == before
    store.articles.update_one({"_id": URL}, {"$set": {"pipeline_version": "0", "headline": "Иначе"}})
    log = RunLog()
    for part in plan_parts(store, [sites["sample"]]):
        reprocess_part(resources, part, "run2", log)
    assert log.stats["articles_changed"] == 1
    again = store.find_article(URL)
    assert again is not None
    assert (again.headline, again.revision) == ("Мост открыт", 2)


def test_a_later_line_revises_and_a_crawled_article_stays(
    store: Store, resources: Resources, sites: dict[str, Site]
) -> None:
    run_lines(resources, sites, LINE)
    assert run_lines(resources, sites, LINE | {"headline": "Мост закрыт"})["articles_changed"] == 1
    body = (
        b"<html><body><div id='articles'><h1>X</h1><div class='text'><p>"
        + "Слово о мосте.".encode() * 9
        + b"</p></div></div></body></html>"
    )
    crawled = Page(url=URL + "0", site="sample", fetched_at=datetime(2020, 1, 1, tzinfo=UTC), body=body)
    saved = store.save_page(crawled, sites["sample"], pipeline_version=VERSION)
    article = process_page(saved.page, sites["sample"]).article
    assert article is not None
    store.write_articles([article], "crawl")
    store.refresh_entities()
    store.duplicates.refresh()
    before = store.articles.find_one({"_id": URL + "0"})
    assert run_lines(resources, sites, LINE | {"url": URL + "0"})["articles_kept"] == 1
    assert store.articles.find_one({"_id": URL + "0"}) == before
    assert store.pages.count_documents({"article_id": URL + "0"}) == 1


def test_of_two_lines_of_one_article_the_last_counts(
    store: Store, resources: Resources, sites: dict[str, Site]
) -> None:
    stats = run_lines(resources, sites, LINE, LINE | {"headline": "Второй"})
    assert (stats["lines_superseded"], stats["articles_new"]) == (1, 1)
    found = store.find_article(URL)
    assert found is not None
    assert found.headline == "Второй"


@pytest.mark.parametrize(
    ("told", "day"),
    [
        ("2025-05-13T10:30:00+03:00", datetime(2025, 5, 13, 7, 30, tzinfo=UTC)),
        ("2025-05-13", datetime(2025, 5, 12, 21, tzinfo=UTC)),
        ("13.05.2025", datetime(2025, 5, 12, 21, tzinfo=UTC)),
        ("вчера в 12:00", datetime(2025, 6, 1, 9, tzinfo=UTC)),
        ("когда-то", None),
        (None, None),
    ],
)
def test_dates_are_iso_or_russian_words(sites: dict[str, Site], told: str | None, day: datetime | None) -> None:
    line = LINE | {"date_published": told}
    page = Page(
        url=URL, site="sample", fetched_at=datetime(2025, 6, 2, 12, tzinfo=UTC), id="p",
        headers={"content-type": IMPORTED_TYPE}, body=json.dumps(line).encode(),
    )  # fmt: skip
    article = process_page(page, sites["sample"]).article
    assert article is not None
    assert article.date_published == day
    assert {one.field for one in article.problems} == (set() if day else {"date_published"})


def test_the_base_of_relative_dates_is_what_the_line_says(sites: dict[str, Site]) -> None:
    found = read_line((1, json.dumps(LINE | {"fetched_at": "2025-06-02T12:00:00+03:00"}).encode()), sites)
    assert isinstance(found, lines.Plain)
    assert found.fetched_at == datetime(2025, 6, 2, 9, tzinfo=UTC)


def test_what_a_line_quotes_is_not_the_page(sites: dict[str, Site]) -> None:
    body = LINE | {"article_body": '<link rel="canonical" href="http://svetlorechensk.example/novosti/2026/78">'}
    page = Page(
        url=URL, site="sample", fetched_at=datetime.now(UTC), headers={"content-type": IMPORTED_TYPE},
        body=json.dumps(body).encode(),
    )  # fmt: skip
    assert extract_article(page, sites["sample"]).url == URL
    with pytest.raises(ExtractionError, match="not JSON"):
        extract_article(page.model_copy(update={"body": b"{"}), sites["sample"])


# --- lines that cannot be used

BAD: list[tuple[bytes, str, str]] = [
    (b"{", "not_json", "not JSON"),
    (b"[1]", "not_json", "expected an object"),
    (b'{"url": NaN}', "not_json", "NaN is no value"),
    (b"[" * 200_000, "not_json", "not JSON"),
    (b'{"a": ' + b"9" * 10_000 + b"}", "not_json", "not JSON"),
    (b'{"url": "\xff"}', "not_utf8", "not UTF-8"),
    (json.dumps(LINE | {"headline": "\ud800"}).encode(), "not_utf8", "surrogate"),
    (json.dumps(LINE | {"headline": "a\0b"}).encode(), "control_character", "holds a NUL"),
    (b'{"url": "http://a/\0"}', "control_character", "holds a NUL"),
    (json.dumps(LINE | {"url": None}).encode(), "no_url", "url: is missing"),
    (json.dumps(LINE | {"url": 5}).encode(), "wrong_type", "url: expected a string"),
    (json.dumps(LINE | {"url": "javascript:alert(1)"}).encode(), "no_url", "expected an http(s) address"),
    (json.dumps(LINE | {"url": "http://[a"}).encode(), "no_url", "expected an http(s) address"),
    (json.dumps(LINE | {"url": "http://a.example/" + "a" * 9000}).encode(), "no_url", "expected an http(s) address"),
    (json.dumps(LINE | {"site": ""}).encode(), "no_site", "site: is missing"),
    (json.dumps(LINE | {"site": "atlantis"}).encode(), "unknown_site", "there is no site 'atlantis'"),
    (json.dumps(LINE | {"date_published": 1747121400}).encode(), "wrong_type", "date_published: "),
    (json.dumps(LINE | {"article_body": ["a"]}).encode(), "wrong_type", "article_body: "),
    (json.dumps(LINE | {"keywords": [1]}).encode(), "wrong_type", "keywords.0: "),
    (json.dumps(LINE | {"fetched_at": "2025-06-02"}).encode(), "wrong_type", "fetched_at: expected"),
    (json.dumps(LINE | {"headline": " ", "article_body": None}).encode(), "no_article", "neither a headline"),
    (
        json.dumps(LINE | dict.fromkeys(lines.WHOLE, "x")).encode(), "wrong_type", "field required",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("line", "reason", "told"), BAD)
def test_a_bad_line_says_why(sites: dict[str, Site], line: bytes, reason: str, told: str) -> None:
    found = read_line((7, line), sites)
    assert isinstance(found, BadLine)
    assert (found.number, found.reason) == (7, reason)
    assert told in found.text


def test_bad_lines_are_told_with_their_numbers_and_cost_no_other(
    store: Store, newscrawl: Run, cli: Run, tmp_path: Path
) -> None:
    data = (
        b"\xef\xbb\xbf" + b"\n".join([json.dumps(LINE).encode(), b"", b"{", *(line for line, _, _ in BAD[11:])]) + b"\n"
    )
    (tmp_path / "in.jsonl.gz").write_bytes(gzip.compress(data)[:-8])  # and the file breaks off
    done = cli("import", "in.jsonl.gz", "--rejects", "bad.jsonl")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    left = [json.loads(line) for line in (tmp_path / "bad.jsonl").read_bytes().splitlines()]
    assert [one["line"] for one in left[:2]] == [3, 4]
    assert left[-1]["reason"] == "broken_off"
    assert len(left) == 2 + len(BAD[11:])
    assert "line 3: not JSON" in done.stdout
    assert store.articles.count_documents({}) == 1
    piped = newscrawl("import", "-", "--json", stdin=json.dumps(LINE | {"url": URL + "1"}))
    run = json.loads(piped.stdout)
    assert (piped.returncode, run["job"], run["stats"]["articles_new"]) == (0, "import", 1)
    missing = cli("import", "nowhere.jsonl")
    assert missing.returncode == 2
    assert "nowhere.jsonl cannot be read" in missing.stderr


def test_a_line_that_is_too_long_is_never_held(sites: dict[str, Site], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "LONGEST", 1000)
    found = list(numbered_lines(io.BytesIO(b"a" * 999 + b"\n" + b"b" * 100_000 + b"\n\nlast" + b"\n" + b"c" * 2000)))
    assert found[0] == (1, b"a" * 999)
    assert isinstance(found[1], BadLine)
    assert (found[1].number, found[1].reason) == (2, "too_long")
    assert found[2] == (4, b"last")
    assert isinstance(found[3], BadLine)
    assert found[3].number == 5
