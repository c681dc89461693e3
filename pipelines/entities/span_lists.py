"""Spans in the order of the text, none overlapping another: what is where, and how one more comes in.

All by bisection, so that lists of thousands of names take no longer than their length.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from pipelines.entities.spans import Span


def _start(span: Span) -> int:
    return span.start


def _stop(span: Span) -> int:
    return span.stop


def overlapping(spans: Sequence[Span], start: int, stop: int) -> slice:
    """Where in the list the spans stand that share a token with [start, stop)."""
    return slice(bisect_right(spans, start, key=_stop), bisect_left(spans, stop, key=_start))


def free(spans: Sequence[Span], start: int, stop: int) -> bool:
    """Nothing stands in [start, stop)."""
    return not spans[overlapping(spans, start, stop)]


def within(spans: Sequence[Span], start: int, stop: int) -> bool:
    """Whatever overlaps [start, stop) lies inside it."""
    return all(span.start >= start and span.stop <= stop for span in spans[overlapping(spans, start, stop)])


def at(spans: Sequence[Span], start: int) -> Span | None:
    """The span that begins with this token."""
    place = bisect_left(spans, start, key=_start)
    return spans[place] if place < len(spans) and spans[place].start == start else None


def ending(spans: Sequence[Span], stop: int) -> Span | None:
    """The span that ends before this token."""
    place = bisect_left(spans, stop, key=_stop)
    return spans[place] if place < len(spans) and spans[place].stop == stop else None


def put(spans: Sequence[Span], new: Span) -> list[Span]:
    """`spans` with `new` in the place of all that it covers or crosses."""
    place = overlapping(spans, new.start, new.stop)
    return [*spans[: place.start], new, *spans[max(place.start, place.stop) :]]


def put_all(spans: Sequence[Span], news: Sequence[Span]) -> list[Span]:
    """`put` of many, in the order of the text, at once; one that crosses an earlier one is left out."""
    kept: list[Span] = []
    for new in news:
        if not kept or new.start >= kept[-1].stop:
            kept.append(new)
    if not kept:
        return list(spans)
    rest = [span for span in spans if free(kept, span.start, span.stop)]
    return sorted([*rest, *kept], key=_start)
