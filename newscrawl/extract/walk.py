"""From a page's tree to its blocks: one walk, no recursion."""

from __future__ import annotations

import lxml.html
from lxml.etree import iterwalk

from newscrawl.extract.anchor import confirm_lines, mark_asides
from newscrawl.extract.blocks import Block, Blocks, Container
from newscrawl.extract.body import BLOCK, CELL, FIELD_NAME, HIDDEN_STYLE, SENTENCE_END, UNSEEN
from newscrawl.extract.titles import Titles
from pipelines.text import clean

_BLOCKS = BLOCK | {"form"}
_UNSEEN = UNSEEN - {"form"}  # some platforms put the whole page into one


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
    confirm_lines(walk.page, titles)
    mark_asides(walk.page)
    return walk.page


_MOST_INSIDE = 40
"""Elements of a block that are remembered: nobody nests more round a line, but a page made to stall its reader."""


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

    def _is_link(self) -> bool:
        """Tell whether what was read of the block is all link: a title, to which the line after it belongs."""
        return bool(self._links) and self._linked >= len("".join(self._pieces).strip())

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
        if self._breaks and pieces and FIELD_NAME.match(text) and not self._is_link():
            self.flush()
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
