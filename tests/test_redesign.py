"""A redesigned template: told at once, with the fields that vanished; mended by a new layout, nothing lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from newscrawl.demo import Server, serve
from newscrawl.store import Store

from .changing_site import ChangingSite
from .conftest import Run, write_site_file
from .crawl_host import CrawlHost


@pytest.fixture
def site() -> ChangingSite:
    return ChangingSite.with_news(40)


@pytest.fixture
def server(site: ChangingSite) -> Iterator[Server]:
    with serve(site) as one:
        yield one


def test_from_redesign_to_recovery(
    newscrawl: Run,
    cli: Run,
    crawl_host: CrawlHost,
    site: ChangingSite,
    server: Server,
    store: Store,
    tmp_path: Path,
) -> None:
    path = write_site_file(tmp_path / "sites", server.origin)
    env = {"NEWSCRAWL_SITES": str(tmp_path / "sites")}
    status, _ = crawl_host.crawl("loop", path.parent, store.database.name)
    assert status == 0

    site.text_class, site.date_class = "content", "when"
    new = [site.publish(timedelta(minutes=minutes)) for minutes in range(8)]
    crawl = newscrawl("crawl", "loop", env=env)
    assert crawl.returncode == 1
    told = "article_body: found in 0 of 8 articles, before in 100 % of 40; it vanished altogether"
    assert told in crawl.stdout
    shown = cli("status", env=env)
    assert "● loop" in shown.stdout
    assert told in shown.stdout
    (row,) = [one for one in json.loads(cli("status", "--json", env=env).stdout) if one["site"] == "loop"]
    vanished = {one["subject"] for one in row["alarms"] if one["monitor"] == "coverage"}
    assert {"article_body", "date_published", "headline"} <= vanished
    assert store.articles.count_documents({}) == 40

    text = path.read_text(encoding="utf-8")
    layout = text[text.index("[[layouts]]") :].replace('"tpl"', '"tpl-2026"')
    path.write_text(text + "\n" + layout.replace(".text", ".content").replace("> .date", "> .when"), encoding="utf-8")
    assert cli("reprocess", "--site", "loop", env=env).returncode == 0
    assert store.pages_with_problems("loop") == {}
    for one in new:
        stored = store.articles.find_one({"_id": f"http://svetlorechensk.example{one.path}"})
        assert stored is not None
        assert (stored["article_body"], stored["date_published"]) == (one.text, one.published)
        assert stored["found_by"]["date_published"] == "layout:tpl-2026 #articles > .when"
    assert store.revisions.count_documents({}) == 0
    # The alarm ends once enough pages are read well again.
    for _ in range(12):
        site.publish(timedelta(seconds=1))
    status, run = crawl_host.crawl("loop", path.parent, store.database.name)
    assert status == 0, run
    assert "vanished" not in cli("status", env=env).stdout
