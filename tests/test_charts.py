"""Charts of the corpus: what they count, what they leave out and say so, pictures that are pictures."""

from __future__ import annotations

import itertools
import math
import random
import re
import struct
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
import vl_convert

from newscrawl import notebook
from newscrawl.errors import ConfigError
from newscrawl.notebook.charts import labels, over_time, together
from newscrawl.notebook.charts.layout import positions
from newscrawl.notebook.charts.places import land
from newscrawl.notebook.charts.projection import around
from newscrawl.store import Store

from .notebook_tools import corpus, reading

Row = dict[str, Any]


def article(number: int, at: datetime | None, **more: Any) -> Row:
    return {"url": f"http://a.example/{number}", "site": "sample", "date_published": at} | more


def mention(number: int, kind: str, name: str, **more: Any) -> Row:
    key = f"{kind.lower()}:{name.casefold()}"
    return {"url": f"http://a.example/{number}", "type": kind, "id": key, "normal": name, "refs": []} | more


def frame(rows: list[Row]) -> pd.DataFrame:
    return pd.DataFrame(rows)


def values(chart: Any, *keys: str) -> list[Row]:
    """The rows with these keys that a chart has inlined, of whichever layer; none where it has no such rows."""
    tables = chart.to_dict().get("datasets", {}).values()
    return next((rows for rows in tables if rows and set(keys) <= rows[0].keys()), [])


def told(chart: Any) -> str:
    """Title and subtitle."""
    title = chart.to_dict()["title"]
    return " ".join([title["text"], *title["subtitle"]])


# --- timeline


def test_articles_are_counted_where_their_city_has_midnight_and_empty_months_are_shown() -> None:
    rows = [
        article(1, datetime(2026, 1, 31, 21, 30, tzinfo=UTC)),  # the 1st of February in Moscow
        article(2, datetime(2026, 4, 10, tzinfo=UTC)),
        article(2, datetime(2026, 4, 10, tzinfo=UTC)),  # a second mention in one article
        article(3, None),
    ]
    chart = notebook.timeline(frame(rows))
    counted = {row["с"][:7]: row["статей"] for row in values(chart, "с", "статей")}
    assert counted == {"2026-02": 1, "2026-03": 0, "2026-04": 1}
    assert "2 статьи" in told(chart)
    assert "Без точной даты: 1 статья" in told(chart)


def test_a_date_that_tells_the_month_alone_is_in_no_day() -> None:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    rows = [
        article(1, at, date_published_precision="month"),
        article(2, at, date_published_precision="day"),
        article(3, at, date_published_precision="minute"),
    ]
    assert sum(row["статей"] for row in values(notebook.timeline(frame(rows), by="day"), "статей")) == 2
    assert sum(row["статей"] for row in values(notebook.timeline(frame(rows), by="month"), "статей")) == 3


@pytest.mark.parametrize(("by", "steps"), [("day", 15), ("week", 3), ("month", 1), ("year", 1)])
def test_steps(by: Any, steps: int) -> None:
    rows = [article(1, datetime(2026, 6, 1, 9, tzinfo=UTC)), article(2, datetime(2026, 6, 15, 9, tzinfo=UTC))]
    assert len(values(notebook.timeline(frame(rows), by=by), "с")) == steps


def test_too_many_steps_become_longer_ones_and_the_chart_says_so() -> None:
    rows = [article(number, datetime(2020 + number, 5, 5, tzinfo=UTC)) for number in range(6)]
    chart = notebook.timeline(frame(rows), by="day")
    assert len(values(chart, "с")) <= over_time.MOST_STEPS
    assert "Показано по неделям" in told(chart)
    ancient = article(9, datetime(1896, 5, 5, tzinfo=UTC))
    assert "Показано по годам" in told(notebook.timeline(frame([*rows, ancient])))


def test_sites_beyond_the_colours_are_one_and_nothing_is_lost() -> None:
    at = datetime(2026, 3, 5, tzinfo=UTC)
    rows = [article(n, at, city=f"Город {n % 9}") for n in range(90)]
    shown = values(notebook.timeline(frame(rows), colour="city"), "имя", "статей")
    assert Counter({row["имя"]: row["статей"] for row in shown})["прочие"] == 30
    assert sum(row["статей"] for row in shown) == 90


