"""razdel's tokens, from a cache of the text's runs between blanks.

razdel never joins across a blank, and looks across one only where a run begins or ends with a dash or the like, or
with a full stop or comma beside a digit: there it is asked about the whole line. The tokens are always its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

import razdel
from razdel.segmenters.punct import DASHES

CACHED_RUNS = 30_000
MAX_CACHED = 40
"""Longer runs are not kept."""
_RUN = re.compile(r"\S+")
_PLAIN = re.compile(r"([«(]?)([А-Яа-яЁё]+)([,.;:!?»)]?)")
"""A Russian word with at most one mark on each side: its tokens need no razdel."""
_LINKS = frozenset(DASHES + "_")
_POINTS = frozenset(".,/\\")


def tokenize(text: str) -> Iterator[tuple[int, int, str]]:
    """Start, stop and text of each token of one line."""
    runs = [(match.start(), match[0]) for match in _RUN.finditer(text)]
    following = [run for _, run in runs[1:]] + [" "]
    if any(_looks_beyond(run, after) for (_, run), after in zip(runs, following, strict=False)):
        for token in razdel.tokenize(text):
            yield token.start, token.stop, token.text
        return
    for start, run in runs:
        for first, last, word in _tokens(run) if len(run) <= MAX_CACHED else _uncached(run):
            yield start + first, start + last, word


def _looks_beyond(run: str, after: str) -> bool:
    """Do its tokens depend on the runs beside it?"""
    if len(run) == 1:
        return False
    first, last = run[0], run[-1]
    if first in _LINKS or last in _LINKS:
        return True
    if first in _POINTS and run[1].isdecimal():
        return True
    return last in _POINTS and run[-2].isdecimal() and after[0].isdecimal()


def _uncached(run: str) -> tuple[tuple[int, int, str], ...]:
    plain = _PLAIN.fullmatch(run)
    if plain is not None:
        return tuple((*plain.span(part), plain[part]) for part in (1, 2, 3) if plain[part])
    return tuple((token.start, token.stop, token.text) for token in razdel.tokenize(run))


_tokens = lru_cache(maxsize=CACHED_RUNS)(_uncached)
