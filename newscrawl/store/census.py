"""What the articles say of some names: counted by MongoDB, made into entities here."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from newscrawl.store.claims import claim_of
from newscrawl.store.decisions import Sighting
from newscrawl.store.identity import Group, home_of, name_of
from newscrawl.store.schema import Document
from newscrawl.store.stems import stems
from pipelines.text import fold

if TYPE_CHECKING:
    from newscrawl.store.store import Store


@dataclass(frozen=True)
class Row:
    """Articles that agree in everything that could tell two entities apart, or one article."""

    sighting: Sighting
    place: str
    """City of the site, or the site's name."""
    type: str
    normal: str
    uncertain: str | None
    """Why `normal` may be wrong."""
    current: str
    """The entity that these articles have now."""
    articles: int
    first: datetime
    last: datetime
    texts: tuple[str, ...]
    refs: tuple[str, ...]


def count(store: Store, keys: Sequence[str], *, by_article: bool = False) -> Iterator[Row]:
    """Yield what the articles say of some keys; `by_article` one row for each article and key."""
    return map(_row, store.articles.aggregate(_stages(keys, by_article)))


def _stages(keys: Sequence[str], by_article: bool) -> list[Document]:
    mentions = {"input": "$entities", "cond": {"$eq": ["$$this.id", "$identities.key"]}}
    # The longest form of an article, «Елена Сорокина», not a later «Сорокина»; but what is certain comes first.
    doubt = {"$ifNull": ["$$this.uncertain", None]}
    sized = {"certain": {"$eq": [doubt, None]}, "length": {"$strLenCP": "$$this.normal"}}
    sized |= {"normal": "$$this.normal", "uncertain": doubt}
    alike: Document = {name: f"${name}" for name in ("site", "city", "region")}
    alike |= {
        "key": "$identities.key",
        "current": "$identities.id",
        "type": {"$first": "$mine.type"},
        "form": {"$max": {"$map": {"input": "$mine", "in": sized}}},
        "posts": {"$sortArray": {"input": {"$setDifference": ["$mine.post", [None]]}, "sortBy": 1}},
    }
    if by_article:
        alike["article"] = "$_id"
    refs = {"$reduce": {"input": "$mine.refs", "initialValue": [], "in": {"$setUnion": ["$$value", "$$this"]}}}
    return [
        {"$match": {"entities.id": {"$in": list(keys)}}},
        {"$unwind": "$identities"},
        {"$match": {"identities.key": {"$in": list(keys)}}},
        {"$addFields": {"mine": {"$filter": mentions}, "seen": {"$ifNull": ["$date_published", "$fetched_at"]}}},
        {
            "$group": {
                "_id": alike,
                "articles": {"$sum": 1},
                "first": {"$min": "$seen"},
                "last": {"$max": "$seen"},
                "texts": {"$addToSet": {"$setUnion": ["$mine.text"]}},
                "refs": {"$addToSet": refs},
            }
        },
    ]


def _row(document: Document) -> Row:
    told: Document = document["_id"]
    home = home_of(told.get("city"), told.get("region"), told.get("site"))
    posts = tuple(told["posts"])
    claim = claim_of(posts, told.get("city"), home) if posts else ""
    return Row(
        sighting=Sighting(Group(told["key"], home, claim), told.get("site"), posts, told.get("article")),
        place=told.get("city") or told.get("site") or "",
        type=told["type"],
        normal=told["form"]["normal"],
        uncertain=told["form"]["uncertain"],
        current=told["current"],
        articles=document["articles"],
        first=document["first"],
        last=document["last"],
        texts=tuple(text for texts in document["texts"] for text in texts),
        refs=tuple(ref for refs in document["refs"] for ref in refs),
    )


def exact_numbers(store: Store, entity: str) -> Document:
    """Return `articles` and `cities` of an entity with several keys: an article that has two of them counts once."""
    group = {"_id": {"$ifNull": ["$city", "$site"]}, "articles": {"$sum": 1}}
    rows = list(store.articles.aggregate([{"$match": {"identities.id": entity}}, {"$group": group}]))
    cities = Counter({row["_id"]: row["articles"] for row in rows if row["_id"]})
    return {"articles": sum(row["articles"] for row in rows), "cities": _ordered(cities)}


def entity_document(entity: str, rows: Sequence[Row], normal: str | None) -> Document:
    """Return the registry's document of an entity; `normal` is the canonical form that a person gave it."""
    keys = sorted({row.sighting.group.key for row in rows})
    aliases = sorted({text for row in rows for text in row.texts})
    shown, uncertain = (normal, None) if normal else _best_form(rows)
    return {
        "_id": entity,
        "type": rows[0].type,
        "normal": shown,
        "uncertain": uncertain,
        "aliases": aliases,
        "refs": sorted({ref for row in rows for ref in row.refs}),
        "posts": _posts(rows),
        "keys": keys,
        "names": sorted({name_of(key) for key in keys}),
        "cities": _cities(rows),
        "articles": sum(row.articles for row in rows),
        "first_seen": min(row.first for row in rows),
        "last_seen": max(row.last for row in rows),
        "words": sorted(stems([shown, *aliases])),
    }


def _best_form(rows: Sequence[Row]) -> tuple[str, str | None]:
    """Return the form that the id was made of, in its commonest spelling, else the commonest form; why it may be wrong.

    A form that may be wrong is taken only where there is no other.
    """
    certain = [row for row in rows if row.uncertain is None]
    forms: Counter[str] = Counter()
    whole: Counter[str] = Counter()
    for row in certain or rows:
        forms[row.normal] += row.articles
        if _letters(row.normal) == _letters(row.sighting.group.key.partition(":")[2]):
            whole[row.normal] += row.articles
    best = whole or forms
    shown = max(best, key=lambda form: (len(form.split()) if whole else 0, best[form], len(form), form))
    doubts = () if certain else (row.uncertain for row in rows if row.uncertain and row.normal == shown)
    return shown, min(doubts, default=None)


def _letters(text: str) -> list[str]:
    """Return the words in alphabetical order: «Петров Иван» is «Иван Петров»."""
    return sorted(re.findall(r"\w+", fold(text)))


def _posts(rows: Iterable[Row]) -> list[Document]:
    held: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        for post in row.sighting.posts:
            held[post].append(row)
    posts: list[Document] = [
        {
            "post": post,
            "first": min(row.first for row in given),
            "last": max(row.last for row in given),
            "articles": sum(row.articles for row in given),
        }
        for post, given in held.items()
    ]
    return sorted(posts, key=lambda one: (one["last"], one["articles"], one["post"]), reverse=True)


def _cities(rows: Iterable[Row]) -> list[Document]:
    cities: Counter[str] = Counter()
    for row in rows:
        if row.place:
            cities[row.place] += row.articles
    return _ordered(cities)


def _ordered(cities: Counter[str]) -> list[Document]:
    ordered = sorted(cities.items(), key=lambda one: (-one[1], one[0]))
    return [{"city": city, "articles": number} for city, number in ordered]
