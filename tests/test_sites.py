"""Site files: read, refused with a clear error, each with a saved page."""

from datetime import date
from pathlib import Path

import pytest

from newscrawl.cli import choosing
from newscrawl.errors import ConfigError, SiteFileError
from newscrawl.sites import Feed, Site, all_platforms, all_sites, get_site, load_platform, load_site, site_for_url
from newscrawl.sites.load import BUNDLED, site_files, with_platform
from newscrawl.urls import canonical_url, is_article

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
        (
            '{ parameter = "PAGEN_1" }',
            "{ first = 1 }",
            "sources.0.pagination",
            "expected one of `parameter`, `template` and `next`",
        ),
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
        ("[article]\npath = '/news/\\d+'", "", "", "article: is missing; sources need to know"),
        ('city = "Н."', 'platform = "bitrix24"', "platform", "expected one of bitrix, drupal, generic"),
        ('name = "new"', 'name = "new"\nplatform = "bitrix"', "layouts.1.platform", "stands at the top of the file"),
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
    with pytest.raises(ConfigError, match="is no folder"):
        all_sites(tmp_path / "none")
    with pytest.raises(ConfigError, match="there is no site 'kitezh'"):
        get_site("kitezh", tmp_path)


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


# --- platforms

ADDRESS_ALONE = 'title = "Н."\nurl = "https://n.example/"\nverified = false\n'
PLATFORM = """
title = "A platform"

[[layouts]]
name = "text"
article_body = ".text"
"""


def test_a_platforms_layouts_follow_the_sites_own(tmp_path: Path) -> None:
    site = load_site(write(tmp_path, GOOD.replace('city = "Н."', 'platform = "bitrix"')))
    bitrix = all_platforms()["bitrix"]
    names = [layout.name for layout in site.layouts]
    assert names == ["old", "new", *(f"bitrix-{layout.name}" for layout in bitrix.layouts)]
    assert [layout.platform for layout in site.layouts[:3]] == [None, None, "bitrix"]
    assert site.has_own_layouts
    assert with_platform(site, bitrix) == site
    assert Site.model_validate(site.model_dump()) == site


def test_a_site_that_names_a_platform_alone_has_no_layouts_of_its_own(tmp_path: Path) -> None:
    site = load_site(write(tmp_path, 'platform = "joomla"\n' + ADDRESS_ALONE))
    assert site.layouts
    assert not site.has_own_layouts
    generic = load_site(write(tmp_path, 'platform = "generic"\n' + ADDRESS_ALONE))
    assert generic.layouts == ()
    assert not generic.has_own_layouts


def test_own_platforms_stand_beside_own_sites_and_change_their_digest(tmp_path: Path) -> None:
    (tmp_path / "platforms").mkdir()
    write(tmp_path / "platforms", PLATFORM, name="mine")
    path = write(tmp_path, 'platform = "mine"\n' + ADDRESS_ALONE)
    before = load_site(path)
    assert [layout.article_body for layout in before.layouts] == [(".text",)]
    write(tmp_path / "platforms", PLATFORM.replace('".text"', '".another-text"'), name="mine")
    after = load_site(path)
    assert [layout.article_body for layout in after.layouts] == [(".another-text",)]
    assert before.digest != after.digest
    assert load_site(write(tmp_path, ADDRESS_ALONE)).digest != after.digest


def test_a_wrong_platform_file_is_told_by_its_own_name(tmp_path: Path) -> None:
    (tmp_path / "platforms").mkdir()
    wrong = write(tmp_path / "platforms", PLATFORM.replace("article_body", "body"), name="mine")
    with pytest.raises(SiteFileError) as caught:
        load_site(write(tmp_path, 'platform = "mine"\n' + ADDRESS_ALONE))
    assert (caught.value.file, caught.value.key) == (wrong, "layouts.0.body")
    with pytest.raises(SiteFileError, match="a name of its own"):
        load_platform(write(tmp_path / "platforms", PLATFORM + PLATFORM.partition("\n\n")[2], name="mine"))


