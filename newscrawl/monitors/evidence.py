"""Shares of counts, now against before: windows over the latest runs, and the test that decides.

The test is exact and small: how likely is it to find so few in the window, when the past found `k` of `n`? With a
Jeffreys prior that is the beta-binomial distribution, which knows how little a short past says. Articles of one run are
alike (a series without authors, a day of bulletins), so both counts are first divided by the design effect of cluster
samples, 1 + (m - 1) ρ, for runs of m articles that correlate by ρ; past runs tell ρ.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

LEVEL = 1e-6
"""An alarm is raised when chance would do the same less often than this, in one look."""
LASTING_LEVEL = 0.05
"""An alarm lasts while the latest articles would be so unlikely were all well again."""
_LEAST_RUNS = 4
"""Fewer runs do not tell how alike their articles are."""
_MOST_ALIKE = 0.5


@dataclass(frozen=True)
class Share:
    """So many of so many."""

    hits: float
    """How many had it."""
    number: float
    """Of how many."""

    def __add__(self, other: Share) -> Share:
        return Share(self.hits + other.hits, self.number + other.number)

    @property
    def rate(self) -> float:
        """Between 0 and 1; 0 for none of none."""
        return self.hits / self.number if self.number else 0.0

    def __str__(self) -> str:
        return f"{self.hits:g} of {self.number:g}"


NOTHING = Share(0, 0)


@dataclass(frozen=True)
class Demands:
    """How much it takes to raise an alarm of one kind."""

    drop: float
    """The share has fallen at least by this much."""
    least: int = 5
    """The window holds at least so many."""
    runs: int = 1
    """It spans at least so many runs."""
    past: int = 20
    """The past holds at least so many."""
    widest: int = 90
    """Wider windows are not looked at."""


@dataclass(frozen=True)
class Drop:
    """A share that fell."""

    now: Share
    """In the latest runs."""
    before: Share
    """In the past."""
    runs: int
    """So many of the latest runs it spans."""

    @property
    def vanished(self) -> bool:
        """Tell whether nothing is left of it."""
        return self.now.hits == 0


def find_drop(latest: Sequence[Share], past: Sequence[Share], demands: Demands) -> Drop | None:
    """Return the drop between the latest runs and the past, None when chance explains it.

    `latest` and `past` hold one share a run, newest first, none of them of nothing. Of windows over the first of
    `latest`, growing from `demands.least`, the least likely one counts; what is left of `latest` belongs to the past.
    """
    windows = list(_windows(latest, demands.least, demands))
    best, level = None, LEVEL
    for window, size in windows:
        older = [*latest[size:], *past]
        before = total(older)
        # The smallest window must be as bad, and each of the newest runs: what has mended itself since is no alarm.
        must_be_bad = (window, windows[0][0], *(latest[: demands.runs] if demands.runs > 1 else ()))
        if before.number < demands.past or any(before.rate - one.rate < demands.drop for one in must_be_bad):
            continue
        likely = chance(latest[:size], older)
        if likely < level:
            best, level = Drop(window, before, size), likely
    return best


def find_lasting(since: Sequence[Share], past: Sequence[Share], demands: Demands) -> Drop | None:
    """Return the drop that was found before and lasts, None when it is over.

    `since` holds the runs since it began, newest first, `past` those before. A window of twice the least decides; while
    there is too little for one, nothing has changed.
    """
    whole, before = total(since), total(past)
    window, size = next(_windows(since, demands.least * 2, demands), (whole, len(since)))
    fallen = before.rate - window.rate >= demands.drop / 2
    lasts = window.number > 0 and fallen and chance(since[:size], past) < LASTING_LEVEL
    return Drop(whole, before, len(since)) if lasts else None


def _windows(latest: Sequence[Share], least: float, demands: Demands) -> Iterator[tuple[Share, int]]:
    """Yield windows over the newest runs and how many runs each spans, the smallest first."""
    window = NOTHING
    for size, one in enumerate(latest, 1):
        window += one
        if window.number >= least and size >= demands.runs:
            yield window, size
        if window.number >= demands.widest and size >= demands.runs:
            return


def total(shares: Iterable[Share]) -> Share:
    """Return all of them as one."""
    return sum(shares, NOTHING)


def chance(window: Sequence[Share], past: Sequence[Share]) -> float:
    """Return how likely the runs of a window hold so few or fewer when nothing has changed since `past`."""
    alike = likeness(past)
    now, before = _thinned(window, alike), _thinned(past, alike)
    number = max(1, round(now.number))
    return beta_binomial_at_most(min(math.floor(now.hits), number), number, before.hits, before.number)


def _thinned(shares: Sequence[Share], alike: float) -> Share:
    """Return the sum of some runs, with as many articles as it would take to say as much were they independent."""
    whole = total(shares)
    usual_size = sum(one.number**2 for one in shares) / whole.number if whole.number else 1.0
    effect = 1 + (usual_size - 1) * alike
    return Share(whole.hits / effect, whole.number / effect)


def likeness(shares: Sequence[Share]) -> float:
    """Return how alike the articles of one run are, 0 to 0.5: the intraclass correlation, from Pearson's chi²."""
    several = [one for one in shares if one.number > 1]
    rate = total(several).rate
    variance = rate * (1 - rate)
    if len(several) < _LEAST_RUNS or variance == 0:
        return 0.0
    # A run counts as wholly alike at most: the first runs of a break would else hide it.
    beyond = sum(min((one.hits - one.number * rate) ** 2 / (one.number * variance), one.number) - 1 for one in several)
    return min(_MOST_ALIKE, max(0.0, beyond / sum(one.number - 1 for one in several)))


def beta_binomial_at_most(most: int, number: int, past_hits: float, past_number: float) -> float:
    """Return how likely at most `most` hits in `number` are after `past_hits` in `past_number`, with Jeffreys prior."""
    alpha, beta = past_hits + 0.5, past_number - past_hits + 0.5

    def log_of(hits: int) -> float:
        ways = math.lgamma(number + 1) - math.lgamma(hits + 1) - math.lgamma(number - hits + 1)
        return ways + _log_beta(hits + alpha, number - hits + beta) - _log_beta(alpha, beta)

    return min(1.0, sum(math.exp(log_of(hits)) for hits in range(most + 1)))


def _log_beta(first: float, second: float) -> float:
    return math.lgamma(first) + math.lgamma(second) - math.lgamma(first + second)
