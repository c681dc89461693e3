"""The frontier of the crawls: what lists have named, what the last visit brought, what is to be asked for when."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, Field

from newscrawl.items.pages import ListingEntry
from newscrawl.items.record import Record

VisitState = Literal["waiting", "fetched", "read", "gone", "left"]
Chain = Literal["front", "deep"]


class Visit(Record):
    """An address that a list of a site has named, and what became of it."""

    id: str
    """`_id` in the store: the site's name, a space, `url`."""
    site: str
    """Name of the site."""
    url: str
    """Canonical address as listed; where it leads to may be another."""
    entry: ListingEntry
    """What the list says of it, and the address to ask for."""
    told: dict[str, str] = Field(default_factory=dict)
    """Kind of source -> digest of the headline and day that it tells: another one is a reason for a visit."""
    state: VisitState = "waiting"
    """`waiting`: no good answer yet; `fetched`: its page is stored and not read yet; `read`; `gone`: the site says that
    there is none (any more); `left`: no article's."""
    is_alias: bool = False
    """Whether it is no article's address by its form; it may lead to one."""
    article_id: str | None = None
    """The article that it leads to."""
    page_id: str | None = None
    """The stored page of the last good answer."""
    etag: str | None = None
    """The server's validators of that page."""
    last_modified: str | None = None
    """The same."""
    listed_at: AwareDatetime
    """When a list first named it. UTC, as all times here."""
    born_at: AwareDatetime
    """From when its age counts: the publication, as far as that is known, else the first sight."""
    visited_at: AwareDatetime | None = None
    """When it last gave an answer."""
    due_at: AwareDatetime | None = None
    """When to ask for it (again); null: only when a list says something new of it."""
    failures: int = 0
    """Visits in a row that gave no page."""
    reason: str | None = None
    """Why the last one did not."""

    @property
    def validators(self) -> dict[str, str]:
        """Headers that ask the server whether the page is still what is stored."""
        return conditions(self.etag, self.last_modified) if self.page_id else {}


class ListVisit(Record):
    """One page of a source: of a listing, a feed, a sitemap."""

    id: str
    """`_id` in the store: the site's name, a space, the page's address."""
    site: str
    """Name of the site."""
    source: str
    """Address of the source that it belongs to."""
    url: str
    """Address to ask for."""
    chain: Chain | None = None
    """How to go on from here, while nobody has: `front`, until nothing is new; `deep`, to the list's end. Else null."""
    beyond: str | None = None
    """What follows is older than this day (`YYYY-MM-DD`), and was not asked for."""
    newest: str | None = None
    """The day (`YYYY-MM-DD`) of the last entry of the page before, for dates without a year."""
    read_by: str | None = None
    """Digest of the source's definition that read it; under another, its validators do not count."""
    read_at: AwareDatetime | None = None
    """When it was last read, or said to be unchanged; null: not yet."""
    etag: str | None = None
    """The server's validators."""
    last_modified: str | None = None
    """The same."""
    next_url: str | None = None
    """The page after it."""
    is_part: bool = False
    """Whether it is one of many of its source: a year of an archive, a sitemap of an index."""
    unchanged: int = 0
    """Times in a row that it brought nothing new."""
    due_at: AwareDatetime | None = None
    """A part: when to read it again."""

    @property
    def validators(self) -> dict[str, str]:
        """Headers that ask the server whether the page is still what was read."""
        return conditions(self.etag, self.last_modified)


class SourceVisit(Record):
    """How far a source has been read."""

    id: str
    """`_id` in the store: the site's name, a space, the source's address."""
    site: str
    """Name of the site."""
    swept_at: AwareDatetime | None = None
    """When it was first read to its end (or to the day that was asked for); null: not yet."""
    looked_at: AwareDatetime | None = None
    """When more than its first pages were last looked at."""


def conditions(etag: str | None, last_modified: str | None) -> dict[str, str]:
    """Return the headers of a conditional request (RFC 9110, 13.1)."""
    told = {"If-None-Match": etag, "If-Modified-Since": last_modified}
    return {name: value for name, value in told.items() if value}
