"""What a page calls itself in its head, against which visible lines are judged."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

import lxml.html

from newscrawl.extract.likeness import likeness, title_key
from newscrawl.extract.metadata import Stated
from pipelines.text import clean

_SEPARATOR = re.compile(r"\s+[|/»·•—–-]\s+|\s*::\s*|\s*\|\s*")
_BEGINNING = 20
"""Characters of a title that are looked for in a line."""
_LONGEST = 300
"""Characters above which a line is no headline."""


class Titles:
    """The titles of a page, the best first: of its metadata, its `<title>`, what the list called it that led there."""

    def __init__(self, root: lxml.html.HtmlElement, metadata: Stated, listed: str | None = None) -> None:
        self._stated = [value for _, value in metadata.get("headline", [])]
        self._own = clean(" ".join(element.text or "" for element in root.findall(".//head/title")[:1]))
        self._keys = _keys([*self._stated, self._own, listed or ""])
        self._listed = _keys([listed or ""])

    def confirm(self, text: str) -> float:
        """Return how well the titles confirm that `text` is the headline: 1 for an equal one, less for a part, or 0."""
        return _best(text, self._keys)

    def may_be_in(self, text: str) -> bool:
        """Tell whether a line may hold a title beside something else; cheap, and rather once too often."""
        if len(text) > _LONGEST:
            return False
        key = title_key(text)
        return any(title[:_BEGINNING] in key for title, _ in self._keys)

    def confirmer(self, lines: Iterable[str]) -> Callable[[str], float]:
        """Return how to confirm the lines of a page.

        Where one of them is what the list called the article, nothing else counts: `<title>` may be the site's.
        """
        if self._listed and any(_best(line, self._listed) >= 0.8 for line in lines):
            return lambda line: _best(line, self._listed)
        return self.confirm

    @property
    def best(self) -> str | None:
        """The headline as the head of the page has it, without the site's name."""
        if self._stated:
            return self._stated[0]
        parts = [part for part in _SEPARATOR.split(self._own) if part]
        return next((part for part in parts if len(part) >= 25), parts[0] if parts else None)


def _keys(titles: Iterable[str]) -> list[tuple[str, bool]]:
    """Return titles for comparison, each with whether it is cut; what an office calls itself is left out."""
    keys = [(title_key(title), title.rstrip().endswith(("…", "..."))) for title in titles]
    return [(key, is_cut) for key, is_cut in keys if key and not _OFFICE.match(key)]


def _best(line: str, titles: list[tuple[str, bool]]) -> float:
    if len(line) > _LONGEST or not titles or section_like(line):
        return 0.0
    key = title_key(line)
    if not key or _OFFICE.match(key):
        return 0.0
    return max(likeness(key, title, is_cut=is_cut) for title, is_cut in titles)


@lru_cache(maxsize=4096)
def section_like(text: str) -> bool:
    """Tell whether a heading names a section, such as «Новости города», rather than an article."""
    key = title_key(text)
    return _NEWS_OF.fullmatch(key) is not None or _SECTION_WORDS.issuperset(key.split())


_OFFICE = re.compile(
    r"(?:официальн\w+ )?(?:сайт|портал|интернет портал|интернет ресурс)(?: |$)"
    r"|.{0,40}\b(?:информационный (?:сервер|портал|сайт)|официальный (?:сайт|портал|сервер)|городской (?:сайт|портал))"
    r"|(?:администрация|мэрия|правительство|управа|дума|совет депутатов|муниципальное образование|министерство)"
    r"(?: (?:\w+(?:ого|ой|ых|его|ей|ская|ское|ный)|г|мо|го|[а-яё]+(?:а|я|и|ы|ь|о|е|ово|ино)|город|округ))*"
    r"(?: официальн\w+ .*)?$"
)
"""What an office calls itself, as `title_key` folds it: the title of every page of its site, the headline of none."""
_SECTION_WORDS = frozenset(
    "новости новость новостей новостная лента событие события событий репортажи репортаж анонсы анонс объявления архив"
    " пресс центр служба службы релизы релиз публикации статьи сми о нас мероприятия документы актуально главная"
    " информация сообщения материалы медиа видео фото официально города городские городской администрации района округа"
    " области края наши наша все последние главные полоса и на в страница раздел сайта портал".split()
)
"""Words that headings of sections are made of, as `title_key` folds them."""
_NEWS_OF = re.compile(r"новости \w+(?: \w+)?")
