"""An element's text as paragraphs: what a reader sees, with the breaks a reader sees."""

from __future__ import annotations

import re
from itertools import islice

import lxml.html
from bs4 import BeautifulSoup, Comment, NavigableString, PageElement, Tag

from pipelines.text import PARAGRAPH_BREAK, clean

UNSEEN = frozenset(
    "script style noscript template iframe object embed svg canvas form button input select textarea head title"
    " map".split()
)
BLOCK = frozenset(
    "address article aside blockquote body center dd details div dl dt fieldset figcaption figure footer h1 h2 h3 h4"
    " h5 h6 header hr li main nav ol p pre section summary table tbody tfoot thead tr ul".split()
)
CELL = frozenset({"td", "th"})
HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_MOST_IN_A_LINE = 200
"""Elements from which something is no line: its text is taken as it stands, or nested ones would take hours."""
FIELD_NAME = re.compile(r"\s*[А-ЯЁ][а-яё]+(?: [а-яё]+){0,3}\s?:(?=\s|$)")
"""How a line «Название: значение» begins; a single `<br>` before it ends a paragraph."""
SENTENCE_END = re.compile(r"[.!?…:;»\"”)]\s*$")


def is_hidden(tag: Tag) -> bool:
    """Tell whether a reader never sees the element."""
    if tag.name in UNSEEN or "hidden" in tag.attrs:
        return True
    style = tag.attrs.get("style")
    return isinstance(style, str) and bool(HIDDEN_STYLE.search(style))


def paragraphs(element: lxml.html.HtmlElement) -> list[str]:
    """Return the paragraphs under an element, cleaned, none empty.

    Blocks, table rows and double `<br>` break; a single `<br>` breaks after the end of a sentence and before a field's
    name («Автор: …»), else it is a space.
    Walks without recursion, so nesting may be as deep as it likes. Only this element goes through BeautifulSoup: a
    whole page of 60 KB would cost ten times as much.
    """
    html = lxml.html.tostring(element, encoding="unicode", with_tail=False)
    writer = _Writer()
    # html.parser, since what lxml wrote is well-formed and its own second reading stops at a depth of 256.
    stack: list[PageElement | None] = [BeautifulSoup(html, "html.parser")]  # None: a block ends here
    while stack:
        node = stack.pop()
        if node is None:
            writer.end_paragraph()
        elif isinstance(node, Tag):
            if is_hidden(node):
                continue
            if node.name in BLOCK:
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
        elif name in CELL:
            self._pieces.append(" ")

    def text(self, text: str) -> None:
        if self._breaks and text.strip():
            if self._breaks > 1 or SENTENCE_END.search("".join(self._pieces[-1:])) or FIELD_NAME.match(text):
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


def text_of(element: lxml.html.HtmlElement) -> str:
    """Return the element's visible text in one line."""
    if not len(element):  # the common case: a headline, a date
        return clean(element.text or "")
    if next(islice(element.iter(), _MOST_IN_A_LINE, None), None) is not None:
        return clean(element.text_content())
    return clean(" ".join(_lines(element)))


def _lines(element: lxml.html.HtmlElement) -> list[str]:
    """Return what `paragraphs` does, by a walk of the tree itself: a line is read many times a page."""
    writer = _Writer()
    # What is still to be written: an element, a text, or None where a block ends.
    stack: list[lxml.html.HtmlElement | str | None] = [element]
    while stack:
        node = stack.pop()
        if node is None:
            writer.end_paragraph()
        elif isinstance(node, str):
            writer.text(node)
        elif isinstance(node.tag, str) and not _is_hidden_element(node):
            if node.tag in BLOCK:
                writer.end_paragraph()
                stack.append(None)
            else:
                writer.inline(node.tag)
            for child in reversed(node):
                stack += [child.tail, child] if child.tail else [child]
            if node.text:
                stack.append(node.text)
    writer.end_paragraph()
    return writer.paragraphs


def _is_hidden_element(element: lxml.html.HtmlElement) -> bool:
    if element.tag in UNSEEN or element.get("hidden") is not None:
        return True
    style = element.get("style")
    return style is not None and HIDDEN_STYLE.search(style) is not None


def joined(parts: list[str]) -> str:
    """Join paragraphs as records keep them."""
    return PARAGRAPH_BREAK.join(parts)
