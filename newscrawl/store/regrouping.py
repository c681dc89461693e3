"""Groups made anew: those of the signatures whose ties changed, each with all that it is tied to and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bson import Int64
from pymongo import UpdateOne

from newscrawl.store.schema import CHANGED, Document
from newscrawl.store.signatures import sign, slices
from newscrawl.store.verdicts import Party, Verdicts
from pipelines.duplicates import Document as Candidate
from pipelines.duplicates import Groups, Verdict, components, group

if TYPE_CHECKING:
    from newscrawl.store.store import Store

NODE: Document = dict.fromkeys(("rank", "text", "published", "fetched", "copies", "due"), 1)
"""What is read of a signature to group it."""
_AT_ONCE = 2000
"""Addresses or ranks in one query."""
_NOT_KNOWN = Verdict(False, "unrelated", 0.0, 0.0, None)


@dataclass
class Regrouped:
    """What became of signatures whose groups were due."""

    signatures: int = 0
    """How many were grouped, those tied to them included."""
    looked_up: int = 0
    """How many had their copies looked for."""
    changed: int = 0
    """Articles whose group or original is another one now."""
    warnings: list[str] = field(default_factory=list)
    """Sentences on groups that are full."""

    def add(self, other: Regrouped) -> None:
        """Add what was done besides."""
        self.signatures += other.signatures
        self.looked_up += other.looked_up
        self.changed += other.changed
        self.warnings += [one for one in other.warnings if one not in self.warnings]


def regroup(store: Store, verdicts: Verdicts, most: int) -> Regrouped:
    """Make the groups of `most` signatures that are due anew, and write into the articles what changed."""
    due = list(store.signatures.find({"due": "group"}, NODE).limit(most))
    return regroup_nodes(store, verdicts, due) if due else Regrouped()


def regroup_nodes(
    store: Store, verdicts: Verdicts, due: Sequence[Document], *, within: tuple[int, int] | None = None
) -> Regrouped:
    """Make the groups of these signatures anew, with all that they are tied to.

    `within`: only where the lowest rank of all that is tied together lies between these two, both included.
    """
    done = Regrouped()
    nodes = _tied(store, due)
    by_rank = {node["rank"]: node["_id"] for node in nodes.values()}
    ties = [
        (by_rank[rank], url) for url, node in nodes.items() for rank in node.get("copies", ()) if rank in by_rank
    ]  # fmt: skip
    connected = components(ties)
    together = {url for one in connected for url in one}
    if within is not None:
        mine = [one for one in connected if within[0] <= min(nodes[url]["rank"] for url in one) <= within[1]]
        left_out = together - {url for one in mine for url in one}
        nodes = {url: node for url, node in nodes.items() if url not in left_out}
        connected = mine
    groups = Groups()
    groups.update(group([candidate(nodes[url]) for url in nodes.keys() - together], ()))
    tied: dict[str, list[tuple[str, str]]] = {}
    homes = {url: one[0] for one in connected for url in one}
    for tie in ties:
        if tie[0] in homes:
            tied.setdefault(homes[tie[0]], []).append(tie)
    for one in connected:
        found = grouped(store, verdicts, {url: nodes[url] for url in one}, tied[one[0]])
        groups.update(found)
        done.warnings += found.warnings
    gone = _write(store, groups, done)
    if gone:
        sign(store, gone)  # leaves marks on those that it was tied to
        spoilt = {homes.get(url, url) for url in gone}
        nodes = {url: node for url, node in nodes.items() if homes.get(url, url) not in spoilt}
    for ranks in slices([node["rank"] for node in nodes.values()], _AT_ONCE):
        settled = {"rank": {"$in": list(ranks)}, "due": "group"}
        store.signatures.update_many(settled, {"$unset": {"due": ""}})
    done.signatures += len(nodes)
    return done


def _tied(store: Store, due: Iterable[Document]) -> dict[str, Document]:
    """Return by address these signatures and all that are tied to them, however far."""
    nodes = {node["_id"]: node for node in due}
    known = {node["rank"] for node in nodes.values()}
    waiting = list(nodes.values())
    while waiting:
        named = {rank for node in waiting for rank in node.get("copies", ())} - known
        found: dict[str, Document] = {}
        for ranks in slices(sorted(named), _AT_ONCE):
            found |= {one["_id"]: one for one in store.signatures.find({"rank": {"$in": _long(ranks)}}, NODE)}
        for ranks in slices([node["rank"] for node in waiting], _AT_ONCE):
            found |= {one["_id"]: one for one in store.signatures.find({"copies": {"$in": _long(ranks)}}, NODE)}
        waiting = [node for url, node in found.items() if url not in nodes]
        nodes |= {node["_id"]: node for node in waiting}
        known |= {node["rank"] for node in waiting}
    return nodes


def _long(ranks: Iterable[int]) -> list[Int64]:
    return [Int64(rank) for rank in ranks]


def candidate(node: Document) -> Candidate:
    """Return what `group` wants of an article: its place in the order."""
    return Candidate(node["_id"], "", "", node["published"], node["fetched"])


def grouped(store: Store, verdicts: Verdicts, nodes: Mapping[str, Document], ties: Sequence[tuple[str, str]]) -> Groups:
    """Return the groups of one connected component.

    What is not known of two of them yet is noted, found out for all at once, and the groups are made again.
    """
    parties = {url: Party(url, node["rank"], node["text"]) for url, node in nodes.items()}
    candidates = [candidate(node) for node in nodes.values()]
    told: dict[tuple[int, int], Verdict] = {}
    asked: set[tuple[Party, Party]] = set()

    def verdict(a: Candidate, b: Candidate) -> Verdict:
        one, other = sorted((parties[a.id], parties[b.id]), key=_rank)
        known = told.get((one.rank, other.rank))
        if known is None:
            asked.add((one, other))
        return known or _NOT_KNOWN

    while True:
        groups = group(candidates, ties, verdict=verdict)
        if not asked:
            return groups
        told.update(verdicts.among(store, sorted(asked)))
        asked.clear()


def _rank(party: Party) -> int:
    return party.rank


def _write(store: Store, groups: Groups, done: Regrouped) -> list[str]:
    """Write the groups into the articles where they are others; return addresses that have no article any more."""
    gone: list[str] = []
    for urls in slices(list(groups), _AT_ONCE):
        fields = {"cluster": 1, "duplicate_of": 1}
        found = {one["_id"]: one for one in store.articles.find({"_id": {"$in": list(urls)}}, fields)}
        gone += [url for url in urls if url not in found]
        changes = [
            UpdateOne({"_id": url}, {"$set": new} | CHANGED)
            for url, one in found.items()
            if (new := _fields(groups, url)) != {name: one.get(name) for name in fields}
        ]
        if changes:
            store.articles.bulk_write(changes, ordered=False)
        done.changed += len(changes)
    return gone


def _fields(groups: Groups, url: str) -> Document:
    return {"cluster": groups[url].cluster, "duplicate_of": groups[url].duplicate_of}
