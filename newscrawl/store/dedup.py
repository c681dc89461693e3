"""Near-duplicates of the whole store at once, in parts that machines can share: signatures, meetings, copies, groups.

Between the parts stands a plan in `duplicates_work`, beside the meetings that its bands found: who holds the turn
makes it and takes it away when all groups are written. While it is there the near-duplicates of the store are
unfinished, and `newscrawl dedup` goes on with it. Every part may be done twice, or again from its middle.
"""

from __future__ import annotations

import secrets
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from bson import Binary, Int64
from pymongo import UpdateOne

from newscrawl.store.looking import with_copies
from newscrawl.store.regrouping import NODE, Regrouped, regroup_nodes
from newscrawl.store.schema import Document
from newscrawl.store.signatures import TO_LOOK, UNGROUPED, mark_for_grouping, sign, slices
from newscrawl.store.verdicts import Party, Verdicts
from pipelines.duplicates import LEAST_SHARED, SCHEME, Meetings, meetings_of

if TYPE_CHECKING:
    from newscrawl.store.store import Store

Ranks = npt.NDArray[np.int64]
Report = Callable[[Mapping[str, int | float]], None]

_AT_ONCE = 200
"""Articles that are signed or grouped in one step."""
_RANKS = 1 << 64
_ENTRIES = 4_000_000
"""Entries of postings in a band."""
_MOST_BANDS = 64
"""Each band reads all signatures: of a large store bands grow in place of their number."""
_SLICE = 20_000
"""Signatures in a slice, about."""
_AT_A_TIME = 100_000
"""Entries whose meetings are found at a time; also bounds the documents that they are written down in."""
_PLAN = "plan"


@dataclass(frozen=True)
class Plan:
    """How a store is gone through as a whole."""

    id: str
    version: int
    """Of the signatures: a plan is good until one of them changes."""
    bands: int
    slices: int
    is_rebuild: bool
    done: frozenset[str]
    """Names of parts that are done."""


# --- signatures


def urls_from(store: Store, site: str | None, size: int) -> Iterator[tuple[str | None, str | None, int]]:
    """Yield ranges of article addresses (from, up to but not including; None: open) and how many each has."""
    if site is not None:
        yield None, None, store.articles.count_documents({"site": site})
        return
    first: str | None = None
    number = 0
    for one in store.articles.find({}, {"_id": 1}).sort("_id", 1):
        if number == size:
            yield first, one["_id"], number
            first, number = one["_id"], 0
        number += 1
    yield first, None, number


def sign_range(
    store: Store, first: str | None, last: str | None, site: str | None, report: Report, *, anew: bool, whole: bool
) -> None:
    """Sign the articles of a range of addresses that have no signature of today's scheme or were written since.

    `anew`: all of them. `whole`: nothing is marked for others, because all are compared afterwards.
    """
    for urls in slices(_unsigned(store, first, last, site, anew), _AT_ONCE):
        sign(store, urls, alone=whole)
        report({"signed": len(urls)})


def _unsigned(store: Store, first: str | None, last: str | None, site: str | None, anew: bool) -> list[str]:
    span: Document = {name: one for name, one in (("$gte", first), ("$lt", last)) if one is not None}
    within: Document = {"_id": span} if span else {}
    of_site: Document = {"site": site} if site is not None else {}
    stored = {one["_id"] for one in store.articles.find(within | of_site, {"_id": 1})}
    signed = {one["_id"] for one in store.signatures.find(within, {"_id": 1})}
    gone = signed - stored if site is None else set()
    if anew:
        return sorted(stored | gone)
    marked = {one["_id"] for one in store.articles.find(UNGROUPED | within | of_site, {"_id": 1})}
    old = {one["_id"] for one in store.signatures.find({"scheme": {"$ne": SCHEME}} | within, {"_id": 1})}
    return sorted((stored - signed) | marked | (old & stored) | gone)


# --- the plan


def find_plan(store: Store) -> Plan | None:
    """Return the plan of a grouping that is not finished."""
    found = _work(store).find_one({"_id": _PLAN})
    if found is None:
        return None
    return Plan(
        found["plan"], found["version"], found["bands"], found["slices"], found["rebuild"], frozenset(found["done"])
    )  # fmt: skip


