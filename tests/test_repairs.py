"""What was put right on a page is told with its article, counted in the run, and kept in the store."""

from __future__ import annotations

from datetime import UTC, datetime

from newscrawl.config import Config
from newscrawl.extract import extract_article
from newscrawl.items import Page
from newscrawl.store import Store, open_store
from newscrawl.store.schema import SCHEMA_VERSION
from pipelines.mongo import count_outcomes, write_outcomes
from pipelines.normalise import normalise
from pipelines.road import process_page

SENTENCE = "В городском парке посадили двести молодых лип, работы заняли одну неделю. "
MISREAD = "".join(bytes([byte]).decode("cp1251", "ignore") or chr(byte) for byte in SENTENCE.encode())
SPOILT = f"""<html><head><title>Новости</title></head><body><h1>Пoсадки в Pязани</h1>
<div class="text"><p>{SENTENCE}&amp;laquo;Лип&shy;ки&raquo; станут зелёными.</p><p>{MISREAD}</p><p>{SENTENCE}</p></div>
<aside><ul><li><a href="/1">Нoвость</a></li><li><a href="/2">Другaя новость</a></li></ul></aside></body></html>"""
REPAIRS = {"lookalikes": 2, "references": 1, "invisible": 1, "mojibake": 1}


def page(body: bytes, content_type: str = "text/html") -> Page:
    return Page(
        url="https://example.org/news/1",
        fetched_at=datetime(2026, 1, 1, tzinfo=UTC),
        headers={"content-type": content_type},
        body=body,
        id="a page",
    )


def test_an_article_tells_what_was_put_right_in_it_and_not_what_stands_beside() -> None:
    raw = extract_article(page(SPOILT.encode()))
    assert raw.headline == "Посадки в Рязани"
    assert "«Липки» станут" in raw.article_body
    assert raw.article_body.count(SENTENCE.strip()) == 3
    assert raw.repairs == REPAIRS


def test_bytes_are_counted_for_the_page() -> None:
    clean = SPOILT.replace(MISREAD, SENTENCE).replace("&shy;", "").replace("&amp;laquo;", "«")
    raw = extract_article(page(clean.encode("cp1251") + b"&#1;", "text/html; charset=utf-8"))
    assert raw.repairs == {"lookalikes": 2, "charset": 1, "controls": 1}


def test_normalising_adds_what_it_finds_itself() -> None:
    raw = extract_article(page(SPOILT.encode()))
    assert normalise(raw).repairs == REPAIRS
    written = raw.model_copy(update={"keywords": ("cовет", "парк")})
    assert normalise(written).repairs == REPAIRS | {"lookalikes": 3}


def test_a_run_counts_them_by_kind(store: Store) -> None:
    run = store.start_run("reprocess", None)
    outcome = process_page(page(SPOILT.encode()), None)
    count_outcomes(run, [outcome, outcome], write_outcomes(store, [outcome], run.id))
    counted = {name: number for name, number in run.stats.items() if name.startswith("repaired.")}
    assert counted == {f"repaired.{kind}": 2 * number for kind, number in REPAIRS.items()}
    stored = store.find_article(outcome.article_url)
    assert stored is not None
    assert stored.repairs == REPAIRS
    run.finish("done")


def test_articles_of_an_older_schema_get_an_empty_field(store: Store, config: Config) -> None:
    run = store.start_run("reprocess", None)
    outcome = process_page(page(SPOILT.encode()), None)
    write_outcomes(store, [outcome], run.id)
    run.finish("done")
    articles = store.database.get_collection("articles")
    store.database.command("collMod", "articles", validator={})
    articles.update_many({}, {"$unset": {"repairs": 1}})
    store.database["meta"].update_one({"_id": "schema"}, {"$set": {"version": 2}})
    with open_store(config) as migrated:
        stored = migrated.find_article(outcome.article_url)
        assert stored is not None
        assert stored.repairs == {}
        migrated.touch_articles([outcome.article_url])  # the new validator takes it
        meta = migrated.database["meta"].find_one({"_id": "schema"})
    assert meta is not None
    assert meta["version"] == SCHEMA_VERSION
