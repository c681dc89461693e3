"""Who does the parts of a job: this process and its workers, or a Dask cluster."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from newscrawl.config import Config
from newscrawl.machines import DaskEngine
from newscrawl.parts import Engine, ThisProcess
from newscrawl.resources import Resources
from newscrawl.store import Store, open_store


@contextmanager
def engine_and_store(config: Config, dask: str | None, *, warm: bool = True) -> Iterator[tuple[Engine, Store]]:
    """Open the engine that `--dask` (an address, or None) asks for, and the store.

    Workers of this process start at once where `warm`, else with the first page.
    """
    if dask is None:
        with Resources.open(config, warm=warm) as resources:
            yield ThisProcess(resources), resources.store
    else:
        with open_store(config) as store, DaskEngine(dask, config) as machines:
            yield machines, store
