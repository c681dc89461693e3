"""How all sites are, how one site is: gathered from the store, ready to be shown or written as JSON. Writes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from newscrawl.config import Config
from newscrawl.items import Run, SiteAlarm, SiteTotals
from newscrawl.sites import Site, all_sites
from newscrawl.store import Store
from newscrawl.store.overview import Glance
from newscrawl.store.totals import added
from newscrawl.watching import lasting_alarms

_FAILED = frozenset({"died", "unavailable", "stopped"})
_POOLED_RUNS = 30


@dataclass(frozen=True)
class SiteStatus:
    """One site at a glance."""

    site: str
    city: str | None
    sources: int
    articles: int
    new: int
    """First seen in the last 24 hours."""
    days: tuple[int, ...]
    """Articles a day (UTC) by publication, the oldest first, today last."""
    latest: datetime | None
    last_success: datetime | None
    last_run: datetime | None
    last_status: str
    """Of the last run; `running`, or `never run`."""
    next_due: datetime | None
    pages_without_article: Mapping[str, int] = field(default_factory=dict)
    alarms: tuple[SiteAlarm, ...] = ()
    reason: str = ""
    """Why the last run did not succeed, in its own words."""
    advice: str = ""
    """What to do beside what the alarms advise."""

    @property
    def trouble(self) -> int:
        """How bad it is: 3 an alarm, 2 the last run did not succeed, 1 something worth a look, 0 nothing."""
        if self.alarms:
            return 3
        return 2 if self.last_status in _FAILED else 1 if self.advice and self.last_status != "never run" else 0

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return vars(self) | {
            "alarms": [one.model_dump(mode="json", exclude={"told"}) for one in self.alarms],
            "trouble": self.trouble,
        }


def look_at_all(
    store: Store, config: Config, *, days: int, now: datetime, next_due: Mapping[str, datetime] | None = None
) -> list[SiteStatus]:
    """Return the status of every site that has a file or articles, the worst first."""
    sites = all_sites(config.own_sites)
    totals, glances = store.all_totals(), store.look_over(sites, days=days, at=now)
    alarms: dict[str, list[SiteAlarm]] = {}
    for alarm in lasting_alarms(store, sites.keys(), now):
        alarms.setdefault(alarm.site, []).append(alarm)
    failed = {one.last_run_id for one in totals.values() if one.last_status == "unavailable" and one.last_run_id}
    reasons = store.last_warnings(failed)
    rows = []
    for name in sorted({*sites, *glances}):
        glance = glances[name]
        sums = totals.get(name) or _sums_of_old_runs(store, name, glance)
        row = _row(name, sites.get(name), glance, sums, alarms.get(name, []), days, now, next_due or {})
        if row.last_status == "unavailable":
            row = replace(row, reason=reasons.get(sums.last_run_id or "", ""))
        rows.append(row)
    return sorted(rows, key=lambda row: (-row.trouble, -len(row.alarms), row.last_status == "never run", row.site))


def _sums_of_old_runs(store: Store, name: str, glance: Glance) -> SiteTotals:
    """Return what the latest run tells of a site that was last crawled before totals were kept."""
    empty = SiteTotals(site=name)
    if not glance.articles:
        return empty
    runs = [run for run in store.find_runs(name, limit=5) if run.job == "crawl" and run.status != "running"]
    for run in reversed(runs):
        empty = added(empty, run)
    return empty


def _row(
    name: str, site: Site | None, glance: Glance, totals: SiteTotals, alarms: Sequence[SiteAlarm], days: int,
    now: datetime, next_due: Mapping[str, datetime],
) -> SiteStatus:  # fmt: skip
    status = {True: "running", False: "died", None: totals.last_status or "never run"}[glance.works]
    return SiteStatus(
        site=name,
        city=site.city if site else None,
        sources=len(site.sources) if site else 0,
        articles=glance.articles,
        new=glance.new,
        days=a_day(glance.days, days, now),
        latest=glance.latest,
        last_success=totals.last_success_at,
        last_run=totals.last_started_at,
        last_status=status,
        next_due=next_due.get(name),
        pages_without_article=glance.problems,
        alarms=tuple(alarms),
        advice=_advice(name, site, status, glance),
    )


def a_day(counts: Mapping[date, int], days: int, now: datetime) -> tuple[int, ...]:
    """Return counts of the last days in order, today last."""
    return tuple(counts.get(now.date() - timedelta(days=back), 0) for back in reversed(range(days)))


def _advice(name: str, site: Site | None, status: str, glance: Glance) -> str:
    if site is None:
        return "stored, but no site file has this name"
    if status == "never run" and not site.is_on_the_network:  # the sample city and its neighbours
        return "" if glance.articles else "newscrawl demo"
    if status == "never run":
        return f"newscrawl crawl {name}" if site.sources else f"newscrawl site add {site.url}"
    if status in _FAILED:
        return f"newscrawl crawl {name} goes on where it ended"
    if glance.problems:
        pages = ", ".join(f"{number} {reason}" for reason, number in glance.problems.items())
        return f"pages without an article: {pages}; newscrawl site check {name}"
    return f"failures in the last run: newscrawl runs {name} --json" if status == "failures" else ""


@dataclass(frozen=True)
class SiteInDepth:
    """All that there is to say of one site."""

    status: SiteStatus
    """With the days of a quarter."""
    url: str | None
    entries: Mapping[str, int | None]
    """Source -> articles that its first page named when it was last read anew; None: not known."""
    coverage: Mapping[str, tuple[int, int, str | None]]
    """Field -> in how many articles it was found, of how many, and the rule that gave it most often."""
    codes: Mapping[str, int]
    """HTTP status -> responses, over all crawls."""
    not_modified: float | None
    """Share of responses that were 304, over all crawls."""
    unresolved: Mapping[str, int]
    """Field and reason -> articles."""
    runs: Sequence[Run]
    """The latest, newest first."""
    history: Sequence[SiteAlarm]
    """Alarms that are over, the latest first."""
    counts: Mapping[str, int | float]
    """Sums over all crawls."""

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return vars(self) | {
            "status": self.status.as_json(),
            "runs": [one.model_dump(mode="json") for one in self.runs],
            "history": [one.model_dump(mode="json", exclude={"told"}) for one in self.history],
        }


def look_at_one(store: Store, site: Site | str, *, days: int, now: datetime, runs: int = 8) -> SiteInDepth:
    """Return one site in depth; by its name alone where articles are stored of it but no file is there any more."""
    name, known = (site, None) if isinstance(site, str) else (site.name, site)
    glance = store.look_over([name], days=days, at=now, others=False)[name]
    totals = store.all_totals().get(name) or _sums_of_old_runs(store, name, glance)
    lasting = [one for one in lasting_alarms(store, {name} if known else (), now) if one.site == name]
    crawls = store.find_crawls(name, limit=_POOLED_RUNS)
    read = store.find_crawls(name, with_articles=True, limit=_POOLED_RUNS)
    codes = {code.removeprefix("status."): int(number) for code, number in totals.counts.items() if "status." in code}
    responses = sum(codes.values())
    return SiteInDepth(
        status=_row(name, known, glance, totals, lasting, days, now, {}),
        url=known.url if known else None,
        entries={source.url: _entries(crawls, source.url) for source in (known.sources if known else ())},
        coverage=_coverage(read),
        codes=codes,
        not_modified=codes.get("304", 0) / responses if responses else None,
        unresolved={f"{one.field} {one.reason}": one.articles for one in store.unresolved(name)},
        runs=store.find_runs(name, limit=runs),
        history=[one for one in store.alarms.of_site(name) if one.cleared_at is not None][:5],
        counts=totals.counts,
    )


def _entries(crawls: Sequence[Run], url: str) -> int | None:
    found = (run.stats.get(f"entries.{url}") for run in crawls)
    return next((int(number) for number in found if number is not None), None)


def _coverage(crawls: Sequence[Run]) -> dict[str, tuple[int, int, str | None]]:
    """Pool the coverage of fields over some runs."""
    sums: Counter[str] = Counter()
    for run in crawls:
        sums.update({name: int(number) for name, number in run.stats.items()})
    found = {}
    for name in sorted(sums):
        if name.startswith("field."):
            field_ = name.removeprefix("field.")
            prefix = f"found_by.{field_}."
            rules = [(number, rule) for rule, number in sums.items() if rule.startswith(prefix)]
            main = max(rules)[1].removeprefix(prefix) if rules else None
            found[field_] = (sums[name], sums["articles_read"], main)
    return found
