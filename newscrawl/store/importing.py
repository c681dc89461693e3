"""Articles that come from elsewhere: whole states as they were exported, and what is known of those here already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from pymongo import UpdateOne

from newscrawl.items import Article, StoredArticle
from newscrawl.store import articles
from newscrawl.store.documents import article_document
from newscrawl.store.schema import Document

if TYPE_CHECKING:
    from newscrawl.store.store import Store


class Importing:
    """Writes imported articles."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def known(self, urls: Sequence[str]) -> Mapping[str, str]:
        """Return by address what made the articles that are stored (`extracted_by`); others are absent."""
        query, wanted = {"_id": {"$in": list(urls)}}, {"extracted_by": 1}
        found = self._store.call(lambda: list(self._store.articles.find(query, wanted)))
        return {one["_id"]: str(one["extracted_by"]) for one in found}

    def restore(self, states: Sequence[tuple[StoredArticle, Sequence[StoredArticle]]], run_id: str) -> articles.Written:
        """Store articles with their earlier states; of what is stored here the state that was fetched later counts.

        An address that is new here gets just the state and the history that it comes with. One that is known keeps its
        own history, to which a later state is added. May be repeated without harm.
        """
        return self._store.call(lambda: self._restore({one.url: (one, old) for one, old in states}, run_id))

    def _restore(
        self, states: Mapping[str, tuple[StoredArticle, Sequence[StoredArticle]]], run_id: str
    ) -> articles.Written:
        store = self._store
        known: dict[str, Document] = {one["_id"]: one for one in store.articles.find({"_id": {"$in": list(states)}})}
        planned: list[articles.Planned] = []
        history: list[UpdateOne] = []
        token = articles.new_token(run_id)
        for url, (state, earlier) in states.items():
            before = known.get(url)
            if before is None:
                history += [_kept(url, one) for one in earlier]
                planned.append(articles.restored(state, run_id))
            elif before["fetched_at"] < state.fetched_at:
                own = Article.model_validate(state.model_dump(include=set(Article.model_fields)))
                planned.append(articles.plan(before, own, run_id, token, is_met=False))
            else:
                planned.append(articles.Planned(url, "unchanged", {"_id": url}, None))
        if history:  # before the article: one that is there has its history
            store.revisions.bulk_write(history, ordered=False)
        return articles.carry_out(store, planned)


def _kept(url: str, state: StoredArticle) -> UpdateOne:
    own = {name: value for name, value in article_document(state).items() if name in state.model_fields_set}
    key = {"article_id": url, "revision": state.revision}
    return UpdateOne(key, {"$setOnInsert": key | own}, upsert=True)