def test_a_site_without_sources_may_leave_its_articles_addresses_out(tmp_path: Path) -> None:
    site = load_site(write(tmp_path, ADDRESS_ALONE))
    assert site.article is None
    assert not is_article("https://n.example/news/1", site)
    assert canonical_url("http://www.n.example/news?id=1&utm_source=x", site) == "https://n.example/news?id=1"


# --- bundled sites

ZONES = {
    "RU-ALT": "Asia/Barnaul", "RU-ARK": "Europe/Moscow", "RU-AST": "Europe/Astrakhan", "RU-BA": "Asia/Yekaterinburg",
    "RU-BRY": "Europe/Moscow", "RU-CHE": "Asia/Yekaterinburg", "RU-DA": "Europe/Moscow", "RU-IRK": "Asia/Irkutsk",
    "RU-KDA": "Europe/Moscow", "RU-KGD": "Europe/Kaliningrad", "RU-KHA": "Asia/Vladivostok",
    "RU-KYA": "Asia/Krasnoyarsk", "RU-NIZ": "Europe/Moscow", "RU-NVS": "Asia/Novosibirsk", "RU-OMS": "Asia/Omsk",
    "RU-ORE": "Asia/Yekaterinburg", "RU-PER": "Asia/Yekaterinburg", "RU-PRI": "Asia/Vladivostok",
    "RU-ROS": "Europe/Moscow", "RU-RYA": "Europe/Moscow", "RU-SAM": "Europe/Samara", "RU-SAR": "Europe/Saratov",
    "RU-SMO": "Europe/Moscow", "RU-SVE": "Asia/Yekaterinburg", "RU-TA": "Europe/Moscow", "RU-TOM": "Asia/Tomsk",
    "RU-TYU": "Asia/Yekaterinburg", "RU-UD": "Europe/Samara", "RU-ULY": "Europe/Ulyanovsk",
    "RU-VGG": "Europe/Volgograd", "RU-VOR": "Europe/Moscow", "RU-YAR": "Europe/Moscow",
}  # fmt: skip
"""ISO 3166-2 codes of the bundled sites' regions and the zone that the tz database gives the region's capital."""


@pytest.mark.parametrize("name", sorted(site_files()))
def test_every_bundled_site_is_valid_and_in_its_regions_zone(name: str) -> None:
    site = load_site(BUNDLED / f"{name}.toml")
    assert site.notes
    if site.region is not None:
        assert site.city
        assert site.timezone == ZONES[site.region]
        assert site.verified is False  # none could be visited; a day here needs a reason in the notes


def test_the_bundled_sites_are_told_apart_by_their_hosts() -> None:
    sites = all_sites()
    hosts = [host for site in sites.values() for host in site.all_hosts]
    assert len(hosts) == len(set(hosts))
    assert {name for name, site in sites.items() if site_for_url(site.url) == site} == sites.keys()


@pytest.mark.parametrize("name", sorted(site_files()))
def test_every_site_has_a_saved_page(name: str) -> None:
    """A site with selectors of its own has its own pages; one that only names a platform shares that platform's."""
    if name.startswith("sample"):  # its pages are generated: tests/test_demo_city.py checks them
        return
    site = get_site(name)
    has_selectors = site.has_own_layouts or site.sources
    folder = FIXTURES / (name if has_selectors else site.platform or "generic")
    feeds_alone = bool(site.sources) and all(isinstance(source, Feed) for source in site.sources)
    assert list(folder.glob("*.xml" if feeds_alone else "*.html")), f"save a page of {name} in {folder} (docs/sites.md)"


def test_crawling_all_leaves_out_what_has_no_source() -> None:
    chosen = {site.name for site in choosing.chosen_sites([], True, None)}
    assert {"ryazan", "kazan", "nizhny_novgorod"} <= chosen
    assert not chosen & {"omsk", "samara", "sample"}
    assert choosing.chosen_sites(["kazan"], False, None)[0].name == "kazan"
    with pytest.raises(ConfigError, match="the file of omsk names no source"):
        choosing.chosen_sites(["kazan", "omsk"], False, None)
