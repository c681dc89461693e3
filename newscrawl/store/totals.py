"""What all crawls of a site add up to: one small document a site, kept at the end of each run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymongo.errors import DuplicateKeyError

from newscrawl.items import Run, SiteTotals
from newscrawl.store.documents import stored
from newscrawl.store.schema import Document

if TYPE_CHECKING:
    from newscrawl.store.store import Store

_COUNTED = frozenset(
    "requests responses bytes_received retries requests_failed not_modified lists_not_modified articles_listed"
    " articles_new articles_changed articles_refreshed articles_unchanged articles_gone articles_returned"
    " articles_refused articles_read listing_pages listing_entries robots.forbidden".split()
)
_FAMILIES = ("status.", "failed.", "unresolved.", "seconds.")
_REMEMBERED = 50
"""Run ids by which a run that is added twice is known."""
_NEWEST_WEIGHS = 0.2
"""Weight of the newest interval in the usual one."""


def add(store: Store, run: Run) -> bool:
    """Add a finished crawl to its site's totals, once however often it is called; False when it was there already.

    Runs of other jobs, without a site, or that still run are not added.
    """
    if run.job != "crawl" or run.site is None or run.status == "running":
        return False
    collection, site = store.database["totals"], run.site
    while True:
        document = store.call(lambda: collection.find_one({"_id": site})) or {"_id": site}
        applied = document.get("applied", [])
        if run.id in applied:
            return False
        new = added(record(document), run).model_dump(exclude={"site"}) | {"applied": [*applied, run.id][-_REMEMBERED:]}
        unchanged: Document = {"_id": site, "applied": applied or {"$exists": False}}
        try:
            store.call(lambda unchanged=unchanged, new=new: collection.replace_one(unchanged, new, upsert=True))  # type: ignore[misc]
        except DuplicateKeyError:  # another run was added in between
            continue
        return True


def added(totals: SiteTotals, run: Run) -> SiteTotals:
    """Return the totals with one more run."""
    counts = dict(totals.counts)
    for name, number in run.stats.items():
        if name in _COUNTED or name.startswith(_FAMILIES):
            counts[name] = counts.get(name, 0) + max(0, number)
    ended = run.finished_at or run.started_at
    seconds = max(0.0, (ended - run.started_at).total_seconds())
    counts["seconds"] = counts.get("seconds", 0) + seconds
    changes: Document = {
        "counts": counts,
        "runs": totals.runs | {run.status: totals.runs.get(run.status, 0) + 1},
        "last_run_id": run.id,
        "last_status": run.status,
        "last_started_at": run.started_at,
        "last_seconds": seconds,
        "last_stats": run.stats,
    }
    if run.status in {"done", "failures"}:
        interval = totals.interval
        if totals.last_success_at is not None:
            gap = (ended - totals.last_success_at).total_seconds()
            interval = gap if interval is None else interval + _NEWEST_WEIGHS * (gap - interval)
        changes |= {
            "successes": totals.successes + 1,
            "failed_in_a_row": 0,
            "interval": interval,
            "last_success_at": ended,
        }
    elif run.status in {"unavailable", "died"}:
        changes["failed_in_a_row"] = totals.failed_in_a_row + 1
    return totals.model_copy(update=changes)


def all_totals(store: Store) -> dict[str, SiteTotals]:
    """Return the totals of every site by its name."""
    documents = store.call(lambda: list(store.database["totals"].find({}, {"applied": 0})))
    return {one["_id"]: record(one) for one in documents}


def record(document: Document) -> SiteTotals:
    """Return the record of a document in `totals`."""
    return stored(SiteTotals, document, site=document["_id"])
