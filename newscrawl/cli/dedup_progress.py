"""Progress of the grouping of near-duplicates: a bar a phase."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from newscrawl.cli.display import Bar, Display
from newscrawl.jobs.dedup import Kind
from newscrawl.store.runs import RunLog

_WORDS: Mapping[Kind, tuple[str, str]] = {
    "sign": ("signing articles", "signed"),
    "meet": ("reading postings", "met"),
    "judge": ("comparing", "looked_up"),
    "group": ("grouping", "grouped"),
}
"""Phase -> its words, and the counter that tells how far it is."""


class DedupProgress(Display):
    """Watches the counters of a run; a phase that is over is full."""

    def __init__(self) -> None:
        super().__init__()
        self._run: RunLog = RunLog()
        self._phases: list[tuple[Kind, int, int | float]] = []
        """Phase, how many articles it has, and its counter when it began."""
        self._is_done = False

    def __exit__(self, *error: object) -> None:
        self._is_done = error[0] is None
        super().__exit__(*error)

    def watch(self, run: RunLog) -> None:
        """Show this run from now on."""
        self._run = run

    def add(self, counts: Mapping[str, int | float]) -> None:
        """Count what is done without a run."""
        self._run.add(counts, ())

    def begin(self, kind: Kind, size: int) -> None:
        """Show a phase from now on."""
        if size:
            self._phases.append((kind, size, self._run.stats.get(_WORDS[kind][1], 0)))

    def bars(self) -> Sequence[Bar]:
        """Return the bar of each phase so far; those of one kind together."""
        stats, phases = self._run.stats, list(self._phases)
        sums: dict[str, tuple[int, int]] = {}
        for number, (kind, size, before) in enumerate(phases):
            words, counter = _WORDS[kind]
            is_over = self._is_done or number + 1 < len(phases)
            done = size if is_over else min(size, int(stats.get(counter, 0) - before))
            past = sums.get(words, (0, 0))
            sums[words] = past[0] + done, past[1] + size
        return [
            Bar(words, done, size, "", f"{words}: {done:,} of {size:,} articles")
            for words, (done, size) in sums.items()
        ]

    def lines(self) -> Sequence[Bar]:
        """Return the phase that is under way."""
        return self.bars()[-1:]
