"""One part of a backfill, done here or on any machine."""

from __future__ import annotations

from newscrawl.config import load_config
from newscrawl.jobs.backfill_listing import collect_file, list_file, list_index
from newscrawl.jobs.backfill_parts import (
    Meter,
    Part,
    PartDone,
    Report,
)
from newscrawl.jobs.backfill_reading import read_captures
from newscrawl.resources import Resources


def do_part(resources: Resources, part: Part, run_id: str, report: Report) -> PartDone:
    """Do one part of a backfill; `report` is told what was counted since it was last told.

    Done twice, or from the middle after a death, it gives the same and fetches nothing again that was stored. A part
    of the kind `read` writes articles: whoever calls holds its site's lease, by a run with `run_id`. One of the kind
    `crawl` runs Scrapy, whose reactor a process can start once only. Raises UnavailableError, ArchiveError.
    """
    config = load_config()
    meter = Meter(report)
    try:
        if part.kind == "list" and part.via == "warc":
            list_file(resources, part, meter)
        elif part.kind == "list":
            list_index(resources, part, config, meter)
        elif part.kind == "collect":
            collect_file(resources, part, config, meter)
        elif part.kind == "read":
            read_captures(resources, part, config, run_id, meter)
        else:
            from newscrawl.jobs.backfill_crawl import crawl_span

            crawl_span([part], resources)
    finally:
        meter.step()
    return PartDone(part, tuple(meter.log.warnings))
