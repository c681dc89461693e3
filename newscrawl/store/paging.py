"""How far the sources of a site were paged through: which pages of them a crawl is to read, and which it has read.

A list is read to its end once (a `deep` chain of pages), and from then on from its front, until nothing is new. A page
stays open until the one after it is read, so a crawl that was killed goes on there.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from pymongo import UpdateOne

from newscrawl.clock import now
from newscrawl.items import Chain, ListVisit, Page
from newscrawl.revisits import next_list_visit
from newscrawl.sites.model import Site, Source
from newscrawl.store.documents import stored
from newscrawl.store.schema import Document
from newscrawl.urls import page_key
from newscrawl.versions import EXTRACT_VERSION

if TYPE_CHECKING:
    from newscrawl.extract import ListingPage
    from newscrawl.store.store import Store

_FRESH = timedelta(minutes=15)
"""The front of a list that a crawl read before it was killed is not read again so soon."""
_LOOK_EVERY = timedelta(days=1)
"""How often more than the front is looked at: an article may be put in between older ones."""
SETTLED, SETTLED_LOOK = 2, 5
"""So many pages in a row without anything new end a chain from the front; and so many on a closer look."""
_MOST_CHANGED = 3
"""Sitemaps of an index that may have changed since the last crawl; one that says so of more dates all with today."""
_MOST_PARTS = 200
"""Parts of an archive or a sitemap that one crawl reads again."""


@dataclass(frozen=True)
class ListTask:
    """One page of a source to be read."""

    source: Source
    url: str
    chain: Chain
    newest: date | None = None
    """The day to which the page before it comes."""
    parent: str | None = None
    """The page that is open until this one is read."""
    settled: int = 0
    """Pages with nothing new in a row before this one."""
    most_settled: int = SETTLED
    """After so many the chain ends."""
    is_first: bool = False
    """Whether it is the source's first page."""
    is_part: bool = False
    """Whether it is one of many: a year of an archive, a sitemap of an index."""
    known: ListVisit | None = None
    """What is known of it, where that may spare reading it."""

    @property
    def validators(self) -> dict[str, str]:
        """Headers that ask the server whether the page is still what was read."""
        return self.known.validators if self.known is not None else {}

    @property
    def unchanged(self) -> int:
        """Times in a row that it brought nothing new, as far as that is known."""
        return self.known.unchanged if self.known is not None else 0


@dataclass(frozen=True)
class Progress:
    """What a page of a source brought, and how the chain goes on."""

    new: int
    """Entries that were not known."""
    following: str | None = None
    """The next page, where it is to be read: now, or by a later crawl if this one stops."""
    beyond: date | None = None
    """Set where all that follows is older than this day, and not wanted."""
    parts: tuple[str, ...] = ()
    """Further documents that it names."""


