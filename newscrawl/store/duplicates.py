"""Near-duplicates in the store: which articles are one text, kept up to date as articles come.

An article is written together with a mark that it is not grouped. Whoever has the turn signs what is marked
(`newscrawl.store.signatures`), looks for its copies (`looking`) and makes the groups anew that change (`regrouping`).
Each step leaves a mark for the next one before it takes its own away, so a crash at any moment leaves marks that the
next batch, crawl or `newscrawl dedup` works off, and doing a step twice does no harm. What comes out depends on the
articles alone, whatever order they came in.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from newscrawl.errors import LeaseHeldError, NewscrawlError
from newscrawl.store import leases
from newscrawl.store.looking import look
from newscrawl.store.regrouping import Regrouped, regroup
from newscrawl.store.signatures import TO_LOOK, UNGROUPED, sign
from newscrawl.store.verdicts import Verdicts
from pipelines.duplicates import SCHEME

if TYPE_CHECKING:
    from newscrawl.store.store import Store

_log = logging.getLogger(__name__)
_TURN = "(duplicates)"
"""The lease of who groups; no site has such a name."""
_MOST_STEPS = 50
"""Steps that the end of a run does at most."""
AT_ONCE = 200
"""Articles that are signed, looked up or grouped in one step."""


@dataclass(frozen=True)
class State:
    """How far the grouping is."""

    articles: int
    """About how many are stored."""
    not_signed: int
    """Written since their signature was made, or never signed."""
    to_look: int
    """Signed; copies not looked for yet."""
    to_group: int
    """Their groups are to be made anew."""
    old: int
    """Signatures of an older scheme."""


class Duplicates:
    """The near-duplicates of one store. Thread-safe."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._holder = f"duplicates-{secrets.token_hex(4)}"
        self._lock = threading.RLock()
        self.verdicts = Verdicts()

    def follow(self) -> Regrouped:
        """Group what was written since, one step of each kind; nothing while another process is at it."""
        if not self._is_due():
            return Regrouped()
        try:
            with self.turn():
                return self.step() or Regrouped()
        except LeaseHeldError:
            return Regrouped()

    def refresh(self, *, patience: float = 10.0) -> Regrouped:
        """Work off all marks, 10,000 articles at most: more are a batch's.

        While another process does so it is waited for, `patience` seconds at most.
        """
        done = Regrouped()
        if not self._is_due():
            return done
        try:
            with self.turn(patience):
                for _ in range(_MOST_STEPS):
                    step = self.step()
                    if step is None:
                        break
                    done.add(step)
                    self.hold()
        except LeaseHeldError:
            _log.info("near-duplicates are being grouped by another process: left to it")
        return done

    def step(self) -> Regrouped | None:
        """Sign, look up and group some of what is due; None when nothing is. For whoever has the turn."""
        if not self._is_due():
            return None
        store = self._store
        urls = [one["_id"] for one in store.articles.find(UNGROUPED, {"_id": 1}).limit(AT_ONCE)]
        shown = sign(store, urls) if urls else None
        looked_up = look(store, self.verdicts, AT_ONCE, shown)
        done = regroup(store, self.verdicts, AT_ONCE)
        done.looked_up = looked_up
        return done

    def _is_due(self) -> bool:
        store = self._store
        return (
            store.articles.find_one(UNGROUPED, {"_id": 1}) is not None
            or store.signatures.find_one({"due": {"$exists": True}}, {"_id": 1}) is not None
        )

    @contextmanager
    def turn(self, patience: float = 0.0) -> Iterator[None]:
        """Hold the turn at grouping. Raises LeaseHeldError when another process has it for so long."""
        with self._lock, leases.turn(self._store.leases, _TURN, self._holder, patience):
            yield

    def hold(self) -> None:
        """Prolong the turn. Raises NewscrawlError when another process has it now."""
        if not leases.renew(self._store.leases, _TURN, self._holder):
            raise NewscrawlError(
                "another process took over the grouping of near-duplicates while this one was at it",
                advice="Nothing is lost: the next command goes on from there.",
            )

    def state(self) -> State:
        """Tell how far the grouping is."""
        store = self._store
        marked = store.articles.count_documents(UNGROUPED)
        articles = store.articles.estimated_document_count()
        waiting = store.signatures.count_documents({"due": {"$exists": True}})
        to_look = store.signatures.count_documents({"due": {"$in": list(TO_LOOK)}})
        return State(
            articles=articles,
            not_signed=max(marked, articles - store.signatures.estimated_document_count()),
            to_look=to_look,
            to_group=waiting - to_look,
            old=store.signatures.count_documents({"scheme": {"$ne": SCHEME}}),
        )
