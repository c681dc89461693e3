"""`/`: the search and its results; with nothing asked, the start page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from fastapi import APIRouter, Request
from markupsafe import Markup
from rapidfuzz import process
from starlette.responses import RedirectResponse, Response

from newscrawl.errors import QuestionError, TooBroadError
from newscrawl.items import Entity
from newscrawl.store import Store
from newscrawl.store.corpus import Months
from newscrawl.store.finding import ArticleFilter
from newscrawl.store.reprints import sizes
from newscrawl.web.addresses import article_address
from newscrawl.web.language import Language, language_of
from newscrawl.web.moments import told_day
from newscrawl.web.pages.asked import Asked
from newscrawl.web.pages.charted import months_chart
from newscrawl.web.pages.listed import Listed, listed
from newscrawl.web.pages.offered import choices, whole
from newscrawl.web.rendering import render
from newscrawl.web.served import Served, Serving
from newscrawl.web.zones import zone_of_place, zones_of
from pipelines.text import fold

SIZE = 20
"""Articles on a page of results."""
_COUNTED = 300
"""Finds are counted so far."""
_CHARTED = 5
"""Finds from which a chart tells more than the list."""
_LATEST = 8
_NAMES = 4
_ALIKE = 60.0
"""Per cent of likeness from which a city may have been meant."""

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class Chip:
    """A filter that is on, and the address without it."""

    words: str
    address: str
    kind: str = ""
    """Type of an entity; '' for any other filter."""


@dataclass(frozen=True)
class Results:
    """What was found."""

    articles: list[Listed]
    count: str
    following: str | None
    """Cursor of what comes next."""
    names: Sequence[Entity]
    """Entities whose names have the words that were asked for."""
    chart: Markup


@router.get("/")
def search(request: Request, served: Served) -> Response:
    """Show what was found for a search, or the start page."""
    asked = Asked.of(request.query_params)
    if asked.is_empty:
        return _start(request, served, asked)
    if asked.text.startswith(("http://", "https://")):
        return RedirectResponse(article_address(asked.text), HTTPStatus.FOUND)
    t, known = language_of(request), choices(served.store)
    asked = asked.in_city(_as_stored(asked.city, known.cities))
    results, problems = None, asked.problems
    if not problems:
        try:
            results = _results(served, asked, t)
        except QuestionError:
            problems = ("search.wrong.cursor",)
        except TooBroadError:
            problems = ("search.wrong.broad",)
    return render(
        request, "search.html", section="search", asked=asked, cities=known.cities, sites=known.sites,
        problems=problems, results=results, chips=_chips(served.store, asked, t),
        alike=_alike(asked.city, known.cities),
        status=HTTPStatus.BAD_REQUEST if problems else HTTPStatus.OK,
    )  # fmt: skip


def _results(served: Serving, asked: Asked, t: Language) -> Results:
    store, own_sites = served.store, served.config.own_sites
    wanted = asked.filter(zone_of_place(own_sites, site=asked.site or None, city=asked.city or None))
    found = store.corpus.page(wanted, size=SIZE, cursor=asked.cursor or None)
    clusters = sizes(store, [one["cluster"] for one in found.items if one.get("cluster")])
    articles = listed(found.items, t, zones_of(own_sites), question=asked.question, sizes=clusters)
    is_first = not asked.cursor
    number = len(found.items) if is_first and found.following is None else _count(store, wanted)
    # The further pages and those of which counting took too long do without.
    chart = _chart(store, wanted, t, asked.within) if is_first and number is not None else Markup()
    names = _names(store, asked.text) if is_first else []
    return Results(articles, _counted(number, t), found.following, names, chart)


def _count(store: Store, wanted: ArticleFilter) -> int | None:
    """Return how many were found; None where counting takes too long: the list itself may be there."""
    try:
        return store.corpus.count(wanted, most=_COUNTED + 1)
    except TooBroadError:
        return None


def _counted(number: int | None, t: Language) -> str:
    if number is None:
        return t("search.found.some")
    if number > _COUNTED:
        return t("search.found.more", n=t.number(_COUNTED))
    return t.many("search.found", number)


def _names(store: Store, text: str) -> Sequence[Entity]:
    """Return entities whose names have the words that were asked for."""
    try:
        return store.corpus.entities(text=text, size=_NAMES).items if text else []
    except TooBroadError:
        return []


def _chart(store: Store, wanted: ArticleFilter, t: Language, href: Callable[[str], str]) -> Markup:
    """Return the finds by month; '' where they are few, or counting takes too long."""
    try:
        found = store.corpus.by_month(wanted)
    except TooBroadError:
        return Markup()
    return _charted(found, t, href)


def _charted(found: Months, t: Language, href: Callable[[str], str]) -> Markup:
    is_worth_it = len(found.counts) > 1 and sum(found.counts.values()) >= _CHARTED
    return months_chart(found, t, "search.months", href) if is_worth_it else Markup()


def _chips(store: Store, asked: Asked, t: Language) -> list[Chip]:
    """Return the filters that are on."""
    chips = []
    if asked.entity:
        known = store.registry.find(asked.entity)
        name, kind = (known[0].normal, known[0].type) if len(known) == 1 else (asked.entity, "")
        chips.append(Chip(f"{t('search.entity')}: {name}", asked.address(entity=""), kind))
    if asked.city:
        chips.append(Chip(asked.city, asked.address(city="")))
    if asked.site:
        chips.append(Chip(t("search.chip.site", site=asked.site), asked.address(site="")))
    if asked.first_day:
        chips.append(Chip(t("search.chip.since", day=told_day(t, asked.first_day)), asked.address(since="")))
    if asked.last_day:
        chips.append(Chip(t("search.chip.until", day=told_day(t, asked.last_day)), asked.address(until="")))
    if asked.copies:
        chips.append(Chip(t("search.copies"), asked.address(copies="")))
    return chips


def _as_stored(city: str, cities: Sequence[str]) -> str:
    """Return a city as the store writes it: «орел» is «Орёл»."""
    return {fold(one): one for one in cities}.get(fold(city), city) if city else ""


def _alike(city: str, cities: Sequence[str]) -> list[str]:
    """Return the cities that may have been meant by one that is not there."""
    if not city or city in cities:
        return []
    return [one for one, _, _ in process.extract(city[:60], cities, limit=3, score_cutoff=_ALIKE)]


def _start(request: Request, served: Serving, asked: Asked) -> Response:
    t, store = language_of(request), served.store
    latest = store.corpus.page(ArticleFilter(), size=_LATEST)
    known, glance = choices(store), whole(store)
    return render(
        request, "start.html", section="search", asked=asked, cities=known.cities, sites=known.sites, top=glance.top,
        articles=listed(latest.items, t, zones_of(served.config.own_sites)), following=latest.following,
        chart=_charted(glance.months, t, asked.within),
    )  # fmt: skip
