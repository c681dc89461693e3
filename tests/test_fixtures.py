"""Saved pages of the sites and in the likeness of the platforms, against what they must give, one test a field."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from newscrawl.extract import extract_article, extract_listing
from newscrawl.extract.platform import recognise
from newscrawl.items import Page
from newscrawl.sites import Site, Source, all_platforms, get_site
from newscrawl.sites.load import with_platform

from .conftest import FIXTURES

PAGES = sorted([*FIXTURES.glob("*/*.html"), *FIXTURES.glob("*/*.xml")])
PLATFORMS = all_platforms()


def expectation(path: Path) -> dict[str, Any]:
    """Return the JSON beside a page; a page without one gets it written, to be reviewed by a person."""
    beside = path.with_suffix(".json")
    if not beside.exists():
        name = path.parent.name
        written: dict[str, Any] = {
            "url": f"https://n.example/{path.stem}" if name in PLATFORMS else f"{get_site(name).origin}/{path.stem}",
            ("platform" if name in PLATFORMS else "site"): name,
            "fetched_at": "2026-01-01T00:00:00+00:00",
            "kind": "article",
        }
        written["expected"] = found_in_article(page_of(path, written), site_of(written))
        beside.write_text(json.dumps(written, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        pytest.fail(
            f"{beside.name} was written from what extraction gave: put in the real address, and review every field"
        )
    loaded: dict[str, Any] = json.loads(beside.read_text(encoding="utf-8"))
    return loaded


def site_of(told: dict[str, Any]) -> Site:
    """Return the site that a page belongs to; for one in a platform's likeness, one that names the platform alone."""
    if "site" in told:
        return get_site(told["site"])
    platform = PLATFORMS[told["platform"]]
    parts = urlsplit(told["url"])
    content = {"name": "likeness", "title": "Likeness", "url": f"{parts.scheme}://{parts.netloc}/", "verified": False}
    if told["kind"] == "listing":
        idiom = next(one for one in platform.listings if one.name == told["idiom"])
        source = idiom.model_dump(exclude={"name"}) | {"type": "listing", "url": told["url"]}
        source["pagination"] = platform.pagination[told.get("pagination", 0)]
        content |= {"sources": [source], "article": platform.addresses[told["address"]]}
    return with_platform(Site.model_validate(content), platform)


def page_of(path: Path, told: dict[str, Any]) -> Page:
    return Page(url=told["url"], site=told.get("site"), fetched_at=told["fetched_at"], body=path.read_bytes())


def found_in_article(page: Page, site: Site) -> dict[str, Any]:
    raw = extract_article(page, site).model_dump(mode="json")
    raw["date_published_raw"] = raw["date_published"][0]["text"] if raw["date_published"] else None
    raw["layout"] = raw["extracted_by"].partition("@")[0].partition("/")[2]
    return {name: value for name, value in raw.items() if name not in {"extracted_by", "page_id", "date_published"}}


def found_in_listing(page: Page, site: Site, source: Source) -> dict[str, Any]:
    listing = extract_listing(page, site, source)
    entries = [entry.model_dump(mode="json", exclude={"source", "seen_at"}) for entry in listing.entries]
    for entry in entries:
        if entry["year"] is None:
            del entry["year"]
    return {"entries": entries, "next_url": listing.next_url}


def found(path: Path) -> dict[str, Any]:
    told = expectation(path)
    site = site_of(told)
    page = page_of(path, told)
    if told["kind"] == "article":
        return found_in_article(page, site)
    return found_in_listing(page, site, site.sources[0])


def cases() -> list[Any]:
    return [
        pytest.param(path, field, id=f"{path.parent.name}/{path.stem}-{field}")
        for path in PAGES
        for field in (expectation(path)["expected"] if path.with_suffix(".json").exists() else ["review me"])
    ]


@pytest.mark.parametrize(("path", "field"), cases())
def test_field(path: Path, field: str) -> None:
    told = expectation(path)["expected"]
    assert found(path)[field] == told[field]


LIKENESSES = [path for path in PAGES if path.parent.name in PLATFORMS]


@pytest.mark.parametrize("path", LIKENESSES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_no_other_date_of_the_page_is_taken_for_the_articles(path: Path) -> None:
    told = expectation(path)
    if told["kind"] == "listing":
        texts = [entry["date_published_raw"] or "" for entry in found(path)["entries"]]
    else:
        raw = extract_article(page_of(path, told), site_of(told))
        texts = [evidence.text for evidence in raw.date_published[:1]]
    assert not [decoy for decoy in told["decoys"] if any(decoy in text for text in texts)]


@pytest.mark.parametrize("path", LIKENESSES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_page_in_a_platforms_likeness_is_recognised(path: Path) -> None:
    guess = recognise(page_of(path, expectation(path)))
    assert (guess.name if guess else "generic") == path.parent.name


@pytest.mark.parametrize("name", sorted(PLATFORMS))
def test_every_platform_has_saved_pages(name: str) -> None:
    kinds = {expectation(path)["kind"] for path in LIKENESSES if path.parent.name == name}
    assert kinds == ({"article", "listing"} if PLATFORMS[name].listings else {"article"})
