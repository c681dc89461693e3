"""Signatures of articles: what near-duplicates are looked up by.

One document an article in `signatures`: `_id` its address; `rank`, a number made of the address; `hashes`, the sampled
shingles of its text; `copies`, the ranks of those articles before it in rank that are the same text; `due`, what is
still to be done about it. The *posting* of a shingle is the articles that have it in the order of their ranks: as good
as drawn by lot, so the first of a posting hardly ever change, whatever order articles come in.

    new     its shingles entered postings or left them: look for its candidates on both sides
    look    places in its postings changed: look for its candidates before it
    group   what it is tied to changed: make its group anew
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from bson import Int64
from pymongo import DeleteOne, UpdateMany, UpdateOne

from newscrawl.store.schema import Document
from pipelines.duplicates import NARROW, SCHEME, WIDE, Signature, signatures

if TYPE_CHECKING:
    from newscrawl.store.store import Store

Item = TypeVar("Item")

UNGROUPED: Document = {"ungrouped": {"$exists": True}}
"""Articles that were written since their signature was made."""
TO_LOOK = ("look", "new")
Postings = dict[int, list[int]]
"""Shingle -> the first ranks of its posting, ascending."""
_SETTLED: Document = {"due": {"$exists": False}}
_LOOK: Document = {"$set": {"due": "look"}}
_NOT_LOOKED: Document = {"due": {"$nin": list(TO_LOOK)}}
_TEXT: Document = dict.fromkeys(("headline", "lead", "article_body"), 1)
SIGNED: Document = _TEXT | dict.fromkeys(("date_published", "first_seen", "site", "ungrouped"), 1)
_AT_ONCE = 2000
"""Shingles that are looked up in one query."""


def rank_of(url: str) -> int:
    """Return the number of an address that says where it stands in postings: 64 bits, signed."""
    return int.from_bytes(hashlib.blake2b(url.encode(), digest_size=8).digest(), "big", signed=True)


def text_of(article: Mapping[str, Any]) -> tuple[str, str]:
    """Return (headline, text) as near-duplicates are told by them; the lead is part of the text."""
    lead, body = article.get("lead") or "", article.get("article_body") or ""
    text = body if body.startswith(lead) else f"{lead}\n\n{body}"
    return article.get("headline") or "", text


def digest_of(headline: str, text: str) -> int:
    """Return a number by which it is seen that a text is another one: 64 bits, signed."""
    told = f"{headline}\0{text}".encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(told, digest_size=8).digest(), "big", signed=True)


def sign(store: Store, urls: Sequence[str], *, alone: bool = False) -> Postings:
    """Bring the signatures of these articles up to date and take their marks off; return the postings they are in now.

    An address without an article loses its signature. What changes for others is marked first, so this may be broken
    off anywhere and repeated. `alone`: postings are left out, because all articles will be compared anew.
    """
    found = {one["_id"]: one for one in store.articles.find({"_id": {"$in": list(urls)}}, SIGNED)}
    known = {one["_id"]: one for one in store.signatures.find({"_id": {"$in": list(urls)}})}
    told = {url: text_of(article) for url, article in found.items()}
    made = dict(zip(told, signatures([text for _, text in told.values()]), strict=True))
    updates = [_update(article, told[url], made[url], known.get(url)) for url, article in found.items()]
    entering = {rank_of(url): made[url].hashes.tolist() for url, due, _ in updates if due == "new"}
    leaving = {one["rank"]: one for url, one in known.items() if url not in found or one["rank"] in entering}
    after: Postings = {}
    if not alone:
        after = _moved(store, {rank: one["hashes"] for rank, one in leaving.items()}, entering)
    if entering or leaving:
        store.database["meta"].update_one({"_id": "signatures"}, {"$inc": {"version": 1}}, upsert=True)
    if leaving:
        _untie(store, leaving)
    mark_for_grouping(store, [rank_of(url) for url, due, _ in updates if due == "group"])
    gone = [DeleteOne({"_id": one["_id"]}) for one in leaving.values() if one["_id"] not in found]
    if updates or gone:
        store.signatures.bulk_write([*gone, *(update for _, _, update in updates)], ordered=False)
    taken_off = [
        UpdateOne({"_id": url, "ungrouped": article["ungrouped"]}, {"$unset": {"ungrouped": ""}})
        for url, article in found.items()
        if "ungrouped" in article
    ]
    if taken_off:
        store.articles.bulk_write(taken_off, ordered=False)
    return after


def _update(
    article: Document, text: tuple[str, str], made: Signature, before: Document | None
) -> tuple[str, str | None, UpdateOne]:
    """Return (address, what is due now, the update of its signature)."""
    url, digest = article["_id"], digest_of(*text)
    when = {"published": article["date_published"], "fetched": article["first_seen"]}
    due: str | None = None
    if before is None or before["text"] != digest or before["scheme"] != SCHEME:
        due = "new"
    elif any(before[name] != value for name, value in when.items()):
        due = "group"
    fields: Document = {
        "rank": Int64(rank_of(url)),
        "scheme": SCHEME,
        "site": article["site"],
        "text": Int64(digest),
        "hashes": [Int64(one) for one in made.hashes.tolist()],
        **when,
    }
    return url, due, UpdateOne({"_id": url}, {"$set": fields | ({"due": due} if due == "new" else {})}, upsert=True)


def _untie(store: Store, leaving: Mapping[int, Document]) -> None:
    """Have those grouped anew that lose a copy, and forget that they had it."""
    ranks = list(leaving)
    mark_for_grouping(store, [rank for one in leaving.values() for rank in one.get("copies", ())])
    store.signatures.update_many({"copies": {"$in": ranks}} | _SETTLED, {"$set": {"due": "group"}})
    store.signatures.update_many({"copies": {"$in": ranks}}, {"$pullAll": {"copies": ranks}})


def _moved(
    store: Store, leaving: Mapping[int, Sequence[int]], entering: Mapping[int, Sequence[int]]
) -> dict[int, list[int]]:
    """Mark those whose meetings change with their place in a long posting; return the postings as they will be.

    One that enters looks for its copies itself, also among those beyond the wide part. So a mark is for: one that moves
    out of the wide part, if it has copies; one that moves into it; copies of one that moves out of the first `NARROW`,
    which they may not meet any more; and one that moves into these, which meets everyone beyond now.
    """
    out, into = _by_hash(leaving), _by_hash(entering)
    most = max((len(ranks) for ranks in out.values()), default=0)
    before = postings(store, out.keys() | into.keys(), WIDE + 1 + most)
    after: dict[int, list[int]] = {}
    pushed, pulled, hubs = set[int](), set[int](), set[int]()
    changes: list[UpdateMany] = []
    for hash_, old in before.items():
        gone, came = out.get(hash_, set()), into.get(hash_, set())
        new = sorted({*(rank for rank in old if rank not in gone), *came})
        after[hash_] = new[: WIDE + 1]
        if max(len(old), len(new)) <= WIDE:
            continue
        pushed |= set(old[:WIDE]) - set(new[:WIDE]) - gone
        pulled |= set(new[:WIDE]) - set(old[:WIDE]) - came
        hubs |= set(new[:NARROW]) - set(old[:NARROW]) - came
        if lost := set(old[:NARROW]) - set(new[:NARROW]) - gone:
            tied: Document = {"copies": {"$in": sorted(lost)}, "hashes": hash_}
            changes.append(UpdateMany(tied | _NOT_LOOKED, _LOOK))
    changes += [UpdateMany({"rank": {"$in": sorted(pushed)}, "copies": {"$exists": True}} | _NOT_LOOKED, _LOOK)]
    changes += [UpdateMany({"rank": {"$in": sorted(pulled)}} | _NOT_LOOKED, _LOOK)]
    changes += [UpdateMany({"rank": {"$in": sorted(hubs)}}, {"$set": {"due": "new"}})]
    if pushed or pulled or hubs or len(changes) > 3:
        store.signatures.bulk_write(changes, ordered=False)
    return after


def _by_hash(signatures_: Mapping[int, Sequence[int]]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {}
    for rank, hashes in signatures_.items():
        for hash_ in hashes:
            found.setdefault(hash_, set()).add(rank)
    return found


def mark_for_grouping(store: Store, ranks: Collection[int]) -> None:
    """Note that the groups of these are to be made anew."""
    if ranks:
        store.signatures.update_many({"rank": {"$in": list(ranks)}} | _SETTLED, {"$set": {"due": "group"}})


def postings(store: Store, hashes: Iterable[int], depth: int = WIDE + 1) -> dict[int, list[int]]:
    """Return the first `depth` ranks of the posting of each shingle, ascending."""
    wanted = sorted(hashes)
    found: dict[int, list[int]] = {}
    for some in slices(wanted, _AT_ONCE):
        rows = store.database.aggregate(postings_pipeline(some, depth))
        found |= {row["hash"]: [one["rank"] for one in row["first"]] for row in rows}
    return found


def postings_pipeline(hashes: Sequence[int], depth: int) -> list[Document]:
    """Return the query behind `postings`: for each shingle it reads `depth` keys of one index and no document."""
    first: Document = {
        "from": "signatures",
        "localField": "hash",
        "foreignField": "hashes",
        "pipeline": [{"$sort": {"rank": 1}}, {"$limit": depth}, {"$project": {"_id": 0, "rank": 1}}],
        "as": "first",
    }
    return [{"$documents": [{"hash": Int64(one)} for one in hashes]}, {"$lookup": first}]


def texts(store: Store, urls: Collection[str]) -> dict[str, tuple[str, str]]:
    """Return (headline, text) of articles by address; absent ones are left out."""
    return {one["_id"]: text_of(one) for one in store.articles.find({"_id": {"$in": list(urls)}}, _TEXT)}


def slices(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    """Yield `items` in slices of at most `size`."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
