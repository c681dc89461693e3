"""A question to the store within bounds: what takes longer is refused, so that no reader can hold up a crawl."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from pymongo.errors import ExecutionTimeout, OperationFailure

from newscrawl.errors import TooBroadError

if TYPE_CHECKING:
    from newscrawl.store.store import Store

Result = TypeVar("Result")

_SECONDS = 5
MAX_TIME_MS = _SECONDS * 1000
"""Milliseconds that the server may take for a question; each that a reader asks is told so."""
ADVICE = "Ask for less: a shorter time, one site, rarer words."
_OUT_OF_MEMORY_TO_SORT = 292


def ask(store: Store, operation: Callable[[], Result]) -> Result:
    """Return what an operation that is bounded by `MAX_TIME_MS` answers.

    Raises TooBroadError when it takes longer, or finds more than can be put in order, and StoreUnavailableError.
    """
    try:
        return store.call(operation)
    except ExecutionTimeout:
        raise TooBroadError(
            f"the answer took more than {_SECONDS} seconds: too much is found, or the server is busy", advice=ADVICE
        ) from None
    except OperationFailure as error:
        if error.code != _OUT_OF_MEMORY_TO_SORT:
            raise
        raise TooBroadError("too much is found to be put in order", advice=ADVICE) from None
