"""Alarms over time: raised, raised again, cleared, accepted; and which channel was told of what."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from pymongo import ReturnDocument, UpdateOne

from newscrawl.items import Alarm, SiteAlarm
from newscrawl.store.documents import stored
from newscrawl.store.schema import Document

if TYPE_CHECKING:
    from newscrawl.store.store import Store

RECOVERY = timedelta(days=7)
"""A recovery that could not be told for so long is not told any more."""
_ROUND = "alerts"
"""`_id` in `meta` of the claim on telling, and of how much was told."""
_HELD = 120_000
"""Milliseconds after which a claim counts as left behind by a dead process; a round is far shorter."""


class Alarms:
    """The collection `alarms`. Methods raise StoreUnavailableError."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._collection = store.database["alarms"]
        self._meta = store.database["meta"]

    def of_site(self, site: str) -> list[SiteAlarm]:
        """Return all alarms that a site has or had, those that last first, then the latest."""
        found = self._find({"site": site})
        return sorted(found, key=lambda one: (one.cleared_at is not None, -one.seen_at.timestamp(), one.id))

    def lasting(self) -> list[SiteAlarm]:
        """Return the alarms of all sites that last, the oldest first."""
        return sorted(self._find({"cleared_at": None}), key=lambda one: (one.raised_at, one.id))

    def to_tell(self, now: datetime) -> list[SiteAlarm]:
        """Return the alarms that last or were cleared lately: what a channel may have to be told of."""
        lately = self._find({"cleared_at": {"$gte": now - RECOVERY}})
        return self.lasting() + sorted(lately, key=lambda one: one.id)

    def note(
        self, site: str, alarms: Iterable[Alarm], *, judged: Collection[str], raised_at: datetime, now: datetime
    ) -> None:
        """Write down what the monitors named in `judged` found: raise, raise again, and clear what they no longer find.

        An alarm raised while its like lasts counts as the same one.
        """
        raised = {alarm_id(site, one.monitor, one.subject): one for one in alarms}
        updates = [
            UpdateOne({"_id": key}, _raise(site, one, raised_at, now), upsert=True) for key, one in raised.items()
        ]
        over = {"site": site, "cleared_at": None, "monitor": {"$in": list(judged)}, "_id": {"$nin": list(raised)}}
        self._store.call(lambda: self._collection.update_many(over, {"$set": {"cleared_at": now}}))
        if updates:
            self._store.call(lambda: self._collection.bulk_write(updates, ordered=False))

    def accept(self, site: str, monitor: str | None, subject: str | None, now: datetime) -> list[SiteAlarm]:
        """Take what a site's lasting alarms tell as its new state; return them. They are cleared, nobody is told."""
        query: Document = {"site": site, "cleared_at": None}
        query |= {name: value for name, value in (("monitor", monitor), ("subject", subject)) if value is not None}
        found = self._find(query)
        change = {"$set": {"cleared_at": now, "accepted_at": now, "told": {}}}
        keys = {"_id": {"$in": [one.id for one in found]}}
        self._store.call(lambda: self._collection.update_many(keys, change))
        return found

    def forget_sites(self, kept: Collection[str], now: datetime) -> None:
        """Clear the alarms of sites that are no more, without a word."""
        over = {"cleared_at": None, "site": {"$nin": list(kept)}}
        self._store.call(lambda: self._collection.update_many(over, {"$set": {"cleared_at": now, "told": {}}}))

    def _find(self, query: Document) -> list[SiteAlarm]:
        return self._store.call(lambda: [stored(SiteAlarm, one) for one in self._collection.find(query)])

    # --- telling

    def claim_round(self, holder: str) -> Mapping[str, Sequence[datetime]] | None:
        """Take the right to tell; None when another process has it. Returns when messages went out, by channel.

        Judged by the server's clock; a claim that was never given back ends by itself after two minutes.
        """
        free = {"$lt": [{"$ifNull": ["$until", datetime.fromtimestamp(0).astimezone()]}, "$$NOW"]}
        update = {
            "holder": {"$cond": [free, {"$literal": holder}, "$holder"]},
            "until": {"$cond": [free, {"$add": ["$$NOW", _HELD]}, "$until"]},
        }
        found = self._store.call(
            lambda: self._meta.find_one_and_update(
                {"_id": _ROUND}, [{"$set": update}], upsert=True, return_document=ReturnDocument.AFTER
            )
        )
        return found.get("sent", {}) if found and found["holder"] == holder else None

    def leave_round(self, holder: str, sent: Mapping[str, Sequence[datetime]]) -> None:
        """Give the right to tell back, with when messages went out."""
        change = {"$set": {"sent": {name: list(times) for name, times in sent.items()}}, "$unset": {"until": ""}}
        self._store.call(lambda: self._meta.update_one({"_id": _ROUND, "holder": holder}, change))

    def mark_told(
        self, channel: str, lasting: Iterable[SiteAlarm], cleared: Iterable[SiteAlarm], now: datetime
    ) -> None:
        """Remember that a channel was told of alarms, and of recoveries."""
        field = f"told.{channel}"
        for alarms, change in ((lasting, {"$set": {field: now}}), (cleared, {"$unset": {field: ""}})):
            keys = {"_id": {"$in": [one.id for one in alarms]}}
            self._store.call(lambda keys=keys, change=change: self._collection.update_many(keys, change))  # type: ignore[misc]


def alarm_id(site: str, monitor: str, subject: str) -> str:
    """Return the key of an alarm."""
    return f"{site} {monitor} {subject}".rstrip()


def _raise(site: str, alarm: Alarm, raised_at: datetime, now: datetime) -> list[Document]:
    lasts = {"$and": [{"$ne": [{"$type": "$raised_at"}, "missing"]}, {"$eq": ["$cleared_at", None]}]}
    words = {name: {"$literal": value} for name, value in alarm.model_dump().items()}
    return [
        {
            "$set": words
            | {
                "site": {"$literal": site},
                "raised_at": {"$cond": [lasts, "$raised_at", raised_at]},
                "since": {"$cond": [lasts, "$since", alarm.since]},
                "times": {"$cond": [lasts, {"$add": ["$times", 1]}, 1]},
                "seen_at": now,
                "accepted_at": {"$ifNull": ["$accepted_at", None]},
                "told": {"$ifNull": ["$told", {}]},
                "cleared_at": None,
            }
        }
    ]
