"""Entities looked up by id, by name, by any inflected or partial spelling. Every query is served by an index."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from newscrawl.items import Entity
from newscrawl.store.census import Row, entity_document
from newscrawl.store.decisions import all_decisions, heir
from newscrawl.store.documents import stored
from newscrawl.store.identity import is_local
from newscrawl.store.schema import Document
from newscrawl.store.stems import stems, stems_of, words
from pipelines.entities.morphology import forms

if TYPE_CHECKING:
    from newscrawl.store.store import Store

_LAST = "\U0010ffff"
"""Sorts after every continuation of a word."""
_MOST_WORDS = 8
"""Words of a question that are looked at."""


def entity(document: Document) -> Entity:
    """Return the record of a document in `entities`."""
    return stored(Entity, document)


def by_id(store: Store, asked: str) -> list[Document]:
    """Return the entity with an id or the one that it was merged into.

    An id that the rules give no longer, or that is a name, leads to all entities whose mentions bear it.
    """
    decided = all_decisions(store)
    found = store.entities.find_one({"_id": heir(asked, decided)})
    if found is not None:
        return [found]
    merged = [kin.key for one in decided if one.kind == "merge" and one.entity == asked for kin in one.kin]
    plain = re.sub(r"#\d+$", "", asked)
    for field, keys in (("keys", merged), ("keys", [plain, plain.rpartition("@")[0]]), ("names", [plain])):
        several = list(store.entities.find({field: {"$in": keys}}).sort("_id", 1))
        if several:
            return several
    return []


def search(store: Store, text: str, type_: str | None, limit: int) -> list[Entity]:
    """Return the entities with all words of a text, in any case or unfinished: whole words first, then frequency."""
    asked = [_alternatives(word) for word in dict.fromkeys(words(text)) if word][:_MOST_WORDS]
    if not asked:
        return []
    kind: Document = {"type": type_} if type_ else {}
    found: dict[str, Document] = {}
    for several in (_whole, _begun):
        query = {"$and": [several(word) for word in asked]} | kind
        for one in store.entities.find(query).sort([("articles", -1), ("_id", 1)]).limit(limit):
            found.setdefault(one["_id"], one)
        if len(found) >= limit:
            break
    return [entity(one) for one in list(found.values())[:limit]]


def _alternatives(word: str) -> list[str]:
    """Return the stems that a word may have: its own, and those of its dictionary forms («орла» is «орёл»)."""
    return sorted(stems([word, *(form.lemma for form in forms(word) if form.known)]))


def _whole(alternatives: list[str]) -> Document:
    return {"words": {"$in": alternatives}}


def _begun(alternatives: list[str]) -> Document:
    return {"$or": [{"words": {"$elemMatch": {"$gte": one, "$lt": one + _LAST}}} for one in alternatives]}


def namesakes(store: Store, one: Entity) -> list[Entity]:
    """Return the other entities of the same name, and persons whose fuller or shorter name it could be."""
    found = {other["_id"]: other for other in store.entities.find({"names": {"$in": list(one.names)}})}
    if one.type == "PER":
        surnames = {_parts(key)[-1] for key in one.keys}
        query = {"type": "PER", "words": {"$in": sorted({one for surname in surnames for one in stems_of(surname)})}}
        for other in store.entities.find(query).sort("articles", -1).limit(200):
            if any(_could_be(a, b) for a in one.keys for b in other["keys"]) and _meet(one, other):
                found.setdefault(other["_id"], other)
    found.pop(one.id, None)
    return [entity(other) for other in sorted(found.values(), key=lambda other: (-other["articles"], other["_id"]))]


def _parts(key: str) -> list[str]:
    return key.partition(":")[2].split() or [""]


def _could_be(key: str, other: str) -> bool:
    """Tell whether one of two names is a shorter way to write the other."""
    short, long = sorted(
        (_parts(key), _parts(other)), key=lambda parts: sum(len(part.rstrip(".")) > 1 for part in parts)
    )
    if short[-1] != long[-1] or not is_local(f"per:{' '.join(short)}"):
        return False
    return all(b.startswith(a.rstrip(".")) for a, b in zip(short[:-1], long[:-1], strict=False))


def _meet(one: Entity, other: Document) -> bool:
    """Tell whether two entities are mentioned in one city; where it is unknown it may be the same."""
    mine, others = {seen.city for seen in one.cities}, {seen["city"] for seen in other["cities"]}
    return not mine or not others or bool(mine & others)


def foreseen(entity_id: str, rows: Sequence[Row], normal: str | None) -> Document:
    """Return the document that rows of single articles would make."""
    once = {row.sighting.article: row for row in rows}.values()
    exact = entity_document(entity_id, list(once), normal)
    return entity_document(entity_id, rows, normal) | {name: exact[name] for name in ("articles", "cities")}


def recent(store: Store, ids: Sequence[str], limit: int) -> list[Document]:
    """Return the latest articles that mention one of these: `url`, `headline`, `date_published`, `site`."""
    fields = {"_id": 0, "url": 1, "headline": 1, "date_published": 1, "site": 1}
    query = {"identities.id": {"$in": list(ids)}}
    return list(store.articles.find(query, fields).sort([("date_published", -1), ("_id", 1)]).limit(limit))


def top(store: Store, type_: str, site: str | None, limit: int) -> list[tuple[str, int]]:
    """Return (canonical form, number of articles), the most frequent first."""
    if site is None:
        rows = store.entities.find({"type": type_}).sort([("articles", -1), ("_id", 1)])
        return [(row["normal"], row["articles"]) for row in rows.limit(limit)]
    prefix = f"{type_.lower()}:"
    stages: list[Document] = [
        {"$match": {"site": site}},
        {"$project": {"ids": {"$setUnion": ["$identities.id"]}}},
        {"$unwind": "$ids"},
        {"$match": {"ids": {"$gte": prefix, "$lt": prefix + _LAST}}},
        {"$group": {"_id": "$ids", "articles": {"$sum": 1}}},
        {"$sort": {"articles": -1, "_id": 1}},
        {"$limit": limit},
    ]
    counted = {row["_id"]: row["articles"] for row in store.articles.aggregate(stages)}
    named = {one["_id"]: one["normal"] for one in store.entities.find({"_id": {"$in": list(counted)}}, {"normal": 1})}
    return [(named.get(one, one.partition(":")[2]), number) for one, number in counted.items()]
