"""What people decided about the registry, and what follows from it for a group of mentions.

A decision is written down first and then followed; the registry is made anew from articles and decisions at any time.
Decisions are followed in their order. Each remembers the groups of mentions (`Kin`) that its entities were made of, so
that it still finds them when later news divides or joins a name and the rules give another id.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from pymongo.errors import DuplicateKeyError

from newscrawl.clock import now
from newscrawl.items import Decision, Kin
from newscrawl.store.identity import Group, Judge
from newscrawl.store.schema import Document
from pipelines.text import fold

if TYPE_CHECKING:
    from newscrawl.store.store import Store


class Sighting(NamedTuple):
    """What a decision looks at: mentions of one group in one article, or in many that no decision tells apart."""

    group: Group
    site: str | None
    posts: tuple[str, ...]
    article: str | None
    """None where no split by articles concerns the name."""


class Law:
    """Rules and decisions together: tells which entity a sighting is."""

    def __init__(self, judge: Judge, decisions: Iterable[Decision]) -> None:
        self._judge = judge
        self._decisions = [(one, self._sources(one)) for one in decisions if one.undone_at is None]

    def by_rules(self, group: Group) -> str:
        """Return the id of the entity before all decisions."""
        return self._judge.decide(group)

    def entity(self, sighting: Sighting) -> str:
        """Return the id of the entity after all decisions."""
        current = self._judge.decide(sighting.group)
        for decision, sources in self._decisions:
            if current not in sources:
                continue
            if decision.kind == "merge":
                current = self._target(decision, sighting.group.home)
            elif _goes(decision, sighting):
                current = decision.into
        return current

    def _sources(self, decision: Decision) -> set[str]:
        return {decision.entity, *(self._judge.decide(group_of(kin)) for kin in decision.kin)}

    def _target(self, decision: Decision, home: str) -> str:
        """Return what `into` is today: where its name was divided since, the one of the same city."""
        today = {kin.home: self._judge.decide(group_of(kin)) for kin in decision.into_kin}
        if home in today:
            return today[home]
        if not today or decision.into in today.values():
            return decision.into
        return min(today.values())


def _goes(decision: Decision, sighting: Sighting) -> bool:
    """Tell whether a split takes a sighting along."""
    if decision.articles:
        return sighting.article in decision.articles
    if decision.site is not None:
        return sighting.site == decision.site
    return any(fold(decision.post or "") in fold(post) for post in sighting.posts)


def group_of(kin: Kin) -> Group:
    """Return the group that a decision remembers."""
    return Group(kin.key, kin.home, kin.claim)


def all_decisions(store: Store) -> list[Decision]:
    """Return every decision in order, the undone ones too: made by hand, they are few."""
    return [_decision(one) for one in store.decisions.find().sort("_id", 1)]


def _decision(document: Document) -> Decision:
    return Decision.model_validate({"id": document.pop("_id"), **document})


def connected(names: Iterable[str], decisions: Sequence[Decision]) -> set[str]:
    """Return the names with all that decisions tie to them, undone ones too while the registry still follows them."""
    found = set(names)
    ties = [set(one.names) for one in decisions if one.undone_at is None or not one.applied]
    while grown := [tie for tie in ties if tie & found and not tie <= found]:
        found.update(*grown)
    return found


def record(store: Store, decision: Decision) -> Decision:
    """Write a new decision down under the next free number; what follows from it is up to the registry."""
    while True:
        last = store.decisions.find_one({}, {"_id": 1}, sort=[("_id", -1)])
        numbered = decision.model_copy(update={"id": last["_id"] + 1 if last else 1})
        document = numbered.model_dump()
        document["_id"] = document.pop("id")
        for name in ("articles", "names", "kin", "into_kin"):
            document[name] = list(document[name])
        try:
            store.decisions.insert_one(document)
        except DuplicateKeyError:  # another machine took the number
            continue
        return numbered


def undo(store: Store, number: int) -> None:
    """Note that a decision no longer counts."""
    store.decisions.update_one({"_id": number}, {"$set": {"undone_at": now(), "applied": False}})


def mark_applied(store: Store, numbers: Sequence[int]) -> None:
    """Note that the registry follows these decisions as they stand."""
    store.decisions.update_many({"_id": {"$in": list(numbers)}}, {"$set": {"applied": True}})


def heir(entity: str, decisions: Iterable[Decision]) -> str:
    """Return the entity that an id stands for after all merges."""
    for one in decisions:
        if one.undone_at is None and one.kind == "merge" and one.entity == entity:
            entity = one.into
    return entity


def ancestors(entity: str, decisions: Sequence[Decision]) -> set[str]:
    """Return all ids that were merged into an entity, and its own: articles of a running crawl still bear them."""
    merged = {one.entity for one in decisions if one.undone_at is None and one.kind == "merge"}
    return {entity} | {one for one in merged if heir(one, decisions) == entity}
