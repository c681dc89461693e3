"""The pictures and files that an element of a page holds."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

import lxml.html

from newscrawl.extract.body import text_of
from newscrawl.items import Attachment, Image
from newscrawl.urls import absolute_url
from pipelines.text import clean

FILE_TYPES = frozenset("pdf doc docx xls xlsx odt ods rtf ppt pptx zip rar 7z txt csv".split())
_TYPE_TOLD = re.compile(r"(?<![a-z])(pdf|docx?|xlsx?|odt|ods|rtf|pptx?|zip|rar|7z)(?![a-z])", re.IGNORECASE)
_DOWNLOAD = re.compile(r"download|/files?/|attach|getfile|get_file", re.IGNORECASE)
_SIZE = re.compile(r"\d+(?:[.,]\d+)?\s*(?:байт|[кмг]и?б(?:айт)?|[kmg]i?b|bytes)\b\.?", re.IGNORECASE)
_ICON = 50
"""Pixels below which a picture is an icon."""
_NOTE_AT_END = re.compile(
    rf"[\s,;(\[–-]*(?:(?<!\.){_TYPE_TOLD.pattern}[\s,;]*(?:{_SIZE.pattern})?|{_SIZE.pattern})[\s)\]]*$", re.IGNORECASE
)
FILE_NOTE = re.compile(
    _SIZE.pattern
    + r"|\b(?:скачать|загрузить|открыть|посмотреть|файл|скачано|раз[а]?|формат|размер)\b|"
    + _TYPE_TOLD.pattern,
    re.IGNORECASE,
)
"""What stands beside a link to a file about the file: its type, its size, how to get it."""
_FILE_NAME = re.compile(r"[\w.()-]*[A-Za-z0-9_][\w.()-]*", re.ASCII)
"""What an editor's program writes as a picture's alternative text: `IMG_2815`, `photo-1.jpg`."""
_PLAYER = re.compile(
    r"youtube(?:-nocookie)?\.com/embed|youtu\.be/|rutube\.ru/(?:play|video|pl)|vk(?:video)?\.(?:com|ru)/video|ok\.ru/videoembed"
    r"|player\.vimeo\.com|dzen\.ru/embed|video(?:\.|_ext)|/player",
    re.IGNORECASE,
)
_ROW = 160
"""Characters up to which what surrounds a link is its row."""
_AFTER_LINK = 60
"""Characters after a link in which a file's type and size may be told."""


def images_in(holders: Iterable[lxml.html.HtmlElement], base: str) -> tuple[Image, ...]:
    """Return the pictures in some elements, in their order, each once."""
    found: dict[str, Image] = {}
    for holder in holders:
        for image in [holder] if holder.tag == "img" else holder.iter("img"):
            source = image.get("data-src") or image.get("src") or ""
            url = absolute_url(base, source) if source and not _is_icon(image) else None
            if url:
                found.setdefault(url, Image(url=url, caption=_caption(image)))
    return tuple(found.values())


def _is_icon(image: lxml.html.HtmlElement) -> bool:
    """Tell whether a picture is a sign: a tiny one, or the mark of a file's type before a link to the file."""
    sizes = [int(size) for name in ("width", "height") if (size := image.get(name) or "").isdecimal()]
    if sizes and max(sizes) < _ICON:
        return True
    following = image.getnext()
    return following is not None and following.tag == "a" and is_file(following.get("href") or "")


def _caption(image: lxml.html.HtmlElement) -> str | None:
    figure = next(image.iterancestors("figure"), None)
    caption = figure.find(".//figcaption") if figure is not None else None
    if caption is not None:
        return text_of(caption) or None
    told = clean(image.get("alt") or image.get("title") or "")
    return told if told and not _FILE_NAME.fullmatch(told) else None


def videos_in(holders: Iterable[lxml.html.HtmlElement], base: str) -> tuple[str, ...]:
    """Return the films in some elements, in their order, each once: players that are framed in, films themselves."""
    found: dict[str, None] = {}
    for holder in holders:
        for element in holder.iter("iframe", "embed", "video", "source"):
            source = element.get("src") or element.get("data-src") or ""
            url = absolute_url(base, source) if source else None
            if url and _is_video(element, url):
                found.setdefault(url)
    return tuple(found)


