"""What a grouping of the whole store would change, without a word written: for `newscrawl dedup --dry-run`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from newscrawl.store.regrouping import candidate, grouped
from newscrawl.store.schema import Document
from newscrawl.store.signatures import SIGNED, digest_of, rank_of, slices, text_of
from newscrawl.store.verdicts import Party, Verdicts
from pipelines.duplicates import Groups, Signature, candidate_pairs, components, group, signatures

if TYPE_CHECKING:
    from newscrawl.store.store import Store

_AT_ONCE = 200
_MOST_EXAMPLES = 20


@dataclass(frozen=True)
class Move:
    """An article that would change its group."""

    url: str
    was: str | None
    """Its original now; None when it is one itself, or is not grouped."""
    becomes: str | None


@dataclass
class Preview:
    """What a grouping would give."""

    articles: int = 0
    groups: int = 0
    copies: int = 0
    changed: int = 0
    """Articles whose group or original would be another one; those that were never grouped are among them."""
    moves: list[Move] = field(default_factory=list)
    """Some of those that would be a copy of another original than now."""
    warnings: list[str] = field(default_factory=list)


def preview(
    store: Store, sites: Sequence[str], verdicts: Verdicts, report: Callable[[Mapping[str, int]], None]
) -> Preview:
    """Group all articles in memory, under 2 kB each, and tell what would change in those of `sites` (all if none)."""
    nodes, signed = _nodes(store, report)
    order = sorted(range(len(nodes)), key=lambda number: nodes[number]["rank"])
    nodes = [nodes[number] for number in order]
    pairs = candidate_pairs([signed[number] for number in order])
    del signed
    parties = [Party(node["_id"], node["rank"], node["text"]) for node in nodes]
    ties: list[tuple[str, str]] = []
    for some in slices(pairs.tolist(), 5000):
        told = verdicts.among(store, [(parties[a], parties[b]) for a, b in some])
        ties += [(parties[a].url, parties[b].url) for a, b in some if told[parties[a].rank, parties[b].rank].copy]
        report({"compared": len(some)})
    groups = _groups(store, verdicts, {node["_id"]: node for node in nodes}, ties)
    return _told(store, groups, set(sites))


def _nodes(store: Store, report: Callable[[Mapping[str, int]], None]) -> tuple[list[Document], list[Signature]]:
    nodes: list[Document] = []
    signed: list[Signature] = []
    for articles in _batches(store):
        texts = [text_of(one) for one in articles]
        signed += signatures([text for _, text in texts])
        nodes += [
            {
                "_id": one["_id"],
                "rank": rank_of(one["_id"]),
                "text": digest_of(*text),
                "published": one["date_published"],
                "fetched": one["first_seen"],
            }
            for one, text in zip(articles, texts, strict=True)
        ]
        report({"signed": len(articles)})
    return nodes, signed


def _batches(store: Store) -> Iterator[list[Document]]:
    last: Document = {}
    while batch := list(store.articles.find(last, SIGNED).sort("_id", 1).limit(_AT_ONCE)):
        yield batch
        last = {"_id": {"$gt": batch[-1]["_id"]}}


def _groups(store: Store, verdicts: Verdicts, nodes: Mapping[str, Document], ties: Sequence[tuple[str, str]]) -> Groups:
    connected = components(ties)
    homes = {url: one[0] for one in connected for url in one}
    tied: dict[str, list[tuple[str, str]]] = {}
    for tie in ties:
        tied.setdefault(homes[tie[0]], []).append(tie)
    groups = Groups()
    groups.warnings = []
    groups.update(group([candidate(node) for url, node in nodes.items() if url not in homes], ()))
    for one in connected:
        found = grouped(store, verdicts, {url: nodes[url] for url in one}, tied[one[0]])
        groups.update(found)
        groups.warnings += found.warnings
    return groups


def _told(store: Store, groups: Groups, sites: set[str]) -> Preview:
    told = Preview(articles=len(groups), warnings=groups.warnings)
    originals = {one.duplicate_of for one in groups.values()} - {None}
    told.groups, told.copies = len(originals), sum(one.duplicate_of is not None for one in groups.values())
    fields = {"cluster": 1, "duplicate_of": 1, "site": 1}
    for urls in slices(list(groups), 2000):
        for one in store.articles.find({"_id": {"$in": list(urls)}}, fields):
            new = groups[one["_id"]]
            if (sites and one["site"] not in sites) or (one["cluster"], one["duplicate_of"]) == (
                new.cluster,
                new.duplicate_of,
            ):
                continue
            told.changed += 1
            if one["duplicate_of"] != new.duplicate_of and len(told.moves) < _MOST_EXAMPLES:
                told.moves.append(Move(one["_id"], one["duplicate_of"], new.duplicate_of))
    return told
