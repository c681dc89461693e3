"""`/article?url=…`: one article, what was understood of it, what became of it, and where it is from."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path

from fastapi import APIRouter, Request
from starlette.responses import Response

from newscrawl.items import StoredArticle
from newscrawl.sites import site_for_url
from newscrawl.store import Store
from newscrawl.store.reprints import Member, members
from newscrawl.urls import canonical_url
from newscrawl.web.language import Language, language_of
from newscrawl.web.pages.history import MOST, revised
from newscrawl.web.pages.meanings import KINDS, explained
from newscrawl.web.rendering import render
from newscrawl.web.served import Served
from newscrawl.web.zones import zones_of

_MOST_LETTERS = 2000
"""Of an address."""
_MOST_REPRINTS = 50
"""Of a group that are shown."""

router = APIRouter(include_in_schema=False)


@router.get("/article")
def article(request: Request, served: Served, url: str = "") -> Response:
    """Show one stored article, by its address in whatever form."""
    t = language_of(request)
    found = _found(served.store, url.strip(), served.config.own_sites) if url.strip() else None
    if found is None:
        return _missing(request, t, url.strip())
    zone_of = zones_of(served.config.own_sites)
    identities = {one.key: one.id for one in found.identities}
    paragraphs, meanings = explained(found, identities, t)
    return render(
        request, "article.html", article=found, zone=zone_of(found.site), zone_of=zone_of,
        source=source_told(t, found.date_published_source),
        paragraphs=paragraphs,
        meanings=[(kind, lines) for kind in KINDS if (lines := [one for one in meanings if one.kind == kind])],
        others=_others(served.store, found), most_others=_MOST_REPRINTS,
        history=revised(served.store.find_revisions(found.url), found, t, zone_of(found.site)),
        most_revisions=MOST,
    )  # fmt: skip


def source_told(t: Language, source: str | None) -> str:
    """Return in words where on a page a value was found, with the selector: «разметка сайта (tpl .date)»."""
    if not source:
        return ""
    kind, _, further = source.partition(":")
    told = t.known(f"source.{kind}", kind)
    return f"{told} ({further})" if further else told


def _found(store: Store, url: str, own_sites: Path | None) -> StoredArticle | None:
    if len(url) > _MOST_LETTERS:
        return None
    canonical = canonical_url(url, site_for_url(url, own_sites))
    return store.find_article(canonical) or (store.find_article(url) if url != canonical else None)


def _others(store: Store, article: StoredArticle) -> list[Member]:
    """Return the other articles of its near-duplicate group, the original first."""
    if article.cluster is None:
        return []
    found = store.call(lambda: members(store, str(article.cluster), _MOST_REPRINTS + 1))
    return [one for one in found if one.url != article.url]


def _missing(request: Request, t: Language, url: str) -> Response:
    key = "article.missing" if url else "article.unnamed"
    status = HTTPStatus.NOT_FOUND if url else HTTPStatus.BAD_REQUEST
    text = t("article.missing.text", url=url[:200]) if url else t("article.unnamed.text")
    return render(request, "notice.html", section="search", heading=t(key), text=text, status=status)
