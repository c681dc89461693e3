"""Articles' pages held against their site's file: which give an article, and what each selector of a layout finds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import parsel

from newscrawl.errors import ExtractionError
from newscrawl.extract import extract_article
from newscrawl.extract.body import text_of
from newscrawl.extract.bounds import document_of
from newscrawl.extract.files import attachments_in, images_in
from newscrawl.items import Article, Page
from newscrawl.sites import Layout, Site
from pipelines.normalise import normalise
from pipelines.text import clean

FIELDS = (
    "headline", "lead", "article_body", "date_published", "date_modified", "authors", "article_section", "keywords",
    "images", "attachments", "remove",
)  # fmt: skip
"""Keys of a layout that hold selectors."""
_ESSENTIAL = frozenset({"headline", "article_body", "date_published"})
"""Fields that every news page has: none found anywhere means a broken selector."""
_LATEST = 5
"""So many of the newest pages without what the older ones have are a redesign rather than chance."""
_LEAST_ALIKE = 3
"""So many pages with one and the same headline show no headline of theirs."""
_NO_LAYOUT = frozenset({"layout_not_matched", "no_article"})


@dataclass(frozen=True)
class Finding:
    """One thing that broke."""

    where: str
    """What showed it: `stored`, `saved` or `live`."""
    key: str
    """The dotted key of the site file that it is about, '' for none."""
    sentence: str
    advice: str = ""


@dataclass(frozen=True)
class SelectorCheck:
    """How often one selector found something."""

    key: str
    """The dotted key of the site file: `sources.0.item`, `layouts.tpl.headline`."""
    selector: str
    found: int
    of: int
    """So many pages, or entries of a list, were looked at."""


@dataclass(frozen=True)
class PagesCheck:
    """What some pages of a site gave; `headline`, `article_body` and `date_published` of those that give an article."""

    pages: int
    articles: int
    failed: dict[str, int]
    """Pages that gave no article, by reason."""
    headline: int
    article_body: int
    date_published: int
    date_sources: dict[str, int]
    """What told the publication date, and on how many pages."""
    read_by: dict[str, int]
    """The layouts that read the pages; `generic` and `metadata` are none of the site's."""
    selectors: tuple[SelectorCheck, ...]
    findings: tuple[Finding, ...] = ()
    doubts: tuple[str, ...] = ()
    """What a person should look at: it may be nothing."""


@dataclass(frozen=True)
class _Read:
    page: Page
    article: Article | None
    reason: str
    by: str


def check_pages(pages: Sequence[Page], site: Site, where: str) -> PagesCheck:
    """Read pages of articles, the newest first, and count what was found on them. Nothing is fetched or written.

    `where` is what a Finding calls the pages: `stored` or `live`.
    """
    reads = [_read(page, site) for page in pages]
    articles = [read.article for read in reads if read.article is not None]
    tried = list(_try_layouts(reads, site))
    judged = [one.judge(where) for one in tried]
    doubts = [one for one in judged if isinstance(one, str)]
    broken = [one for one in judged if isinstance(one, Finding)]
    if len(articles) >= _LATEST and not any(one.date_published for one in articles):
        doubts.append(f"none of {len(articles)} articles says when it was published")
    return PagesCheck(
        pages=len(reads),
        articles=len(articles),
        failed=dict(Counter(read.reason for read in reads if read.article is None)),
        headline=sum(bool(one.headline) for one in articles),
        article_body=sum(bool(one.article_body) for one in articles),
        date_published=sum(one.date_published is not None for one in articles),
        date_sources=dict(Counter(one.date_published_source or "nothing" for one in articles).most_common()),
        read_by=dict(Counter(read.by for read in reads if read.by).most_common()),
        selectors=tuple(check for one in tried for check in one.checks),
        findings=(*_without_article(reads, site, where), *broken, *_all_alike(articles, where)),
        doubts=tuple(doubts),
    )


def read_article(page: Page, site: Site) -> Article:
    """Return what a page says and means but for the marks in its text. Raises as `extract_article` does."""
    raw = extract_article(page, site)
    # Dates and entities in the text cost a hundred times what the rest does, and nobody looks at them here.
    article = normalise(raw.model_copy(update={"article_body": ""}))
    return article.model_copy(update={"article_body": raw.article_body})


def _read(page: Page, site: Site) -> _Read:
    try:
        article = read_article(page, site)
    except ExtractionError as error:
        return _Read(page, None, error.reason, "")
    return _Read(page, article, "", article.extracted_by.partition("/")[2].rpartition("@")[0])


# --- whole pages


def _without_article(reads: Sequence[_Read], site: Site, where: str) -> Iterator[Finding]:
    missed = _missed([read.article is not None for read in reads])
    if not missed:
        return
    reasons = Counter(read.reason for read in reads[:missed])
    told = ", ".join(f"{number} {reason}" for reason, number in reasons.most_common())
    advice = _advice(reads[:missed], reasons, site)
    if missed == len(reads):
        yield Finding(where, "", f"{_none_of(missed)} gives an article ({told})", advice)
        return
    since = _day(reads[missed - 1].page, site)
    yield Finding(
        where, "", f"the newest {missed} pages, since {since}, give no article ({told}); older ones do", advice
    )


