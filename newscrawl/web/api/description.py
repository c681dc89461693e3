"""The OpenAPI document: what FastAPI makes of the endpoints, put right where answers are made otherwise."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from newscrawl import __version__
from newscrawl.web.problems import ProblemDetails

_ABOUT = """\
Everything that newscrawl stores, read-only. Times are UTC (ISO 8601). A list goes on where `next` says; a cursor is
opaque and stays good while the corpus changes. Answers have strong ETags: ask again with `If-None-Match`. Errors are
problem details (RFC 9457). A parameter that is not listed here is refused.
"""
_TAGS = [
    {"name": "articles", "description": "The corpus."},
    {"name": "entities", "description": "The registry: who and what the articles speak of."},
    {"name": "changes", "description": "A feed of everything that changed, for jobs that follow the corpus."},
    {"name": "crawl", "description": "Runs of all jobs, and how every site is."},
]
_REFERENCE = "#/components/schemas/{model}"
_ETAG = {"ETag": {"description": "Changes when and only when the answer does.", "schema": {"type": "string"}}}


def describe(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document of the application, made once."""
    if app.openapi_schema is None:
        app.openapi_schema = _describe(app)
    return app.openapi_schema


def _describe(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title="newscrawl", version=__version__, description=_ABOUT, routes=app.routes, tags=_TAGS,
        separate_input_output_schemas=True,
    )  # fmt: skip
    for path in document["paths"].values():
        for operation in path.values():
            answers = operation["responses"]
            answers.pop("422", None)
            answers["200"]["headers"] = _ETAG
            answers["304"] = {"description": "The client has it: its ETag is in `If-None-Match`"}
            operation["responses"] = dict(sorted(answers.items()))
            if app.state.has_token:
                operation["security"] = [{"token": []}]
    components = document["components"]
    details = ProblemDetails.model_json_schema(mode="serialization", ref_template=_REFERENCE)
    components["schemas"] |= details.pop("$defs") | {ProblemDetails.__name__: details}
    for name in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(name, None)
    if app.state.has_token:
        components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    return document
