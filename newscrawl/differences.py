"""What changed from one state of an article to the next: by field, and by words where they are many. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from typing import Literal
from zoneinfo import ZoneInfo

from newscrawl.items import Article, ArticlePrecision, Attachment

Piece = tuple[Literal["same", "removed", "added"], str]
"""Some words and what became of them."""
_WORDS = re.compile(r"\s+|\w+|[^\w\s]")
_CONTEXT = 60
"""Characters of unchanged words that are shown around a change."""
_MOST_WORDS = 20_000
"""In two paragraphs together: more are told as one removed and one added, since comparing takes time by the square."""
_FORMS: dict[ArticlePrecision, str] = {"minute": "%Y-%m-%d %H:%M", "day": "%Y-%m-%d", "month": "%Y-%m", "year": "%Y"}
_LEAST_ALIKE = 0.4
"""Two paragraphs that have less in common are not one that was edited."""


@dataclass(frozen=True)
class Change:
    """A field that changed."""

    field: str
    pieces: tuple[Piece, ...]
    """Its old and new words in the order of reading."""
    place: str = ""
    """Of the text: which paragraph, counted from 1 in the new state (in the old one where it is gone)."""


def changes(old: Article, new: Article, zone: str = "Europe/Moscow") -> list[Change]:
    """Return what a reader of the site sees otherwise in the new state: headline, lead, date, text, attachments.

    Times are told in `zone`, the site's own, as they stand on its pages.
    """
    found = [
        *_words_changed("headline", old.headline or "", new.headline or ""),
        *_words_changed("lead", old.lead or "", new.lead or ""),
        *_replaced("date_published", _date(old, zone), _date(new, zone)),
        *_text_changed(old.article_body, new.article_body),
    ]
    before, after = [_file(one) for one in old.attachments], [_file(one) for one in new.attachments]
    found += [Change("attachments", (("removed", one),)) for one in before if one not in after]
    return found + [Change("attachments", (("added", one),)) for one in after if one not in before]


def changed_fields(old: Article, new: Article) -> list[str]:
    """Return the names of the fields that changed, each once."""
    return list(dict.fromkeys(one.field for one in changes(old, new)))


def shortened(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    """Return the pieces of a change with `…` for unchanged words that are far from what changed."""
    last = len(pieces) - 1
    return tuple(
        (kind, _around(words, is_first=number == 0, is_last=number == last) if kind == "same" else words)
        for number, (kind, words) in enumerate(pieces)
    )


def _around(words: str, *, is_first: bool, is_last: bool) -> str:
    if len(words) <= 2 * _CONTEXT:
        return words
    start = "" if is_first else words[:_CONTEXT]
    end = "" if is_last else words[-_CONTEXT:]
    return f"{start} … {end}"


def word_pieces(old: str, new: str) -> tuple[Piece, ...]:
    """Return two texts as one, in pieces that are the same, removed and added."""
    before, after = _WORDS.findall(old), _WORDS.findall(new)
    if len(before) + len(after) > _MOST_WORDS:
        return (("removed", old), ("added", new))
    pieces: list[Piece] = []
    for kind, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            pieces.append(("same", "".join(before[a:b])))
            continue
        pieces += [("removed", "".join(before[a:b]))] * (b > a)
        pieces += [("added", "".join(after[c:d]))] * (d > c)
    return tuple(pieces)


def _words_changed(field: str, old: str, new: str) -> Iterator[Change]:
    if not old or not new or _alike(old, new):
        yield from [Change(field, word_pieces(old, new))] if old != new else []
    else:
        yield from _replaced(field, old, new)


def _replaced(field: str, old: str, new: str) -> Iterator[Change]:
    if old != new:
        pieces: tuple[Piece, ...] = (("removed", old), ("same", " "), ("added", new))
        yield Change(field, tuple(piece for piece in pieces if piece[1]))


def _text_changed(old: str, new: str) -> Iterator[Change]:
    """Yield the paragraphs that were edited, taken out and put in."""
    before, after = (text.split("\n\n") if text else [] for text in (old, new))
    for kind, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        yield from _paragraphs_changed(before[a:b], after[c:d], a, c)


def _paragraphs_changed(before: Sequence[str], after: Sequence[str], old_at: int, new_at: int) -> Iterator[Change]:
    pairs = min(len(before), len(after))
    for number in range(pairs):
        old, new = before[number], after[number]
        if _alike(old, new):
            yield Change("article_body", word_pieces(old, new), str(new_at + number + 1))
        else:
            yield Change("article_body", (("removed", old),), str(old_at + number + 1))
            yield Change("article_body", (("added", new),), str(new_at + number + 1))
    for number, text in enumerate(before[pairs:], old_at + pairs + 1):
        yield Change("article_body", (("removed", text),), str(number))
    for number, text in enumerate(after[pairs:], new_at + pairs + 1):
        yield Change("article_body", (("added", text),), str(number))


def _alike(old: str, new: str) -> bool:
    matcher = SequenceMatcher(None, _WORDS.findall(old)[:2000], _WORDS.findall(new)[:2000], autojunk=False)
    return matcher.quick_ratio() >= _LEAST_ALIKE


def as_meant(at: datetime, precision: ArticlePrecision) -> str:
    """Return a moment as finely as it is meant: `2018-12-12`, `2018-12`."""
    return f"{at:{_FORMS[precision]}}"


def _date(article: Article, zone: str) -> str:
    """Return a date as finely as it is meant; times of day with their zone."""
    if article.date_published is None:
        return ""
    precision = article.date_published_precision or "minute"
    told = as_meant(article.date_published.astimezone(ZoneInfo(zone)), precision)
    return f"{told} {zone}" if precision == "minute" else told


def _file(one: Attachment) -> str:
    return f"{one.title or ''} <{one.url}>".strip()
