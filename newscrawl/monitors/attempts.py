"""The monitor that looks from outside: a site that cannot be crawled at all, whose runs can raise nothing."""

from __future__ import annotations

from datetime import datetime, timedelta

from newscrawl.items import Alarm, SiteTotals

LEAST_FAILURES = 3
"""So many runs in a row must have failed …"""
_FAILING = timedelta(hours=2)
"""… and the last success be so long ago: a site that is down for a moment comes back by itself."""
_LATE = timedelta(days=2)
"""A site that was crawled regularly is missed after so long at least, and after so many of its usual intervals: """
_INTERVALS = 5.0
_LEAST_SUCCESSES = 5
"""Before that many successes there is no interval to speak of."""


def unreached(totals: SiteTotals, now: datetime) -> Alarm | None:
    """Return the alarm of a site that could not be crawled for several runs, or has not been for long."""
    last = totals.last_success_at
    ago = f"the last one that succeeded ended {last:%Y-%m-%d %H:%M} UTC" if last else "none has ever succeeded"
    if totals.failed_in_a_row >= LEAST_FAILURES and (last is None or now - last >= _FAILING):
        return Alarm(
            monitor="runs",
            subject="",
            since=last,
            text=f"runs: the last {totals.failed_in_a_row} failed ({totals.last_status}); {ago}",
            advice=f"newscrawl runs {totals.site} --json tells why; newscrawl site check {totals.site} --live",
        )
    if last is None or totals.successes < _LEAST_SUCCESSES or totals.interval is None:
        return None
    if now - last >= max(_LATE, timedelta(seconds=totals.interval * _INTERVALS)):
        return Alarm(
            monitor="runs",
            subject="",
            since=last,
            text=f"runs: none has succeeded for {(now - last).total_seconds() / 86400:.1f} days, usually one every "
            f"{_span(totals.interval)}",
            advice=f"is the schedule still running? newscrawl crawl {totals.site} crawls it now",
        )
    return None


def _span(seconds: float) -> str:
    for size, unit in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} seconds"
