"""The sample city's articles: each with its page and the truth that a crawl must find on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from random import Random
from typing import Literal

from newscrawl.demo import pages
from newscrawl.demo.dates import MOSCOW, DatePhrase, publication_spellings
from newscrawl.demo.writer import DATA, Story, pick

Flaw = Literal["", "no_date", "impossible_date", "no_layout", "not_found", "forbidden"]

SAMPLE_PATH = "/novosti/2018/58213"
_IMPOSSIBLE = ("31 ноября", "30 февраля")
_SAMPLE_PLACES = (
    "Рязань, Россия, Болгария, Испания, Израиль, Латвия, Королевство Нидерланды, Республика Польша, Кыргызстан, "
    "Абхазия, Сербия, СССР"
)


@dataclass(frozen=True)
class Expected:
    """The truth about one listed article. Texts have plain spaces and no soft hyphens."""

    path: str
    """Path of its canonical address."""
    headline: str
    paragraphs: tuple[str, ...]
    """Paragraphs of its body, the signature among them where there is one. Empty if no body can be had."""
    published: datetime | None
    """Publication in Moscow time; midnight when only the day is told, null when the page does not tell it."""
    precision: Literal["minute", "day"] | None
    published_raw: str | None
    """The page's own words for it, null when there are none."""
    flaw: Flaw
    """Why something is missing, '' for a sound article: `no_date`, `impossible_date`, `no_layout` (a shell without
    text), `not_found` (404) or `forbidden` (by robots.txt)."""
    kind: str
    section: str
    signed: bool
    """Whether the press office signed it."""
    encoding: str
    attachments: int
    persons: tuple[str, ...]
    """People in the body, in the nominative, as many words as the text has; surnames alone are left out."""
    organisations: tuple[str, ...]
    """Bodies that were woven in, in the nominative; the templates' own words may name more."""
    places: tuple[str, ...]
    """Towns, countries and streets that were woven in, in the nominative."""
    dates: tuple[DatePhrase, ...]
    """Dates that were woven into the body, in no particular order; the templates' own words may name more."""

    @property
    def stored(self) -> bool:
        """Whether a crawl ends with an article in the store."""
        return self.flaw in {"", "no_date", "impossible_date"}


@dataclass(frozen=True)
class Item:
    """An article of the city with everything that its page needs."""

    expected: Expected
    entry: pages.Entry
    page: pages.ArticlePage
    index: int
    """Its place in the listing, 0 for the newest."""


def generated_item(index: int, path: str, moment: datetime, story: Story, flaw: Flaw, rng: Random) -> Item:
    """Dress a story as an article of the site, with what its flaw takes away."""
    raw, precision = pick(rng, publication_spellings(moment))
    listed = f"{moment:%d.%m.%Y}"
    if flaw == "no_date":
        raw = listed = ""
    elif flaw == "impossible_date":
        raw = listed = f"{_IMPOSSIBLE[index % 2]} {moment.year} г."
    dated = raw and flaw != "impossible_date"
    signed = rng.random() < 0.6
    files = _files(path, story, rng)
    lead = story.paragraphs[0]
    lead = lead if len(lead) < 170 else lead[:160].rsplit(" ", 1)[0].rstrip(",.—") + "…"
    entry = pages.Entry(path, story.headline, listed, lead)
    photo = "Фото: пресс-служба администрации города" if rng.random() < 0.5 else ""
    style = pick(rng, ("p", "p", "p", "br", "word"))
    page = pages.ArticlePage(entry, story.section, raw, story.paragraphs, signed, style, files, photo)
    if precision == "day":
        moment = moment.replace(hour=0, minute=0)
    readable = flaw not in {"no_layout", "not_found", "forbidden"}
    expected = Expected(
        path=path,
        headline=story.headline,
        paragraphs=(*story.paragraphs, *([pages.SIGNATURE] if signed else [])) if readable else (),
        published=moment if dated else None,
        precision=("minute" if precision == "minute" else "day") if dated else None,
        published_raw=raw or None,
        flaw=flaw,
        kind=story.kind,
        section=story.section,
        signed=signed,
        encoding="windows-1251" if index % 29 == 11 else "utf-8",
        attachments=len(files),
        persons=story.persons,
        organisations=story.organisations,
        places=story.places,
        dates=story.dates,
    )
    return Item(expected, entry, page, index)


def _files(path: str, story: Story, rng: Random) -> tuple[tuple[str, str], ...]:
    if story.kind not in {"hearings", "council", "transport", "schools"} or rng.random() < 0.3:
        return ()
    number = path.rpartition("/")[2]
    kind = pick(rng, ("pdf", "docx"))
    files = [(f"/upload/iblock/{number[:3]}/prilozhenie_{number}.{kind}", "Приложение № 1")]
    if rng.random() < 0.4:
        files.append((f"/upload/iblock/{number[:3]}/shema_{number}.pdf", "Схема"))
    return tuple(files)


def sample_item(index: int) -> Item:
    """The real article of the sample data, with the dates that stood in its page's side column."""
    headline, *paragraphs = (DATA / "sample-article.txt").read_text(encoding="utf-8").strip().split("\n")
    side = (DATA / "sample-side-column.txt").read_text(encoding="utf-8").split("\n")
    # The real page's own date is not known; this one is our choice, the day after the conference that it tells of.
    published = datetime(2018, 12, 13, tzinfo=MOSCOW)
    raw = "13 декабря 2018 г."
    entry = pages.Entry(SAMPLE_PATH, headline, "13.12.2018", paragraphs[0][:160].rsplit(" ", 1)[0] + "…")
    column = tuple((f"Новости партнёров, выпуск {number}", text) for number, text in enumerate(filter(None, side), 1))
    page = pages.ArticlePage(entry, "Общество", raw, tuple(paragraphs), signed=False, style="p", side=column)
    expected = Expected(
        path=SAMPLE_PATH,
        headline=headline,
        paragraphs=tuple(paragraphs),
        published=published,
        precision="day",
        published_raw=raw,
        flaw="",
        kind="sample",
        section="Общество",
        signed=False,
        encoding="utf-8",
        attachments=0,
        persons=("Елена Сорокина", "Валерий Калякин", "Сергей Лавров"),
        organisations=("Международный Союз «Наследники Победы»",),
        places=tuple(_SAMPLE_PLACES.split(", ")),
        dates=(DatePhrase("12 декабря", date(2018, 12, 12), date(2018, 12, 12)),),
    )
    return Item(expected, entry, page, index)
