"""The bundled sample city: every page of its site, made from a seed, and the truth that a crawl of it must find."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from random import Random
from urllib.parse import parse_qs

from newscrawl.demo import pages
from newscrawl.demo.articles import Expected, Flaw, Item, generated_item, sample_item
from newscrawl.demo.dates import MOSCOW, one_day
from newscrawl.demo.writer import Kind, Story, kinds, pick, write

PAGE_SIZE = 10
LAST_DAY = date(2026, 10, 16)
FIRST_DAY = date(2025, 1, 13)
MINIMUM = 16
"""Fewer articles would not hold one of each flaw."""

# Where in the listing (0 newest, 1 oldest) each flawed article stands.
_FLAWS: tuple[tuple[float, Flaw], ...] = (
    (0.12, "no_date"),
    (0.25, "impossible_date"),
    (0.33, "no_layout"),
    (0.43, "no_date"),
    (0.52, "not_found"),
    (0.60, "impossible_date"),
    (0.70, "forbidden"),
    (0.77, "no_date"),
)


@dataclass(frozen=True)
class Answer:
    """What the site answers to a request."""

    status: int
    content_type: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    """Further headers."""


@dataclass(frozen=True)
class SampleCity:
    """The site of Светлореченск. The same seed and number of articles give the same bytes on every machine."""

    seed: int = 2026
    articles: int = 180
    """Generated articles in the listing, flawed ones included; the real sample article comes after them."""
    _cache: dict[tuple[str, int], Answer] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Refuse a city too small for its flaws."""
        if self.articles < MINIMUM:
            raise ValueError(f"expected at least {MINIMUM} articles")

    @property
    def expected(self) -> tuple[Expected, ...]:
        """The truth about every listed article, in the listing's order."""
        return tuple(item.expected for item in self._items)

    @property
    def listing_pages(self) -> int:
        """How many pages the listing has."""
        return -(-len(self._items) // PAGE_SIZE)

    def answer(self, path: str, query: str = "") -> Answer:
        """Answer a request for `path` with the raw `query`. Parameters other than PAGEN_1 change nothing."""
        asked = parse_qs(query).get("PAGEN_1", ["1"])[0]
        # As Bitrix does: a page past the end is the last one, nonsense is the first; always with status 200.
        number = min(max(int(asked), 1), self.listing_pages) if asked.isdecimal() and len(asked) < 10 else 1
        key = (path, number)
        if key not in self._cache:
            self._cache[key] = self._answer(path, number)
        return self._cache[key]

    def _answer(self, path: str, number: int) -> Answer:
        if path == "/robots.txt":
            return Answer(200, "text/plain; charset=utf-8", self._robots().encode())
        if path == "/novosti/":
            start = (number - 1) * PAGE_SIZE
            entries = [item.entry for item in self._items[start : start + PAGE_SIZE]]
            return _html(pages.draw_listing(entries, number, self.listing_pages))
        item = self._by_path.get(path.rstrip("/")) if path != "/" else None
        if item is not None:
            return self._article(item, number)
        if path.startswith(("/novosti/2", "/upload/", "/assets/")):
            return _html(pages.draw_plain("Страница не найдена", "Ошибка 404. Проверьте адрес."), status=404)
        return _html(pages.draw_plain("Администрация города Светлореченска", "Раздел наполняется."))

    def _article(self, item: Item, number: int) -> Answer:
        if item.expected.flaw == "not_found":
            return _html(pages.draw_plain("Страница не найдена", "Ошибка 404. Материал удалён."), status=404)
        if item.expected.flaw == "no_layout":
            return _html(pages.draw_shell(item.entry.headline))
        rng = Random(self.seed * 7_919 + item.index)
        others = [other.entry for other in self._items if other is not item]
        start = (number - 1) * 5 % max(len(others) - 5, 1)
        html = pages.draw_article(item.page, others[start : start + 5], number, self.listing_pages, rng)
        return _html(html, item.expected.encoding)

    def _robots(self) -> str:
        forbidden = [item.expected.path for item in self._items if item.expected.flaw == "forbidden"]
        lines = ["/bitrix/", "/search/", "/auth/", "/*?print=", *forbidden]
        return "User-agent: *\n" + "".join(f"Disallow: {line}\n" for line in lines)

    @cached_property
    def _by_path(self) -> dict[str, Item]:
        return {item.expected.path: item for item in self._items}

    @cached_property
    def _items(self) -> tuple[Item, ...]:
        flaws = {int(where * self.articles): flaw for where, flaw in _FLAWS}
        stories = self._stories()
        identifier = 104_200
        items = []
        for number, (moment, story) in enumerate(stories):
            rng = Random(self.seed * 15_485_863 + number)
            identifier += 3 + int(rng.random() * 17)
            index = self.articles - 1 - number
            items.append(
                generated_item(index, f"/novosti/{moment.year}/{identifier}", moment, story, flaws.get(index, ""), rng)
            )
        return (*reversed(items), sample_item(self.articles))

    def _stories(self) -> list[tuple[datetime, Story]]:
        """Write all articles, oldest first: kinds take turns within their months, headlines do not repeat."""
        turns = dict.fromkeys((kind.name for kind in kinds()), 0)
        seen: set[str] = set()
        stories = []
        for number, moment in enumerate(self._moments()):
            rng = Random(self.seed * 32_452_843 + number)
            kind = _next_kind(turns, moment.month, rng)
            story = _fresh(kind, turns[kind.name], moment.date(), rng, seen)
            turns[kind.name] += 1
            seen.add(story.headline)
            stories.append((moment, story))
        return stories

    def _moments(self) -> list[datetime]:
        """Spread publication over working days and hours, oldest first."""
        rng = Random(self.seed)
        span = (LAST_DAY - FIRST_DAY).days
        moments = []
        for number in range(self.articles):
            day = FIRST_DAY + timedelta(days=number * span // (self.articles - 1))
            day -= timedelta(days=max(0, day.weekday() - 4))
            day = max(day, date(day.year, 1, 9))  # nobody works in the first days of January
            minute = 8 * 60 + 30 + int(rng.random() * 560)
            moments.append(datetime(day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=MOSCOW))
        return sorted(moments)


def _next_kind(turns: dict[str, int], month: int, rng: Random) -> Kind:
    allowed = [kind for kind in kinds() if month in kind.months]
    fewest = min(turns[kind.name] for kind in allowed)
    return pick(rng, [kind for kind in allowed if turns[kind.name] == fewest])


def _fresh(kind: Kind, turn: int, published: date, rng: Random, seen: set[str]) -> Story:
    """Write until the headline is new; in a city so large that none comes, the date makes it new."""
    for extra in range(40):
        story = write(kind, turn + extra // 10, published, rng)
        if story.headline not in seen:
            return story
    return replace(story, headline=f"{story.headline} ({one_day(published, 'dmy', published).text}, № {turn})")


def _html(text: str, encoding: str = "utf-8", status: int = 200) -> Answer:
    if encoding != "utf-8":
        text = text.replace("charset=utf-8", f"charset={encoding}", 1)
    return Answer(status, f"text/html; charset={encoding}", text.encode(encoding, "xmlcharrefreplace"))
