"""Errors as the API tells them: problem details (RFC 9457), `application/problem+json`."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

MEDIA_TYPE = "application/problem+json"


class Wrong(BaseModel):
    """One thing that is wrong with a request."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    parameter: str
    """Which parameter."""
    message: str
    """What was expected of it."""


class ProblemDetails(BaseModel):
    """An error (RFC 9457)."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    type: str = "about:blank"
    """What kind of problem; `about:blank`: as the status says."""
    title: str
    """The status in words."""
    status: int
    """The status of the answer."""
    detail: str
    """What went wrong, in a sentence."""
    advice: str = ""
    """What to do, '' if there is nothing to add."""
    errors: list[Wrong] = Field(default_factory=list)
    """Every parameter that is wrong."""
    candidates: list[str] = Field(default_factory=list)
    """Ids of which one may have been meant."""


def problem(status: int, detail: str, advice: str = "", **further: Any) -> Response:
    """Return the answer that tells of a problem."""
    details = ProblemDetails(title=HTTPStatus(status).phrase, status=status, detail=detail, advice=advice, **further)
    return Response(
        details.model_dump_json(),
        status,
        headers={"Cache-Control": "no-store"},
        media_type=MEDIA_TYPE,
    )
