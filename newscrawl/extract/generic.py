"""A page that nobody described, read by where its prose is and by what stands around it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice, takewhile
from urllib.parse import urlsplit

import lxml.html

from newscrawl.extract.addresses import base_of
from newscrawl.extract.blocks import Block, Blocks
from newscrawl.extract.body import joined, text_of
from newscrawl.extract.datelines import is_dateline
from newscrawl.extract.files import attachments_in, file_type, images_in, videos_in
from newscrawl.extract.headline import Headline, find_headline
from newscrawl.extract.lines import is_furniture, opens_neighbours
from newscrawl.extract.metadata import Stated
from newscrawl.extract.prose import article_lines, find_prose, inset
from newscrawl.extract.published import find_datelines
from newscrawl.extract.reading import Reading
from newscrawl.extract.titles import Titles, section_like
from newscrawl.extract.walk import blocks_of
from newscrawl.items import Link
from newscrawl.urls import absolute_url

_LEAST_TITLE = 15
_WAY_ON = re.compile(r"все |следующ|предыдущ|главные новости|архив|подробн|читать", re.IGNORECASE)
"""How links begin that lead to more of the site, not to an article."""
"""Characters from which a link's text is an article's title and no button."""
_NEIGHBOURHOOD = 3
"""How many elements around an article may be shared with a box of its files."""
_LINE = 120
"""Characters of a line with links by which it is judged."""
_MOST_RELATED = 30
"""Related articles that are kept."""
_LEAST_LEAD = 40
"""Characters from which a line between headline and text is a lead and no label."""


@dataclass(frozen=True)
class Guide:
    """Where a platform's layout says that the text is."""

    holders: Sequence[lxml.html.HtmlElement]
    """The elements that hold it."""
    unwanted: Sequence[lxml.html.HtmlElement] = ()
    """Elements that do not belong to it."""


def read_generic(
    root: lxml.html.HtmlElement, metadata: Stated, url: str, listed: str | None = None, guide: Guide | None = None
) -> Reading | None:
    """Return what the page seems to say, or None when nothing on it reads as an article.

    `listed` is the headline by which a list named the page, if one led there.
    """
    url = base_of(root, url)
    titles = Titles(root, metadata, listed)
    page = blocks_of(root, titles)
    inside = _guided(page, guide) if guide is not None else find_prose(page)
    after = page.anchor.order if page.anchor is not None else -1
    first = next((block for block in inside if block.prose and block.order > after), next(iter(inside), None))
    headline = find_headline(page, titles, first)
    text = article_lines(page, inside, headline)
    if headline is None and not text:
        return None
    lead = _lead(page, headline, text)
    text = [*lead, *text]
    datelines = find_datelines(page, headline, text)
    zone = _zone(page, headline, text or inside, url)
    return Reading(
        by="generic",
        body=joined([block.text for block in text]),
        headline=headline.text if headline is not None else titles.best,
        lead=lead[0].text if lead else None,
        date_published=datelines.published,
        date_modified=datelines.modified,
        images=images_in(_pictures(page, zone, text), url),
        attachments=attachments_in([link for block in zone for link in block.links], url),
        videos=videos_in([page.containers[page.common(zone)].element] if zone else [], url),
        related=_related(page, zone, text, url),
    )


def _guided(page: Blocks, guide: Guide) -> list[Block]:
    """Return the blocks where a guide says that the text is."""
    by_element = {container.element: position for position, container in enumerate(page.containers)}
    for element in guide.unwanted:
        if element in by_element:
            first = by_element[element]
            for container in page.containers[first : page.containers[first].last + 1]:
                container.aside = True
    held = [by_element[element] for element in guide.holders if element in by_element]
    return [block for block in page.blocks if any(one <= block.container <= page.containers[one].last for one in held)]


