"""What takes long to reckon is kept for a while: readers get it at once, and one thread at a time makes it anew."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from newscrawl.errors import NewscrawlError

Value = TypeVar("Value")

_log = logging.getLogger(__name__)


class Kept(Generic[Value]):
    """A value that `make` returns, as fresh as a reader may expect.

    It is given out as it is while it is younger than `fresh` seconds, or ten times as old as making it took. After that
    it is still given out, and made anew in a thread meanwhile. One that is older than `stale` seconds is made while the
    reader waits, so what `make` raises is raised then. Thread-safe.
    """

    def __init__(self, make: Callable[[], Value], *, fresh: float = 15.0, stale: float = 300.0) -> None:
        self._make = make
        self._fresh = fresh
        self._stale = max(stale, fresh)
        self._making = threading.Lock()
        self._found: tuple[Value, float, float] | None = None
        """The value, when it was made, how long that took: seconds of the monotonic clock."""

    def get(self) -> Value:
        """Return the value."""
        found = self._found
        if found is not None and self._age(found) < self._stale:
            value, _, took = found
            if self._age(found) >= max(self._fresh, 10 * took) and self._making.acquire(blocking=False):
                threading.Thread(target=self._renew, name="renewal", daemon=True).start()
            return value
        with self._making:
            if self._found is not None and self._age(self._found) < self._fresh:  # another reader made it meanwhile
                return self._found[0]
            return self._remember()

    def _age(self, found: tuple[Value, float, float]) -> float:
        return time.monotonic() - found[1]

    def _remember(self) -> Value:
        begin = time.monotonic()
        value = self._make()
        end = time.monotonic()
        self._found = value, end, end - begin
        return value

    def _renew(self) -> None:
        """Make the value anew; the thread holds the lock that its starter took."""
        try:
            self._remember()
        except NewscrawlError as error:
            _log.warning("what is shown stays %.0f s old: %s", self._age(self._found) if self._found else 0, error)
        except Exception:  # noqa: BLE001 - such as of a store that was closed meanwhile; nobody waits for this thread
            _log.exception("what is shown could not be made anew")
        finally:
            self._making.release()
