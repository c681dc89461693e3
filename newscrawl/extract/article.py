"""One saved page to one RawArticle: its layouts, its own metadata and where its prose is, field by field."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

import parsel

from newscrawl.canonical import article_url
from newscrawl.encoding import Decoded, read_body
from newscrawl.errors import ExtractionError
from newscrawl.extract.bounds import bounded
from newscrawl.extract.datelines import has_year
from newscrawl.extract.described import fields_named, find_layout, read_described
from newscrawl.extract.diagnosis import diagnose, refuse_file
from newscrawl.extract.generic import Guide, read_generic
from newscrawl.extract.imported import is_imported, read_imported
from newscrawl.extract.likeness import title_key
from newscrawl.extract.list_years import same_day_of_year, year_of
from newscrawl.extract.metadata import Stated, stated
from newscrawl.extract.published import url_date
from newscrawl.extract.reading import Reading
from newscrawl.items import Evidence, Image, Page, RawArticle
from newscrawl.sites.model import Layout, Site
from newscrawl.urls import absolute_url
from newscrawl.versions import EXTRACT_VERSION as VERSION
from pipelines.text import add_repairs, noting_repairs, repairs_within

_DEFAULT_ZONE = "Europe/Moscow"
_TRACED = ("headline", "lead", "authors", "article_section", "keywords", "images", "attachments")
"""Fields beside the text of which a record says what gave them."""
_NamedDays = list[tuple[str, int]]
"""(date as written, its year) of days that the address or the list tells with their years."""


def extract_article(page: Page, site: Site | None = None, *, timezone: str = _DEFAULT_ZONE) -> RawArticle:
    """Return what `page` says, read by the layouts of `site` that were valid when it was fetched.

    Fields that no selector gives come from JSON-LD, microdata and OpenGraph, in this order. Without a site, with one
    that has no layouts, or where those of its platform do not fit, the page is read by where its prose is. `timezone`
    (IANA) is that of the times on a page whose site is not known. Raises ExtractionError: `empty_page`, `not_html`, a
    reason of `newscrawl.extract.diagnosis`, `layout_not_matched` (a site with layouts of its own none of which fits),
    `no_article` (nothing that reads as an article).
    """
    if is_imported(page):
        return read_imported(page, site, site.timezone if site else timezone, extracted_by(site, "import"))
    decoded = _decoded(page)
    with noting_repairs() as noted:
        raw = _article(page, site, decoded.text, site.timezone if site else timezone)
    return raw.model_copy(update={"repairs": add_repairs(decoded.repairs, repairs_within(noted, _texts(raw)))})


def _article(page: Page, site: Site | None, html: str, timezone: str) -> RawArticle:
    document = parsel.Selector(text=html, type="html")
    metadata = stated(document.root, page.url)
    reading = _read(document, page, site, metadata)
    headline = reading.headline or _stated(metadata, "headline")
    if not reading.body and not headline:
        raise ExtractionError("no_article", "the page has neither a headline nor a text")
    # A description for machines that the page does not show is nobody's lead, unless a layout vouches for the page.
    lead = reading.lead or (_stated(metadata, "lead") if reading.by != "generic" else None)
    raw = RawArticle(
        url=article_url(page, site),
        site=site.name if site else None,
        city=site.city if site else None,
        region=site.region if site else None,
        timezone=timezone,
        named_days=tuple(site.named_days.items()) if site else (),
        headline=headline,
        lead=lead if lead and not _repeats(lead, headline, reading.body) else None,
        article_body=reading.body,
        date_published=_ranked(reading, metadata, page, timezone),
        date_modified=(*reading.date_modified, *_evidence(metadata, "date_modified")),
        authors=reading.authors or tuple(_all_stated(metadata, "authors")),
        article_section=reading.article_section or _stated(metadata, "article_section"),
        keywords=tuple(_split_keywords(reading.keywords or _all_stated(metadata, "keywords"))),
        images=_captioned(reading.images or _stated_images(metadata, page.url), headline),
        attachments=reading.attachments,
        videos=reading.videos,
        related=reading.related,
        fetched_at=page.fetched_at,
        page_id=page.id,
        extracted_by=extracted_by(site, reading.by),
    )
    return raw.model_copy(update={"found_by": _found_by(raw, reading, metadata)})


def _found_by(raw: RawArticle, reading: Reading, metadata: Stated) -> dict[str, str]:
    """Return for each field that has a value what gave it; which date counts is for `normalise` to say."""
    own = {"article_body": reading.body} | {name: getattr(reading, name) for name in _TRACED}
    otherwise = "metadata" if reading.by == "metadata" else "generic"
    told = {name: stated[0][0] for name, stated in metadata.items() if stated}
    return {
        name: reading.rules.get(name, otherwise) if value else told.get(name, otherwise)
        for name, value in own.items()
        if getattr(raw, name)
    }


def _captioned(images: tuple[Image, ...], headline: str | None) -> tuple[Image, ...]:
    """Return pictures whose captions say something: the headline once more is none."""
    told = title_key(headline or "")
    return tuple(
        one.model_copy(update={"caption": None}) if one.caption and title_key(one.caption) == told else one
        for one in images
    )


def fields_found(page: Page, site: Site) -> frozenset[str]:
    """Return the fields of a RawArticle that the site's layout itself finds on a page, whatever metadata would add.

    Raises ExtractionError as `extract_article` does.
    """
    document = parsel.Selector(text=_decoded(page).text, type="html")
    reading = _read(document, page, site, {})
    layout = next((one for one in site.layouts if one.name == reading.by), None)
    whole = {"article_body": reading.body, "images": reading.images, "attachments": reading.attachments}
    named = fields_named(document, layout) if layout else frozenset()
    return named | {field for field, value in whole.items() if value}


def extracted_by(site: Site | None, layout: str) -> str:
    """Return the provenance of a reading: equal strings mean that reading the same page anew gives the same."""
    return f"{site.name if site else '-'}/{layout}@{VERSION}.{site.digest if site else '0'}"


def _decoded(page: Page) -> Decoded:
    refuse_file(page)
    decoded = read_body(page.body, page.headers.get("content-type"))
    stub = diagnose(page, decoded.text)
    if stub is not None:
        raise ExtractionError(stub.reason, stub.sentence)
    return replace(decoded, text=bounded(decoded.text))


def _texts(raw: RawArticle) -> Iterator[str]:
    """Yield every text of an article."""
    yield from filter(None, (raw.headline, raw.lead, raw.article_body, raw.article_section))
    yield from (*raw.authors, *raw.keywords)
    yield from (one.text for one in (*raw.date_published, *raw.date_modified))
    yield from (one.caption for one in raw.images if one.caption)
    yield from (one.title for one in raw.attachments if one.title)


def _read(document: parsel.Selector, page: Page, site: Site | None, metadata: Stated) -> Reading:
    layouts = _layouts(page, site)
    told = _stated(metadata, "article_body")
    if site and site.has_own_layouts:
        described = read_described(document, layouts, page.url)
        if described is not None and (described.body or told is None):  # a picture with a headline is an article too
            return described
        if told is None:
            names = ", ".join(layout.name for layout in layouts) or "none valid on that day"
            raise ExtractionError("layout_not_matched", f"no layout of {site.name} fits the page (tried: {names})")
        return Reading("metadata", body=told)
    listed = page.entry.headline if page.entry is not None else None
    guided = _guided(document, layouts, metadata, page.url, listed)
    if guided is not None:
        return guided
    generic = _something(read_generic(document.root, metadata, page.url, listed))
    if generic is not None and (generic.body or told is None):
        return generic
    if told is not None:
        return Reading("metadata", body=told)
    raise ExtractionError("no_article", "nothing on the page reads as an article")


def _guided(
    document: parsel.Selector, layouts: list[Layout], metadata: Stated, url: str, listed: str | None
) -> Reading | None:
    """Return the page as a platform's layout leads the generic reading to the text; None where no layout fits.

    Of the places where the layout may have the text the first with one counts: an article may be all picture.
    """
    found = find_layout(document, layouts)
    if found is None:
        return None
    layout, places, unwanted = found
    described = read_described(document, [layout], url)
    if described is None:
        return None
    guides = (Guide(holders, unwanted) for holders in places)
    readings = (_joined(described, read_generic(document.root, metadata, url, listed, guide)) for guide in guides)
    first = next(readings)
    return first if first.body else next((one for one in readings if one.body), first)


def _joined(described: Reading, guided: Reading | None) -> Reading:
    """Return what a platform's layout finds, its text without what stands amid it, its gaps filled from around it."""
    if guided is None:
        return described
    return replace(
        described,
        body=guided.body if guided.body or guided.images else described.body,
        headline=described.headline or guided.headline,
        lead=described.lead or guided.lead,
        date_published=(*described.date_published, *guided.date_published),
        date_modified=(*described.date_modified, *guided.date_modified),
        images=described.images or guided.images,
        videos=described.videos or guided.videos,
        related=guided.related,
        attachments=tuple({one.url: one for one in (*described.attachments, *guided.attachments)}.values()),
    )


