"""The registry of entities: who and what the articles speak of, across all of them.

Everything in it follows from the articles (`newscrawl.store.identity`) and from what people decided
(`newscrawl.store.decisions`); `newscrawl.store.settling` brings it up to date, one process at a time.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from newscrawl.clock import now
from newscrawl.errors import ConfigError, LeaseHeldError, NewscrawlError
from newscrawl.items import Decision, Entity, Kin
from newscrawl.store import decisions as laws
from newscrawl.store import leases, lookup, settling
from newscrawl.store.census import Row
from newscrawl.store.claims import kinds_of
from newscrawl.store.schema import Document
from newscrawl.store.settling import Survey, survey

if TYPE_CHECKING:
    from newscrawl.store.store import Store

_log = logging.getLogger(__name__)
_TURN = "(registry)"
"""The lease of who writes the registry; no site has such a name."""
_PATIENCE = 120.0
"""Seconds to wait for another process that writes it."""


class Registry:
    """The registry of one store. Thread-safe."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._holder = f"registry-{secrets.token_hex(4)}"
        self._lock = threading.RLock()

    def refresh(self, *, patience: float = _PATIENCE) -> int:
        """Follow what was written since the last time; return how many entities changed.

        While another process does so it is waited for; after `patience` seconds the marks are left to it, or to the
        next command.
        """
        if not settling.is_due(self._store):
            return 0
        try:
            with self._turn(patience):
                return self._settle()
        except LeaseHeldError:
            _log.info("the registry is being brought up to date by another process: left to it")
            return 0

    def find(self, asked: str) -> list[Entity]:
        """Return the entity of an id, also one that was merged away; or all that bear a name given as a key."""
        return self._store.call(lambda: [lookup.entity(one) for one in lookup.by_id(self._store, asked)])

    def ids(self, asked: str) -> list[str]:
        """Return every id under which articles may mention what `asked` stands for."""
        decided = laws.all_decisions(self._store)
        found = {one["_id"] for one in lookup.by_id(self._store, asked)} or {asked}
        return sorted(asked_or_merged for one in found for asked_or_merged in laws.ancestors(one, decided))

    def heirs(self) -> dict[str, str]:
        """Return by id what those entities are part of now that were merged into others."""
        decided = laws.all_decisions(self._store)
        merged = [one.entity for one in decided if one.kind == "merge" and one.undone_at is None]
        return {entity: laws.heir(entity, decided) for entity in merged}

    def search(self, text: str, *, type_: str | None = None, limit: int = 20) -> list[Entity]:
        """Return entities by any inflected or partial spelling, the likeliest first."""
        return self._store.call(lambda: lookup.search(self._store, text, type_, limit))

    def namesakes(self, entity: Entity) -> list[Entity]:
        """Return who or what else it could be: entities of the same name, fuller and shorter names in its cities."""
        return self._store.call(lambda: lookup.namesakes(self._store, entity))

    def doubts(self, entity: Entity) -> list[list[str]]:
        """Return its posts by walk of life where there is more than one: perhaps they are several people's."""
        kinds = kinds_of(one.post for one in entity.posts)
        return kinds if len(kinds) > 1 else []

    def recent(self, entity: Entity, limit: int) -> list[Document]:
        """Return its latest articles: `url`, `headline`, `date_published`, `site`."""
        return self._store.call(lambda: lookup.recent(self._store, self.ids(entity.id), limit))

    def merge(self, entity: str, into: str, *, reason: str | None = None, dry_run: bool = False) -> Entity:
        """Make one entity part of another; return what the two are together. Raises ConfigError when it cannot be."""
        with self._writing():
            self._settle()
            decided = laws.all_decisions(self._store)
            _refuse_merge(entity, into, decided)
            one, other = self._only(entity), self._only(into)
            if one.id == other.id:
                raise ConfigError(f"{one.id} cannot be merged into itself")
            if one.type != other.type:
                raise ConfigError(f"{one.id} is a {one.type}, {other.id} a {other.type}: they cannot be one")
            found = survey(self._store, {*one.names, *other.names}, decided)
            decision = _decision("merge", one.id, other.id, found, reason)
            decision = decision.model_copy(update={"into_kin": _kin(found, other.id)})
            return self._follow(decision, decided, dry_run)

    def split(
        self,
        entity: str,
        *,
        articles: Sequence[str] = (),
        site: str | None = None,
        post: str | None = None,
        normal: str | None = None,
        reason: str | None = None,
        dry_run: bool = False,
    ) -> Entity:
        """Make a new entity of the articles named, of a site's, or of those that give a post; return the new one.

        Raises ConfigError when none or all of its articles would go.
        """
        with self._writing():
            self._settle()
            decided = laws.all_decisions(self._store)
            one = self._only(entity)
            found = survey(self._store, one.names, decided, by_article=True)
            decision = _decision("split", one.id, _next_id(one.id, decided), found, reason)
            decision = decision.model_copy(
                update={"articles": tuple(sorted(set(articles))), "site": site, "post": post, "normal": normal}
            )
            after = survey(self._store, one.names, [*decided, decision], by_article=True)
            _refuse_split(decision, found.of(one.id), after.of(one.id), after.of(decision.into))
            return self._follow(decision, decided, dry_run)

    def undo(self, kind: str, asked: str, *, dry_run: bool = False) -> Decision:
        """Take the merge of an entity, or the split that made one, back; return the decision."""
        with self._writing():
            found = [
                one
                for one in laws.all_decisions(self._store)
                if one.kind == kind and one.undone_at is None and asked == (one.entity if kind == "merge" else one.into)
            ]
            if not found:
                what = "was merged into another" if kind == "merge" else "came from a split"
                raise ConfigError(
                    f"{asked} is no entity that {what}", advice="`newscrawl entity show ID` lists the decisions."
                )
            if not dry_run:
                laws.undo(self._store, found[-1].id)
                self._settle()
            return found[-1]

    def decisions(self, entity: Entity) -> list[Decision]:
        """Return what people decided about an entity and those merged into it, the undone ones too."""
        decided = laws.all_decisions(self._store)
        mine = laws.ancestors(entity.id, decided)
        return [one for one in decided if {one.entity, one.into} & mine]

    def _follow(self, decision: Decision, decided: list[Decision], dry_run: bool) -> Entity:
        """Write a decision down and follow it, or only tell what `into` would become."""
        if not dry_run:
            laws.record(self._store, decision)
            self._settle()
            return self._only(decision.into)
        foreseen = survey(self._store, decision.names, [*decided, decision], by_article=True)
        return lookup.entity(lookup.foreseen(decision.into, foreseen.of(decision.into), decision.normal))

    def _only(self, asked: str) -> Entity:
        """Return the one entity that is meant. Raises ConfigError for none and for several."""
        found = self.find(asked)
        if not found:
            raise ConfigError(
                f"no entity has the id {asked}", advice="`newscrawl entity search TEXT` finds ids by any spelling."
            )
        if len(found) > 1:
            ids = ", ".join(one.id for one in found)
            raise ConfigError(f"{asked} is a name that several entities bear", advice=f"Name one of them: {ids}")
        return found[0]

    def _settle(self) -> int:
        changed = 0
        for number in settling.settle(self._store):
            changed += number
            if not leases.renew(self._store.leases, _TURN, self._holder):
                raise NewscrawlError(
                    "another process took over the registry while this one was at it",
                    advice="Nothing is lost: the next command brings it up to date.",
                )
        return changed

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            with self._turn(_PATIENCE):
                yield
        except LeaseHeldError as error:
            raise NewscrawlError(
                f"the registry is being brought up to date by {error.holder}", advice="Try again when that has ended."
            ) from None

    @contextmanager
    def _turn(self, patience: float) -> Iterator[None]:
        """Hold the registry's lease. Raises LeaseHeldError when another process keeps it for so long."""
        with self._lock, leases.turn(self._store.leases, _TURN, self._holder, patience):
            yield


