"""What a reader can choose from and what the start page shows of the whole corpus: alike for all, kept for seconds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from weakref import WeakKeyDictionary, proxy

from newscrawl.errors import TooBroadError
from newscrawl.items import Entity
from newscrawl.store import Store
from newscrawl.store.corpus import Months
from newscrawl.store.finding import ArticleFilter
from newscrawl.web.kept import Kept

_TOP = {"PER": 8, "ORG": 6, "LOC": 6, "EVENT": 4}
"""Entities on the start page, by type."""


@dataclass(frozen=True)
class Choices:
    """By what articles can be filtered."""

    cities: Sequence[str]
    sites: Sequence[str]


@dataclass(frozen=True)
class Whole:
    """The whole corpus at a glance."""

    months: Months
    top: Mapping[str, Sequence[Entity]]
    """The most mentioned entities by type; types without any are absent."""


@dataclass(frozen=True)
class _Offered:
    choices: Kept[Choices]
    whole: Kept[Whole]


_offered: WeakKeyDictionary[Store, _Offered] = WeakKeyDictionary()
_lock = Lock()


def choices(store: Store) -> Choices:
    """Return the cities and sites that have articles, some seconds old at most."""
    return _of(store).choices.get()


def whole(store: Store) -> Whole:
    """Return the corpus at a glance, some seconds old at most."""
    return _of(store).whole.get()


def _of(store: Store) -> _Offered:
    with _lock:
        if store not in _offered:
            # What is kept must not keep the store: `known` is weak, and called only while somebody has the store.
            known = proxy(store)
            _offered[store] = _Offered(Kept(lambda: _choices(known)), Kept(lambda: _whole(known)))
        return _offered[store]


def _choices(store: Store) -> Choices:
    return Choices(store.corpus.cities(), store.corpus.sites())


def _whole(store: Store) -> Whole:
    try:
        months = store.corpus.by_month(ArticleFilter())
    except TooBroadError:
        months = Months({}, True)
    found = {kind: store.corpus.entities(type_=kind, size=number).items for kind, number in _TOP.items()}
    return Whole(months, {kind: several for kind, several in found.items() if several})