def test_lines_of_mentions_leave_out_the_rest_and_say_so() -> None:
    at = datetime(2026, 3, 5, tzinfo=UTC)
    rows = [mention(n, "PER", f"Имя {n % 9}", date_published=at) for n in range(90)]
    chart = notebook.timeline(frame(rows), colour="normal")
    assert {row["статей"] for row in values(chart, "имя")} == {10}
    assert "Показаны 6 самых частых из 9" in told(chart)


# --- network


def test_a_line_is_the_articles_that_mention_both() -> None:
    rows = [mention(n, "PER", name) for n in range(3) for name in ("Анна", "Олег")]
    rows += [
        mention(0, "PER", "Анна"),
        mention(7, "PER", "Анна"),
        mention(7, "PER", "Пётр"),
        mention(8, "LOC", "Тверь"),
    ]
    web = together.web_of(rows, most=10, least=2)
    assert [(node.normal, node.articles) for node in web.nodes] == [("Анна", 4), ("Олег", 3)]
    assert web.edges == {(0, 1): 3}
    chart = notebook.network(frame(rows))
    assert [row["общих"] for row in values(chart, "общих")] == [3]


def test_about_one_entity_only_its_articles_count_and_it_is_not_drawn() -> None:
    rows = [mention(n, "PER", name) for n in range(4) for name in ("Анна", "Олег", "Пётр")]
    rows += [mention(n, "PER", name) for n in range(10, 15) for name in ("Олег", "Чужой")]
    chart = notebook.network(frame(rows), about="per:анна")
    assert {row["кто"] for row in values(chart, "кто", "статей")} == {"Олег", "Пётр"}


def test_a_network_is_bounded_and_the_same_on_every_run() -> None:
    rng = random.Random(4)
    rows = [mention(n, "PER", f"Имя {rng.randrange(200)}") for n in range(400) for _ in range(5)]
    first, second = (notebook.network(frame(rows), most=20, least=1).to_dict() for _ in range(2))
    assert first == second
    nodes = values(notebook.network(frame(rows), most=20, least=1), "кто", "статей")
    assert len(nodes) <= 20


def test_circles_do_not_overlap_and_stay_inside() -> None:
    radii = [20.0 - index / 4 for index in range(40)]
    edges = {(a, b): 1.0 + (a * b) % 5 for a, b in itertools.combinations(range(40), 2) if (a + b) % 3 == 0}
    at = positions(radii, edges, width=700, height=500, margin=40)
    for (a, one), (b, other) in itertools.combinations(enumerate(at), 2):
        assert math.dist(one, other) > radii[a] + radii[b]
    assert all(0 < x < 700 and 0 < y < 500 for x, y in at)


def test_positions_of_nodes_at_one_place_are_finite() -> None:
    for count in (1, 2, 3):
        at = positions([5.0] * count, {}, width=100, height=100, margin=10)
        assert len(set(at)) == count
        assert all(math.isfinite(x) and math.isfinite(y) for x, y in at)


def test_labels_never_lie_on_each_other() -> None:
    rng = random.Random(3)
    points = [labels.Point(rng.uniform(0, 600), rng.uniform(0, 400), 6, "Светлореченск") for _ in range(120)]
    placed = labels.place(points, size=11, width=600, height=400, must=120)
    found = [one for one in placed if one is not None]
    assert 40 < len(found) < 120
    wide, high = 13 * 11 * 0.56, 11 * 1.2
    left = {"left": 0.0, "right": wide, "center": wide / 2}
    for one, other in itertools.combinations(found, 2):
        apart = abs((one.x - left[one.align]) - (other.x - left[other.align])) >= wide - 1e-6
        assert apart or abs(one.y - other.y) >= high - 1e-6


# --- map


