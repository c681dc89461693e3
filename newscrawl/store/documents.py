"""Records to documents and back."""

from __future__ import annotations

import hashlib
import zlib
from datetime import UTC, datetime
from typing import Any

from newscrawl.items import Article, Page, Problem, Run, StoredArticle
from newscrawl.store.schema import Document

_TEXT_FIELDS = ("headline", "lead", "article_body", "date_published", "attachments")
"""A change in one of these makes a new revision; anything else is only a better reading of the same text."""
_ORIGIN_FIELDS = ("page_id", "fetched_at")
"""Which fetch a state came from: no part of what it says."""


def now() -> datetime:
    """Return the time as MongoDB keeps it: UTC, milliseconds."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def article_document(article: Article) -> Document:
    """Return an article's own fields as MongoDB gives them back (lists, no tuples), without `_id`."""
    document = article.model_dump()
    return {name: _plain(value) for name, value in document.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return value


def stored_article(document: Document) -> StoredArticle:
    """Return the record of a document in `articles`."""
    return StoredArticle.model_validate(
        {name: document[name] for name in StoredArticle.model_fields if name in document}
    )


def stored_run(document: Document) -> Run:
    """Return the record of a document in `runs`."""
    return Run.model_validate(
        {"id": document["_id"]} | {name: document[name] for name in Run.model_fields if name in document}
    )


def says_the_same(old: Document, new: Document) -> bool:
    """Tell whether two states of an article agree in everything but the fetch they came from."""
    return all(old.get(name) == value for name, value in new.items() if name not in _ORIGIN_FIELDS)


def same_text(old: Document, new: Document) -> bool:
    """Tell whether two states are one revision."""
    return all(old.get(name) == new[name] for name in _TEXT_FIELDS)


def page_id(article_url: str, body: bytes) -> str:
    """Return the key of a page: the same address with the same bytes is the same page."""
    return hashlib.sha256(article_url.encode() + b"\0" + body).hexdigest()[:32]


def page_document(page: Page, article_url: str | None, encoding: str | None, problem: Problem | None) -> Document:
    """Return what is stored of a page: everything, the body compressed."""
    return page.model_dump(exclude={"id", "body", "entry"}) | {
        "body": zlib.compress(page.body),
        "compression": "zlib",
        "encoding": encoding,
        "article_id": article_url,
        "entry": page.entry.model_dump() if page.entry else None,
        "problem": problem_document(problem),
    }


def stored_page(document: Document) -> Page:
    """Return the page as it was fetched."""
    fields = {name: document[name] for name in Page.model_fields if name in document}
    return Page.model_validate(fields | {"id": document["_id"], "body": zlib.decompress(document["body"])})


def problem_document(problem: Problem | None) -> Document | None:
    """Return a problem as it is marked on a page."""
    return problem.model_dump() if problem else None
