"""Steps that bring the documents of an older schema version to the next one. Each may be broken off and run again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from pymongo import UpdateOne
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import OperationFailure

from newscrawl.items import ListingEntry, Visit
from newscrawl.revisits import born_at, next_visit
from newscrawl.store.finding import search_fields
from newscrawl.store.identity import identities

_BATCH = 1000


def add_identities(database: Database[dict[str, Any]]) -> None:
    """1 -> 2: articles say which entity they mean; the registry is made anew from them by the next run or command.

    Mentions have a `name`, null until their page is read anew.
    """
    articles: Collection[dict[str, Any]] = database["articles"]
    nameless = {"name": {"$exists": False}}
    articles.update_many(
        {"entities": {"$elemMatch": nameless}},
        {"$set": {"entities.$[one].name": None}},
        array_filters=[{f"one.{field}": wanted for field, wanted in nameless.items()}],
    )
    fields = {"entities.id": 1, "site": 1, "city": 1, "region": 1}
    updates: list[UpdateOne] = []
    for one in articles.find({"identities": {"$exists": False}}, fields):
        new = {"identities": identities(one), "unsettled": {"token": "schema 2", "gone": []}}
        updates.append(UpdateOne({"_id": one["_id"]}, {"$set": new}))
        if len(updates) >= _BATCH:
            articles.bulk_write(updates, ordered=False)
            updates = []
    if updates:
        articles.bulk_write(updates, ordered=False)
    # Counted per key, with no word of posts or cities; nothing in it that the articles do not say.
    database["entities"].delete_many({"keys": {"$exists": False}})
    with suppress(OperationFailure):  # it is gone
        database["entities"].drop_index("stale_1")


NEW_IN_3: Mapping[str, Mapping[str, None]] = {"entities": {"uncertain": None}, "attachments": {"size": None}}
"""Lists of an article -> what their members got in version 3."""


def add_fields(database: Database[dict[str, Any]]) -> None:
    """2 -> 3: fields that are empty until the page is read anew."""
    for name, fields in NEW_IN_3.items():
        for field, empty in fields.items():
            lacking = {field: {"$exists": False}}
            database["articles"].update_many(
                {name: {"$elemMatch": lacking}},
                {"$set": {f"{name}.$[one].{field}": empty}},
                array_filters=[{f"one.{field}": {"$exists": False}}],
            )
    unknown_year = {"entry": {"$type": "object"}, "entry.year": {"$exists": False}}
    database["pages"].update_many(unknown_year, {"$set": {"entry.year": None}})
    empty_fields: dict[str, object] = {"repairs": {}, "videos": [], "related": []}
    for name, nothing in empty_fields.items():
        database["articles"].update_many({name: {"$exists": False}}, {"$set": {name: nothing}})
    database["entities"].update_many({"uncertain": {"$exists": False}}, {"$set": {"uncertain": None}})


def add_history(database: Database[dict[str, Any]]) -> None:
    """3 -> 4: articles that may be gone, runs with alarms; a ledger of visits, made of the articles."""
    database["articles"].update_many({"gone_at": {"$exists": False}}, {"$set": {"gone_at": None, "moved_to": None}})
    database["articles"].update_many({"found_by": {"$exists": False}}, {"$set": {"found_by": {}}})
    undated = {"entry": {"$type": "object"}, "entry.seen_at": {"$exists": False}}
    database["pages"].update_many(undated, {"$set": {"entry.seen_at": None}})
    database["runs"].update_many({"alarms": {"$exists": False}}, {"$set": {"alarms": [], "robots": {}}})
    fields = ("site", "page_id", "first_seen", "last_seen", "date_published", "date_published_precision")
    updates: list[UpdateOne] = []
    for one in database["articles"].find({"site": {"$type": "string"}}, dict.fromkeys(fields, 1)):
        visit = _visit_of(one)
        updates.append(UpdateOne({"_id": visit.id}, {"$setOnInsert": visit.model_dump(exclude={"id"})}, upsert=True))
        if len(updates) >= _BATCH:
            database["visits"].bulk_write(updates, ordered=False)
            updates = []
    if updates:
        database["visits"].bulk_write(updates, ordered=False)


def add_changes(database: Database[dict[str, Any]]) -> None:
    """4 -> 5: articles tell when they last changed, as far as that is known; a wider index of pages."""
    unknown = {"changed_at": {"$exists": False}}
    database["articles"].update_many(unknown, [{"$set": {"changed_at": "$last_seen"}}])
    with suppress(OperationFailure):  # it is gone
        database["pages"].drop_index("site_1_article_id_1_fetched_at_-1")


def add_search(database: Database[dict[str, Any]]) -> None:
    """5 -> 6: articles have what they are found by; indexes that end with `_id`, so that pages of results go on."""
    fields = dict.fromkeys(("url", "headline", "lead", "article_body", "date_published"), 1)
    updates: list[UpdateOne] = []
    for one in database["articles"].find({"search": {"$exists": False}}, fields):
        updates.append(UpdateOne({"_id": one["_id"]}, {"$set": {"search": search_fields(one)}}))
        if len(updates) >= _BATCH:
            database["articles"].bulk_write(updates, ordered=False)
            updates = []
    if updates:
        database["articles"].bulk_write(updates, ordered=False)
    for collection, replaced in (
        ("articles", "city_1_date_published_-1"), ("articles", "region_1_date_published_-1"),
        ("entities", "type_1_articles_-1"), ("runs", "site_1_started_at_-1"), ("runs", "started_at_-1"),
    ):  # fmt: skip
        with suppress(OperationFailure):  # it is gone
            database[collection].drop_index(replaced)


def _visit_of(article: dict[str, Any]) -> Visit:
    """Return what the ledger would hold of an article, had there been one when it was fetched."""
    url, site, seen = article["_id"], article["site"], article["last_seen"]
    born = born_at(article["date_published"], article["date_published_precision"], article["first_seen"])
    return Visit(
        id=f"{site} {url}", site=site, url=url, entry=ListingEntry(url=url, source="listing"), state="read",
        article_id=url, page_id=article["page_id"], listed_at=article["first_seen"], born_at=born, visited_at=seen,
        due_at=next_visit(born, seen),
    )  # fmt: skip


MIGRATIONS: Mapping[int, Callable[[Database[dict[str, Any]]], None]] = {
    1: add_identities,
    2: add_fields,
    3: add_history,
    4: add_changes,
    5: add_search,
}
"""Version -> the function that brings a database of that version to the next one."""
