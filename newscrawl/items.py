"""The records that travel the road: Page -> RawArticle -> Article, with their mentions.

All are frozen pydantic models: validated when made, compared by value, picklable, and the source of MongoDB's
validators (`newscrawl.store.schema`) and of docs/record.md. Date-times are aware; spans are code points of the text
they point into, `stop` exclusive.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

EntityType = Literal["PER", "ORG", "LOC", "EVENT"]
Uncertainty = Literal["unknown_word", "ambiguous", "no_agreement", "letters"]
RunStatus = Literal["running", "done", "failures", "stopped", "unavailable", "died"]
DecisionKind = Literal["merge", "split"]
ArticlePrecision = Literal["minute", "day", "month", "year"]
MentionPrecision = Literal[
    "minute", "hour", "day", "week", "month", "quarter", "half", "season", "year", "decade", "century"
]


class Record(BaseModel):
    """What all records share: frozen, no unknown fields, attribute docstrings as field descriptions."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class ListingEntry(Record):
    """What a listing, feed or sitemap says of an article that it links to."""

    url: str
    """The article's address, absolute, as it may be fetched."""
    source: str
    """Which source of the site named it: `listing`, `feed` or `sitemap`."""
    headline: str | None = None
    """The link's text, whitespace folded."""
    date_published_raw: str | None = None
    """The date beside the link, as written."""
    lead: str | None = None
    """The summary beside the link."""
    year: int | None = None
    """The year of that date where it leaves it out: as a heading of the list tells it, or the order of its entries."""


class Page(Record):
    """A response as it came: bytes, not text. Everything that extraction may know about its fetch is in here."""

    url: str
    """The address that answered, after redirects; on the site's canonical host, whichever of its hosts was asked."""
    site: str | None = None
    """Name of the site it belongs to; null for a page from nowhere in particular."""
    fetched_at: AwareDatetime
    """When these bytes were first seen; the base of relative dates. UTC in the store."""
    status: int = 200
    """HTTP status."""
    headers: dict[str, str] = {}
    """Response headers, names in lower case."""
    body: bytes
    """The body after content decoding (gzip, brotli), otherwise untouched."""
    entry: ListingEntry | None = None
    """The listing entry that led here, kept so that reprocessing sees what the crawl saw."""
    id: str = ""
    """Key in `pages`: a digest of address and body. '' until stored."""


class Image(Record):
    """A picture of the article."""

    url: str
    """Absolute address."""
    caption: str | None = None
    """Its caption or alternative text."""


class Attachment(Record):
    """A file that the article offers."""

    url: str
    """Absolute address."""
    title: str | None = None
    """The link's text."""
    type: str | None = None
    """The file's extension in lower case, without the dot: `pdf`, `docx`."""
    size: str | None = None
    """Its size as the page writes it: `1,2 МБ`."""


class Link(Record):
    """A page that the article points its readers to."""

    url: str
    """Absolute address."""
    title: str | None = None
    """The link's text."""


class Evidence(Record):
    """One place on the page that states a value, in its own words."""

    source: str
    """Which rule or selector gave it: `layout:tpl .news-date`, `json-ld`, `microdata`, `opengraph`, `listing`."""
    text: str
    """The words found there."""
    year: int | None = None
    """The year of a date that leaves it out, where the list that led here tells it."""


class RawArticle(Record):
    """What the page says, in its own words. Made by `newscrawl.extract.extract_article`; nothing is interpreted yet."""

    url: str
    """Canonical address: the article's key."""
    site: str | None
    """Name of the site."""
    city: str | None
    """The site's city, in Russian."""
    region: str | None
    """ISO 3166-2 code of the region."""
    timezone: str
    """IANA zone in which the page's dates are meant."""
    named_days: tuple[tuple[str, str], ...] = ()
    """The city's own named days and their rules: ("День города", "last saturday 08")."""
    headline: str | None
    """The title as shown."""
    lead: str | None
    """The summary, when it is not simply the body's first paragraph."""
    article_body: str
    """Paragraphs joined by a blank line."""
    date_published: tuple[Evidence, ...]
    """What the page offers as its publication date, best evidence first."""
    date_modified: tuple[Evidence, ...]
    """The same for the last change."""
    authors: tuple[str, ...]
    """As signed."""
    article_section: str | None
    """The rubric."""
    keywords: tuple[str, ...]
    """Tags."""
    images: tuple[Image, ...]
    """In the order of the page."""
    attachments: tuple[Attachment, ...]
    """In the order of the page."""
    videos: tuple[str, ...] = ()
    """Addresses of films, or of the players that show them."""
    related: tuple[Link, ...] = ()
    """Other articles of the site that this one is followed by: «Читайте также», «По теме»."""
    fetched_at: AwareDatetime
    """When the page was fetched: the base of relative dates."""
    page_id: str
    """Key of the page in `pages`."""
    extracted_by: str
    """Site, layout and a digest of both's definition: tells whether extracting anew could differ."""
    repairs: dict[str, int] = {}
    """What was put right in the page's bytes and in the texts above, kind -> how many: `charset` (declared wrongly),
    `mixed_charset`, `broken_bytes`, `mojibake`, `references`, `lookalikes`, `digits`, `invisible`, `composed`,
    `controls`, `spaces`; see `pipelines.text` and `newscrawl.encoding`."""


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
    repairs: dict[str, int] = {}
    """What was put right in the page's bytes and texts, as in RawArticle; kinds that did not happen are absent."""
    fetched_at: AwareDatetime
    """When the page behind this state was first fetched, UTC."""
    page_id: str
    """Key in `pages` of the page behind this state."""
    extracted_by: str
    """Site, layout and a digest of both's definition."""
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
    """Id of its near-duplicate group; null while it has not been grouped."""
    duplicate_of: str | None = None
    """The group's original; null for the original itself."""
    revision: int = 1
    """1, 2, …: counts changes of the normalised text."""
    first_seen: AwareDatetime
    """When the article was first stored."""
    last_seen: AwareDatetime
    """When a crawl last met it."""
    run_id: str
    """The run that wrote this state."""


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


class Run(Record):
    """One run of a job."""

    id: str
    """`_id` in the store; begins with the start in UTC, so ids sort by time."""
    job: str
    """`crawl`, `reprocess`, …"""
    site: str | None
    """The site it worked on; null for all."""
    started_at: AwareDatetime
    """UTC."""
    finished_at: AwareDatetime | None
    """UTC; null while it runs."""
    status: RunStatus
    """`done`; `failures`: done, with failures worth a look; `stopped` by hand; `unavailable`: store or network gone;
    `died`: ended without a word; `running`."""
    stats: dict[str, int | float]
    """Counts by name: `articles_new`, `unresolved.date_published.missing`, …"""
    warnings: tuple[str, ...]
    """What a person should look at."""


def count_failures(stats: Mapping[str, int | float]) -> int | float:
    """Return how much failed in a run: the sum of its `failed.…` counters."""
    return sum(number for name, number in stats.items() if name.startswith("failed."))
