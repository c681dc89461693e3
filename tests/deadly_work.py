"""Work for a pool that ends its process or takes too long. A module of its own: a worker loads no test for it."""

from __future__ import annotations

import os
import signal
import time


def read_or_die(chunk: list[str]) -> list[str]:
    if "deadly" in chunk:
        os.kill(os.getpid(), signal.SIGKILL)
    if "slow" in chunk:
        time.sleep(60)
    return chunk
