"""razdel's sentences and tokens, sooner: what its rules say of one place is worked out only where it is in doubt.

Tokens come from a cache of the text's runs between blanks. razdel never joins across a blank, and looks across one only
where a run begins or ends with a dash or the like, or with a full stop or comma beside a digit: there it is asked about
the whole line. Sentences never end but before a blank: only there razdel's rules are asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from sys import intern

import razdel
from razdel.segmenters.punct import DASHES
from razdel.segmenters.sentenize import DELIMITER, SentSplit

CACHED_RUNS = 30_000
MAX_CACHED = 40
"""Longer runs are not kept."""
WINDOW = razdel.sentenize.split.window
_WORD = re.compile(r"[А-Яа-яЁё]+")
_PLAIN = re.compile(r"""([«("]?)([А-Яа-яЁё]+(?:-[А-Яа-яЁё]+)*|[A-Za-z]+|[0-9]+)([»)"]?)([,.;:!?]?)""")
"""A word or number, perhaps in quotation marks or parentheses, and one mark behind it: its tokens need no razdel."""
_END = re.compile(DELIMITER)
_LINKS = frozenset(DASHES + "_")
_POINTS = frozenset(".,/\\")

Piece = tuple[int, int, str]
"""Start, stop and text."""


Run = tuple[tuple[Piece, ...], bool, bool]
"""The tokens of a run between blanks, offsets from its own beginning, and whether they may hang on its neighbours:
surely, or if the next one begins with a digit. No NamedTuple: the garbage collector passes over plain ones."""


def sentenize(text: str) -> Iterator[tuple[int, int]]:
    """Start and stop of each sentence, blanks around it left out; empty for an empty one."""
    begin = 0
    for match in _END.finditer(text):
        start, stop = match.span()
        if not text[stop : stop + 1].isspace():
            continue  # razdel's first two rules
        split = SentSplit(text[max(0, start - WINDOW) : start], match[1], text[stop : stop + WINDOW])
        split.buffer = text[begin:start]
        if not razdel.sentenize.join(split):
            yield _stripped(text, begin, stop)
            begin = stop
    yield _stripped(text, begin, len(text))


def _stripped(text: str, start: int, stop: int) -> tuple[int, int]:
    part = text[start:stop]
    left = len(part) - len(part.lstrip())
    return (start + left, start + len(part.rstrip())) if left < len(part) else (start, start)


def tokenize(text: str, offset: int = 0) -> list[Piece]:
    """Start, stop (`offset` added) and text of each token of one line."""
    result: list[Piece] = []
    digits = False
    stop = 0
    for word in text.split():
        pieces, linked, before_digit = _cached(word) if len(word) <= MAX_CACHED else _run(word)
        if linked or (digits and word[0].isdecimal()):
            return [(offset + token.start, offset + token.stop, token.text) for token in razdel.tokenize(text)]
        digits = before_digit
        begin = text.index(word, stop)
        stop = begin + len(word)
        start = offset + begin
        for first, last, piece in pieces:
            result.append((start + first, start + last, piece))
    return result


def _run(run: str) -> Run:
    if _WORD.fullmatch(run):
        return ((0, len(run), intern(run)),), False, False
    plain = _PLAIN.fullmatch(run)
    if plain is not None:
        pieces = tuple((*plain.span(part), intern(text)) for part, text in enumerate(plain.groups(), start=1) if text)
        return pieces, False, run[-1] in _POINTS and run[-2].isdecimal()
    pieces = tuple((token.start, token.stop, intern(token.text)) for token in razdel.tokenize(run))
    if len(run) == 1:
        return pieces, False, False
    first, last = run[0], run[-1]
    linked = first in _LINKS or last in _LINKS or (first in _POINTS and run[1].isdecimal())
    return pieces, linked, last in _POINTS and run[-2].isdecimal()


_cached = lru_cache(maxsize=CACHED_RUNS)(_run)
