"""Batched, idempotent upserts of articles, with their revisions.

The same batch twice leaves the same documents, but for `last_seen`. The earlier state goes to `revisions` before the
new one is written, so a crash in between costs nothing: the next run does both again.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pymongo import UpdateOne
from pymongo.errors import BulkWriteError, DocumentTooLarge, OperationFailure

from newscrawl.items import Article
from newscrawl.store.documents import article_document, now, same_text, says_the_same, with_finer_date
from newscrawl.store.identity import identities
from newscrawl.store.schema import Document
from newscrawl.store.settling import mark

if TYPE_CHECKING:
    from newscrawl.store.store import Store

_VALIDATION_FAILED = 121
_OBJECT_TOO_LARGE = 10334


_GROUPED_BY = ("headline", "lead", "article_body", "date_published")
"""A change in one of these may change which articles this one is a near-duplicate of, or which is the original."""


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


def write(store: Store, batch: Sequence[Article], run_id: str) -> Written:
    """Write a batch; of one address twice, the last counts. May be repeated without harm."""
    latest = {article.url: article for article in batch}
    known = {one["_id"]: one for one in store.articles.find({"_id": {"$in": list(latest)}})}
    written = Written()
    moment = now()
    updates: dict[str, UpdateOne] = {}
    history: list[UpdateOne] = []
    token = f"{run_id} {secrets.token_hex(4)}"
    for url, article in latest.items():
        document = article_document(article)
        before = known.get(url)
        if before is not None:
            document = with_finer_date(before, document)
        # In one write with the article: whatever crashes, the registry learns of it (and so do the near-duplicates).
        unsettled = {"unsettled": mark(token, before, document["entities"]), "run_id": run_id}
        if before is None:
            written.new.append(url)
            seen = {"first_seen": moment, "last_seen": moment}
            who = {"identities": identities(document)}
            state = (
                document
                | seen
                | who
                | unsettled
                | {"ungrouped": token}
                | {"revision": 1, "cluster": None, "duplicate_of": None, "gone_at": None, "moved_to": None}
            )
            updates[url] = UpdateOne({"_id": url}, {"$setOnInsert": state}, upsert=True)
        elif says_the_same(before, document):
            written.unchanged.append(url)
            updates[url] = UpdateOne({"_id": url}, {"$max": {"last_seen": moment}})
            continue
        else:
            revision = before["revision"]
            if same_text(before, document):
                written.refreshed.append(url)
            else:
                written.changed.append(url)
                history.append(_history(before))
                revision += 1
            who = {"identities": identities(document, before["identities"])}
            change = document | who | unsettled | {"revision": revision}
            if any(before.get(name) != document[name] for name in _GROUPED_BY):
                change |= {"ungrouped": token}
            updates[url] = UpdateOne(
                {"_id": url, "revision": before["revision"]}, {"$set": change, "$max": {"last_seen": moment}}
            )
    if history:
        store.revisions.bulk_write(history, ordered=False)
    if updates:
        written.refused = _bulk(store, updates)
        for outcome in (written.new, written.changed, written.refreshed):
            outcome[:] = [url for url in outcome if url not in written.refused]
    return written


def _history(before: Document) -> UpdateOne:
    key = {"article_id": before["_id"], "revision": before["revision"]}
    return UpdateOne(
        key,
        {
            "$setOnInsert": {
                name: value for name, value in before.items() if name not in {"_id", "unsettled", "ungrouped"}
            }
        },
        upsert=True,
    )


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
