"""Where the news takes place: the places that it mentions, as circles on a map; what is not on it is counted."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from newscrawl.notebook.charts import labels
from newscrawl.notebook.charts.look import (
    INK,
    LAND,
    LINES,
    PALETTE,
    QUIET,
    finished,
    library,
    nothing,
    number,
)
from newscrawl.notebook.charts.projection import Cone, around
from newscrawl.notebook.charts.rows import Row
from pipelines.entities.coordinates import Home, Located, Nowhere, locate
from pipelines.entities.geonames import ATTRIBUTION

MOST = 300
"""Circles on a map."""
_LABELS = 40
_SURE = 8
"""So many of the largest circles have a label even where it covers another circle."""
_WIDTH, _HEIGHT, _MARGIN = 640, 430, 44
_LARGEST = 750.0
"""Square pixels of the largest circle."""
_KINDS = {"city": "город, село", "subject": "регион, в точке его центра", "country": "страна, в точке столицы"}
_REASONS = {
    "unknown": "без координат", "ambiguous": "одноимённые", "word": "реки и слова-названия",
    "small": "малоизвестные", "area": "страны без столицы",
}  # fmt: skip
_HOME_COUNTRY = "iso3166:RU"
"""Not shown: all sites are in Russia, and it would lie upon Moscow."""


@dataclass(frozen=True)
class Place:
    """A place of the news."""

    id: str
    normal: str
    articles: int
    found: Located | Nowhere


def places_of(rows: Iterable[Row], home_of: Callable[[Row], Home | None]) -> list[Place]:
    """Return the places among mentions with where they are, the most articles first.

    Rows are of places and have `url`, `id`, `normal` and `refs`; `home_of`: the city of a row's site. Raises
    ConfigError when the package with the coordinates is missing.
    """
    urls: dict[str, set[Any]] = defaultdict(set)
    names: dict[str, Counter[str]] = defaultdict(Counter)
    refs: dict[str, set[str]] = defaultdict(set)
    homes: dict[str, set[Home]] = defaultdict(set)
    for row in rows:
        key = row["id"]
        urls[key].add(row["url"])
        names[key][row["normal"]] += 1
        refs[key].update(row.get("refs") or ())
        home = home_of(row)
        if home is not None:
            homes[key].add(home)
    places = []
    for key, mentioned in urls.items():
        normal = min(names[key], key=lambda name: (-names[key][name], name))
        places.append(Place(key, normal, len(mentioned), locate(normal, refs=refs[key], homes=homes[key])))
    return sorted(places, key=lambda place: (-place.articles, place.id))


def draw(places: Sequence[Place], *, title: str | None, areas: bool) -> Any:
    """Return the map of some places; `areas`: with countries and regions, which stand at their centres."""
    heading = title or "Места, о которых пишут"
    wanted = [place for place in places if isinstance(place.found, Located) and _is_wanted(place, areas=areas)]
    shown = wanted[:MOST]
    if not shown:
        why = "Ни одно из мест не удалось найти на карте." if places else "Места не упоминаются."
        return nothing(heading, why, width=_WIDTH, height=_HEIGHT // 2)
    cone = around([_degrees(place) for place in shown], width=_WIDTH, height=_HEIGHT, margin=_MARGIN)
    layers = [*_ground(cone), *_circles(shown), *(_labels(shown, cone) if cone else [])]
    altair = library()
    projection = altair.Projection(**(cone.specification() if cone else {"type": "equalEarth", "rotate": [-60, 0, 0]}))
    chart = altair.layer(*layers).properties(width=_WIDTH, height=_HEIGHT, projection=projection)
    return finished(chart, heading, [*_summary(shown, places), f"Координаты: {ATTRIBUTION}. Суша: Natural Earth."])


def _is_wanted(place: Place, *, areas: bool) -> bool:
    if place.id == f"loc:{_HOME_COUNTRY}":
        return False
    return areas or (isinstance(place.found, Located) and place.found.precision == "place")


def _summary(shown: Sequence[Place], places: Sequence[Place]) -> list[str]:
    """Return how many places are shown, and how many are not, with the reasons."""
    reasons = Counter(place.found.reason for place in places if isinstance(place.found, Nowhere))
    words = [f"{_REASONS[reason]} {count}" for reason, count in reasons.most_common()]
    areas = len(places) - len(shown) - sum(reasons.values())
    words += [f"страны и регионы {areas}"] if areas else []
    told = [f"На карте {number(len(shown), 'место', 'места', 'мест')} из {len(places)}."]
    return [*told, f"Не показаны: {', '.join(words)}."] if words else told


def _degrees(place: Place) -> tuple[float, float]:
    assert isinstance(place.found, Located)
    return place.found.longitude, place.found.latitude


@lru_cache(maxsize=1)
def land() -> dict[str, Any]:
    """Return the outlines of the land, 1:110 million, as TopoJSON. From Natural Earth, in the public domain."""
    data: dict[str, Any] = json.loads((files("newscrawl.notebook.charts") / "land-110m.json").read_text("utf-8"))
    return data


def _ground(cone: Cone | None) -> list[Any]:
    altair = library()
    step = 20 if cone is None or cone.scale < 1500 else 5
    lines = altair.Chart(altair.graticule(step=[step, step])).mark_geoshape(
        stroke=LINES, strokeWidth=0.6, filled=False, clip=True
    )
    outline = altair.Data(values=land(), format={"type": "topojson", "feature": "land"})
    ground = altair.Chart(outline).mark_geoshape(fill=LAND, stroke="#C9C5B8", strokeWidth=0.7, clip=True)
    return [lines, ground]


def _circles(shown: Sequence[Place]) -> list[Any]:
    altair = library()
    most = max(place.articles for place in shown)
    values: list[dict[str, Any]] = []
    for place in reversed(shown):  # the largest first: the small ones lie on top
        longitude, latitude = _degrees(place)
        assert isinstance(place.found, Located)
        values.insert(0, {
            "место": place.normal, "статей": place.articles, "lon": longitude, "lat": latitude,
            "что": _KINDS[place.found.kind if place.found.precision == "centre" else "city"],
        })  # fmt: skip
    kinds = [kind for kind in _KINDS.values() if any(value["что"] == kind for value in values)]
    tints = dict(zip(_KINDS.values(), (PALETTE[0], PALETTE[2], PALETTE[1]), strict=True))
    circles = altair.Chart(altair.InlineData(values)).mark_point(
        filled=True, stroke="white", strokeWidth=0.8, opacity=0.85, clip=True
    )
    size = altair.Size(
        "статей:Q",
        scale=altair.Scale(type="linear", domain=[0, most], range=[0, _LARGEST]),
        legend=altair.Legend(
            title="статей", values=_steps(most), format=",d", orient="bottom-right", direction="vertical",
            symbolFillColor=QUIET, symbolStrokeColor="white", symbolType="circle", fillColor="white", padding=8,
            cornerRadius=4, columns=1,
        ),
    )  # fmt: skip
    legend = altair.Legend(title=None) if len(kinds) > 1 else None
    tint = altair.Scale(domain=kinds, range=[tints[kind] for kind in kinds])
    shape = altair.Scale(domain=kinds, range=[_SHAPES[kind] for kind in kinds])
    return [
        circles.encode(
            longitude="lon:Q",
            latitude="lat:Q",
            size=size,
            color=altair.Color("что:N", scale=tint, legend=legend),
            shape=altair.Shape("что:N", scale=shape, legend=legend),
            tooltip=["место:N", altair.Tooltip("статей:Q", format=",d"), "что:N"],
        )
    ]


_SHAPES = dict(zip(_KINDS.values(), ("circle", "square", "diamond"), strict=True))


def _steps(most: int) -> list[int]:
    """Return up to three round numbers of articles for the legend."""
    return sorted({max(1, most // 10), max(1, most // 3), most})


def _labels(shown: Sequence[Place], cone: Cone) -> list[Any]:
    altair = library()
    most = max(place.articles for place in shown)
    points = []
    for place in shown:
        x, y = cone.screen(*_degrees(place))
        points.append(labels.Point(x, y, (_LARGEST * place.articles / most / 3.1416) ** 0.5, place.normal))
    placed = labels.place(points, size=11, width=_WIDTH, height=_HEIGHT, must=_SURE)
    values: list[Mapping[str, Any]] = [
        {"x": round(one.x, 1), "y": round(one.y, 1), "слова": point.words, "align": one.align}
        for point, one in list(zip(points, placed, strict=True))[:_LABELS]
        if one is not None
    ]
    return [
        words_at(altair, values, align, size=11, width=_WIDTH, height=_HEIGHT) for align in ("left", "right", "center")
    ]


def words_at(
    altair: Any, values: Sequence[Mapping[str, Any]], align: str, *, size: float, width: int, height: int
) -> Any:
    """Return the layer of the words that are aligned so, each with a white rim that lifts it off what lies below."""
    mine = [value for value in values if value["align"] == align]
    base = altair.Chart(altair.InlineData(mine)).encode(
        x=altair.X("x:Q", scale=altair.Scale(domain=[0, width], nice=False), axis=None),
        y=altair.Y("y:Q", scale=altair.Scale(domain=[height, 0], nice=False), axis=None),
        text="слова:N",
    )
    look = {"align": align, "baseline": "middle", "fontSize": size}
    return altair.layer(
        base.mark_text(**look, stroke="white", strokeWidth=3, strokeJoin="round", opacity=0.85),
        base.mark_text(**look, color=INK),
    )
