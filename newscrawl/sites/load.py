"""Find and read site files. A site is found by being there: no list to edit."""

from __future__ import annotations

import logging
import tomllib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel, ValidationError

from newscrawl.errors import ConfigError, SiteFileError
from newscrawl.sites.model import Site
from newscrawl.sites.platform import Platform

_log = logging.getLogger(__name__)
_Part = TypeVar("_Part", bound=BaseModel)

BUNDLED = Path(__file__).parent
PLATFORMS = "platforms"
"""Folder of the platforms' files, beside the site files."""


def load_site(path: Path) -> Site:
    """Read one site file, the layouts of its platform put after its own.

    Raises SiteFileError naming the file, the key and what was expected.
    """
    content = _read(path)
    for number, layout in enumerate(content["layouts"] if isinstance(content.get("layouts"), list) else []):
        if isinstance(layout, dict) and "platform" in layout:
            raise SiteFileError(path, f"layouts.{number}.platform", "stands at the top of the file, for the whole site")
    if isinstance(content.get("ca_bundle"), str):
        content["ca_bundle"] = str(path.parent / Path(content["ca_bundle"]).expanduser())
    site = _validated(path, content, Site.model_validate)
    if site.platform is None:
        return site
    return with_platform(site, _platform_of(path, site.platform))


def with_platform(site: Site, platform: Platform) -> Site:
    """Return the site with the platform's layouts after its own; those of an earlier platform go."""
    own = tuple(layout for layout in site.layouts if layout.platform is None)
    content = {field: getattr(site, field) for field in Site.model_fields}
    content |= {"platform": platform.name, "layouts": own + platform.layouts_for_sites}
    return Site.model_validate(content)


def load_platform(path: Path) -> Platform:
    """Read one platform's file. Raises SiteFileError as `load_site` does."""
    return _validated(path, _read(path), Platform.model_validate)


def platform_files(folder: Path | None = None) -> dict[str, Path]:
    """Return the platforms' files by name: the bundled ones and those in `platforms/` of `folder`, which win."""
    folders = [BUNDLED, *([folder] if folder else [])]
    return {path.stem: path for one in folders for path in sorted((one / PLATFORMS).glob("*.toml"))}


def all_platforms(folder: Path | None = None) -> dict[str, Platform]:
    """Return every platform by name. Raises SiteFileError for a file that is wrong."""
    return {name: load_platform(path) for name, path in platform_files(folder).items()}


def _platform_of(site_file: Path, name: str) -> Platform:
    files = platform_files(site_file.parent)
    if name not in files:
        raise SiteFileError(site_file, "platform", f"expected one of {', '.join(files)}, found {name!r}")
    return _platform_cached(files[name], files[name].stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _platform_cached(path: Path, mtime_ns: int) -> Platform:
    return load_platform(path)


def _read(path: Path) -> dict[str, Any]:
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
    return content


def _validated(path: Path, content: dict[str, Any], validate: Callable[[dict[str, Any]], _Part]) -> _Part:
    try:
        return validate(content)
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
            raise ConfigError(
                f"NEWSCRAWL_SITES={folder} is no folder", advice="Give it the folder of your site files, or unset it."
            )
        files |= {path.stem: path for path in sorted(folder.glob("*.toml"))}
    return files


def all_sites(folder: Path | None = None) -> dict[str, Site]:
    """Return every site by name. A file that is wrong costs no other: it is left out, with a warning in the log."""
    sites, wrong = read_sites(folder)
    for error in wrong:
        _log.warning("left out: %s", error.message)
    return sites


def read_sites(folder: Path | None = None) -> tuple[dict[str, Site], list[SiteFileError]]:
    """Return every site by name, and what is wrong with the files that are left out. Raises ConfigError.

    A file is read once; again when it, or a file of a platform, has changed on the disk.
    """
    platforms = tuple(_changed_at(path) for path in platform_files(folder).values())
    sites, wrong = {}, []
    for name, path in site_files(folder).items():
        try:
            sites[name] = _load_cached(path, _changed_at(path), platforms)
        except SiteFileError as error:
            wrong.append(error)
    return sites, wrong


def _changed_at(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:  # it has gone; reading it will say so
        return 0


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
    try:
        parts = urlsplit(url)
    except ValueError:  # a broken IPv6 address
        return None
    return next((site for site in all_sites(folder).values() if site.serves(parts.netloc, parts.scheme)), None)


@lru_cache(maxsize=4096)
def _load_cached(path: Path, mtime_ns: int, platforms: tuple[int, ...]) -> Site:
    return load_site(path)
