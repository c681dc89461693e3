"""A page as the blocks of text that a reader sees, in order, each with what it stands in: one walk, no recursion."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import lxml.html
from lxml.etree import iterwalk

from newscrawl.extract.asides import aside_by_name
from newscrawl.extract.body import BLOCK, CELL, HIDDEN_STYLE, SENTENCE_END, UNSEEN, text_of
from newscrawl.extract.lines import is_notice
from newscrawl.extract.titles import Titles, section_like
from pipelines.text import clean

_BLOCKS = BLOCK | {"form"}
_UNSEEN = UNSEEN - {"form"}  # some platforms put the whole page into one
_HEADINGS = frozenset({"h1", "h2", "h3"})
_SURE = 0.8
"""How well a line is confirmed that needs no further look."""
_MOST_PARTS = 6
"""Elements of a line that are looked at."""
_LONGEST_LINE = 300
"""Characters above which a block is no headline."""
_PROSE = 80
"""Characters from which an unlinked block is prose and no label."""


@dataclass(slots=True)
class Container:
    """A block-level element: what blocks stand in."""

    element: lxml.html.HtmlElement
    parent: int
    """Position of the container around it, -1 for the outermost."""
    aside: bool = False
    """True when it, or what it stands in, says that it is not the main thing: a menu, a side column, comments."""
    prose: int = 0
    """Characters of prose in it, links left out."""
    pictures: int = 0
    """How many pictures it holds, at any depth."""
    blocks: tuple[int, int] = (0, 0)
    """Its blocks: the position of the first and one after the last."""
    last: int = 0
    """Position of the last container inside it, its own when there is none: what stands in it is a range."""


@dataclass(slots=True)
class Block:
    """Text between two breaks that a reader sees."""

    text: str
    """Cleaned, never empty."""
    container: int
    """Position of the innermost container."""
    order: int
    """Its own position on the page."""
    linked: int = 0
    """How many of its characters are inside links."""
    links: tuple[lxml.html.HtmlElement, ...] = ()
    """The links that it holds."""
    inside: tuple[lxml.html.HtmlElement, ...] = ()
    """Elements inside the container whose text it is, in document order."""
    confirmed: float = 0.0
    """How well the page's titles confirm that it is the headline, 0 to 1."""
    partly: float = 0.0
    """The same of an element in it: a date may share the headline's line."""
    notice: bool = False
    """Whether it is a standing notice of the site."""

    @property
    def density(self) -> float:
        """The share of its text that is linked."""
        return self.linked / len(self.text)

    @property
    def prose(self) -> int:
        """Characters of prose: none for a label or for what is mostly links."""
        return len(self.text) - self.linked if len(self.text) >= _PROSE and self.density < 0.4 else 0


@dataclass(slots=True)
class Blocks:
    """All of a page."""

    blocks: list[Block] = field(default_factory=list)
    containers: list[Container] = field(default_factory=list)
    anchor: Block | None = None
    """What looks like the headline before anything else is known: a line that a title confirms, else the first h1."""

    def holder(self, block: Block) -> lxml.html.HtmlElement:
        """Return the element of the innermost container."""
        return self.containers[block.container].element

    def is_aside(self, block: Block) -> bool:
        """Tell whether a block stands in what is not the main thing."""
        return block.notice or self.containers[block.container].aside

    def within(self, position: int) -> list[Block]:
        """Return the blocks that stand in a container, at any depth."""
        first, stop = self.containers[position].blocks
        return self.blocks[first:stop]

    def common(self, blocks: Iterable[Block]) -> int:
        """Return the innermost container that holds all of some blocks, the outermost for none."""
        wanted = [block.container for block in blocks]
        for position in self.around(wanted[0]) if wanted else ():
            if position <= min(wanted) and max(wanted) <= self.containers[position].last:
                return position
        return 0

    def with_picture(self, position: int) -> int:
        """Return the innermost container around one that holds a picture, itself where none does."""
        return next((one for one in self.around(position) if self.containers[one].pictures), position)

    def around(self, position: int) -> Iterator[int]:
        """Yield a container and those around it, innermost first."""
        while position >= 0:
            yield position
            position = self.containers[position].parent


