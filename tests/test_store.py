"""The store against a real mongod: idempotence, revisions, validators, leases, what happens when it is away."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pymongo.errors import WriteError

from newscrawl.config import Config, load_config
from newscrawl.errors import ConfigError, LeaseHeldError, StoreUnavailableError
from newscrawl.extract import VERSION as EXTRACTION
from newscrawl.items import Article, Page, Problem
from newscrawl.sites import get_site
from newscrawl.store import Store, open_store
from newscrawl.store import leases as lease_rules
from newscrawl.store.schema import INDEXES, SCHEMA_VERSION
from pipelines.normalise import VERSION, normalise

from .conftest import command_environment
from .test_normalise import raw

URL = "http://n.example/news/1"


@pytest.fixture(scope="module")
def article() -> Article:
    return normalise(raw("13 декабря 2025 г."))


def changed(article: Article, **fields: object) -> Article:
    return article.model_copy(update=fields)


def snapshot(store: Store, *leave: str) -> dict[str, list[dict[str, object]]]:
    return {
        name: [
            {key: value for key, value in one.items() if key not in leave}
            for one in store.database[name].find().sort("_id", 1)
        ]
        for name in ("articles", "revisions", "entities")
    }


# --- articles and revisions


def test_the_same_twice_changes_nothing_but_last_seen(store: Store, article: Article) -> None:
    assert store.write_articles([article, article], "run1").by_outcome() == {"new": 1}
    store.refresh_entities()
    before = snapshot(store, "last_seen")
    assert store.write_articles([article], "run2").by_outcome() == {"unchanged": 1}
    store.refresh_entities()
    assert snapshot(store, "last_seen") == before
    stored = store.find_article(URL)
    assert stored is not None
    assert (stored.revision, stored.run_id) == (1, "run1")
    assert Article.model_validate({name: getattr(stored, name) for name in Article.model_fields}) == article


def test_a_changed_text_makes_a_revision_and_keeps_the_old_one(store: Store, article: Article) -> None:
    store.write_articles([article], "run1")
    corrected = changed(article, headline="В гимназии")
    assert store.write_articles([corrected], "run2").by_outcome() == {"changed": 1}
    stored = store.find_article(URL)
    assert stored is not None
    assert (stored.revision, stored.headline, stored.run_id) == (2, "В гимназии", "run2")
    (old,) = store.revisions.find()
    assert (old["article_id"], old["revision"], old["headline"]) == (URL, 1, "В школе")
    assert stored.first_seen == old["first_seen"]


def test_a_better_reading_of_the_same_text_is_no_revision(store: Store, article: Article) -> None:
    store.write_articles([article], "run1")
    better = changed(article, entities=(), pipeline_version="2")
    assert store.write_articles([better], "run2").by_outcome() == {"refreshed": 1}
    stored = store.find_article(URL)
    assert stored is not None
    assert (stored.revision, stored.entities, stored.pipeline_version) == (1, (), "2")
    assert store.revisions.count_documents({}) == 0


def test_another_fetch_of_the_same_text_keeps_the_first(store: Store, article: Article) -> None:
    store.write_articles([article], "run1")
    later = changed(article, page_id="q", fetched_at=article.fetched_at + timedelta(days=1))
    assert store.write_articles([later], "run2").by_outcome() == {"unchanged": 1}
    stored = store.find_article(URL)
    assert stored is not None
    assert stored.page_id == "p"


def test_one_document_that_mongodb_refuses_costs_no_other(store: Store, article: Article) -> None:
    huge = changed(article, url="http://n.example/news/2", article_body="я" * 9_000_000)
    written = store.write_articles([article, huge], "run1")
    assert written.new == [URL]
    assert "16 MiB" in written.refused["http://n.example/news/2"]


@pytest.mark.parametrize(
    ("before", "after", "outcome"),
    [
        ("13.12.2025 10:30", "13.12.2025 10:45", "changed"),
        ("13.12.2025", "14.12.2025", "changed"),
        ("13.12.2025", "13.12.2025 10:30", "refreshed"),  # the same day, told more finely
        ("13.12.2025 10:30", "13.12.2025", "unchanged"),
        ("13.12.2025", "14.12.2025 00:10", "changed"),
        ("2 часа назад", "3 часа назад", "unchanged"),
        ("31.01.2026 11:40", "3 часа назад", "unchanged"),
        ("3 часа назад", "29.01.2026", "changed"),
        ("13.12.2025", "", "changed"),
    ],
)
def test_a_date_told_otherwise_is_no_revision_while_it_is_the_same_date(
    store: Store, before: str, after: str, outcome: str
) -> None:
    first, second = normalise(raw(before)), normalise(raw(after))
    store.write_articles([first], "run1")
    if outcome == "unchanged":  # the page itself is another one: its rules may differ, its text not
        second = changed(second, problems=first.problems, found_by=first.found_by)
    assert store.write_articles([second], "run2").by_outcome() == {outcome: 1}
    stored = store.find_article(URL)
    assert stored is not None
    kept = first if outcome == "unchanged" else second
    assert stored.date_published == kept.date_published


def test_search_by_fields(store: Store, article: Article) -> None:
    undated = changed(article, url="http://n.example/news/3", date_published=None, date_published_precision=None)
    older = changed(article, url="http://n.example/news/2", date_published=datetime(2024, 5, 1, tzinfo=UTC))
    store.write_articles([undated, older, article], "run1")
    urls = [one.url[-1] for one in store.find_articles(site="n")]
    assert urls == ["1", "2", "3"]
    assert [one.url[-1] for one in store.find_articles(since=datetime(2025, 1, 1, tzinfo=UTC))] == ["1"]
    assert [one.url[-1] for one in store.find_articles(until=datetime(2025, 1, 1, tzinfo=UTC), limit=5)] == ["2"]
    assert len(list(store.find_articles(entity="loc:рязань", region="RU-RYA", city="Н."))) == 3


# --- the registry


def test_the_registry_counts_articles(store: Store, article: Article) -> None:
    second = changed(article, url="http://n.example/news/2", date_published=datetime(2024, 5, 1, tzinfo=UTC))
    store.write_articles([article, second], "run1")
    store.refresh_entities()
    (person,) = store.entities.find({"type": "PER"})
    assert (person["normal"], person["articles"]) == ("Елена Сорокина", 2)
    assert person["first_seen"] == datetime(2024, 5, 1, tzinfo=UTC)
    assert "stale" not in person
    assert store.top_entities("PER") == store.top_entities("PER", site="n") == [("Елена Сорокина", 2)]
    store.write_articles([changed(second, entities=())], "run2")
    store.refresh_entities()
    assert store.top_entities("PER") == [("Елена Сорокина", 1)]
    store.write_articles([changed(article, entities=())], "run3")
    store.refresh_entities()
    assert store.entities.count_documents({}) == 0


# --- pages

PAGE = Page(
    url=URL, site="n", fetched_at=datetime(2026, 1, 31, 12, tzinfo=UTC), headers={"etag": "1"}, body=b"<p>\xcf</p>"
)


def test_a_page_is_stored_whole_once_a_body_and_the_first_fetch_counts(store: Store) -> None:
    first = store.save_page(PAGE, None, pipeline_version=VERSION)
    again = store.save_page(
        PAGE.model_copy(update={"fetched_at": PAGE.fetched_at + timedelta(days=3)}), None, pipeline_version=VERSION
    )
    assert (first.state, again.state) == ("new", "known")
    assert first.page == again.page == store.find_page(first.page.id)
    assert again.page.body == PAGE.body
    other = store.save_page(PAGE.model_copy(update={"body": b"x"}), None, pipeline_version=VERSION)
    assert other.state == "new"
    assert store.pages.count_documents({}) == 2


def test_a_page_is_current_once_its_article_is_stored_by_todays_code(store: Store, article: Article) -> None:
    saved = store.save_page(PAGE, None, pipeline_version=VERSION)
    made = changed(article, page_id=saved.page.id, extracted_by=f"-/generic@{EXTRACTION}.0")
    store.write_articles([made], "run1")
    assert store.save_page(PAGE, None, pipeline_version=VERSION).state == "current"
    assert store.save_page(PAGE, None, pipeline_version="another").state == "known"
    assert store.save_page(PAGE, get_site("ryazan"), pipeline_version=VERSION).state != "current"


def test_problems_are_marked_counted_and_cleared(store: Store) -> None:
    saved = store.save_page(PAGE, None, pipeline_version=VERSION)
    store.mark_pages({saved.page.id: Problem(field="page", reason="layout_not_matched")})
    assert store.pages_with_problems("n") == {"layout_not_matched": [URL]}
    store.mark_pages({saved.page.id: None})
    assert store.pages_with_problems("n") == {}


# --- schema


def test_validators_guard_every_record(store: Store) -> None:
    for name in ("articles", "pages", "entities", "runs", "revisions"):
        with pytest.raises(WriteError, match="Document failed validation"):
            store.database[name].insert_one({"_id": "x", "url": 5})


def test_every_index_is_there_and_the_version_is_recorded(store: Store) -> None:
    for name, indexes in INDEXES.items():
        assert {index.document["name"] for index in indexes} <= set(store.database[name].index_information())
    meta = store.database["meta"].find_one({"_id": "schema"})
    assert meta is not None
    assert meta["version"] == SCHEMA_VERSION


def test_queries_use_indexes(store: Store, article: Article) -> None:
    store.write_articles([article], "run1")
    for query in ({"site": "n"}, {"city": "Н."}, {"region": "RU-RYA"}, {"entities.id": "x"}, {}):
        plan = store.articles.find(query).sort([("date_published", -1), ("_id", 1)]).explain()
        assert "COLLSCAN" not in str(plan["queryPlanner"]["winningPlan"]), query


def test_a_database_of_a_newer_version_is_refused(store: Store, config: Config) -> None:
    store.database["meta"].update_one({"_id": "schema"}, {"$set": {"version": SCHEMA_VERSION + 1}})
    with pytest.raises(ConfigError, match=f"schema version {SCHEMA_VERSION + 1}"):
        open_store(config)


def test_older_databases_are_migrated(store: Store, config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []
    monkeypatch.setattr("newscrawl.store.schema.SCHEMA_VERSION", SCHEMA_VERSION + 2)
    monkeypatch.setattr(
        "newscrawl.store.schema.MIGRATIONS",
        {SCHEMA_VERSION: lambda _: steps.append("one"), SCHEMA_VERSION + 1: lambda _: steps.append("two")},
    )
    open_store(config).close()
    meta = store.database["meta"].find_one({"_id": "schema"})
    assert (steps, meta and meta["version"]) == (["one", "two"], SCHEMA_VERSION + 2)


# --- runs and leases


def test_a_run_from_start_to_finish(store: Store) -> None:
    run = store.start_run("crawl", "n")
    assert [(one.id, one.status) for one in store.find_runs("n")] == [(run.id, "running")]
    run.count("articles_new", 3)
    run.warn("Внимание")
    run.finish("done", {"requests": 7})
    (stored,) = store.find_runs("n")
    assert (stored.status, stored.stats) == ("done", {"articles_new": 3, "warnings": 1, "requests": 7})
    assert stored.warnings == ("Внимание",)
    assert stored.finished_at is not None
    assert store.leases.count_documents({}) == 0


def test_old_runs_are_forgotten(store: Store) -> None:
    for _ in range(2):
        store.start_run("crawl", "n").finish("done")
    old, young = reversed(store.find_runs("n"))
    store.runs.update_one({"_id": old.id}, {"$set": {"started_at": datetime.now(UTC) - timedelta(days=400)}})
    assert store.forget_runs("n", datetime.now(UTC) - timedelta(days=365)) == 1
    assert [one.id for one in store.find_runs("n")] == [young.id]


def test_a_site_has_one_living_run(store: Store) -> None:
    run = store.start_run("crawl", "n")
    with pytest.raises(LeaseHeldError, match=re.escape(run.id)):
        store.start_run("reprocess", "n")
    store.start_run("crawl", "other").finish("done")
    run.finish("done")
    store.start_run("crawl", "n").finish("done")


def test_a_dead_holder_on_this_machine_is_replaced_at_once(store: Store, config: Config) -> None:
    code = (
        "import os, signal; from newscrawl.config import load_config; from newscrawl.store import open_store;"
        "print(open_store(load_config()).start_run('crawl', 'n').id, flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=command_environment(config), capture_output=True, check=False
    )
    dead = done.stdout.decode().strip()
    run = store.start_run("crawl", "n")
    assert dead in run.warnings[0]
    died = store.find_run(dead)
    assert died is not None
    assert (died.status, died.finished_at is not None) == ("died", True)
    run.finish("done")


def test_a_holder_on_another_machine_is_dead_when_its_lease_ran_out(store: Store) -> None:
    run = store.start_run("crawl", "n")
    away = {"host": "elsewhere", "expires_at": datetime.now(UTC) + timedelta(hours=1)}
    store.leases.update_one({"_id": "site:n"}, {"$set": away})
    with pytest.raises(LeaseHeldError, match="elsewhere"):
        store.start_run("crawl", "n")
    store.leases.update_one({"_id": "site:n"}, {"$set": {"expires_at": datetime.now(UTC) - timedelta(seconds=1)}})
    second = store.start_run("crawl", "n")
    assert run.id in second.warnings[0]
    assert not lease_rules.renew(store.leases, "n", run.id)
    assert lease_rules.renew(store.leases, "n", second.id)
    second.finish("done")
    run.finish("stopped")


# --- no server


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_server_that_does_not_answer(tmp_path: Path) -> None:
    port = free_port()
    config = load_config(mongo_uri=f"mongodb://user:secret@127.0.0.1:{port}/", home=tmp_path, patience=0.1)
    with pytest.raises(StoreUnavailableError, match=rf"127\.0\.0\.1:{port} does not answer") as caught:
        open_store(config)
    assert "secret" not in caught.value.message


@pytest.mark.parametrize(
    "uri",
    ["postgres://x", "mongodb://", "mongodb://a b:c:d/", "nonsense", "mongodb://h/?tls=maybe", "mongodb://h/?tsl=true"],
)
def test_a_uri_that_is_none(tmp_path: Path, uri: str) -> None:
    with pytest.raises(ConfigError, match="NEWSCRAWL_MONGO_URI is not usable"):
        open_store(load_config(mongo_uri=uri, home=tmp_path))
