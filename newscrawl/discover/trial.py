"""Whether what was found works: a few articles read as a crawl would read them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from newscrawl.discover.findings import Findings
from newscrawl.discover.lists import Entry, FoundList
from newscrawl.discover.visitor import Visitor
from newscrawl.errors import ConfigError, ExtractionError
from newscrawl.extract import extract_article
from newscrawl.items import Article, ListingEntry, Page
from newscrawl.sites import Platform, Site, with_platform
from pipelines.normalise import normalise
from pipelines.text import fold

_TRIALS = 4
"""Articles that are read to prove a list."""


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


def try_articles(site: Site, found: FoundList, visitor: Visitor) -> list[Trial]:
    """Read a few articles of a list. Raises ConfigError when none has the headline by which the list names it."""
    pages = [(visitor.get(entry.url, why="an article"), entry) for entry in _spread(found.entries, _TRIALS)]
    trials = [try_article(page, entry, site) for page, entry in pages if page is not None]
    if not any(trial.agrees for trial in trials):
        reason = next((trial.reason for trial in trials if trial.reason), "their headlines are not the list's")
        raise ConfigError(
            f"the list on {found.url} does not lead to articles ({reason})",
            advice="Give the address of the page that lists the news.",
        )
    return trials


def _spread(entries: Sequence[Entry], number: int) -> list[Entry]:
    """Return entries from the whole length of a list: its first may be pinned, its last old."""
    if len(entries) <= number:
        return list(entries)
    step = (len(entries) - 1) / (number - 1)
    return [entries[round(step * n)] for n in range(number)]


def platform_reads_alike(site: Site, platform: Platform, trials: Sequence[Trial], findings: Findings) -> bool:
    """Tell whether a platform's layouts read the articles tried, and as the generic reading does."""
    if not platform.layouts:
        return False
    readable = [trial for trial in trials if trial.agrees]
    by_layout = [try_article(trial.page, trial.entry, with_platform(site, platform)) for trial in readable]
    if any(one.article is None or "/generic@" in one.article.extracted_by for one in by_layout):
        findings.doubts.append(f"the layouts of {platform.title} do not fit its articles: they are read generically")
        return False
    if not all(_same(a.article, b.article) for a, b in zip(by_layout, readable, strict=True)):
        findings.doubts.append(
            f"the layouts of {platform.title} read its articles otherwise than the generic reading, which was kept"
        )
        return False
    findings.sure.append(f"the layouts of {platform.title} read the articles tried")
    return True


def _same(one: Article | None, other: Article | None) -> bool:
    if one is None or other is None:
        return one is other
    left, right = Counter(one.article_body.split()), Counter(other.article_body.split())
    shared = sum((left & right).values())
    near = 2 * shared >= 0.95 * (sum(left.values()) + sum(right.values()))
    return near and one.headline == other.headline and one.date_published == other.date_published