def blocks_of(root: lxml.html.HtmlElement, titles: Titles) -> Blocks:
    """Return the blocks of a page. Scripts and hidden elements have none."""
    walk = _Walk()
    elements = iterwalk(root, events=("start", "end", "comment", "pi"))
    for event, element in elements:
        if event != "start":
            walk.leave(element)
        elif not walk.enter(element):
            elements.skip_subtree()
    walk.flush()
    confirm = titles.confirmer(_lines(walk.page))
    for block in walk.page.blocks:
        block.confirmed = confirm(block.text)
        if block.inside and block.confirmed < _SURE and titles.may_be_in(block.text):
            block.partly = max((confirm(text_of(one)) for one in block.inside[:_MOST_PARTS]), default=0.0)
        block.notice = is_notice(block.text)
    _mark_asides(walk.page)
    return walk.page


_MOST_INSIDE = 40
"""Elements of a block that are remembered: nobody nests more round a line, but a page made to stall its reader."""


def _lines(page: Blocks) -> Iterator[str]:
    """Yield the lines that may be a headline: blocks, then parts of blocks, since a date may share the line."""
    short = [block for block in page.blocks if len(block.text) <= _LONGEST_LINE and block.density < 0.5]
    yield from (block.text for block in short)
    yield from (text_of(one) for block in short for one in block.inside)


class _Walk:
    """Where the walk stands."""

    def __init__(self) -> None:
        self.page = Blocks()
        self._container = -1
        self._open: list[lxml.html.HtmlElement | None] = [None]
        """The elements of the container and of those around it."""
        self._link: lxml.html.HtmlElement | None = None
        self._pieces: list[str] = []
        """What has been read of the block; empty while that is only space."""
        self._inside: list[lxml.html.HtmlElement] = []
        self._linked = 0
        self._links: list[lxml.html.HtmlElement] = []
        self._breaks = 0

    def enter(self, element: lxml.html.HtmlElement) -> bool:
        """See an element begin; tell whether there is something to see in it."""
        tag = element.tag
        if tag in _UNSEEN or _is_hidden(element):
            return False
        if tag in _BLOCKS or self._container < 0:
            self._begin(element)
        elif tag == "br":
            self._breaks += 1
            if self._breaks > 1 or (self._pieces and SENTENCE_END.search(self._pieces[-1])):
                self.flush()
            elif self._pieces:
                self._pieces.append(" ")
            return False
        else:
            self._within(element, tag)
        text = element.text
        if text:
            self._text(text)
        return True

    def leave(self, element: lxml.html.HtmlElement) -> None:
        """See an element end, one that was not entered too, and what follows it."""
        if element is self._open[-1]:
            self.flush()
            ended = self.page.containers[self._container]
            ended.last = len(self.page.containers) - 1
            ended.blocks = (ended.blocks[0], len(self.page.blocks))
            self._container = ended.parent
            self._open.pop()
        elif element is self._link:
            self._link = None
        text = element.tail
        if text:
            self._text(text)

    def flush(self) -> None:
        if self._pieces:
            text = clean("".join(self._pieces))
            if text:
                linked = min(self._linked, len(text))
                order = len(self.page.blocks)
                block = Block(text, self._container, order, linked, tuple(self._links), tuple(self._inside))
                self.page.blocks.append(block)
            self._pieces.clear()
            self._links.clear()
            self._linked = 0
        self._inside.clear()
        self._breaks = 0

    def _begin(self, element: lxml.html.HtmlElement) -> None:
        self.flush()
        here = len(self.page.blocks)
        self.page.containers.append(Container(element, self._container, blocks=(here, here)))
        self._container = len(self.page.containers) - 1
        self._open.append(element)

    def _within(self, element: lxml.html.HtmlElement, tag: str) -> None:
        if tag == "img":
            self.page.containers[self._container].pictures += 1
        elif tag in CELL and self._pieces:
            self._pieces.append(" ")
        elif tag == "a" and self._link is None and element.get("href"):
            self._link = element
        if len(self._inside) < _MOST_INSIDE:
            self._inside.append(element)

    def _text(self, text: str) -> None:
        pieces = self._pieces
        if text.isspace():
            if pieces:
                pieces.append(text)
            return
        if pieces and text[0].isdigit() and pieces[-1][-1:].isdigit():
            pieces.append(" ")  # two elements, two numbers: «2025» and «14:56»
        pieces.append(text)
        self._breaks = 0
        if self._link is not None:
            self._linked += len(text.strip())
            if not self._links or self._links[-1] is not self._link:
                self._links.append(self._link)


def _is_hidden(element: lxml.html.HtmlElement) -> bool:
    if element.get("hidden") is not None:
        return True
    style = element.get("style")
    return style is not None and HIDDEN_STYLE.search(style) is not None


def _mark_asides(page: Blocks) -> None:
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
