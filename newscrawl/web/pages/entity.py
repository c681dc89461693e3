"""`/entity/{id}`: who or what it is, when and where it is mentioned, and with whom; `/entities`: all of them."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import get_args

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from newscrawl.errors import QuestionError, TooBroadError
from newscrawl.items import Decision, Entity, EntityType
from newscrawl.store.corpus import CoMention, Slice
from newscrawl.store.finding import ArticleFilter
from newscrawl.web.addresses import entity_address, with_query
from newscrawl.web.language import Language, language_of
from newscrawl.web.pages.asked import MOST_LETTERS, Asked
from newscrawl.web.pages.charted import months_chart
from newscrawl.web.pages.listed import Listed, listed
from newscrawl.web.refs import told_ref
from newscrawl.web.rendering import render
from newscrawl.web.served import Served, Serving
from newscrawl.web.zones import OTHERWISE, zones_of

TYPES = get_args(EntityType)
_SIZE = 50
"""Entities on a page of all."""
_MOST_FOUND = 50
"""That a search by name shows."""
_LATEST = 10
_COMPANY = 30
_MOST_NAMESAKES = 10
_MOST_TEXT = 100
"""Letters of a name that is looked for."""

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class Mentions:
    """Where an entity is mentioned; parts are empty where reckoning them takes too long."""

    chart: Markup
    sample: int
    """How many of its latest articles were looked at for its company."""
    company: list[tuple[str, list[CoMention]]]
    """By type."""
    latest: list[Listed]


@router.get("/entity")
def entity_by_query(request: Request, served: Served, id: str = "") -> Response:
    """Show an entity whose id cannot stand in a path."""
    return entity(request, served, id)


@router.get("/entity/{id:path}")
def entity(request: Request, served: Served, id: str) -> Response:
    """Show one entity; an id that was merged away leads to its heir, a name that several bear to all of them."""
    t = language_of(request)
    found = served.store.registry.find(id) if 0 < len(id) <= MOST_LETTERS else []
    if not found:
        return render(
            request, "notice.html", section="entities", heading=t("entity.missing"), text=t("entity.missing.text"),
            home="/entities", home_text=t("entities.title"), status=HTTPStatus.NOT_FOUND,
        )  # fmt: skip
    if len(found) > 1:
        return render(request, "several.html", section="entities", name=id.partition(":")[2] or id, entities=found)
    if found[0].id != id:
        return RedirectResponse(entity_address(found[0].id), HTTPStatus.FOUND)
    return _shown(request, served, found[0], t)


def _shown(request: Request, served: Serving, one: Entity, t: Language) -> Response:
    registry = served.store.registry
    return render(
        request, "entity.html", section="entities", entity=one, zone=OTHERWISE,
        refs=[told_ref(ref) for ref in one.refs],
        mentions=_mentions(served, one, t),
        namesakes=registry.namesakes(one)[:_MOST_NAMESAKES],
        doubts=registry.doubts(one),
        decisions=[_told(decision, t) for decision in registry.decisions(one)],
    )  # fmt: skip


def _mentions(served: Serving, one: Entity, t: Language) -> Mentions:
    corpus, wanted, asked = served.store.corpus, ArticleFilter(entity=one.id), Asked(entity=one.id)
    try:
        months, company = corpus.by_month(wanted), corpus.mentioned_with(one.id, limit=_COMPANY)
        latest = corpus.page(wanted, size=_LATEST).items
    except TooBroadError:
        return Mentions(Markup(), 0, [], [])
    by_type = [(kind, [other for other in company.others if other.type == kind]) for kind in TYPES]
    chart = months_chart(months, t, "entity.months", asked.within) if months.counts else Markup()
    zone_of = zones_of(served.config.own_sites)
    return Mentions(chart, company.sample, [each for each in by_type if each[1]], listed(latest, t, zone_of))


def _told(decision: Decision, t: Language) -> str:
    told = t(f"entity.{decision.kind}", entity=decision.entity, into=decision.into)
    told = f"{told} ({t('entity.undone')})" if decision.undone_at else told
    return f"{told}: {decision.reason}" if decision.reason else told


@router.get("/entities")
def entities(request: Request, served: Served) -> Response:
    """Show entities: those that most articles mention, or those found by a name."""
    given = request.query_params
    text = given.get("text", "").strip()[:_MOST_TEXT]
    kind = given.get("type", "") if given.get("type", "") in TYPES else ""
    cursor = given.get("cursor", "")
    found, problem = _entities(served, text, kind, cursor)
    return render(
        request, "entities.html", section="entities", text=text, kind=kind, types=TYPES, entities=found.items,
        is_cut=bool(text) and len(found.items) >= _MOST_FOUND, most=_MOST_FOUND, problem=problem,
        following=with_query("/entities", {"type": kind, "cursor": found.following}) if found.following else None,
        first=with_query("/entities", {"type": kind}) if cursor else None,
        status=HTTPStatus.BAD_REQUEST if problem else HTTPStatus.OK,
    )  # fmt: skip


def _entities(served: Serving, text: str, kind: str, cursor: str) -> tuple[Slice[Entity], str]:
    """Return what was found, and the key of what is wrong with the question, '' for nothing."""
    corpus = served.store.corpus
    try:
        if text:
            return corpus.entities(type_=kind or None, text=text, size=_MOST_FOUND), ""
        return corpus.entities(type_=kind or None, size=_SIZE, cursor=cursor or None), ""
    except QuestionError:
        return Slice([], None), "search.wrong.cursor"
    except TooBroadError:
        return Slice([], None), "search.wrong.broad"
