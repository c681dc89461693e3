"""The health of the crawl: all sites, the worst first; one site in depth; articles in which something failed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Query, Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from newscrawl.jobs.gaps import Month, Months
from newscrawl.jobs.site_status import SiteStatus
from newscrawl.store.watched import unresolved_articles
from newscrawl.web import charts, small_charts
from newscrawl.web.addresses import outside_address, with_query
from newscrawl.web.health import DAYS, STATES, Overview, Portrait, state_of
from newscrawl.web.language import Language, language_of
from newscrawl.web.pages.asked import days_within
from newscrawl.web.pages.run_rows import run_table
from newscrawl.web.rendering import render
from newscrawl.web.served import Served
from newscrawl.web.spans import told_ago

router = APIRouter(include_in_schema=False)

_SHARES = {"alarm": "bad", "failed": "bad", "look": "fair", "fine": "good", "never": "none"}
_ON_A_PAGE = 50
_MOST_ARTICLES = 100
_DAY = {"ru": "%d.%m", "en": "%d %b"}

Word = Annotated[str, Query(max_length=200)]


@dataclass(frozen=True)
class Wanted:
    """Which sites are to be shown."""

    name: str
    """A part of a site's or a city's name."""
    state: str
    region: str
    page: int

    def rows(self, seen: Overview) -> list[SiteStatus]:
        """Return the sites that meet the conditions, in their order."""
        part = self.name.strip().casefold().replace("ё", "е")
        return [
            row
            for row in seen.rows
            if (not self.state or state_of(row) == self.state)
            and (not self.region or seen.regions.get(row.site) == self.region)
            and (not part or part in f"{row.site}\n{row.city or ''}".casefold().replace("ё", "е"))
        ]

    def address(self, page: int) -> str:
        """Return the address of another page of the same."""
        return with_query(
            "/sites",
            {"name": self.name, "state": self.state, "region": self.region, "page": str(page) if page > 1 else None},
        )


@router.get("/sites", response_class=HTMLResponse)
def sites(
    request: Request,
    served: Served,
    name: Word = "",
    state: Word = "",
    region: Word = "",
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> HTMLResponse:
    """Show all sites, the worst first, with what they add up to."""
    language = language_of(request)
    seen = served.health.all()
    wanted = Wanted(name, state, region, page)
    found = wanted.rows(seen)
    begin = (page - 1) * _ON_A_PAGE
    return render(
        request,
        "sites.html",
        section="sites",
        seen=seen,
        wanted=wanted,
        states=STATES,
        state_of=state_of,
        regions=sorted(set(seen.regions.values())),
        found=len(found),
        rows=found[begin : begin + _ON_A_PAGE],
        following=wanted.address(page + 1) if begin + _ON_A_PAGE < len(found) else None,
        first=wanted.address(1) if page > 1 else None,
        totals=_totals(seen),
        strip=_strip(language, seen),
        chart=_by_day(language, seen.days, seen, "health.chart.days"),
        spark=partial(_spark, language),
        ago=partial(told_ago, language, at=seen.at),
    )


@router.get("/sites/{name:path}", response_class=HTMLResponse)
def site(request: Request, served: Served, name: Annotated[str, Path(max_length=200)]) -> HTMLResponse:
    """Show one site in depth."""
    language = language_of(request)
    name = name or request.query_params.get("name", "")[:200]
    seen = served.health.one(name)
    if seen is None:
        raise HTTPException(404)
    depth = seen.depth
    return render(
        request,
        "site.html",
        section="sites",
        seen=seen,
        row=depth.status,
        state=state_of(depth.status),
        outside=outside_address(depth.url),
        days=_by_day(language, depth.status.days, seen, "health.chart.days.site"),
        months=_by_month(language, name, seen.months),
        gaps=seen.months.gaps if seen.months else [],
        fill=_fill(seen.months),
        coverage=[
            (field, found / of if of else 0.0, rule) for field, (found, of, rule) in sorted(depth.coverage.items())
        ],
        read=max((of for _, of, _ in depth.coverage.values()), default=0),
        troubled={one.subject for one in depth.status.alarms},
        share_bar=small_charts.meter,
        ago=partial(told_ago, language, at=seen.at),
        runs=depth.runs,
        with_site=False,
        **run_table(language),
        runs_address=with_query("/runs", {"site": name}),
        unresolved_address=partial(_unresolved_address, name),
    )


@router.get("/unresolved", response_class=HTMLResponse)
def unresolved(request: Request, served: Served, site: Word, field: Word, reason: Word) -> HTMLResponse:
    """Show articles of a site in which a field stayed empty for a reason."""
    found = unresolved_articles(served.store, site, field, reason, _MOST_ARTICLES)
    if not found:
        raise HTTPException(404)
    articles = [one | {"url": one["_id"], "said": _said(one, field, reason)} for one in found]
    return render(
        request, "unresolved.html", section="sites", site=site, field=field, reason=reason, articles=articles,
        is_all=len(found) < _MOST_ARTICLES,
    )  # fmt: skip


def _said(article: dict[str, object], field: str, reason: str) -> str | None:
    problems = article["problems"]
    assert isinstance(problems, list)
    words: list[str | None] = [one.get("text") for one in problems if one["field"] == field and one["reason"] == reason]
    return next((one for one in words if one), None)


def _unresolved_address(name: str, field: str, reason: str) -> str:
    return with_query("/unresolved", {"site": name, "field": field, "reason": reason})


def _totals(seen: Overview) -> dict[str, int]:
    failed = sum(number for status, number in seen.runs.items() if status in {"died", "unavailable", "failures"})
    return {
        "sites": len(seen.rows),
        "articles": sum(row.articles for row in seen.rows),
        "new": sum(row.new for row in seen.rows),
        "alarms": sum(len(row.alarms) for row in seen.rows),
        "runs": sum(seen.runs.values()),
        "runs_failed": failed,
    }


def _strip(language: Language, seen: Overview) -> Markup:
    states = seen.states
    shares = [small_charts.Share(_SHARES[one], language(f"health.state.{one}"), states[one]) for one in STATES]
    return small_charts.strip(shares, language("health.states"), number=_number(language))


def _number(language: Language) -> charts.Numbers:
    return lambda number: language.number(round(number))


def _by_day(language: Language, numbers: Sequence[int], seen: Overview | Portrait, title: str) -> Markup:
    if not any(numbers):
        return Markup()
    points = charts.days(numbers, seen.at.date(), form=_DAY[language.code])
    return charts.bars(points, _words(language, title, "health.chart.day"), number=_number(language))


def _words(language: Language, title: str, label: str, kinds: dict[str, str] | None = None) -> charts.Words:
    return charts.Words(
        title=language(title),
        label=language(label),
        number=language("health.chart.articles"),
        table=language("health.chart.table"),
        summary=language("health.chart.summary"),
        kinds=kinds or {},
    )


def _by_month(language: Language, name: str, found: Months | None) -> Markup:
    if found is None or not found.months:
        return Markup()
    kinds = {kind: language(f"health.chart.{kind}") for kind in ("none", "few")}
    points = charts.months(
        {one.name: one.articles for one in found.months},
        kinds={one.name: one.gap for one in found.months if one.gap},
        href=lambda month: with_query("/", {"site": name, **_span(month)}),
    )
    return charts.bars(
        points, _words(language, "health.chart.months", "health.chart.month", kinds), number=_number(language)
    )


def _span(month: str) -> dict[str, str]:
    first, last = days_within(month)
    return {"since": first.isoformat(), "until": last.isoformat()}


def _fill(found: Months | None) -> str:
    """Return the command that may fill the gaps, '' where there are none or every way was gone."""
    gaps: list[Month] = found.gaps if found else []
    ways = list(dict.fromkeys(via for one in gaps for via in one.sources))
    if found is None or not ways:
        return ""
    options = " ".join(f"--via {via}" for via in ways)
    return f"newscrawl backfill {found.site.name} --from {gaps[0].first} --to {gaps[-1].last} {options}"


def _spark(language: Language, row: SiteStatus) -> Markup:
    told = language(
        "health.spark", days=DAYS, total=language.number(sum(row.days)), today=language.number(row.days[-1])
    )
    return small_charts.sparkline(row.days, told)
