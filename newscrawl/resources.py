"""What a job works with: the store and the worker processes, opened and closed together."""

from __future__ import annotations

from dataclasses import dataclass

from newscrawl.config import Config
from newscrawl.store import Store, open_store
from pipelines.workers import WorkerPool


@dataclass
class Resources:
    """A store and a pool of workers, shared by all sites of one process."""

    store: Store
    workers: WorkerPool

    @classmethod
    def open(cls, config: Config, *, warm: bool = True) -> Resources:
        """Connect to MongoDB and begin to start the workers, or (not `warm`) leave that to the first page.

        Raises ConfigError, UnavailableError.
        """
        store = open_store(config)
        workers = WorkerPool(config.workers, config.page_timeout, gazetteer=config.gazetteer)
        if warm:
            workers.start()
        return cls(store, workers)

    def close(self) -> None:
        """End the workers and leave MongoDB."""
        self.workers.close()
        self.store.close()

    def __enter__(self) -> Resources:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
