"""A site's saved pages, read anew and compared with what is expected of them, field by field."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from newscrawl.errors import ExtractionError
from newscrawl.extract import extract_article, extract_listing
from newscrawl.items import Page
from newscrawl.jobs.site_check_pages import Finding
from newscrawl.sites import Site
from newscrawl.sites.load import BUNDLED
from newscrawl.urls import page_key

_SHOWN = 60
"""Characters of a value that are shown."""


@dataclass(frozen=True)
class Difference:
    """One field that is not as expected; both values shortened to where they part."""

    field: str
    expected: str
    found: str


@dataclass(frozen=True)
class SavedCheck:
    """One saved page."""

    file: str
    kind: str
    """`article`, `listing`, `feed` or `sitemap`."""
    fields: int
    """So many fields were compared."""
    differences: tuple[Difference, ...]
    problem: str = ""
    """Why it could not be compared, '' when it was."""


def saved_folder(site_file: Path) -> Path:
    """Return where the pages of a site are saved: beside one's own file; those of a bundled one in the repository."""
    beside = BUNDLED.parent.parent if site_file.parent == BUNDLED else site_file.parent
    return beside / "fixtures" / site_file.stem


def check_saved_pages(site: Site, folder: Path) -> tuple[SavedCheck, ...]:
    """Read every page in `folder` (bytes, with a JSON of its address and what is expected beside it) anew."""
    pages = sorted([*folder.glob("*.html"), *folder.glob("*.xml")])
    return tuple(_check(path, site) for path in pages)


def findings_of(saved: tuple[SavedCheck, ...]) -> list[Finding]:
    """Return what broke on saved pages: one Finding a page."""
    findings = []
    for one in saved:
        if one.problem:
            findings.append(Finding("saved", "", f"{one.file} cannot be compared: {one.problem}", _AGAIN))
        elif one.differences:
            named = ", ".join(difference.field for difference in one.differences)
            findings.append(Finding("saved", "", f"{one.file} gives other values than expected: {named}", _REVIEW))
    return findings


_AGAIN = "Save the page anew, or take it away."
_REVIEW = "Mend the site file; where what is found now is right, put it into the JSON beside the page."


def _check(path: Path, site: Site) -> SavedCheck:
    try:
        told = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        content_type = told.get("content_type")
        page = Page(
            url=told["url"],
            site=site.name,
            fetched_at=told["fetched_at"],
            headers={"content-type": content_type} if content_type else {},
            body=path.read_bytes(),
            entry=told.get("entry"),
        )
        kind, expected = str(told.get("kind", "article")), dict(told["expected"])
    except OSError as error:
        return SavedCheck(str(path), "", 0, (), f"{error.filename or path}: {error.strerror}")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        return SavedCheck(str(path), "", 0, (), f"{path.with_suffix('.json').name} is not as such a file is ({first})")
    try:
        found = _found(page, site, kind)
    except ExtractionError as error:
        difference = Difference(kind, "an article", f"none ({error.reason})")
        return SavedCheck(str(path), kind, len(expected), (difference,))
    if found is None:
        return SavedCheck(str(path), kind, 0, (), f"the site has no {kind} any more")
    differences = [one for field in expected for one in _differences(field, expected[field], found.get(field))]
    return SavedCheck(str(path), kind, len(expected), tuple(differences))


def _found(page: Page, site: Site, kind: str) -> dict[str, Any] | None:
    """Return everything that a page gives under the names that a saved page's JSON may use."""
    if kind == "article":
        raw = extract_article(page, site).model_dump(mode="json")
        first = raw["date_published"][0]["text"] if raw["date_published"] else None
        layout = raw["extracted_by"].partition("@")[0].partition("/")[2]
        return raw | {"date_published_raw": first, "layout": layout}
    alike = [source for source in site.sources if source.type == kind]
    here = [source for source in alike if page_key(source.url) == page_key(page.url)]
    source = next(iter([*here, *alike]), None)
    if source is None:
        return None
    listing = extract_listing(page, site, source)
    entries = [entry.model_dump(mode="json", exclude={"source", "seen_at"}) for entry in listing.entries]
    return {"entries": entries, "next_url": listing.next_url}


def _differences(field: str, expected: Any, found: Any) -> Iterator[Difference]:
    """Yield where two values differ. A key that is not expected is no difference: newer software may tell more."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for key, value in expected.items():
            yield from _differences(f"{field}.{key}", value, found.get(key))
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        for number, (one, other) in enumerate(zip(expected, found, strict=True)):
            yield from _differences(f"{field}.{number}", one, other)
    elif expected != found:
        yield Difference(field, *_where_they_part(expected, found))


def _where_they_part(expected: object, found: object) -> tuple[str, str]:
    """Return both values as short texts that begin a little before their first difference."""
    one, other = _text(expected), _text(found)
    alike = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    start = max(0, alike - _SHOWN // 3) if alike > _SHOWN // 2 else 0
    return _cut(one, start), _cut(other, start)


def _text(value: object) -> str:
    if value in (None, "", [], {}):
        return "nothing"
    if isinstance(value, list) and any(isinstance(one, dict) for one in value):
        return f"{len(value)} of them"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return " ".join(text.split())


def _cut(text: str, start: int) -> str:
    shown = text[start : start + _SHOWN]
    return ("…" if start else "") + shown + ("…" if start + _SHOWN < len(text) else "")
