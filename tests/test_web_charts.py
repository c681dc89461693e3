"""Charts: what they draw, what they say in words, and that nothing given to them becomes markup."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest
from lxml import etree, html
from markupsafe import Markup

from newscrawl.web import charts, small_charts
from newscrawl.web.charts import Point, Words
from newscrawl.web.small_charts import Share

WORDS = Words("By month", "Month", "Articles", "Table", "{total} from {first} to {last}; most {most} ({peak})")
HOSTILE = "\"><script>alert(1)</script><svg onload='x'>{{7*7}}"


def read(drawn: Markup) -> html.HtmlElement:
    """Return a chart as elements; it must be well-formed XML, too."""
    etree.fromstring(f"<div>{drawn}</div>")
    return html.fragment_fromstring(drawn, create_parent="div")


def heights(drawn: Markup) -> list[float]:
    return [float(one.get("height")) for one in read(drawn).iterfind(".//rect[@class='chart-bar']")]


def test_months_without_articles_are_there() -> None:
    points = charts.months({"2025-11": 3, "2026-02": 1})
    assert [(one.label, one.value) for one in points] == [
        ("2025-11", 3), ("2025-12", 0), ("2026-01", 0), ("2026-02", 1),
    ]  # fmt: skip
    assert [one.tick for one in points] == ["11.2025", "12.2025", "01.2026", "02.2026"]


def test_over_years_the_ticks_are_years() -> None:
    points = charts.months({"2020-03": 1, "2023-02": 1})
    assert [one.tick for one in points if one.tick] == ["2021", "2022", "2023"]


@pytest.mark.parametrize(
    ("counts", "bars", "first", "last"),
    [
        ({"2001-05": 2, "2026-06": 1, "2026-07": 4}, 26, "2001", "2026"),
        ({"0007-05": 2, "9999-06": 1}, 2, "0007", "9999"),
        ({"0001-12": 1, "nonsense": 5, "2026-13": 1, "-1": 2, "": 3}, 1, "0001-12", "0001-12"),
    ],
)
def test_too_many_months_become_years(counts: dict[str, int], bars: int, first: str, last: str) -> None:
    points = charts.months(counts)
    assert (len(points), points[0].label, points[-1].label) == (bars, first, last)
    if bars == 26:
        assert points[-1].value == 5


def test_thousands_of_years_are_bounded() -> None:
    points = charts.months({f"{year:04}-01": 1 for year in range(1, 9999, 7)})
    assert len(points) == 180


def test_months_lead_somewhere_and_are_told_apart() -> None:
    points = charts.months({"2026-01": 0, "2026-02": 1}, href=lambda name: f"/?m={name}", kinds={"2026-01": "none"})
    drawn = read(charts.bars(points, replace(WORDS, kinds={"none": "no article", "few": "few"})))
    assert [one.get("href") for one in drawn.iterfind(".//a")] == ["/?m=2026-02", "/?m=2026-01"]
    assert [one.text for one in drawn.iterfind(".//ul[@class='chart-legend']/li")] == ["no article"]
    assert drawn.find(".//g[@class='chart-none']/title").text == "2026-01: 0 — no article"


def test_days_end_with_the_last() -> None:
    points = charts.days([4, 0, 7], date(2026, 3, 1), form="%d %b")
    assert [(one.label, one.tick) for one in points] == [
        ("2026-02-27", "27 Feb"), ("2026-02-28", "28 Feb"), ("2026-03-01", "01 Mar"),
    ]  # fmt: skip


def test_bars_are_in_proportion_and_small_ones_are_seen() -> None:
    drawn = heights(charts.bars([Point("a", 1000), Point("b", 500), Point("c", 1), Point("d", 0)], WORDS))
    assert drawn[0] == pytest.approx(2 * drawn[1], abs=0.2)
    assert drawn[2] == 1.5
    assert drawn[3] == 0


@pytest.mark.parametrize("most", [1, 2, 3, 4, 7, 10, 11, 25, 99, 100, 101, 12_345, 10**9, 3 * 10**14])
def test_the_scale_has_few_round_numbers_that_hold_the_largest(most: int) -> None:
    drawn = read(charts.bars([Point("a", most)], WORDS, number=lambda number: str(round(number))))
    steps = [int(one.text) for one in drawn.iterfind(".//svg[@class='chart-scale']/text")]
    assert steps[0] == 0
    assert 2 <= len(steps) <= 6
    assert steps[-1] >= most > steps[-2]
    assert {after - before for before, after in pairwise(steps)} == {steps[1]}
    assert 0 < heights(charts.bars([Point("a", most)], WORDS))[0] <= charts.HEIGHT - 8


def test_a_chart_of_nothing() -> None:
    assert charts.bars([], WORDS) == ""
    assert heights(charts.bars([Point("a", 0)], WORDS)) == [0]
    assert small_charts.strip([Share("good", "fine", 0)], "state") == ""
    assert "spark" in small_charts.sparkline([], "nothing")


def test_what_is_drawn_stands_in_words_and_in_a_table() -> None:
    drawn = read(charts.bars([Point("2026-01", 1200), Point("2026-02", 0), Point("2026-03", 7)], WORDS))
    picture = drawn.find(".//svg[@role='img']")
    named = [drawn.get_element_by_id(key).text for key in picture.get("aria-labelledby").split()]
    assert named == ["By month", "1\u202f207 from 2026-01 to 2026-03; most 1\u202f200 (2026-01)"]
    rows = [[cell.text_content() for cell in row] for row in drawn.iterfind(".//tbody/tr")]
    assert rows == [["2026-03", "7"], ["2026-01", "1\u202f200"]]


def test_no_more_labels_than_have_room() -> None:
    drawn = read(charts.bars(charts.months({"2010-01": 1, "2024-12": 1}), WORDS))
    labels = [(one.text, float(one.get("x").rstrip("%"))) for one in drawn.iterfind(".//svg[@class='chart-bars']/text")]
    assert 2 <= len(labels) <= 5
    assert [text for text, _ in labels] == sorted(text for text, _ in labels)
    assert all(0 <= x <= 100 for _, x in labels)


@pytest.mark.parametrize("number", [1, 2, 5, 17, 24, 60, 91, 180])
@pytest.mark.parametrize("length", [1, 4, 7, 40])
def test_labels_never_meet(number: int, length: int) -> None:
    points = [Point(str(one), 1, tick=f"{one:0{length}}") for one in range(number)]
    labels = read(charts.bars(points, WORDS)).findall(".//svg[@class='chart-bars']/text")
    assert labels
    assert labels[-1].text == points[-1].tick
    width = length * 100 * 6.6 / 255  # of a letter where a chart is narrowest
    ends = []
    for one in labels:
        x = float(one.get("x").rstrip("%"))
        begin = {"start": x, "middle": x - width / 2, "end": x - width}[one.get("text-anchor")]
        ends.append((begin, begin + width))
    assert all(before[1] < after[0] for before, after in pairwise(ends))
    gaps = {int(after.text) - int(before.text) for before, after in pairwise(labels)}
    assert len(gaps) <= 1


def test_a_strip_is_full() -> None:
    drawn = read(
        small_charts.strip([Share("good", "fine", 2), Share("bad", "alarm", 1), Share("none", "never", 0)], "state")
    )
    widths = [float(one.get("width").rstrip("%")) for one in drawn.iterfind(".//rect")]
    assert sum(widths) == pytest.approx(100, abs=0.01)
    assert [one.text_content() for one in drawn.iterfind(".//li")] == ["fine 2", "alarm 1"]


def test_a_sparkline_shows_what_is_there() -> None:
    drawn = read(small_charts.sparkline([0, 1, 10], "ten days"))
    none, some = drawn.iterfind(".//path")
    assert none.get("d") == "M0 20v-1h3v1z"
    assert some.get("d") == "M4 20v-2h3V20zM8 20v-20h3V20z"
    assert drawn.find("svg").get("aria-label") == "ten days"


@pytest.mark.parametrize(("share", "width"), [(-1, "0%"), (0.5, "50%"), (7, "100%")])
def test_a_meter_stays_in_its_bounds(share: float, width: str) -> None:
    assert read(small_charts.meter(share)).find(".//rect[@class='meter-share']").get("width") == width


def test_nothing_given_becomes_markup_or_style() -> None:
    words = Words(HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE.replace("{{7*7}}", ""), {HOSTILE: HOSTILE})
    points = [Point(HOSTILE, 3, tick=HOSTILE, kind=HOSTILE, href=HOSTILE)]
    shares = [Share(HOSTILE, HOSTILE, 1)]
    drawn = charts.bars(points, words) + small_charts.strip(shares, HOSTILE) + small_charts.sparkline([1], HOSTILE)
    tree = read(drawn)
    assert not tree.findall(".//script")
    assert not [one for one in tree.iter() if any(name.startswith("on") or name == "style" for name in one.attrib)]
    assert tree.find(".//figcaption").text == HOSTILE
