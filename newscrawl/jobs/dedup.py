"""Near-duplicates: the batch that has the last word, in parts."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from newscrawl.errors import LeaseHeldError, NewscrawlError
from newscrawl.items import RunStatus
from newscrawl.parts import Engine, Task
from newscrawl.resources import Resources
from newscrawl.store import Run, RunLog, Store
from newscrawl.store import dedup as steps
from newscrawl.store.dedup import Plan

Kind = Literal["sign", "meet", "judge", "group"]

_RANGE = 5000
"""Articles in a range of addresses."""
_FEW = 2000
"""Articles to group that are looked up one by one; of more the whole store is compared, if they are many of it."""
_MANY = 0.1
"""Share of the store that is many."""
_PATIENCE = 30.0
_HOLD = 10.0
"""Seconds between two signs that this process has the turn."""


@dataclass(frozen=True)
class Part:
    """A part of the work: small, and the same done twice."""

    kind: Kind
    name: str
    """Stable: the same part has the same name in every process."""
    size: int
    """How many articles it has, about."""
    first: str | None = None
    """Of `sign`: the first address of a range; None from the beginning."""
    last: str | None = None
    """The address before which it ends; None: open."""
    site: str | None = None
    number: int = 0
    """Of `meet` the band, of `judge` and `group` the slice."""
    anew: bool = False
    whole: bool = False


def dedup_part(resources: Resources, part: Part, run_id: str, log: RunLog) -> None:
    """Do one part. Parts of a kind may run side by side, kinds one after the other.

    Whoever shares parts out must hold the turn (`grouping`). Raises UnavailableError when the store is gone.
    """
    store = resources.store
    store.call(lambda: _do(store, part, log))


def _do(store: Store, part: Part, log: RunLog) -> None:
    def report(counts: Mapping[str, int | float]) -> None:
        log.add(counts, ())

    if part.kind == "sign":
        steps.sign_range(store, part.first, part.last, part.site, report, anew=part.anew, whole=part.whole)
        return
    plan = steps.find_plan(store)
    if plan is None:
        raise NewscrawlError(
            "the plan of the grouping is gone: another process finished it", advice="Begin again: newscrawl dedup"
        )
    if part.kind == "meet":
        steps.meet(store, plan, part.number)
        report({"met": part.size})
    elif part.kind == "judge":
        steps.judge(store, store.duplicates.verdicts, plan, part.number, report)
    else:
        for warning in steps.regroup_slice(store, store.duplicates.verdicts, plan, part.number, report).warnings:
            log.warn(warning)
    steps.mark_done(store, plan, part.name)


def sign_parts(store: Store, sites: Sequence[str], *, rebuild: bool, whole: bool) -> list[Part]:
    """Return the parts that sign articles: ranges of addresses, or the sites that are named."""
    ranges = [(site, *one) for site in sites or (None,) for one in steps.urls_from(store, site, _RANGE)]
    return [
        Part("sign", f"sign {site or ''} {first or ''}", size, first, last, site, anew=rebuild, whole=whole)
        for site, first, last, size in ranges
    ]


def plan_parts(plan: Plan, kind: Kind, articles: int) -> list[Part]:
    """Return the parts of a plan of one kind that are not done."""
    count = plan.bands if kind == "meet" else plan.slices
    parts = [Part(kind, f"{kind} {number}", -(-articles // count), number=number) for number in range(count)]
    return [part for part in parts if part.name not in plan.done]


@contextmanager
def grouping(store: Store) -> Iterator[threading.Event]:
    """Hold the turn at grouping for as long as it takes; yields an event that is set when it was lost."""
    lost, ended = threading.Event(), threading.Event()

    def hold() -> None:
        while not ended.wait(_HOLD):
            try:
                store.call(store.duplicates.hold)
            except NewscrawlError:
                lost.set()
                return

    try:
        with store.duplicates.turn(_PATIENCE):
            thread = threading.Thread(target=hold, name="turn", daemon=True)
            thread.start()
            try:
                yield lost
            finally:
                ended.set()
                thread.join()
    except LeaseHeldError as error:
        raise NewscrawlError(
            f"near-duplicates are being grouped by {error.holder}", advice="Try again when that has ended."
        ) from None


def dedup(
    engine: Engine,
    store: Store,
    sites: Sequence[str] = (),
    *,
    rebuild: bool = False,
    on_start: Callable[[Run], None] | None = None,
    on_phase: Callable[[Kind, int], None] | None = None,
) -> Run:
    """Group all articles, or those of `sites` with all that is tied to them; return the run.

    Few that are due are looked up one by one; else the whole store is compared by its postings, which gives the same.
    `rebuild` makes every signature, verdict and group anew. A grouping that was broken off is gone on with.
    Raises NewscrawlError while another process groups, UnavailableError when the store is gone.
    """
    with grouping(store) as lost:
        run = store.start_run("dedup", None)
        if on_start is not None:
            on_start(run)
        status: RunStatus = "stopped"
        try:
            _Batch(engine, store, run, lost, on_phase or _nothing).do(sites, rebuild)
            status = "done"
        finally:
            run.finish(status)
    return run


def _nothing(kind: Kind, size: int) -> None:
    """Look away."""


def _in_turn(part: Part) -> str:
    """Return what a part takes turns with: who signs looks who else is in a posting, unless all are compared anyway."""
    return "sign" if part.kind == "sign" and not part.whole else ""


class _Batch:
    def __init__(
        self, engine: Engine, store: Store, run: Run, lost: threading.Event, on_phase: Callable[[Kind, int], None]
    ) -> None:
        self._engine, self._store, self._run, self._lost, self._on_phase = engine, store, run, lost, on_phase

    def do(self, sites: Sequence[str], rebuild: bool) -> None:
        store = self._store
        state = store.call(store.duplicates.state)
        unfinished = store.call(lambda: steps.find_plan(store))
        due = state.not_signed + state.to_look + state.old
        whole = rebuild or unfinished is not None or (due > _FEW and due > _MANY * state.articles)
        self._all(store.call(lambda: sign_parts(store, sites, rebuild=rebuild, whole=whole)), "sign")
        if whole:
            plan = store.call(lambda: steps.begin_plan(store, is_rebuild=rebuild))
            for kind in ("meet", "judge", "group"):
                self._all(plan_parts(plan, kind, state.articles), kind)
            store.call(lambda: steps.end_plan(store))
        self._rest()

    def _all(self, parts: Sequence[Part], kind: Kind) -> None:
        self._on_phase(kind, sum(part.size for part in parts))
        tasks = [Task(part, self._run.id, self._run, turn=_in_turn(part)) for part in parts]
        for done in self._engine.run(dedup_part, tasks):
            if done.error is not None:
                raise done.error
            if self._lost.is_set():
                raise NewscrawlError(
                    "another process took over the grouping of near-duplicates",
                    advice="Nothing is lost: `newscrawl dedup` goes on from there.",
                )

    def _rest(self) -> None:
        """Work off what is due still, one by one."""
        store = self._store
        state = store.call(store.duplicates.state)
        self._on_phase("group", state.to_look + state.to_group)
        while (done := store.call(store.duplicates.step)) is not None:
            counts = {"grouped": done.signatures, "changed": done.changed, "looked_up": done.looked_up}
            self._run.add(counts, ())
            for warning in done.warnings:
                self._run.warn(warning)
