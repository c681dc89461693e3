"""Articles from lines of JSON: what an export wrote as it was, minimal articles over the only road."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from typing import IO

from newscrawl.items import IMPORTED_TYPE, Page, Problem, RunStatus, count_failures
from newscrawl.jobs.import_lines import BadLine, Line, Plain, Whole, numbered_lines, read_line
from newscrawl.jobs.reprocess import Answer, answer
from newscrawl.resources import Resources
from newscrawl.sites import Site
from newscrawl.store import Run, Store
from newscrawl.store.rereading import Remnant
from newscrawl.urls import canonical_url
from pipelines.mongo import count_outcomes
from pipelines.normalise import VERSION
from pipelines.road import Outcome, process_page

_BATCH = 200
_CHUNK = 16
_IMPORTED = "/import@"
"""In `extracted_by` of articles that came from a minimal line."""
Task = tuple[Site, Remnant]


def import_lines(
    resources: Resources,
    stream: IO[bytes],
    sites: Mapping[str, Site],
    *,
    on_start: Callable[[Run], None] = lambda _: None,
    on_bad: Callable[[BadLine], None] = lambda _: None,
    on_batch: Callable[[], None] = lambda: None,
) -> Run:
    """Store the articles of a stream of lines; return the run. The same lines twice change nothing the second time.

    A line of an export is stored as it is where its address is new, and else counts if it was fetched later. A minimal
    article is stored as a page and read as one, but for one that a crawl has brought: that stays. `on_bad` is told of
    each line that cannot be used; they make the run's status `failures`. `on_batch` is called after some lines.
    Raises StoreUnavailableError.
    """
    store = resources.store
    run = store.start_run("import", None)
    on_start(run)
    status: RunStatus = "stopped"
    try:
        lines = (read_line(one, sites) for one in numbered_lines(stream))
        while batch := list(islice(lines, _BATCH)):
            _import_batch(resources, run, batch, on_bad)
            run.count("lines", len(batch))
            on_batch()
        store.refresh_entities()
        if run.stats.get("lines_minimal"):  # states of an export bring their groups with them
            store.call(store.duplicates.refresh)
        status = "failures" if count_failures(run.stats) else "done"
    finally:
        run.finish(status)
    return run


def _import_batch(resources: Resources, run: Run, batch: Sequence[Line], on_bad: Callable[[BadLine], None]) -> None:
    for one in batch:
        if isinstance(one, BadLine):
            run.count(f"failed.line_{one.reason}")
            run.warn(f"line {one.number}: {one.text}")
            on_bad(one)
    whole = [one for one in batch if isinstance(one, Whole)]
    if whole:
        run.count("articles_listed", len(whole))
        count_outcomes(run, [], resources.store.importing.restore([(one.state, one.earlier) for one in whole], run.id))
    plain = [one for one in batch if isinstance(one, Plain)]
    if plain:
        run.count("lines_minimal", len(plain))
        _import_plain(resources, run, plain)


def _import_plain(resources: Resources, run: Run, lines: Sequence[Plain]) -> None:
    store = resources.store
    keyed = {canonical_url(one.url, one.site): one for one in lines}
    if len(keyed) < len(lines):
        run.count("lines_superseded", len(lines) - len(keyed))
    known = store.importing.known(list(keyed))
    tasks: list[Task] = []
    for site, pages in _pages(store, run, keyed, known):
        tasks += [(site, remnant) for remnant in store.rereading.remnants(pages)]
    chunks = (tasks[start : start + _CHUNK] for start in range(0, len(tasks), _CHUNK))
    for made in resources.workers.map_chunks(partial(read_lines, run.id), chunks, partial(_lost, run.id)):
        count_outcomes(run, [], store.rereading.write(made.reread, run.id))
        run.add(made.counts, made.warnings)


def _pages(
    store: Store, run: Run, lines: Mapping[str, Plain], known: Mapping[str, str]
) -> Iterable[tuple[Site, dict[str, str]]]:
    """Save the lines as pages; return for each site the pages to be read, by address."""
    found: dict[str, tuple[Site, dict[str, str]]] = {}
    for url, one in lines.items():
        if _IMPORTED not in known.get(url, _IMPORTED):
            run.count("articles_kept")
            continue
        page = Page(
            url=one.url, site=one.site.name, fetched_at=one.fetched_at or datetime.now(UTC),
            headers={"content-type": IMPORTED_TYPE}, body=one.line,
        )  # fmt: skip
        saved = store.save_page(page, one.site, pipeline_version=VERSION)
        if saved.state == "current":
            run.count("articles_listed")
            run.count("articles_unchanged")
            continue
        found.setdefault(one.site.name, (one.site, {}))[1][saved.article_url] = saved.page.id
    return found.values()


def read_lines(run_id: str, tasks: Sequence[Task]) -> Answer:
    """Read some lines. Runs in a worker process, without MongoDB."""
    return answer(run_id, [(remnant, process_page(remnant.page, site)) for site, remnant in tasks])


def _lost(run_id: str, task: Task, problem: Problem) -> Answer:
    _, remnant = task
    return answer(run_id, [(remnant, Outcome(remnant.page.id, remnant.address, problem=problem))])
