"""A layout for a page that nobody described: found by where the prose is."""

from __future__ import annotations

from bs4 import BeautifulSoup, Tag

from newscrawl.extract.body import UNSEEN, text_of
from newscrawl.sites.model import Layout

_MARKED = ("[itemprop=articleBody]", ".news-detail", ".entry-content", "[property='content:encoded']")
"""Elements that say they hold an article's text: schema.org, and the commonest platforms' own class."""
_ASIDE = ("aside", "nav", "footer", "header")
_LEAST = 25
"""Characters below which a paragraph is no prose: menu entries, dates, buttons."""
_REMOVE = (
    ".share, .social, .print, .tags, .related, .news-detail-share, .addthis_toolbox, .ya-share2",
    "h1, aside, nav, footer, time, .date, .news-date-time",
)


def generic_layout(soup: BeautifulSoup) -> Layout:
    """Return a layout that points at the element with the article's prose, marked by the page or found by density.

    It reads no date but `<time datetime>` beside the headline: any other date on an unknown page may belong to another
    document.
    """
    body = next((css for css in _MARKED if any(len(text_of(tag)) >= _LEAST for tag in soup.select(css))), None)
    if body is None:
        densest = _densest(soup)
        if densest is None:
            return Layout(name="generic", headline="h1")
        densest["data-newscrawl-body"] = ""
        body = "[data-newscrawl-body]"
    return Layout(
        name="generic",
        headline="h1",
        article_body=body,
        date_published=("article > time[datetime]@datetime", "article header time[datetime]@datetime"),
        remove=_REMOVE,
    )


def _densest(soup: BeautifulSoup) -> Tag | None:
    """Return the element whose own paragraphs hold the most prose; links do not count, side columns are not asked."""
    weight: dict[int, float] = {}
    tags: dict[int, Tag] = {}
    for tag in soup.find_all(["p", "div", "td", "article", "section"]):
        if tag.parent is None or tag.find_parent([*_ASIDE, *UNSEEN]) is not None:
            continue
        own = sum(len(text.strip()) for text in tag.find_all(string=True, recursive=False))
        if tag.name == "p":
            linked = sum(len(link.get_text()) for link in tag.find_all("a"))
            own = len(tag.get_text(" ", strip=True)) - 2 * linked
        if own >= _LEAST:
            holder = tag.parent if tag.name == "p" else tag
            weight[id(holder)] = weight.get(id(holder), 0.0) + own
            tags[id(holder)] = holder
    return tags[max(weight, key=lambda key: weight[key])] if weight else None
