"""The headline of a page that nobody described: the visible line that the page's own titles confirm."""

from __future__ import annotations

from dataclasses import dataclass

import lxml.html

from newscrawl.extract.asides import words_of
from newscrawl.extract.blocks import Block, Blocks
from newscrawl.extract.body import text_of
from newscrawl.extract.datelines import best_date
from newscrawl.extract.titles import Titles, section_like

_HEADINGS = {"h1": 3.0, "h2": 2.0, "h3": 1.5, "h4": 1.0}
_TITLE_WORDS = frozenset("title headline heading caption name header zagolovok".split())
_EMPHATIC = frozenset({"b", "strong", "big", "font"})
_LEAST = 10
"""Characters from which a line that merely stands out is a headline."""
_NEAR = 8
"""Blocks between a headline and the text below it: a date, a byline, a lead, a caption."""
_LONGEST = 300
"""Characters above which a line is no headline."""


@dataclass(frozen=True)
class Headline:
    """A headline and where it stands."""

    text: str
    block: Block


def find_headline(page: Blocks, titles: Titles, text: Block | None) -> Headline | None:
    """Return the headline, or None when no visible line is one.

    A line that one of the page's titles confirms wins over an `h1` that names the section. `text` is the first block of
    the article's text: what no title confirms is a headline only right above it.
    """
    best: tuple[float, Headline] | None = None
    for block in page.blocks:
        if len(block.text) > _LONGEST:
            continue
        above = text is not None and 0 <= text.order - block.order <= _NEAR
        below = text is not None and block.order > text.order + 1
        for words, confirmed in _readings(block, titles):
            score = _score(page, block, words, confirmed, above=above, below=below)
            if score > 0 and (best is None or score > best[0]):
                best = (score, Headline(words, block))
    return best[1] if best else None


def _readings(block: Block, titles: Titles) -> list[tuple[str, float]]:
    """Return the block's text, and that of elements in it that may be the headline alone: a date may stand beside."""
    found = [(block.text, block.confirmed)]
    if not block.inside or block.confirmed == 1.0 or len(block.text) < _LEAST:
        return found
    held = titles.may_be_in(block.text)
    for one in block.inside:
        named, emphatic = _names_title(one), one.tag in _EMPHATIC
        if not (held or named or emphatic):
            continue
        words = text_of(one)
        if len(words) < _LEAST or words == block.text:
            continue
        confirmed = titles.confirm(words)
        is_dated = emphatic and len(block.text) - len(words) < 40 and best_date(block.text) is not None
        if named or confirmed > max(block.confirmed, 0.79) or is_dated:
            found.append((words, confirmed))
    return found


def _score(page: Blocks, block: Block, words: str, confirmed: float, *, above: bool, below: bool) -> float:
    holder = page.holder(block)
    if not (confirmed or above or holder.tag == "h1"):
        return 0.0
    rank = _HEADINGS.get(holder.tag, 0.0)
    if not rank and above and len(words) >= _LEAST and not words.endswith(".") and _is_emphatic(holder, block, words):
        rank = 0.5
    named = words != block.text or _names_title(holder) or any(_covers(one, block) for one in block.inside)
    if not confirmed and rank < 3.0 and not (above and (rank or named)):
        return 0.0
    score = rank + 6.0 * confirmed + (1.0 if named else 0.0) + (1.0 if above else 0.0)
    if below and confirmed < 1.0:
        score -= 4.0
    if section_like(words):
        score -= 3.5
    if block.linked:  # a headline may link to its own article; the site's name in an h1 links home
        score -= 3.5 if rank == 3.0 and block.density > 0.7 else 1.5
    if page.is_aside(block):
        score -= 5.0
    return score


def _is_emphatic(holder: lxml.html.HtmlElement, block: Block, words: str) -> bool:
    """Tell whether a line stands out: centred, bold or in a greater font, as hand-made pages have headlines."""
    if holder.tag == "center" or (holder.get("align") or "").lower() == "center":
        return True
    return any(one.tag in _EMPHATIC and text_of(one) == words for one in block.inside)


def _covers(element: lxml.html.HtmlElement, block: Block) -> bool:
    return _names_title(element) and text_of(element) == block.text


def _names_title(element: lxml.html.HtmlElement) -> bool:
    return not _TITLE_WORDS.isdisjoint(words_of(element))
