"""Monitors on simulated sites: false alarms in healthy runs, and how soon each kind of break is found.

    python benchmarks/monitors.py [--sites 200] [--runs 100]

Sites differ in how much they publish, how many fields they have and how evenly; runs are those of a schedule: most read
no article. Noise: days when fields are missing together, outages, single odd answers of lists, lists that vary, 304s.
Alarms of a healthy run are false, each counted once however long it lasts.
"""

from __future__ import annotations

import argparse
import math
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from newscrawl.items import Run
from newscrawl.monitors import RUNS, RUNS_WITH_ARTICLES, History, judge, rhythm_before

Stats = dict[str, float]
START = datetime(2026, 1, 5, tzinfo=UTC)
FIELDS = {"headline": 1.0, "date_published": 0.985, "article_body": 0.995}
LISTING = "https://n.example/news/"
BREAKS: dict[str, tuple[str, Callable[[Stats, random.Random], None]]] = {}
"""What breaks -> the monitor that must tell, and what it does to a run's counters."""


@dataclass
class SimulatedSite:
    """One site: how it publishes, and what was seen of it."""

    chance: random.Random
    interval: timedelta = timedelta()
    a_day: float = 0
    fields: dict[str, float] = field(default_factory=dict)
    past: list[Run] = field(default_factory=list)
    news: list[datetime] = field(default_factory=list)
    raised: dict[tuple[str, str], datetime] = field(default_factory=dict)
    down: int = 0
    odd: bool = False

    def __post_init__(self) -> None:
        draw = self.chance
        self.interval = timedelta(minutes=draw.choice([10, 30, 60, 360, 1440]))
        self.a_day = draw.choice([0.3, 1, 3, 8, 25])
        extra = {"lead": 0.9, "images": draw.uniform(0.2, 1), "authors": draw.uniform(0.1, 1)}
        extra |= {"keywords": draw.uniform(0.3, 1), "attachments": draw.uniform(0.02, 0.3)}
        self.fields = FIELDS | {name: rate for name, rate in extra.items() if draw.random() < 0.7}

    def run(self, at: datetime, *, first: bool, broken: str | None = None) -> Run:
        """Return the run that begins at a time."""
        read = self._published(at, first)
        stats = self._stats(read, first)
        if broken:
            BREAKS[broken][1](stats, self.chance)
        kept = {name: number for name, number in stats.items() if number or name.startswith("entries.")}
        robots = {"n.example": "b" if broken == "robots forbids" else "a"}
        return Run(
            id=f"{at:%Y%m%dT%H%M%S}", job="crawl", site="n", started_at=at, finished_at=at, status="done",
            stats=kept, warnings=(), robots=robots,
        )  # fmt: skip

    def _published(self, at: datetime, first: bool) -> int:
        """Return how many articles are new: a Poisson number by working hours, in bursts."""
        if first:
            span = timedelta(days=min(56.0, self.chance.randint(30, 400) / self.a_day))
            return max(30, self._publish(at - span, at))
        return self._publish(at - self.interval, at)

    def _publish(self, begin: datetime, end: datetime) -> int:
        hours = max(1, round((end - begin) / timedelta(hours=1)))
        number = 0
        for hour in range(hours):
            moment = begin + (end - begin) * (hour + 1) / hours
            office = moment.weekday() < 5 and 6 <= moment.hour < 15
            rate = self.a_day * ((end - begin) / timedelta(hours=hours)) * (0.0035 if not office else 0.14)
            burst = self.chance.choice([0.3, 0.6, 1, 2.1])
            some = _poisson(self.chance, rate * burst)
            self.news += [moment] * some
            number += some
        return number

    def _stats(self, read: int, first: bool) -> Stats:
        draw = self.chance
        self.down = max(0, self.down - 1) or (draw.choice([1, 1, 1, 2]) if draw.random() < 0.01 else 0)
        revisited = 0 if first else draw.randint(0, 6)
        read_again = sum(draw.random() < 0.1 for _ in range(revisited))
        stats: Stats = {"articles_read": read + read_again, "not_modified": revisited - read_again}
        number = read + read_again
        moody = {name for name in self.fields if draw.random() < 0.05}  # a day of another kind of news
        for name, rate in self.fields.items():
            rate = rate * draw.uniform(0.6, 1) if name in moody and name not in FIELDS else rate
            found = sum(draw.random() < rate for _ in range(number))
            stats[f"field.{name}"] = found
            generic = sum(draw.random() < 0.01 for _ in range(found))
            stats[f"found_by.{name}.layout:tpl .{name}"] = found - generic
            stats[f"found_by.{name}.generic"] = generic
        stats["unresolved.date_published.unreadable"] = sum(draw.random() < 0.01 for _ in range(number))
        stats["articles_gone"] = sum(draw.random() < 0.01 for _ in range(revisited))
        same = not read and not first and not self.odd and draw.random() < 0.6
        stats |= {"lists_not_modified": 1} if same else self._list(first)
        stats["requests"] = 2 + number + revisited
        share = 0.9 if self.down else 0.01
        stats["requests_failed"] = sum(draw.random() < share for _ in range(int(stats["requests"])))
        stats["failed.http_500"] = stats["requests_failed"]
        return stats

    def _list(self, first: bool) -> Stats:
        entries = 20 - (self.chance.random() < 0.1) * self.chance.randint(0, 5)
        self.odd = not first and not self.odd and self.chance.random() < 0.002
        entries = 0 if self.odd else entries
        pages = 8 if first else 1
        dated = sum(self.chance.random() < 0.97 for _ in range(entries * pages))
        return {
            f"entries.{LISTING}": entries, "listing_pages": pages, "listing_entries": entries * pages,
            "listing_entries_dated": dated, "listing_entries_titled": entries * pages,
        }  # fmt: skip

    def judge(self, run: Run, broken: str | None = None) -> list[tuple[str, str]]:
        """Judge a run, remember it; return the alarms that are new."""
        last = max((one for one in self.news if one <= run.started_at), default=None)
        rhythm = rhythm_before(self.news, last, "Europe/Moscow") if last else None
        known: set[str] = set()
        for moment in (run.started_at, *self.raised.values()):
            older = [one for one in self.past if one.started_at < moment]
            with_articles = [one for one in older if one.stats.get("articles_read")]
            known.update(one.id for one in [*older[:RUNS], *with_articles[:RUNS_WITH_ARTICLES]])
        past = [one for one in self.past if one.id in known]
        alarms = judge(
            History("n", run, past, now=run.started_at, rhythm=rhythm, last_news=last, raised=dict(self.raised))
        )
        keys = [(one.monitor, one.subject) for one in alarms]
        new = [key for key in keys if key not in self.raised]
        since = {(one.monitor, one.subject): one.since or run.started_at for one in alarms}
        self.raised = {key: self.raised.get(key, since[key]) for key in keys}
        self.past.insert(0, run.model_copy(update={"alarms": alarms}))
        return new


