"""Sites whose pages are made by scripts: what Scrapy is told of them. The browser itself is in `browser`.

Without the extra `newscrawl[javascript]` or a browser one clear ConfigError says so, before anything is asked for.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from newscrawl.config import Config
from newscrawl.errors import ConfigError
from newscrawl.sites import Listing, Site, Source

PATIENCE = "NEWSCRAWL_BROWSER_PATIENCE"
"""Scrapy's setting of the seconds that the scripts of one page may take, the fetching of their files included."""
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_NOWHERE = "http://127.0.0.1:9"
"""A proxy that nobody is: the browser has no network of its own, Scrapy fetches for it."""
_ARGUMENTS = (
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic",
    "--no-first-run", "--disable-gpu", "--disable-dev-shm-usage",
)  # fmt: skip


def needs_browser(site: Site, source: Source) -> bool:
    """Tell whether pages of a source are made by scripts; feeds and sitemaps never are."""
    return site.javascript and isinstance(source, Listing)


def check_rendering(sites: Iterable[Site], config: Config) -> None:
    """Raise ConfigError if one of the sites needs a browser and there is none."""
    for site in sites:
        if site.javascript:
            find_browser(site, config)


def find_browser(site: Site, config: Config) -> Path:
    """Return the Chromium that renders a site's pages. Raises ConfigError, also when the extra is not installed."""
    if importlib.util.find_spec("scrapy_playwright") is None:
        raise ConfigError(
            f"the pages of {site.name} are made by scripts (`javascript = true`), and what runs them is not installed",
            advice="pip install 'newscrawl[javascript]'; docs/reach.md has more.",
        )
    if config.chromium is not None:
        if not os.access(config.chromium, os.X_OK) or config.chromium.is_dir():
            raise ConfigError(
                f"NEWSCRAWL_CHROMIUM names {config.chromium}, which is no program",
                advice="Name a Chromium or Chrome, or leave the setting out to have one found on PATH.",
            )
        return config.chromium
    found = next((path for name in _BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        raise ConfigError(
            f"the pages of {site.name} are made by scripts (`javascript = true`), and there is no Chromium on PATH",
            advice="Install it (Debian: apt-get install chromium) or name one in NEWSCRAWL_CHROMIUM.",
        )
    return Path(found)


def browser_settings(site: Site, config: Config) -> dict[str, Any]:
    """Return Scrapy's settings for a site whose pages are rendered. Raises ConfigError as `find_browser` does."""
    handler = "newscrawl.spiders.browser.BrowserDownloadHandler"
    return {
        "DOWNLOAD_HANDLERS": {"http": handler, "https": handler},
        "PLAYWRIGHT_BROWSER_TYPE": "chromium",
        "PLAYWRIGHT_LAUNCH_OPTIONS": {
            "executable_path": str(find_browser(site, config)),
            "chromium_sandbox": not (hasattr(os, "geteuid") and os.geteuid() == 0),  # it refuses to work for root
            "args": [*_ARGUMENTS, "--proxy-bypass-list=<-loopback>"],
            "proxy": {"server": _NOWHERE},
        },
        "PLAYWRIGHT_MAX_PAGES_PER_CONTEXT": 1,
        "PLAYWRIGHT_DEFAULT_NAVIGATION_TIMEOUT": config.page_timeout * 1000,
        PATIENCE: config.page_timeout,
    }
