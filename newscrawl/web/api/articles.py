"""/api/articles, /api/article: the corpus."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request
from starlette.responses import Response

from newscrawl.errors import QuestionError
from newscrawl.items import StoredArticle
from newscrawl.sites import site_for_url
from newscrawl.urls import canonical_url
from newscrawl.web.api.answering import NOT_FOUND, answer, gather
from newscrawl.web.api.parameters import ArticleAddress, ArticleId, ArticleQuestion
from newscrawl.web.api.records import LISTED, Articles, ListedArticle, Revisions
from newscrawl.web.served import Served

router = APIRouter(prefix="/api", tags=["articles"])


@router.get("/articles", response_model=Articles)
def list_articles(asked: Annotated[ArticleQuestion, Query()], served: Served, request: Request) -> Response:
    """Find articles by site, city, region, time, entity and words: the latest published first, undated ones last."""
    fields = _fields(asked.fields)
    wanted, corpus = asked.wanted, served.store.corpus

    def ask(size: int, cursor: str | None) -> tuple[list[dict[str, Any]], str | None]:
        found = corpus.page(wanted, size=size, cursor=cursor)
        return found.items, found.following

    documents, following = gather(ask, asked.limit, asked.cursor, lambda one: len(one["article_body"]))
    items = [ListedArticle(**{name: one[name] for name in fields if name in one}) for one in documents]
    return answer(Articles(items=items, next=following), following=(request, "cursor", following), is_partial=True)


@router.get("/articles/{id:path}", response_model=StoredArticle, responses=NOT_FOUND)
def read_article(id: ArticleId, served: Served) -> Response:
    """Return one article with its mentions, by its canonical address, percent-encoded whole.

    Some proxies join or decode slashes in a path: `/api/article?url=` takes the same address as a parameter.
    """
    return answer(_article(served, id))


@router.get("/article", response_model=StoredArticle, responses=NOT_FOUND)
def read_article_by_address(url: ArticleAddress, served: Served) -> Response:
    """Return one article with its mentions, by its address in any form that its site uses."""
    return answer(_article(served, url))


@router.get("/article/revisions", response_model=Revisions, responses=NOT_FOUND)
def list_revisions(url: ArticleAddress, served: Served) -> Response:
    """Return the earlier states of an article, the first one first."""
    article = _article(served, url)
    return answer(Revisions(items=served.store.find_revisions(article.url)))


def _article(served: Served, address: str) -> StoredArticle:
    """Return an article by its key, or by an address that leads to it. Raises HTTPException for none."""
    found = served.store.find_article(address)
    if found is None:
        key = canonical_url(address, site_for_url(address, served.config.own_sites))
        found = served.store.find_article(key) if key != address else None
    if found is None:
        raise HTTPException(404, "no article of this address is stored")
    return found


def _fields(asked: str | None) -> list[str]:
    """Return the fields of a list. Raises QuestionError for one that it has not."""
    wanted = list(dict.fromkeys(["url", *asked.split(",")])) if asked is not None else list(LISTED)
    for name in wanted:
        if name not in LISTED:
            hint = "a list has no mentions: ask for the article itself" if name in StoredArticle.model_fields else ""
            raise QuestionError(f"fields: there is no field «{name}» in a list", advice=hint)
    return wanted
