"""Stored pages, found by which ones are to be read anew: ranges of a site's articles, planned and read by an index.

Pages and articles travel to worker processes and back as MongoDB gave them: the process that talks to MongoDB does
not unpack what only others look into.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import bson
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from pymongo.errors import PyMongoError

from newscrawl.clock import now
from newscrawl.items import Article, Page, Problem, StoredArticle
from newscrawl.sites.model import Site
from newscrawl.store import articles
from newscrawl.store.documents import stored, stored_page
from newscrawl.store.ledger import settle
from newscrawl.store.schema import Document
from newscrawl.versions import EXTRACT_VERSION

if TYPE_CHECKING:
    from newscrawl.store.store import Store

_RAW: CodecOptions[RawBSONDocument] = CodecOptions(document_class=RawBSONDocument, tz_aware=True)
_DECODED: CodecOptions[Document] = CodecOptions(tz_aware=True)
_ROWS = 1000
"""Entries of the index that are looked at together."""
_CHUNK = 16
"""Pages that make one journey to a worker."""
_CHUNK_BYTES = 4 * 1024 * 1024
"""Of pages, compressed; one page may be larger."""
_KEYS = {"article_id": 1, "problem.reason": 1}
_ORDER = [("site", 1), ("article_id", 1), ("fetched_at", -1), ("_id", 1)]


@dataclass(frozen=True)
class PageRange:
    """Pages of the articles of a site whose addresses lie in a range."""

    site: str
    after: str | None
    """The address before the first; null: from the first one on."""
    until: str | None
    """The last address; null: to the last one."""
    pages: int
    """How many pages of them are stored, several of one article too."""


@dataclass(frozen=True)
class Remnant:
    """One page to be read anew, and what its article is now. As MongoDB keeps them; small to send."""

    address: str
    """The article's, as the page was stored with it."""
    page_document: bytes
    article_document: bytes | None

    @property
    def page(self) -> Page:
        """The page as it was fetched."""
        return stored_page(_document(self.page_document))

    @property
    def problem(self) -> Problem | None:
        """Why the page gave no article the last time, if so."""
        problem = _document(self.page_document)["problem"]
        return Problem.model_validate(problem) if problem else None

    @property
    def before(self) -> Document | None:
        """The stored article's document."""
        return _document(self.article_document) if self.article_document is not None else None

    @property
    def article(self) -> StoredArticle | None:
        """The stored article."""
        before = self.before
        return stored(StoredArticle, before) if before is not None else None


@dataclass(frozen=True)
class Reread:
    """What is to be written of some pages that were read anew."""

    planned: Sequence[articles.Planned]
    marks: Mapping[str, Problem | None]
    """Page id -> why it gives no article, or None now that it does; only where that is new."""
    page_ids: Sequence[str]
    """All of them."""
    moved: Mapping[str, Article]
    """Address by which an article was stored -> what it is today, under another address."""


