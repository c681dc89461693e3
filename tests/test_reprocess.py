"""Stored pages read anew: what is due, what is written and what is not, `kill -9` in the middle, the preview."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from newscrawl.cli.preview_view import print_preview
from newscrawl.config import Config
from newscrawl.demo import SampleCity
from newscrawl.items import Article, Page, Problem
from newscrawl.jobs.reprocess import Part, plan_parts, reprocess, reprocess_part
from newscrawl.jobs.reprocess_preview import EXAMPLES, Preview, preview
from newscrawl.parts import ThisProcess
from newscrawl.resources import Resources
from newscrawl.sites import Site, get_site
from newscrawl.store import RunLog, Store
from newscrawl.store.rereading import PageRange
from pipelines import workers
from pipelines.normalise import VERSION
from pipelines.road import process_page

from .conftest import Run, command_environment
from .deadly_work import read_or_die

CITY = SampleCity(articles=40)
FETCHED = datetime(2026, 11, 1, tzinfo=UTC)
Documents = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def site() -> Site:
    return get_site("sample")


@pytest.fixture(scope="module")
def pool() -> Iterator[workers.WorkerPool]:
    with workers.WorkerPool(1, page_timeout=60) as opened:
        yield opened


@pytest.fixture
def resources(store: Store, pool: workers.WorkerPool) -> Resources:
    return Resources(store, pool)


def save(store: Store, site: Site, city: SampleCity = CITY) -> list[str]:
    """Store the pages of a city as a crawl does that is killed before it reads them; return their addresses."""
    urls = []
    for one in city.expected:
        answer = city.answer(one.path)
        if answer.status == 200:
            url = f"http://svetlorechensk.example{one.path}"
            page = Page(
                url=url,
                site=site.name,
                fetched_at=FETCHED,
                body=answer.body,
                headers={"content-type": answer.content_type},
            )
            urls.append(store.save_page(page, site, pipeline_version=VERSION).article_url)
    return urls


def read_all(resources: Resources, site: Site, **options: Any) -> dict[str, int | float]:
    parts = plan_parts(resources.store, [site], **options)
    (run,) = reprocess(ThisProcess(resources), resources.store, parts).runs
    return run.stats


def documents(store: Store, *leave: str) -> Documents:
    """Return everything that reprocessing may write, but for when and by which run."""
    left = {"run_id", "changed_at", *leave}
    return {
        name: [{k: v for k, v in one.items() if k not in left} for one in store.database[name].find().sort("_id", 1)]
        for name in ("articles", "revisions", "pages", "entities")
    }


def age(store: Store, query: dict[str, Any] | None = None, **fields: object) -> None:
    """Make articles look as if an older pipeline had made them, with these fields read otherwise."""
    store.articles.update_many(query or {}, {"$set": {"pipeline_version": "0", **fields}})


# --- what is due


def test_pages_without_an_article_are_read(store: Store, resources: Resources, site: Site) -> None:
    urls = save(store, site)
    stats = read_all(resources, site)
    assert stats["articles_listed"] == stats["passed"] == len(urls)
    assert stats["articles_new"] + stats["pages_failed"] == len(urls)
    for article in store.find_articles(site=site.name):
        page = store.find_page(article.page_id)
        assert page is not None
        own = article.model_dump(include=set(Article.model_fields))
        assert process_page(page, site).article == Article.model_validate(own)


def test_only_what_older_code_or_another_site_file_made_is_due(store: Store, resources: Resources, site: Site) -> None:
    save(store, site)
    first = read_all(resources, site)
    failed = first["pages_failed"]
    before = documents(store)
    # Pages that gave no article are tried again, nothing else.
    assert read_all(resources, site)["articles_listed"] == failed
    some = [one["_id"] for one in store.articles.find().sort("_id", 1)]
    age(store, {"_id": some[0]})
    store.articles.update_one({"_id": some[1]}, {"$set": {"extracted_by": "sample/old@2.00000000"}})
    store.articles.delete_one({"_id": some[2]})
    stats = read_all(resources, site)
    assert stats["articles_listed"] == failed + 3
    assert (stats["articles_unchanged"], stats["articles_new"]) == (2, 1)
    assert documents(store, "first_seen", "last_seen") == {
        name: [{k: v for k, v in one.items() if k not in {"first_seen", "last_seen"}} for one in found]
        for name, found in before.items()
    }
    other = Site.model_validate({**site.model_dump(), "named_days": {"День реки": "last saturday 08"}})
    (part, *_) = plan_parts(store, [other])
    due = [one for _, chunk in store.rereading.chunks(part.range, other, pipeline_version=VERSION) for one in chunk]
    assert len(due) == first["articles_listed"]


def test_what_comes_out_the_same_is_not_touched(store: Store, resources: Resources, site: Site) -> None:
    save(store, site)
    read_all(resources, site)
    before = {name: list(store.database[name].find().sort("_id", 1)) for name in ("articles", "entities", "pages")}
    stats = read_all(resources, site, everything=True)
    assert stats["articles_unchanged"] == len(before["articles"])
    assert {name: list(store.database[name].find().sort("_id", 1)) for name in before} == before


def test_a_new_version_that_reads_the_same_writes_its_stamp_alone(
    store: Store, resources: Resources, site: Site
) -> None:
    save(store, site)
    read_all(resources, site)
    before = documents(store)
    runs = {one["_id"]: one["run_id"] for one in store.articles.find()}
    age(store)
    assert read_all(resources, site)["articles_unchanged"] == len(runs)
    assert documents(store) == before
    assert {one["_id"]: one["run_id"] for one in store.articles.find()} == runs


def test_a_better_reading_is_written_and_a_changed_text_makes_a_revision(
    store: Store, resources: Resources, site: Site
) -> None:
    save(store, site)
    read_all(resources, site)
    before = documents(store)
    first, second = (one["_id"] for one in before["articles"][:2])
    age(store, {"_id": first}, entities=[], identities=[])
    age(store, {"_id": second}, headline="Иначе")
    stats = read_all(resources, site)
    assert (stats["articles_refreshed"], stats["articles_changed"]) == (1, 1)
    after = documents(store)
    assert after["articles"][0] == before["articles"][0]
    assert after["articles"][1] == before["articles"][1] | {"revision": 2}
    assert after["entities"] == before["entities"]
    (old,) = after["revisions"]
    assert (old["article_id"], old["revision"], old["headline"]) == (second, 1, "Иначе")


def test_an_article_rests_on_its_page_or_the_newest_that_failed(store: Store, resources: Resources, site: Site) -> None:
    (url, *_) = save(store, site)
    read_all(resources, site)
    made = store.find_article(url)
    assert made is not None
    page = store.find_page(made.page_id)
    assert page is not None
    later = page.model_copy(
        update={"fetched_at": FETCHED + timedelta(days=1), "body": b"<html>\xd1\x8f</html>", "id": ""}
    )
    broken = store.save_page(later, site, pipeline_version=VERSION).page
    assert read_all(resources, site, everything=True)["articles_unchanged"] >= 30  # not read yet: the crawl does that
    store.mark_pages({broken.id: Problem(field="page", reason="no_article")})
    (part,) = plan_parts(store, [site])
    due = [one for _, chunk in store.rereading.chunks(part.range, site, pipeline_version=VERSION) for one in chunk]
    assert broken.id in {one.page.id for one in due}
    mended = page.model_copy(
        update={"fetched_at": FETCHED + timedelta(days=2), "body": page.body + b"<!-- -->", "id": ""}
    )
    good = store.save_page(mended, site, pipeline_version=VERSION).page
    store.mark_pages({good.id: Problem(field="page", reason="layout_not_matched")})
    read_all(resources, site)
    assert good.id not in {one["_id"] for one in store.pages.find({"problem": {"$type": "object"}})}


def test_an_article_whose_address_is_another_one_today_moves(store: Store, resources: Resources, site: Site) -> None:
    (url, *_) = save(store, site)
    old = "http://svetlorechensk.example/novosti/staryy-adres"
    store.pages.update_many({"article_id": url}, {"$set": {"article_id": old}})
    read_all(resources, site)
    assert store.find_article(url) is not None
    assert store.find_article(old) is None
    assert store.pages.count_documents({"article_id": old}) == 0
    # One that was stored there keeps its state and says where it went.
    store.pages.update_many({"article_id": url}, {"$set": {"article_id": old}})
    store.articles.insert_one(
        {**store.articles.find_one({"_id": url}), "_id": old, "url": old, "pipeline_version": "0"}
    )  # type: ignore[dict-item]
    assert read_all(resources, site)["articles_moved"] == 1
    left = store.find_article(old)
    assert left is not None
    assert left.moved_to == url
    assert left.gone_at is not None
    assert "articles_moved" not in read_all(resources, site)


# --- in parts


def test_parts_hold_every_page_once_and_an_index_alone_plans_them(store: Store, site: Site) -> None:
    urls = save(store, site)
    double = store.pages.find_one({"article_id": urls[3]})
    assert double is not None
    for number in range(9):
        store.pages.insert_one({**double, "_id": f"x{number}", "fetched_at": FETCHED + timedelta(hours=number)})
    parts = plan_parts(store, [site], size=7)
    assert len(parts) > 4
    assert len({part.name for part in parts}) == len(parts)
    assert sum(part.size for part in parts) == len(urls) + 9
    found = [
        one.address
        for part in parts
        for _, chunk in store.rereading.chunks(part.range, site, pipeline_version=VERSION)
        for one in chunk
    ]
    assert sorted(found) == sorted(set(urls))
    limited = plan_parts(store, [site], most=10, size=7)
    assert sum(part.most or 0 for part in limited) == 10
    assert len(limited) > 3

    profile = store.database.command("profile", 0)
    store.database.command("profile", 2)
    plan_parts(store, [site])
    rows = list(store.rereading._newest(parts[0].range))
    store.database.command("profile", profile["was"])
    assert rows
    asked = list(store.database["system.profile"].find({"ns": f"{store.database.name}.pages"}))
    store.database.drop_collection("system.profile")
    assert asked
    assert {(one["planSummary"].split()[0], one.get("docsExamined", 0)) for one in asked} <= {
        ("IXSCAN", 0), ("COUNT_SCAN", 0), ("EOF", 0),
    }  # fmt: skip


def test_a_part_done_twice_does_nothing_the_second_time(store: Store, resources: Resources, site: Site) -> None:
    save(store, site)
    (part,) = plan_parts(store, [site])
    first, second = RunLog(), RunLog()
    reprocess_part(resources, part, "run1", first)
    before = documents(store)
    assert first.stats["passed"] == part.size
    reprocess_part(resources, part, "run2", second)
    assert documents(store) == before
    assert "articles_new" not in second.stats


def test_a_limit_bounds_what_is_read(store: Store, resources: Resources, site: Site) -> None:
    save(store, site)
    assert read_all(resources, site, most=5)["articles_listed"] == 5
    assert read_all(resources, site, most=500)["articles_new"] > 20


def test_a_page_that_kills_its_worker_costs_no_other() -> None:
    with workers.WorkerPool(2, page_timeout=5) as pool:
        chunks = [["a", "b"], ["c", "deadly", "d"], ["e"], ["slow", "f"]]
        lost: list[tuple[str, str]] = []

        def note(task: str, problem: Problem) -> list[str]:
            lost.append((task, problem.reason))
            return []

        answered = [one for answer in pool.map_chunks(read_or_die, chunks, note) for one in answer]
    assert answered == ["a", "b", "c", "d", "e", "f"]
    assert lost == [("deadly", "worker_died"), ("slow", "timeout")]


# --- kill -9


def start(config: Config, folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "newscrawl", "reprocess", *arguments],
        env=command_environment(config) | {"NEWSCRAWL_WORKERS": "2"},
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def test_killed_twice_it_ends_where_an_undisturbed_one_does(
    store: Store, config: Config, resources: Resources, site: Site, tmp_path: Path, newscrawl: Run
) -> None:
    urls = save(store, site, SampleCity(articles=400))
    read_all(resources, site)
    # An older pipeline read a third of it otherwise: another text, no names, no date.
    old = sorted(urls)
    age(store)
    age(store, {"_id": {"$in": old[::3]}}, article_body="Иначе.", headline=None)
    age(store, {"_id": {"$in": old[1::3]}}, entities=[], identities=[])
    store.articles.delete_many({"_id": {"$in": old[2::9]}})
    store.entities.delete_many({})
    stale = {name: list(store.database[name].find()) for name in ("articles", "revisions", "pages", "entities")}

    done = newscrawl("reprocess", "--json")
    assert done.returncode == 1  # the city has flawed pages
    undisturbed = documents(store, "first_seen", "last_seen", "_id")
    assert len(undisturbed["revisions"]) > 100

    for name, found in stale.items():
        store.database[name].delete_many({})
        if found:
            store.database[name].insert_many(found)
    for kill in (1, 2):
        process = start(config, tmp_path)
        await_written(store, 60 * kill, process)
        process.kill()
        process.communicate()
    left = store.articles.count_documents({"pipeline_version": "0"})
    assert 0 < left < len(urls) - 100, left
    done = newscrawl("reprocess", "--json")
    assert done.returncode == 1
    (run,) = json.loads(done.stdout)
    # What was done is not done again, but for pages that give no article and what was under way.
    assert run["stats"]["articles_listed"] < len(urls) - 80
    assert documents(store, "first_seen", "last_seen", "_id") == undisturbed
    assert [one.status for one in store.find_runs(site.name, 3)] == ["failures", "died", "died"]


def await_written(store: Store, number: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 120
    while store.articles.count_documents({"pipeline_version": VERSION}) < number:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.005)


# --- the preview


def test_the_preview_counts_and_shows_and_writes_nothing(
    store: Store, resources: Resources, site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    save(store, site)
    read_all(resources, site)
    some = [one["_id"] for one in store.articles.find({"date_published": {"$ne": None}}).sort("_id", 1)]
    age(store)
    age(store, {"_id": some[0]}, headline="Старый заголовок")
    age(store, {"_id": {"$in": some[1:6]}}, date_published=None, date_published_precision=None)
    age(store, {"_id": some[6]}, lead="Вступление, которого больше нет.")
    before = {name: list(store.database[name].find()) for name in store.database.list_collection_names()}
    found = preview(ThisProcess(resources), plan_parts(store, [site]), RunLog())
    assert {name: list(store.database[name].find()) for name in store.database.list_collection_names()} == before
    assert (found.changed, found.unchanged) == (7, len(before["articles"]) - 7)
    assert sum(found.failed.values()) == found.read - len(before["articles"])
    assert list(found.fields) == ["headline", "lead", "date_published", "date_published_precision"]
    assert (found.fields["date_published"].changed, found.fields["date_published"].filled) == (5, 5)
    assert len(found.fields["date_published"].examples) == EXAMPLES
    assert found.fields["lead"].emptied == 1
    (example,) = found.fields["headline"].examples
    assert example.old == "Старый заголовок"
    print_preview(found)
    shown = capsys.readouterr().out
    assert "7 of" in shown
    assert "Вступление, которого больше нет." in shown


def test_members_of_lists_are_told_where_they_differ(store: Store, resources: Resources, site: Site) -> None:
    save(store, site)
    read_all(resources, site)
    one = next(found for found in store.articles.find().sort("_id", 1) if len(found["entities"]) > 1)
    moved = [{**mention, "start": mention["start"] + 1} for mention in one["entities"]]
    age(store, {"_id": one["_id"]}, entities=moved, keywords=["мост"])
    found = preview(ThisProcess(resources), plan_parts(store, [site]), RunLog())
    (example,) = found.fields["entities"].examples
    assert f"start {moved[0]['start']}" in example.old
    assert f"start {one['entities'][0]['start']}" in example.new
    assert found.fields["keywords"].examples[0].old == "мост"


def test_two_previews_add_up() -> None:
    one, other = Preview(read=2, failed={"a": 1}), Preview(read=3, failed={"a": 2, "b": 1})
    one.add(other)
    assert (one.read, one.failed) == (5, {"a": 3, "b": 1})


# --- the command


def test_sites_without_a_file_are_told_and_left(store: Store, site: Site, newscrawl: Run, cli: Run) -> None:
    (url, *_) = save(store, site)
    page = store.pages.find_one({"article_id": url})
    assert page is not None
    store.pages.insert_one({**page, "_id": "y", "site": "verschwunden"})
    done = newscrawl("reprocess", "--json", "--limit", "3")
    assert done.returncode == 1
    assert "verschwunden: its site file is gone; its 1 stored pages are left" in done.stderr
    run, left = json.loads(done.stdout)
    assert run["stats"]["articles_listed"] == 3
    assert (left["site"], left["pages"]) == ("verschwunden", 1)
    named = cli("reprocess", "--site", "verschwunden", "--dry-run", "--json")
    assert named.returncode == 1
    assert json.loads(named.stdout)["left"] == {"verschwunden": 1}
    assert cli("reprocess", "--site", "nirgends").returncode == 2


def test_nothing_to_do_is_said(cli: Run) -> None:
    done = cli("reprocess")
    assert (done.returncode, done.stdout) == (0, "")
    assert "no stored page" in done.stderr


def test_a_site_at_work_is_refused_and_told(store: Store, site: Site, newscrawl: Run) -> None:
    save(store, site)
    run = store.start_run("crawl", site.name)
    done = newscrawl("reprocess")
    run.finish("stopped")
    assert done.returncode == 1
    assert "is being crawled by" in done.stderr


def test_parts_travel(site: Site) -> None:
    part = Part(site, PageRange(site.name, None, "b", 3))
    assert pickle.loads(pickle.dumps(part)) == part
