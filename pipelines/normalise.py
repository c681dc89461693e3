"""From what the page says to what we mean: the one function, and the Scrapy pipeline that runs it elsewhere."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from newscrawl.errors import NewscrawlError
from newscrawl.items import Article, ArticlePrecision, Evidence, Problem, RawArticle
from pipelines import dates, entities
from pipelines.fingerprint import fingerprint
from pipelines.text import add_repairs, clean, clean_paragraphs, noting_repairs

if TYPE_CHECKING:
    from newscrawl.spiders.city_news import CityNewsSpider

VERSION = "7"
"""Grows whenever the same RawArticle may give another Article; reprocessing looks for what an older one made."""

_PRECISIONS: dict[str, ArticlePrecision] = {
    "minute": "minute",
    "hour": "day",  # «час назад»: to call it a minute would claim too much
    "day": "day",
    "month": "month",
    "year": "year",
}
_CLOCK_SKEW = timedelta(days=1)
"""How far after its fetch a page may say that it was published: clocks and zones differ by hours, not by days."""
_UKRAINIAN_OR_BELARUSIAN = re.compile("[іїєґў]", re.IGNORECASE)
_CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)


def normalise(raw: RawArticle) -> Article:
    """Return the article that `raw` means. Pure: no clock, network, store or settings; the same in, the same out.

    Publication dates are read in the site's zone against the time of the fetch; dates in the body against the
    publication date (the fetch, when there is none). What stays unresolved is null and listed in `problems`.
    """
    with noting_repairs() as noted:
        body = clean_paragraphs(raw.article_body)
        headline, lead, section = (clean(text or "") or None for text in (raw.headline, raw.lead, raw.article_section))
        authors, keywords = _cleaned(raw.authors), _cleaned(raw.keywords)
    published, problems = _moment("date_published", raw.date_published, raw, required=True)
    modified, modified_problems = _moment("date_modified", raw.date_modified, raw, required=False)
    problems += modified_problems
    if headline is None:
        problems.append(Problem(field="headline", reason="missing"))
    if not body:
        problems.append(Problem(field="article_body", reason="empty"))
    base = (published.at if published else raw.fetched_at).astimezone(ZoneInfo(raw.timezone))
    return Article(
        url=raw.url,
        site=raw.site,
        city=raw.city,
        region=raw.region,
        headline=headline,
        lead=lead,
        article_body=body,
        date_published=published.at if published else None,
        date_published_raw=published.evidence.text if published else _first_text(raw.date_published),
        date_published_precision=published.precision if published else None,
        date_published_source=published.evidence.source if published else None,
        date_modified=modified.at if modified else None,
        authors=authors,
        article_section=section,
        keywords=keywords,
        images=raw.images,
        attachments=raw.attachments,
        videos=raw.videos,
        related=raw.related,
        dates=tuple(dates.find(body, base=base, timezone=raw.timezone, own_days=raw.named_days)),
        entities=tuple(entities.find(body)),
        language=_language(body),
        fingerprint=fingerprint(body),
        problems=tuple(problems),
        repairs=add_repairs(raw.repairs, *noted.values()),
        fetched_at=raw.fetched_at.astimezone(UTC),
        page_id=raw.page_id,
        extracted_by=raw.extracted_by,
        found_by=raw.found_by | _dated_by(date_published=published, date_modified=modified),
        pipeline_version=VERSION,
    )


class _Moment:
    """A date that a page states, resolved."""

    def __init__(self, at: datetime, precision: ArticlePrecision, evidence: Evidence) -> None:
        self.at = at
        self.precision = precision
        self.evidence = evidence


def _moment(
    field: str, stated: Sequence[Evidence], raw: RawArticle, *, required: bool
) -> tuple[_Moment | None, list[Problem]]:
    """Resolve the best evidence that can be; with none, say why the best could not."""
    reasons: list[Problem] = []
    for evidence in stated:
        said_at = evidence.said_at or raw.fetched_at
        reading = dates.read(evidence.text, base=dates.base_in_year(said_at, evidence.year), timezone=raw.timezone)
        span = reading.span
        if span is None:
            reasons.append(Problem(field=field, reason=reading.reason or "unreadable", text=evidence.text[:200]))
            continue
        at = span.start(raw.timezone).astimezone(UTC).replace(microsecond=0)
        precision = _PRECISIONS.get(span.precision)
        if precision is None or "/" in span.value:
            reasons.append(Problem(field=field, reason="not_one_moment", text=evidence.text[:200]))
        elif at > raw.fetched_at + _CLOCK_SKEW:
            reasons.append(Problem(field=field, reason="after_fetch", text=evidence.text[:200]))
        else:
            return _Moment(at, precision, evidence), []
    if not reasons and required:
        reasons.append(Problem(field=field, reason="missing"))
    return None, reasons[:1]


def _dated_by(**moments: _Moment | None) -> dict[str, str]:
    return {field: moment.evidence.source for field, moment in moments.items() if moment is not None}


def _first_text(stated: Sequence[Evidence]) -> str | None:
    return stated[0].text if stated else None


def _cleaned(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(text for text in map(clean, texts) if text)


def _language(text: str) -> str | None:
    """Return `ru` for plainly Russian text: mostly Cyrillic letters, none that Russian lacks."""
    letters = sum(char.isalpha() for char in text)
    if letters < 20:
        return None
    russian = len(_CYRILLIC.findall(text))
    foreign = len(_UKRAINIAN_OR_BELARUSIAN.findall(text))
    return "ru" if russian > 0.6 * letters and foreign <= 0.005 * letters else None


class NormalisePipeline:
    """Scrapy item pipeline: turns a saved page into its Outcome in a worker process, never on the reactor."""

    def __init__(self, crawler: Any) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Any) -> NormalisePipeline:
        """Make the pipeline; `crawler.spider` brings the workers."""
        return cls(crawler)

    async def process_item(self, item: Any) -> Any:
        """Return the Outcome of a saved page that needs work; one that is up to date passes through as it is."""
        spider: CityNewsSpider = self._crawler.spider
        if item.state == "current":
            return item
        try:
            return await asyncio.wrap_future(spider.resources.workers.submit(item.page, spider.site))
        except NewscrawlError as error:  # no worker starts: nothing can be normalised, the page is safe in the store
            await spider.give_up(error)
            return item
