"""The registry of entities: one document a canonical entity, counted from the articles.

Writers only mark what they touched as stale; `refresh` counts those anew. So counts are exact whatever crashed, and an
article written twice is counted once.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from pymongo import DeleteOne, UpdateOne

from newscrawl.store.schema import Document

if TYPE_CHECKING:
    from newscrawl.store.store import Store

_BATCH = 200


def mark_stale(store: Store, ids: Iterable[str]) -> None:
    """Note that the counts of these entities may have changed."""
    empty = {
        "type": "PER",
        "normal": "",
        "aliases": [],
        "refs": [],
        "articles": 0,
        "first_seen": None,
        "last_seen": None,
    }
    marks = [
        UpdateOne({"_id": one}, {"$set": {"stale": True}, "$setOnInsert": empty}, upsert=True) for one in sorted(ids)
    ]
    if marks:
        store.entities.bulk_write(marks, ordered=False)


def refresh(store: Store) -> int:
    """Count the stale entities anew from the articles; those without articles go. Return how many there were."""
    stale = [one["_id"] for one in store.entities.find({"stale": True}, {"_id": 1})]
    for start in range(0, len(stale), _BATCH):
        ids = stale[start : start + _BATCH]
        counted = {row["_id"]: row for row in store.articles.aggregate(_counting(ids))}
        changes: list[UpdateOne | DeleteOne] = []
        for one in ids:
            row = counted.get(one)
            if row is None:
                changes.append(DeleteOne({"_id": one}))
                continue
            forms = row.pop("forms")
            change = {
                "type": row["type"],
                "normal": max(forms, key=lambda form: (form["articles"], len(form["normal"]), form["normal"]))[
                    "normal"
                ],
                "aliases": sorted({text for form in forms for texts in form["texts"] for text in texts}),
                "refs": sorted({ref for form in forms for sets in form["refs"] for refs in sets for ref in refs}),
                "articles": row["articles"],
                "first_seen": row["first_seen"],
                "last_seen": row["last_seen"],
            }
            changes.append(UpdateOne({"_id": one}, {"$set": change, "$unset": {"stale": ""}}))
        store.entities.bulk_write(changes, ordered=False)
    return len(stale)


def _counting(ids: list[str]) -> list[Document]:
    seen = {"$ifNull": ["$date_published", "$first_seen"]}
    # By article first, so that one with five mentions counts once; then by form, to find the commonest.
    return [
        {"$match": {"entities.id": {"$in": ids}}},
        {"$project": {"entities": 1, "seen": seen}},
        {"$unwind": "$entities"},
        {"$match": {"entities.id": {"$in": ids}}},
        {
            "$group": {
                "_id": {"entity": "$entities.id", "article": "$_id"},
                "type": {"$first": "$entities.type"},
                "normal": {"$max": "$entities.normal"},
                "texts": {"$addToSet": "$entities.text"},
                "refs": {"$addToSet": "$entities.refs"},
                "seen": {"$first": "$seen"},
            }
        },
        {
            "$group": {
                "_id": {"entity": "$_id.entity", "normal": "$normal"},
                "type": {"$max": "$type"},
                "texts": {"$addToSet": "$texts"},
                "refs": {"$addToSet": "$refs"},
                "articles": {"$sum": 1},
                "first_seen": {"$min": "$seen"},
                "last_seen": {"$max": "$seen"},
            }
        },
        {
            "$group": {
                "_id": "$_id.entity",
                "type": {"$max": "$type"},
                "forms": {
                    "$push": {"normal": "$_id.normal", "articles": "$articles", "texts": "$texts", "refs": "$refs"}
                },
                "articles": {"$sum": "$articles"},
                "first_seen": {"$min": "$first_seen"},
                "last_seen": {"$max": "$last_seen"},
            }
        },
    ]


def top(store: Store, type_: str, site: str | None, limit: int) -> list[tuple[str, int]]:
    """Return (canonical form, number of articles), the most frequent first."""
    if site is None:
        rows = store.entities.find({"type": type_, "articles": {"$gt": 0}}).sort([("articles", -1), ("_id", 1)])
        return [(row["normal"], row["articles"]) for row in rows.limit(limit)]
    stages: list[Document] = [
        {"$match": {"site": site, "entities.id": {"$exists": True}}},
        {"$unwind": "$entities"},
        {"$match": {"entities.type": type_}},
        {"$group": {"_id": {"id": "$entities.id", "article": "$_id"}, "normal": {"$max": "$entities.normal"}}},
        {"$group": {"_id": "$_id.id", "normal": {"$max": "$normal"}, "articles": {"$sum": 1}}},
        {"$sort": {"articles": -1, "_id": 1}},
        {"$limit": limit},
    ]
    return [(row["normal"], row["articles"]) for row in store.articles.aggregate(stages)]
