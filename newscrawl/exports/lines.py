"""An article as a line of JSON: everything that is stored of it, its earlier states too."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from newscrawl.items import StoredArticle

Document = Mapping[str, Any]
FIELDS = tuple(StoredArticle.model_fields)


def line(article: Document, revisions: Sequence[Document] = ()) -> bytes:
    """Return the line of an article's document; `revisions` are its earlier states, the first one first."""
    told = state(article) | {"revisions": [state(one) for one in revisions]}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"), default=_plain).encode() + b"\n"


def state(document: Document) -> dict[str, Any]:
    """Return the fields of a StoredArticle in their order; those that an older schema did not have are absent."""
    return {name: document[name] for name in FIELDS if name in document}


def moment(value: datetime) -> str:
    """Return a time as the records write it in JSON."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return moment(value)
    raise TypeError(f"{type(value).__name__} is no part of an article")
