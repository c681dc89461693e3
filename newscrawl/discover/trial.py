"""Whether what was found works: a few articles read as a crawl would read them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from newscrawl.discover.lists import Entry
from newscrawl.errors import ExtractionError
from newscrawl.extract import extract_article
from newscrawl.items import Article, ListingEntry, Page
from newscrawl.sites import Site
from pipelines.normalise import normalise
from pipelines.text import fold


@dataclass(frozen=True)
class Trial:
    """One article, read."""

    entry: Entry
    page: Page
    article: Article | None
    reason: str
    """Why the page gave no article, '' when it did."""

    @property
    def agrees(self) -> bool:
        """Whether the page's headline is the one that the list told."""
        return self.article is not None and alike(self.article.headline or "", self.entry.title)


def try_article(page: Page, entry: Entry, site: Site | None) -> Trial:
    """Read a page as the article that an entry of a list names."""
    told = ListingEntry(url=entry.url, source="listing", headline=entry.title, date_published_raw=entry.date)
    seen = page.model_copy(update={"entry": told, "site": site.name if site else None})
    try:
        article = normalise(extract_article(seen, site))
    except ExtractionError as error:
        return Trial(entry, seen, None, error.reason)
    return Trial(entry, seen, article, "")


def alike(one: str, other: str) -> bool:
    """Tell whether two headlines are the same but for cutting, typography, a date or a rubric beside."""
    left, right = fold(one).split(), fold(other).rstrip(" .…").split()
    shared = sum((Counter(left) & Counter(right)).values())
    return shared >= 0.6 * min(len(left), len(right)) if left and right else False


def same_text(one: Sequence[Trial], other: Sequence[Trial]) -> bool:
    """Tell whether two ways of reading the same pages give the same headlines and nearly the same texts."""
    return all(_same(a.article, b.article) for a, b in zip(one, other, strict=True))


def _same(one: Article | None, other: Article | None) -> bool:
    if one is None or other is None:
        return one is other
    left, right = Counter(one.article_body.split()), Counter(other.article_body.split())
    shared = sum((left & right).values())
    near = 2 * shared >= 0.95 * (sum(left.values()) + sum(right.values()))
    return near and one.headline == other.headline and one.date_published == other.date_published
