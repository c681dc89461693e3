"""Compare crawls with their sites' past: at the end of each, and from outside for sites that cannot be crawled."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from newscrawl.clock import now as clock
from newscrawl.items import Alarm, RunStatus, SiteAlarm
from newscrawl.items import Run as RunRecord
from newscrawl.monitors import JUDGED, RHYTHM_WEEKS, RUNS, RUNS_WITH_ARTICLES, History, judge, rhythm_before, unreached
from newscrawl.rhythm import Rhythm
from newscrawl.sites import Site
from newscrawl.store import Run, Store
from newscrawl.store.alarms import alarm_id


def watch(
    store: Store,
    site: Site,
    run: Run,
    *,
    status: RunStatus = "done",
    further_stats: Mapping[str, int | float] | None = None,
    now: datetime | None = None,
) -> tuple[Alarm, ...]:
    """Return what is wrong with a site after a crawl, and write it down in `alarms`.

    Call it when the run has counted everything and before `run.finish`; `further_stats` are those that `finish` will be
    given. A crawl that was not whole (`status` neither `done` nor `failures`) says nothing: its alarms stay as they
    are. Raises StoreUnavailableError.
    """
    if status not in {"done", "failures"}:
        return ()
    at = now or clock()
    record = RunRecord(
        id=run.id, job=run.job, site=site.name, started_at=run.started_at, finished_at=at, status=status,
        stats=run.stats | dict(further_stats or {}), warnings=(), robots=run.robots,
    )  # fmt: skip
    alarms = judge(history_of(store, site, record, at))
    store.alarms.note(site.name, alarms, judged=JUDGED, raised_at=run.started_at, now=at)
    return alarms


def history_of(store: Store, site: Site, run: RunRecord, now: datetime) -> History:
    """Return a run beside the past of its site: the latest runs, the latest that read articles, what was before alarms.

    Most runs of a scheduled crawl read no article, so the latest alone would tell little of them.
    """
    known = store.alarms.of_site(site.name)
    lasting = [one for one in known if one.cleared_at is None and one.monitor != "runs"]
    last_news = store.last_news(site.name, now)
    return History(
        site=site.name,
        run=run,
        past=_past(store, site.name, run, lasting),
        now=now,
        rhythm=_rhythm(store, site, last_news),
        last_news=last_news,
        raised={(one.monitor, one.subject): one.since or one.raised_at for one in lasting},
        accepted={(one.monitor, one.subject): one.accepted_at for one in known if one.accepted_at is not None},
    )


def _past(store: Store, site: str, run: RunRecord, lasting: Collection[SiteAlarm]) -> list[RunRecord]:
    found: dict[str, RunRecord] = {}
    for before in {run.started_at, *(one.since or one.raised_at for one in lasting)}:
        for with_articles, limit in ((False, RUNS), (True, RUNS_WITH_ARTICLES)):
            for one in store.find_crawls(site, before=before, with_articles=with_articles, limit=limit):
                found[one.id] = one
    found.pop(run.id, None)
    return sorted(found.values(), key=lambda one: one.started_at, reverse=True)


def _rhythm(store: Store, site: Site, last_news: datetime | None) -> Rhythm | None:
    if last_news is None:
        return None
    since = last_news - timedelta(weeks=RHYTHM_WEEKS)
    times = store.publication_times(site.name, since, timezone=site.timezone)
    return rhythm_before(times, last_news, site.timezone)


def watch_from_outside(
    store: Store, sites: Collection[str], now: datetime | None = None, *, forget: bool = False
) -> None:
    """Raise and clear the alarms of sites that cannot be crawled: a run that cannot begin raises nothing by itself.

    `sites` are the names that have a site file; others are left alone, or with `forget` their alarms are cleared. Two
    reads and, as a rule, no write.
    """
    at = now or clock()
    raised, cleared = _look_from_outside(store, sites, at)
    for name, (alarm, known) in raised.items():
        if known is None or (known.text, known.advice) != (alarm.text, alarm.advice):
            store.alarms.note(name, [alarm], judged={"runs"}, raised_at=at, now=at)
    for name in cleared:
        store.alarms.note(name, [], judged={"runs"}, raised_at=at, now=at)
    if forget:
        store.alarms.forget_sites(sites, at)


def lasting_alarms(store: Store, sites: Collection[str], now: datetime) -> list[SiteAlarm]:
    """Return the alarms that last as `watch_from_outside` would leave them, the oldest first; writes nothing."""
    raised, cleared = _look_from_outside(store, sites, now)
    found = [one for one in store.alarms.lasting() if one.monitor != "runs" or one.site not in cleared | raised.keys()]
    for name, (alarm, known) in raised.items():
        if known is not None:
            found.append(known.model_copy(update={"text": alarm.text, "advice": alarm.advice}))
        else:
            found.append(
                SiteAlarm(
                    **alarm.model_dump(), id=alarm_id(name, alarm.monitor, alarm.subject), site=name, raised_at=now,
                    seen_at=now, times=1, cleared_at=None, accepted_at=None, told={},
                )
            )  # fmt: skip
    return sorted(found, key=lambda one: (one.raised_at, one.id))


def _look_from_outside(
    store: Store, sites: Collection[str], now: datetime
) -> tuple[dict[str, tuple[Alarm, SiteAlarm | None]], set[str]]:
    """Return by site the alarm that stands now beside the one that was written down, and the sites whose is over."""
    standing = {one.site: one for one in store.alarms.lasting() if one.monitor == "runs"}
    raised: dict[str, tuple[Alarm, SiteAlarm | None]] = {}
    cleared = set()
    for name, totals in store.all_totals().items():
        if name not in sites:
            continue
        alarm = unreached(totals, now)
        if alarm is not None:
            raised[name] = (alarm, standing.get(name))
        elif name in standing:
            cleared.add(name)
    return raised, cleared
