"""What the monitors look at: one run, the site's past, what is already known to be wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from newscrawl.items import Run
from newscrawl.monitors.evidence import Demands, Drop, Share, find_drop, find_lasting
from newscrawl.rhythm import Rhythm

Key = tuple[str, str]
"""Monitor and subject."""


@dataclass(frozen=True)
class History:
    """A finished crawl run of a site beside the site's past."""

    site: str
    """Its name, for advice."""
    run: Run
    """The run that is judged."""
    past: Sequence[Run]
    """Earlier finished crawl runs of the site, newest first, and those from before the oldest alarm that lasts."""
    now: datetime
    """When this is judged."""
    rhythm: Rhythm | None = None
    """When the site publishes, as learnt up to its last news."""
    last_news: datetime | None = None
    """When it last published something."""
    raised: Mapping[Key, datetime] = field(default_factory=dict)
    """The alarms that last, and when the first run began that is part of each."""
    accepted: Mapping[Key, datetime] = field(default_factory=dict)
    """What was accepted as the new state of things, and when: nothing before counts."""

    @cached_property
    def runs(self) -> tuple[Run, ...]:
        """All runs, newest first, the judged one too."""
        return (self.run, *self.past)

    def split(self, monitor: str, subject: str) -> tuple[list[Run], list[Run], bool]:
        """Return the latest runs, the past that they are compared with, and whether this alarm is raised already.

        While an alarm lasts, the latest runs are those since it began, and the past is what was before, however long
        ago. Runs that carried the alarm are nobody's past.
        """
        key = (monitor, subject)
        since, accepted = self.raised.get(key), self.accepted.get(key)
        runs = [run for run in self.runs if accepted is None or run.started_at > accepted]
        if since is None:
            # A run with the alarm ends the latest ones: what is before it was a state of its own.
            latest = list(runs)
            for number, run in enumerate(runs):
                if number and _carries(run, key):
                    latest = runs[:number]
                    break
            return latest, [run for run in runs[len(latest) :] if not _carries(run, key)], False
        latest = [run for run in runs if run.started_at >= since]
        return latest, [run for run in runs if run.started_at < since and not _carries(run, key)], True

    def drop(
        self, monitor: str, subject: str, share: Callable[[Run], Share], demands: Demands
    ) -> tuple[Drop, datetime] | None:
        """Return how a share fell against the past and when the first run of that began, None when it did not fall."""
        latest, past, lasts = self.split(monitor, subject)
        shares = [(one, run.started_at) for run in latest if (one := share(run)).number]
        before = [one for run in past if (one := share(run)).number]
        find = find_lasting if lasts else find_drop
        found = find([one for one, _ in shares], before, demands)
        return None if found is None else (found, shares[found.runs - 1][1])


def _carries(run: Run, key: Key) -> bool:
    return any((one.monitor, one.subject) == key for one in run.alarms)


def could_read(run: Run) -> bool:
    """Tell whether a run got at least one of the site's lists, or heard that it is as before."""
    return count(run, "listing_pages") + count(run, "lists_not_modified") > 0


def count(run: Run, name: str) -> float:
    """Return a counter of a run, 0 when it has none."""
    return float(run.stats.get(name, 0))


def names(runs: Sequence[Run], prefix: str) -> list[str]:
    """Return what follows a prefix in the counters of some runs, each once, sorted."""
    known = set().union(*(run.stats.keys() for run in runs))
    return sorted(name.removeprefix(prefix) for name in known if name.startswith(prefix))


def percent(rate: float) -> str:
    """Return a share in words: `98 %`, `0.4 %`; never 100 % for less than all."""
    value = rate * 100
    if 99.5 <= value < 100:
        return "over 99 %"
    return f"{value:.0f} %" if value >= 1 or value == 0 else f"{value:.1f} %"
