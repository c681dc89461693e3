"""`newscrawl gaps`: articles by month in the site's zone, what counts as a gap, what could fill it, its picture."""

from __future__ import annotations

import json
import struct
from datetime import UTC, date, datetime
from pathlib import Path

import lxml.etree
import pytest

from newscrawl.clock import now
from newscrawl.jobs.gaps import Months, gap_of, look_for_gaps, months_between, usual_around
from newscrawl.sites import Site, load_site
from newscrawl.store import Store
from newscrawl.store.captures import new_list
from newscrawl.store.months import articles_by_month, count_undated

from .conftest import Run, write_site_file
from .registry_tools import article

PLACE = ("loop", "Светлореченск", None)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return load_site(write_site_file(tmp_path / "sites", "http://127.0.0.1:9"))


def put(store: Store, moments: list[datetime | None]) -> None:
    """Store an article for each moment of publication."""
    made = [article(number, PLACE).model_copy(update={"date_published": at}) for number, at in enumerate(moments)]
    store.write_articles(made, "run1")


def month(year: int, number: int, articles: int) -> list[datetime | None]:
    return [datetime(year, number, 1 + one % 28, 9, tzinfo=UTC) for one in range(articles)]


def gaps(found: Months) -> dict[str, str]:
    return {one.name: one.gap for one in found.gaps if one.gap}


def test_months_are_counted_in_the_sites_zone_by_an_index(store: Store) -> None:
    new_year = datetime(2019, 12, 31, 22, 30, tzinfo=UTC)  # half past one in Moscow
    put(store, [new_year, datetime(2019, 12, 31, 20, tzinfo=UTC), None, *month(2020, 3, 4)])
    assert articles_by_month(store, "loop", "Europe/Moscow") == {"2019-12": 1, "2020-01": 1, "2020-03": 4}
    assert articles_by_month(store, "loop", "UTC") == {"2019-12": 2, "2020-03": 4}
    assert articles_by_month(store, "tula", "UTC") == {}
    assert count_undated(store, "loop") == 1
    since = datetime(2020, 1, 1, tzinfo=UTC)
    assert articles_by_month(store, "loop", "UTC", since, datetime(2020, 4, 1, tzinfo=UTC)) == {"2020-03": 4}


@pytest.mark.parametrize(
    ("articles", "usual", "gap"),
    [
        (0, None, "none"), (0, 3.0, "none"), (0, 100.0, "none"),
        (1, None, None), (1, 3.0, None),  # 3 - 3 * sqrt(3) < 0: chance alone
        (2, 9.0, None), (1, 12.0, "few"), (3, 12.0, None),
        (20, 100.0, "few"), (33, 100.0, "few"), (34, 100.0, None), (200, 100.0, None),
    ],
)  # fmt: skip
def test_what_is_a_gap(articles: int, usual: float | None, gap: str | None) -> None:
    assert gap_of(articles, usual) == gap


def test_what_is_usual_comes_from_months_with_articles() -> None:
    counts = {"2019-01": 10, "2019-02": 12, "2019-12": 1000, "2020-01": 14}
    assert usual_around(date(2019, 6, 1), counts) == 13
    assert usual_around(date(2019, 6, 1), {}) is None
    assert usual_around(date(2019, 6, 1), {"2019-06": 5}) is None
    assert [f"{one:%Y-%m}" for one in months_between(date(2019, 11, 30), date(2020, 1, 1))] == [
        "2019-11", "2019-12", "2020-01",
    ]  # fmt: skip


def test_gaps_are_found_and_the_edges_are_fair(store: Store, site: Site) -> None:
    put(
        store,
        [
            *month(2019, 1, 2),
            *(at for number in range(2, 13) if number not in {5, 6} for at in month(2019, number, 30)),
        ],
    )
    found = look_for_gaps(store, site, last=date(2019, 12, 31))
    assert gaps(found) == {"2019-05": "none", "2019-06": "none"}  # January is where it begins
    assert gaps(look_for_gaps(store, site, date(2019, 1, 1), date(2019, 12, 31)))["2019-01"] == "few"
    assert gaps(look_for_gaps(store, site, date(2018, 11, 5), date(2019, 2, 28))) == {
        "2018-11": "none", "2018-12": "none", "2019-01": "few",
    }  # fmt: skip
    to_come = look_for_gaps(store, site, date(2019, 1, 1), date(2999, 1, 1))
    assert to_come.months[-1].name == f"{now():%Y-%m}"
    assert to_come.months[-1].gap is None  # it is not over


