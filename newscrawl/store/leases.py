"""Who works on a site: a lease in MongoDB, judged by the server's clock, so that machines need not agree on theirs."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import psutil
from pymongo import ReturnDocument
from pymongo.collection import Collection

from newscrawl.errors import LeaseHeldError
from newscrawl.store.schema import Document

LEASE = timedelta(seconds=60)
"""How long a holder may be silent before others take it for dead."""
RENEWAL = timedelta(seconds=10)
"""How often a holder says that it lives."""
_POLL = 0.2
"""Seconds between two tries of who waits for a turn."""


def myself() -> Document:
    """Return what tells this process from all others."""
    process = psutil.Process()
    return {"host": socket.gethostname(), "pid": process.pid, "process_started": process.create_time()}


def acquire(leases: Collection[Document], site: str, run_id: str) -> str | None:
    """Take the lease of a site for a run; return the id of the dead run that held it before, if there was one.

    Raises LeaseHeldError when its holder lives. A holder on this machine is looked up among the processes; one on
    another machine counts as dead when its lease ran out.
    """
    holder = {"run_id": run_id, **myself()}
    key = f"site:{site}"
    found = _update(leases, {"_id": key}, _take(holder, _EXPIRED), upsert=True)
    if found["run_id"] != run_id:
        if _is_alive(found):
            raise LeaseHeldError(site, _describe(found))
        found = _update(leases, {"_id": key, "run_id": found["run_id"]}, _take(holder, True))
        if not found:  # somebody else was quicker
            return acquire(leases, site, run_id)
    previous: str | None = found.get("previous")
    return previous


def _update(leases: Collection[Document], query: Document, update: list[Document], *, upsert: bool = False) -> Document:
    """Update one lease and return it as it is now; an empty document when there was none to update."""
    return leases.find_one_and_update(query, update, upsert=upsert, return_document=ReturnDocument.AFTER) or {}


def renew(leases: Collection[Document], site: str, run_id: str) -> bool:
    """Prolong the lease; False when another run holds it now."""
    return not renew_all(leases, {run_id: site})


def renew_all(leases: Collection[Document], holders: Mapping[str, str]) -> set[str]:
    """Prolong the leases of runs (run id -> site); return the ids of those that hold theirs no more."""
    keys = [f"site:{site}" for site in holders.values()]
    mine = {"_id": {"$in": keys}, "run_id": {"$in": list(holders)}}
    if leases.update_many(mine, [{"$set": {"expires_at": _expiry()}}]).matched_count == len(holders):
        return set()
    return set(holders) - {one["run_id"] for one in leases.find(mine, {"run_id": 1})}


def held(leases: Collection[Document]) -> set[str]:
    """Return the sites that somebody alive works on."""
    running = leases.find({"$expr": {"$not": [_EXPIRED]}})
    return {one["_id"].removeprefix("site:") for one in running if _is_alive(one)}


def release(leases: Collection[Document], site: str, run_id: str) -> None:
    """Give the lease back."""
    leases.delete_one({"_id": f"site:{site}", "run_id": run_id})


@contextmanager
def turn(leases: Collection[Document], what: str, holder: str, patience: float) -> Iterator[None]:
    """Hold a lease while the block runs, waiting `patience` seconds for another holder to end.

    Raises LeaseHeldError when that one holds it for longer.
    """
    deadline = time.monotonic() + patience
    while True:
        try:
            acquire(leases, what, holder)
            break
        except LeaseHeldError:
            if time.monotonic() > deadline:
                raise
            time.sleep(_POLL)
    try:
        yield
    finally:
        release(leases, what, holder)


_EXPIRED: Document = {"$lt": [{"$ifNull": ["$expires_at", datetime.fromtimestamp(0, UTC)]}, "$$NOW"]}


def _take(holder: Document, condition: Document | bool) -> list[Document]:
    """Return the update that makes `holder` the holder if `condition` holds, and keeps the one that was otherwise."""
    new: Document = {name: {"$literal": value} for name, value in holder.items()}
    new |= {"previous": "$run_id", "expires_at": _expiry()}
    return [{"$set": {name: {"$cond": [condition, value, f"${name}"]} for name, value in new.items()}}]


def _expiry() -> Document:
    return {"$add": ["$$NOW", int(LEASE.total_seconds() * 1000)]}


def _is_alive(holder: Document) -> bool:
    """Tell whether a holder whose lease runs still lives; without evidence to the contrary it does."""
    if holder.get("host") != socket.gethostname():
        return bool(holder)
    try:
        process = psutil.Process(holder["pid"])
        same = abs(process.create_time() - holder["process_started"]) < 1.0
        return same and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True


def is_held(lease: Document, at: datetime) -> bool:
    """Tell whether a lease runs at a time of the server's clock and its holder lives, as far as can be seen here."""
    return bool(lease["expires_at"] > at) and _is_alive(lease)


def _describe(holder: Document) -> str:
    where = "this machine" if holder.get("host") == socket.gethostname() else holder.get("host", "?")
    mine = " (this very process)" if holder.get("pid") == os.getpid() and where == "this machine" else ""
    return f"process {holder.get('pid')} on {where}{mine}, run {holder.get('run_id')}"
