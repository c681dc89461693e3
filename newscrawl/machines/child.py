"""`python -m newscrawl.machines.child`: one part of a job, told on stdin; what comes of it goes to stdout.

Its settings come from its environment, as those of any newscrawl process.
"""

from __future__ import annotations

import os
import sys
import threading
import traceback
from typing import IO

from newscrawl.config import load_config
from newscrawl.errors import NewscrawlError
from newscrawl.machines.frames import Ended, Said, read_frame, write_frame
from newscrawl.resources import Resources
from newscrawl.secrecy import redact
from newscrawl.store.runs import RunLog

_TELL_EVERY = 1.0
"""Seconds between two reports of what was counted."""


class _ToldLog(RunLog):
    """Counts here, and tells it upwards now and then."""

    def __init__(self, above: IO[bytes]) -> None:
        super().__init__()
        self._above = above
        self._number = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._tell, name="told log", daemon=True)
        self._thread.start()

    def close(self) -> Said:
        """Say no more; return all of it."""
        self._over.set()
        self._thread.join()
        return self._said()

    def _said(self) -> Said:
        self._number += 1
        return Said(self._number, self.stats, self.warnings)

    def _tell(self) -> None:
        before = None
        while not self._over.wait(_TELL_EVERY):
            if (now := (self.stats, self.warnings)) != before:
                before = now
                write_frame(self._above, self._said())


def main() -> None:
    """Do the part and say how it ended."""
    above = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print must not get between the frames
    with os.fdopen(0, "rb", buffering=0, closefd=False) as source:
        work, part, run_id = read_frame(source)
    threading.Thread(target=_die_with_the_worker, daemon=True).start()
    log = _ToldLog(above)
    result, error = None, None
    try:
        with Resources.open(load_config(), warm=False) as resources:
            result = work(resources, part, run_id, log)
    except NewscrawlError as told:
        error = told
    except Exception as broken:  # noqa: BLE001 - told to who asked for the part
        print(redact(traceback.format_exc()), file=sys.stderr)  # noqa: T201 - the log of the Dask worker
        error = NewscrawlError(
            f"{part.name}: something that newscrawl did not expect: {type(broken).__name__}: {broken}",
            advice="The log of the Dask worker has the traceback.",
        )
    write_frame(above, Ended(log.close(), result, error))


def _die_with_the_worker() -> None:
    """Wait until nobody holds the other end of stdin any more: the worker died, in whatever way."""
    os.read(0, 1)
    os._exit(1)


if __name__ == "__main__":
    main()
