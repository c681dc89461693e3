"""Put a drafted site file where newscrawl finds it, with a saved page and what it is expected to give beside it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from newscrawl.config import Config
from newscrawl.discover import Discovery
from newscrawl.errors import ConfigError
from newscrawl.extract import extract_article
from newscrawl.items import Page
from newscrawl.sites import Site, load_site
from newscrawl.sites.load import BUNDLED

_UNTOLD = {"page_id", "extracted_by"}
"""Fields of a RawArticle that tell of the store and the software, not of the page."""


@dataclass(frozen=True)
class Saved:
    """The files that were written."""

    site_file: Path
    page: Path
    expected: Path


def save(discovery: Discovery, config: Config, *, replace: bool) -> Saved:
    """Write the drafted site file and one of its articles as a fixture; the file is read back.

    Raises ConfigError as `refuse_taken` does, unless `replace`, and where nothing can be written.
    """
    folder = config.own_sites_folder
    site_file = folder / f"{discovery.site.name}.toml"
    if not replace:
        refuse_taken(discovery.site.name, config)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        site_file.write_text(discovery.toml, encoding="utf-8")
        page, expected = _save_page(discovery, folder / "fixtures" / discovery.site.name)
    except OSError as error:
        raise ConfigError(f"{error.filename or folder} cannot be written: {error.strerror}") from None
    load_site(site_file)
    return Saved(site_file, page, expected)


def refuse_taken(name: str, config: Config) -> None:
    """Raise ConfigError where a file says already how a site of that name is read; a bare address may be filled."""
    site_file = config.own_sites_folder / f"{name}.toml"
    if site_file.exists():
        raise ConfigError(f"{site_file} exists already", advice="Say --replace, or give another --name.")
    bundled = BUNDLED / site_file.name
    if bundled.exists() and load_site(bundled).sources:
        raise ConfigError(
            f"there is a bundled site {name!r} already", advice="Say --replace to use yours instead, or give a --name."
        )


def _save_page(discovery: Discovery, folder: Path) -> tuple[Path, Path]:
    trial = next(trial for trial in discovery.trials if trial.agrees)
    folder.mkdir(parents=True, exist_ok=True)
    page, expected = folder / "article.html", folder / "article.json"
    page.write_bytes(trial.page.body)
    told = {
        "url": trial.page.url,
        "fetched_at": trial.page.fetched_at.isoformat(),
        "content_type": trial.page.headers.get("content-type"),
        "entry": trial.page.entry.model_dump(mode="json") if trial.page.entry is not None else None,
        "expected": expected_of(trial.page, discovery.site),
    }
    expected.write_text(json.dumps(told, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return page, expected


def expected_of(page: Page, site: Site) -> dict[str, object]:
    """Return what a page gives, as saved beside it."""
    return extract_article(page, site).model_dump(mode="json", exclude=_UNTOLD)


def saved_pages(folder: Path, name: str) -> list[tuple[Page, dict[str, object]]]:
    """Return the pages saved for a site, each with what it is expected to give; those that cannot be read are left."""
    found = []
    for path in sorted((folder / "fixtures" / name).glob("*.html")):
        try:
            told = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
            headers = {"content-type": told["content_type"]} if told.get("content_type") else {}
            page = Page(
                url=told["url"],
                site=name,
                fetched_at=told["fetched_at"],
                headers=headers,
                body=path.read_bytes(),
                entry=told.get("entry"),
            )
            found.append((page, dict(told["expected"])))
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return found
