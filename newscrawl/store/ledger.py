"""What a crawl has asked for and has yet to ask for: the frontier of each site, safe on disk.

What lists name is written down before it is asked for, and every answer when it is stored. So a crawl that is killed
at any moment goes on where it was, and what did not answer is asked for again when its pause is over.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from pymongo import UpdateOne

from newscrawl.clock import now
from newscrawl.items import ListingEntry, Page, Visit
from newscrawl.revisits import born_at, next_look_at_gone, next_try, next_visit
from newscrawl.sites.model import Site
from newscrawl.store.documents import stored
from newscrawl.store.schema import Document
from newscrawl.urls import canonical_url

if TYPE_CHECKING:
    from newscrawl.store.store import Store

_BATCH = 1000


@dataclass(frozen=True)
class Noted:
    """What became of the entries of one page of a list."""

    wanted: tuple[Visit, ...]
    """To be asked for: those not known before, and those of which the list says something new; in the page's order."""
    new: int
    """How many were not known."""
    known: int
    """How many were."""


class Ledger:
    """The addresses of one site. Blocking; every method takes a few round trips at most."""

    def __init__(self, store: Store, site: Site) -> None:
        self._store = store
        self._site = site
        self._visits = store.visits

    # --- what is to be asked for

    def due(self, moment: datetime, skip: int = 0) -> list[Visit]:
        """Return up to 1,000 visits whose time has come, the longest due first, after so many that are left out."""
        query = {"site": self._site.name, "due_at": {"$lte": moment}}
        found = self._store.call(lambda: list(self._visits.find(query).sort("due_at", 1).skip(skip).limit(_BATCH)))
        return [stored(Visit, one) for one in found]

    def make_all_due(self) -> None:
        """Let the time of all visits come, also of those that no list names any more."""
        query = {"site": self._site.name, "state": {"$in": ["waiting", "read", "gone"]}}
        self._store.call(lambda: self._visits.update_many(query, {"$set": {"due_at": now()}}))

    def unread(self) -> list[Visit]:
        """Return the visits whose page is stored and was not read: the crawl that fetched it was killed."""
        query = {"site": self._site.name, "state": "fetched"}
        return [stored(Visit, one) for one in self._store.call(lambda: list(self._visits.find(query)))]

    def note(
        self, entries: Sequence[ListingEntry], seen_at: datetime, *, are_aliases: bool = False, all_: bool = False
    ) -> Noted:
        """Write down what a page of a list names; return what is to be asked for, `all_` of it where that is wanted.

        `seen_at` is when the page was fetched. Articles that are named as before count as met.
        """
        keys = [canonical_url(one.url, None if are_aliases else self._site) for one in entries]
        known = self._known(keys)
        moment = now()
        wanted: list[Visit] = []
        updates: list[UpdateOne] = []
        met: list[str] = []
        for key, bare_entry in zip(keys, entries, strict=True):
            entry = bare_entry.model_copy(update={"seen_at": seen_at})
            told = {entry.source: self._digest(entry)}
            visit = known.get(key)
            if visit is None:
                visit = Visit(
                    id=f"{self._site.name} {key}", site=self._site.name, url=key, entry=entry, told=told,
                    is_alias=are_aliases, listed_at=moment, born_at=moment, due_at=moment,
                )  # fmt: skip
                updates.append(UpdateOne({"_id": visit.id}, {"$setOnInsert": _document(visit)}, upsert=True))
                wanted.append(visit)
                continue
            before = visit.told.get(entry.source)
            is_news = before is not None and before != told[entry.source] and visit.state != "left"
            is_wanted = is_news or (all_ and visit.state != "left")
            change: Document = {"due_at": moment} if is_wanted else {}
            if before != told[entry.source]:
                change[f"told.{entry.source}"] = told[entry.source]
            if is_news:
                visit = visit.model_copy(update={"entry": entry})
                change["entry"] = entry.model_dump()
            if change:
                updates.append(UpdateOne({"_id": visit.id}, {"$set": change}))
            if is_wanted:
                wanted.append(visit)
            elif visit.state == "read" and visit.article_id is not None:
                met.append(visit.article_id)
        if updates:
            self._store.call(lambda: self._visits.bulk_write(updates, ordered=False))
        if met:
            self._store.touch_articles(met)
        return Noted(tuple(wanted), new=sum(key not in known for key in keys), known=len(known))

    def _known(self, keys: Sequence[str]) -> dict[str, Visit]:
        ids = [f"{self._site.name} {key}" for key in keys]
        found = self._store.call(lambda: list(self._visits.find({"_id": {"$in": ids}})))
        return {one["url"]: stored(Visit, one) for one in found}

    def _digest(self, entry: ListingEntry) -> str:
        """Return what stays the same while a list says the same of an article: «2 часа назад» and «вчера» do."""
        day = None
        if entry.date_published_raw:
            from pipelines import dates  # late: most commands read none

            base = dates.base_in_year((entry.seen_at or now()).astimezone(ZoneInfo(self._site.timezone)), entry.year)
            day = dates.parse(entry.date_published_raw, base=base, timezone=self._site.timezone)
        told = f"{entry.headline}\0{day.start(self._site.timezone).date() if day else ''}"
        return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:12]

    # --- what was answered

    def fetched(self, visit: Visit, page: Page, article_id: str) -> None:
        """Note that the page of a visit is stored; `settle` follows when it was read."""
        self._note_move(visit, article_id)
        self._update(
            visit, state="fetched", article_id=article_id, page_id=page.id, etag=page.headers.get("etag"),
            last_modified=page.headers.get("last-modified"), visited_at=now(), due_at=None, failures=0, reason=None,
        )  # fmt: skip

    def unchanged(self, visit: Visit) -> None:
        """Note that the server says that the stored page is still the page."""
        moment = now()
        due = next_visit(visit.born_at, moment)
        if visit.article_id is not None:
            self._note_move(visit, visit.article_id)
        self._update(visit, state="read", visited_at=moment, due_at=due, failures=0, reason=None)

    def _note_move(self, visit: Visit, article_id: str) -> None:
        """Note what became of the article whose own address was visited: it moved to where that leads, or is back."""
        if visit.article_id not in {None, article_id} and visit.article_id == visit.url:
            self._store.mark_gone(visit.url, now(), moved_to=article_id)
        elif visit.state == "gone" or visit.article_id not in {None, article_id}:
            self._store.mark_returned(article_id)

    def forgotten(self, visit: Visit) -> None:
        """Note that the page of a visit is not stored any more: it is asked for anew."""
        self._update(visit, state="waiting", page_id=None, etag=None, last_modified=None, due_at=now())

    def met_again(self, visit: Visit, article_id: str) -> None:
        """Note that an address leads to an article that is visited under another one."""
        self._note_move(visit, article_id)
        self._update(visit, state="read", article_id=article_id, visited_at=now(), due_at=None, failures=0, reason=None)

    def left(self, visit: Visit, reason: str) -> None:
        """Note that an address is no article's: it is not asked for again."""
        self._update(visit, state="left", visited_at=now(), due_at=None, failures=0, reason=reason)

    def failed(self, visit: Visit, reason: str) -> None:
        """Note that an address gave no page this time; it is tried again after a pause."""
        failures = visit.failures + 1
        self._update(visit, failures=failures, reason=reason, due_at=next_try(failures, now()))

    def gone(self, visit: Visit, reason: str) -> bool:
        """Note that the site says that there is no such page; return whether a stored article has gone with it.

        It stays as it is, with `gone_at`; some more visits see whether it comes back.
        """
        moment = now()
        failures = visit.failures + 1 if visit.state == "gone" else 1
        due = next_look_at_gone(failures, moment)
        self._update(visit, state="gone", failures=failures, reason=reason, due_at=due, visited_at=moment)
        return visit.article_id is not None and self._store.mark_gone(visit.article_id, moment)

    def _update(self, visit: Visit, **changes: object) -> None:
        self._store.call(lambda: self._visits.update_one({"_id": visit.id}, {"$set": changes}))


def settle(store: Store, page_ids: Sequence[str]) -> None:
    """Note that these pages were read, and when each is due again by the age of its article."""
    fields = {"page_id": 1, "article_id": 1, "listed_at": 1}
    query = {"page_id": {"$in": list(page_ids)}, "state": "fetched"}
    waiting = store.call(lambda: list(store.visits.find(query, fields)))
    if not waiting:
        return
    dated = {"date_published": 1, "date_published_precision": 1}
    made = {"_id": {"$in": [one["article_id"] for one in waiting]}}
    articles = store.call(lambda: {one["_id"]: one for one in store.articles.find(made, dated)})
    moment = now()
    updates = []
    for one in waiting:
        article = articles.get(one["article_id"], {})
        born = born_at(article.get("date_published"), article.get("date_published_precision"), one["listed_at"])
        read = {"state": "read", "born_at": born, "due_at": next_visit(born, moment)}
        updates.append(UpdateOne({"_id": one["_id"], "page_id": one["page_id"]}, {"$set": read}))
    store.call(lambda: store.visits.bulk_write(updates, ordered=False))


def _document(visit: Visit) -> Document:
    return visit.model_dump(exclude={"id"})
