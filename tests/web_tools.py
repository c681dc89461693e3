"""What tests of the web application share: a store with the sample city's news, made without a crawl."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import uvicorn
from fastapi import FastAPI

from newscrawl.demo import SampleCity
from newscrawl.items import Page
from newscrawl.sites import get_site
from newscrawl.store import Store
from newscrawl.web.server import address_of, listen, run
from pipelines.normalise import VERSION
from pipelines.road import process_page

FETCHED_AT = datetime(2026, 10, 20, 9, 0, tzinfo=UTC)
REVISED = "Вход свободный. Начало в полдень."
"""The last paragraph of the one article that was revised."""


def fill(store: Store, *, articles: int = 60) -> None:
    """Store news of the sample city, and a run that says so: the road is a crawl's, the network is left out."""
    city, site = SampleCity(), get_site("sample")
    run = store.start_run("crawl", site.name)
    sound = [one for one in city.expected if one.flaw in {"", "no_date", "impossible_date"}]
    chosen = [*sound[: articles - 1], sound[-1]]
    made = []
    for one in chosen:
        answer = city.answer(one.path)
        page = Page(
            url=site.origin + one.path, site=site.name, fetched_at=FETCHED_AT, body=answer.body,
            headers={"content-type": answer.content_type},
        )  # fmt: skip
        saved = store.save_page(page, site, pipeline_version=VERSION)
        article = process_page(saved.page, site).article
        assert article is not None, one.path
        made.append(article)
    store.write_articles(made, run.id)
    first = made[0]
    store.write_articles([first.model_copy(update={"article_body": f"{first.article_body}\n\n{REVISED}"})], run.id)
    run.count("articles_new", len(made))
    run.count("articles_read", len(made))
    run.finish("done")
    store.refresh_entities()
    store.duplicates.refresh()


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """Serve an application on loopback; yields its address."""
    listener = listen("127.0.0.1", 0)
    servers: list[uvicorn.Server] = []
    thread = threading.Thread(target=run, args=(app, listener), kwargs={"started": servers.append})
    thread.start()
    try:
        yield address_of(listener)[1]
    finally:
        servers[0].should_exit = True
        thread.join()
        listener.close()
