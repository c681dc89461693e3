"""A small corpus that notebooks read: pages of the sample city, read in place, on the session's server."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from newscrawl import notebook
from newscrawl.config import Config, load_config
from newscrawl.demo import SampleCity
from newscrawl.items import Page
from newscrawl.sites import get_site
from newscrawl.store import Store, open_store
from pipelines.normalise import VERSION
from pipelines.road import process_page

ORIGIN = "http://svetlorechensk.example"
REVISED = "Дополнено: работы завершены 5 октября 2026 года, сообщил Иван Петров."


@pytest.fixture(scope="module")
def corpus(home: Path) -> Iterator[Store]:
    """Some 40 articles with their pages and the registry; one has a revision, one is a copy."""
    config = load_config(home=home, database=f"n{uuid.uuid4().hex[:12]}", workers=1, patience=20)
    site = get_site("sample")
    city = SampleCity(articles=45)
    with open_store(config) as store:
        made = []
        for one in city.expected:
            answer = city.answer(one.path)
            if answer.status != 200:
                continue
            page = Page(
                url=ORIGIN + one.path, site=site.name, fetched_at=datetime(2026, 11, 1, tzinfo=UTC), body=answer.body,
                headers={"content-type": answer.content_type},
            )  # fmt: skip
            saved = store.save_page(page, site, pipeline_version=VERSION)
            article = process_page(saved.page, site).article
            if article is not None:
                made.append(article)
        store.write_articles(made, "run1")
        first = max(made, key=lambda one: one.date_published or datetime.min.replace(tzinfo=UTC))
        longer = first.model_copy(update={"article_body": f"{first.article_body}\n\n{REVISED}"})
        store.write_articles([longer], "run2")
        store.refresh_entities()
        store.articles.update_one({"_id": made[1].url}, {"$set": {"duplicate_of": made[0].url}})
        run = store.start_run("crawl", None)
        run.count("articles_new", len(made))
        run.finish("done", {"seconds.fetch": 1.5})
        yield store
        store.connection.client.drop_database(config.database)
    notebook.close()


@pytest.fixture
def reading(corpus: Store, home: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """The corpus, which calls without an address find by the environment."""
    monkeypatch.setenv("NEWSCRAWL_HOME", str(home))
    monkeypatch.setenv("NEWSCRAWL_DATABASE", corpus.database.name)
    return corpus


def settings_of(store: Store, home: Path) -> Config:
    """Return the configuration of the corpus."""
    return load_config(home=home, database=store.database.name, workers=1)
