"""Find and read site files. A site is found by being there: no list to edit."""

from __future__ import annotations

import logging
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from newscrawl.errors import ConfigError, SiteFileError
from newscrawl.sites.model import Site

_log = logging.getLogger(__name__)

BUNDLED = Path(__file__).parent


def load_site(path: Path) -> Site:
    """Read one site file. Raises SiteFileError naming the file, the key and what was expected."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SiteFileError(path, "", f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise SiteFileError(path, "", f"expected UTF-8, byte {error.start} is not") from None
    except tomllib.TOMLDecodeError as error:
        raise SiteFileError(path, "", f"expected TOML: {error}") from None
    content.setdefault("name", path.stem)
    if content["name"] != path.stem:
        raise SiteFileError(path, "name", f"expected {path.stem!r}, the file's own name, or no `name` at all")
    try:
        return Site.model_validate(content)
    except ValidationError as error:
        raise _site_file_error(path, content, error) from None


def _site_file_error(path: Path, content: dict[str, Any], error: ValidationError) -> SiteFileError:
    """Turn the first of pydantic's errors into ours; the number of further ones is told."""
    first = error.errors()[0]
    key = _key(content, first["loc"], is_missing=first["type"] == "missing")
    found = repr(str(first["input"])[:80])
    if key == "verified" and first["type"] != "missing":
        return SiteFileError(
            path, key, f"expected a day such as 2026-01-31 or false, found {str(first['input'])[:80]!r}"
        )
    expected = {
        "missing": "is missing",
        "extra_forbidden": "is not a key that a site file has; see docs/sites.md",
        "union_tag_not_found": "expected a `type`: listing, feed or sitemap",
        "union_tag_invalid": "expected a `type`: listing, feed or sitemap",
    }.get(first["type"], first["msg"].removeprefix("Value error, "))
    if first["type"] not in {"missing", "extra_forbidden", "union_tag_not_found", "value_error"}:
        expected += f", found {found}"
    further = error.error_count() - 1
    return SiteFileError(path, key, expected + (f" (and {further} more)" if further else ""))


def _key(content: Any, steps: tuple[int | str, ...], *, is_missing: bool) -> str:
    """Return the dotted key that an error is about: pydantic's own steps, such as a union's branch, left out."""
    key = []
    for number, step in enumerate(steps, 1):
        inside: Any = dict(enumerate(content)) if isinstance(content, list) else content
        if isinstance(inside, dict) and step in inside:
            key.append(str(step))
            content = inside[step]
        elif is_missing and number == len(steps):
            key.append(str(step))
    return ".".join(key)


def site_files(folder: Path | None = None) -> dict[str, Path]:
    """Return the site files by name: the bundled ones and those in `folder`, which win. Raises ConfigError."""
    files = {path.stem: path for path in sorted(BUNDLED.glob("*.toml"))}
    if folder is not None:
        if not folder.is_dir():
            raise ConfigError(f"the folder of site files {folder} does not exist", advice="Set NEWSCRAWL_SITES anew.")
        files |= {path.stem: path for path in sorted(folder.glob("*.toml"))}
    return files


def all_sites(folder: Path | None = None) -> dict[str, Site]:
    """Return every site by name. A file that is wrong costs no other: it is left out, with a warning in the log."""
    sites = {}
    for name, path in site_files(folder).items():
        try:
            sites[name] = _load_cached(path, path.stat().st_mtime_ns if path.exists() else 0)
        except SiteFileError as error:
            _log.warning("left out: %s", error.message)
    return sites


def get_site(name: str, folder: Path | None = None) -> Site:
    """Return one site. Raises ConfigError for a name that no file has."""
    files = site_files(folder)
    if name not in files:
        raise ConfigError(
            f"there is no site {name!r}",
            advice="`newscrawl site list` shows the sites; docs/sites.md tells how to add one.",
        )
    return load_site(files[name])


def site_for_url(url: str, folder: Path | None = None) -> Site | None:
    """Return the site that a page address belongs to, if any."""
    host = urlsplit(url).netloc.lower()
    return next((site for site in all_sites(folder).values() if host in site.all_hosts), None)


@lru_cache(maxsize=4096)
def _load_cached(path: Path, mtime_ns: int) -> Site:
    return load_site(path)