def begin_plan(store: Store, *, is_rebuild: bool) -> Plan:
    """Make a plan, or go on with the one that is there as far as its parts are still good."""
    version = version_of(store)
    before = find_plan(store)
    if before is not None and before.version == version and before.is_rebuild >= is_rebuild:
        return before
    number = store.signatures.estimated_document_count()
    sampled = store.signatures.aggregate([
        {"$sort": {"rank": 1}}, {"$limit": 200}, {"$group": {"_id": None, "mean": {"$avg": {"$size": "$hashes"}}}}
    ])  # fmt: skip
    mean = next((one["mean"] for one in sampled), 0) or 0
    plan = Plan(
        id=secrets.token_hex(8),
        version=version,
        bands=min(_MOST_BANDS, 1 + int(number * mean / _ENTRIES)),
        slices=1 + number // _SLICE,
        is_rebuild=is_rebuild or (before is not None and before.is_rebuild),
        done=frozenset(),
    )
    document = {
        "plan": plan.id, "version": version, "bands": plan.bands, "slices": plan.slices, "rebuild": plan.is_rebuild,
        "done": [],
    }  # fmt: skip
    _work(store).replace_one({"_id": _PLAN}, document, upsert=True)
    _work(store).delete_many({"_id": {"$ne": _PLAN}, "plan": {"$ne": plan.id}})
    return plan


def mark_done(store: Store, plan: Plan, part: str) -> None:
    """Note that a part of a plan is done."""
    _work(store).update_one({"_id": _PLAN, "plan": plan.id}, {"$addToSet": {"done": part}})


def end_plan(store: Store) -> None:
    """Take the plan away, and what its bands found."""
    _work(store).delete_many({"_id": {"$ne": _PLAN}})
    _work(store).delete_one({"_id": _PLAN})


def version_of(store: Store) -> int:
    """Return a number that grows whenever a signature changes."""
    return int((store.database["meta"].find_one({"_id": "signatures"}) or {}).get("version", 0))


def _work(store: Store) -> Any:
    return store.database["duplicates_work"]


# --- meetings


def meet(store: Store, plan: Plan, band: int) -> None:
    """Find who meets whom in one band of the postings; write it down by the slice of the later one."""
    ranks, owners, hashes = _entries(store, plan, band)
    if not len(hashes):
        return
    by_hash = np.argsort(hashes, kind="stable")
    owners, hashes = owners[by_hash], hashes[by_hash]
    firsts = np.flatnonzero(np.concatenate(([True], hashes[1:] != hashes[:-1])))
    ends = [0, *(firsts[np.searchsorted(firsts, edge)] for edge in range(_AT_A_TIME, firsts[-1], _AT_A_TIME))]
    for part, (start, stop) in enumerate(pairwise([*sorted(set(map(int, ends))), len(hashes)])):
        _write_down(store, plan, ranks, meetings_of(hashes[start:stop], owners[start:stop]), f"{band:05} {part:05}")


def _write_down(store: Store, plan: Plan, ranks: Ranks, met: Meetings, name: str) -> None:
    earlier = ranks[(met.pairs >> np.uint64(32)).astype(np.int64)]
    later = ranks[(met.pairs & np.uint64(0xFFFFFFFF)).astype(np.int64)]
    home = slice_of(later, plan.slices)
    for number in np.unique(home).tolist():
        mine = np.flatnonzero(home == number)
        document = {
            "plan": plan.id,
            "slice": number,
            "earlier": Binary(earlier[mine].astype("<i8").tobytes()),
            "later": Binary(later[mine].astype("<i8").tobytes()),
            "counts": Binary(np.minimum(met.counts[mine], 255).astype(np.uint8).tobytes()),
        }
        _work(store).replace_one({"_id": f"{plan.id} {name} {number:05}"}, document, upsert=True)


def _entries(store: Store, plan: Plan, band: int) -> tuple[Ranks, npt.NDArray[np.uint32], Ranks]:
    """Return (ranks of all signatures, ascending; of each entry of the band the signature's number; its shingle)."""
    ranks, sizes = array("q"), array("H")
    hashes: list[Ranks] = [np.zeros(0, np.int64)]
    some: list[int] = []
    for one in store.signatures.find({}, {"_id": 0, "rank": 1, "hashes": 1}).sort("rank", 1).batch_size(1000):
        mine = [hash_ for hash_ in one["hashes"] if (hash_ & 0xFFFF) * plan.bands >> 16 == band]
        ranks.append(one["rank"])
        sizes.append(len(mine))
        some += mine
        if len(some) > _AT_A_TIME:
            hashes.append(np.array(some, np.int64))
            some = []
    hashes.append(np.array(some, np.int64))
    owners = np.repeat(np.arange(len(ranks), dtype=np.uint32), np.frombuffer(sizes, np.uint16))
    return np.frombuffer(ranks, np.int64), owners, np.concatenate(hashes)


def slice_of(ranks: Ranks, slices_: int) -> Ranks:
    """Return the slice that each rank lies in: equal ranges of all possible ones."""
    shifted = (ranks.astype(np.uint64) ^ np.uint64(1 << 63)) >> np.uint64(32)
    return ((shifted * np.uint64(slices_)) >> np.uint64(32)).astype(np.int64)


