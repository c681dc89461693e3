"""`newscrawl schedule`: crawl what is due, for ever."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated

import typer

from newscrawl.cli.choosing import chosen_sites
from newscrawl.cli.door import door, harmless
from newscrawl.items import count_failures
from newscrawl.jobs.alerting import AlertRounds
from newscrawl.jobs.schedule import Finished, Watchers
from newscrawl.jobs.schedule import schedule as run_schedule
from newscrawl.metrics import serve_metrics
from newscrawl.resources import Resources
from newscrawl.store import Store


def schedule(
    context: typer.Context,
    sites: Annotated[list[str] | None, typer.Argument(metavar="[SITE ...]", help="These sites only.")] = None,
    every: Annotated[float, typer.Option(min=0.2, max=3600, help="Seconds between two looks at what is due.")] = 15.0,
    metrics_port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Serve metrics for Prometheus on 127.0.0.1 at this port.")
    ] = None,
) -> int:
    """Crawl sites when they are due, until it is told to end (SIGTERM, Ctrl-C)."""
    config = door(context).config
    chosen = chosen_sites(sites, all_=False, folder=config.own_sites) if sites else []
    if not context.obj.debug:
        logging.basicConfig(force=True, level=logging.INFO, handlers=[_PlainLines()])
    with Resources.open(config) as resources:
        _say(f"crawling what is due, {config.concurrent_sites} sites at the same time at most")
        watchers = Watchers(on_finished=lambda finished: _say(_line(finished)), say=_say)
        with AlertRounds(resources.store, config), _metrics(resources.store, metrics_port):
            run_schedule(config, resources, watchers, names=[site.name for site in chosen], every=every)
    _say("ended in order")
    return 0


@contextmanager
def _metrics(store: Store, port: int | None) -> Iterator[None]:
    """Serve metrics while the block runs, if there is a port for them. Raises ConfigError when it is taken."""
    if port is None:
        yield
        return
    server, thread = serve_metrics(store, port=port)
    _say(f"metrics at http://127.0.0.1:{port}/metrics")
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


_lock = threading.Lock()


def _say(sentence: str) -> None:
    """Write one line to stdout at once, the time (UTC) first."""
    line = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {harmless(sentence)}\n"
    with _lock:
        sys.stdout.write(line)
        sys.stdout.flush()


class _PlainLines(logging.Handler):
    """Puts newscrawl's own warnings among the lines."""

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.startswith(("newscrawl", "pipelines")) and record.levelno >= logging.WARNING:
            _say(record.getMessage())


def _line(finished: Finished) -> str:
    result, run = finished.result, finished.result.run
    after = f"; next {finished.next_at:%Y-%m-%d %H:%M:%S} UTC" if finished.next_at else ""
    if run is None:
        why = result.error.message if result.error is not None else "it left no run"
        return f"{result.site.name}: not crawled: {why}{after}"
    counts = ", ".join(f"{run.stats.get(f'articles_{what}', 0):g} {what}" for what in ("new", "changed"))
    error = f" ({result.error.message})" if result.error is not None else ""
    failed = f"{count_failures(run.stats):g} failed"
    return f"{run.site}: {run.status}{error}, {counts}, {failed}, {finished.seconds:.1f} s{after}"