def test_ways_that_were_gone_are_not_offered_again(store: Store, site: Site) -> None:
    put(store, [*month(2012, 1, 30), *month(2012, 3, 30)])
    (gap,) = look_for_gaps(store, site, last=date(2012, 3, 31)).gaps
    assert gap.sources == ("listing", "wayback", "commoncrawl")  # no sitemap, and CC-NEWS began in 2016
    asked = new_list("x", "loop", "wayback", "n.example/", date(2012, 1, 1), date(2013, 1, 1))
    store.captures.note([], asked)  # not to its end
    assert "wayback" in look_for_gaps(store, site, last=date(2012, 3, 31)).gaps[0].sources
    store.captures.note([], asked.model_copy(update={"done_at": now()}))
    (gap,) = look_for_gaps(store, site, last=date(2012, 3, 31)).gaps
    assert gap.sources == ("listing", "commoncrawl")


def test_the_command_shows_tells_and_draws(cli: Run, store: Store, site: Site, tmp_path: Path) -> None:
    put(store, [*(at for number in (1, 2, 4, 5) for at in month(2019, number, 20)), None])
    env = {"NEWSCRAWL_SITES": str(tmp_path / "sites")}
    done = cli("gaps", "loop", "--to", "2019-05-31", "--picture", "a.svg", env=env)
    assert done.returncode == 0, done.stderr
    assert "2019-03" in done.stdout
    assert "1 month with gaps: 2019-03." in done.stdout
    assert "newscrawl backfill loop --from 2019-03-01 --to 2019-03-31 --via listing" in done.stdout
    assert "1 without a publication date" in done.stdout
    text = " ".join(lxml.etree.parse(tmp_path / "a.svg").getroot().itertext())
    assert "Администрация города Светлореченска" in text
    assert "2019-03" in text
    assert cli("gaps", "loop", "--picture", "b.png", env=env).returncode == 0
    width, height = struct.unpack(">II", (tmp_path / "b.png").read_bytes()[16:24])
    assert width > 600
    assert height > 400
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.svg", "b.png", "sites"]
    told = json.loads(cli("gaps", "loop", "--to", "2019-05-31", "--json", env=env).stdout)
    assert [one["articles"] for one in told["months"]] == [20, 20, 0, 20, 20]
    assert told["months"][2]["gap"] == "none"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nobody"], "there is no site 'nobody'"),
        (["sample", "--from", "2020-01-01", "--to", "2019-01-01"], "is after"),
        (["sample", "--picture", "a.jpg"], "expected a file named .svg or .png"),
        (["sample", "--picture", "none/a.svg"], "there is no folder"),
    ],
)
def test_bad_usage(cli: Run, arguments: list[str], words: str) -> None:
    done = cli("gaps", *arguments)
    assert (done.returncode, words in done.stderr) == (2, True), done.stderr


def test_nothing_stored_is_said(cli: Run, store: Store) -> None:
    done = cli("gaps", "sample", "--picture", "a.svg")
    assert (done.returncode, "no article with a publication date" in done.stdout) == (0, True)


def test_the_last_months_alone_when_there_are_too_many(store: Store, site: Site) -> None:
    put(store, [datetime(1001, 5, 1, tzinfo=UTC), *month(2026, 1, 3)])
    found = look_for_gaps(store, site, last=date(2026, 2, 1), most=24)
    assert [one.name for one in found.months][:1] == ["2024-03"]
    assert (len(found.months), found.months[-2].articles) == (24, 3)
    assert len(look_for_gaps(store, site, date(2026, 1, 1), date(2026, 1, 31), most=24).months) == 1
