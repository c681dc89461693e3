"""Two invented cities beside the sample city that print some of its news again: as it stands, retold, or in brief.

Their articles are lines for `newscrawl import`, made from the same seed as the city. They are what near-duplicates are
in earnest: the same event on several sites, hours or days apart.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from newscrawl.demo.articles import Expected
from newscrawl.demo.city import SampleCity
from newscrawl.demo.writer import pick
from newscrawl.sites import Site, get_site

SITES = ("sample_ozersk", "sample_polyansk")
_KINDS = ("culture", "health", "sister", "sport", "veterans", "weather")
"""News that matters next door too."""
_SHARE = {"sample_ozersk": 0.4, "sample_polyansk": 0.25}
_DELAYS = (2, 3, 5, 8, 20, 26, 47, 71)
"""Hours between the original and a reprint."""
_ADDRESS = {
    "sample_ozersk": "http://verhneozersk.example/news/{number}.html",
    "sample_polyansk": "http://krasnopolyansk.example/novosti/{number}/",
}
_LEADS = {
    "culture": "Афиша соседей обещает интересную неделю.",
    "health": "Эта новость касается и жителей нашего города.",
    "sister": "У соседей новости международной дружбы.",
    "sport": "Вести со спортивных площадок области.",
    "veterans": "О людях старшего поколения помнят и у соседей.",
    "weather": "Непогода не знает границ между городами.",
}
_SOURCE = "Источник: сайт администрации города Светлореченска."


@dataclass(frozen=True)
class Reprint:
    """An article of a neighbour and the one of the sample city that it repeats."""

    original: Expected
    site: str
    url: str
    headline: str
    paragraphs: tuple[str, ...]
    published: datetime

    def line(self) -> bytes:
        """Return it as a line for `newscrawl import`."""
        told: dict[str, Any] = {
            "url": self.url,
            "site": self.site,
            "headline": self.headline,
            "article_body": "\n\n".join(self.paragraphs),
            "date_published": self.published.isoformat(),
            "fetched_at": (self.published + timedelta(hours=1)).isoformat(),
        }
        return json.dumps(told, ensure_ascii=False).encode() + b"\n"


def neighbours() -> dict[str, Site]:
    """Return the neighbours' sites by name."""
    return {name: get_site(name) for name in SITES}


def reprints(city: SampleCity) -> list[Reprint]:
    """Return what the neighbours print of a city's news; the same for the same city."""
    return list(_reprints(city))


def _reprints(city: SampleCity) -> Iterator[Reprint]:
    for index, told in enumerate(city.expected):
        if told.kind not in _KINDS or not told.stored or told.published is None:
            continue
        rng = Random(city.seed * 49_979_687 + index)
        for site in SITES:
            chosen, way, hours = rng.random() < _SHARE[site], pick(rng, (_whole, _retold, _brief)), pick(rng, _DELAYS)
            if chosen:
                headline, paragraphs = way(told)
                number = told.path.rpartition("/")[2]
                yield Reprint(
                    told, site, _ADDRESS[site].format(number=number), headline, paragraphs, _later(told, hours)
                )


def _later(told: Expected, hours: int) -> datetime:
    """Return when it was printed; an original that tells its day alone was out at ten."""
    if told.published is None:
        raise ValueError("only an article with a date is printed again")
    start = told.published if told.precision == "minute" else told.published.replace(hour=10)
    return start + timedelta(hours=hours, minutes=hours * 7 % 60)


def _whole(told: Expected) -> tuple[str, tuple[str, ...]]:
    return told.headline, (*_unsigned(told), _SOURCE)


def _retold(told: Expected) -> tuple[str, tuple[str, ...]]:
    return f"Светлореченск: {told.headline}", (_LEADS[told.kind], *_unsigned(told)[:-1], _SOURCE)


def _brief(told: Expected) -> tuple[str, tuple[str, ...]]:
    paragraphs = _unsigned(told)
    return told.headline, paragraphs[: max(2, len(paragraphs) // 2)]


def _unsigned(told: Expected) -> tuple[str, ...]:
    """Return the paragraphs without the press office's name."""
    return told.paragraphs[:-1] if told.signed else told.paragraphs
