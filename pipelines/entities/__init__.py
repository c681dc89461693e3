"""Persons, bodies and places in Russian text, in canonical form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from newscrawl.items import EntityMention
from pipelines.entities.document import mentions
from pipelines.entities.gazetteer import longest
from pipelines.entities.models import WeightsMissingError, load_models
from pipelines.entities.morphology import analyser

__all__ = ["WeightsMissingError", "find", "find_many", "load"]


def load() -> None:
    """Load models and dictionaries now, not at the first text: for workers. Raises `WeightsMissingError`."""
    load_models()
    analyser()
    longest()


def find(text: str) -> list[EntityMention]:
    """The entities of one text, in its order, none overlapping another.

    `start` and `stop` are code points of `text` as given. Any string will do; the result depends on nothing else.
    Raises `WeightsMissingError` when the models are not installed.
    """
    return mentions(text)


def find_many(texts: Iterable[str]) -> Iterator[list[EntityMention]]:
    """`find` of each text, in order, as a stream: texts are taken as results are asked for."""
    for text in texts:
        yield mentions(text)
