"""`/api`: what programs may ask and what they get, a page made of the OpenAPI document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from starlette.responses import Response

from newscrawl.web.addresses import with_query
from newscrawl.web.rendering import render

router = APIRouter()

_TRIED = {
    "/api/articles": with_query(
        "/api/articles", {"text": "снегопад", "fields": "headline,date_published", "limit": "5"}
    ),
    "/api/entities": with_query("/api/entities", {"type": "PER", "limit": "5"}),
    "/api/changes": with_query("/api/changes", {"limit": "2"}),
    "/api/runs": with_query("/api/runs", {"limit": "2"}),
    "/api/sites": "/api/sites",
}
"""Examples to follow, by path."""


@dataclass(frozen=True)
class Kind:
    """What a value is: words, and the record that they name, if one."""

    words: str
    record: str | None = None


@dataclass(frozen=True)
class Row:
    """A parameter or a field."""

    name: str
    kind: Kind
    meaning: str
    is_required: bool


@dataclass(frozen=True)
class Operation:
    """What can be asked at one address."""

    path: str
    about: list[str]
    """Paragraphs."""
    parameters: list[Row]
    answer: Kind
    example: str | None


@dataclass(frozen=True)
class RecordTable:
    """One record and its fields."""

    name: str
    about: str
    fields: list[Row]


@router.get("/api")
async def page(request: Request) -> Response:
    """Show the API."""
    operations, records = described(request.app)
    return render(request, "api.html", operations=operations, records=records)


@cache
def described(app: FastAPI) -> tuple[list[Operation], list[RecordTable]]:
    """Return the operations and the records of the OpenAPI document, ready to be shown."""
    document = app.openapi()
    operations = [_operation(path, item["get"]) for path, item in document["paths"].items()]
    schemas = document["components"]["schemas"]
    records = [_record(name, schema) for name, schema in schemas.items() if schema.get("type") == "object"]
    return operations, records


def _operation(path: str, told: Mapping[str, Any]) -> Operation:
    parameters = [
        Row(one["name"], _kind(one["schema"], without_null=True), one.get("description", ""), bool(one.get("required")))
        for one in told.get("parameters", ())
    ]
    answer = _kind(told["responses"]["200"]["content"]["application/json"]["schema"])
    return Operation(path, told.get("description", "").split("\n\n"), parameters, answer, _TRIED.get(path))


def _record(name: str, schema: Mapping[str, Any]) -> RecordTable:
    required = schema.get("required", ())
    fields = [
        Row(each, _kind(one), one.get("description", ""), each in required)
        for each, one in schema.get("properties", {}).items()
    ]
    return RecordTable(name, schema.get("description", "").partition("\n\n")[0], fields)


def _kind(schema: Mapping[str, Any], *, without_null: bool = False) -> Kind:
    """Return a schema in words: `integer 1…200`, `list of Entity`, `text or null`."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return Kind(name, name)
    if "anyOf" in schema:
        kinds = [_kind(one) for one in schema["anyOf"] if not (without_null and one.get("type") == "null")]
        return Kind(" or ".join(one.words for one in kinds), next((one.record for one in kinds if one.record), None))
    if "enum" in schema or "const" in schema:
        return Kind(" | ".join(str(one) for one in schema.get("enum", [schema.get("const")])))
    type_ = schema.get("type", "anything")
    if type_ == "array":
        inner = _kind(schema.get("items", {}))
        return Kind(f"list of {inner.words}", inner.record)
    if type_ == "object" and isinstance(schema.get("additionalProperties"), Mapping):
        inner = _kind(schema["additionalProperties"])
        return Kind(f"name → {inner.words}", inner.record)
    bounds = f" {schema['minimum']}…{schema['maximum']}" if "minimum" in schema and "maximum" in schema else ""
    return Kind(f"{schema.get('format', 'text' if type_ == 'string' else type_)}{bounds}")