def _something(reading: Reading | None) -> Reading | None:
    """Return a reading that found a text or a picture: a headline alone is no article."""
    return reading if reading is not None and (reading.body or reading.images) else None


def _layouts(page: Page, site: Site | None) -> list[Layout]:
    """Return the site's layouts that were valid when the page was fetched."""
    if site is None:
        return []
    day: date = page.fetched_at.astimezone(ZoneInfo(site.timezone)).date()
    return [layout for layout in site.layouts if layout.covers(day)]


def _ranked(reading: Reading, metadata: Stated, page: Page, timezone: str) -> tuple[Evidence, ...]:
    """Return what is offered as the publication date, the best first.

    A selector that someone wrote for the site goes first; then what the page says for machines; then the line by the
    headline, the listing that led here, and the address.
    """
    by_selector = reading.by != "generic"
    told = url_date(page.url)
    year = year_of(told.text, page.fetched_at, timezone) if told else None
    by_address = [(told.text, year)] if told and year else []
    shown = _with_years(reading.date_published, [*by_address, *_listed_day(page, timezone)], page, timezone)
    return (
        *(shown if by_selector else ()),
        *_evidence(metadata, "date_published"),
        *(() if by_selector else shown),
        *_listed(page, by_address, timezone),
        *([told] if told else []),
    )


