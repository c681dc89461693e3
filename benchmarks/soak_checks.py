"""What a soak has shown: completeness, politeness, robots.txt, patience, memory; each with what must hold of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from statistics import median
from typing import Any

from soak_run import Daemon, Sample, name_of

from newscrawl.items import Run
from newscrawl.revisits import next_visit
from newscrawl.store import Store

MIB = 1024 * 1024
_JITTER = 0.9
"""So much of the delay must be seen: a request that leaves a little late, or takes a little longer, comes nearer to the
next one. What the server itself reads late is put back."""
_FLAT = 1.1
"""The last quarter's memory over the first quarter's after warm-up, at most."""
_GRACE = 60.0
"""Seconds that a crawl which is due may take to be begun and to store what it finds."""
_FIRST = 120.0
"""Seconds that the first crawls are given beyond that."""
_LIMIT = 100.0
"""Seconds that the crawl of a host in trouble may take: NEWSCRAWL_PATIENCE, the last answer's 30 s, and its end."""
_SICK = ("hangs", "drips", "down")


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: what was found, and whether it is as it must be (None: nothing has to hold)."""

    name: str
    told: str
    holds: bool | None = None


@dataclass
class Soaked:
    """Everything that is known after a soak."""

    asked: list[dict[str, Any]]
    """What the server wrote of each site."""
    daemon: Daemon
    store: Store
    delay: float
    interval: float
    """Seconds from one crawl of a site to the next, as its schedule says."""
    warm_up: float
    """Seconds until every healthy site had been crawled once."""

    def of_kind(self, *kinds: str) -> list[dict[str, Any]]:
        return [site for site in self.asked if site["kind"] in kinds]

    def runs(self, site: dict[str, Any]) -> list[Run]:
        """Return the crawls of a site, the first one first."""
        return sorted(self.store.find_runs(name_of(site["number"]), 10_000), key=lambda run: run.started_at)


def completeness(soaked: Soaked) -> list[Finding]:
    """Look for every article that healthy sites showed in time, with its newest text and all its revisions."""
    due = missing = stale = edited = unrevised = 0
    for site in soaked.of_kind("healthy", "slow"):
        stored = _stored(soaked, site)
        for news in site["news"]:
            found = stored.get(f"/news/{news['number']}")
            current = [one for one in news["versions"] if _is_due(soaked, site, news, one)]
            if not current:
                continue
            due += 1
            missing += found is None
            if found is None:
                continue
            seen = {version for _, _, path, status, version in site["asked"] if _is_of(path, news) and status == 200}
            stale += not any(_says(found, one) for one in news["versions"][len(current) - 1 :])
            if len(seen) > 1:
                edited += 1
            unrevised += found["revision"] != len(seen)
    return [
        Finding("articles of healthy sites", f"{due} were due, {missing} missing, {stale} with an old text",
                missing == stale == 0 and due > 0),
        Finding("revisions", f"{edited} articles were edited and seen again, {unrevised} articles with a wrong number",
                unrevised == 0),
    ]  # fmt: skip


def _stored(soaked: Soaked, site: dict[str, Any]) -> dict[str, dict[str, Any]]:
    fields = {"headline": 1, "article_body": 1, "revision": 1, "first_seen": 1}
    found = soaked.store.articles.find({"site": name_of(site["number"])}, fields)
    return {"/news/" + one["_id"].rpartition("/news/")[2]: one for one in found}


def _says(article: dict[str, Any], version: dict[str, Any]) -> bool:
    """Tell whether a stored article says what a version says."""
    body = " ".join(article["article_body"].split())
    told = [" ".join(paragraph.split()) for paragraph in version["paragraphs"]]
    return article["headline"] == version["headline"] and body == " ".join(told)


def _is_due(soaked: Soaked, site: dict[str, Any], news: dict[str, Any], version: dict[str, Any]) -> bool:
    """Tell whether a version had to be stored before the end: its list named it in time, or its revisit came."""
    place = news["versions"].index(version)
    seen_from = version["since"]
    if place and version["headline"] == news["versions"][place - 1]["headline"]:  # no list tells of it
        before = [at for at, _, path, _, _ in site["asked"] if _is_of(path, news) and at < version["since"]]
        if before:
            born, visited = (datetime.fromtimestamp(at, UTC) for at in (news["published"], before[-1]))
            again = next_visit(born, visited)
            seen_from = again.timestamp() if again else float("inf")
    seen_from = max(seen_from, soaked.daemon.began + _FIRST)
    return bool(seen_from + soaked.interval * 1.1 + _GRACE <= soaked.daemon.ended)


def _is_of(path: str, news: dict[str, Any]) -> bool:
    return path == f"/news/{news['number']}"


def freshness(soaked: Soaked) -> Finding:
    """Reckon how long after its publication an article is stored, once the first crawls are over."""
    begun = soaked.daemon.began + soaked.warm_up
    delays = []
    for site in soaked.of_kind("healthy", "slow"):
        stored = _stored(soaked, site)
        for news in site["news"]:
            found = stored.get(f"/news/{news['number']}")
            if news["published"] > begun and found is not None:
                delays.append(found["first_seen"].timestamp() - news["published"])
    if not delays:
        return Finding("publication to storage", "nothing was published after the first crawls")
    ordered = sorted(delays)
    tail = ordered[int(0.95 * (len(ordered) - 1))]
    told = f"median {median(delays):.0f} s, 95 % {tail:.0f} s, worst {ordered[-1]:.0f} s of {len(delays)} articles"
    return Finding("publication to storage", told)


def politeness(soaked: Soaked) -> list[Finding]:
    """Look at the gaps between requests of each host, at its connections, and at what its robots.txt forbids."""
    pairs = [pair for site in soaked.asked for pair in pairwise(site["asked"])]
    gaps = [later[0] - earlier[0] for earlier, later in pairs]
    most_gaps = [later[0] - earlier[0] + earlier[1] for earlier, later in pairs]
    within = [gap for gap in gaps if gap < soaked.interval / 2]
    close = sum(gap < _JITTER * soaked.delay for gap in gaps)
    too_close = sum(gap < _JITTER * soaked.delay for gap in most_gaps)
    most = max(site["most_open"] for site in soaked.asked)
    forbidden = sum(path == "/news/900" for site in soaked.asked for _, _, path, _, _ in site["asked"])
    told = (
        f"least {min(gaps):.3f} s, median {median(within):.2f} s; {close} of {len(gaps)} under {_JITTER:g} of it, "
        f"{too_close} not for the server's lateness"
    )
    return [
        Finding(f"gap between requests of a host (delay {soaked.delay:g} s)", told, too_close == 0),
        Finding("connections open to a host", f"{most} at most", most == 1),
        Finding("paths that robots.txt forbids", f"{forbidden} asked for", forbidden == 0),
    ]


def patience(soaked: Soaked) -> list[Finding]:
    """Look how crawls of sick hosts ended, after how long, and whether their pauses grew."""
    findings = []
    for kind in _SICK:
        runs = {site["number"]: soaked.runs(site) for site in soaked.of_kind(kind)}
        ended = [
            run for those in runs.values() for run in those if run.finished_at is not None and not _is_cut(soaked, run)
        ]
        wrong = sum(run.status not in {"unavailable", "failures"} for run in ended)
        took = [(run.finished_at - run.started_at).total_seconds() for run in ended if run.finished_at is not None]
        grow = all(
            _backs_off([run.started_at.timestamp() for run in those], soaked.interval) for those in runs.values()
        )
        holds = bool(ended) and wrong == 0 and max(took) <= _LIMIT and grow
        statuses = sorted({run.status for run in ended})
        longest = max(took, default=0)
        told = (
            f"{len(ended)} crawls of {len(runs)} sites ended as {' or '.join(statuses) or 'nothing'}, the longest "
            f"after {longest:.0f} s; {'pauses doubled' if grow else 'pauses did not double'}"
        )
        findings.append(Finding(f"hosts: {kind}", told, holds))
    return findings


def _backs_off(starts: Sequence[float], interval: float) -> bool:
    """Tell whether crawls in vain came after the interval, then after at least two, four times as long."""
    return all(later - earlier > interval * 2**place for place, (earlier, later) in enumerate(pairwise(starts)))


def _is_cut(soaked: Soaked, run: Run) -> bool:
    """Tell whether a run was still under way when the daemon was told to end."""
    return run.finished_at is None or run.finished_at.timestamp() > soaked.daemon.ended


def crawls(soaked: Soaked) -> list[Finding]:
    """Count what was done."""
    runs = {site["number"]: soaked.runs(site) for site in soaked.of_kind("healthy", "slow", "flaky")}
    by_site = [len(those) for those in runs.values()]
    every = [run for those in runs.values() for run in those]
    unfit = [run for run in every if run.status not in {"done", "failures"} and not _is_cut(soaked, run)]
    stats = [run.stats for run in every]
    requests, unchanged = (sum(one.get(name, 0) for one in stats) for name in ("requests", "status.304"))
    seconds = soaked.daemon.ended - soaked.daemon.began
    articles = soaked.store.articles.count_documents({})
    failed: dict[str, float] = {}
    for one in stats:
        for name, number in one.items():
            if name.startswith("failed."):
                failed[name.removeprefix("failed.")] = failed.get(name.removeprefix("failed."), 0) + number
    reasons = ", ".join(f"{name} {number:g}" for name, number in sorted(failed.items())) or "none"
    read = sum(one.get("articles_read", 0) for one in stats)
    return [
        Finding(
            "crawls of a site that answers",
            f"{min(by_site)} to {max(by_site)}, median {median(by_site):g}; {len(unfit)} were cut short",
            not unfit,
        ),
        Finding(
            "requests to sites that answer",
            f"{requests:g}, {requests / seconds:.1f} a second; {unchanged / max(1, requests):.0%} of them answered 304",
        ),
        Finding(
            "articles",
            f"{articles} stored, {_first_speed(soaked):.1f} a second during the first crawls; {read / seconds:.1f} a "
            "second read over the whole",
        ),
        Finding("failures counted there", reasons),
    ]


def _first_speed(soaked: Soaked) -> float:
    """Return the articles stored a second until every healthy site had been crawled once."""
    until = datetime.fromtimestamp(soaked.daemon.began + soaked.warm_up, UTC)
    return soaked.store.articles.count_documents({"first_seen": {"$lte": until}}) / max(1.0, soaked.warm_up)


def memory(soaked: Soaked) -> list[Finding]:
    """Compare the memory of the first and the last quarter after the first crawls."""
    after = [one for one in soaked.daemon.samples if one.at >= soaked.warm_up]
    if len(after) < 8:
        return [Finding("memory", "the soak was too short to tell")]
    quarter = len(after) // 4
    findings = []
    for name in ("crawler", "workers", "mongod"):
        first, last = (median(getattr(one, name) for one in part) for part in (after[:quarter], after[-quarter:]))
        slope = _slope(after, name)
        told = f"{first / MIB:.0f} → {last / MIB:.0f} MiB ({last / first - 1:+.1%}), {slope:+.2f} MiB a minute"
        findings.append(Finding(f"memory: {name}", told, None if name == "mongod" else last <= _FLAT * first))
    files, threads = max(one.files for one in after), max(one.threads for one in after)
    findings.append(
        Finding(
            "the crawling process",
            f"{files} files and sockets, {threads} threads at most; {_busy(after):.0%} of a core",
        )
    )
    return findings


def _slope(samples: Sequence[Sample], name: str) -> float:
    """Return MiB a minute, by least squares."""
    times = [one.at / 60 for one in samples]
    values = [getattr(one, name) / MIB for one in samples]
    middle, mean = sum(times) / len(times), sum(values) / len(values)
    spread = sum((time - middle) ** 2 for time in times)
    return float(sum((time - middle) * (value - mean) for time, value in zip(times, values, strict=True)) / spread)


def _busy(samples: Sequence[Sample]) -> float:
    return (samples[-1].cpu - samples[0].cpu) / (samples[-1].at - samples[0].at)


def ending(soaked: Soaked, errors: str) -> Finding:
    """Look how the daemon ended."""
    daemon = soaked.daemon
    told = (
        f"status {daemon.status} {daemon.stopping:.1f} s after SIGTERM"
        if not daemon.died
        else f"died with {daemon.status}"
    )
    if errors.strip():
        told += f"; it complained: {errors.strip().splitlines()[-1][:200]}"
    return Finding("the daemon's end", told, not daemon.died and daemon.status == 0 and not errors.strip())
