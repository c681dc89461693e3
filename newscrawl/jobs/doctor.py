"""What is wrong with this installation."""

from __future__ import annotations

import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from newscrawl import __version__
from newscrawl.config import Config, load_config
from newscrawl.errors import NewscrawlError
from newscrawl.items import Page
from newscrawl.sites import all_sites
from newscrawl.store import open_store
from newscrawl.store.embedded import find_mongod
from pipelines.compiled import is_compiled
from pipelines.workers import WorkerPool

_ROOM = 2 * 1024**3
"""Bytes of free disk below which a warning is due: an empty database takes 300 MiB, its journal included."""
_PROBE = "<article><h1>Проба</h1><p>12 декабря 2025 года в Рязани выступила Елена Сорокина.</p></article>"


@dataclass(frozen=True)
class Finding:
    """One thing examined."""

    what: str
    state: Literal["ok", "warning", "failed"]
    found: str
    advice: str = ""
    exit_status: int = 0


def examine(mongo_uri: str | None = None, database: str | None = None) -> Iterator[Finding]:
    """Yield findings, the cheap ones first; none raises."""
    yield Finding("newscrawl", "ok", f"{__version__} on Python {platform.python_version()}, {platform.platform()}")
    try:
        config = load_config(mongo_uri=mongo_uri, database=database)
    except NewscrawlError as error:
        yield _failed("configuration", error)
        return
    yield _contact(config)
    checks: tuple[tuple[str, Callable[[Config], Finding]], ...] = (
        ("site files", _sites),
        ("rules about names", _rules),
        ("mongod", _mongod),
        ("disk", _disk),
        ("MongoDB", _store),
        ("a worker process", _worker),
    )
    for what, check in checks:
        try:
            yield check(config)
        except NewscrawlError as error:
            yield _failed(what, error)


def _failed(what: str, error: NewscrawlError) -> Finding:
    return Finding(what, "failed", error.message, error.advice, error.exit_status)


def _contact(config: Config) -> Finding:
    if config.contact:
        return Finding("user agent", "ok", f"names {config.contact}")
    return Finding(
        "user agent", "warning", "names no contact", "Set NEWSCRAWL_CONTACT, so that site owners can write to you."
    )


def _sites(config: Config) -> Finding:
    sites = all_sites(config.own_sites)
    unverified = sum(site.verified is False for site in sites.values())
    return Finding("site files", "ok", f"{len(sites)}, {unverified} of them never tried on the live site")


def _rules(_: Config) -> Finding:
    if is_compiled():
        return Finding("rules about names", "ok", "compiled")
    words = "run as Python, a fifth to a third slower than compiled ones"
    return Finding("rules about names", "ok", words, "A C compiler and installing newscrawl anew change that.")


def _mongod(config: Config) -> Finding:
    if config.mongo_uri is not None:
        return Finding("mongod", "ok", "not needed: NEWSCRAWL_MONGO_URI names a server")
    return Finding("mongod", "ok", str(find_mongod()))


def _disk(config: Config) -> Finding:
    folder = next(path for path in (config.home, *config.home.absolute().parents, Path(sys.prefix)) if path.exists())
    free = shutil.disk_usage(folder).free
    words = f"{free / 1024**3:.1f} GiB free in {folder}"
    return Finding("disk", "ok", words) if free >= _ROOM else Finding("disk", "warning", words, "Make room.")


def _store(config: Config) -> Finding:
    with open_store(config) as store:
        version = store.ping()["version"]
        return Finding("MongoDB", "ok", f"{version} at {store.connection.described}, database {config.database}")


def _worker(config: Config) -> Finding:
    page = Page(url="http://probe.invalid/", fetched_at=datetime(2026, 1, 1, tzinfo=UTC), body=_PROBE.encode())
    with WorkerPool(1, config.page_timeout, gazetteer=config.gazetteer) as pool:
        outcome = pool.submit(page, None).result()
    article = outcome.article
    if article is None or not article.dates or not article.entities:
        why = outcome.problem.text if outcome.problem else "it finds no date or name in a plain sentence"
        return Finding("a worker process", "failed", str(why), "Install newscrawl anew.", 1)
    names = ", ".join(entity.normal for entity in article.entities)
    return Finding("a worker process", "ok", f"models loaded; a test sentence gives {article.dates[0].value}, {names}")
