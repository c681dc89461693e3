"""One page from the network for `newscrawl extract URL`: as polite as a crawl, without Scrapy's machinery."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from urllib.parse import urljoin

from protego import Protego

from newscrawl.errors import ConfigError, UnavailableError
from newscrawl.items import Page
from newscrawl.store.documents import now
from newscrawl.urls import absolute_url

_TIMEOUT = 30.0
_LARGEST = 10 * 1024 * 1024
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 5


def fetch_page(url: str, user_agent: str) -> Page:
    """Fetch one page, following redirects, robots.txt of every host permitting.

    Raises ConfigError for an address that is none or that robots.txt forbids, UnavailableError when no answer comes.
    """
    address = absolute_url(url, "")
    if address is None:
        raise ConfigError(f"{url!r} is not an http(s) address")
    for _ in range(_MOST_REDIRECTS):
        _ask_robots(address, user_agent)
        page = _get(address, user_agent)
        target = absolute_url(address, page.headers.get("location", "")) if page.status in _REDIRECTS else None
        if target is None:
            if page.status != 200:
                raise UnavailableError(f"{address}: the server answered {page.status}")
            return page
        address = target
    raise UnavailableError(f"{url} is redirected more than {_MOST_REDIRECTS} times")


def _ask_robots(address: str, agent: str) -> None:
    """Refuse what robots.txt forbids; one that the server fails to give forbids everything (RFC 9309, 2.3.1.4)."""
    robots = _get(urljoin(address, "/robots.txt"), agent)
    if robots.status >= 500:
        raise UnavailableError(f"{robots.url}: the server answered {robots.status}, so nothing may be fetched from it")
    if robots.status == 200 and not Protego.parse(robots.body.decode("utf-8", "replace")).can_fetch(
        address, "newscrawl"
    ):
        raise ConfigError(
            f"robots.txt of the site forbids {address}", advice="Save the page by hand and pass the file."
        )


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Leaves redirects to the caller, who asks robots.txt of the new host first."""

    def redirect_request(self, *_: object) -> None:
        return None


_opener = urllib.request.build_opener(_NoRedirect)


def _get(url: str, agent: str) -> Page:
    request = urllib.request.Request(url, headers={"User-Agent": agent, "Accept-Encoding": "identity"})
    try:
        with _opener.open(request, timeout=_TIMEOUT) as response:
            return _page(response.url, response.status, response.headers.items(), response.read(_LARGEST + 1))
    except urllib.error.HTTPError as error:
        with error:
            return _page(url, error.code, error.headers.items(), b"")
    except (OSError, http.client.HTTPException, ValueError) as error:
        why = getattr(error, "reason", None) or error
        raise UnavailableError(f"{url} cannot be fetched: {why}") from None


def _page(url: str, status: int, headers: list[tuple[str, str]], body: bytes) -> Page:
    if len(body) > _LARGEST:
        raise UnavailableError(f"{url} is larger than {_LARGEST // 1024**2} MiB")
    return Page(
        url=url, fetched_at=now(), status=status, headers={name.lower(): value for name, value in headers}, body=body
    )
