"""One article, one address: the canonical form that is its key in the store."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit, urlunsplit

from w3lib.url import safe_url_string

from newscrawl.sites.hosts import ascii_netloc, bare
from newscrawl.sites.model import ArticleAddress, Site
from newscrawl.url_cleaning import (
    clean_path,
    clean_query,
    is_tracking,
    normal_path,
    parameters,
    query_of,
    without_session,
)

_LONGEST = 8000
"""Characters: 8,190 bytes is the usual bound on a request line, so a longer one is no address that a server takes."""


def absolute_url(base: str, href: str) -> str | None:
    """Return the http(s) address that `href` means on the page `base`, without its fragment, or None.

    A Cyrillic domain comes out as `xn--…`. Any text will do.
    """
    try:
        address, question, query = href.strip().partition("?")
        # Browsers take a backslash for a slash, and old pages rely on it.
        parts = urlsplit(urljoin(base, address.replace("\\", "/") + question + query))
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            return None
        host = ascii_netloc(parts.netloc, parts.scheme)
        url = safe_url_string(urlunsplit((parts.scheme, host, parts.path or "/", parts.query, "")))
        # What looks like a host may still be none: made safe, it must read as an address again.
        again = urlsplit(url)
        return url if again.hostname and again.port != 0 and len(url) <= _LONGEST else None
    except ValueError:  # a broken port or IPv6 address, half a character
        return None


def with_scheme(url: str) -> str:
    """Return an address as a person types it with a scheme: `https` where it has none."""
    return url if "://" in url else f"https://{url}"


def canonical_url(url: str, site: Site | None = None) -> str:
    """Return the key of the page at `url`; its own key is given back as it is, and so is what is no address.

    With a site: its scheme and host, only the parameters that belong to an article, its rule for the trailing slash;
    sessions, print versions, `index.php` and the like go from the path where an article's address is left.
    Without, or with one that does not say what its articles' addresses look like: what is known not to tell articles
    apart goes (see `newscrawl.url_cleaning`), and without a site `www.` and https too, since nobody knows which the
    server prefers and every server answers, or sends on from, the plain form.

    Cyrillic domains are written as `xn--…`, paths percent-encoded in capitals: these are the bytes that travel, so
    links, redirects and the store agree, and no two ways of writing one letter make two keys.
    """
    absolute = absolute_url(url, "")
    if absolute is None:
        return url.strip()
    parts = urlsplit(absolute)
    if site is None:
        host = bare(parts.netloc)
        parts = parts._replace(netloc=host, scheme="http" if urlsplit(f"//{host}").port is None else parts.scheme)
    elif site.serves(parts.netloc):
        home = urlsplit(site.origin)
        parts = parts._replace(scheme=home.scheme, netloc=home.netloc)
    path = normal_path(parts.path)
    if site is not None and site.article is not None:
        path, query = _article_address(path, parts.query, site.article)
    else:
        path = clean_path(path).rstrip("/") or "/"
        query = clean_query(parts.query, path)
    return urlunsplit((parts.scheme, parts.netloc, path, query, ""))


def page_key(url: str) -> str:
    """Return an address without sessions and tracking, to know a page of a listing again; all else stays."""
    absolute = absolute_url(url, "")
    if absolute is None:
        return url.strip()
    parts = urlsplit(absolute)
    query = query_of([one for one in parameters(parts.query) if not is_tracking(one)])
    return urlunsplit((parts.scheme, parts.netloc, without_session(normal_path(parts.path)), query, ""))


def _article_address(path: str, query: str, rule: ArticleAddress) -> tuple[str, str]:
    """Return path and query as the site's rule has them: the first form that is an article's address, else as found."""
    kept = query_of([one for one in parameters(query) if one.name in rule.keep_parameters])
    forms = [*_slashed(clean_path(path), rule), *_slashed(path, rule)]
    for form in forms:
        if re.fullmatch(rule.path, f"{form}?{kept}" if kept else form):
            return form, kept
    return next(_slashed(path, rule)), kept


def _slashed(path: str, rule: ArticleAddress) -> Iterator[str]:
    """Yield the forms of a path, the preferred one first; with `keep` the other serves only where that one does not."""
    without = path.rstrip("/") or "/"
    if path == "/":
        yield path
    elif rule.trailing_slash == "never":
        yield without
    elif rule.trailing_slash == "always":
        yield path if path.endswith("/") else path + "/"
    else:
        yield path
        yield without if path.endswith("/") else path + "/"


def home_url(url: str, site: Site) -> str:
    """Return the same address on the site's canonical scheme and host; one on a foreign host stays as it is."""
    parts, home = urlsplit(url), urlsplit(site.origin)
    return parts._replace(scheme=home.scheme, netloc=home.netloc).geturl() if site.serves(parts.netloc) else url


def is_article(url: str, site: Site) -> bool:
    """Tell whether `url` is the address of an article of `site`; none is, where the site's file does not say."""
    if site.article is None:
        return False
    parts = urlsplit(canonical_url(url, site))
    address = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return f"{parts.scheme}://{parts.netloc}" == site.origin and bool(re.fullmatch(site.article.path, address))


def fetch_url(url: str, site: Site) -> str:
    """Return the address to ask for: as `canonical_url`, but on the host where the link was found."""
    found, canonical = urlsplit(url), urlsplit(canonical_url(url, site))
    return canonical._replace(scheme=found.scheme, netloc=found.netloc).geturl()
