"""Prometheus: the state of every site as metrics, read from the store at each scrape."""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args
from wsgiref.simple_server import WSGIServer

from prometheus_client import CollectorRegistry, generate_latest, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from newscrawl.errors import ConfigError, UnavailableError
from newscrawl.items import RunStatus, SiteAlarm, SiteTotals
from newscrawl.store import Store
from newscrawl.store.overview import Glance

_COUNTERS = (
    ("newscrawl_requests", "Requests that crawls made.", "requests"),
    ("newscrawl_received_bytes", "Bytes that responses had.", "bytes_received"),
    ("newscrawl_requests_failed", "Requests that got no page.", "requests_failed"),
    ("newscrawl_retries", "Requests that were made again.", "retries"),
    ("newscrawl_articles_not_modified", "Articles answered 304.", "not_modified"),
    ("newscrawl_articles_new", "Articles that were new.", "articles_new"),
    ("newscrawl_articles_changed", "Articles that got a new revision.", "articles_changed"),
    ("newscrawl_articles_gone", "Articles that were taken down.", "articles_gone"),
    ("newscrawl_run_seconds", "Seconds that crawls took.", "seconds"),
)
"""Name, help, and the counter of a run that it sums."""
_STATES = tuple(one for one in get_args(RunStatus) if one != "running")


class StoreCollector(Collector):
    """What a scrape sees; when the store is away, `newscrawl_up` is 0 and nothing else is said."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()

    def collect(self) -> Iterator[Metric]:
        """Yield all metrics, of one moment."""
        with self._lock:  # two scrapes at once would only ask twice
            up = GaugeMetricFamily("newscrawl_up", "Whether the store answered.")
            try:
                found = list(self._read())
            except UnavailableError:
                found = []
            up.add_metric([], 1.0 if found else 0.0)
        yield up
        yield from found

    def _read(self) -> Iterator[Metric]:
        now = datetime.now(UTC)
        totals = self._store.all_totals()
        glances = self._store.look_over(totals, days=1, at=now)
        yield from _stored(glances)
        yield from _last_runs(totals)
        yield from _sums(totals)
        yield _alarms(self._store.alarms.lasting())

    def describe(self) -> list[Metric]:
        """Name nothing ahead: registering must not ask the store."""
        return []


def _stored(glances: Mapping[str, Glance]) -> Iterator[Metric]:
    articles = GaugeMetricFamily("newscrawl_articles", "Articles that are stored.", labels=["site"])
    today = GaugeMetricFamily("newscrawl_articles_last_day", "Articles that are new in 24 hours.", labels=["site"])
    problems = GaugeMetricFamily(
        "newscrawl_pages_without_article", "Stored pages that give no article.", labels=["site", "reason"]
    )
    for site, one in glances.items():
        articles.add_metric([site], one.articles)
        today.add_metric([site], one.new)
        for reason, number in one.problems.items():
            problems.add_metric([site, reason], number)
    yield from (articles, today, problems)


def _last_runs(totals: Mapping[str, SiteTotals]) -> Iterator[Metric]:
    success = GaugeMetricFamily(
        "newscrawl_last_success_timestamp_seconds", "When a crawl last succeeded.", labels=["site"]
    )
    took = GaugeMetricFamily("newscrawl_last_run_seconds", "How long the last crawl took.", labels=["site"])
    state = GaugeMetricFamily(
        "newscrawl_last_run_status", "1 for the status that the last crawl ended with.", labels=["site", "status"]
    )
    for site, one in totals.items():
        if one.last_success_at is not None:
            success.add_metric([site], one.last_success_at.timestamp())
        took.add_metric([site], one.last_seconds or 0.0)
        for name in _STATES:
            state.add_metric([site, name], float(one.last_status == name))
    yield from (success, took, state)


def _sums(totals: Mapping[str, SiteTotals]) -> Iterator[Metric]:
    for name, help_, counter in _COUNTERS:
        metric = CounterMetricFamily(name, help_, labels=["site"])
        for site, one in totals.items():
            metric.add_metric([site], one.counts.get(counter, 0))
        yield metric
    families = (
        ("newscrawl_responses", "Responses by HTTP status.", "status.", ["code"]),
        ("newscrawl_failures", "What failed, by reason.", "failed.", ["reason"]),
        ("newscrawl_unresolved", "Fields of articles that stayed unresolved.", "unresolved.", ["field", "reason"]),
        ("newscrawl_stage_seconds", "Seconds by stage of the work.", "seconds.", ["stage"]),
    )
    for name, help_, prefix, labels in families:
        metric = CounterMetricFamily(name, help_, labels=["site", *labels])
        for site, one in totals.items():
            for counter, number in sorted(one.counts.items()):
                rest = counter.removeprefix(prefix).split(".", len(labels) - 1)
                if counter.startswith(prefix) and len(rest) == len(labels):
                    metric.add_metric([site, *rest], number)
        yield metric
    runs = CounterMetricFamily("newscrawl_runs", "Crawls that ended, by status.", labels=["site", "status"])
    for site, one in totals.items():
        for status, ended in sorted(one.runs.items()):
            runs.add_metric([site, status], ended)
    yield runs


def _alarms(lasting: list[SiteAlarm]) -> Metric:
    alarms = GaugeMetricFamily("newscrawl_alarms", "Alarms that last, by monitor.", labels=["site", "monitor"])
    counted: dict[tuple[str, str], int] = {}
    for one in lasting:
        counted[one.site, one.monitor] = counted.get((one.site, one.monitor), 0) + 1
    for (site, monitor), number in sorted(counted.items()):
        alarms.add_metric([site, monitor], number)
    return alarms


def text(store: Store) -> bytes:
    """Return all metrics in Prometheus' text format. Raises StoreUnavailableError."""
    store.ping()
    return generate_latest(_registry(store))


def write_text(store: Store, path: Path) -> None:
    """Write them to a file for the node exporter's textfile collector: whole or not at all."""
    content = text(store)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        temporary.chmod(0o644)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def serve_metrics(store: Store, host: str = "127.0.0.1", port: int = 9464) -> tuple[WSGIServer, threading.Thread]:
    """Serve the metrics at `http://host:port/metrics` from a thread; return the server (to be shut down) and it.

    Port 0 takes a free one (`server.server_port`). Raises ConfigError when the port cannot be had.
    """
    try:
        return start_http_server(port, host, _registry(store))
    except (OSError, OverflowError) as error:
        raise ConfigError(
            f"metrics cannot be served at {host}:{port}: {error}", advice="Choose another port with --metrics-port."
        ) from None


def _registry(store: Store) -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(StoreCollector(store))
    return registry
