"""Where a page's relative addresses start."""

from __future__ import annotations

import lxml.html

from newscrawl.urls import absolute_url


def base_of(root: lxml.html.HtmlElement, url: str) -> str:
    """Return the address from which links on the page at `url` start: that of its first `<base href>`, if any."""
    for element in root.iter("base"):
        href = element.get("href")
        if href:
            return absolute_url(url, href) or url
    return url
