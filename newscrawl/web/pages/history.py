"""What became of an article: what each revision changed, word by word, as far as that can be reckoned quickly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from newscrawl.differences import Change, Piece, changes
from newscrawl.items import StoredArticle
from newscrawl.web.language import Language

MOST = 20
"""Revisions that are shown, the latest."""
_BUDGET = 200_000_000
"""Of all comparisons: the sum of the products of the lengths in characters. The most hostile texts take about a
second."""
_CONTEXT = 80
"""Characters of unchanged words around a change."""


@dataclass(frozen=True)
class Told:
    """One change of a revision."""

    where: str
    """Which field, and of the text which paragraph, in words."""
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Revised:
    """One revision that came after another."""

    number: int
    at: datetime
    fields: tuple[str, ...]
    """What changed, in words, each once."""
    changes: tuple[Told, ...]
    is_compared: bool
    """False where the texts are too long to be laid side by side here."""


def revised(earlier: Sequence[StoredArticle], current: StoredArticle, t: Language, zone: str) -> list[Revised]:
    """Return what each revision changed, the latest first; none for an article that never changed."""
    states = [*earlier, current]
    left = _BUDGET
    found = []
    for old, new in list(pairwise(states))[::-1][:MOST]:
        left -= max(1, len(old.article_body)) * max(1, len(new.article_body))
        found.append(_revised(old, new, t, zone, is_compared=left >= 0))
    return found


def _revised(old: StoredArticle, new: StoredArticle, t: Language, zone: str, *, is_compared: bool) -> Revised:
    found = changes(old, new, zone) if is_compared else []
    names = [one.field for one in found] if is_compared else _unlike(old, new)
    fields = tuple(t.known(f"field.{one}", one) for one in dict.fromkeys(names))
    return Revised(new.revision, new.fetched_at, fields, tuple(_told(one, t) for one in found), is_compared)


def _unlike(old: StoredArticle, new: StoredArticle) -> list[str]:
    return [name for name in ("headline", "lead", "article_body") if getattr(old, name) != getattr(new, name)]


def _told(change: Change, t: Language) -> Told:
    where = t.known(f"field.{change.field}", change.field)
    if change.place:
        where = f"{where}, {t('article.paragraph', n=change.place)}"
    last = len(change.pieces) - 1
    return Told(
        where, tuple(_shortened(one, is_first=not at, is_last=at == last) for at, one in enumerate(change.pieces))
    )


def _shortened(piece: Piece, *, is_first: bool, is_last: bool) -> Piece:
    """Return unchanged words with what is far from any change left out."""
    kind, words = piece
    if kind != "same" or len(words) <= 2 * _CONTEXT:
        return piece
    start = "" if is_first else words[:_CONTEXT]
    end = "" if is_last else words[-_CONTEXT:]
    return kind, f"{start} … {end}"
