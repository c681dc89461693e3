"""Runs in a table: what is summed up of each, how long it took."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

from newscrawl.items import Run, count_failures
from newscrawl.web.language import Language
from newscrawl.web.spans import told_span

_COUNTED = {
    "new": ("articles_new",),
    "changed": ("articles_changed",),
    "same": ("articles_unchanged", "not_modified"),
    "requests": ("requests",),
}
"""Column -> the counters that it sums."""
COLUMNS = (*_COUNTED, "failed", "alarms")


def run_table(language: Language) -> dict[str, Any]:
    """Return what the template of the table needs beside the runs."""
    return {"columns": COLUMNS, "sums_of": sums_of, "took": partial(took, language)}


def sums_of(run: Run) -> dict[str, int]:
    """Return column -> number of a run."""
    sums = {name: sum(run.stats.get(one, 0) for one in counters) for name, counters in _COUNTED.items()}
    sums |= {"failed": count_failures(run.stats), "alarms": len(run.alarms)}
    return {name: round(number) if math.isfinite(number) else 0 for name, number in sums.items()}


def took(language: Language, run: Run) -> str:
    """Return how long a run took, in words; of one that is at work a dash."""
    if run.finished_at is None:
        return language("health.no")
    return told_span(language, (run.finished_at - run.started_at).total_seconds())
