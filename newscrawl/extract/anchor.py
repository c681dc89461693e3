"""What looks like the headline before anything else is known, and what is aside of it."""

from __future__ import annotations

from collections.abc import Iterator

from newscrawl.extract.asides import aside_by_name
from newscrawl.extract.blocks import Block, Blocks
from newscrawl.extract.body import text_of
from newscrawl.extract.lines import is_notice
from newscrawl.extract.titles import Titles, section_like

_HEADINGS = frozenset({"h1", "h2", "h3"})
_SURE = 0.8
"""How well a line is confirmed that needs no further look."""
_MOST_PARTS = 6
"""Elements of a line that are looked at."""
_LONGEST_LINE = 300
"""Characters above which a block is no headline."""


def confirm_lines(page: Blocks, titles: Titles) -> None:
    """Tell of every block how well the page's titles confirm it, and whether it is a notice."""
    confirm = titles.confirmer(_lines(page))
    for block in page.blocks:
        block.confirmed = confirm(block.text)
        if block.inside and block.confirmed < _SURE and titles.may_be_in(block.text):
            block.partly = max((confirm(text_of(one)) for one in block.inside[:_MOST_PARTS]), default=0.0)
        block.notice = is_notice(block.text)


def _lines(page: Blocks) -> Iterator[str]:
    """Yield the lines that may be a headline: blocks, then parts of blocks, since a date may share the line."""
    short = [block for block in page.blocks if len(block.text) <= _LONGEST_LINE and block.density < 0.5]
    yield from (block.text for block in short)
    yield from (text_of(one) for block in short for one in block.inside)


def mark_asides(page: Blocks) -> None:
    """Tell the main thing from what surrounds it, by what elements call themselves.

    A name may mislead: what holds the headline is the main thing whatever its class says, and so is, on a page without
    other prose, what holds four tenths of it unless its name is plain.
    """
    for block in page.blocks:
        page.containers[block.container].prose += 0 if block.notice else block.prose
    for container in reversed(page.containers):
        if container.parent >= 0:
            page.containers[container.parent].prose += container.prose
            page.containers[container.parent].pictures += container.pictures
    page.anchor = _anchor(page)
    _set_asides(page, least_prose=None)
    start = page.anchor.order if page.anchor is not None else 0
    if not any(block.prose and not page.is_aside(block) for block in page.blocks[start:]):
        _set_asides(page, least_prose=0.4 * page.containers[0].prose if page.containers else 0.0)


def _set_asides(page: Blocks, *, least_prose: float | None) -> None:
    """Mark what a name says is aside; with `least_prose`, not what has so much of it and no plain name."""
    main = set(page.around(page.anchor.container)) if page.anchor is not None else set()
    for position, container in enumerate(page.containers):
        if container.parent >= 0 and page.containers[container.parent].aside:
            container.aside = True
        elif position in main:
            container.aside = False
        else:
            named = aside_by_name(container.element)
            saved = named == "likely" and least_prose is not None and container.prose >= least_prose
            container.aside = named is not None and not saved


def _anchor(page: Blocks) -> Block | None:
    confirmed = [block for block in page.blocks if _confirmed(block) >= 0.5 and _may_be_headline(page, block)]
    best = max(map(_confirmed, confirmed), default=0.0)
    chosen = [block for block in confirmed if _confirmed(block) == best]
    h1 = (block for block in page.blocks if page.holder(block).tag == "h1" and block.density < 0.5)
    first = next((block for block in h1 if not section_like(block.text)), None)
    headings = [block for block in chosen if page.holder(block).tag in _HEADINGS]
    return next(iter(headings or chosen), first)


def _confirmed(block: Block) -> float:
    return max(block.confirmed, block.partly if block.partly >= _SURE else 0.0)


def _may_be_headline(page: Blocks, block: Block) -> bool:
    """Tell whether a line is no mere link; a heading below the first may link to its own article."""
    return block.density < 0.5 or (block.confirmed >= 0.8 and page.holder(block).tag in {"h2", "h3"})
