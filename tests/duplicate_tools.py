"""Small Russian articles made by lot, copies and notices among them, and the groups that they must have."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from newscrawl.items import Article
from newscrawl.store import Store
from newscrawl.store.signatures import rank_of, text_of
from pipelines.duplicates import Document, Verdict, candidate_pairs, compare, group, signatures

from .registry_tools import RYAZAN, article

_SYLLABLES = "ба ве ги до жу зы кла мно пре ста тро хри чи шо ще".split()
_TEMPLATE = (
    "Сообщаем, что {day} мая с {hour}:00 до {end}:00 по адресу улица {street}, дом {house}, будет приостановлена подача"
    " холодной воды в связи с ремонтом сетей. Просим сделать запас воды заранее и закрыть краны. Телефон {phone}."
)


class Lot:
    """Draws articles. The same seed draws the same ones."""

    def __init__(self, seed: int) -> None:
        self.lot = random.Random(seed)
        self._number = 0
        self._words = ["".join(self.lot.choices(_SYLLABLES, k=self.lot.randint(1, 4))) for _ in range(300)]

    def story(self) -> str:
        """Return a text of about 60 words in paragraphs."""
        sentences = [" ".join(self.lot.choices(self._words, k=self.lot.randint(6, 11))).capitalize() for _ in range(7)]
        return ".\n\n".join(sentences) + "."

    def notice(self) -> str:
        """Return a notice: most of its words are those of every other."""
        lot = self.lot
        return _TEMPLATE.format(
            day=lot.randint(1, 28), hour=lot.randint(6, 12), end=lot.randint(13, 20),
            street=lot.choice(self._words).capitalize(), house=lot.randint(1, 99), phone=lot.randint(100_000, 999_999),
        )  # fmt: skip

    def copy(self, text: str) -> str:
        """Return a text as another site prints it: cut, with a lead, with a source, or as it is."""
        paragraphs = text.split("\n\n")
        kind = self.lot.randrange(4)
        if kind == 0 and len(paragraphs) > 3:
            return "\n\n".join(paragraphs[:4])
        if kind == 1:
            return f"Коротко о главном.\n\n{text}"
        return f"{text}\n\nИсточник: пресс-служба" if kind == 2 else text

    def article(self, text: str) -> Article:
        """Return an article with a text and a headline of its own."""
        self._number += 1
        made = article(self._number, RYAZAN, headline=f"Новость {self.lot.randint(1, 10**6)}")
        published = datetime(2025, 5, 1, tzinfo=UTC) + timedelta(hours=self.lot.randrange(600))
        when = None if self.lot.random() < 0.1 else published
        return made.model_copy(update={"article_body": text, "date_published": when})

    def articles(self, stories: int, copies: int, notices: int) -> list[Article]:
        """Return stories, copies of them (few of most, many of some) and notices."""
        texts = [self.story() for _ in range(stories)]
        while len(texts) < stories + copies:
            texts.append(self.copy(self.lot.choice(texts[: 1 + self.lot.randrange(stories)])))
        return [self.article(text) for text in texts + [self.notice() for _ in range(notices)]]


Memberships = dict[str, tuple[str, str | None]]
Ties = set[tuple[int, int]]


def wanted(store: Store) -> tuple[Memberships, Ties]:
    """Return (cluster, duplicate_of) of each stored article as the pure functions have them, all at once, and the ties.

    A tie is a pair of ranks, the lower one first.
    """
    documents = [
        Document(one["_id"], *text_of(one), one["date_published"], one["first_seen"], one["site"])
        for one in store.articles.find()
    ]
    documents.sort(key=lambda one: rank_of(one.id))
    pairs = candidate_pairs(signatures([one.text for one in documents])).tolist()
    verdicts: dict[frozenset[str], Verdict] = {}

    def verdict(a: Document, b: Document) -> Verdict:
        key = frozenset((a.id, b.id))
        if key not in verdicts:
            verdicts[key] = compare(a, b)
        return verdicts[key]

    copies = [
        (documents[a].id, documents[b].id) for a, b in pairs if verdict(documents[a], documents[b]).copy
    ]  # fmt: skip
    groups = group(documents, copies, verdict=verdict)
    ties = {(rank_of(one), rank_of(other)) for one, other in copies}
    return {id_: (one.cluster, one.duplicate_of) for id_, one in groups.items()}, ties


def stored_groups(store: Store) -> tuple[Memberships, Ties]:
    """Return the same as the store has it."""
    groups = {one["_id"]: (one["cluster"], one["duplicate_of"]) for one in store.articles.find()}
    ties = {(rank, one["rank"]) for one in store.signatures.find() for rank in one.get("copies", ())}
    return groups, ties


def put(store: Store, articles: Sequence[Article], run: str = "run1") -> None:
    """Store articles without grouping them."""
    store.write_articles(articles, run)
