"""A layout for a page that nobody described: found by where the prose is."""

from __future__ import annotations

import lxml.html
import parsel

from newscrawl.extract.body import UNSEEN, text_of
from newscrawl.sites.model import Layout

_MARKED = ("[itemprop=articleBody]", ".news-detail", ".entry-content")
"""Elements that say they hold an article's text: schema.org, and the commonest platforms' own class."""
_ELSEWHERE = frozenset({"aside", "nav", "footer", "header"}) | UNSEEN
_LEAST = 25
"""Characters below which a paragraph is no prose: menu entries, dates, buttons."""
_REMOVE = (
    ".share, .social, .print, .tags, .related, .news-detail-share, .addthis_toolbox, .ya-share2",
    "h1, aside, nav, footer, time, .date, .news-date-time, [class*=breadcrumb], [class$=__date], [class$=-date]",
)


def generic_layout(document: parsel.Selector) -> Layout:
    """Return a layout that points at the element with the article's prose, marked by the page or found by density.

    It reads no date but `<time datetime>` beside the headline: any other date on an unknown page may belong to another
    document.
    """
    body = next((css for css in _MARKED if any(len(text_of(one.root)) >= _LEAST for one in document.css(css))), None)
    if body is None:
        densest = _densest(document.root)
        if densest is None:
            return Layout(name="generic", headline="h1")
        densest.set("data-newscrawl-body", "")
        body = "[data-newscrawl-body]"
    return Layout(
        name="generic",
        headline="h1",
        article_body=body,
        date_published=("article > time[datetime]@datetime", "article header time[datetime]@datetime"),
        remove=_REMOVE,
    )


def _densest(root: lxml.html.HtmlElement) -> lxml.html.HtmlElement | None:
    """Return the element whose own paragraphs hold the most prose; links do not count, side columns are not asked."""
    weight: dict[lxml.html.HtmlElement, int] = {}
    for element in _in_the_middle(root):
        if element.tag == "p":
            linked = sum(len(link.text_content()) for link in element.iter("a"))
            prose, holder = len(element.text_content().strip()) - 2 * linked, element.getparent()
        else:
            prose, holder = len(_own_text(element)), element
        if prose >= _LEAST and holder is not None:
            weight[holder] = weight.get(holder, 0) + prose
    return max(weight, key=lambda holder: weight[holder]) if weight else None


def _in_the_middle(root: lxml.html.HtmlElement) -> list[lxml.html.HtmlElement]:
    """Return what may hold prose, in document order, without what lies in side columns, menus and scripts."""
    found = []
    stack = [root]
    while stack:
        element = stack.pop()
        if not isinstance(element.tag, str) or element.tag in _ELSEWHERE:
            continue
        if element.tag in {"p", "div", "td", "article", "section"}:
            found.append(element)
        stack.extend(reversed(element))
    return found


def _own_text(element: lxml.html.HtmlElement) -> str:
    return "".join([element.text or "", *(child.tail or "" for child in element)]).strip()