def _zone(page: Blocks, headline: Headline | None, text: list[Block], url: str) -> list[Block]:
    """Return the blocks of the article with what belongs to it: from its headline down to the list of neighbours."""
    own = [*text, *([headline.block] if headline is not None else [])]
    if not own:
        return []
    start = headline.block.order if headline is not None else text[0].order
    last = max((block.order for block in text), default=start)
    zone: list[Block] = []
    skipped_to = -1
    for block in page.within(page.common(own) if text else page.with_picture(own[0].container)):
        if block.order < start or page.is_aside(block) or block.container <= skipped_to:
            continue
        if block.order > last and opens_neighbours(block.text):
            if not block.links:  # a heading: the list follows
                skipped_to = inset(page, block, below=zone[-1].container if zone else -1)
                if skipped_to < 0:
                    break
            continue
        zone.append(block)
    return [*zone, *_files_below(page, page.common(own), zone[-1], url)] if zone and text else zone


def _files_below(page: Blocks, article: int, last: Block, url: str) -> list[Block]:
    """Return the links to files that follow the article's own element, in a box of their own beside or below it."""
    outer = list(islice(page.around(article), _NEIGHBOURHOOD))
    found = []
    for block in page.blocks[last.order + 1 :]:
        if page.is_aside(block):
            continue
        if block.container < min(outer) or opens_neighbours(block.text) or block.prose:
            break
        if block.links and not any(file_type(link, url) for link in block.links):
            break
        if block.links and page.common([last, block]) in outer:
            found.append(block)
    return found


def _related(page: Blocks, zone: list[Block], own: list[Block], base: str) -> tuple[Link, ...]:
    """Return the articles that lines such as «Читайте также» lead to: in the line itself, or in the list below it."""
    found: dict[str, Link] = {}
    for line in page.blocks[zone[0].order if zone else 0 :]:
        if not opens_neighbours(line.text[:_LINE] if line.links else line.text):
            continue
        before = [block.container for block in own if block.order < line.order]
        stop = inset(page, line, below=before[-1] if before else -1)
        below = page.blocks[line.order + 1 : line.order + 1 + _MOST_RELATED]
        if line.links:
            blocks = [line]
        elif stop >= 0:
            blocks = [one for one in below if one.container <= stop]
        else:  # the list follows beside the line
            blocks = list(takewhile(lambda one: one.density > 0.5 and not page.is_aside(one), below))
        for link in (link for block in blocks for link in block.links):
            url, title = absolute_url(base, link.get("href") or ""), text_of(link)
            if url is not None and _may_be_headline(title) and urlsplit(url).netloc == urlsplit(base).netloc:
                found.setdefault(url, Link(url=url, title=title))
    return tuple(found.values())[:_MOST_RELATED]


def _may_be_headline(title: str) -> bool:
    """Tell whether a link's text may name an article: no section, no way on, no day of an archive."""
    return len(title) >= _LEAST_TITLE and not (
        section_like(title) or _WAY_ON.match(title) or is_dateline(title) or title.isupper()
    )


def _pictures(page: Blocks, zone: list[Block], text: list[Block]) -> list[lxml.html.HtmlElement]:
    """Return the pictures between the headline and the end of the text, none of a side column."""
    if not zone:
        return []
    by_element = {container.element: position for position, container in enumerate(page.containers)}
    first = zone[0].container
    outer = page.common(zone) if text else page.with_picture(first)
    last = max(page.containers[block.container].last for block in text) if text else page.containers[outer].last
    found, begun = [], False
    for element in page.containers[outer].element.iter():
        begun = begun or element is page.containers[first].element
        if element.tag != "img" or not begun:
            continue
        position = next((by_element[one] for one in element.iterancestors() if one in by_element), 0)
        if position <= last and not page.containers[position].aside:
            found.append(element)
    return found


def _lead(page: Blocks, headline: Headline | None, text: list[Block]) -> list[Block]:
    """Return the prose between headline and text that stands outside the text's own element."""
    if headline is None or not text or text[0].order < headline.block.order:
        return []
    between = page.blocks[headline.block.order + 1 : text[0].order]
    return [
        block
        for block in between
        if len(block.text) >= _LEAST_LEAD
        and block.density < 0.3
        and not page.is_aside(block)
        and not is_furniture(block.text)
        and not is_dateline(block.text, at_head=True)
    ]
