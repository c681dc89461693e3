"""MongoDB: the only place that imports pymongo. Everything else asks a `Store`."""

from newscrawl.store.runs import Run, RunLog
from newscrawl.store.store import SavedPage, Store, Written, open_store

__all__ = ["Run", "RunLog", "SavedPage", "Store", "Written", "open_store"]
