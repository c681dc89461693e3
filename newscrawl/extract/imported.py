"""Articles that came from elsewhere as a line of JSON: the line is the page, so that reading it anew works as ever."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from newscrawl.errors import ExtractionError
from newscrawl.items import IMPORTED_TYPE, Evidence, Image, Page, RawArticle
from newscrawl.sites.model import Site
from newscrawl.urls import canonical_url

_RULE = "import"
_READ = ("headline", "lead", "authors", "article_section", "keywords", "images")


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else [] if value is None else value


_Texts = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class Minimal(BaseModel):
    """What a line may say of an article; other keys stay in the page and are not read."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)

    headline: str | None = None
    article_body: str | None = None
    """Paragraphs with a blank line between them; a text without blank lines has a paragraph a line."""
    date_published: str | None = None
    """ISO 8601 or Russian words."""
    date_modified: str | None = None
    lead: str | None = None
    authors: Annotated[_Texts, Field(strict=False)] = ()
    article_section: str | None = None
    keywords: Annotated[_Texts, Field(strict=False)] = ()
    images: Annotated[_Texts, Field(strict=False)] = ()
    """Addresses."""


def is_imported(page: Page) -> bool:
    """Tell whether a page is a line that was imported."""
    return page.headers.get("content-type") == IMPORTED_TYPE


def read_minimal(line: bytes) -> Minimal:
    """Return what a line says. Raises ExtractionError with the key and what was expected: `bad_line`, `no_article`."""
    try:
        found = Minimal.model_validate(json.loads(line))
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(step) for step in first["loc"])
        raise ExtractionError("bad_line", f"{key}: {first['msg'][0].lower()}{first['msg'][1:]}") from None
    except (ValueError, RecursionError) as error:
        raise ExtractionError("bad_line", f"not JSON: {error}") from None
    if not (found.headline or "").strip() and not (found.article_body or "").strip():
        raise ExtractionError("no_article", "the line has neither a headline nor an article_body")
    return found


def read_imported(page: Page, site: Site | None, timezone: str, extracted_by: str) -> RawArticle:
    """Return what an imported line says. Raises ExtractionError, as `read_minimal` does."""
    told = read_minimal(page.body)
    body = (told.article_body or "").replace("\r\n", "\n")
    raw = RawArticle(
        url=canonical_url(page.url, site),
        site=site.name if site else None,
        city=site.city if site else None,
        region=site.region if site else None,
        timezone=timezone,
        named_days=tuple(site.named_days.items()) if site else (),
        headline=told.headline,
        lead=told.lead,
        article_body=body if "\n\n" in body else body.replace("\n", "\n\n"),
        date_published=_evidence(told.date_published),
        date_modified=_evidence(told.date_modified),
        authors=_given(told.authors),
        article_section=told.article_section,
        keywords=_given(told.keywords),
        images=tuple(Image(url=url) for url in _given(told.images)),
        attachments=(),
        fetched_at=page.fetched_at,
        page_id=page.id,
        extracted_by=extracted_by,
    )
    found = {name: _RULE for name in _READ if getattr(raw, name)} | ({"article_body": _RULE} if body else {})
    return raw.model_copy(update={"found_by": found})


def _evidence(text: str | None) -> tuple[Evidence, ...]:
    return (Evidence(source=_RULE, text=text),) if text and text.strip() else ()


def _given(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(text for text in texts if text.strip())
