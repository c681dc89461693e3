"""`/day/2018-12-12`: what was published on a day and what speaks of it; `/day/12-12`: a day in all years."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from http import HTTPStatus
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from newscrawl.errors import TooBroadError
from newscrawl.store.schema import Document
from newscrawl.web.addresses import day_address
from newscrawl.web.language import Language, language_of
from newscrawl.web.moments import told_day, told_day_of_year, told_weekday
from newscrawl.web.pages.asked import read_day
from newscrawl.web.pages.listed import listed
from newscrawl.web.rendering import render
from newscrawl.web.served import Served, Serving
from newscrawl.web.zones import OTHERWISE, zones_of

_MOST = 50
"""Articles of each kind."""
_EACH = 5
"""Articles of each year."""
_LEAP = 2000
"""A year that has every day."""
_ANY_YEAR = re.compile(r"\d\d-\d\d")

router = APIRouter(include_in_schema=False)


@router.get("/day")
def choose(date: str = "") -> Response:
    """Lead to the day that was chosen, or to today in all years."""
    wanted = read_day(date.strip()) if date.strip() else None
    if wanted is None and date.strip():
        return RedirectResponse(day_address(date.strip()[:20]), HTTPStatus.SEE_OTHER)
    today = datetime.now(ZoneInfo(OTHERWISE)).date()
    return RedirectResponse(day_address(wanted.isoformat() if wanted else f"{today:%m-%d}"), HTTPStatus.SEE_OTHER)


@router.get("/day/{name:path}")
def day(request: Request, served: Served, name: str) -> Response:
    """Show a day, or a day of all years."""
    t = language_of(request)
    if _ANY_YEAR.fullmatch(name) and (wanted := read_day(f"{_LEAP}-{name}")):
        return _all_years(request, served, wanted, t)
    found = read_day(name)
    if found is None:
        return render(
            request, "notice.html", section="day", heading=t("day.wrong"), text=t("day.wrong.text"),
            home="/day", home_text=t("nav.day"), status=HTTPStatus.NOT_FOUND,
        )  # fmt: skip
    if name != found.isoformat():
        return RedirectResponse(day_address(found.isoformat()), HTTPStatus.FOUND)
    return _one(request, served, found, t)


def _one(request: Request, served: Serving, found: date, t: Language) -> Response:
    zone_of = zones_of(served.config.own_sites)
    published, speaking = _documents(served, found)
    return render(
        request, "day.html", section="day", day=found, most=_MOST,
        heading=told_day(t, found), weekday=told_weekday(t, found),
        published=listed(published, t, zone_of), speaking=listed(speaking, t, zone_of),
        previous=_beside(found, -1, t), next=_beside(found, 1, t), all_years=day_address(f"{found:%m-%d}"),
    )  # fmt: skip


def _documents(served: Serving, found: date) -> tuple[list[Document], list[Document]]:
    """Return what was published on a day, and what else speaks of it."""
    corpus = served.store.corpus
    published = corpus.published_on(found, zone_of=zones_of(served.config.own_sites), limit=_MOST)
    try:
        speaking = corpus.speaking_of(found, limit=_MOST)
    except TooBroadError:
        speaking = []
    return published, speaking


def _beside(found: date, days: int, t: Language) -> tuple[str, str] | None:
    """Return address and name of a day beside another; None beyond the years that are told."""
    beside = found + timedelta(days=days)
    if read_day(beside.isoformat()) is None:
        return None
    return day_address(beside.isoformat()), told_day(t, beside)


def _all_years(request: Request, served: Serving, wanted: date, t: Language) -> Response:
    zone_of = zones_of(served.config.own_sites)
    found = served.store.corpus.this_day(wanted.month, wanted.day, zone_of=zone_of, each=_EACH)
    beside = [wanted + timedelta(days=days) for days in (-1, 1)]
    previous, following = [(day_address(f"{one:%m-%d}"), told_day_of_year(t, one)) for one in beside]
    return render(
        request, "years.html", section="day", heading=told_day_of_year(t, wanted), previous=previous, next=following,
        years=[
            (year, day_address(f"{year:04}-{wanted:%m-%d}"), listed(articles, t, zone_of))
            for year, articles in found.items()
        ],
    )  # fmt: skip
