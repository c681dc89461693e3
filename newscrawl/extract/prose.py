"""Where the article's text stands on a page that nobody described, and which of its lines belong to it."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import islice

from newscrawl.extract.asides import is_caption, names_date
from newscrawl.extract.blocks import Block, Blocks
from newscrawl.extract.body import text_of
from newscrawl.extract.datelines import is_dateline
from newscrawl.extract.files import FILE_NOTE, is_file
from newscrawl.extract.headline import Headline
from newscrawl.extract.lines import ends_article, is_furniture, opens_neighbours

_SENTENCE = re.compile(r"[.!?…:;»\"”)]$")
_NAME = re.compile(r"[А-ЯЁ][а-яё]+(?:-[А-ЯЁ][а-яё]+)?(?: [А-ЯЁ][а-яё]+(?:-[А-ЯЁ][а-яё]+)?| [А-ЯЁ]\.){1,2}")
_LINE = 120
"""Characters of a line with links by which it is judged: titles of several articles may follow."""
_CAPTION = 150
"""Characters up to which a line beside a picture is its caption."""
_OPENING = 10
"""Blocks after a headline in which its text begins: dates, bylines, captions, buttons stand between."""
_PARAGRAPHS = frozenset({"p", "li", "tr", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "dd", "dt", "pre"})
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})


def find_prose(page: Blocks) -> list[Block]:
    """Return all blocks of the element that holds the article's text, in order; none for a page without prose.

    It is the element that gains most when prose counts for it and links count against it: a list of teasers loses by
    its links what it gains by its leads. Where prose follows what looks like the headline, it is in that element: a
    short report may stand beside a long column.
    """
    position = _richest(page)
    return [] if position is None else page.within(position)


def article_lines(page: Blocks, inside: list[Block], headline: Headline | None) -> list[Block]:
    """Return those of the blocks inside that are the article's own text: below its headline, up to what follows it."""
    if headline is not None and any(block is headline.block for block in inside):
        after = [block for block in inside if block.order > headline.block.order]
        before = sum(block.prose for block in inside if block.order < headline.block.order)
        if sum(block.prose for block in after) >= before:
            inside = after
    if headline is not None and _is_all_picture(page, headline.block):
        return []
    return _without_furniture(page, inside)


def _is_all_picture(page: Blocks, headline: Block) -> bool:
    """Tell whether pictures stand below a headline and no text, up to the line that ends the article."""
    first: int | None = None
    for block in page.blocks[headline.order + 1 :]:
        if page.is_aside(block):
            continue
        if ends_article(block.text):
            between = range(block.order if first is None else first, block.order)
            held = (one for one in page.containers if one.pictures)
            return any(one.blocks[0] in between and one.blocks[1] <= between.stop for one in held)
        if _worth(page, block) > 0:
            return False
        first = block.order if first is None else first
    return False


def _richest(page: Blocks) -> int | None:
    """Return the container with the greatest worth, the innermost of equals."""
    worth = [0.0] * len(page.containers)
    for block in page.blocks:
        worth[block.container] += _worth(page, block)
    for position in range(len(worth) - 1, 0, -1):
        parent = page.containers[position].parent
        worth[parent] += worth[position]
    opening = _opening(page)
    candidates = list(page.around(opening.container)) if opening is not None else range(len(worth))
    # A single paragraph is no place for a text: what stands beside it may be short.
    wide = [one for one in candidates if not _is_paragraph(page, one)] or candidates
    best = max(wide, key=lambda position: (worth[position], position), default=None)
    return best if best is not None and (opening is not None or worth[best] > 0) else None


def _is_paragraph(page: Blocks, position: int) -> bool:
    container = page.containers[position]
    return container.element.tag in _PARAGRAPHS or (container.last == position and len(page.within(position)) < 2)


def _opening(page: Blocks) -> Block | None:
    """Return the first prose right after what looks like the headline."""
    if page.anchor is None:
        return None
    after = page.blocks[page.anchor.order + 1 : page.anchor.order + 1 + _OPENING]
    return next((block for block in after if _worth(page, block) > 0), None)


def _worth(page: Blocks, block: Block) -> float:
    if page.is_aside(block):
        return 0.0
    length = len(block.text)
    if block.density > 0.5:
        return -20.0 - min(length, 60) / 2
    if block.prose:
        return block.prose
    if length >= 25 and block.density < 0.4 and _SENTENCE.search(block.text):
        return length - block.linked
    return 0.0 if page.holder(block).tag in _HEADINGS or page.holder(block).tag in {"li", "tr"} else -3.0