def _poisson(chance: random.Random, mean: float) -> int:
    number, product, limit = 0, chance.random(), math.exp(-mean)
    while product > limit:
        number += 1
        product *= chance.random()
    return number


def _no_dates(stats: Stats, chance: random.Random) -> None:
    stats["field.date_published"] = 0


def _half_dates(stats: Stats, chance: random.Random) -> None:
    stats["field.date_published"] = _half(stats["field.date_published"], chance)


def _half(number: float, chance: random.Random) -> int:
    return sum(chance.random() < 0.5 for _ in range(int(number)))


def _generic(stats: Stats, chance: random.Random) -> None:
    found = stats["field.headline"]
    stats["found_by.headline.layout:tpl .headline"], stats["found_by.headline.generic"] = 0, found


def _empty_list(stats: Stats, chance: random.Random) -> None:
    if f"entries.{LISTING}" in stats:
        stats |= {f"entries.{LISTING}": 0, "listing_entries": 0, "listing_entries_dated": 0}
        stats["listing_entries_titled"] = 0


def _undated_list(stats: Stats, chance: random.Random) -> None:
    stats["listing_entries_dated"] = 0


def _unreadable(stats: Stats, chance: random.Random) -> None:
    stats["unresolved.date_published.unreadable"] = stats["articles_read"]


def _future(stats: Stats, chance: random.Random) -> None:
    stats["unresolved.date_published.after_fetch"] = _half(stats["articles_read"], chance)


def _failing(stats: Stats, chance: random.Random) -> None:
    stats["requests_failed"] = stats["requests"] * 0.6 // 1


def _all_gone(stats: Stats, chance: random.Random) -> None:
    stats["articles_gone"], stats["not_modified"] = stats["not_modified"], 0


def _forbidden(stats: Stats, chance: random.Random) -> None:
    stats["robots.forbidden"] = 20


BREAKS |= {
    "dates vanish": ("coverage", _no_dates),
    "half of dates": ("coverage", _half_dates),
    "new template": ("selectors", _generic),
    "empty list": ("listing", _empty_list),
    "undated list": ("listing", _undated_list),
    "unreadable dates": ("dates", _unreadable),
    "half in future": ("dates", _future),
    "60 % errors": ("errors", _failing),
    "taken down": ("gone", _all_gone),
    "robots forbids": ("robots", _forbidden),
}


@dataclass
class Healthy:
    """What healthy sites were told of."""

    runs: int = 0
    false: Counter[str] = field(default_factory=Counter)
    seconds: float = 0


