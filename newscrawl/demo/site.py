"""The sample city as a site, fetched from wherever it is served."""

from __future__ import annotations

from pathlib import Path

from newscrawl.sites import Site, load_site

SITE_FILE = Path(__file__).with_name("sample.toml")


def sample_site(origin: str) -> Site:
    """Return the sample city's site fetched from `origin` (`http://127.0.0.1:8000`, loopback only) without a delay."""
    site = load_site(SITE_FILE).served_at(origin)
    return Site.model_validate({**site.model_dump(), "delay": 0.0})
