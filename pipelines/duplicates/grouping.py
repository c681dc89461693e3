"""Groups of documents that are one text, from the pairs that are copies.

Documents are taken in their order, the earliest first. One joins the group whose original it is a copy of, or most of
whose jury: its original and the earliest others. A single pair never joins two groups, so a chain of half-likenesses
does not become one group. A group lies within one connected component of the pairs, so a component alone gives the same
groups as all documents do.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from pipelines.duplicates.compare import Verdict, compare
from pipelines.duplicates.documents import Document, order

JURY = 7
"""Documents of a group that a new one is compared with."""
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
    ranked = sorted(documents, key=order)
    known = {document.id for document in ranked}
    neighbours: dict[str, set[str]] = defaultdict(set)
    for one, other in copies:
        if one in known and other in known and one != other:
            neighbours[one].add(other)
            neighbours[other].add(one)
    members: dict[str, list[Document]] = {}
    leaders: dict[str, str] = {}
    full: set[str] = set()
    for document in ranked:
        found = sorted({leaders[other] for other in neighbours.get(document.id, ()) if other in leaders})
        full.update(leader for leader in found if len(members[leader]) >= cap)
        leader = _best(document, [members[leader] for leader in found if len(members[leader]) < cap], verdict)
        leaders[document.id] = leader or document.id
        members.setdefault(leaders[document.id], []).append(document)
    groups = Groups({id_: Membership(to, None if id_ == to else to) for id_, to in leaders.items()})
    groups.warnings = [f"The group of {id_} has {cap} documents and takes no more." for id_ in sorted(full)]
    return groups


def _best(
    document: Document, groups: Sequence[Sequence[Document]], verdict: Callable[[Document, Document], Verdict]
) -> str | None:
    """Return the original of the group that `document` belongs to most, None if to none."""
    best: tuple[bool, float, float] = (False, 0.0, 0.0)
    chosen: str | None = None
    for members in groups:
        jury = [verdict(document, member) for member in members[:JURY]]
        share = sum(one.copy for one in jury) / len(jury)
        rank = (jury[0].copy, share, jury[0].score)
        if (jury[0].copy or share > 1 / 2) and (chosen is None or rank > best):
            best, chosen = rank, members[0].id
    return chosen


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
