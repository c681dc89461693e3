"""Open stores that a notebook's calls share: one a configuration, for as long as the process lives."""

from __future__ import annotations

import atexit
import os
import threading
from contextlib import suppress

from newscrawl.config import Config, load_config
from newscrawl.errors import NewscrawlError
from newscrawl.store import Store, open_store

_open: dict[tuple[int, Config], Store] = {}
"""By process, so that a forked one opens its own, and configuration."""
_lock = threading.Lock()


def settings(mongo_uri: str | None, database: str | None) -> Config:
    """Return the configuration as it is now: a notebook may change the environment between two calls."""
    return load_config(mongo_uri=mongo_uri, database=database)


def reader(mongo_uri: str | None, database: str | None) -> Store:
    """Return the store, opened to be read. It stays open: starting the embedded server takes a third of a second.

    Raises StoreUnavailableError, EmbeddedServerError, ConfigError.
    """
    config = settings(mongo_uri, database)
    with _lock:
        key = (os.getpid(), config)
        if key not in _open:
            _open[key] = open_store(config, read_only=True)
        return _open[key]


def close() -> None:
    """Leave all servers that calls from this notebook have used; the next call joins them again.

    `newscrawl db stop` refuses to stop the embedded one while a notebook uses it. Happens by itself at the end.
    """
    with _lock:
        mine = [key for key in _open if key[0] == os.getpid()]
        for key in mine:
            with suppress(NewscrawlError, OSError):
                _open.pop(key).close()


atexit.register(close)
