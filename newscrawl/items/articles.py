"""What we mean: Article with its mentions, and as the store keeps it."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, Field

from newscrawl.items.pages import Attachment, Image, Link
from newscrawl.items.record import Record

EntityType = Literal["PER", "ORG", "LOC", "EVENT"]
Uncertainty = Literal["unknown_word", "ambiguous", "no_agreement", "letters"]
ArticlePrecision = Literal["minute", "day", "month", "year"]
MentionPrecision = Literal[
    "minute", "hour", "day", "week", "month", "quarter", "half", "season", "year", "decade", "century"
]


class DateMention(Record):
    """A date in running text."""

    start: int
    """First code point in the text."""
    stop: int
    """Code point after the last."""
    text: str
    """The words themselves: `article_body[start:stop]`."""
    value: str
    """EDTF (ISO 8601-2): `2018-12-12`, `2018-12`, `2018-12-03/2018-12-07`, `2018-21` (a season), `201X`."""
    first: str
    """First day, `YYYY-MM-DD`, or a date-time with its offset for a time of day."""
    last: str
    """Last day, inclusive, or the same date-time."""
    precision: MentionPrecision
    """How fine the end points are."""
    rule: str
    """Which rule read it."""


class PersonName(Record):
    """The parts of a person's name in the nominative, null where the text has none."""

    first: str | None = None
    """Given name, or its initial with a full stop."""
    middle: str | None = None
    """Patronymic, or its initial."""
    last: str | None = None
    """Surname."""
    gender: Literal["Masc", "Fem"] | None = None
    """As Universal Dependencies have it; from given name and patronymic, null when nothing tells."""


class EntityMention(Record):
    """A person, body, place or event in running text."""

    start: int
    """First code point in the text."""
    stop: int
    """Code point after the last."""
    text: str
    """The words themselves."""
    type: EntityType
    """PER, ORG, LOC or EVENT (a holiday, a war, games)."""
    normal: str
    """Canonical form: the nominative, quotes and spaces unified; the text itself where no form is certain."""
    uncertain: Uncertainty | None = None
    """Why `normal` may be wrong, null where nothing speaks against it: `unknown_word` (no dictionary has it, and the
    ending does not settle it), `ambiguous` (two readings fit alike), `no_agreement` (the words have no case in common),
    `letters` (Cyrillic ones that Russian has not, or Latin ones among Russian)."""
    id: str
    """The name as a key, alike for all its spellings: `per:елена сорокина`. `identities` of the stored article tells
    which entity of the registry it is there."""
    refs: tuple[str, ...] = ()
    """What it is elsewhere: `iso3166:PL`, `iso3166-2:RU-RYA`."""
    post: str | None = None
    """PER: the post beside the name, in the nominative: `министр иностранных дел РФ`."""
    name: PersonName | None = None
    """PER: the parts of the name, where it was understood."""


class Problem(Record):
    """Something that the pipeline would not guess."""

    field: str
    """The field that stays empty or coarse."""
    reason: str
    """A stable word: `missing`, `unreadable`, `after_fetch`."""
    text: str | None = None
    """The page's own words, if there were any."""


class Article(Record):
    """What we mean: one news article, normalised. Made by `pipelines.normalise.normalise` alone."""

    url: str
    """Canonical address; `_id` in the store."""
    site: str | None
    """Name of the site."""
    city: str | None
    """The site's city, in Russian."""
    region: str | None
    """ISO 3166-2 code of the region."""
    headline: str | None
    """The title, Unicode and spaces unified."""
    lead: str | None
    """The summary, or null."""
    article_body: str
    """Paragraphs joined by a blank line; `dates` and `entities` point into it."""
    date_published: AwareDatetime | None
    """First instant of the publication date in UTC (a day begins at the site's midnight), or null."""
    date_published_raw: str | None
    """The page's own words for it."""
    date_published_precision: ArticlePrecision | None
    """How much of `date_published` is meant."""
    date_published_source: str | None
    """Which rule or selector gave it."""
    date_modified: AwareDatetime | None
    """First instant of the last change, UTC, or null."""
    authors: tuple[str, ...]
    """As signed."""
    article_section: str | None
    """The rubric."""
    keywords: tuple[str, ...]
    """Tags."""
    images: tuple[Image, ...]
    """Pictures in the order of the page."""
    attachments: tuple[Attachment, ...]
    """Files in the order of the page."""
    videos: tuple[str, ...] = ()
    """Addresses of films, or of the players that show them."""
    related: tuple[Link, ...] = ()
    """Other articles of the site that this one is followed by: «Читайте также», «По теме»."""
    dates: tuple[DateMention, ...]
    """Every date in the body."""
    entities: tuple[EntityMention, ...]
    """Every person, body and place in the body."""
    language: str | None
    """ISO 639-1 of the body, null when it is not plain."""
    fingerprint: str
    """Signature of the text, prefixed with its scheme; equal for texts that differ in typography only."""
    problems: tuple[Problem, ...]
    """What stayed unresolved, and why."""
    repairs: dict[str, int] = Field(default_factory=dict)
    """What was put right in the page's bytes and texts, as in RawArticle; kinds that did not happen are absent."""
    fetched_at: AwareDatetime
    """When the page behind this state was first fetched, UTC."""
    page_id: str
    """Key in `pages` of the page behind this state."""
    extracted_by: str
    """Site, layout and a digest of both's definition."""
    found_by: dict[str, str] = Field(default_factory=dict)
    """Field -> which selector or rule gave it: `layout:bitrix .news-date`, `json-ld`, `generic`; empty fields are
    absent."""
    pipeline_version: str
    """VERSION of `normalise()` that made it."""


class Identity(Record):
    """Which entity of the registry an article means by one of its ids."""

    key: str
    """`id` of mentions in this article."""
    id: str
    """Key in `entities`."""


class StoredArticle(Article):
    """An article with what only the store knows."""

    identities: tuple[Identity, ...] = ()
    """Who is meant, one line for each distinct `id` among its entities; settled at the end of a run."""
    cluster: str | None = None
    """Id of its near-duplicate group: the address of its original, its own if it has no copy; null until grouped."""
    duplicate_of: str | None = None
    """Address of the group's original; null for the original itself, which an article without a copy is too."""
    revision: int = 1
    """1, 2, …: counts changes of the normalised text."""
    first_seen: AwareDatetime
    """When the article was first stored."""
    last_seen: AwareDatetime
    """When a crawl last met it."""
    gone_at: AwareDatetime | None = None
    """When the site was first seen to have taken it down (404, 410) or moved it; null while it is there."""
    moved_to: str | None = None
    """The article that its address leads to since `gone_at`, where that is another one."""
    run_id: str
    """The run that wrote this state."""
