"""A page as the blocks of text that a reader sees, in order, each with what it stands in. `walk` makes them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import lxml.html

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