def _decision(kind: str, entity: str, into: str, found: Survey, reason: str | None) -> Decision:
    nothing: Document = {"articles": (), "site": None, "post": None, "normal": None, "into_kin": ()}
    who = {
        "kind": kind,
        "entity": entity,
        "into": into,
        "kin": _kin(found, entity),
        "names": tuple(sorted(found.names)),
    }
    when = {"made_at": now(), "undone_at": None, "applied": False, "reason": reason}
    return Decision.model_validate({"id": 0} | nothing | who | when)


def _kin(found: Survey, entity: str) -> tuple[Kin, ...]:
    """Return the groups that are an entity by the rules alone; what decisions brought there has its own."""
    groups = {row.sighting.group for row in found.of(entity) if found.law.by_rules(row.sighting.group) == entity}
    return tuple(Kin(**group._asdict()) for group in sorted(groups))


def _next_id(entity: str, decided: Sequence[Decision]) -> str:
    stem = entity.partition("#")[0] if entity.rpartition("#")[2].isdigit() else entity
    taken = {one.into for one in decided}
    number = 2
    while f"{stem}#{number}" in taken:
        number += 1
    return f"{stem}#{number}"


def _refuse_merge(entity: str, into: str, decided: Sequence[Decision]) -> None:
    heir = laws.heir(into, decided)
    if heir != into and heir == laws.heir(entity, decided):
        raise ConfigError(
            f"{into} was merged into {heir} already: it cannot take {entity} in as well",
            advice=f"Take that back first: newscrawl entity merge --undo '{into}'",
        )
    for one in (entity, into):
        heir = laws.heir(one, decided)
        if heir != one:
            raise ConfigError(f"{one} was merged into {heir} already", advice=f"Name that one: '{heir}'")


def _refuse_split(decision: Decision, before: list[Row], stays: list[Row], goes: list[Row]) -> None:
    mentioned = {row.sighting.article for row in before}
    unknown = [url for url in decision.articles if url not in mentioned]
    if unknown:
        raise ConfigError(f"{unknown[0]} is no stored article that mentions {decision.entity}")
    if not goes:
        what = f"on the site {decision.site}" if decision.site else f"with a post like {decision.post!r}"
        raise ConfigError(
            f"no article {what} mentions {decision.entity}", advice="`newscrawl entity show ID` lists both."
        )
    if not stays:
        raise ConfigError(f"every article of {decision.entity} would go: nothing would be left to split it from")
