"""Near-duplicates in the store: whatever the order of arrival, the groups are those of the pure functions."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from newscrawl.config import Config
from newscrawl.errors import NewscrawlError
from newscrawl.jobs import dedup as job
from newscrawl.jobs.dedup import dedup
from newscrawl.parts import ThisProcess
from newscrawl.resources import Resources
from newscrawl.store import Store, looking, open_store, signatures
from newscrawl.store import dedup as steps
from pipelines.duplicates import candidates
from pipelines.workers import WorkerPool

from .conftest import ROOT, Run, command_environment
from .duplicate_tools import Lot, put, stored_groups, wanted


@pytest.fixture
def short_postings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Postings of which few meet, so that a few dozen articles do what else takes thousands."""
    for module in (signatures, looking, candidates):
        monkeypatch.setattr(module, "WIDE", 6)
        monkeypatch.setattr(module, "NARROW", 2)


@pytest.mark.usefixtures("short_postings")
@pytest.mark.parametrize("seed", range(12))
def test_the_groups_do_not_depend_on_how_articles_come(store: Store, seed: int) -> None:
    lot = Lot(seed)
    articles = lot.articles(stories=8, copies=40, notices=40)
    lot.lot.shuffle(articles)
    while articles:
        some = lot.lot.randint(1, 12)
        put(store, articles[:some])
        articles = articles[some:]
        if lot.lot.random() < 0.7:
            store.duplicates.follow()
    store.duplicates.refresh()
    assert stored_groups(store) == wanted(store)
    assert len({cluster for cluster, _ in stored_groups(store)[0].values()}) < 80


def grouped(store: Store, **options: bool) -> dict[str, float]:
    """Group everything; return what the run counted."""
    engine = ThisProcess(Resources(store, WorkerPool(1, 10.0)))
    return dedup(engine, store, **options).stats