def _advice(reads: Sequence[_Read], reasons: Counter[str], site: Site) -> str:
    """Say what to do about pages that give no article."""
    if not reasons.keys() & _NO_LAYOUT:
        return f"Look at {reads[0].page.url} in a browser."
    if not site.has_own_layouts:
        return f"Look at {reads[0].page.url} in a browser; a layout in the site file says how such a page is read."
    shared = site.model_copy(update={"layouts": tuple(one for one in site.layouts if one.platform is not None)})
    generic = sum(_read(read.page, shared).article is not None for read in reads)
    return (
        f"{_REDESIGN} Without layouts of its own, {generic} of {len(reads)} give an article." if generic else _REDESIGN
    )


_REDESIGN = (
    "After a redesign add a layout: give the old one `valid_until`, the new one `valid_from`, then run"
    " `newscrawl reprocess`."
)


def _all_alike(articles: Sequence[Article], where: str) -> Iterator[Finding]:
    headlines = Counter(one.headline for one in articles if one.headline)
    if len(headlines) == 1 and headlines.total() >= _LEAST_ALIKE:
        (headline,) = headlines
        told = f"all {headlines.total()} articles have one headline, «{headline[:60]}»"
        yield Finding(where, "layouts", told, "Name the article's own headline in the layout's `headline`.")


def _missed(hits: Sequence[bool]) -> int:
    """Return how many pages, from the newest, lack what is looked for: all, or too many for chance; else 0."""
    first = next((number for number, hit in enumerate(hits) if hit), len(hits))
    return first if first == len(hits) or first >= _LATEST else 0


def _none_of(pages: int) -> str:
    return f"none of {pages} pages"


# --- selectors


@dataclass(frozen=True)
class _Tried:
    """The selectors of one field of a layout, on the pages that are the layout's."""

    layout: Layout
    field: str
    selectors: tuple[str, ...]
    hits: tuple[tuple[bool, ...], ...]
    """By selector, then by page, the newest first."""
    days: tuple[date, ...]

    @property
    def key(self) -> str:
        return f"layouts.{self.layout.name}.{self.field}"

    @property
    def checks(self) -> list[SelectorCheck]:
        told = zip(self.selectors, self.hits, strict=True)
        return [SelectorCheck(self.key, css, sum(hits), len(hits)) for css, hits in told]

    def judge(self, where: str) -> Finding | str | None:
        """Return what broke, or the doubt, if any. A platform's selectors are candidates: none of them breaks."""
        missed = _missed([any(page) for page in zip(*self.hits, strict=True)])
        if not missed or self.layout.platform is not None or self.field == "remove":
            return None
        named = " | ".join(self.selectors)
        pages = len(self.days)
        if self.field not in _ESSENTIAL:
            unsure = missed == pages >= _LATEST  # a few pages may well be without an author or a file
            return f"{self.key}: {named} is on {_none_of(pages)}; perhaps none has one" if unsure else None
        if missed == pages:
            return Finding(where, self.key, f"{named} is on {_none_of(pages)}", _REDESIGN)
        sentence = (
            f"{named} finds nothing on the newest {missed} pages, since {self.days[missed - 1]}; on older ones it does"
        )
        return Finding(where, self.key, sentence, _REDESIGN)


def _try_layouts(reads: Sequence[_Read], site: Site) -> Iterator[_Tried]:
    """Try every selector of the layouts on the pages that they read, and on those that none of them read."""
    documents = {id(read): document_of(read.page) for read in reads}
    for layout in site.layouts:
        mine = [read for read in reads if _is_for(layout, read, site)]
        if not mine or (layout.platform is not None and all(read.by != layout.name for read in mine)):
            continue
        days = tuple(_day(read.page, site) for read in mine)
        for field in FIELDS:
            named: tuple[str, ...] = getattr(layout, field)
            if named:
                hits = tuple(
                    tuple(_finds(documents[id(read)], css, field, read.page.url) for read in mine) for css in named
                )
                yield _Tried(layout, field, named, hits, days)


def _is_for(layout: Layout, read: _Read, site: Site) -> bool:
    unread = read.by == "metadata" or (read.article is None and read.reason in _NO_LAYOUT)
    return layout.covers(_day(read.page, site)) and (read.by == layout.name or unread)


def _day(page: Page, site: Site) -> date:
    return page.fetched_at.astimezone(ZoneInfo(site.timezone)).date()


def _finds(document: parsel.Selector, selector: str, field: str, url: str) -> bool:
    """Tell whether one selector finds what its field is for: a text, a picture, a file, or anything at all."""
    css, at, attribute = selector.rpartition("@")
    found = document.css(css if at else selector)
    if at:
        return any(clean(one.attrib.get(attribute, "")) for one in found)
    holders = [one.root for one in found]
    if field == "images":
        return bool(images_in(holders, url))
    if field == "attachments":
        return bool(attachments_in(holders, url))
    if field == "remove":
        return bool(holders)
    return any(text_of(one) for one in holders) or (field == "article_body" and bool(images_in(holders, url)))
