"""Put a drafted site file where newscrawl finds it, with a saved page and what it is expected to give beside it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from newscrawl.config import Config
from newscrawl.discover import Discovery
from newscrawl.errors import ConfigError
from newscrawl.extract import extract_article
from newscrawl.sites import load_site
from newscrawl.sites.load import BUNDLED
from newscrawl.sites.model import SITE_NAME

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

    All are written aside first and the site file comes into its place last: a full disk leaves no half of a site.
    Raises ConfigError as `refuse_taken` does, unless `replace`, and where nothing can be written.
    """
    folder = config.own_sites_folder
    site_file = folder / f"{discovery.site.name}.toml"
    if not replace:
        refuse_taken(discovery.site.name, config)
    fixtures = folder / "fixtures" / discovery.site.name
    page, told = _page_and_expectation(discovery)
    saved = Saved(site_file, fixtures / "article.html", fixtures / "article.json")
    _write_all({saved.page: page, saved.expected: told, site_file: discovery.toml.encode()})
    load_site(site_file)
    return saved


def check_name(name: str) -> None:
    """Raise ConfigError for what cannot be a site's name."""
    if not re.fullmatch(SITE_NAME, name):
        raise ConfigError(
            f"{name!r} cannot be a site's name", advice="Use a-z, 0-9, _ and -, a letter first, such as nizhny_tagil."
        )


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


def _write_all(contents: Mapping[Path, bytes]) -> None:
    """Write files so that either each stands in its place, whole, or none is changed. Raises ConfigError.

    The last one's place is taken last.
    """
    aside = {path: path.with_name(f".{path.name}.new") for path in contents}
    try:
        for path, content in contents.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            aside[path].write_bytes(content)
        for path, written in aside.items():
            written.replace(path)
    except OSError as error:
        for written in aside.values():
            with suppress(OSError):
                written.unlink(missing_ok=True)
        raise ConfigError(f"{error.filename or path} cannot be written: {error.strerror}") from None


def _page_and_expectation(discovery: Discovery) -> tuple[bytes, bytes]:
    """Return an article's page and, as JSON, what it is expected to give."""
    trial = next(trial for trial in discovery.trials if trial.agrees)
    told = {
        "url": trial.page.url,
        "fetched_at": trial.page.fetched_at.isoformat(),
        "content_type": trial.page.headers.get("content-type"),
        "entry": trial.page.entry.model_dump(mode="json") if trial.page.entry is not None else None,
        "expected": extract_article(trial.page, discovery.site).model_dump(mode="json", exclude=_UNTOLD),
    }
    return trial.page.body, (json.dumps(told, ensure_ascii=False, indent=2) + "\n").encode()
