"""What the API answers, made from the records themselves, so that its description tells every field."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, create_model

from newscrawl.items import Entity, Record, Run, SiteAlarm, StoredArticle

NOT_LISTED = frozenset({"dates", "entities", "identities"})
"""What only the article itself tells, not a list of many."""
LISTED = tuple(name for name in StoredArticle.model_fields if name not in NOT_LISTED)


def _without(record: type[Record], but: Collection[str], name: str, doc: str, *, always: Collection[str]) -> Any:
    """Return a model with the fields of a record; those that are not in `always` may be absent from an answer."""
    fields: dict[str, Any] = {}
    for each, info in record.model_fields.items():
        if each not in but:
            absence: dict[str, Any] = {} if each in always else {"default_factory": lambda: None}
            fields[each] = (info.annotation, Field(description=info.description, **absence))
    return create_model(name, __doc__=doc, __config__=ConfigDict(frozen=True), **fields)


ListedArticle = _without(
    StoredArticle, NOT_LISTED, "ListedArticle",
    "An article in a list: without its mentions; with `fields` only these and `url`.", always={"url"},
)  # fmt: skip
LastingAlarm = _without(SiteAlarm, {"told"}, "LastingAlarm", "An alarm of a site.", always=SiteAlarm.model_fields)


class Answer(BaseModel):
    """What all answers share."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class Articles(Answer):
    """Some articles, the latest published first, undated ones last."""

    items: list[ListedArticle]  # type: ignore[valid-type]
    """The articles."""
    next: str | None
    """Cursor for what follows; null: that was all."""


class Revisions(Answer):
    """The history of an article."""

    items: list[StoredArticle]
    """Its earlier states, the first one first; none where its text never changed."""


class Entities(Answer):
    """Some entities, those that most articles mention first."""

    items: list[Entity]
    """The entities."""
    next: str | None
    """Cursor for what follows; null: that was all."""


class Runs(Answer):
    """Some runs, the latest first."""

    items: list[Run]
    """The runs."""
    next: str | None
    """Cursor for what follows; null: that was all."""


class ChangedArticle(StoredArticle):
    """An article that changed, as it is now."""

    changed_at: AwareDatetime
    """When it last changed by MongoDB's clock, UTC; that a crawl met it again unchanged is no change."""


class Changes(Answer):
    """What changed next."""

    items: list[ChangedArticle]
    """In the order of their last change; an article that changed several times is there once."""
    last: str
    """Cursor to go on from, now or later; keep it once the items are safe."""
    more: bool
    """Whether there is more already."""
    held_back_seconds: float
    """What changed within so many seconds comes later: it may not all be visible yet."""


class SiteAtAGlance(Answer):
    """How a site is, as `newscrawl status --json` tells."""

    site: str
    """Its name."""
    city: str | None
    """Its city, in Russian."""
    sources: int
    """Listings, feeds and sitemaps that its file names."""
    articles: int
    """All that are stored."""
    new: int
    """First seen in the last 24 hours."""
    days: tuple[int, ...]
    """Articles a day (UTC) by publication, over 30 days, the oldest first, today last."""
    latest: AwareDatetime | None
    """The latest publication, UTC."""
    last_success: AwareDatetime | None
    """When a crawl last succeeded, UTC."""
    last_run: AwareDatetime | None
    """When the last crawl began, UTC."""
    last_status: str
    """How it ended; `running`, or `never run`."""
    next_due: AwareDatetime | None
    """When it is due by its schedule, UTC."""
    pages_without_article: dict[str, int]
    """Reason -> pages that give no article."""
    alarms: tuple[LastingAlarm, ...]  # type: ignore[valid-type]
    """What is wrong with it."""
    reason: str
    """Why the last run did not succeed."""
    advice: str
    """What to do beside what the alarms advise."""
    trouble: int
    """3 an alarm, 2 the last run did not succeed, 1 something worth a look, 0 nothing."""


class Sites(Answer):
    """All sites, the worst first."""

    looked_at: AwareDatetime
    """When this was gathered, UTC."""
    items: list[SiteAtAGlance]
    """The sites."""
