"""What no page has but one made to stall a reader: taken out before the parser sees it."""

from __future__ import annotations

import re

import parsel

from newscrawl.encoding import decode
from newscrawl.items import Page

_MOST_ATTRIBUTES = 1000
_LONG_TAG = re.compile(r"<([A-Za-z][A-Za-z0-9]*)\s[^<>]{4000,}")
_VALUE = re.compile(r"\"[^\"]*\"|'[^']*'")


def bounded(html: str) -> str:
    """Return `html` without the attributes of tags that have more than a thousand of them.

    The parser's time grows with the square of their number: 14 s for 100,000.
    """
    return _LONG_TAG.sub(_without_attributes, html) if "<" in html else html


def document_of(page: Page) -> parsel.Selector:
    """Return a page parsed; any bytes will do."""
    return parsel.Selector(text=bounded(decode(page.body, page.headers.get("content-type"))[0]), type="html")


def _without_attributes(tag: re.Match[str]) -> str:
    # A long tag is nearly always a picture in the page or data for a script: one long attribute, or a few.
    return f"<{tag[1]} " if len(_VALUE.sub(" ", tag[0]).split()) > _MOST_ATTRIBUTES else tag[0]
