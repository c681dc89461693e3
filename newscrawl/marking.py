"""The text of an article in pieces, each with the date and entity that are marked in it: what HTML is made of. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

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
    dates, entities = _apart(article.dates), _apart(article.entities)
    found: list[list[Segment]] = []
    start = 0
    for text in article.article_body.split(_BREAK):
        found.append(_segments(text, start, dates, entities))
        start += len(text) + len(_BREAK)
    return found


def _apart(mentions: Sequence[Mention]) -> list[Mention]:
    """Return the mentions in order, without those that begin inside another."""
    kept: list[Mention] = []
    for one in sorted(mentions, key=lambda one: (one.start, -one.stop)):
        if one.start < one.stop and (not kept or one.start >= kept[-1].stop):
            kept.append(one)
    return kept


def _segments(text: str, start: int, dates: Sequence[DateMention], entities: Sequence[EntityMention]) -> list[Segment]:
    stop = start + len(text)
    within_dates = [one for one in dates if one.start < stop and one.stop > start]
    within_entities = [one for one in entities if one.start < stop and one.stop > start]
    edges = {start, stop}
    for a, b in [(one.start, one.stop) for one in within_dates] + [(one.start, one.stop) for one in within_entities]:
        edges |= {max(a, start), min(b, stop)}
    places = sorted(edges)
    return [
        Segment(text[a - start : b - start], _over(within_dates, a), _over(within_entities, a))
        for a, b in pairwise(places)
    ]


def _over(mentions: Sequence[Mention], place: int) -> Mention | None:
    return next((one for one in mentions if one.start <= place < one.stop), None)
