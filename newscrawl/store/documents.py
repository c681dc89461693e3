"""Records to documents and back."""

from __future__ import annotations

import hashlib
import re
import zlib
from datetime import timedelta
from typing import Any, TypeVar

from newscrawl.items import Article, Page, Problem, Record
from newscrawl.store.schema import Document

AnyRecord = TypeVar("AnyRecord", bound=Record)

_TEXT_FIELDS = ("headline", "lead", "article_body", "attachments")
"""A change in one of these, or another publication date, makes a new revision; all else is only a better reading."""
_DATE_FIELDS = (
    "date_published", "date_published_raw", "date_published_precision", "date_published_source",
)  # fmt: skip
_SPANS = {"minute": timedelta(), "day": timedelta(days=1), "month": timedelta(days=31), "year": timedelta(days=366)}
"""How long what is meant by a date may be."""
_AGO = re.compile(r"назад|только что", re.IGNORECASE)
"""Words that tell the time to the hour at best, and another one on each visit."""
_ORIGIN_FIELDS = ("page_id", "fetched_at")
"""Which fetch a state came from: no part of what it says."""


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


def stored(kind: type[AnyRecord], document: Document, **others: Any) -> AnyRecord:
    """Return the record of a document: its fields of these names, `_id` as `id` where the record has one, `others`."""
    fields = {name: document[name] for name in kind.model_fields if name in document}
    if "id" in kind.model_fields:
        fields["id"] = document["_id"]
    return kind.model_validate(fields | others)


def says_the_same(old: Document, new: Document) -> bool:
    """Tell whether two states of an article agree in everything but the fetch they came from."""
    return all(old.get(name) == value for name, value in new.items() if name not in _ORIGIN_FIELDS)


def same_text(old: Document, new: Document) -> bool:
    """Tell whether two states are one revision."""
    return all(old.get(name) == new[name] for name in _TEXT_FIELDS) and same_date(old, new)


def same_date(old: Document, new: Document) -> bool:
    """Tell whether two states may mean one publication date, one of them less finely than the other."""
    before, after = old.get("date_published"), new["date_published"]
    if before is None or after is None or before == after:
        return bool(before == after)
    if any(_AGO.search(one.get("date_published_raw") or "") for one in (old, new)):
        return bool(abs(after - before) < _SPANS["day"])
    spans = [_SPANS[one["date_published_precision"]] for one in (old, new)]
    coarse, fine = (before, after) if spans[0] > spans[1] else (after, before)
    return bool(coarse <= fine < coarse + max(spans) and spans[0] != spans[1])


def with_finer_date(old: Document, new: Document) -> Document:
    """Return the new state with the old one's date where both mean the same and the old one says it as finely.

    «2 часа назад» on a page says something else on each visit: the first reading of it was the nearest.
    """
    if old.get("date_published") in {None, new["date_published"]} or not same_date(old, new):
        return new
    if _SPANS[old["date_published_precision"]] > _SPANS[new["date_published_precision"]]:
        return new
    return new | {name: old[name] for name in _DATE_FIELDS}


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
    return stored(Page, document, body=zlib.decompress(document["body"]))


def problem_document(problem: Problem | None) -> Document | None:
    """Return a problem as it is marked on a page."""
    return problem.model_dump() if problem else None
