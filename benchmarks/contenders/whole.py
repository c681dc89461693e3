"""Contender: newscrawl's whole crawl, through the function that `newscrawl crawl` calls, with its own settings.

    python whole.py ORIGIN [--cold]

NEWSCRAWL_HOME and NEWSCRAWL_DATABASE say where to store. Without --cold the crawl begins when the workers have their
models, so that its speed is measured apart from the start; with it they load while the first pages are fetched, as
they do in `newscrawl crawl`.
"""

from __future__ import annotations

import sys
import time

_PATIENCE = 120.0


def main(origin: str, cold: bool) -> None:
    from newscrawl import settings
    from newscrawl.config import load_config
    from newscrawl.demo import sample_site
    from newscrawl.jobs.crawl import crawl
    from newscrawl.resources import Resources

    # The crawl reads this module; the probe is all that is added to it.
    settings.EXTENSIONS["probe.Probe"] = 0
    with Resources.open(load_config()) as resources:
        deadline = time.monotonic() + _PATIENCE
        while not cold and len(resources.workers.pids()) < resources.workers.size:
            if time.monotonic() > deadline:
                sys.exit("the workers do not start")
            time.sleep(0.02)
        (result,) = crawl([sample_site(origin)], resources)
    if result.error is not None:
        sys.exit(result.error.message)


# Workers are spawned and import this file: nothing of the above may run in them.
if __name__ == "__main__":
    main(sys.argv[1], "--cold" in sys.argv)
