"""Saved pages of the sites against what they must give, one test a field."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from newscrawl.extract import extract_article, extract_listing
from newscrawl.items import Page
from newscrawl.sites import Site, get_site

from .conftest import FIXTURES

PAGES = sorted(FIXTURES.glob("*/*.html"))


def expectation(path: Path) -> dict[str, Any]:
    """Return the JSON beside a page; a page without one gets it written, to be reviewed by a person."""
    beside = path.with_suffix(".json")
    if not beside.exists():
        site = get_site(path.parent.name)
        written = {
            "url": f"{site.origin}/{path.stem}",
            "site": site.name,
            "fetched_at": "2026-01-01T00:00:00+00:00",
            "kind": "article",
        }
        page = Page(url=written["url"], fetched_at=written["fetched_at"], body=path.read_bytes())  # type: ignore[arg-type]
        written["expected"] = found_in_article(page, site)  # type: ignore[assignment]
        beside.write_text(json.dumps(written, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        pytest.fail(
            f"{beside.name} was written from what extraction gave: put in the real address, and review every field"
        )
    loaded: dict[str, Any] = json.loads(beside.read_text(encoding="utf-8"))
    return loaded


def found_in_article(page: Page, site: Site) -> dict[str, Any]:
    raw = extract_article(page, site).model_dump(mode="json")
    raw["date_published_raw"] = raw["date_published"][0]["text"] if raw["date_published"] else None
    return {name: value for name, value in raw.items() if name not in {"extracted_by", "page_id", "date_published"}}


def found(path: Path) -> dict[str, Any]:
    told = expectation(path)
    site = get_site(told["site"])
    page = Page(url=told["url"], site=site.name, fetched_at=told["fetched_at"], body=path.read_bytes())
    if told["kind"] == "article":
        return found_in_article(page, site)
    listing = extract_listing(page, site, site.sources[0])
    entries = [entry.model_dump(mode="json", exclude={"source"}) for entry in listing.entries]
    return {"entries": entries, "next_url": listing.next_url}


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
