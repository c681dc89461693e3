"""Collections, the validators that the records make, indexes, and the version of all that.

Every query of the command line, the web page and the notebook is served by an index here; add one with the query.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.database import Database
from pymongo.errors import CollectionInvalid, OperationFailure

from newscrawl.errors import ConfigError
from newscrawl.items import (
    ArticleSignature,
    Capture,
    CaptureList,
    Decision,
    Entity,
    ListVisit,
    Page,
    Problem,
    Run,
    SiteAlarm,
    SiteTotals,
    SourceVisit,
    StoredArticle,
    Visit,
)
from newscrawl.store.migrations import MIGRATIONS

Document = dict[str, Any]

SCHEMA_VERSION = 6
"""Grows when stored documents change shape; then `newscrawl.store.migrations` gets the step from the one before."""

_NAMESPACE_EXISTS = 48

CHANGED: Document = {"$currentDate": {"changed_at": True}}
"""Part of every update of an article that changes more than `last_seen`: by it `newscrawl export --since` finds what is
new to it. The server's clock, so that machines need not agree on theirs."""

INDEXES: dict[str, list[IndexModel]] = {
    "articles": [
        IndexModel([("site", ASCENDING), ("date_published", DESCENDING), ("_id", ASCENDING)]),
        IndexModel([("date_published", DESCENDING), ("_id", ASCENDING)]),
        IndexModel([("city", ASCENDING), ("date_published", DESCENDING), ("_id", ASCENDING)]),
        IndexModel([("region", ASCENDING), ("date_published", DESCENDING), ("_id", ASCENDING)]),
        IndexModel([("search.words", ASCENDING), ("search.order", DESCENDING)]),
        IndexModel([("dates.value", ASCENDING), ("date_published", DESCENDING), ("_id", ASCENDING)]),
        IndexModel([("entities.id", ASCENDING), ("date_published", DESCENDING)]),
        IndexModel([("identities.id", ASCENDING), ("date_published", DESCENDING), ("_id", ASCENDING)]),
        IndexModel([("unsettled.token", ASCENDING)], partialFilterExpression={"unsettled.token": {"$exists": True}}),
        IndexModel([("site", ASCENDING), ("problems.field", ASCENDING)]),
        IndexModel([("site", ASCENDING), ("last_seen", DESCENDING)]),
        IndexModel([("site", ASCENDING), ("revision", DESCENDING)]),
        IndexModel([("site", ASCENDING), ("first_seen", DESCENDING)]),
        IndexModel([("site", ASCENDING), ("changed_at", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("changed_at", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("cluster", ASCENDING)]),
        IndexModel(
            [("duplicate_of", ASCENDING), ("city", ASCENDING)],
            partialFilterExpression={"duplicate_of": {"$type": "string"}},
        ),
        IndexModel([("ungrouped", ASCENDING)], partialFilterExpression={"ungrouped": {"$exists": True}}),
    ],
    "signatures": [
        IndexModel([("hashes", ASCENDING), ("rank", ASCENDING)]),
        IndexModel([("rank", ASCENDING)]),
        IndexModel([("copies", ASCENDING)], sparse=True),
        IndexModel([("due", ASCENDING)], partialFilterExpression={"due": {"$exists": True}}),
        IndexModel([("scheme", ASCENDING)]),
    ],
    "duplicates_work": [IndexModel([("plan", ASCENDING), ("slice", ASCENDING)])],
    "revisions": [IndexModel([("article_id", ASCENDING), ("revision", DESCENDING)], unique=True)],
    "pages": [
        # Holds what tells which page an article rests on, so that planning reads no page.
        IndexModel(
            [
                ("site", ASCENDING),
                ("article_id", ASCENDING),
                ("fetched_at", DESCENDING),
                ("_id", ASCENDING),
                ("problem.reason", ASCENDING),
            ]
        ),
        IndexModel([("site", ASCENDING), ("fetched_at", DESCENDING)]),
        IndexModel(
            [("site", ASCENDING), ("problem.reason", ASCENDING)],
            partialFilterExpression={"problem": {"$type": "object"}},
        ),
    ],
    "entities": [
        IndexModel([("type", ASCENDING), ("articles", DESCENDING), ("_id", ASCENDING)]),
        IndexModel([("articles", DESCENDING), ("_id", ASCENDING)]),
        IndexModel([("normal", ASCENDING)]),
        IndexModel([("keys", ASCENDING)]),
        IndexModel([("names", ASCENDING)]),
        IndexModel([("words", ASCENDING), ("articles", DESCENDING)]),
    ],
    "decisions": [
        IndexModel([("applied", ASCENDING)], partialFilterExpression={"applied": False}),
    ],
    "runs": [
        IndexModel([("site", ASCENDING), ("started_at", DESCENDING), ("_id", DESCENDING)]),
        IndexModel([("job", ASCENDING), ("site", ASCENDING), ("started_at", DESCENDING)]),
        IndexModel([("started_at", DESCENDING), ("_id", DESCENDING)]),
        IndexModel([("job", ASCENDING), ("started_at", DESCENDING), ("_id", DESCENDING)]),
        IndexModel([("status", ASCENDING), ("started_at", DESCENDING), ("_id", DESCENDING)]),
        IndexModel(
            [("site", ASCENDING), ("job", ASCENDING), ("started_at", DESCENDING)],
            partialFilterExpression={"stats.articles_read": {"$gt": 0}},
        ),
    ],
    "alarms": [
        IndexModel([("site", ASCENDING), ("cleared_at", ASCENDING)]),
        IndexModel([("cleared_at", ASCENDING)]),
    ],
    "totals": [],
    "visits": [
        IndexModel([("site", ASCENDING), ("due_at", ASCENDING)]),
        IndexModel([("site", ASCENDING), ("state", ASCENDING)]),
        IndexModel([("page_id", ASCENDING)], partialFilterExpression={"state": "fetched"}),
    ],
    "lists": [
        IndexModel([("site", ASCENDING), ("source", ASCENDING), ("chain", ASCENDING)]),
        IndexModel([("site", ASCENDING), ("source", ASCENDING), ("due_at", ASCENDING)]),
    ],
    "sources": [],
    "captures": [
        IndexModel(
            [("site", ASCENDING), ("archive", ASCENDING), ("state", ASCENDING), ("url", ASCENDING), ("captured_at", 1)]
        ),
        IndexModel([("site", ASCENDING), ("state", ASCENDING), ("url", ASCENDING), ("archive", ASCENDING)]),
        IndexModel([("site", ASCENDING), ("digest", ASCENDING)]),
    ],
    "capture_lists": [IndexModel([("site", ASCENDING), ("archive", ASCENDING)])],
    "leases": [],
    "meta": [],
}


def bson_schema(record: type[BaseModel], *, optional: frozenset[str] = frozenset()) -> Document:
    """Return MongoDB's `$jsonSchema` for a record; fields in `optional` may be absent."""
    schema = record.model_json_schema(mode="serialization")
    converted = _convert(schema, schema.get("$defs", {}))
    converted["required"] = [name for name in record.model_fields if name not in optional]
    return converted


def _convert(node: Mapping[str, Any], defs: Mapping[str, Any]) -> Document:
    """Translate one node of a JSON Schema: bsonType for type, references put in place."""
    if "$ref" in node:
        return _convert(defs[node["$ref"].rsplit("/", 1)[-1]], defs)
    if "anyOf" in node:
        return {"anyOf": [_convert(branch, defs) for branch in node["anyOf"]]}
    if "enum" in node:
        return {"enum": node["enum"]}
    kind = node.get("type")
    if kind == "string":
        return {"bsonType": {"date-time": "date", "binary": "binData"}.get(node.get("format", ""), "string")}
    if kind == "integer":
        return {"bsonType": ["int", "long"]}
    if kind == "array":
        return {"bsonType": "array", "items": _convert(node["items"], defs)}
    if kind == "object" and "properties" in node:
        properties = {name: _convert(value, defs) for name, value in node["properties"].items()}
        return {"bsonType": "object", "properties": properties, "required": list(node["properties"])}
    return {"bsonType": {"number": "double", "boolean": "bool"}.get(kind or "", kind or "object")}


_SEARCH: Document = {
    "bsonType": "object",
    "required": ["words", "order"],
    "properties": {
        "words": {"bsonType": "array", "items": {"bsonType": "string"}},
        "order": {"bsonType": ["int", "long"]},
    },
}


def validators() -> dict[str, Document]:
    """Return the `$jsonSchema` of each guarded collection."""
    article = bson_schema(StoredArticle)
    article["properties"] |= {"_id": {"bsonType": "string"}, "search": _SEARCH}
    article["required"] += ["search"]
    page = bson_schema(Page, optional=frozenset({"id", "entry", "archived_from"}))
    page["properties"] |= {
        "article_id": {"bsonType": ["string", "null"]},
        "encoding": {"bsonType": ["string", "null"]},
        "compression": {"enum": ["zlib"]},
        "problem": {"anyOf": [bson_schema(Problem), {"bsonType": "null"}]},
    }
    page["required"] += ["article_id", "compression"]
    entity = bson_schema(Entity, optional=frozenset({"id"}))
    decision = bson_schema(Decision, optional=frozenset({"id"}))
    run = bson_schema(Run, optional=frozenset({"id"}))
    alarm = bson_schema(SiteAlarm, optional=frozenset({"id"}))
    totals = bson_schema(SiteTotals, optional=frozenset({"site"}))
    revision = {
        "bsonType": "object",
        "required": ["article_id", "revision"],
        "properties": {"article_id": {"bsonType": "string"}, "revision": {"bsonType": ["int", "long"]}},
    }
    return {
        "articles": article,
        "pages": page,
        "entities": entity,
        "decisions": decision,
        "runs": run,
        "alarms": alarm,
        "totals": totals,
        "revisions": revision,
        "signatures": bson_schema(ArticleSignature, optional=frozenset({"id", "copies", "due"})),
        "visits": bson_schema(Visit, optional=frozenset({"id"})),
        "lists": bson_schema(ListVisit, optional=frozenset({"id"})),
        "sources": bson_schema(SourceVisit, optional=frozenset({"id"})),
        "captures": bson_schema(Capture, optional=frozenset({"id"})),
        "capture_lists": bson_schema(CaptureList, optional=frozenset({"id"})),
    }


def ensure_schema(database: Database[Document]) -> None:
    """Bring collections, validators and indexes up to date; migrate older documents.

    Cheap when nothing changed: one read. Raises ConfigError for a database that a newer newscrawl made.
    """
    wanted = _digest()
    meta, version = _version(database)
    if meta.get("digest") == wanted and version == SCHEMA_VERSION:
        return
    for step in range(version, SCHEMA_VERSION):
        MIGRATIONS[step](database)
    guards = validators()
    for name, indexes in INDEXES.items():
        _create(database, name)
        validator = {"$jsonSchema": guards[name]} if name in guards else {}
        database.command("collMod", name, validator=validator)
        if indexes:
            database[name].create_indexes(indexes)
    database["meta"].update_one({"_id": "schema"}, {"$set": {"version": SCHEMA_VERSION, "digest": wanted}}, upsert=True)


def check_schema(database: Database[Document]) -> None:
    """Look whether a database can be read as it is. Raises ConfigError for one that another newscrawl made."""
    _, version = _version(database)
    if version < SCHEMA_VERSION:
        raise ConfigError(
            f"the database {database.name} has schema version {version}, not yet {SCHEMA_VERSION}",
            advice="Any command that writes brings it up to date: newscrawl status.",
        )


def _version(database: Database[Document]) -> tuple[Document, int]:
    """Return what is known of the schema, and its version. Raises ConfigError for a newer one."""
    meta = database["meta"].find_one({"_id": "schema"}) or {}
    version = meta.get("version", SCHEMA_VERSION)
    if version > SCHEMA_VERSION:
        raise ConfigError(
            f"the database {database.name} has schema version {version}; this newscrawl knows {SCHEMA_VERSION}",
            advice="Upgrade newscrawl, or name another database with NEWSCRAWL_DATABASE.",
        )
    return meta, version


def _create(database: Database[Document], name: str) -> None:
    """Make a collection unless it exists, or another process is just making it."""
    try:
        database.create_collection(name)
    except CollectionInvalid:
        return
    except OperationFailure as error:
        if error.code != _NAMESPACE_EXISTS:
            raise


def _digest() -> str:
    indexes = {name: [index.document for index in models] for name, models in INDEXES.items()}
    return hashlib.sha256(json.dumps([validators(), indexes], default=str).encode()).hexdigest()[:16]