def _is_video(element: lxml.html.HtmlElement, url: str) -> bool:
    if element.tag in {"iframe", "embed"}:
        return _PLAYER.search(url) is not None
    parent = element.getparent()
    return element.tag == "video" or (parent is not None and parent.tag == "video")


def attachments_in(holders: Iterable[lxml.html.HtmlElement], base: str) -> tuple[Attachment, ...]:
    """Return the files that some elements link to, in their order, each once.

    A link is one to a file by its address' extension, or by what the page tells of it: «Скачать (PDF, 1,2 МБ)».
    """
    found: dict[str, Attachment] = {}
    for holder in holders:
        for link in [holder, *holder.iter("a")] if holder.tag == "a" else holder.iter("a"):
            href = link.get("href")
            url = absolute_url(base, href) if href else None
            kind = file_type(link, base)
            if url and kind:
                title = _title(link)
                if found.get(url) is None or not found[url].title:  # an icon may link to the file before its title does
                    found[url] = Attachment(url=url, title=title, type=kind, size=_size(link))
    return tuple(found.values())


def _title(link: lxml.html.HtmlElement) -> str | None:
    """Return what a link calls its file, without the type and size at its end, which have fields of their own."""
    title = text_of(link) or clean(link.get("title") or "")
    return _NOTE_AT_END.sub("", title) or title or None


def file_type(link: lxml.html.HtmlElement, base: str) -> str | None:
    """Return the type of the file that a link leads to, by its address or by what the page tells of it, or None."""
    url = absolute_url(base, link.get("href") or "") if link.get("href") else None
    if url is None:
        return None
    parts = urlsplit(url)
    for path in (parts.path, *parts.query.split("&")):
        kind = PurePosixPath(unquote(path)).suffix.lower().lstrip(".")
        if kind in FILE_TYPES:
            return kind
    if link.get("download") is not None or _DOWNLOAD.search(url):
        near = f"{link.get('type') or ''} {text_of(link)} {_text_after(link)}"
        told = _TYPE_TOLD.search(near) or _TYPE_TOLD.search(_row(link)) or _TYPE_TOLD.search(_icons(link))
        if told:
            return told.group(1).lower()
    return None


def _row(link: lxml.html.HtmlElement) -> str:
    """Return the text of the row or line that links to one file alone: a cell beside may tell the file's type."""
    row = _row_of(link)
    text = clean(row.text_content()[: 2 * _ROW]) if row is not None else ""
    return text if len(text) <= _ROW else ""


def _row_of(link: lxml.html.HtmlElement) -> lxml.html.HtmlElement | None:
    row = None
    for above in islice(link.iterancestors("td", "tr", "li", "p", "div", "span", "dd"), 3):
        if any(one.get("href") != link.get("href") for one in islice(above.iter("a"), 3)):
            break
        row = above
    return row


def _icons(link: lxml.html.HtmlElement) -> str:
    """Return the names of the pictures in a link's row: the file's type may be told by its icon alone, `pdf.gif`."""
    row = _row_of(link)
    pictures = islice((link if row is None else row).iter("img"), 2)
    return " ".join(PurePosixPath(urlsplit(one.get("src") or "").path).stem for one in pictures)


def is_file(href: str) -> bool:
    """Tell whether an address is one of a file, by its extension."""
    return PurePosixPath(unquote(href.partition("?")[0].partition("#")[0])).suffix.lower().lstrip(".") in FILE_TYPES


def _size(link: lxml.html.HtmlElement) -> str | None:
    """Return the file's size as the page writes it, in the link or right after."""
    told = _SIZE.search(text_of(link)) or _SIZE.search(_text_after(link)) or _SIZE.search(_row(link))
    return clean(told.group()) if told else None


def _text_after(link: lxml.html.HtmlElement) -> str:
    """Return the text between a link and the next one, within its parent."""
    pieces = [link.tail or ""]
    for sibling in link.itersiblings():
        if sibling.tag == "a" or not isinstance(sibling.tag, str) or sibling.find(".//a") is not None:
            break
        pieces += [text_of(sibling), sibling.tail or ""]
    return " ".join(pieces)[:_AFTER_LINK]
