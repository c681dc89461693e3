"""Runs, sites and articles by the dozen for tests of monitors, alerts, status and metrics."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from newscrawl.items import Alarm, Run
from newscrawl.store import Store

START = datetime(2026, 3, 2, 6, tzinfo=UTC)
LISTING = "https://n.example/news/"


def run(number: int, *, site: str = "n", step: timedelta = timedelta(hours=1), **changes: Any) -> Run:
    """Return the finished crawl that began `number` steps after START; `stats` are its counters."""
    at = START + step * number
    fields: dict[str, Any] = {"status": "done", "stats": {}, "warnings": ()} | changes
    return Run(
        id=f"{at:%Y%m%dT%H%M%S}Z-crawl-{site}", job="crawl", site=site, started_at=at,
        finished_at=at + timedelta(seconds=30), **fields,
    )  # fmt: skip


def read(number: int, **found: int) -> dict[str, int | float]:
    """Return the counters of a run that read so many articles, of which each field was found in so many."""
    return {"articles_read": number, "listing_pages": 1, "requests": number + 1} | {
        f"field.{name}": hits for name, hits in found.items()
    }


def insert_runs(store: Store, *runs: Run) -> None:
    """Put finished runs into the store, as `Run.finish` would have."""
    for one in runs:
        store.runs.replace_one({"_id": one.id}, {"_id": one.id} | one.model_dump(exclude={"id"}), upsert=True)
        store.add_totals(one)


def insert_articles(store: Store, site: str, moments: list[datetime], *, first_seen: datetime | None = None) -> None:
    """Put bare articles into the store: what overviews count, no more; past the validator, as imports of old ones."""
    rows = [
        {
            "_id": f"https://{site}.example/{number}", "site": site, "date_published": at,
            "date_published_precision": "minute", "first_seen": first_seen or at, "last_seen": first_seen or at,
        }
        for number, at in enumerate(moments)
    ]  # fmt: skip
    if rows:
        store.articles.with_options().insert_many(rows, bypass_document_validation=True, ordered=False)


def alarm(monitor: Any = "coverage", subject: str = "date_published", figures: str = "0 of 14") -> Alarm:
    """Return an alarm."""
    return Alarm(
        monitor=monitor,
        subject=subject,
        text=f"{subject}: found in {figures} articles, before in 98 % of 312",
        advice="newscrawl site check n",
    )