def healthy(sites: int, runs: int, seed: int = 1) -> tuple[Healthy, list[SimulatedSite]]:
    """Run healthy sites; return the false alarms and the sites."""
    found, made = Healthy(), []
    for number in range(sites):
        site = SimulatedSite(random.Random(f"{seed} {number}"))
        for step in range(runs):
            run = site.run(START + site.interval * step, first=step == 0)
            begin = time.perf_counter()
            found.false.update(monitor for monitor, _ in site.judge(run))
            found.seconds += time.perf_counter() - begin
            found.runs += 1
        made.append(site)
    return found, made


@dataclass
class Found:
    """One break of one site."""

    runs: int | None
    """After how many runs it was found; None: not at all."""
    articles: int
    """Articles read in the broken runs until then."""
    lasted: float
    """Share of the later broken runs that kept the alarm."""
    cleared: int | None
    """Articles read after the repair until it cleared; None: not at all."""


def break_site(number: int, kind: str, runs: int, seed: int = 1, most: int = 200) -> Found:
    """Break a site after `runs` healthy runs, for good; repair it 40 runs after it was found."""
    site = SimulatedSite(random.Random(f"{seed} {number} {kind}"))
    site.interval, site.a_day = timedelta(hours=random.Random(number).choice([2, 6])), max(1.0, site.a_day)
    for step in range(runs):
        site.judge(site.run(START + site.interval * step, first=step == 0))
    wanted = BREAKS[kind][0]
    articles = kept = 0
    found = None
    for step in range(runs, runs + most):
        run = site.run(START + site.interval * step, first=False, broken=kind)
        articles += int(run.stats.get("articles_read", 0)) if found is None else 0
        site.judge(run)
        is_raised = any(monitor == wanted for monitor, _ in site.raised)
        if found is not None:
            kept += is_raised
            if step - runs - found >= 40:
                break
        elif is_raised:
            found = step - runs
    if found is None:
        return Found(None, articles, 0, None)
    after = 0
    for later in range(step + 1, step + 1 + most):
        run = site.run(START + site.interval * later, first=False)
        after += int(run.stats.get("articles_read", 0))
        site.judge(run)
        if not any(monitor == wanted for monitor, _ in site.raised):
            return Found(found + 1, articles, kept / 40, after)
    return Found(found + 1, articles, kept / 40, None)


def silence(number: int, seed: int = 1) -> float | None:
    """Stop a site's news after 60 days; return after how many expected articles (λ) of its true rate it was told of."""
    site = SimulatedSite(random.Random(f"{seed} {number} silence"))
    site.interval, site.a_day = timedelta(hours=6), random.Random(number).choice([1.0, 3, 8, 25])
    for step in range(240):
        site.judge(site.run(START + site.interval * step, first=step == 0))
    known, last = list(site.news), max(site.news)
    for step in range(240, 240 + 400):
        run = site.run(START + site.interval * step, first=False)
        site.news = list(known)
        site.judge(run)
        if ("silence", "") in site.raised:
            return site.a_day * (run.started_at - last) / timedelta(days=1)
    return None


def middle(values: list[int]) -> str:
    """Return the median and the largest."""
    ordered = sorted(values)
    return f"{ordered[len(ordered) // 2]:4d} {ordered[-1]:5d}" if ordered else "   -     -"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sites", type=int, default=200)
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--broken", type=int, default=30, help="sites a kind of break")
    given = parser.parse_args()
    found, _ = healthy(given.sites, given.runs)
    per = 1000 * found.false.total() / found.runs
    print(f"healthy: {found.runs} runs, {found.false.total()} false alarms ({per:.2f} in 1,000): {dict(found.false)}")
    print(f"{1000 * found.seconds / found.runs:.2f} ms a run")
    print("\nbreak              monitor    found   articles until   runs until   alarm kept   articles until clear")
    for kind, (monitor, _) in BREAKS.items():
        results = [break_site(number, kind, given.runs) for number in range(given.broken)]
        hits = [one for one in results if one.runs is not None]
        kept = sum(one.lasted for one in hits) / max(1, len(hits))
        cleared = [one.cleared for one in hits if one.cleared is not None]
        print(
            f"{kind:18} {monitor:10} {len(hits):2}/{len(results):2}      {middle([one.articles for one in hits])}"
            f"   {middle([one.runs or 0 for one in hits])}     {kept:6.1%}       {middle(cleared)} ({len(cleared)})"
        )
    told = [silence(number) for number in range(given.broken)]
    days = [round(one) for one in told if one is not None]
    print(f"silence            silence    {len(days):2}/{len(told):2}  expected articles missed until: {middle(days)}")


if __name__ == "__main__":
    main()
