"""The registry brought up to date: entities made of articles and decisions.

An article is written together with a mark that it is not settled, a decision with `applied: false`. Settling counts
the names concerned anew and takes the marks off, each only if nothing was written since it was read. So a crash at any
moment leaves marks that the next command or crawl works off, and doing it twice does no harm.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from pymongo import DeleteOne, ReplaceOne, UpdateOne

from newscrawl.items import Decision
from newscrawl.store import decisions as laws
from newscrawl.store.census import Row, count, entity_document, exact_numbers
from newscrawl.store.decisions import Law
from newscrawl.store.identity import Judge, name_of
from newscrawl.store.schema import CHANGED, Document

if TYPE_CHECKING:
    from newscrawl.store.store import Store

_SLICE = 20_000
"""Unsettled articles at once: bounds memory."""
_BATCH = 200
"""Names counted in one query."""
UNSETTLED = {"unsettled.token": {"$exists": True}}


def mark(token: str, before: Document | None, entities: Iterable[Document]) -> Document:
    """Return the mark of an unsettled state: a token of this very write, and the ids that the article no longer has."""
    gone: set[str] = set()
    if before is not None:
        gone |= {one["key"] for one in before["identities"]} | set((before.get("unsettled") or {}).get("gone", ()))
        gone -= {one["id"] for one in entities}
    return {"token": token, "gone": sorted(gone)}


def is_due(store: Store) -> bool:
    """Tell whether anything was written that the registry does not follow yet."""
    return (
        store.articles.find_one(UNSETTLED, {"_id": 1}) is not None
        or store.decisions.find_one({"applied": False}, {"_id": 1}) is not None
        or _is_gone(store)
    )


def _is_gone(store: Store) -> bool:
    """Tell whether somebody emptied the registry, to have it made anew."""
    anything = store.articles.find_one({"identities.id": {"$gt": ""}}, {"_id": 1})
    return anything is not None and store.entities.find_one({"_id": {"$gt": ""}}, {"_id": 1}) is None


def settle(store: Store) -> Iterator[int]:
    """Work off all marks; yield after every batch how many entities changed, so that the caller can say it lives."""
    if _is_gone(store):
        store.articles.update_many({"unsettled": None}, {"$set": {"unsettled": {"token": "anew", "gone": []}}})
    while True:
        known = laws.all_decisions(store)
        pending = [one for one in known if not one.applied]
        marked = list(store.articles.find(UNSETTLED, {"entities.id": 1, "unsettled": 1}).limit(_SLICE))
        keys = {key for one in marked for key in _keys(one)}
        names = {name_of(key) for key in keys} | {name for one in pending for name in one.names}
        for batch in _batches(names, known):
            yield _recount(store, batch, keys, known)
        settled = [
            UpdateOne({"_id": one["_id"], "unsettled.token": one["unsettled"]["token"]}, {"$unset": {"unsettled": ""}})
            for one in marked
        ]
        if settled:
            store.articles.bulk_write(settled, ordered=False)
        if pending:
            laws.mark_applied(store, [one.id for one in pending])
        if len(marked) < _SLICE:
            return


def _keys(article: Document) -> list[str]:
    return [*(one["id"] for one in article["entities"]), *article["unsettled"]["gone"]]


def _batches(names: Iterable[str], decisions: Sequence[Decision]) -> Iterator[set[str]]:
    """Yield the names in sets of bearable size; names that a decision ties together stay together."""
    waiting = set(names)
    batch: set[str] = set()
    for name in sorted(waiting):
        if name in batch or name not in waiting:
            continue
        together = laws.connected([name], decisions)
        waiting -= together
        batch |= together
        if len(batch) >= _BATCH:
            yield batch
            batch = set()
    if batch:
        yield batch


class Survey(NamedTuple):
    """All rows of some names with the entity that each is."""

    names: set[str]
    law: Law
    rows: list[tuple[str, Row]]

    def of(self, entity: str) -> list[Row]:
        """Return the rows of one entity."""
        return [row for one, row in self.rows if one == entity]


def survey(
    store: Store,
    names: Iterable[str],
    decisions: Sequence[Decision],
    keys: Iterable[str] = (),
    *,
    by_article: bool = False,
) -> Survey:
    """Look at all articles with these names and those that decisions tie to them; `keys` may be new to the registry."""
    together = laws.connected(names, decisions)
    known = store.entities.find({"names": {"$in": sorted(together)}}, {"keys": 1})
    mine = {key for one in known for key in one["keys"]} | set(keys)
    mine |= {kin.key for one in decisions for kin in (*one.kin, *one.into_kin)} | together
    mine = {key for key in mine if name_of(key) in together}
    if any(one.articles and together & set(one.names) for one in decisions):
        by_article = True
    rows = list(count(store, sorted(mine), by_article=by_article))
    law = Law(Judge(row.sighting.group for row in rows), decisions)
    return Survey(together, law, [(law.entity(row.sighting), row) for row in rows])


def _recount(store: Store, names: set[str], keys: Iterable[str], decisions: Sequence[Decision]) -> int:
    """Make the entities of some names anew; return how many changed."""
    found = survey(store, names, decisions, keys)
    _rename(store, found)
    made: dict[str, list[Row]] = defaultdict(list)
    for entity, row in found.rows:
        made[entity].append(row)
    stored = {one["_id"]: one for one in store.entities.find({"names": {"$in": sorted(found.names)}})}
    stored |= {one["_id"]: one for one in store.entities.find({"_id": {"$in": sorted(made.keys() - stored.keys())}})}
    given = {one.into: one.normal for one in decisions if one.kind == "split" and one.undone_at is None}
    changes: list[ReplaceOne[Document] | DeleteOne] = []
    for entity, rows in made.items():
        document = entity_document(entity, rows, given.get(entity))
        if len(document["keys"]) > 1:
            document |= exact_numbers(store, entity)
        if document != stored.get(entity):
            changes.append(ReplaceOne({"_id": entity}, document, upsert=True))
    changes += [DeleteOne({"_id": entity}) for entity in sorted(stored.keys() - made.keys())]
    if changes:  # what is new comes before what goes: the keys of a name are never forgotten
        store.entities.bulk_write(changes, ordered=True)
    return len(changes)


def _rename(store: Store, found: Survey) -> None:
    """Give the articles the entities that they have now."""
    moved = sorted({row.sighting.group.key for entity, row in found.rows if row.current != entity})
    updates: list[UpdateOne] = []
    for row in count(store, moved, by_article=True) if moved else ():
        key, entity = row.sighting.group.key, found.law.entity(row.sighting)
        if row.current != entity:
            change = {"$set": {"identities.$[one].id": entity}} | CHANGED
            updates.append(UpdateOne({"_id": row.sighting.article}, change, array_filters=[{"one.key": key}]))
        if len(updates) >= 1000:
            store.articles.bulk_write(updates, ordered=False)
            updates = []
    if updates:
        store.articles.bulk_write(updates, ordered=False)
