"""Articles made by hand for tests of the registry: no models, every mention as the test wants it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from newscrawl.items import Article, EntityMention, Uncertainty
from newscrawl.store import Store

RYAZAN = ("ryazan", "Рязань", "RU-RYA")
TULA = ("tula", "Тула", "RU-TUL")
KALUGA = ("kaluga", "Калуга", "RU-KLU")

Place = tuple[str, str | None, str | None]


def person(
    normal: str,
    post: str | None = None,
    *,
    text: str | None = None,
    key: str | None = None,
    uncertain: Uncertainty | None = None,
) -> EntityMention:
    """A mention of a person; its id is the folded name unless `key` says otherwise."""
    words = text or normal
    made = key or f"per:{normal.lower().replace('ё', 'е')}"
    return EntityMention(
        start=0, stop=len(words), text=words, type="PER", normal=normal, uncertain=uncertain, id=made, post=post
    )


def thing(normal: str, id_: str, *refs: str, text: str | None = None) -> EntityMention:
    """A mention of a body or a place."""
    kind = "LOC" if id_.startswith("loc:") else "ORG"
    words = text or normal
    return EntityMention(start=0, stop=len(words), text=words, type=kind, normal=normal, id=id_, refs=refs)


def article(number: int, place: Place, *mentions: EntityMention, day: int = 1, headline: str = "Новость") -> Article:
    """An article of a city's site, published on a day of May 2025."""
    site, city, region = place
    return Article(
        url=f"http://{site}.example/news/{number}",
        site=site,
        city=city,
        region=region,
        headline=headline,
        lead=None,
        article_body="Текст.",
        date_published=datetime(2025, 5, day, 9, tzinfo=UTC),
        date_published_raw=f"{day} мая 2025",
        date_published_precision="day",
        date_published_source="test",
        date_modified=None,
        authors=(),
        article_section=None,
        keywords=(),
        images=(),
        attachments=(),
        dates=(),
        entities=mentions,
        language="ru",
        fingerprint="x",
        problems=(),
        fetched_at=datetime(2025, 6, 1, tzinfo=UTC),
        page_id="p",
        extracted_by="n/a@1.0",
        pipeline_version="1",
    )


def put(store: Store, articles: Sequence[Article], run: str = "run1") -> None:
    """Store articles and bring the registry up to date."""
    store.write_articles(articles, run)
    store.refresh_entities()


def counts(store: Store) -> dict[str, int]:
    """Return the registry: id -> number of articles."""
    return {one["_id"]: one["articles"] for one in store.entities.find()}


def urls(store: Store, entity: str) -> list[str]:
    """Return where the articles of an entity are: `ryazan/1`."""
    found = [one.url for one in store.find_articles(entity=entity)]
    return sorted(one.removeprefix("http://").replace(".example/news", "") for one in found)
