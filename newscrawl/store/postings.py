"""Articles that have several words, the latest first, from the index over words alone.

An article's `search.order` stands in the index beside each of its words, so lists of orders are laid over each other
without an article being read: the rarer words are read whole, and of what they have in common the index is asked which
has the frequent ones too. Only where all words are frequent are they read by and by, from the latest on.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

import numpy as np
from bson import decode_all

from newscrawl.errors import TooBroadError
from newscrawl.store.asking import ADVICE, MAX_TIME_MS, ask
from newscrawl.store.finding import EPOCH, ORDER_BITS, any_of
from pipelines.words import Question

if TYPE_CHECKING:
    from newscrawl.store.schema import Document
    from newscrawl.store.store import Store

Orders = np.ndarray[tuple[int], np.dtype[np.int64]]
"""Orders of articles, the latest (the greatest) first, each once."""
Words = frozenset[str]

INDEX = "search.words_1_search.order_-1"
_FIRST_READ, _MOST_READ = 2_000, 20_000
"""Articles of a word that are read at once: few at first, since a reader mostly wants the latest, then more."""
_ASKED = 1_000
"""Articles of which the index is asked at once whether they have a word."""
_FETCHED = 50
"""Articles that are fetched at once."""
_CHARTED_IN = 0.15
"""Seconds after which no more are counted by month."""
_SHOWN: Document = {"_id": 0, "search.order": 1}
_BYTES = 32
"""Of a document that holds nothing but `search.order`, a 64-bit number."""
_DOCUMENT = np.dtype({"names": ["bytes", "order"], "formats": ["<i4", "<i8"], "offsets": [0, 22], "itemsize": _BYTES})


def orders(store: Store, asked: Question, least: int, below: int) -> Iterator[Orders]:
    """Yield the orders of all articles that a question finds, from `least` on and less than `below`, in batches.

    Raises TooBroadError when reading takes too long, and StoreUnavailableError.
    """
    deadline = time.monotonic() + MAX_TIME_MS / 1000
    for found in _with_all(store, asked.wanted, least, below):
        for at in range(0, len(found), _ASKED):
            if time.monotonic() > deadline:
                raise TooBroadError("too many articles have to be looked through for these words", advice=ADVICE)
            some = found[at : at + _ASKED]
            for words in asked.unwanted:
                some = np.setdiff1d(some, _among(store, words, some), assume_unique=True)
            yield some


def articles(
    store: Store, asked: Question, least: int, below: int, query: Document, projection: Document
) -> Iterator[Document]:
    """Yield the articles that a question finds and a further query does not refuse, the latest first."""
    lead = {"search.words": any_of(asked.wanted[0])}
    for found in orders(store, asked, least, below):
        for at in range(0, len(found), _FETCHED):
            some = found[at : at + _FETCHED].tolist()
            wanted = lead | {"search.order": {"$in": some}} | query

            def read(wanted: Document = wanted) -> list[Document]:
                cursor = store.articles.find(wanted, projection, hint=INDEX, max_time_ms=MAX_TIME_MS)
                return list(cursor.sort("search.order", -1))

            yield from ask(store, read)


def by_month(store: Store, asked: Question, least: int, below: int, most: int) -> tuple[dict[str, int], bool]:
    """Count the articles that a question finds by month (`YYYY-MM`, UTC); those without a date are in none.

    Also whether all were counted: it ends after `most`, or after a moment.
    """
    deadline = time.monotonic() + _CHARTED_IN
    seconds: list[Orders] = []
    is_whole = True
    for some in orders(store, asked, max(least, 1 << ORDER_BITS), below):
        seconds.append((some >> ORDER_BITS) - 1)
        if sum(map(len, seconds)) >= most or time.monotonic() > deadline:
            is_whole = False
            break
    moments = np.datetime64(EPOCH.replace(tzinfo=None), "s") + np.concatenate([np.array([], np.int64), *seconds])
    months, counts = np.unique(moments.astype("datetime64[M]"), return_counts=True)
    return {str(month): int(count) for month, count in zip(months, counts, strict=True)}, is_whole


def _with_all(store: Store, wanted: tuple[Words, ...], least: int, below: int) -> Iterator[Orders]:
    """Yield the orders of the articles that have every word."""
    most = _FIRST_READ
    while True:
        lists = [_read(store, words, least, below, most) for words in wanted]
        whole = [one for one in lists if len(one) < most]
        if whole:
            frequent = [words for words, one in zip(wanted, lists, strict=True) if len(one) >= most]
            yield from _that_have(store, _common(whole), frequent)
            return
        floor = max(int(one[-1]) for one in lists)
        found = _common(lists)
        yield found[found >= floor]
        below, most = floor, min(5 * most, _MOST_READ)


def _that_have(store: Store, found: Orders, words: list[Words]) -> Iterator[Orders]:
    """Yield those of some articles that have further words."""
    for at in range(0, len(found), _ASKED):
        some = found[at : at + _ASKED]
        for one in words:
            some = _among(store, one, some)
        yield some


def _common(lists: list[Orders]) -> Orders:
    first, *others = sorted(lists, key=len)
    for one in others:
        first = np.intersect1d(first, one, assume_unique=True)
    return np.sort(first)[::-1]


def _read(store: Store, words: Words, least: int, below: int, most: int) -> Orders:
    """Return the orders of the latest articles with a word."""
    return _found(store, {"search.words": any_of(words), "search.order": {"$gte": least, "$lt": below}}, most)


def _among(store: Store, words: Words, some: Orders) -> Orders:
    """Return those of some articles that have a word."""
    if not len(some):
        return some
    return _found(store, {"search.words": any_of(words), "search.order": {"$in": some.tolist()}}, len(some))


def _found(store: Store, query: Document, most: int) -> Orders:
    def read() -> bytes:
        cursor = store.articles.find_raw_batches(
            query, _SHOWN, hint=INDEX, sort=[("search.order", -1)], limit=most, batch_size=most,
            max_time_ms=MAX_TIME_MS,
        )  # fmt: skip
        return b"".join(cast("Iterator[bytes]", cursor))

    answer = ask(store, read)
    told = np.frombuffer(answer, _DOCUMENT) if len(answer) % _BYTES == 0 else None
    if told is not None and (told["bytes"] == _BYTES).all():
        return np.unique(told["order"])[::-1]
    numbers = [one["search"]["order"] for one in decode_all(answer)]  # another width than newscrawl writes
    return np.unique(np.array(numbers, dtype=np.int64))[::-1]
