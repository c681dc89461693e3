"""Batched, idempotent upserts of articles, with their revisions.

The same batch twice leaves the same documents, but for `last_seen`. The earlier state goes to `revisions` before the
new one is written, so a crash in between costs nothing: the next run does both again.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from pymongo import UpdateOne
from pymongo.errors import BulkWriteError, DocumentTooLarge, OperationFailure

from newscrawl.clock import now
from newscrawl.items import Article, StoredArticle
from newscrawl.store.documents import article_document, same_text, says_the_same, with_finer_date
from newscrawl.store.finding import search_fields
from newscrawl.store.identity import identities
from newscrawl.store.schema import CHANGED, Document
from newscrawl.store.settling import mark

if TYPE_CHECKING:
    from newscrawl.store.store import Store

_VALIDATION_FAILED = 121
_OBJECT_TOO_LARGE = 10334
_NOT_OF_A_STATE = frozenset({"_id", "unsettled", "ungrouped", "changed_at", "search"})
COUNTED = ("entities", "date_published", "fetched_at", "site", "city", "region")
"""What the registry counts by; while it is the same an article needs not be settled anew."""
STAMPS = ("pipeline_version", "extracted_by")
"""By what code a state was made. A state that is otherwise the same gets no more than the new stamps."""


_READ_FROM = ("headline", "lead", "article_body", "date_published")
"""A change in one of these may change which articles this one is a near-duplicate of, or which is the original, and by
what it is found."""


@dataclass
class Written:
    """What became of a batch: addresses by outcome."""

    new: list[str] = field(default_factory=list)
    """Not stored before."""
    changed: list[str] = field(default_factory=list)
    """A new revision: the text changed."""
    refreshed: list[str] = field(default_factory=list)
    """The same text read better."""
    unchanged: list[str] = field(default_factory=list)
    """Nothing but `last_seen` written."""
    refused: dict[str, str] = field(default_factory=dict)
    """MongoDB would not take the document: address -> why."""

    def by_outcome(self) -> dict[str, int]:
        """Return the numbers."""
        return {name: len(value) for name, value in vars(self).items() if value}


@dataclass(frozen=True)
class Planned:
    """What is to be written of one article. Made without the database, so that worker processes can."""

    url: str
    outcome: Literal["new", "changed", "refreshed", "unchanged"]
    query: Document
    update: Document | None
    """None: the document stays as it is, to the byte."""
    upsert: bool = False
    history: Document | None = None
    """The state that goes to `revisions`."""


def new_token(run_id: str) -> str:
    """Return the token of one write; see `newscrawl.store.settling`."""
    return f"{run_id} {secrets.token_hex(4)}"


def revised(before: Document | None, article: Article) -> Document:
    """Return an article's own fields as they are to be stored over an earlier state."""
    document = article_document(article)
    return with_finer_date(before, document) if before is not None else document


def plan(before: Document | None, article: Article, run_id: str, token: str, *, is_met: bool = True) -> Planned:
    """Compare an article with its stored state; `is_met`: a crawl has just seen it, so `last_seen` is moved on."""
    document = revised(before, article)
    url, moment = article.url, now()
    seen: Document = {"$max": {"last_seen": moment}} if is_met else {}
    if before is None:
        state = {"first_seen": moment, "last_seen": moment, "run_id": run_id, "identities": identities(document)}
        state |= {"revision": 1, "cluster": None, "duplicate_of": None, "gone_at": None, "moved_to": None}
        state |= _marks(token, document)
        return Planned(url, "new", {"_id": url}, {"$setOnInsert": document | state} | CHANGED, upsert=True)
    if says_the_same(before, document):
        return Planned(url, "unchanged", {"_id": url}, seen or None)
    stamps = {name: document[name] for name in STAMPS}
    query = {"_id": url, "revision": before["revision"]}
    if says_the_same(before, document | {name: before.get(name) for name in STAMPS}):
        return Planned(url, "unchanged", query, {"$set": stamps} | CHANGED | seen)
    change = document | {"run_id": run_id}
    if any(before.get(name) != document[name] for name in COUNTED):
        change |= {"identities": identities(document, before["identities"])}
        change |= {"unsettled": mark(token, before, document["entities"])}
    if any(before.get(name) != document[name] for name in _READ_FROM):
        change |= {"ungrouped": token, "search": search_fields(document)}
    if same_text(before, document):
        return Planned(url, "refreshed", query, {"$set": change} | CHANGED | seen)
    change |= {"revision": before["revision"] + 1}
    return Planned(url, "changed", query, {"$set": change} | CHANGED | seen, history=_history(before))


