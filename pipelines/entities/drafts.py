"""A mention on its way to becoming a record: what the rules have found of it so far."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from newscrawl.items import EntityMention, EntityType, PersonName, Uncertainty
from pipelines.entities.persons import Name


@dataclass(slots=True)
class Draft:
    """A mention of an article: what is known of it, and its id when `link` has given it."""

    start: int
    stop: int
    text: str
    type: EntityType
    normal: str
    uncertain: Uncertainty | None = None
    """Why `normal` may be wrong."""
    refs: tuple[str, ...] = ()
    post: str | None = None
    name: Name | None = None
    """PER: the parts of the name."""
    in_quotes: bool = False
    """It stands between quotation marks, which are not part of it."""
    key: str = ""
    """LOC, ORG: what the id is made of, where it is not the canonical form."""
    candidates: frozenset[str] = frozenset()
    """LOC: all nominatives that a settlement's form allows."""
    street: str = ""
    """LOC: a street's name without «улица»."""
    head: str = ""
    """ORG: the head noun, small letters with ё as е."""
    bare: bool = False
    """ORG: the head noun alone, «Союз»."""
    aside: Draft | None = None
    """What stands in parentheses right behind it: the same again."""
    id: str = ""

    def mention(self) -> EntityMention:
        """The finished record."""
        return EntityMention(
            start=self.start,
            stop=self.stop,
            text=self.text,
            type=self.type,
            normal=self.normal,
            uncertain=self.uncertain,
            id=self.id,
            refs=self.refs,
            post=self.post,
            name=_parts(self.name) if self.name else None,
        )


def _parts(name: Name) -> PersonName:
    gender: Literal["Masc", "Fem"] | None = "Masc" if name.gender == "Masc" else "Fem" if name.gender == "Fem" else None
    return PersonName(first=name.first or None, middle=name.middle or None, last=name.last or None, gender=gender)
