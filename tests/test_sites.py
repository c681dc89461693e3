"""Site files: read, refused with a clear error, each with a saved page."""

from datetime import date
from pathlib import Path

import pytest

from newscrawl.errors import ConfigError, SiteFileError
from newscrawl.sites import all_sites, get_site, load_site, site_for_url
from newscrawl.sites.load import site_files

from .conftest import FIXTURES

GOOD = """
title = "Администрация города Н."
city = "Н."
region = "RU-RYA"
url = "https://n.example/"
verified = 2026-01-31

[article]
path = '/news/\\d+'

[[sources]]
type = "listing"
url = "https://n.example/news/"
item = ".item"
pagination = { parameter = "PAGEN_1" }

[[sources]]
type = "feed"
url = "https://n.example/rss"

[[layouts]]
name = "old"
valid_until = 2020-05-01
headline = "h1"

[[layouts]]
name = "new"
valid_from = 2020-05-01
headline = ["h1", "title"]
date_published = "time@datetime"
"""


def write(folder: Path, text: str, name: str = "n") -> Path:
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_good_file(tmp_path: Path) -> None:
    site = load_site(write(tmp_path, GOOD))
    assert (site.name, site.timezone, site.delay, site.verified) == ("n", "Europe/Moscow", 1.0, date(2026, 1, 31))
    assert [source.type for source in site.sources] == ["listing", "feed"]
    old, new = site.layouts
    assert (old.covers(date(2020, 4, 30)), old.covers(date(2020, 5, 1))) == (True, False)
    assert (new.covers(date(2020, 4, 30)), new.covers(date(2020, 5, 1))) == (False, True)
    assert old.headline == ("h1",)


@pytest.mark.parametrize(
    ("was", "becomes", "key", "expected"),
    [
        ('title = "Администрация города Н."', "", "title", "is missing"),
        ("verified = 2026-01-31", "", "verified", "is missing"),
        ("verified = 2026-01-31", "verified = true", "verified", "found 'True'"),
        ('city = "Н."', "city = 5", "city", "valid string, found '5'"),
        ('region = "RU-RYA"', 'region = "Ryazan"', "region", "found 'Ryazan'"),
        ('city = "Н."', 'town = "Н."', "town", "is not a key that a site file has"),
        ('url = "https://n.example/"', 'url = "n.example"', "url", "expected an absolute http(s) address"),
        ('city = "Н."', 'timezone = "Moscow"', "timezone", "expected an IANA time zone"),
        ('item = ".item"', 'item = "..item"', "sources.0.item", "expected a CSS selector"),
        ('item = ".item"', "", "sources.0.item", "is missing"),
        ('type = "feed"', 'type = "rss"', "sources.1", "expected a `type`"),
        ('type = "feed"', "", "sources.1", "expected a `type`"),
        ('{ parameter = "PAGEN_1" }', "{ first = 1 }", "sources.0.pagination", "either `parameter` or `next`"),
        ("path = '/news/\\d+'", "path = '/news/('", "article.path", "expected a regular expression"),
        ("https://n.example/rss", "https://other.example/rss", "", "expected one of the site's hosts"),
        ('city = "Н."', "delay = 0.1", "", "delay: expected at least 0.5 s"),
        ("valid_until = 2020-05-01", "valid_until = 'soon'", "layouts.0.valid_until", "found 'soon'"),
        ('name = "new"', 'name = "old"', "", "layouts.1.name: expected a name of its own"),
        (
            "valid_from = 2020-05-01",
            "valid_from = 2020-05-01\nvalid_until = 2019-01-01",
            "layouts.1",
            "after valid_from",
        ),
        ('"time@datetime"', '"time@"', "layouts.1.date_published", "name of an attribute after @"),
    ],
)
def test_errors_name_file_key_and_expectation(tmp_path: Path, was: str, becomes: str, key: str, expected: str) -> None:
    assert was in GOOD
    path = write(tmp_path, GOOD.replace(was, becomes))
    with pytest.raises(SiteFileError) as caught:
        load_site(path)
    assert caught.value.file == path
    assert caught.value.key == key
    assert expected in caught.value.message
    assert str(path) in caught.value.message


def test_not_toml_not_utf8_not_there(tmp_path: Path) -> None:
    with pytest.raises(SiteFileError, match=r"expected TOML.*line 1"):
        load_site(write(tmp_path, "title = Рязань"))
    (tmp_path / "b.toml").write_bytes('title = "Рязань"'.encode("cp1251"))
    with pytest.raises(SiteFileError, match="expected UTF-8, byte 9"):
        load_site(tmp_path / "b.toml")
    with pytest.raises(SiteFileError, match="cannot be read"):
        load_site(tmp_path / "c.toml")


def test_a_delay_below_half_a_second_is_for_loopback(tmp_path: Path) -> None:
    local = GOOD.replace("https://n.example", "http://127.0.0.1:8000").replace('city = "Н."', "delay = 0.0")
    assert load_site(write(tmp_path, local)).delay == 0.0


def test_own_files_stand_beside_the_bundled_ones_and_win(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    write(tmp_path, GOOD, name="ryazan")
    sites = all_sites(tmp_path)
    assert {"n", "ryazan", "naslednikipobedi"} <= sites.keys()
    assert sites["ryazan"].url == "https://n.example/"
    with pytest.raises(ConfigError, match="does not exist"):
        all_sites(tmp_path / "none")
    with pytest.raises(ConfigError, match="there is no site 'omsk'"):
        get_site("omsk", tmp_path)


def test_a_page_finds_its_site() -> None:
    found = site_for_url("https://www.admrzn.ru/novosti/2023/110188")
    assert found is not None
    assert found.name == "ryazan"
    assert site_for_url("https://example.org/") is None


def test_serving_a_site_elsewhere_moves_sources_and_keeps_keys() -> None:
    site = get_site("ryazan")
    moved = site.served_at("http://127.0.0.1:8000")
    assert moved.sources[0].url == "http://127.0.0.1:8000/novosti/2025/"
    assert moved.origin == site.origin


@pytest.mark.parametrize("name", sorted(site_files()))
def test_every_site_has_a_saved_page(name: str) -> None:
    # The sample city's pages are generated: tests/test_demo_city.py checks them against what the generator knows.
    if name != "sample":
        assert list((FIXTURES / name).glob("*.html")), f"save a page of {name} in fixtures/{name}/ (docs/sites.md)"
