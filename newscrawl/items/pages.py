"""From the network to what the page says: ListingEntry, Page, RawArticle and their parts."""

from __future__ import annotations

from pydantic import AwareDatetime, Field

from newscrawl.items.record import Record

IMPORTED_TYPE = "application/vnd.newscrawl.article+json"
"""Content-Type of a page that is a line of JSON from elsewhere: `newscrawl import`."""


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
    seen_at: AwareDatetime | None = None
    """When the list said so, UTC: the base of «2 часа назад» beside the link. Null: when the page was fetched."""


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
    headers: dict[str, str] = Field(default_factory=dict)
    """Response headers, names in lower case."""
    body: bytes
    """The body after content decoding (gzip, brotli), otherwise untouched."""
    entry: ListingEntry | None = None
    """The listing entry that led here, kept so that reprocessing sees what the crawl saw."""
    archived_from: str | None = None
    """Where an archive has these bytes (`wayback https://web.archive.org/web/…`, `warc FILE@OFFSET`); `fetched_at` is
    when it took them. Null for an answer of the site itself."""
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
    said_at: AwareDatetime | None = None
    """When these words were said, where that was not when the page was fetched: a list may have been read before."""


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
    found_by: dict[str, str] = Field(default_factory=dict)
    """Field -> which selector or rule gave it: `layout:bitrix .news-date`, `json-ld`, `generic`; empty fields are
    absent."""
    repairs: dict[str, int] = Field(default_factory=dict)
    """What was put right in the page's bytes and in the texts above, kind -> how many: `charset` (declared wrongly),
    `mixed_charset`, `broken_bytes`, `mojibake`, `references`, `lookalikes`, `digits`, `invisible`, `composed`,
    `controls`, `spaces`; see `pipelines.text` and `newscrawl.encoding`."""
