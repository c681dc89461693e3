"""What newscrawl keeps in MongoDB; the only package that imports pymongo."""

from newscrawl.store.runs import Run
from newscrawl.store.store import SavedPage, Store, Written, open_store

__all__ = ["Run", "SavedPage", "Store", "Written", "open_store"]
