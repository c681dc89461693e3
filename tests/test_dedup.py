"""Near-duplicates in the store: whatever the order of arrival, the groups are those of the pure functions."""

from __future__ import annotations

import pytest

from newscrawl.jobs import dedup as job
from newscrawl.jobs.dedup import dedup
from newscrawl.resources import Resources
from newscrawl.store import Store, looking, signatures
from newscrawl.store import dedup as steps
from pipelines.duplicates import candidates
from pipelines.workers import WorkerPool

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
    resources = Resources(store, WorkerPool(1, 10.0))
    return dedup(resources, **options).stats


@pytest.mark.usefixtures("short_postings")
@pytest.mark.parametrize("seed", range(4))
def test_the_batch_gives_the_same(store: Store, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    monkeypatch.setattr(steps, "_ENTRIES", 500)
    monkeypatch.setattr(steps, "_SLICE", 20)
    monkeypatch.setattr(job, "_RANGE", 17)
    articles = Lot(seed).articles(stories=8, copies=40, notices=40)
    put(store, articles)
    grouped(store, rebuild=True)
    assert stored_groups(store) == wanted(store)
    again = grouped(store, rebuild=True)
    assert again["changed"] == 0
    assert stored_groups(store) == wanted(store)
