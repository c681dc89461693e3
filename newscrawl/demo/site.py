"""The sample city as a site, fetched from wherever it is served."""

from __future__ import annotations

from newscrawl.sites import Site, get_site


def sample_site(origin: str) -> Site:
    """Return the sample city's site fetched from `origin` (`http://127.0.0.1:8000`, loopback only) without a delay."""
    site = get_site("sample").served_at(origin)
    return Site.model_validate({**site.model_dump(), "delay": 0.0})
