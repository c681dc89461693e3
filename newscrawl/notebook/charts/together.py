"""Who is mentioned with whom: entities as circles, articles in common as lines between them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from newscrawl.errors import ConfigError
from newscrawl.notebook.charts import labels
from newscrawl.notebook.charts.layout import positions
from newscrawl.notebook.charts.look import TYPE_COLOURS, TYPES, finished, library, nothing, number
from newscrawl.notebook.charts.places import words_at
from newscrawl.notebook.charts.rows import Row

MOST = 60
"""Circles that a picture holds."""
_WIDTH, _HEIGHT, _MARGIN = 640, 500, 36
_LARGEST, _SMALLEST = 22.0, 4.0
"""Radii of circles, pixels."""
_LONGEST = 34
"""Letters of a label."""
_WIDEST = 8.0


@dataclass(frozen=True)
class Node:
    """An entity of the network."""

    id: str
    type: str
    normal: str
    articles: int


@dataclass(frozen=True)
class Web:
    """Entities, and by the pair of their places in the list how many articles mention both."""

    nodes: list[Node]
    edges: dict[tuple[int, int], int]
    left_out: int
    """Entities that are mentioned often enough but did not fit, or have no tie."""


def web_of(rows: Iterable[Row], *, most: int, least: int) -> Web:
    """Return the network of mentions (`url`, `type`, `id`, `normal`).

    The `most` entities with the most articles, and the pairs that at least `least` articles mention; an entity without
    such a pair is left out.
    """
    names: dict[str, Counter[str]] = defaultdict(Counter)
    kinds: dict[str, str] = {}
    by_url: dict[Any, set[str]] = defaultdict(set)
    for row in rows:
        by_url[row["url"]].add(row["id"])
        names[row["id"]][row["normal"]] += 1
        kinds[row["id"]] = row["type"]
    number_of = Counter(one for ids in by_url.values() for one in ids)
    ranked = [one for one in sorted(number_of, key=lambda one: (-number_of[one], one)) if number_of[one] >= least]
    kept = set(ranked[:most])
    pairs = Counter(pair for ids in by_url.values() for pair in combinations(sorted(ids & kept), 2))
    pairs = Counter({pair: count for pair, count in pairs.items() if count >= least})
    tied = [one for one in ranked[:most] if any(one in pair for pair in pairs)]
    place = {one: index for index, one in enumerate(tied)}
    nodes = [Node(one, kinds[one], _usual(names[one]), number_of[one]) for one in tied]
    return Web(nodes, {(place[a], place[b]): count for (a, b), count in sorted(pairs.items())}, len(ranked) - len(tied))


def _usual(names: Counter[str]) -> str:
    return min(names, key=lambda name: (-names[name], name))


def check(most: int, least: int, types: Collection[str]) -> None:
    """Raise ConfigError for bounds that make no sense and for types that there are not."""
    if not 2 <= most <= MOST:
        raise ConfigError(f"most={most}: expected 2 to {MOST}, more circles cannot be told apart")
    if least < 1:
        raise ConfigError(f"least={least}: expected 1 or more articles in common")
    unknown = [one for one in types if one not in TYPES]
    if unknown or not types:
        raise ConfigError(f"types={tuple(types)!r}: expected some of {', '.join(TYPES)}")


def draw(web: Web, *, least: int, title: str | None) -> Any:
    """Return the chart of a network."""
    heading = title or "Кто с кем упоминается"
    if not web.nodes:
        why = f"Никого не упоминают вместе в {number(least, 'статье', 'статьях', 'статьях')} и более."
        return nothing(heading, why, width=_WIDTH, height=_HEIGHT // 2)
    largest = max(node.articles for node in web.nodes)
    radii = [max(_SMALLEST, _LARGEST * (node.articles / largest) ** 0.5) for node in web.nodes]
    at = positions(
        radii, {pair: float(n) for pair, n in web.edges.items()}, width=_WIDTH, height=_HEIGHT, margin=_MARGIN
    )
    notes = [
        f"{number(len(web.nodes), 'имя', 'имени', 'имён')}; линия — общие статьи, от {least}",
        f"Не показаны: {number(web.left_out, 'имя', 'имени', 'имён')} без таких связей или реже"
        if web.left_out
        else "",
    ]
    altair = library()
    layers = [_lines(altair, web, at), _circles(altair, web.nodes, at, radii), *_words(altair, web.nodes, at, radii)]
    chart = altair.layer(*layers).properties(width=_WIDTH, height=_HEIGHT)
    return finished(chart, heading, notes)


def _scales(altair: Any) -> tuple[Any, Any]:
    return (
        altair.X("x:Q", scale=altair.Scale(domain=[0, _WIDTH], nice=False), axis=None),
        altair.Y("y:Q", scale=altair.Scale(domain=[_HEIGHT, 0], nice=False), axis=None),
    )


def _lines(altair: Any, web: Web, at: Sequence[tuple[float, float]]) -> Any:
    strongest = max(web.edges.values())
    values = [
        {
            "x": at[a][0], "y": at[a][1], "x2": at[b][0], "y2": at[b][1], "общих": count,
            "кто": f"{web.nodes[a].normal} — {web.nodes[b].normal}",
        }
        for (a, b), count in sorted(web.edges.items(), key=lambda one: (one[1], one[0]))
    ]  # fmt: skip
    x, y = _scales(altair)
    scale = altair.Scale(domain=[0, strongest], range=[0.4, _WIDEST])
    return altair.Chart(altair.InlineData(values)).mark_rule(color="#9AA5B1", opacity=0.45, strokeCap="round").encode(
        x=x, y=y, x2="x2:Q", y2="y2:Q", strokeWidth=altair.StrokeWidth("общих:Q", scale=scale, legend=None),
        tooltip=["кто:N", altair.Tooltip("общих:Q", title="общих статей", format=",d")],
    )  # fmt: skip


def _circles(altair: Any, nodes: Sequence[Node], at: Sequence[tuple[float, float]], radii: Sequence[float]) -> Any:
    values = [
        {"x": x, "y": y, "кто": node.normal, "что": TYPES[node.type], "статей": node.articles, "размер": 3.1416 * r * r}
        for node, (x, y), r in zip(nodes, at, radii, strict=True)
    ]
    kinds = [kind for kind in TYPE_COLOURS if any(value["что"] == kind for value in values)]
    x, y = _scales(altair)
    legend = altair.Legend(title=None, symbolType="circle") if len(kinds) > 1 else None
    tint = altair.Scale(domain=kinds, range=[TYPE_COLOURS[kind] for kind in kinds])
    return altair.Chart(altair.InlineData(values)).mark_circle(opacity=1, stroke="white", strokeWidth=1.2).encode(
        x=x, y=y, size=altair.Size("размер:Q", scale=None, legend=None),
        color=altair.Color("что:N", scale=tint, legend=legend),
        tooltip=["кто:N", "что:N", altair.Tooltip("статей:Q", format=",d")],
    )  # fmt: skip


def _words(altair: Any, nodes: Sequence[Node], at: Sequence[tuple[float, float]], radii: Sequence[float]) -> list[Any]:
    points = [labels.Point(x, y, r, _short(node.normal)) for node, (x, y), r in zip(nodes, at, radii, strict=True)]
    placed = labels.place(points, size=11, width=_WIDTH, height=_HEIGHT, must=len(points))
    values = [
        {"x": round(one.x, 1), "y": round(one.y, 1), "слова": point.words, "align": one.align}
        for point, one in zip(points, placed, strict=True)
        if one is not None
    ]
    return [
        words_at(altair, values, align, size=11, width=_WIDTH, height=_HEIGHT) for align in ("left", "right", "center")
    ]


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST else name[: _LONGEST - 1].rstrip() + "…"