def test_places_are_counted_and_what_is_not_on_the_map_too() -> None:
    rows = [mention(n, "LOC", "Рязань") for n in range(5)] + [mention(1, "LOC", "Рязань"), mention(1, "PER", "Анна")]
    rows += [mention(2, "LOC", "Брест"), mention(3, "LOC", "улица Ленина"), mention(3, "LOC", "Волга")]
    rows += [mention(4, "LOC", "Польша", refs=["iso3166:PL"]), mention(4, "LOC", "Россия", refs=["iso3166:RU"])]
    rows[-1]["id"] = "loc:iso3166:RU"
    chart = notebook.map(frame(rows))
    (ryazan,) = values(chart, "место")
    assert (ryazan["место"], ryazan["статей"], ryazan["что"]) == ("Рязань", 5, "город, село")
    assert (round(ryazan["lat"]), round(ryazan["lon"])) == (55, 40)
    for words in (
        "1 место из 6",
        "без координат 1",
        "одноимённые 1",
        "реки и слова-названия 1",
        "страны и регионы 2",
    ):
        assert words in told(chart), told(chart)
    assert "GeoNames, CC BY 4.0" in told(chart)
    shown = {row["место"]: row["что"] for row in values(notebook.map(frame(rows), areas=True), "место")}
    assert shown == {"Рязань": "город, село", "Польша": "страна, в точке столицы"}


def test_the_region_of_the_site_decides_between_namesakes() -> None:
    rows = [mention(1, "LOC", "Советск", city="Киров", region="RU-KIR"), mention(2, "LOC", "Мирный", site="none")]
    (found,) = values(notebook.map(frame(rows)), "место")
    assert found["lon"] > 45


def test_places_all_over_the_world_have_another_projection() -> None:
    assert around([(-74.0, 40.7), (151.2, -33.9)], width=700, height=400, margin=40) is None
    rows = [mention(1, "LOC", "Буэнос-Айрес"), mention(1, "LOC", "Рязань"), mention(2, "LOC", "Сидней")]
    assert notebook.map(frame(rows)).to_dict()["projection"]["type"] == "equalEarth"


def test_the_projection_is_the_one_that_draws() -> None:
    """A place's own pixels and those of the circle that Vega draws for it are the same."""
    import altair

    towns = [(39.7, 54.6), (131.9, 43.1), (20.5, 54.7), (-172.0, 65.0)]
    cone = around(towns, width=700, height=400, margin=40)
    assert cone is not None
    data = altair.InlineData([{"lon": lon, "lat": lat} for lon, lat in towns])
    chart = (
        altair.Chart(data, width=700, height=400, padding=0).mark_point().encode(longitude="lon:Q", latitude="lat:Q")
    )
    drawn = vl_convert.vegalite_to_svg(chart.project(**cone.specification()).configure_view(stroke=None).to_dict())
    found = [tuple(map(float, one)) for one in re.findall(r'translate\(([-\d.]+),([-\d.]+)\)" d="M', drawn)]
    assert len(found) == len(towns)
    for pixels, (lon, lat) in zip(found, towns, strict=True):
        assert pixels == pytest.approx(cone.screen(lon, lat), abs=0.02)
        assert 0 <= pixels[0] <= 700
        assert 0 <= pixels[1] <= 400


def test_the_land_is_a_whole_topology() -> None:
    assert land()["type"] == "Topology"
    assert len(land()["arcs"]) > 100


# --- all of them


CHARTS = {"timeline": notebook.timeline, "map": notebook.map, "network": notebook.network}
SOME = [
    mention(n, kind, name, date_published=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=9 * n), site="sample")
    for n in range(12)
    for kind, name in (("PER", "Анна Ёлкина"), ("ORG", "Горводоканал"), ("LOC", "Рязань"), ("LOC", "Тула"))
]


@pytest.mark.parametrize("name", CHARTS)
def test_charts_are_saved_as_pictures_without_a_browser(name: str, tmp_path: Path) -> None:
    chart = CHARTS[name](frame(SOME), title="Заголовок: Щукинское")
    svg, png = tmp_path / "a.svg", tmp_path / "a.png"
    chart.save(str(svg))
    chart.save(str(png))
    text = svg.read_text(encoding="utf-8")
    assert text.startswith("<svg")
    assert "Заголовок: Щукинское" in text
    assert {"timeline": "янв 2026", "map": ">Рязань<", "network": ">Анна Ёлкина<"}[name] in text
    head = png.read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    assert min(struct.unpack(">II", head[16:24])) > 200
    assert "http" not in re.sub(r'xmlns(:\w+)?="[^"]*"', "", text)


