"""One article, one address: the canonical form that is its key in the store."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from w3lib.url import canonicalize_url, safe_url_string

from newscrawl.sites.model import Site

# Tracking, sessions, print versions, pagers: never part of what a page is. Pages of unknown sites lose just these.
_JUNK_PARAMETER = re.compile(
    r"utm_\w+|yclid|ymclid|gclid|fbclid|_openstat|from|PHPSESSID|sphrase_id|print|version|clear_cache|back_url"
    r"|bitrix_include_areas|PAGEN_\d+|SHOWALL_\d+|SIZEN_\d+",
    re.IGNORECASE,
)


def absolute_url(base: str, href: str) -> str | None:
    """Return the http(s) address that `href` means on the page `base`, without its fragment, or None."""
    try:
        parts = urlsplit(urljoin(base, href.strip()))
        port = parts.port
    except ValueError:  # a broken port or IPv6 address
        return None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return None
    host = parts.hostname if port in {None, 80 if parts.scheme == "http" else 443} else f"{parts.hostname}:{port}"
    return safe_url_string(urlunsplit((parts.scheme, host, parts.path or "/", parts.query, "")))


def canonical_url(url: str, site: Site | None = None) -> str:
    """Return the key of the page at `url`.

    With a site: its canonical scheme and host, only the parameters that belong to an article, its rule for the
    trailing slash. Without: junk parameters dropped, the rest sorted. Percent-encoding is unified, fragments go.
    """
    absolute = absolute_url(url, "") or url
    parts = urlsplit(absolute)
    query = parse_qsl(parts.query, keep_blank_values=True)
    path = parts.path
    if site is None:
        kept = [(key, value) for key, value in query if not _JUNK_PARAMETER.fullmatch(key)]
        return str(canonicalize_url(parts._replace(query=urlencode(kept)).geturl()))
    kept = [(key, value) for key, value in query if key in site.article.keep_parameters]
    if site.article.trailing_slash == "never" and path != "/":
        path = path.rstrip("/")
    elif site.article.trailing_slash == "always" and not path.endswith("/"):
        path += "/"
    return str(canonicalize_url(home_url(parts._replace(path=path, query=urlencode(kept)).geturl(), site)))


def home_url(url: str, site: Site) -> str:
    """Return the same address on the site's canonical scheme and host; one on a foreign host stays as it is."""
    parts, home = urlsplit(url), urlsplit(site.origin)
    return parts._replace(scheme=home.scheme, netloc=home.netloc).geturl() if parts.netloc in site.all_hosts else url


def is_article(url: str, site: Site) -> bool:
    """Tell whether `url` is the address of an article of `site`."""
    parts = urlsplit(canonical_url(url, site))
    address = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return f"{parts.scheme}://{parts.netloc}" == site.origin and bool(re.fullmatch(site.article.path, address))


def fetch_url(url: str, site: Site) -> str:
    """Return the address to ask for: as `canonical_url`, but on the host where the link was found."""
    found, canonical = urlsplit(url), urlsplit(canonical_url(url, site))
    return canonical._replace(scheme=found.scheme, netloc=found.netloc).geturl()
