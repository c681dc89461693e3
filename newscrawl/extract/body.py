"""An element's text as paragraphs: what a reader sees, with the breaks a reader sees."""

from __future__ import annotations

import re

from bs4 import Comment, NavigableString, PageElement, Tag

from pipelines.text import PARAGRAPH_BREAK, clean

UNSEEN = frozenset(
    "script style noscript template iframe object embed svg canvas form button input select textarea head title"
    " map".split()
)
_BLOCK = frozenset(
    "address article aside blockquote body center dd details div dl dt fieldset figcaption figure footer h1 h2 h3 h4"
    " h5 h6 header hr li main nav ol p pre section summary table tbody tfoot thead tr ul".split()
)
_CELL = frozenset({"td", "th"})
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?…:;»\"”)]\s*$")


def is_hidden(tag: Tag) -> bool:
    """Tell whether a reader never sees the element."""
    if tag.name in UNSEEN or "hidden" in tag.attrs:
        return True
    style = tag.attrs.get("style")
    return isinstance(style, str) and bool(_HIDDEN_STYLE.search(style))


def paragraphs(root: Tag, skip: frozenset[int] = frozenset()) -> list[str]:
    """Return the paragraphs under `root`, cleaned, none empty.

    Blocks, table rows and double `<br>` break; a single `<br>` breaks after the end of a sentence, else it is a space.
    Elements whose `id()` is in `skip` are left out. Walks without recursion, so nesting may be as deep as it likes.
    """
    writer = _Writer()
    stack: list[PageElement | None] = [root]  # None: a block ends here
    while stack:
        node = stack.pop()
        if node is None:
            writer.end_paragraph()
        elif isinstance(node, Tag):
            if id(node) in skip or is_hidden(node):
                continue
            if node.name in _BLOCK:
                writer.end_paragraph()
                stack.append(None)
            else:
                writer.inline(node.name)
            stack.extend(reversed(node.contents))
        elif isinstance(node, NavigableString) and not isinstance(node, Comment):
            writer.text(str(node))
    writer.end_paragraph()
    return writer.paragraphs


class _Writer:
    """Collects text into paragraphs."""

    def __init__(self) -> None:
        self.paragraphs: list[str] = []
        self._pieces: list[str] = []
        self._breaks = 0  # <br> since the last text

    def inline(self, name: str) -> None:
        if name == "br":
            self._breaks += 1
        elif name in _CELL:
            self._pieces.append(" ")

    def text(self, text: str) -> None:
        if self._breaks and text.strip():
            if self._breaks > 1 or _SENTENCE_END.search("".join(self._pieces[-1:])):
                self.end_paragraph()
            self._pieces.append(" ")
            self._breaks = 0
        self._pieces.append(text)

    def end_paragraph(self) -> None:
        text = clean("".join(self._pieces))
        if text:
            self.paragraphs.append(text)
        self._pieces.clear()
        self._breaks = 0


def text_of(tag: Tag) -> str:
    """Return the element's visible text in one line."""
    return clean(" ".join(paragraphs(tag)))


def joined(parts: list[str]) -> str:
    """Join paragraphs as records keep them."""
    return PARAGRAPH_BREAK.join(parts)