@pytest.mark.parametrize("name", CHARTS)
@pytest.mark.parametrize("rows", [[], SOME[:1]])
def test_little_or_nothing_is_a_chart_too(name: str, rows: list[Row], tmp_path: Path) -> None:
    empty = pd.DataFrame(rows, columns=list(SOME[0]))
    CHARTS[name](empty).save(str(tmp_path / "a.svg"))
    text = (tmp_path / "a.svg").read_text(encoding="utf-8")
    if not rows:
        assert {"timeline": "Таких статей нет.", "map": "Места не упоминаются.", "network": "Никого"}[name] in text


@pytest.mark.parametrize("name", CHARTS)
def test_every_kind_of_table_gives_the_same_chart(name: str) -> None:
    table = pa.Table.from_pylist(SOME)
    first = CHARTS[name](frame(SOME)).to_dict()
    assert CHARTS[name](table).to_dict() == first
    assert CHARTS[name](table.to_pandas(types_mapper=pd.ArrowDtype)).to_dict() == first
    polars = pytest.importorskip("polars")
    assert CHARTS[name](polars.from_arrow(table)).to_dict() == first


def test_script_in_a_name_stays_text(tmp_path: Path) -> None:
    name = "</script><script>alert(1)</script>\"'&<b>"
    rows = [mention(n, "PER", one) for n in range(3) for one in (name, "Анна")]
    path = tmp_path / "a.svg"
    notebook.network(frame(rows)).save(str(path))
    assert "<script" not in path.read_text(encoding="utf-8")
    notebook.network(frame(rows)).save(str(tmp_path / "a.html"), inline=False)
    assert name not in (tmp_path / "a.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda: notebook.timeline(frame(SOME), by="hour"), "by='hour'"),  # type: ignore[arg-type]
        (lambda: notebook.timeline(frame(SOME), colour="mood"), "colour='mood'"),  # type: ignore[arg-type]
        (lambda: notebook.timeline(frame([{"url": 1}])), "no column date_published"),
        (lambda: notebook.timeline(frame(SOME), site="sample"), "is not filtered"),
        (lambda: notebook.timeline(sait="sample"), "no such filter"),
        (lambda: notebook.map([1, 2]), "not of list"),
        (lambda: notebook.map(5), "not of int"),
        (lambda: notebook.network(frame(SOME), most=1), "most=1"),
        (lambda: notebook.network(frame(SOME), least=0), "least=0"),
        (lambda: notebook.network(frame(SOME), types=["DOG"]), "types="),
        (lambda: notebook.network(frame(SOME), types=[]), "types="),
    ],
)
def test_bad_arguments_are_told_in_a_sentence(ask: Any, words: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(words)):
        ask()


# --- of a store


def test_charts_ask_the_store_themselves(reading: Store) -> None:
    stored = list(reading.find_articles())
    dated = [one for one in stored if one.date_published is not None]
    assert sum(row["статей"] for row in values(notebook.timeline(include_duplicates=True), "статей")) == len(dated)
    towns = {row["место"]: row["статей"] for row in values(notebook.map(include_duplicates=True), "место")}
    assert len(towns) > 3
    for name, count in towns.items():
        assert count == len({one.url for one in stored for entity in one.entities if entity.normal == name}), name
    assert values(notebook.map(site="none"), "место") == []


def test_the_company_of_an_entity_is_that_of_its_articles(reading: Store) -> None:
    (who,) = notebook.entities(type_="PER", limit=1).id
    chart = notebook.network(about=who, types=("PER", "ORG", "LOC"), least=1, most=60, include_duplicates=True)
    drawn = {row["кто"]: row["статей"] for row in values(chart, "кто", "статей")}
    all_mentions = notebook.mentions(include_duplicates=True)
    assert drawn
    assert (
        notebook.network(all_mentions, about=who, types=("PER", "ORG", "LOC"), least=1, most=60).to_dict()
        == chart.to_dict()
    )
    with pytest.raises(ConfigError, match="both"):
        notebook.network(about=who, entity="loc:тула")
