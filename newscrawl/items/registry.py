"""Who is who: the entities of the registry and what was decided by hand."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from newscrawl.items.articles import EntityType, Uncertainty
from newscrawl.items.record import Record

DecisionKind = Literal["merge", "split"]


class PostHeld(Record):
    """A post that articles give to a person."""

    post: str
    """In the nominative."""
    first: datetime | None
    """Earliest article that says so, by publication (else by fetch)."""
    last: datetime | None
    """Latest article that says so."""
    articles: int
    """How many articles say so."""


class SeenIn(Record):
    """A city whose sites mention an entity."""

    city: str
    """The site's city, or its name where it has none."""
    articles: int
    """How many articles."""


class Entity(Record):
    """A canonical person, body or place across all articles. Made of articles and decisions alone: never edited."""

    id: str
    """Stable key; `_id` in the store: a mention's id, with `@place` where several bear the name, `#2` after a split."""
    type: EntityType
    """PER, ORG, LOC or EVENT."""
    normal: str
    """Canonical form; one that is certain where there is any."""
    uncertain: Uncertainty | None = None
    """Why `normal` may be wrong, as in EntityMention."""
    aliases: tuple[str, ...]
    """Every spelling met."""
    refs: tuple[str, ...]
    """What it is elsewhere."""
    posts: tuple[PostHeld, ...]
    """PER: every post met, the latest first."""
    keys: tuple[str, ...]
    """Ids of the mentions that mean it."""
    names: tuple[str, ...]
    """The keys without patronymics: entities that share one may be namesakes."""
    cities: tuple[SeenIn, ...]
    """The cities whose sites mention it, the most articles first."""
    articles: int
    """How many articles mention it."""
    first_seen: datetime | None
    """Earliest article, by publication (else by fetch)."""
    last_seen: datetime | None
    """Latest article."""


class Kin(Record):
    """Mentions that the rules never tell apart; by these a decision finds its entity when later news divides a name."""

    key: str
    """`id` of the mentions."""
    home: str
    """City of the site: `RU-RYA/рязань`."""
    claim: str
    """Where the post beside the name belongs: a city as in `home`, `country`, `elsewhere:…`, or ''."""


class Decision(Record):
    """What a person decided about the registry: a merge or a split. Survives every crawl and reprocessing."""

    id: int
    """`_id` in the store: 1, 2, …; decisions are followed in this order."""
    kind: DecisionKind
    """`merge` or `split`."""
    entity: str
    """The entity that was merged into another, or split."""
    into: str
    """The entity that it became part of, or the new one."""
    articles: tuple[str, ...]
    """Split: these articles went."""
    site: str | None
    """Split: the articles of this site went."""
    post: str | None
    """Split: the articles in which the person has such a post went."""
    normal: str | None
    """Split: the new one's canonical form, where it was given."""
    reason: str | None
    """Why, in the words of who decided."""
    names: tuple[str, ...]
    """Names that must be looked at together because of it."""
    kin: tuple[Kin, ...]
    """Who `entity` was when this was decided."""
    into_kin: tuple[Kin, ...]
    """Merge: who `into` was."""
    made_at: datetime
    """UTC."""
    undone_at: datetime | None
    """UTC; null while it counts."""
    applied: bool
    """Whether the registry follows it (or no longer does, when undone)."""
