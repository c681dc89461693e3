"""Progress of a job that is done in parts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from newscrawl.cli.display import Bar, Display
from newscrawl.store import RunLog


class PartProgress(Display):
    """One bar over the counters of all runs of a job."""

    def __init__(
        self,
        title: str,
        total: int,
        unit: str,
        words: Callable[[Mapping[str, int | float]], str],
        *,
        counted: str = "passed",
    ) -> None:
        """`total`: units of all parts, which the counter `counted` adds up to; `words` tells the others in short."""
        super().__init__()
        self._title = title
        self._total = total
        self._unit = unit
        self._words = words
        self._counted = counted
        self._watched: list[RunLog] = []

    def watch(self, log: RunLog) -> None:
        """Show what this log counts, too, from now on."""
        self._watched.append(log)

    def leave_out(self, units: int) -> None:
        """Take it that so many units will not be done."""
        log = RunLog()
        log.count(self._counted, units)
        self.watch(log)

    def bars(self) -> Sequence[Bar]:
        """Return the bar; none while there is nothing to do."""
        sums: dict[str, int | float] = {}
        for log in self._watched:
            for name, number in log.stats.items():
                sums[name] = sums.get(name, 0) + number
        done, words = min(int(sums.get(self._counted, 0)), self._total), self._words(sums)
        line = f"{self._title}: {done:,} of {self._total:,} {self._unit}" + (f", {words}" if words else "")
        return [Bar(self._title, done, self._total, words, line)] if self._total else []
