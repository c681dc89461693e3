"""What an entity is elsewhere, for readers: codes as they are written, with a link where an address is well known."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NAMES = {"iso3166": "ISO 3166-1", "iso3166-2": "ISO 3166-2", "wikidata": "Wikidata"}
_WIKIDATA = re.compile(r"[QP]\d{1,12}")


@dataclass(frozen=True)
class Ref:
    """One code."""

    told: str
    address: str | None


def told_ref(ref: str) -> Ref:
    """Return a code such as `iso3166:PL` or `wikidata:Q36` for readers; one of an unknown kind as it is."""
    kind, _, code = ref.partition(":")
    name = _NAMES.get(kind)
    if name is None or not code:
        return Ref(ref, None)
    is_item = kind == "wikidata" and _WIKIDATA.fullmatch(code)
    return Ref(f"{name} {code}", f"https://www.wikidata.org/wiki/{code}" if is_item else None)