def _listed(page: Page, by_address: _NamedDays, timezone: str) -> list[Evidence]:
    """Return the date by which the list that led here names the article."""
    entry = page.entry
    if entry is None or entry.date_published_raw is None:
        return []
    listed = Evidence(source=entry.source, text=entry.date_published_raw, said_at=entry.seen_at)
    (listed,) = _with_years((listed,), by_address, page, timezone)
    return [listed if listed.year is not None else listed.model_copy(update={"year": entry.year})]


def _listed_day(page: Page, timezone: str) -> _NamedDays:
    """Return the day that the list tells, where it tells the year."""
    entry = page.entry
    if entry is None or not entry.date_published_raw or entry.source != "listing":
        return []
    year = entry.year or year_of(entry.date_published_raw, entry.seen_at or page.fetched_at, timezone)
    return [(entry.date_published_raw, year)] if year else []


def _with_years(shown: tuple[Evidence, ...], named_days: _NamedDays, page: Page, timezone: str) -> tuple[Evidence, ...]:
    """Give dates without a year that of a day named elsewhere, where both are the same day of the year."""
    for named, year in named_days:
        shown = tuple(_dated(one, named, year, page, timezone) for one in shown)
    return shown


def _dated(one: Evidence, named: str, year: int, page: Page, timezone: str) -> Evidence:
    if one.year is not None or has_year(one.text) or not same_day_of_year(one.text, named, page.fetched_at, timezone):
        return one
    return one.model_copy(update={"year": year})


def _stated(metadata: Stated, field: str) -> str | None:
    return next((value for _, value in metadata.get(field, [])), None)


def _all_stated(metadata: Stated, field: str) -> list[str]:
    """Return every value of the best source alone: two sources name the same people twice."""
    values = metadata.get(field, [])
    return list(dict.fromkeys(value for source, value in values if source == values[0][0]))


def _stated_images(metadata: Stated, base: str) -> tuple[Image, ...]:
    urls = (absolute_url(base, value) for value in _all_stated(metadata, "images"))
    return tuple(Image(url=url) for url in dict.fromkeys(urls) if url)


def _evidence(metadata: Stated, field: str) -> list[Evidence]:
    return [Evidence(source=source, text=value) for source, value in metadata.get(field, [])]


def _split_keywords(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(word.strip() for text in texts for word in text.split(",") if word.strip()))


def _repeats(lead: str, headline: str | None, body: str) -> bool:
    """Tell whether the lead says nothing that headline and body do not: a cut copy of the beginning is no lead."""
    start = lead.rstrip(" .…")
    return start == (headline or "").rstrip(" .…") or start in body[: len(start) + 200]
