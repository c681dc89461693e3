"""Stored pages through extraction and normalisation again.

Done in parts, a range of a site's articles each. What a part has to do is found out when it begins: pages whose article
was not made by today's code and site file. So a part that is done twice, or was killed, repeats next to nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from newscrawl.items import Article, Problem
from newscrawl.jobs.site_parts import Carried, carry_out
from newscrawl.parts import Engine
from newscrawl.resources import Resources
from newscrawl.sites import Site
from newscrawl.store import Run, RunLog, Store, Written
from newscrawl.store.articles import Planned, new_token, plan
from newscrawl.store.rereading import PageRange, Remnant, Reread
from pipelines.mongo import count_outcomes
from pipelines.normalise import VERSION
from pipelines.road import Outcome, process_page

PART_SIZE = 1000
"""Pages: half a minute of work or more, beside which the start of a process on another machine counts little."""


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
class Answer:
    """What a worker made of some pages."""

    reread: Reread
    counts: Mapping[str, int | float]
    warnings: Sequence[str]


def plan_parts(
    store: Store, sites: Iterable[Site], *, everything: bool = False, most: int | None = None, size: int = PART_SIZE
) -> list[Part]:
    """Return the parts, of `size` pages each, for all stored pages of some sites.

    With `most` so many articles at most, spread evenly over all of them. Reads an index alone.
    Raises StoreUnavailableError.
    """
    parts = [Part(site, one, everything) for site in sites for one in store.rereading.ranges(site.name, size)]
    if most is None:
        return parts
    left, pages = most, sum(part.size for part in parts)
    limited: list[Part] = []
    for part in parts:
        share = min(left, -(-left * part.size // pages))
        left, pages = left - share, pages - part.size
        limited += [replace(part, most=share)] if share else []
    return limited


def reprocess_part(resources: Resources, part: Part, run_id: str, log: RunLog) -> None:
    """Read the due pages of a part anew and write what they say. May be repeated, whole or from the middle.

    `log` counts as a run does, and `passed`. Raises StoreUnavailableError, LeaseHeldError when the run has lost its
    site, and NewscrawlError when no worker process starts.
    """
    store = resources.store
    answers = resources.workers.map_chunks(
        partial(read_anew, part.site, run_id), due_chunks(store, part, log), partial(_lost, part.site, run_id)
    )
    for answer in answers:
        log.check_lease()
        count_outcomes(log, [], store.rereading.write(answer.reread, run_id))
        log.add(answer.counts, answer.warnings)


def due_chunks(store: Store, part: Part, log: RunLog) -> Iterator[list[Remnant]]:
    """Yield the pages of a part that are to be read anew, some at a time; `log` counts how many were `passed`."""
    left = part.size
    for passed, chunk in store.rereading.chunks(
        part.range, part.site, pipeline_version=VERSION, everything=part.everything, most=part.most
    ):
        if chunk:
            yield chunk
        if passed:
            left -= passed
            log.count("passed", passed)
    if left:  # a limit was reached, or pages have come or gone since the plan was made
        log.count("passed", left)


def read_anew(site: Site, run_id: str, remnants: Sequence[Remnant]) -> Answer:
    """Return what pages say today beside what is stored of them. Runs in a worker process, without MongoDB."""
    return answer(run_id, [(one, process_page(one.page, site)) for one in remnants])


def _lost(site: Site, run_id: str, remnant: Remnant, problem: Problem) -> Answer:
    """Return the answer of a page over which its worker died."""
    outcome = Outcome(remnant.page.id, remnant.address, problem=problem)
    return answer(run_id, [(remnant, outcome)])


def answer(run_id: str, read: Sequence[tuple[Remnant, Outcome]]) -> Answer:
    """Return what is to be written of pages that were read, and what a run counts of them."""
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
    return Answer(Reread(planned, marks, [one.page_id for _, one in read], moved), log.stats, log.warnings)


def reprocess(
    engine: Engine,
    store: Store,
    parts: Sequence[Part],
    *,
    on_start: Callable[[Run], None] = lambda _: None,
    on_refused: Callable[[Sequence[Part]], None] = lambda _: None,
) -> Carried:
    """Do the parts, each site under a run of its own; the callbacks as in `carry_out`.

    Gives what a crawl of the same pages with today's code and site file gives. Articles that come out the same stay as
    they are, to the byte. Raises UnavailableError when the store or the machines are gone: the same call goes on from
    there.
    """
    by_site: dict[str, list[Part]] = {}
    for part in parts:
        by_site.setdefault(part.site.name, []).append(part)
    return carry_out(engine, store, "reprocess", reprocess_part, by_site, on_start=on_start, on_refused=on_refused)
