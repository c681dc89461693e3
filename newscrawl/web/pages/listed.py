"""Articles in a list: when, where, what of, and where the words that were asked for stand in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from newscrawl.items import ArticlePrecision
from newscrawl.web.language import Language
from pipelines.words import Question, meanings, spans

Pieces = list[tuple[str, bool]]
"""A text in pieces, and whether each is a word that was asked for."""
_LONG = 260
"""Characters of a snippet."""
_BEFORE = 70
"""Characters of it before the first word that was asked for."""
_LOOKED_AT = 20_000
"""Characters of a text in which they are looked for."""


@dataclass(frozen=True)
class Listed:
    """One article of a list."""

    url: str
    headline: str | None
    city: str | None
    site: str | None
    date_published: datetime | None
    date_published_precision: ArticlePrecision | None
    language: str
    """Of its text; Russian where that is not plain."""
    zone: str
    reason: str
    """Why it has no date, in words; '' where it has one."""
    title: Pieces
    """The headline, in pieces."""
    snippet: Pieces
    reprints: int
    """How many other articles are near-duplicates of it."""


def listed(
    documents: Iterable[Mapping[str, Any]],
    t: Language,
    zone_of: Callable[[str | None], str],
    *,
    question: Question | None = None,
    sizes: Mapping[str, int] | None = None,
) -> list[Listed]:
    """Return documents of articles as a list shows them; `sizes` tells how many articles each group has."""
    return [_listed(one, t, zone_of, question, sizes or {}) for one in documents]


def _listed(
    one: Mapping[str, Any],
    t: Language,
    zone_of: Callable[[str | None], str],
    question: Question | None,
    sizes: Mapping[str, int],
) -> Listed:
    lead, body = one.get("lead") or "", one.get("article_body") or ""
    return Listed(
        url=one["url"],
        headline=one.get("headline"),
        city=one.get("city"),
        site=one.get("site"),
        date_published=one.get("date_published"),
        date_published_precision=one.get("date_published_precision"),
        language=one.get("language") or "ru",
        zone=zone_of(one.get("site")),
        reason=why_undated(t, one.get("problems") or ()) if one.get("date_published") is None else "",
        title=marked(one.get("headline") or "", question),
        snippet=snippet(f"{lead}\n\n{body}" if lead else body, question),
        reprints=max(0, sizes.get(one.get("cluster") or "", 1) - 1),
    )


def why_undated(t: Language, problems: Iterable[Mapping[str, Any]]) -> str:
    """Return why an article has no date, with the page's own words where it had any."""
    for one in problems:
        if one["field"] == "date_published":
            reason = t.known(f"reason.{one['reason']}", one["reason"])
            return f"{reason}: «{one['text']}»" if one.get("text") else reason
    return ""


def marked(text: str, question: Question | None) -> Pieces:
    """Return a text in pieces, those apart that were asked for."""
    pieces: Pieces = []
    place = 0
    for start, stop in spans(text, question) if question is not None else ():
        pieces += [(text[place:start], False)] * (start > place) + [(text[start:stop], True)]
        place = stop
    return pieces + [(text[place:], False)] * (place < len(text))


def snippet(text: str, question: Question | None) -> Pieces:
    """Return some of a text: where most of the words stand that were asked for, else its beginning."""
    text = " ".join(text[:_LOOKED_AT].split())
    best = _best_place(text, question) if question is not None else 0
    start = 0 if best <= _BEFORE else _word_start(text, best - _BEFORE)
    stop = len(text) if len(text) - start <= _LONG else _word_start(text, start + _LONG)
    pieces = marked(text[start:stop].rstrip(), question)
    return [("… ", False)] * (start > 0) + pieces + [(" …", False)] * (stop < len(text))


def _best_place(text: str, question: Question) -> int:
    """Return where the snippet's first find stands: the most different words follow it, then the most words."""
    found = spans(text, question)
    which = [_which(text[start:stop], question) for start, stop in found]
    within: Counter[int] = Counter()
    best, best_place, end = (0, 0), 0, 0
    for at, (start, _) in enumerate(found):
        while end < len(found) and found[end][1] <= start + _LONG - _BEFORE:
            within[which[end]] += 1
            end += 1
        if (score := (len(within), within.total())) > best:
            best, best_place = score, start
        within[which[at]] -= 1
        if within[which[at]] <= 0:
            del within[which[at]]
        end = max(end, at + 1)
    return best_place


def _which(word: str, question: Question) -> int:
    """Return the number of the word that was asked for which a word of the text is."""
    read = meanings(word)
    return next((number for number, one in enumerate(question.wanted) if not one.isdisjoint(read)), 0)


def _word_start(text: str, place: int) -> int:
    """Return where the word begins that stands at a place, or the place itself within a very long one."""
    blank = text.rfind(" ", max(0, place - 40), place + 1)
    return blank + 1 if blank >= 0 else place
