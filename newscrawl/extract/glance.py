"""What is seen of a page at a glance: title, headings, blocks of text, links. Nothing is read, nothing raises."""

from __future__ import annotations

import re
from functools import cached_property
from html import unescape

import lxml.etree
import lxml.html

_UNSEEN = frozenset({"script", "style", "noscript", "template", "svg", "head", "select", "option", "textarea"})
_INLINE = frozenset("a abbr b big em font i mark nobr small span strong sub sup time tt u wbr".split())
_MARKS = ("articlebody", "newsarticle", "article:published_time", "datepublished", 'content="article"', "<article")
_TITLE = re.compile(r"<title[^<>]*>([^<]*)")
_SEGMENTS = re.compile(r"\s[|–—‹›»«·:-]\s|\s?[|‹›]\s?|\s::\s")
_SENTENCE = re.compile(r"(?<=[.!?…])\s+")
_SPACE = re.compile(r"\s+")


class Glance:
    """What is seen of a page without reading it. All text is in lower case, «ё» as «е»."""

    def __init__(self, html: str) -> None:
        self.html = html
        self.links = html.count("<a ") + html.count("<a\n")

    @cached_property
    def title(self) -> tuple[str, ...]:
        """The title whole, then its parts: page and site are joined by bars and dashes."""
        found = _TITLE.search(self.html)
        whole = _SPACE.sub(" ", unescape(found[1])).strip() if found else ""
        return tuple(part for part in (whole, *_SEGMENTS.split(whole)) if part)

    @cached_property
    def _root(self) -> lxml.html.HtmlElement | None:
        # Bytes, since libxml2 would believe an encoding that the text declares.
        parser = lxml.html.HTMLParser(encoding="utf-8")
        try:
            content = self.html.replace("\x00", "").encode("utf-8", "replace")
            return lxml.html.document_fromstring(content, parser=parser)
        except lxml.etree.LxmlError:
            return None

    @cached_property
    def headings(self) -> tuple[str, ...]:
        """Every h1, or every h2 and h3 of a page without."""
        if self._root is None:
            return ()
        texts = {
            name: [_SPACE.sub(" ", one.text_content()).strip() for one in self._root.iter(name)]
            for name in ("h1", "h2", "h3")
        }
        return tuple(text for text in texts["h1"] or texts["h2"] + texts["h3"] if text)

    @cached_property
    def blocks(self) -> tuple[str, ...]:
        """The visible text, block by block."""
        return tuple(_blocks(self._root)) if self._root is not None else ()

    @cached_property
    def text(self) -> str:
        """The visible text in one line."""
        return " ".join(self.blocks)

    @cached_property
    def sentences(self) -> tuple[str, ...]:
        """The blocks, and the sentences of those that have several."""
        parts = {block: _SENTENCE.split(block) for block in self.blocks}
        return tuple(one for block, found in parts.items() for one in (found if len(found) == 1 else (block, *found)))

    @cached_property
    def letters(self) -> int:
        """How many letters are seen."""
        return sum(map(str.isalpha, self.text))

    @cached_property
    def scripts(self) -> str:
        """What stands in the page's inline scripts."""
        inline = (one.text or "" for one in self._root.iter("script")) if self._root is not None else ()
        return " ".join(inline)

    @property
    def says_article(self) -> bool:
        """Whether its markup calls the page an article."""
        return any(mark in self.html for mark in _MARKS)

    def is_headed(self, phrases: re.Pattern[str]) -> bool:
        """Tell whether the title, a part of it or a heading is one of the phrases, and nothing else."""
        return any(phrases.fullmatch(one.strip(" .!…")) for one in (*self.title, *self.headings))

    def has_block(self, phrases: re.Pattern[str]) -> bool:
        """Tell whether a block is one of the phrases, and nothing else; «404» in a table's cell is none."""
        return any(phrases.fullmatch(one.strip(" .!…")) for one in self.blocks if not one.isdigit())

    def has_sentence(self, phrases: re.Pattern[str]) -> bool:
        """Tell whether a block or a sentence is one of the phrases, and nothing else."""
        return any(phrases.fullmatch(one.strip(" .!…")) for one in self.sentences)

    def says(self, phrases: re.Pattern[str]) -> bool:
        """Tell whether a title or a sentence has one of the phrases in it."""
        return any(phrases.search(one) for one in (*self.title, *self.sentences))


def _blocks(root: lxml.html.HtmlElement) -> list[str]:
    blocks: list[str] = []
    pieces: list[str] = []

    def end() -> None:
        text = _SPACE.sub(" ", "".join(pieces)).strip()
        if text:
            blocks.append(text)
        pieces.clear()

    walk = lxml.etree.iterwalk(root, events=("start", "end", "comment", "pi"))
    for event, element in walk:
        if event == "start":
            if element.tag in _UNSEEN:
                walk.skip_subtree()
                continue
            if element.tag not in _INLINE:
                end()
            pieces.append(element.text or "")
        else:
            if event == "end" and element.tag not in _INLINE | _UNSEEN:
                end()
            pieces.append(element.tail or "")
    end()
    return blocks
