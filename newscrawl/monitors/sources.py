"""Monitors of what a site's lists say: no news, fewer entries, entries that tell less."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from newscrawl.items import Alarm, Run
from newscrawl.monitors.evidence import Demands, Share
from newscrawl.monitors.history import History, could_read, count, names, percent
from newscrawl.rhythm import Rhythm

_EXPECTED = 15.0
"""Silence is told of when so many articles were to be expected; with λ expected the chance of none is e^-λ, here
3 in ten million. News comes in bursts, so a smaller λ would be met by holidays."""
_QUIET = timedelta(days=1)
"""No shorter silence is told of."""
RHYTHM_WEEKS = 8
_LEAST_PAST = timedelta(weeks=2)
_ENTRIES = Demands(drop=0.5, least=10, runs=2)
_PARTS = (("dates", "listing_entries_dated"), ("titles", "listing_entries_titled"))
_LEAST_RUNS = 5
"""A list is known when so many runs have counted its entries."""
_LEAST_ENTRIES = 3
"""A list that names fewer is nothing to go by."""
_FAR_FEWER = 1 / 3


def rhythm_before(times: Iterable[datetime], last_news: datetime, timezone: str) -> Rhythm | None:
    """Learn when a site publishes, from the 8 weeks up to its last news: silence itself is no part of the rhythm.

    None for a past shorter than two weeks: it may hold no weekend.
    """
    since = last_news - timedelta(weeks=RHYTHM_WEEKS)
    known = [one for one in times if since <= one <= last_news]
    if not known or last_news - min(known) < _LEAST_PAST:
        return None
    return Rhythm.learn(known, now=last_news, timezone=timezone, weeks=RHYTHM_WEEKS)


def silence(history: History) -> Iterator[Alarm]:
    """No news for longer than the site's rhythm allows, though its lists can be read."""
    rhythm, last = history.rhythm, history.last_news
    if rhythm is None or last is None or not could_read(history.run) or history.now - last < _QUIET:
        return
    accepted = history.accepted.get(("silence", ""))
    expected = rhythm.expected(max(last, accepted) if accepted else last, history.now)
    if expected >= _EXPECTED:
        days = (history.now - last).total_seconds() / 86400
        yield Alarm(
            monitor="silence",
            subject="",
            since=last,
            text=f"no news for {days:.1f} days, since {last:%Y-%m-%d %H:%M} UTC; its rhythm lets expect "
            f"{expected:.0f} articles in that time (chance of none: {_power(expected)})",
            advice=f"newscrawl site check {history.site} --live: the news may have moved to another list",
        )


def listing(history: History) -> Iterator[Alarm]:
    """A list names none or far fewer articles than for long, or tells less of them."""
    for source in names(history.runs, "entries."):
        if found := _fewer(history, source):
            now, usual, number, since = found
            yield Alarm(
                monitor="listing",
                subject=source,
                since=since,
                text=f"{source}: its first page names {now:g} articles, before {usual:g} in {number} runs",
                advice=f"newscrawl site check {history.site} --live: the list's selectors may be outdated",
            )
    for what, counter in _PARTS:

        def told(run: Run, counter: str = counter) -> Share:
            return Share(count(run, counter), count(run, "listing_entries"))

        if fallen := history.drop("listing", what, told, _ENTRIES):
            drop, since = fallen
            yield Alarm(
                monitor="listing",
                subject=what,
                since=since,
                text=f"{what} of listed articles: found at {drop.now} entries, before at {percent(drop.before.rate)} "
                f"of {drop.before.number:g}",
                advice=f"newscrawl site check {history.site} --live: the list's selectors may be outdated",
            )


def _fewer(history: History, source: str) -> tuple[float, float, int, datetime] | None:
    """Return what the first page of a source names now, what is usual, in how many runs, and since when it is not so.

    None when all is well.

    Twice in a row, or once and then «not modified» by runs that could read the lists: one odd answer is no alarm.
    """
    latest, past, raised = history.split("listing", source)
    name = f"entries.{source}"
    told = [(number, run.stats[name]) for number, run in enumerate(latest) if name in run.stats]
    before = [run.stats[name] for run in past if name in run.stats]
    if not told:
        return None
    newest, now = told[0]
    older = [] if raised else [value for _, value in told[1:]]
    again = any(could_read(run) for run in latest[:newest])
    first = newest
    if not raised and not again and older:
        again, first = _is_fewer(float(older.pop(0)), [*older, *before]), told[1][0]
    usual = [*older, *before]
    if not _is_fewer(float(now), usual) or not (raised or again):
        return None
    return float(now), statistics.median(usual), len(usual), latest[first].started_at


def _is_fewer(value: float, usual: list[int | float]) -> bool:
    """Tell whether a number of entries is far from the usual one; the broken runs among `usual` are few."""
    if len(usual) < _LEAST_RUNS:
        return False
    typical = statistics.median(usual)
    quarter = sorted(usual)[len(usual) // 4]
    return typical >= _LEAST_ENTRIES and value <= typical * _FAR_FEWER and value < quarter


def _power(expected: float) -> str:
    return f"1 in 10^{expected / math.log(10):.0f}"
