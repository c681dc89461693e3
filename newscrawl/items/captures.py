"""What archives hold of a site: captures of its articles' addresses, and how far their indexes were read."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, Field

from newscrawl.items.pages import ListingEntry
from newscrawl.items.record import Record

Archive = Literal["wayback", "commoncrawl", "ccnews", "warc"]
CaptureState = Literal["waiting", "fetched", "read", "spare", "known", "left"]


class Capture(Record):
    """A page as an archive took it at some moment, and what a backfill did with it."""

    id: str
    """`_id` in the store: the site's name, the archive, the moment (`YYYYMMDDhhmmss`) and `asked`."""
    site: str
    """Name of the site."""
    archive: Archive
    """Which one has it; `warc`: a file on disk."""
    url: str
    """Canonical address of the article, as far as the address tells."""
    asked: str
    """The address that was archived."""
    captured_at: AwareDatetime
    """When it was; the base of relative dates. UTC, as all times here."""
    digest: str | None = None
    """The archive's digest of the body: equal ones are the same bytes."""
    mime: str | None = None
    """Media type, as the archive has it."""
    place: str | None = None
    """The WARC file that holds it: a path (of a member of a WACZ file: behind `#`), an archive's own name for it."""
    offset: int | None = None
    """Where its record begins there, in bytes."""
    length: int | None = None
    """How long that is, compressed."""
    is_revisit: bool = False
    """Whether the record only says that the bytes are those of another capture with the same digest."""
    entry: ListingEntry | None = None
    """What a list said of the article, where the archive tells."""
    state: CaptureState = "waiting"
    """`waiting`; `fetched`: its page is stored and not read yet; `read`; `spare`: another capture of the address
    served; `known`: the article was stored before; `left`: no article's."""
    reason: str | None = None
    """Why it was left, or not had the last time."""
    page_id: str | None = None
    """The stored page."""
    failures: int = 0
    """How often the archive did not give it."""


class CaptureList(Record):
    """One question to an archive's index, or one WARC file, and how far the answer was read."""

    id: str
    """`_id` in the store: the site's name and what was asked."""
    site: str
    """Name of the site."""
    archive: Archive
    """Which one was asked."""
    asked: str
    """What: an address, a file."""
    first: str
    """The day (`YYYY-MM-DD`) from which captures are wanted."""
    last: str
    """The day until which."""
    cursor: str | None = None
    """From where to go on: an index's resume key, the number of a page, a byte of a file."""
    captures: int = 0
    """Captures that it named and that are wanted."""
    left: dict[str, int] = Field(default_factory=dict)
    """Reason -> how many it named that are not: `status`, `not_html`, `other_host`, `no_article`, `other_time`."""
    read_at: AwareDatetime | None = None
    """When it was last gone on with."""
    done_at: AwareDatetime | None = None
    """When its end was reached; null: not yet."""
    problem: str | None = None
    """What was wrong with it, in a sentence."""
