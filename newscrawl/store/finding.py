"""How articles are found: by what is kept with each of them for search, and by the filters that readers know.

`search` of an article's document holds `words`, its words in their dictionary form, and `order`, one number that sorts
articles as a list shows them: by publication, the latest first, those without a date last. So the newest articles with
a word are read from one index without sorting, however many there are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bson.int64 import Int64

from newscrawl.errors import QuestionError
from newscrawl.store.cursors import read_cursor, read_moment, unknown, write_cursor
from pipelines.words import Question, words_of

if TYPE_CHECKING:
    from newscrawl.store.schema import Document
    from newscrawl.store.store import Store

EPOCH = datetime(1, 1, 1, tzinfo=UTC)
ORDER_BITS = 24
"""Of `order`, below the seconds: a digest of the address, so that two articles of one second have an order too."""
END = (1 << 63) - 1
"""More than any order."""
MOST_TEXT = 200
"""Letters of a question."""


@dataclass(frozen=True)
class ArticleFilter:
    """Which articles are wanted; what is None does not count."""

    site: str | Sequence[str] | None = None
    """Name of a site, or several."""
    city: str | Sequence[str] | None = None
    """A city, in Russian, or several."""
    region: str | Sequence[str] | None = None
    """ISO 3166-2, or several."""
    since: datetime | None = None
    """Published then or later; UTC."""
    until: datetime | None = None
    """Published before; UTC."""
    entity: str | Sequence[str] | None = None
    """An entity of the registry that they mention, by its id (one that was merged away too), or any of several."""
    text: str | None = None
    """Russian words in any form that headline, lead or body have: every one, and none that begins with a minus."""
    with_copies: bool = False
    """Near-duplicates that are not the original of their group too."""


def search_fields(document: Document) -> Document:
    """Return what an article is found by; it follows from its own fields alone."""
    words = words_of(document["headline"], document["lead"], document["article_body"])
    return {"words": words, "order": Int64(order(document["date_published"], document["url"]))}


def order(published: datetime | None, url: str) -> int:
    """Return the number that sorts an article; it fits into 63 bits. Without a date it is below all others."""
    low = int.from_bytes(hashlib.sha256(url.encode("utf-8", "surrogatepass")).digest()[: ORDER_BITS // 8])
    seconds = 0 if published is None else 1 + int((published - EPOCH).total_seconds())
    return (seconds << ORDER_BITS) | low


def query_of(store: Store, wanted: ArticleFilter) -> Document:
    """Return MongoDB's query for a filter. Only values go into it, never an operator from outside.

    Raises QuestionError for words that nothing could be found by.
    """
    query = query_without_words(store, wanted)
    if wanted.text is not None:
        least, below = bounds(wanted)
        query |= _with_words(question(wanted.text)) | {"search.order": {"$gte": least, "$lt": below}}
    return query


def query_without_words(store: Store, wanted: ArticleFilter) -> Document:
    """Return the part of the query that says nothing of words."""
    query: Document = {}
    for name in ("site", "city", "region"):
        value = getattr(wanted, name)
        if value is not None:
            query[name] = str(value) if isinstance(value, str) else {"$in": [str(one) for one in value]}
    if wanted.entity is not None:
        asked = [wanted.entity] if isinstance(wanted.entity, str) else wanted.entity
        query["identities.id"] = {"$in": sorted({one for each in asked for one in store.registry.ids(each)})}
    span = {name: value for name, value in (("$gte", wanted.since), ("$lt", wanted.until)) if value is not None}
    if span and (wanted.text is None or any(moment.microsecond for moment in span.values())):
        query["date_published"] = span  # whole seconds `search.order` tells as well, and it is in the index
    if not wanted.with_copies:
        query["duplicate_of"] = None
    return query


def several_words(wanted: ArticleFilter) -> Question | None:
    """Return what is asked where words alone have to tell the articles, and one list of them would not do.

    Then `newscrawl.store.postings` finds them; a site, a city or an entity leaves so few that MongoDB does.
    """
    if wanted.text is None or any((wanted.site, wanted.city, wanted.region, wanted.entity)):
        return None
    asked = question(wanted.text)
    return asked if len(asked.wanted) + len(asked.unwanted) > 1 else None


def question(text: str) -> Question:
    """Read what was typed. Raises QuestionError, in words for who typed it."""
    if len(text) > MOST_TEXT:
        raise QuestionError(f"the search is longer than {MOST_TEXT} letters")
    try:
        return Question.of(text)
    except ValueError as error:
        raise QuestionError(f"the search «{text}» cannot be answered: {error}") from None


def _with_words(asked: Question) -> Document:
    conditions: list[Document] = [{"search.words": any_of(words)} for words in asked.wanted]
    conditions += [{"search.words": {"$nin": sorted(words)}} for words in asked.unwanted]
    return {"$and": conditions}


def any_of(words: frozenset[str]) -> Any:
    """Return the condition for a word that may be of several dictionary forms."""
    return next(iter(words)) if len(words) == 1 else {"$in": sorted(words)}


def bounds(wanted: ArticleFilter) -> tuple[int, int]:
    """Return the orders between which articles of a filter's time have theirs: from, and less than.

    Of a second that the time begins or ends within `date_published` decides.
    """
    least = 0 if wanted.since is None else _first(wanted.since)
    if wanted.until is None:
        return least, END
    return least, _first(wanted.until) + (1 << ORDER_BITS if wanted.until.microsecond else 0)


def _first(moment: datetime) -> int:
    """Return the least order of what was published in a second or later."""
    return (1 + int((moment - EPOCH).total_seconds())) << ORDER_BITS


@dataclass(frozen=True)
class Order:
    """An order in which articles are read, and how to go on after one of them."""

    sort: list[tuple[str, int]]
    after: Callable[[Document], Document]
    """From the last document to the condition for what follows it."""
    write: Callable[[Document], str]
    """From the last document to a cursor."""
    read: Callable[[str], Document]
    """From a cursor to the condition for what follows."""


def order_of(wanted: ArticleFilter) -> Order:
    """Return the order for a filter: the latest published first, undated ones last; an index serves it."""
    return BY_WORDS if wanted.text is not None else BY_DATE


def _behind_number(last: Document) -> Document:
    return {"search.order": {"$lt": last["search"]["order"]}}


def _behind_date(last: Document) -> Document:
    """Return the condition for what comes after a document in this order."""
    day = last["date_published"]
    same_day = {"date_published": day, "_id": {"$gt": last["_id"]}}
    if day is None:
        return same_day
    return {"$or": [{"date_published": {"$lt": day}}, same_day, {"date_published": None}]}


def _write_date(last: Document) -> str:
    day = last["date_published"]
    return write_cursor(None if day is None else day.isoformat(), last["_id"])


def _read_date(cursor: str) -> Document:
    day, url = read_cursor(cursor, (str, type(None)), str)
    moment = None if day is None else read_moment(day)
    return _behind_date({"date_published": moment, "_id": url})


def place(cursor: str) -> int:
    """Return the order that a cursor among words tells."""
    (number,) = read_cursor(cursor, int)
    if not 0 <= number < END:
        raise unknown()
    return int(number)


def _read_number(cursor: str) -> Document:
    return _behind_number({"search": {"order": place(cursor)}})


BY_DATE = Order([("date_published", -1), ("_id", 1)], _behind_date, _write_date, _read_date)
BY_WORDS = Order(
    [("search.order", -1)], _behind_number, lambda last: write_cursor(last["search"]["order"]), _read_number
)
