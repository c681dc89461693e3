"""The pages of the benchmark of extraction, what is known of them, and how an answer is judged.

A folder of pages has `html/<id>.html`, the bytes as saved, and `gold.jsonl`, one object a line: `id`, `url`, `title`,
`body` and `date_published` (beginning with YYYY-MM-DD). A null body is left out of the score of bodies; a null date
says that the page has none. `fetched_at` (ISO 8601) may be there: the base of «сегодня»; without it that is now.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean
from typing import Any

from newscrawl.demo import SampleCity
from newscrawl.encoding import decode
from pipelines import dates

FIXTURES = Path(__file__).parent.parent / "fixtures"
MOSCOW = "Europe/Moscow"
_QUOTES = re.compile("[«»„“”‟\"'`‘’]")
_DASHES = re.compile("[‐-―−-]+")


@dataclass(frozen=True)
class Sample:
    """A saved page and the truth about it."""

    url: str
    body: bytes
    fetched_at: str
    """ISO 8601 with its zone."""
    title: str | None
    text: str | None
    """The article's body; null when nobody knows it."""
    day: str | None
    """YYYY-MM-DD; null when the page tells none."""

    @property
    def decoded(self) -> str:
        """The page as text, for contenders that take no bytes."""
        return decode(self.body)[0]


@dataclass(frozen=True)
class Answer:
    """What a contender found on a page; empty where it found nothing."""

    title: str = ""
    text: str = ""
    day: str | None = None
    failed: str = ""
    """The exception that it raised in place of an answer."""


@dataclass(frozen=True)
class Score:
    """How well a contender read a set of pages."""

    body: float
    """Mean over pages of the F1 of words, order left aside."""
    title: float
    """The share of headlines that are equal, quotes, dashes, case and spaces aside."""
    right: int
    wrong: int
    dated: int
    """Pages with a publication day; `right` and `wrong` are of these."""
    invented: int
    undated: int
    """Pages without a publication day; `invented` were given one."""
    failed: int
    """Pages on which it raised an exception."""


def folder_pages(folder: Path) -> list[Sample]:
    """Return the pages of a folder, in the order of its gold.jsonl."""
    now = datetime.now(UTC).isoformat()
    lines = (folder / "gold.jsonl").read_text(encoding="utf-8").splitlines()
    return [_from_gold(folder, json.loads(line), now) for line in lines if line.strip()]


def _from_gold(folder: Path, told: dict[str, Any], now: str) -> Sample:
    return Sample(
        url=told["url"],
        body=(folder / "html" / f"{told['id']}.html").read_bytes(),
        fetched_at=told.get("fetched_at") or now,
        title=told["title"] or None,
        text=told["body"] or None,
        day=(told["date_published"] or "")[:10] or None,
    )


def fixture_pages() -> list[Sample]:
    """Return the article pages among the saved pages of this repository."""
    samples = []
    for path in sorted(FIXTURES.glob("*/*.html")):
        told = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        if told["kind"] != "article":
            continue
        expected = told["expected"]
        samples.append(
            Sample(
                url=told["url"],
                body=path.read_bytes(),
                fetched_at=told["fetched_at"],
                title=expected["headline"],
                text=expected["article_body"] or None,
                day=_day(expected["date_published_raw"], told["fetched_at"]),
            )
        )
    return samples


def _day(words: str | None, fetched_at: str) -> str | None:
    """Return the day that a page's words mean; which words they are is the fixture's to say."""
    span = dates.parse(words, base=datetime.fromisoformat(fetched_at), timezone=MOSCOW) if words else None
    return span.value[:10] if span else None


def demo_pages(articles: int) -> list[Sample]:
    """Return the articles of the bundled sample city."""
    city = SampleCity(articles=articles)
    return [
        Sample(
            url=f"https://www.svetlorechensk.example{one.path}",
            body=city.answer(one.path).body,
            fetched_at=datetime.now(UTC).isoformat(),
            title=one.headline,
            text="\n\n".join(one.paragraphs) or None,
            day=one.published.date().isoformat() if one.published else None,
        )
        for one in city.expected
        if one.stored
    ]


def words_of(text: str) -> Counter[str]:
    """Return the words of a text, lower case, soft hyphens and stress marks left out, and how often each is there."""
    plain = unicodedata.normalize("NFC", text).replace("\u00ad", "").replace("\u0301", "")
    return Counter(re.findall(r"\w+", plain.lower()))


def f1(wanted: Counter[str], found: Counter[str]) -> float:
    """Return the harmonic mean of precision and recall of words."""
    return 2 * (wanted & found).total() / max(wanted.total() + found.total(), 1)


def same_title(text: str) -> str:
    """Return a headline as headlines are compared."""
    plain = unicodedata.normalize("NFKC", text).lower().replace("ё", "е")
    plain = _DASHES.sub("-", _QUOTES.sub("", plain))
    return " ".join(plain.split()).strip(" .…-|")


def judge(samples: Sequence[Sample], answers: Sequence[Answer]) -> Score:
    """Return the score of one contender's answers, one a page."""
    pairs = list(zip(samples, answers, strict=True))
    dated = [(one.day, answer.day) for one, answer in pairs if one.day]
    undated = [answer.day for one, answer in pairs if not one.day]
    bodies = [f1(words_of(one.text), words_of(answer.text)) for one, answer in pairs if one.text]
    titles = [same_title(one.title) == same_title(answer.title) for one, answer in pairs if one.title]
    return Score(
        body=fmean(bodies),
        title=fmean(titles),
        right=sum(day == found for day, found in dated),
        wrong=sum(found is not None and day != found for day, found in dated),
        dated=len(dated),
        invented=sum(found is not None for found in undated),
        undated=len(undated),
        failed=sum(bool(answer.failed) for answer in answers),
    )