class Paging:
    """The sources of one site."""

    def __init__(self, store: Store, site: Site) -> None:
        self._store = store
        self._site = site

    def tasks(
        self, source: Source, *, since: date | None = None, full: bool = False, resumes: bool = False
    ) -> list[ListTask]:
        """Return which pages of a source to read first: its front, what a crawl left open, the parts that are due.

        A crawl that `resumes` one that was killed does not read the front again that it has just read.
        """
        if full:
            self._close_all(source)
            return [ListTask(source, source.url, "deep", is_first=True)]
        moment = now()
        state = self._store.call(lambda: self._store.sources.find_one({"_id": self._id(source.url)})) or {}
        left = [one for one in self._open(source) if one.beyond is None or since is None or str(since) < one.beyond]
        first = self._find(source.url)
        swept = state.get("swept_at") is not None
        looked_at = state.get("looked_at")
        closer = swept and (looked_at is None or moment - looked_at > _LOOK_EVERY)
        tasks = [ListTask(source, one.url, one.chain or "deep", _day(one.newest), is_part=one.is_part) for one in left]
        is_fresh = first is not None and first.read_at is not None and moment - first.read_at < _FRESH
        if not (is_fresh and resumes):
            chain: Chain = "front" if swept or left else "deep"
            known = self._checked(source, first) if chain == "front" else None
            most = SETTLED_LOOK if closer else SETTLED
            if closer and known is not None:  # a server that always says "unchanged" hides no news for longer
                known = known.model_copy(update={"etag": None, "last_modified": None})
            tasks.insert(0, ListTask(source, source.url, chain, is_first=True, known=known, most_settled=most))
        return tasks + self._due_parts(source, moment, {one.url for one in tasks})

    def has_read(self, task: ListTask, page: Page, progress: Progress) -> None:
        """Note what a page brought. It stays open while there is a page to follow it; its parent is closed."""
        if task.parent is not None and page_key(task.parent) != page_key(task.url):
            self._set(task.parent, chain=None)
        unchanged = 0 if progress.new else task.unchanged + 1
        goes_on = progress.following is not None or progress.beyond is not None
        document = ListVisit(
            id="", site=self._site.name, source=task.source.url, url=task.url, chain=task.chain if goes_on else None,
            beyond=progress.beyond.isoformat() if progress.beyond else None,
            newest=task.newest.isoformat() if task.newest else None, read_by=self._digest(task.source), read_at=now(),
            etag=page.headers.get("etag"), last_modified=page.headers.get("last-modified"),
            next_url=progress.following, is_part=task.is_part, unchanged=unchanged,
            due_at=next_list_visit(unchanged, now()) if task.is_part else None,
        ).model_dump(exclude={"id"})  # fmt: skip
        updates = [UpdateOne({"_id": self._id(task.url)}, {"$set": document}, upsert=True)]
        for url in progress.parts:
            part = ListVisit(
                id="", site=self._site.name, source=task.source.url, url=url, chain="deep", is_part=True
            ).model_dump(exclude={"id"})
            updates.append(UpdateOne({"_id": self._id(url)}, {"$setOnInsert": part}, upsert=True))
        self._store.call(lambda: self._store.lists.bulk_write(updates, ordered=True))
        self._note_end(task, goes_on=goes_on)

    def is_unchanged(self, task: ListTask) -> None:
        """Note that the server says that a page is still what was read."""
        unchanged = task.unchanged + 1
        due = next_list_visit(unchanged, now()) if task.is_part else None
        self._set(task.url, read_at=now(), unchanged=unchanged, due_at=due)
        self._note_end(task, goes_on=False)

    def is_gone(self, task: ListTask) -> None:
        """Note that the site has no such page any more: nobody goes on from it."""
        for url in filter(None, (task.url, task.parent)):
            self._set(url, chain=None, due_at=None)

    def parts_to_read(self, listing: ListingPage) -> list[str]:
        """Return those parts of a source that were never read, and those that an index says have changed since."""
        if not listing.further:
            return []
        ids = [self._id(url) for url in listing.further]
        query = {"_id": {"$in": ids}, "read_at": {"$ne": None}}
        found = self._store.call(lambda: list(self._store.lists.find(query, {"read_at": 1})))
        read = {one["_id"]: one["read_at"] for one in found}
        parts = list(zip(listing.further, ids, strict=True))
        unread = [url for url, key in parts if key not in read]
        changed = [
            url for url, key in parts if key in read and _is_later(listing.changed.get(url), read[key], self._site)
        ]
        return unread + changed if len(changed) <= _MOST_CHANGED else unread

    # --- its parts

    def _note_end(self, task: ListTask, *, goes_on: bool) -> None:
        """Write down that a source is read to its end once nothing of it is open any more, or that it was looked at."""
        source = task.source.url
        changes: Document = {}
        if task.most_settled == SETTLED_LOOK:
            changes["looked_at"] = now()
        if not goes_on or task.chain == "deep":
            query = {"site": self._site.name, "source": source, "chain": "deep", "beyond": None}
            if self._store.call(lambda: self._store.lists.find_one(query, {"_id": 1})) is None:
                changes |= {"swept_at": now(), "looked_at": now()} if task.chain == "deep" else {}
        if changes:
            fresh = {"site": self._site.name, "swept_at": None, "looked_at": None}
            update = {"$set": changes, "$setOnInsert": {k: v for k, v in fresh.items() if k not in changes}}
            self._store.call(lambda: self._store.sources.update_one({"_id": self._id(source)}, update, upsert=True))

    def _open(self, source: Source) -> list[ListVisit]:
        query = {"site": self._site.name, "source": source.url, "chain": {"$in": ["front", "deep"]}}
        return [stored(ListVisit, one) for one in self._store.call(lambda: list(self._store.lists.find(query)))]

    def _due_parts(self, source: Source, moment: datetime, tasked: set[str]) -> list[ListTask]:
        query = {"site": self._site.name, "source": source.url, "due_at": {"$lte": moment}}
        found = self._store.call(lambda: list(self._store.lists.find(query).sort("due_at", 1).limit(_MOST_PARTS)))
        parts = [stored(ListVisit, one) for one in found if one["url"] not in tasked]
        return [ListTask(source, one.url, "front", is_part=True, known=self._checked(source, one)) for one in parts]

    def _checked(self, source: Source, known: ListVisit | None) -> ListVisit | None:
        """Return what is known of a page, its validators only where it was read by what the site file says today."""
        if known is None or (known.read_by == self._digest(source) and known.chain is None):
            return known
        return known.model_copy(update={"etag": None, "last_modified": None})

    def _digest(self, source: Source) -> str:
        told = f"{source.model_dump_json()} {self._site.digest} {EXTRACT_VERSION}"
        return hashlib.sha256(told.encode()).hexdigest()[:12]

    def _find(self, url: str) -> ListVisit | None:
        found = self._store.call(lambda: self._store.lists.find_one({"_id": self._id(url)}))
        return stored(ListVisit, found) if found else None

    def _set(self, url: str, **changes: object) -> None:
        self._store.call(lambda: self._store.lists.update_one({"_id": self._id(url)}, {"$set": changes}))

    def _close_all(self, source: Source) -> None:
        query = {"site": self._site.name, "source": source.url, "chain": {"$in": ["front", "deep"]}}
        self._store.call(lambda: self._store.lists.update_many(query, {"$set": {"chain": None}}))

    def _id(self, url: str) -> str:
        return f"{self._site.name} {page_key(url)}"


def _is_later(said: str | None, read_at: datetime, site: Site) -> bool:
    """Tell whether a W3C date (a sitemap's) lies after a moment; a day without a time does until it is over."""
    try:
        moment = datetime.fromisoformat((said or "").strip())
    except ValueError:
        return False
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(site.timezone))
    if "T" not in (said or ""):
        moment += timedelta(days=1)
    return moment > read_at


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
