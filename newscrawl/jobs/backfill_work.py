"""One part of a backfill, done here or on any machine."""

from __future__ import annotations

from newscrawl.config import load_config
from newscrawl.jobs.backfill_listing import collect_file, list_file, list_index
from newscrawl.jobs.backfill_parts import Part
from newscrawl.jobs.backfill_reading import read_captures
from newscrawl.resources import Resources
from newscrawl.store import RunLog


def backfill_part(resources: Resources, part: Part, run_id: str, log: RunLog) -> None:
    """Do one part of a backfill that is none of the site's own lists.

    Done twice, or from the middle after a death, it gives the same and fetches nothing again that was stored. A part
    of the kind `read` writes articles: whoever has it done holds its site's lease, by a run with `run_id`. Raises
    UnavailableError, ArchiveError.
    """
    config = load_config()
    if part.kind == "list" and part.via == "warc":
        list_file(resources, part, log)
    elif part.kind == "list":
        list_index(resources, part, config, log)
    elif part.kind == "collect":
        collect_file(resources, part, config, log)
    else:
        read_captures(resources, part, config, run_id, log)
