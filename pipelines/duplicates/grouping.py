"""Groups of documents that are one text, from the pairs that are copies.

Documents are taken with the most copies first, then in their order. Who joins no group leads a new one. A document
joins the group if most of its jury calls it a copy: the leader and those that joined it first; each says as much as
the two have in common, for a brief of an old story is a part of its follow-up too. A single pair never joins two
groups, so a chain of half-likenesses does not become one group. A group lies within one connected component of the
pairs, so a component alone gives the same groups as all documents do. The original of a group is the earliest of its
documents, whoever leads.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

from pipelines.duplicates.compare import Verdict, compare
from pipelines.duplicates.documents import Document, Order, order

JURY = 7
"""Documents of a group that one is compared with which may join it."""
CAP = 5000
"""Documents of a group that takes no more; the next one begins another."""


@dataclass(frozen=True, slots=True)
class Membership:
    """The group of a document."""

    cluster: str
    """Id of the group's original; its own for a document that has no copy."""
    duplicate_of: str | None
    """The same, or None for the original itself."""


class Groups(dict[str, Membership]):
    """Id of a document -> Membership; and a sentence of warning for each group that was full."""

    warnings: list[str]


def group(
    documents: Sequence[Document],
    copies: Iterable[tuple[str, str]],
    *,
    verdict: Callable[[Document, Document], Verdict] = compare,
    cap: int = CAP,
) -> Groups:
    """Return the group of every document; the same whatever the order of `documents` and `copies`.

    `copies` are the pairs of ids that are candidates and that `compare` calls copies; ids that are not among
    `documents` are left out. `verdict` is asked for the documents of groups; pass one that remembers to save time.
    """
    neighbours = _neighbours({document.id for document in documents}, copies)
    members: dict[str, list[Document]] = {}
    leaders: dict[str, str] = {}
    full: set[str] = set()
    for document in sorted(documents, key=lambda one: _turn(one, neighbours)):
        found = sorted({leaders[other] for other in neighbours.get(document.id, ()) if other in leaders})
        full.update(leader for leader in found if len(members[leader]) >= cap)
        leader = _best(document, [members[leader] for leader in found if len(members[leader]) < cap], verdict)
        leaders[document.id] = leader or document.id
        members.setdefault(leaders[document.id], []).append(document)
    originals = {leader: min(group, key=order).id for leader, group in members.items()}
    groups = Groups()
    for id_, leader in sorted(leaders.items()):
        original = originals[leader]
        groups[id_] = Membership(original, None if id_ == original else original)
    groups.warnings = [f"The group of {originals[id_]} has {cap} documents and takes no more." for id_ in sorted(full)]
    return groups


def _turn(document: Document, neighbours: Mapping[str, Set[str]]) -> tuple[int, Order]:
    return -len(neighbours.get(document.id, ())), order(document)


def _neighbours(known: Set[str], copies: Iterable[tuple[str, str]]) -> Mapping[str, set[str]]:
    neighbours: dict[str, set[str]] = defaultdict(set)
    for one, other in copies:
        if one in known and other in known and one != other:
            neighbours[one].add(other)
            neighbours[other].add(one)
    return neighbours


def _best(
    document: Document, groups: Sequence[Sequence[Document]], verdict: Callable[[Document, Document], Verdict]
) -> str | None:
    """Return the leader of the group that `document` belongs to most, None if to none."""
    best = 0.0
    chosen: str | None = None
    for members in groups:
        jury = [_vote(verdict(document, member)) for member in members[:JURY]]
        copies, others = sum(vote for vote in jury if vote > 0), -sum(vote for vote in jury if vote < 0)
        if copies > others and (chosen is None or copies > best):
            best, chosen = copies, members[0].id
    return chosen


def _vote(verdict: Verdict) -> float:
    return verdict.weight if verdict.copy else -verdict.weight


def components(copies: Iterable[tuple[str, str]]) -> list[list[str]]:
    """Return the ids that `copies` connect, as lists of sorted ids, the lists sorted."""
    parent: dict[str, str] = {}

    def root(id_: str) -> str:
        parent.setdefault(id_, id_)
        while parent[id_] != id_:
            parent[id_] = parent[parent[id_]]
            id_ = parent[id_]
        return id_

    for one, other in copies:
        first, second = sorted((root(one), root(other)))
        parent[second] = first
    found: dict[str, list[str]] = defaultdict(list)
    for id_ in sorted(parent):
        found[root(id_)].append(id_)
    return sorted(found.values())
