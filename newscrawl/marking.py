"""The text of an article in pieces, each with the date and entity that are marked in it: what HTML is made of. Pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Generic, TypeVar

from newscrawl.items import Article, DateMention, EntityMention

_BREAK = "\n\n"
Mention = TypeVar("Mention", DateMention, EntityMention)


@dataclass(frozen=True)
class Segment:
    """A piece of a paragraph in which the same is marked throughout."""

    text: str
    date: DateMention | None = None
    entity: EntityMention | None = None


def paragraphs(article: Article) -> list[list[Segment]]:
    """Return the paragraphs of the body, each as its segments in order; joined they are the body to the letter.

    Where two mentions of one kind overlap, the one that begins first is marked, of those the longest. A mention that
    runs over the end of a paragraph, or of the text, is marked as far as the paragraph goes.
    """
    dates, entities = _Apart(article.dates), _Apart(article.entities)
    found: list[list[Segment]] = []
    start = 0
    for text in article.article_body.split(_BREAK):
        found.append(_segments(text, start, dates, entities))
        start += len(text) + len(_BREAK)
    return found


class _Apart(Generic[Mention]):
    """Mentions in order, without those that begin inside another; looked up by their place."""

    def __init__(self, mentions: Sequence[Mention]) -> None:
        self._kept: list[Mention] = []
        for one in sorted(mentions, key=lambda one: (one.start, -one.stop)):
            if one.start < one.stop and (not self._kept or one.start >= self._kept[-1].stop):
                self._kept.append(one)
        self._starts = [one.start for one in self._kept]
        self._stops = [one.stop for one in self._kept]

    def edges(self, start: int, stop: int) -> set[int]:
        """Return where mentions begin and end between two places."""
        among = range(bisect_right(self._stops, start), bisect_left(self._starts, stop))
        return {max(self._starts[at], start) for at in among} | {min(self._stops[at], stop) for at in among}

    def over(self, place: int) -> Mention | None:
        """Return the mention that a place is in."""
        at = bisect_right(self._starts, place) - 1
        return self._kept[at] if at >= 0 and place < self._stops[at] else None


def _segments(text: str, start: int, dates: _Apart[DateMention], entities: _Apart[EntityMention]) -> list[Segment]:
    stop = start + len(text)
    places = sorted({start, stop} | dates.edges(start, stop) | entities.edges(start, stop))
    return [Segment(text[a - start : b - start], dates.over(a), entities.over(a)) for a, b in pairwise(places)]
