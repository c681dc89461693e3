"""Persons, bodies and places in Russian text, in canonical form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from pipelines.compiled import use_sources_if_newer

use_sources_if_newer()

from newscrawl.items import EntityMention
from pipelines.entities import bodies, gazetteer, institutions, own, posts, repeated, toponyms
from pipelines.entities.document import mentions
from pipelines.entities.models import WeightsMissingError, load_models
from pipelines.entities.morphology import analyser
from pipelines.entities.own import GazetteerError

__all__ = ["GazetteerError", "WeightsMissingError", "find", "find_many", "load"]


def load(gazetteers: Path | str | None = None) -> None:
    """Load models and dictionaries now, not at the first text: for workers. Raises `WeightsMissingError`.

    `gazetteers` is a folder of a user's own CSV files (`pipelines.entities.own` says what is in them); it takes the
    place of one given before. Raises `GazetteerError` when one of them cannot be read.
    """
    load_models()
    own.load(Path(gazetteers) if gazetteers is not None else None)
    analyser()
    for table in (
        gazetteer.lengths,
        gazetteer.federal,
        posts.heads,
        repeated.known_names,
        bodies.tables,
        institutions.tables,
        toponyms.ends,
    ):
        table()


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
