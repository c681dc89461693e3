"""Monitors of what the site answers: failed requests, articles taken down, robots.txt."""

from __future__ import annotations

from collections.abc import Iterator

from newscrawl.items import Alarm, Run
from newscrawl.monitors.evidence import Demands, Share
from newscrawl.monitors.history import History, could_read, count, names, percent

_ERRORS = Demands(drop=0.2, least=10, runs=3)
_GONE = Demands(drop=0.2, least=8)
_MET = ("articles_read", "not_modified")
_FORBIDDEN = ("robots.forbidden", "failed.robots")


def errors(history: History) -> Iterator[Alarm]:
    """More requests fail than before, in three runs at least: a short outage is no alarm."""

    def answered(run: Run) -> Share:
        number = count(run, "requests")
        # What robots.txt forbids is never sent, and `robots` tells of it.
        failed = count(run, "requests_failed") - count(run, "failed.robots")
        return Share(max(0.0, number - max(0.0, failed)), number)

    if fallen := history.drop("errors", "", answered, _ERRORS):
        drop, since = fallen
        failed, before = drop.now.number - drop.now.hits, 1 - drop.before.rate
        latest, _, _ = history.split("errors", "")
        reasons = {
            reason: sum(count(run, f"failed.{reason}") for run in latest[:5])
            for reason in names(latest[:5], "failed.")
            if reason != "robots"
        }
        most = f"; mostly {max(reasons, key=lambda one: reasons[one])}" if reasons else ""
        yield Alarm(
            monitor="errors",
            subject="",
            since=since,
            text=f"requests: {failed:g} of {drop.now.number:g} failed, before {percent(before)} of "
            f"{drop.before.number:g}{most}",
            advice=f"newscrawl site check {history.site} --live; newscrawl runs {history.site} --json has each failure",
        )


def gone(history: History) -> Iterator[Alarm]:
    """Many of the articles that were visited again have been taken down."""

    def still_there(run: Run) -> Share:
        there = sum(count(run, name) for name in _MET)
        return Share(there, there + count(run, "articles_gone"))

    if fallen := history.drop("gone", "", still_there, _GONE):
        drop, since = fallen
        taken, before = drop.now.number - drop.now.hits, 1 - drop.before.rate
        yield Alarm(
            monitor="gone",
            subject="",
            since=since,
            text=f"articles: {taken:g} of {drop.now.number:g} visited were taken down, before {percent(before)} of "
            f"{drop.before.number:g}",
            advice="look at the site: its addresses may have changed; nothing stored is deleted",
        )


def robots(history: History) -> Iterator[Alarm]:
    """robots.txt has changed and forbids more of what is crawled than it did; a change alone is no alarm."""
    for host in sorted({host for run in history.runs[:1] for host in run.robots}):
        latest, past, raised = history.split("robots", host)
        current = history.run.robots[host]
        since = [run for run in latest if run.robots.get(host) == current]
        before = past if raised else latest + past
        other = [run for run in before if run.robots.get(host, current) != current]
        if not other:
            continue
        now, usual = max(_forbidden(run) for run in since), max(_forbidden(run) for run in other)
        if now > usual:
            changed = min(run.started_at for run in since)
            yield Alarm(
                monitor="robots",
                subject=host,
                since=changed,
                text=f"{host}: robots.txt changed by {changed:%Y-%m-%d} and forbids {now:g} "
                f"{'address' if now == 1 else 'addresses'} in a run, before {f'at most {usual:g}' if usual else 'none'}"
                f"{_forbidden_list(history.run)}",
                advice=f"read the host's robots.txt: what it forbids is not fetched; newscrawl site show "
                f"{history.site} has the sources",
            )


def _forbidden_list(run: Run) -> str:
    """Say so where it is the lists themselves: then nothing new is found any more."""
    return "" if could_read(run) else "; no list of the site may be read any more"


def _forbidden(run: Run) -> float:
    return max(count(run, name) for name in _FORBIDDEN)