class Rereading:
    """Finds the pages that the state of the articles rests on, and writes what they say today."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._raw_pages = store.pages.with_options(codec_options=_RAW)
        self._raw_articles = store.articles.with_options(codec_options=_RAW)

    def sites(self) -> list[str]:
        """Return the names of all sites with pages of articles. An index alone answers."""
        found = self._store.call(lambda: self._store.pages.distinct("site", {"article_id": {"$type": "string"}}))
        return sorted(str(name) for name in found if name is not None)

    def count(self, site: str) -> int:
        """Return how many pages of a site's articles are stored."""
        query = {"site": site, "article_id": {"$type": "string"}}
        return self._store.call(lambda: self._store.pages.count_documents(query))

    def ranges(self, site: str, size: int) -> Iterator[PageRange]:
        """Yield ranges of about `size` pages that hold all of a site's; all pages of an article are in one."""
        after: str | None = None
        while True:
            last = self._address_behind(site, after, size)
            span = _span(after, last)
            pages = self._store.call(
                lambda span=span: self._store.pages.count_documents({"site": site, "article_id": span})  # type: ignore[misc]
            )
            if pages:
                yield PageRange(site, after, last, pages)
            if last is None:
                return
            after = last

    def chunks(
        self, part: PageRange, site: Site, *, pipeline_version: str, everything: bool = False, most: int | None = None
    ) -> Iterator[tuple[int, list[Remnant]]]:
        """Yield (index entries passed, pages to read anew) for the articles of a range, in a few megabytes at a time.

        An article rests on the page it was made of, or on its newest one where that gave no article. Due is what older
        code, another site file or nobody has made an article of; with `everything` all. `most`: so many at most.
        """
        made_by = f"@{EXTRACT_VERSION}.{site.digest}"
        found = 0
        for passed, newest in self._newest(part):
            made = self._made(list(newest))
            due: dict[str, tuple[str, str]] = {}
            for address, (key, is_problem) in newest.items():
                one = made.get(address)
                current = (
                    one is not None
                    and one["pipeline_version"] == pipeline_version
                    and str(one["extracted_by"]).endswith(made_by)
                )
                if everything or is_problem or not current:
                    due[address] = (key if is_problem or one is None else one["page_id"], key)
            for chunk in self._fetched(due, None if most is None else most - found):
                found += len(chunk)
                yield 0, chunk
                if most is not None and found >= most:
                    return
            yield passed, []

    def remnants(self, keys: Mapping[str, str]) -> Iterator[Remnant]:
        """Yield pages with what is stored of their articles, by address -> key of the page."""
        for chunk in self._fetched({address: (key, key) for address, key in keys.items()}, None):
            yield from chunk

    def write(self, reread: Reread, run_id: str) -> articles.Written:
        """Write what pages say today. May be repeated without harm; articles that stay the same are not touched."""
        store = self._store
        written = store.call(lambda: articles.carry_out(store, reread.planned))
        for old, article in reread.moved.items():
            self._move(old, article, run_id)
        if reread.marks:
            store.mark_pages(reread.marks)
        settle(store, reread.page_ids)
        return written

    # --- its parts

    def _address_behind(self, site: str, after: str | None, size: int) -> str | None:
        """Return the article's address that stands `size` pages behind another, None when there are fewer."""
        query = {"site": site, "article_id": _span(after, None)}
        wanted = {"_id": 0, "article_id": 1}

        def look() -> Document | None:
            return next(iter(self._store.pages.find(query, wanted).sort(_ORDER).skip(size - 1).limit(1)), None)

        found = self._store.call(look)
        return str(found["article_id"]) if found is not None else None

    def _newest(self, part: PageRange) -> Iterator[tuple[int, dict[str, tuple[str, bool]]]]:
        """Yield (entries passed, address -> key of its newest page, whether that has a problem), some at a time."""
        rows = self._rows(part)
        last: str | None = None
        while found := list(islice(rows, _ROWS)):
            newest: dict[str, tuple[str, bool]] = {}
            for one in found:
                if one["article_id"] != last:
                    last = one["article_id"]
                    newest[last] = (one["_id"], (one.get("problem") or {}).get("reason") is not None)
            yield len(found), newest

    def _rows(self, part: PageRange) -> Iterator[Document]:
        """Yield the index's entries of a range; a server that went away is gone on with where it was."""
        at: str | None = None
        """The article whose entries were read last: they are read again, nothing is left out."""
        seen: set[str] = set()
        cursor: Any = None

        def some() -> list[Document]:
            nonlocal cursor
            if cursor is None:
                span = _span(part.after, part.until) if at is None else _span(None, part.until) | {"$gte": at}
                cursor = self._store.pages.find({"site": part.site, "article_id": span}, _KEYS).sort(_ORDER)
            try:
                return list(islice(cursor, _ROWS))
            except PyMongoError:
                cursor = None
                raise

        while found := self._store.call(some):
            for one in found:
                if one["article_id"] != at:
                    at, seen = one["article_id"], set()
                if one["_id"] not in seen:
                    seen.add(one["_id"])
                    yield one

    def _made(self, addresses: list[str]) -> dict[str, Document]:
        wanted = {"page_id": 1, "pipeline_version": 1, "extracted_by": 1}
        query = {"_id": {"$in": addresses}}
        return self._store.call(lambda: {one["_id"]: one for one in self._store.articles.find(query, wanted)})

    def _fetched(self, due: Mapping[str, tuple[str, str]], most: int | None) -> Iterator[list[Remnant]]:
        addresses = iter(list(due)[:most])
        while batch := list(islice(addresses, _CHUNK)):
            keys = [key for address in batch for key in set(due[address])]
            pages = self._store.call(lambda keys=keys: _by_id(self._raw_pages.find({"_id": {"$in": keys}})))  # type: ignore[misc]
            states = self._store.call(lambda batch=batch: _by_id(self._raw_articles.find({"_id": {"$in": batch}})))  # type: ignore[misc]
            chunk: list[Remnant] = []
            size = 0
            for address in batch:
                page = pages.get(due[address][0]) or pages.get(due[address][1])
                if page is None or page["article_id"] != address:  # it has become another article's
                    continue
                state = states.get(address)
                if chunk and size + len(page.raw) > _CHUNK_BYTES:
                    yield chunk
                    chunk, size = [], 0
                chunk.append(Remnant(address, bytes(page.raw), bytes(state.raw) if state is not None else None))
                size += len(page.raw)
            if chunk:
                yield chunk

    def _move(self, old: str, article: Article, run_id: str) -> None:
        """Store an article that has another address by today's rules, and leave word at the old one, as a crawl does.

        What is stored there already was made of its own pages, and stays.
        """
        store, new = self._store, article.url
        if store.find_article(new) is None:
            anew = articles.plan(None, article, run_id, articles.new_token(run_id))
            store.call(lambda: articles.carry_out(store, [anew]))
        store.mark_gone(old, now(), moved_to=new)
        same = {"site": article.site, "article_id": old}
        store.call(lambda: store.pages.update_many(same, {"$set": {"article_id": new}}))


def _span(after: str | None, until: str | None) -> Document:
    return {"$gt": after or ""} | ({"$lte": until} if until is not None else {})


def _by_id(found: Any) -> dict[str, RawBSONDocument]:
    return {one["_id"]: one for one in found}


def _document(raw: bytes) -> Document:
    return bson.decode(raw, _DECODED)