def restored(article: StoredArticle, run_id: str) -> Planned:
    """Return how to store an article just as it was stored elsewhere, where there is none of its address."""
    document = article_document(article)
    state = document | _marks(new_token(run_id), document)
    return Planned(article.url, "new", {"_id": article.url}, {"$setOnInsert": state} | CHANGED, upsert=True)


def _marks(token: str, document: Document) -> Document:
    """Return what is written with a new article in one write: by what it is found, and marks.

    Whatever crashes, the registry learns of it, and so do the near-duplicates.
    """
    marks = {"unsettled": mark(token, None, document["entities"]), "ungrouped": token}
    return marks | {"search": search_fields(document)}


def write(store: Store, batch: Sequence[Article], run_id: str) -> Written:
    """Write a batch; of one address twice, the last counts. May be repeated without harm."""
    latest = {article.url: article for article in batch}
    known = {one["_id"]: one for one in store.articles.find({"_id": {"$in": list(latest)}})}
    token = new_token(run_id)
    return carry_out(store, [plan(known.get(url), article, run_id, token) for url, article in latest.items()])


def carry_out(store: Store, planned: Sequence[Planned]) -> Written:
    """Write what was planned, one state an address. May be repeated without harm."""
    written = Written()
    for one in planned:
        getattr(written, one.outcome).append(one.url)
    history = [_keep(one.history) for one in planned if one.history is not None]
    updates = {
        one.url: UpdateOne(one.query, one.update, upsert=one.upsert) for one in planned if one.update is not None
    }
    if history:
        store.revisions.bulk_write(history, ordered=False)
    if updates:
        written.refused = _bulk(store, updates)
        for outcome in (written.new, written.changed, written.refreshed):
            outcome[:] = [url for url in outcome if url not in written.refused]
    return written


def _history(before: Document) -> Document:
    """Return an article's document as the state that it was."""
    return {"article_id": before["_id"]} | {name: before[name] for name in before if name not in _NOT_OF_A_STATE}


def _keep(state: Document) -> UpdateOne:
    key = {"article_id": state["article_id"], "revision": state["revision"]}
    return UpdateOne(key, {"$setOnInsert": state}, upsert=True)


def _bulk(store: Store, updates: dict[str, UpdateOne]) -> dict[str, str]:
    """Write; return the addresses that MongoDB refused for good, with the reason. One bad document costs no other."""
    urls = list(updates)
    try:
        store.articles.bulk_write(list(updates.values()), ordered=False)
    except BulkWriteError as error:
        failures: list[dict[str, Any]] = error.details["writeErrors"]
        if any(one["code"] != _VALIDATION_FAILED for one in failures):
            raise
        return {urls[one["index"]]: "fails the collection's validator" for one in failures}
    except (DocumentTooLarge, OperationFailure) as error:
        if isinstance(error, OperationFailure) and error.code != _OBJECT_TOO_LARGE:
            raise
        if len(urls) == 1:
            return {urls[0]: "larger than a MongoDB document may be (16 MiB)"}
        refused: dict[str, str] = {}
        for url in urls:
            refused |= _bulk(store, {url: updates[url]})
        return refused
    return {}