def range_of(number: int, slices_: int) -> Document:
    """Return the condition for the ranks of a slice."""
    low, high = ((-(-(edge << 32) // slices_) << 32) - (1 << 63) for edge in (number, number + 1))
    return {"$gte": Int64(low)} | ({"$lt": Int64(high)} if high < (1 << 63) else {})


# --- copies


def judge(store: Store, verdicts: Verdicts, plan: Plan, number: int, report: Report) -> None:
    """Compare the candidates of one slice, and write down the copies of its signatures where they are others."""
    met = _candidates(store, plan, number)
    query = {"rank": range_of(number, plan.slices)}
    fields = dict.fromkeys(("rank", "text", "copies", "due"), 1)
    batch: list[Document] = []
    for one in store.signatures.find(query, fields).sort("rank", 1):
        batch.append(one)
        if len(batch) == _AT_ONCE:
            _judge_batch(store, verdicts, met, batch, report)
            batch = []
    if batch:
        _judge_batch(store, verdicts, met, batch, report)


def _candidates(store: Store, plan: Plan, number: int) -> dict[int, list[int]]:
    """Return by rank the earlier ones that each signature of a slice is to be compared with."""
    pieces = list(_work(store).find({"plan": plan.id, "slice": number}))
    if not pieces:
        return {}
    earlier = np.concatenate([np.frombuffer(one["earlier"], "<i8") for one in pieces])
    later = np.concatenate([np.frombuffer(one["later"], "<i8") for one in pieces])
    counts = np.concatenate([np.frombuffer(one["counts"], np.uint8) for one in pieces]).astype(np.int64)
    order = np.lexsort((earlier, later))
    earlier, later, counts = earlier[order], later[order], counts[order]
    other = np.concatenate(([True], (earlier[1:] != earlier[:-1]) | (later[1:] != later[:-1])))
    firsts = np.flatnonzero(other)
    enough = np.add.reduceat(counts, firsts) >= LEAST_SHARED
    found: dict[int, list[int]] = {}
    for one, two in zip(later[firsts][enough].tolist(), earlier[firsts][enough].tolist(), strict=True):
        found.setdefault(one, []).append(two)
    return found


def _judge_batch(
    store: Store, verdicts: Verdicts, met: Mapping[int, Sequence[int]], batch: Sequence[Document], report: Report
) -> None:
    parties = {one["rank"]: Party(one["_id"], one["rank"], one["text"]) for one in batch}
    wanted = {rank for one in batch for rank in met.get(one["rank"], ())} - parties.keys()
    for some in slices(sorted(wanted), 2000):
        ranks = {"rank": {"$in": [Int64(rank) for rank in some]}}
        for one in store.signatures.find(ranks, {"rank": 1, "text": 1}):
            parties[one["rank"]] = Party(one["_id"], one["rank"], one["text"])
    pairs = [
        (parties[rank], parties[one["rank"]])
        for one in batch
        for rank in met.get(one["rank"], ())
        if rank in parties
    ]  # fmt: skip
    told = verdicts.among(store, pairs)
    changes: list[UpdateOne] = []
    touched: set[int] = set()
    for one in batch:
        mine = {rank for rank in met.get(one["rank"], ()) if (pair := told.get((rank, one["rank"]))) and pair.copy}
        had = set(one.get("copies", ()))
        if mine != had or one.get("due") in TO_LOOK:
            touched |= mine ^ had
            changes.append(UpdateOne({"_id": one["_id"]}, with_copies(mine, due="group")))
    mark_for_grouping(store, touched)
    if changes:
        store.signatures.bulk_write(changes, ordered=False)
    report({"looked_up": len(batch), "compared": len(pairs)})


# --- groups


def regroup_slice(store: Store, verdicts: Verdicts, plan: Plan, number: int, report: Report) -> Regrouped:
    """Make the groups of one slice: of a rebuilt store all of them, else those that are due."""
    done = Regrouped()
    query: Document = {"rank": range_of(number, plan.slices)}
    if not plan.is_rebuild:
        query["due"] = "group"
    batch: list[Document] = []
    for one in store.signatures.find(query, NODE).sort("rank", 1):
        batch.append(one)
        if len(batch) == _AT_ONCE:
            done.add(_regroup_batch(store, verdicts, plan, batch, report))
            batch = []
    if batch:
        done.add(_regroup_batch(store, verdicts, plan, batch, report))
    return done


def _regroup_batch(
    store: Store, verdicts: Verdicts, plan: Plan, batch: Sequence[Document], report: Report
) -> Regrouped:
    # Of a rebuilt store each component is made by the batch that its first rank lies in.
    within = (batch[0]["rank"], batch[-1]["rank"]) if plan.is_rebuild else None
    done = regroup_nodes(store, verdicts, batch, within=within)
    report({"grouped": len(batch), "changed": done.changed})
    return done
