"""What a backfill knows of archives' captures and has yet to fetch: its plan, safe on disk.

Captures are written down as an index names them, before how far it was read; each leaves the state `waiting` when
something came of it. So a backfill that is killed at any moment goes on where it was.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Any

from pymongo import UpdateMany, UpdateOne

from newscrawl.clock import now
from newscrawl.items import Archive, Capture, CaptureList, ListingEntry, Visit
from newscrawl.store.documents import stored
from newscrawl.store.schema import Document
from newscrawl.urls import page_key

if TYPE_CHECKING:
    from newscrawl.store.store import Store

MOST_FAILURES = 3
"""Runs in which an archive may fail to give a capture before it is left."""
_BATCH = 1000
_CAPTURES = 500
"""Captures taken from the plan at once."""
_VISITED: Document = {"state": {"$in": ["read", "fetched"]}, "article_id": {"$type": "string"}}


class Captures:
    """The collections `captures` and `capture_lists`. Methods raise StoreUnavailableError."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._captures = store.database["captures"]
        self._lists = store.database["capture_lists"]

    # --- what indexes name

    def find_list(self, key: str) -> CaptureList | None:
        """Return how far a question's answer was read, None when it was never asked."""
        found = self._store.call(lambda: self._lists.find_one({"_id": key}))
        return stored(CaptureList, found) if found else None

    def lists_of(self, site: str, archive: Archive) -> list[CaptureList]:
        """Return all questions that were asked to an archive for a site."""
        query = {"site": site, "archive": archive}
        return [stored(CaptureList, one) for one in self._store.call(lambda: list(self._lists.find(query)))]

    def note(self, captures: Sequence[Capture], progress: CaptureList) -> int:
        """Write captures down, then how far the list was read; return how many captures were not known."""
        new = 0
        for start in range(0, len(captures), _BATCH):
            updates = [
                UpdateOne({"_id": one.id}, {"$setOnInsert": one.model_dump(exclude={"id"})}, upsert=True)
                for one in captures[start : start + _BATCH]
            ]
            found = self._store.call(lambda updates=updates: self._captures.bulk_write(updates, ordered=False))  # type: ignore[misc]
            new += found.upserted_count
        document = progress.model_dump(exclude={"id"})
        self._store.call(lambda: self._lists.replace_one({"_id": progress.id}, document, upsert=True))
        return new

    # --- what is known already

    def settle_known(self, site: str) -> None:
        """Mark the waiting captures whose articles are stored or were visited, so that nobody fetches them again."""
        order = [("url", 1)]

        def next_urls(after: str) -> list[str]:
            query = {"site": site, "state": "waiting", "url": {"$gt": after}}
            found = self._captures.find(query, {"_id": 0, "url": 1}).sort(order).limit(_BATCH)
            return list(dict.fromkeys(one["url"] for one in found))

        after = ""
        while urls := self._store.call(partial(next_urls, after)):
            after = urls[-1]
            self.mark_known(site, urls)

    def mark_known(self, site: str, urls: Sequence[str]) -> set[str]:
        """Mark the waiting captures of these addresses that are known; return the addresses whose articles are.

        A WARC file on disk may have a later state of an article than is stored: that one is still wanted.
        """
        made = self.made_at(urls)
        keys = {"_id": {"$in": [f"{site} {url}" for url in urls]}}
        found = self._store.call(lambda: list(self._store.visits.find(keys | _VISITED, {"url": 1})))
        visited = [one["url"] for one in found]
        known = set(made) | set(visited)
        if not known:
            return known
        base: Document = {"site": site, "state": "waiting", "url": {"$in": sorted(known)}}
        query = base | {"archive": "warc"}
        on_disk = self._store.call(lambda: list(self._captures.find(query, {"url": 1, "captured_at": 1})))
        old = [one["_id"] for one in on_disk if one["url"] not in made or one["captured_at"] <= made[one["url"]]]
        updates = [
            UpdateMany(query, {"$set": {"state": "known"}})
            for query in (base | {"archive": {"$ne": "warc"}}, {"_id": {"$in": old}, "state": "waiting"})
        ]
        self._store.call(lambda: self._captures.bulk_write(updates, ordered=False))
        return known

    def made_at(self, urls: Sequence[str]) -> dict[str, Any]:
        """Return by address when the pages were fetched that stored articles are made of."""
        query = {"_id": {"$in": list(urls)}}
        return self._store.call(
            lambda: {one["_id"]: one["fetched_at"] for one in self._store.articles.find(query, {"fetched_at": 1})}
        )

    def visits_of(self, site: str, urls: Sequence[str]) -> dict[str, Visit]:
        """Return by address what the site's own lists and visits have told of it."""
        keys = {"_id": {"$in": [f"{site} {url}" for url in urls]}}
        return {one["url"]: stored(Visit, one) for one in self._store.call(lambda: list(self._store.visits.find(keys)))}

    def are_lists_read(self, site: str, sources: Sequence[str], since: date) -> bool:
        """Tell whether the lists of a site at these addresses were paged through back to a day."""
        lists = self._store.lists
        left: Document = {"site": site, "source": {"$in": list(sources)}, "chain": {"$in": ["front", "deep"]}}
        left |= {"$or": [{"beyond": None}, {"beyond": {"$gt": since.isoformat()}}]}
        ids = {"_id": {"$in": [f"{site} {page_key(url)}" for url in sources]}, "swept_at": {"$type": "date"}}
        swept = self._store.call(lambda: self._store.sources.count_documents(ids))
        return swept == len(sources) and self._store.call(lambda: lists.find_one(left, {"_id": 1})) is None

    def listed_and_waiting(self, site: str) -> list[tuple[ListingEntry, datetime]]:
        """Return what a site's lists have named and no crawl has had yet, with when they did."""
        query = {"site": site, "state": "waiting"}
        fields = {"_id": 0, "entry": 1, "listed_at": 1}
        found = self._store.call(lambda: list(self._store.visits.find(query, fields)))
        return [(ListingEntry.model_validate(one["entry"]), one["listed_at"]) for one in found]

    # --- what is to be fetched

    def counts(self, site: str, archives: Sequence[Archive]) -> dict[Archive, tuple[int, int, int]]:
        """Return by archive (addresses that it has, those of them that are stored, those to be had from it).

        An address that several have counts for the first of them.
        """
        waiting = dict.fromkeys(archives, 0)
        query = {"site": site, "state": "waiting", "archive": {"$in": list(archives)}}
        fields = {"_id": 0, "url": 1, "archive": 1}
        order = [("site", 1), ("state", 1), ("url", 1), ("archive", 1)]

        def read() -> dict[Archive, int]:
            found = dict.fromkeys(archives, 0)
            for _, rows in groupby(self._captures.find(query, fields).sort(order), key=lambda one: one["url"]):
                have = {one["archive"] for one in rows}
                found[next(one for one in archives if one in have)] += 1
            return found

        waiting = self._store.call(read)
        have = {
            one: self._count_addresses(site, one, ["waiting", "fetched", "read", "spare", "known"]) for one in archives
        }
        known = {one: self._count_addresses(site, one, ["known", "read"]) for one in archives}
        return {one: (have[one], known[one], waiting[one]) for one in archives}

    def _count_addresses(self, site: str, archive: Archive, states: Sequence[str]) -> int:
        stages: list[Document] = [
            {"$match": {"site": site, "archive": archive, "state": {"$in": list(states)}}},
            {"$group": {"_id": "$url"}},
            {"$count": "number"},
        ]
        found = self._store.call(lambda: list(self._captures.aggregate(stages, allowDiskUse=True)))
        return int(found[0]["number"]) if found else 0

    def waiting(self, site: str, archive: Archive, most: int) -> Iterator[dict[str, list[Capture]]]:
        """Yield waiting captures by address, the earliest first, of at most so many addresses at once.

        Each address comes once, however it went, with 500 of its captures at most: what else there is of it waits for
        another run.
        """
        order = [("url", 1), ("captured_at", 1)]

        def next_captures(after: str) -> list[Document]:
            query = {"site": site, "archive": archive, "state": "waiting", "url": {"$gt": after}}
            return list(self._captures.find(query).sort(order).limit(_CAPTURES))

        after = ""
        while True:
            found = self._store.call(partial(next_captures, after))
            by_url: dict[str, list[Capture]] = {}
            for one in found:
                by_url.setdefault(one["url"], []).append(stored(Capture, one))
            if len(found) == _CAPTURES and len(by_url) > 1:
                by_url.popitem()  # it may go on
            taken = dict(list(by_url.items())[:most])
            if not taken:
                return
            yield taken
            *_, after = taken

    def unread(self, site: str, archive: Archive, most: int) -> list[Capture]:
        """Return captures whose pages are stored and were not read: the backfill that fetched them was killed."""
        query = {"site": site, "archive": archive, "state": "fetched"}
        order = [("url", 1), ("captured_at", 1)]
        found = self._store.call(lambda: list(self._captures.find(query).sort(order).limit(most)))
        return [stored(Capture, one) for one in found]

    def count_unread(self, site: str, archive: Archive) -> int:
        """Return how many those are."""
        query = {"site": site, "archive": archive, "state": "fetched"}
        return self._store.call(lambda: self._captures.count_documents(query))

    def original_of(self, capture: Capture) -> Capture | None:
        """Return a capture that holds the bytes which another only names, None when none is known."""
        if capture.digest is None:
            return None
        query = {"site": capture.site, "digest": capture.digest, "is_revisit": False, "place": {"$type": "string"}}
        found = self._store.call(lambda: self._captures.find_one(query))
        return stored(Capture, found) if found else None

    def waiting_by_archive(self, site: str) -> dict[str, int]:
        """Return by archive how many captures wait; archives without any are absent."""
        stages: list[Document] = [
            {"$match": {"site": site, "state": "waiting"}},
            {"$group": {"_id": "$archive", "number": {"$sum": 1}}},
        ]
        return {one["_id"]: one["number"] for one in self._store.call(lambda: list(self._captures.aggregate(stages)))}

    # --- what came of it

    def add_fetched(self, capture: Capture) -> None:
        """Write down a capture that came with its bytes, the page being stored already."""
        document = capture.model_dump(exclude={"id"})
        self._store.call(
            lambda: self._captures.update_one({"_id": capture.id}, {"$setOnInsert": document}, upsert=True)
        )

    def mark(self, states: Mapping[str, Mapping[str, object]]) -> None:
        """Set fields of captures by id."""
        updates = [UpdateOne({"_id": key}, {"$set": dict(change)}) for key, change in states.items()]
        if updates:
            self._store.call(lambda: self._captures.bulk_write(updates, ordered=False))

    def failed(self, capture: Capture, reason: str) -> None:
        """Note that the archive did not give a capture: it is asked for again by another run, some times."""
        failures = capture.failures + 1
        change: Document = {"failures": failures, "reason": reason}
        change |= {"state": "left"} if failures >= MOST_FAILURES else {}
        self.mark({capture.id: change})

    def spare(self, site: str, urls: Collection[str], *, archive: Archive | None = None) -> None:
        """Note that these addresses were served: no other capture of them is needed, of one archive or of any."""
        query: Document = {"site": site, "state": "waiting", "url": {"$in": sorted(urls)}}
        query |= {"archive": archive} if archive else {}
        if urls:
            change = {"$set": {"state": "spare"}}
            self._store.call(lambda: self._captures.update_many(query, change))

    def has_any(self, ids: Sequence[str]) -> set[str]:
        """Return which of these captures are known."""
        query = {"_id": {"$in": list(ids)}}
        return self._store.call(lambda: {one["_id"] for one in self._captures.find(query, {"_id": 1})})


def capture_id(site: str, archive: Archive, stamp: str, asked: str) -> str:
    """Return the key of a capture: `stamp` is its moment as `YYYYMMDDhhmmss`."""
    return f"{site} {archive} {stamp} {asked}"


def new_list(key: str, site: str, archive: Archive, asked: str, first: date, last: date) -> CaptureList:
    """Return the record of a question that is about to be asked."""
    return CaptureList(
        id=key, site=site, archive=archive, asked=asked, first=first.isoformat(), last=last.isoformat(), read_at=now()
    )