def _without_furniture(page: Blocks, inside: list[Block]) -> list[Block]:
    """Leave out what stands among the text without belonging to it, and all after the line that ends it."""
    kept: list[Block] = []
    skipped_to = -1
    total = sum(block.prose for block in inside if not page.is_aside(block))
    so_far = 0
    for block in inside:
        if page.is_aside(block) or block.container <= skipped_to:
            continue
        if block.links and opens_neighbours(block.text[:_LINE]):  # «Читайте также» with its link: the text goes on
            continue
        if ends_article(block.text):
            if so_far >= 0.6 * total and not _goes_on(page, block, kept, inside):
                break
            skipped_to = inset(page, block, below=kept[-1].container if kept else -1, most_prose=0.3 * total)
            heads_list = skipped_to < 0 and not block.links and opens_neighbours(block.text)
            if so_far and heads_list and _lists_links(inside, block):
                break
        so_far += block.prose
        if not (_is_linked(block) or is_furniture(block.text) or _is_captioned(page, block)):
            kept.append(block)
    kept = [_without_own_date(block) for block in _without_datelines(kept)]
    while len(kept) > 1 and _is_signature(kept[-1]) and not _is_signature(kept[-2]):
        kept.pop()
    return kept


def _without_datelines(kept: list[Block]) -> list[Block]:
    """Leave out the article's own date above its first prose and at its end; dates in a row are a schedule."""
    first = next((number for number, block in enumerate(kept) if block.prose), 0)
    dated = [is_dateline(block.text, at_head=number <= first) for number, block in enumerate(kept)]
    return [
        block
        for number, block in enumerate(kept)
        if not dated[number]
        or (first < number < len(kept) - 1)
        or (number > 0 and dated[number - 1])
        or (number + 1 < len(kept) and dated[number + 1])
    ]


def inset(page: Blocks, line: Block, *, below: int, most_prose: float = 0.0) -> int:
    """Return the last container of the inset that a line such as «Материалы по теме» opens, -1 where it opens none.

    An inset is the widest element around the line that begins after the container `below` and lists neighbours or has
    at most so much prose.
    """
    last = -1
    for position in page.around(line.container):
        if position <= below:
            break
        container = page.containers[position]
        listed = opens_neighbours(line.text) and sum(len(block.links) for block in page.within(position)) >= 2
        if container.element.tag not in _HEADINGS | {"p"} and (listed or container.prose <= most_prose):
            last = container.last
    return last


def _lists_links(inside: list[Block], line: Block) -> bool:
    """Tell whether links follow a line with prose of their own at most: the titles of a list of articles."""
    following = [block for block in inside if block.order > line.order]
    linked = [block.order for block in following if block.density > 0.5 or (block.links and not block.prose)]
    return len(linked) >= 2 and linked[0] - line.order <= 3


def _goes_on(page: Blocks, line: Block, kept: list[Block], inside: list[Block]) -> bool:
    """Tell whether the text goes on after a line that might end it: paragraphs follow beside those before it."""
    told = [block for block in kept if block.prose]
    if not told:
        return True
    beside = page.containers[told[-1].container].parent
    return any(
        block.order > line.order and block.prose and page.containers[block.container].parent == beside
        for block in inside
    )


def _is_linked(block: Block) -> bool:
    """Tell whether a block is nothing but links: to files, to neighbours, to rubrics."""
    if block.links and all(is_file(link.get("href") or "") for link in block.links):
        return not _says_something(block)
    if block.density <= 0.7 or block.text.startswith("http"):  # an address spelt out is something said
        return False
    return len(block.text) < 80 or not block.text.endswith(".")


def _is_signature(block: Block) -> bool:
    """Tell whether a line is nothing but a person's name; several of them are a list."""
    return _NAME.fullmatch(block.text) is not None


def _says_something(block: Block) -> bool:
    """Tell whether words beside the links to files make a sentence: «Маршрут показан на схеме»."""
    text = block.text
    for link in block.links:
        text = text.replace(text_of(link), " ", 1)
    words = re.findall(r"[^\W\d_]{3,}", FILE_NOTE.sub(" ", text))
    return len(words) >= 2


def _without_own_date(block: Block) -> Block:
    """Return a block without the date that it begins with, where that is an element which says that it is one."""
    for one in block.inside[:2]:
        words = text_of(one)
        if names_date(one) and is_dateline(words) and block.text.startswith(words) and len(block.text) > len(words):
            return replace(block, text=block.text[len(words) :].lstrip(" ,.|–—-"))
    return block


def _is_captioned(page: Blocks, block: Block) -> bool:
    """Tell whether a block stands in what calls itself a caption or a byline; a long one is text all the same."""
    if len(block.text) > 300:
        return False
    if is_caption(page.holder(block)) or _is_under_picture(page, block):
        return True
    return any(is_caption(one) and len(text_of(one)) > 0.8 * len(block.text) for one in block.inside)


def _is_under_picture(page: Blocks, block: Block) -> bool:
    """Tell whether a short line shares its element with a picture and nothing else."""
    if len(block.text) > _CAPTION or block.text.endswith((".", ":")):
        return False
    for position in islice(page.around(block.container), 2):
        container = page.containers[position]
        if container.pictures:
            return len(page.within(position)) == 1 and container.element.tag not in {"body", "html"}
    return False
