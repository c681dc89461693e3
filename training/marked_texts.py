"""Texts with their entities marked in braces, as fixtures/marked_texts/ holds them.

A file has many texts, each under a line `=== NAME`. `{ORG Рязанской городской Думой|Рязанская городская Дума}` is an
entity with its canonical form; without `|` the text is its own form. Entities neither nest nor overlap.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "fixtures/marked_texts"
_HEAD = re.compile(r"(?m)^=== *(\S+) *\n")
_ENTITY = re.compile(r"\{(PER|ORG|LOC) ([^{}|\n]+)(?:\|([^{}|\n]+))?\}")


def read(path: Path) -> Iterator[dict[str, Any]]:
    """Each text as `{"id", "text", "entities": [{"type", "start", "stop", "text", "normal"}]}`, offsets in code points.

    Raises `ValueError` where a brace or bar is left over.
    """
    _, *parts = _HEAD.split(path.read_text(encoding="utf-8"))
    for name, marked in zip(parts[::2], parts[1::2], strict=True):
        document = parse(marked.strip())
        if re.search(r"[{}|]", document["text"]):
            raise ValueError(f"{path.name}, {name}: a brace or bar is left over")
        yield {"id": name, **document}


def parse(marked: str) -> dict[str, Any]:
    """The text without its marks, and its entities."""
    text, entities, end = "", [], 0
    for match in _ENTITY.finditer(marked):
        text += marked[end : match.start()]
        kind, name, form = match.groups()
        place = {"type": kind, "start": len(text), "stop": len(text) + len(name)}
        entities.append({**place, "text": name, "normal": form or name})
        text += name
        end = match.end()
    return {"text": text + marked[end:], "entities": entities}
