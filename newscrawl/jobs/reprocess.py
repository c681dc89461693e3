"""Stored pages through extraction and normalisation again.

Done in parts, a range of a site's articles each. What a part has to do is found out when it begins: pages whose article
was not made by today's code and site file. So a part that is done twice, or was killed, repeats next to nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from newscrawl.errors import LeaseHeldError
from newscrawl.items import Article, Problem, RunStatus, count_failures
from newscrawl.resources import Resources
from newscrawl.sites import Site
from newscrawl.store import Run, RunLog, Store, Written
from newscrawl.store.articles import Planned, new_token, plan
from newscrawl.store.rereading import PageRange, Remnant, Reread
from pipelines.mongo import count_outcomes
from pipelines.normalise import VERSION
from pipelines.road import Outcome, process_page

PART_SIZE = 2000
"""Pages."""
Report = Callable[[Mapping[str, int | float]], None]


@dataclass(frozen=True)
class Part:
    """Some pages of a site. Small, and the same wherever it is done."""

    site: Site
    range: PageRange
    everything: bool = False
    """Whether pages are read anew that today's code has read."""
    most: int | None = None
    """So many articles at most."""

    @property
    def name(self) -> str:
        """What tells the part from all others of the same job."""
        return f"{self.site.name} {self.range.after or ''}"

    @property
    def size(self) -> int:
        """Pages in it, those included that need not be read; `passed` in the reports adds up to it."""
        return self.range.pages


@dataclass(frozen=True)
class _Answer:
    """What a worker made of some pages."""

    reread: Reread
    counts: Mapping[str, int | float]
    warnings: Sequence[str]


def plan_parts(store: Store, sites: Iterable[Site], *, everything: bool = False, most: int | None = None) -> list[Part]:
    """Return the parts for all stored pages of some sites; `most` articles at most, spread evenly over all of them.

    Reads an index alone. Raises StoreUnavailableError.
    """
    parts = [Part(site, one, everything) for site in sites for one in store.rereading.ranges(site.name, PART_SIZE)]
    if most is None:
        return parts
    left, pages = most, sum(part.size for part in parts)
    limited: list[Part] = []
    for part in parts:
        share = min(left, -(-left * part.size // pages))
        left, pages = left - share, pages - part.size
        limited += [replace(part, most=share)] if share else []
    return limited


def do_part(resources: Resources, part: Part, run_id: str, report: Report) -> list[str]:
    """Read the due pages of a part anew and write what they say; return what a person should look at.

    `report` is told the counters of a run as they grow, and `passed`. May be repeated, whole or from the middle.
    Raises StoreUnavailableError, and NewscrawlError when no worker process starts.
    """
    store = resources.store
    warnings: list[str] = []
    answers = resources.workers.map_chunks(
        partial(read_anew, part.site, run_id), due_chunks(store, part, report), partial(_lost, part.site, run_id)
    )
    for answer in answers:
        written = store.rereading.write(answer.reread, run_id)
        log = RunLog()
        count_outcomes(log, [], written)
        counts = dict(answer.counts)
        for name, number in log.stats.items():
            counts[name] = counts.get(name, 0) + number
        report(counts)
        warnings += [*log.warnings, *answer.warnings]
    return warnings


def due_chunks(store: Store, part: Part, report: Report) -> Iterator[list[Remnant]]:
    """Yield the pages of a part that are to be read anew, some at a time; `report` is told how many were passed."""
    for passed, chunk in store.rereading.chunks(
        part.range, part.site, pipeline_version=VERSION, everything=part.everything, most=part.most
    ):
        if chunk:
            yield chunk
        if passed:
            report({"passed": passed})


def read_anew(site: Site, run_id: str, remnants: Sequence[Remnant]) -> _Answer:
    """Return what pages say today beside what is stored of them. Runs in a worker process, without MongoDB."""
    return _answer(run_id, [(one, process_page(one.page, site)) for one in remnants])


def _lost(site: Site, run_id: str, remnant: Remnant, problem: Problem) -> _Answer:
    """Return the answer of a page over which its worker died."""
    outcome = Outcome(remnant.page.id, remnant.address, problem=problem)
    return _answer(run_id, [(remnant, outcome)])


def _answer(run_id: str, read: Sequence[tuple[Remnant, Outcome]]) -> _Answer:
    log = RunLog()
    log.count("articles_listed", len(read))
    token = new_token(run_id)
    planned: list[Planned] = []
    moved: dict[str, Article] = {}
    marks: dict[str, Problem | None] = {}
    for remnant, outcome in read:
        if outcome.problem != remnant.problem:
            marks[outcome.page_id] = outcome.problem
        if outcome.article is None:
            continue
        if outcome.article.url != remnant.address:
            moved[remnant.address] = outcome.article
            log.count("articles_moved")
            continue
        planned.append(plan(remnant.before, outcome.article, run_id, token, is_met=False))
    count_outcomes(log, [outcome for _, outcome in read], Written())
    return _Answer(Reread(planned, marks, [one.page_id for _, one in read], moved), log.stats, log.warnings)


def reprocess(resources: Resources, site: Site, parts: Sequence[Part], *, also: Report | None = None) -> Run:
    """Do the parts of a site, one after the other; return the run. `also` is told what the run counts.

    Gives what a crawl of the same pages with today's code and site file gives. Articles that come out the same stay as
    they are, to the byte. Raises LeaseHeldError while another job works on the site, StoreUnavailableError when the
    store is gone: the same call goes on from there.
    """
    store = resources.store
    run = store.start_run("reprocess", site.name)

    def report(counts: Mapping[str, int | float]) -> None:
        count_alone(run, counts)
        if also is not None:
            also(counts)

    status: RunStatus = "stopped"
    try:
        for part in parts:
            for warning in do_part(resources, part, run.id, report):
                run.warn(warning)
        store.refresh_entities()
        status = "failures" if count_failures(run.stats) else "done"
    finally:
        run.finish(status)
    return run


def count_alone(run: Run, counts: Mapping[str, int | float]) -> None:
    """Add to the counters of a run. Raises LeaseHeldError once another run has taken its site: then this one ends."""
    for name, number in counts.items():
        run.count(name, number)
    if run.lost.is_set():
        raise LeaseHeldError(run.site or "", "another run, which took this one for dead")