@pytest.mark.usefixtures("short_postings")
@pytest.mark.parametrize("seed", range(4))
def test_the_batch_gives_the_same(store: Store, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    monkeypatch.setattr(steps, "_ENTRIES", 500)
    monkeypatch.setattr(steps, "_SLICE", 20)
    monkeypatch.setattr(steps, "_AT_A_TIME", 100)
    monkeypatch.setattr(job, "_RANGE", 17)
    articles = Lot(seed).articles(stories=8, copies=40, notices=40)
    put(store, articles)
    grouped(store, rebuild=True)
    assert stored_groups(store) == wanted(store)
    again = grouped(store, rebuild=True)
    assert again["changed"] == 0
    assert stored_groups(store) == wanted(store)


@pytest.mark.usefixtures("short_postings")
@pytest.mark.parametrize("seed", range(4))
def test_what_changes_or_goes_leaves_its_group(store: Store, seed: int) -> None:
    lot = Lot(100 + seed)
    articles = lot.articles(stories=6, copies=40, notices=30)
    put(store, articles)
    store.duplicates.refresh()
    lot.lot.shuffle(articles)
    changed = [one.model_copy(update={"article_body": lot.copy(lot.story())}) for one in articles[:6]]
    changed += [one.model_copy(update={"article_body": articles[-1].article_body}) for one in articles[6:12]]
    changed += [one.model_copy(update={"date_published": articles[-1].date_published}) for one in articles[12:18]]
    for start in range(0, len(changed), 5):
        put(store, changed[start : start + 5], "run2")
        store.duplicates.follow()
    store.articles.delete_many({"_id": {"$in": [one.url for one in articles[20:32]]}})
    store.articles.delete_many({"_id": {"$in": [one.url for one in changed[4:8]]}})
    grouped(store)
    assert stored_groups(store) == wanted(store)
    assert store.signatures.count_documents({}) == store.articles.count_documents({})


def test_an_original_hands_over(store: Store) -> None:
    lot = Lot(7)
    text = lot.story()
    copies = [lot.article(text) for _ in range(3)]
    days = [one.date_published for one in lot.articles(0, 0, 8) if one.date_published is not None][:3]
    copies = [one.model_copy(update={"date_published": day}) for one, day in zip(copies, sorted(days), strict=True)]
    put(store, copies)
    store.duplicates.refresh()
    first, second, third = (one.url for one in copies)
    assert stored_groups(store)[0] == {first: (first, None), second: (first, first), third: (first, first)}
    put(store, [copies[0].model_copy(update={"article_body": lot.story()})], "run2")
    store.duplicates.refresh()
    assert stored_groups(store)[0] == {first: (first, None), second: (second, None), third: (second, second)}
    store.articles.delete_one({"_id": second})
    grouped(store)
    assert stored_groups(store)[0] == {first: (first, None), third: (third, None)}


def test_an_article_is_marked_in_the_write_that_stores_it(store: Store) -> None:
    lot = Lot(3)
    one = lot.article(lot.story())
    put(store, [one])
    assert store.articles.count_documents(signatures.UNGROUPED) == 1
    assert stored_groups(store)[0] == {one.url: (None, None)}
    store.duplicates.refresh()
    assert store.articles.count_documents(signatures.UNGROUPED) == 0
    assert stored_groups(store)[0] == {one.url: (one.url, None)}
    put(store, [one.model_copy(update={"authors": ("И. Петров",)})], "run2")
    assert store.articles.count_documents(signatures.UNGROUPED) == 0  # the same text and date
    put(store, [one.model_copy(update={"article_body": lot.story()})], "run3")
    assert store.articles.count_documents(signatures.UNGROUPED) == 1
    assert "ungrouped" not in store.revisions.find_one({"article_id": one.url})


class BrokenError(Exception):
    """A process ended here."""


@pytest.mark.parametrize("seed", range(3))
def test_whoever_goes_on_after_a_crash_ends_with_the_same(
    store: Store, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Every write of a step may be the last one that got through."""
    lot = Lot(200 + seed)
    articles = lot.articles(stories=5, copies=25, notices=10)
    half = articles[:20]
    put(store, half)
    store.duplicates.refresh()
    put(store, articles[20:])
    put(store, [one.model_copy(update={"article_body": lot.story()}) for one in half[:6]], "run2")
    crashes = 0
    for number in range(60):
        with monkeypatch.context() as patch, breaking_after(patch, number):
            try:
                while store.duplicates.step() is not None:
                    pass
                break
            except BrokenError:
                crashes += 1
    assert crashes > 5
    assert stored_groups(store) == wanted(store)


def breaking_after(patch: pytest.MonkeyPatch, writes: int) -> Any:
    """Let so many writes through and no more."""
    from contextlib import contextmanager

    from pymongo.collection import Collection

    left = [writes]

    @contextmanager
    def broken() -> Iterator[None]:
        for name in ("bulk_write", "update_many"):
            real = getattr(Collection, name)

            def write(self: Any, *given: Any, real: Any = real, **named: Any) -> Any:
                if left[0] <= 0:
                    raise BrokenError
                left[0] -= 1
                return real(self, *given, **named)

            patch.setattr(Collection, name, write)
        yield

    return broken()


_FOLLOWER = """
import sys
from newscrawl.config import load_config
from newscrawl.store import open_store
from tests.duplicate_tools import Lot, put
number, of = int(sys.argv[1]), int(sys.argv[2])
articles = Lot(11).articles(stories=8, copies=60, notices=30)[number::of]
with open_store(load_config()) as store:
    print("ready", flush=True)
    sys.stdin.readline()
    for start in range(0, len(articles), 3):
        put(store, articles[start : start + 3])
        store.call(store.duplicates.follow)
"""


def test_processes_that_store_at_once_end_in_the_same_groups(store: Store, config: Config) -> None:
    run = [sys.executable, "-c", _FOLLOWER]
    environment = command_environment(config) | {"PYTHONPATH": str(ROOT)}
    started = [
        subprocess.Popen([*run, str(number), "3"], env=environment, stdin=-1, stdout=-1, text=True)
        for number in range(3)
    ]
    for one in started:
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
    for one in started:
        one.communicate("go\n", timeout=120)
    assert [one.returncode for one in started] == [0, 0, 0]
    store.duplicates.refresh()
    assert stored_groups(store) == wanted(store)


def test_each_lookup_is_served_by_an_index_and_bounded(store: Store) -> None:
    lot = Lot(5)
    put(store, [lot.article(lot.notice()) for _ in range(300)])
    store.duplicates.refresh()
    shared = max(
        store.signatures.aggregate([{"$unwind": "$hashes"}, {"$sortByCount": "$hashes"}]), key=lambda one: one["count"]
    )
    assert shared["count"] == 300
    depth = signatures.WIDE + 1
    told = store.database.command(
        "explain",
        {"aggregate": 1, "pipeline": signatures.postings_pipeline([shared["_id"]], depth), "cursor": {}},
        verbosity="executionStats",
    )
    looked_up = next(stage for stage in told["stages"] if "$lookup" in stage)
    assert looked_up["indexesUsed"] == ["hashes_1_rank_1"]
    assert looked_up["totalKeysExamined"] <= depth + 1
    assert looked_up["totalDocsExamined"] == 0
    assert looked_up["collectionScans"] == 0
    assert len(signatures.postings(store, [shared["_id"]])[shared["_id"]]) == depth


@pytest.mark.parametrize(
    ("collection", "query", "index"),
    [
        ("articles", signatures.UNGROUPED, "ungrouped_1"),
        ("articles", {"cluster": "x"}, "cluster_1"),
        ("articles", {"duplicate_of": {"$type": "string"}}, "duplicate_of_1_city_1"),
        ("signatures", {"due": {"$in": list(signatures.TO_LOOK)}}, "due_1"),
        ("signatures", {"due": {"$exists": True}}, "due_1"),
        ("signatures", {"due": "group"}, "due_1"),
        ("signatures", {"rank": {"$in": [1, 2]}}, "rank_1"),
        ("signatures", {"copies": {"$in": [1, 2]}}, "copies_1"),
        ("signatures", {"copies": {"$in": [1, 2]}, "due": {"$exists": False}}, "copies_1"),
        ("signatures", {"hashes": 1, "rank": {"$gt": 5}}, "hashes_1_rank_1"),
        ("signatures", {"scheme": {"$ne": "s0"}}, "scheme_1"),
    ],
)
def test_each_query_has_its_index(store: Store, collection: str, query: dict[str, Any], index: str) -> None:
    plan = store.database[collection].find(query).explain()["queryPlanner"]["winningPlan"]
    assert f"'indexName': '{index}'" in str(plan)
    assert "COLLSCAN" not in str(plan)


# --- the batch


def killed(store: Store, config: Config, after: str) -> None:
    """Run the batch in a process that is killed when a part of this kind is done."""
    script = f"""
import os, signal, sys
from newscrawl.jobs import dedup as job
from newscrawl.store import dedup as steps
from newscrawl import cli
steps._ENTRIES, steps._SLICE, job._RANGE = 500, 20, 17
done = job.dedup_part
def dedup_part(resources, part, run_id, log):
    done(resources, part, run_id, log)
    if part.kind == {after!r} and part.number == 1:
        os.kill(os.getpid(), signal.SIGKILL)
job.dedup_part = dedup_part
sys.exit(cli.run(["dedup", "--rebuild"]))
"""
    environment = command_environment(config) | {"PYTHONPATH": str(ROOT)}
    ended = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, timeout=120, check=False
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr


def test_a_batch_that_is_killed_is_gone_on_with(store: Store, config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "_ENTRIES", 500)
    monkeypatch.setattr(steps, "_SLICE", 20)
    put(store, Lot(31).articles(stories=8, copies=40, notices=40))
    for kind in ("meet", "judge", "group"):
        killed(store, config, kind)
    plan = steps.find_plan(store)
    assert plan is not None
    assert {name.split()[0] for name in plan.done} == {"meet", "judge", "group"}
    before = plan.done
    parts: list[str] = []
    real = job.dedup_part
    monkeypatch.setattr(job, "dedup_part", lambda *given: parts.append(given[1].name) or real(*given))
    grouped(store)
    assert not before & set(parts)  # nothing is done twice
    assert steps.find_plan(store) is None
    assert store.database["duplicates_work"].count_documents({}) == 0
    assert stored_groups(store) == wanted(store)


def test_two_batches_at_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "_PATIENCE", 0.3)
    with open_store(load(store)) as other, other.duplicates.turn(), pytest.raises(NewscrawlError, match="are being"):
        grouped(store)


def load(store: Store) -> Config:
    """Return the configuration of another process over the same store."""
    from newscrawl.config import load_config

    return load_config(mongo_uri=store.connection.uri, database=store.database.name, workers=1, patience=20)


# --- the command


def test_the_command(store: Store, cli: Run) -> None:
    lot = Lot(41)
    text = lot.story()
    articles = [lot.article(text), lot.article(text), lot.article(lot.story())]
    put(store, [articles[0].model_copy(update={"city": "Тула", "site": "tula"}), *articles[1:]])
    waiting = json.loads(cli("dedup", "status", "--json").stdout)
    assert waiting["state"]["not_signed"] == 3
    foreseen = json.loads(cli("dedup", "--dry-run", "--json").stdout)
    assert (foreseen["groups"], foreseen["copies"], foreseen["changed"]) == (1, 1, 3)
    assert store.signatures.count_documents({}) == 0
    told = json.loads(cli("dedup", "--json").stdout)
    assert (told["groups"], told["copies"], told["between_cities"], told["changed"]) == (1, 1, 1, 3)
    assert told["largest"][0] | {"headline": None} == {
        "url": told["largest"][0]["url"], "headline": None, "articles": 2, "cities": 2,
    }  # fmt: skip
    shown = json.loads(cli("dedup", "show", articles[1].url, "--json").stdout)
    assert {one["url"] for one in shown["members"]} == {articles[0].url, articles[1].url}
    assert shown["cluster"] == told["largest"][0]["url"]
    for arguments in (("dedup",), ("dedup", "status"), ("dedup", "show", articles[0].url), ("dedup", "--dry-run")):
        done = cli(*arguments)
        assert (done.returncode, "Traceback" in done.stderr) == (0, False)
    again = json.loads(cli("dedup", "--dry-run", "--json").stdout)
    assert again["changed"] == 0


def test_what_the_command_refuses(cli: Run, store: Store) -> None:
    assert cli("dedup", "--site", "nowhere").returncode == 2
    assert cli("dedup", "--rebuild", "--site", "sample").returncode == 2
    missing = cli("dedup", "show", "http://nowhere.example/1")
    assert missing.returncode == 1
    assert "is not stored" in missing.stderr
