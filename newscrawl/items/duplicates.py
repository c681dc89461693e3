"""What near-duplicates of an article are looked up by."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime

from newscrawl.items.record import Record

Due = Literal["new", "look", "group"]


class ArticleSignature(Record):
    """The sampled shingles of an article's text, and what is known of its copies; see docs/duplicates.md."""

    id: str
    """`_id` in the store: the article's."""
    rank: int
    """A hash of `id`, 64 bits: postings are ordered by it."""
    scheme: str
    """Version of the signatures; those of two schemes are never compared."""
    site: str | None
    """Name of the site."""
    text: int
    """Digest of headline, lead and body: another one when the text changed."""
    hashes: tuple[int, ...]
    """The kept shingles, ascending, 128 at most; none for a text without a word."""
    published: AwareDatetime | None
    """`date_published` of the article."""
    fetched: AwareDatetime
    """`first_seen` of the article."""
    copies: tuple[int, ...] = ()
    """Ranks of articles before it in rank that are the same text; absent if there is none."""
    due: Due | None = None
    """What is still to be done: `new`: look for its copies on both sides in rank; `look`: on the side before it;
    `group`: make its group anew. Absent when all is done."""
