"""The keeper's own log, and the size of mongod's."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

LOG_LIMIT = 8 * 1024 * 1024  # bytes of mongod.log; one older file is kept beside it
KEEPER_LOG_LIMIT = 256 * 1024  # bytes of keeper.log, which starts anew after that


def note(line: str) -> None:
    """Write a line to the keeper's log, which is its stderr."""
    sys.stderr.write(f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} {os.getpid()} {line}\n")
    sys.stderr.flush()


def rotate(log: Path) -> None:
    """Begin a new log; keep the last one as `.1`."""
    if log.exists():
        log.replace(log.with_name(log.name + ".1"))


def size(path: Path) -> int:
    """Bytes in a file, 0 if it is not there."""
    try:
        return path.stat().st_size
    except OSError:
        return 0
