"""What may be asked of the API: every parameter with its bounds. A value is a text, number or moment, never a query."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import Path, Query
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from newscrawl.items import EntityType, RunStatus
from newscrawl.store.finding import MOST_TEXT, ArticleFilter

_DAY_OR_MOMENT = r"^\d{4}-\d{2}-\d{2}([Tt ]\d{2}:\d{2}(:\d{2}([.,]\d{1,6})?)?([Zz]|[+-]\d{2}:\d{2})?)?$"
_CURSOR = r"^[A-Za-z0-9_-]+$"
_LONGEST_URL = 8000
MOST_ITEMS = 200
"""Of a list in one answer."""


def _moment(value: object) -> datetime:
    """Return a day or date-time as a moment in UTC; one without an offset is meant so."""
    if isinstance(value, str) and re.fullmatch(_DAY_OR_MOMENT, value, re.ASCII):
        try:
            moment = datetime.fromisoformat(value.upper())
            return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            pass
    raise ValueError("expected a day such as 2026-01-31, or a date-time such as 2026-01-31T12:00:00Z")


def _plain(value: str) -> str:
    if "\x00" in value:
        raise ValueError("expected text without NUL")
    return value


Moment = Annotated[
    datetime,
    BeforeValidator(_moment),
    WithJsonSchema({"type": "string", "pattern": _DAY_OR_MOMENT, "examples": ["2026-01-31", "2026-01-31T12:00:00Z"]}),
]
Name = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_plain)]
Flag = Literal["true", "false"]
Cursor = Annotated[str, Field(min_length=1, max_length=4000, pattern=_CURSOR)]
EntityId = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_plain)]
Number = Annotated[int, Field(ge=1, le=MOST_ITEMS)]
Words = Annotated[str, Field(min_length=1, max_length=MOST_TEXT), AfterValidator(_plain)]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class ArticleQuestion(_Asked):
    """Which articles."""

    site: Name | None = None
    """Name of the site."""
    city: Name | None = None
    """The city, in Russian."""
    region: Annotated[str, Field(pattern=r"^[A-Z]{2}-[A-Z0-9]{1,3}$")] | None = None
    """ISO 3166-2 code of the region."""
    since: Moment | None = None
    """Published then or later: a day (UTC) or an ISO 8601 date-time."""
    until: Moment | None = None
    """Published before."""
    entity: EntityId | None = None
    """An entity of the registry that they mention; an id that was merged away leads to its heir."""
    text: Words | None = None
    """Russian words in any form, all of which headline, lead or body have; «-слово» must not occur."""
    include_duplicates: Flag = "false"
    """Near-duplicates that are not the original of their group, too."""
    fields: Annotated[str, Field(pattern=r"^[a-z_]+(,[a-z_]+)*$", max_length=1000)] | None = None
    """Only these fields, with commas between; `url` is always there."""
    limit: Number = 50
    """So many at most; fewer come when they are long."""
    cursor: Cursor | None = None
    """`next` of the answer before."""

    @property
    def wanted(self) -> ArticleFilter:
        """The filter that the store understands."""
        return ArticleFilter(
            site=self.site, city=self.city, region=self.region, since=self.since, until=self.until,
            entity=self.entity, text=self.text, with_copies=self.include_duplicates == "true",
        )  # fmt: skip


class EntityQuestion(_Asked):
    """Which entities."""

    type: EntityType | None = None
    """PER, ORG, LOC or EVENT."""
    text: Words | None = None
    """Any spelling of the name, inflected or unfinished; the likeliest first, and no further page."""
    limit: Number = 50
    """So many at most."""
    cursor: Cursor | None = None
    """`next` of the answer before."""


class RunQuestion(_Asked):
    """Which runs."""

    site: Name | None = None
    """Of this site."""
    job: Name | None = None
    """Of this job: `crawl`, `reprocess`, …"""
    status: RunStatus | None = None
    """How they ended."""
    limit: Number = 50
    """So many at most."""
    cursor: Cursor | None = None
    """`next` of the answer before."""


class ChangeQuestion(_Asked):
    """Which changes."""

    after: Cursor | None = None
    """`last` of the answer before; without it from the very first article."""
    site: Name | None = None
    """Of this site."""
    limit: Number = 100
    """So many at most; fewer come when they are long."""


ArticleAddress = Annotated[
    str,
    AfterValidator(_plain),
    Query(min_length=1, max_length=_LONGEST_URL, description="The article's address, in any form that its site uses."),
]
ArticleId = Annotated[
    str,
    AfterValidator(_plain),
    Path(max_length=_LONGEST_URL, description="The article's canonical address, percent-encoded whole."),
]
EntityPath = Annotated[
    str, AfterValidator(_plain), Path(max_length=500, description="The entity's id, percent-encoded.")
]
RunPath = Annotated[str, AfterValidator(_plain), Path(max_length=200, description="The run's id, percent-encoded.")]
