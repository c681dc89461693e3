"""Copies of articles found: each signature that is due is looked up in its postings and compared with what it meets.

The rule is that of `pipelines.duplicates`, with ranks as the order. A signature owns the ties to those before it in
rank. One whose shingles are new looks for those after it too, for they have been looked up before it came.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bson import Int64
from pymongo import UpdateMany, UpdateOne

from newscrawl.store.schema import Document
from newscrawl.store.signatures import TO_LOOK, Postings, mark_for_grouping, postings
from newscrawl.store.verdicts import Party, Verdicts
from pipelines.duplicates import LEAST_SHARED, NARROW, WIDE

if TYPE_CHECKING:
    from newscrawl.store.store import Store

PARTY: Document = dict.fromkeys(("rank", "text"), 1)
"""What is read of a signature to compare its article."""
_LOOKED: Document = PARTY | dict.fromkeys(("hashes", "copies", "due"), 1)


def look(store: Store, verdicts: Verdicts, most: int, shown: Postings | None = None) -> int:
    """Find the copies of `most` signatures that are due; return how many were looked up.

    `shown`: postings that were read since the last write; others are read.
    """
    due = list(store.signatures.find({"due": {"$in": list(TO_LOOK)}}, _LOOKED).limit(most))
    if not due:
        return 0
    shown = dict(shown or {})
    shown |= postings(store, {hash_ for one in due for hash_ in one["hashes"]} - shown.keys())
    pairs = {one["rank"]: candidates(store, one, shown) for one in due}
    met = {rank for found in pairs.values() for rank in found} - pairs.keys()
    parties = {one["rank"]: Party(one["_id"], one["rank"], one["text"]) for one in due}
    for one in store.signatures.find({"rank": {"$in": list(met)}}, PARTY):
        parties[one["rank"]] = Party(one["_id"], one["rank"], one["text"])
    asked = {
        (min(rank, other), max(rank, other)) for rank, found in pairs.items() for other in found if other in parties
    }
    told = verdicts.among(store, [(parties[one], parties[other]) for one, other in sorted(asked)])
    copies = {pair for pair in asked if told[pair].copy}
    _tie(store, due, pairs, copies)
    return len(due)


def candidates(store: Store, signature: Document, shown: Mapping[int, Sequence[int]]) -> set[int]:
    """Return the ranks that a signature is to be compared with: those before it, and after it if its shingles are new.

    Reads documents only where it is one of the first of a long posting: those then all meet it.
    """
    rank, is_new = signature["rank"], signature["due"] == "new"
    meetings: Counter[int] = Counter()
    long_ones: dict[int, Sequence[int]] = {}
    for hash_ in signature["hashes"]:
        rest = [one for one in shown.get(hash_, ()) if one != rank][:WIDE]
        place = bisect_left(rest, rank)
        meetings.update(rest[: place if place < WIDE else NARROW])
        if is_new:
            # With the signature itself among them they stand one place further back.
            meetings.update(rest[place : None if place < NARROW else WIDE - 1])
            if place < NARROW and len(rest) == WIDE:
                long_ones[hash_] = rest
    if long_ones:
        further = {"hashes": {"$in": _long(long_ones)}, "rank": {"$gt": min(rest[-1] for rest in long_ones.values())}}
        for one in store.signatures.find(further, {"_id": 0, "rank": 1, "hashes": 1}):
            meetings[one["rank"]] += sum(
                hash_ in long_ones and one["rank"] > long_ones[hash_][-1] for hash_ in one["hashes"]
            )
    return {other for other, number in meetings.items() if number >= LEAST_SHARED}


def _tie(store: Store, due: Sequence[Document], pairs: Mapping[int, set[int]], copies: set[tuple[int, int]]) -> None:
    """Write down who is a copy of whom; mark all whose groups change by it first."""
    changes: list[UpdateOne | UpdateMany] = []
    touched: set[int] = set()
    for one in due:
        rank = one["rank"]
        mine = {other for other in pairs[rank] if (min(rank, other), max(rank, other)) in copies}
        before, behind = {other for other in mine if other < rank}, {other for other in mine if other > rank}
        touched |= (before ^ set(one.get("copies", ()))) | behind
        changes.append(UpdateOne({"_id": one["_id"]}, with_copies(before, due="group")))
        if further := behind - pairs.keys():  # the others write it down themselves
            changes.append(UpdateMany({"rank": {"$in": _long(further)}}, {"$addToSet": {"copies": Int64(rank)}}))
    mark_for_grouping(store, touched)
    store.signatures.bulk_write(changes, ordered=False)


def with_copies(ranks: Iterable[int], *, due: str) -> dict[str, Any]:
    """Return the update that writes down the copies of a signature; one that has none has no such field."""
    found = _long(ranks)
    return {"$set": {"copies": found, "due": due}} if found else {"$set": {"due": due}, "$unset": {"copies": ""}}


def _long(ranks: Iterable[int]) -> list[Int64]:
    return [Int64(rank) for rank in sorted(ranks)]
