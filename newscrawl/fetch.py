"""One page from the network for `newscrawl extract URL`: as polite as a crawl, without Scrapy's machinery."""

from __future__ import annotations

import http.client
import queue
import socket
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from threading import Thread
from typing import Any
from urllib.parse import urljoin

from protego import Protego

from newscrawl import certificates, network
from newscrawl.clock import now
from newscrawl.errors import ConfigError, UnavailableError
from newscrawl.extract.diagnosis import diagnose
from newscrawl.items import Page
from newscrawl.secrecy import has_credentials
from newscrawl.sites.hosts import bare
from newscrawl.sites.model import Site
from newscrawl.urls import absolute_url

ROBOT_NAME = "newscrawl"
"""What robots.txt calls us."""
_TIMEOUT = 30.0
"""Seconds that a server may be silent."""
_DEADLINE = 60.0
"""Seconds that a whole answer may take: a server that sends a byte now and then is never silent."""
_LARGEST = 10 * 1024 * 1024
_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})
"""Whoever names one of them means this machine, however it is called."""
_LARGEST_ROBOTS = 500 * 1024
"""Bytes of robots.txt that are read (RFC 9309, 2.5)."""
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 5


def fetch_page(url: str, user_agent: str, site: Site | None = None) -> Page:
    """Fetch one page, following redirects, robots.txt of every host permitting. Scripts are not run.

    Certificates are verified as `site` asks; without a site, by the system's roots. Raises ConfigError for an address
    that is none or that robots.txt forbids, UnavailableError when no answer comes.
    """
    return Client(user_agent, site, named=url).fetch(url)


def refuse_credentials(url: str) -> None:
    """Raise ConfigError for an address with a user or a password."""
    if has_credentials(url.strip()):
        raise ConfigError(
            "the address has a user or a password in it, and newscrawl reads public pages",
            advice="Leave out what stands before the @.",
        )


class Pace:
    """Keeps requests apart: from one `wait` to the next at least `delay` seconds go by."""

    def __init__(self, delay: float) -> None:
        self.delay = delay
        self._last = 0.0

    def wait(self) -> None:
        """Return once the next request may be made."""
        time.sleep(max(0.0, self._last + self.delay - time.monotonic()))
        self._last = time.monotonic()


class Client:
    """Fetches pages one after the other and asks robots.txt of each host once."""

    def __init__(self, user_agent: str, site: Site | None = None, *, named: str = "") -> None:
        """Certificates are verified as `site` asks; without a site, by the system's roots.

        Only public addresses are connected to, but for the host of `named`, an address that a person gave, and those
        that the site's file lets be in a private network.
        """
        self.before: Callable[[str], None] = lambda _: None
        """Told of every address before it is asked for: a page's, robots.txt's, where a redirect leads."""
        self._agent = user_agent
        private = {network.host_of(absolute_url(named, "") or ""), *(site.private_hosts if site else ())}
        if private & _THIS_MACHINE:
            private |= _THIS_MACHINE
        self._opener = _opener(frozenset(private), certificates.client_context(site))
        self._robots: dict[str, Protego] = {}

    def fetch(self, url: str) -> Page:
        """Return the page at `url`, after redirects. Raises as `fetch_page` does."""
        address = absolute_url(url, "")
        if address is None:
            raise ConfigError(f"{url!r} is not an http(s) address")
        refuse_credentials(url)
        for _ in range(_MOST_REDIRECTS):
            if not self.robots(address).can_fetch(address, ROBOT_NAME):
                raise ConfigError(
                    f"robots.txt of the site forbids {address}",
                    advice="Ask the site's owner; `newscrawl extract FILE` reads a page that was saved by hand.",
                )
            page = self._ask(address)
            target = absolute_url(address, page.headers.get("location", "")) if page.status in _REDIRECTS else None
            if target is None:
                if page.status != 200:
                    found = diagnose(page)
                    told = f": {found.sentence}" if found else ""
                    raise UnavailableError(
                        f"{address}: the server answered {page.status}{told}", advice=_when_again(page)
                    )
                return page
            address = target
        raise UnavailableError(f"{url} is redirected more than {_MOST_REDIRECTS} times")

    def robots(self, address: str) -> Protego:
        """Return what robots.txt of the address' host says.

        One that the server fails to give forbids everything (RFC 9309, 2.3.1.4): UnavailableError.
        """
        origin = urljoin(address, "/")
        if origin not in self._robots:
            answer = self._ask(urljoin(address, "/robots.txt"))
            if answer.status >= 500:
                raise UnavailableError(
                    f"{answer.url}: the server answered {answer.status}, so nothing may be fetched from it",
                    advice=_when_again(answer) or "Try again later.",
                )
            rules = answer.body[:_LARGEST_ROBOTS].decode("utf-8", "replace") if answer.status == 200 else ""
            self._robots[origin] = Protego.parse(rules)
        return self._robots[origin]

    def _ask(self, url: str) -> Page:
        self.before(url)
        return _within_deadline(url, lambda: _get(url, self._agent, self._opener))


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Leaves redirects to the caller, who asks robots.txt of the new host first."""

    def redirect_request(self, *_: object) -> None:
        return None


def _opener(private: frozenset[str], context: ssl.SSLContext) -> urllib.request.OpenerDirector:
    """Return what opens addresses of the public internet and of the hosts in `private`, for http and https alone."""

    def connect(
        address: tuple[str, int], timeout: float | None = None, source: tuple[str, int] | None = None
    ) -> socket.socket:
        return network.connect(address, timeout, source, may_be_private=lambda host: _key(host) in allowed)

    class Http(http.client.HTTPConnection):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self._create_connection = connect

    class Https(http.client.HTTPSConnection):  # which looks at the certificate by the host's name, as ever
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self._create_connection = connect

    class HttpHandler(urllib.request.HTTPHandler):
        def http_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
            return self.do_open(Http, request)

    class HttpsHandler(urllib.request.HTTPSHandler):
        def https_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
            return self.do_open(Https, request, context=context)

    allowed = {bare(host) for host in private | network.proxy_hosts()}
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(), urllib.request.UnknownHandler(), HttpHandler(), HttpsHandler(context=context),
        _NoRedirect(), urllib.request.HTTPDefaultErrorHandler(), urllib.request.HTTPErrorProcessor(),
    ):  # fmt: skip
        opener.add_handler(handler)
    return opener


def _key(host: str) -> str:
    return bare(host.lower().rstrip("."))


def _within_deadline(url: str, get: Callable[[], Page]) -> Page:
    """Return what `get` returns, or raise UnavailableError when it takes too long; then it is left to its thread."""
    answers: queue.SimpleQueue[Page | Exception] = queue.SimpleQueue()

    def run() -> None:
        try:
            answers.put(get())
        except Exception as error:  # noqa: BLE001 - raised again below, in the thread that asked
            answers.put(error)

    Thread(target=run, daemon=True).start()
    try:
        answer = answers.get(timeout=_DEADLINE)
    except queue.Empty:
        raise UnavailableError(f"{url} cannot be fetched: no whole answer within {_DEADLINE:.0f} s") from None
    if isinstance(answer, Exception):
        raise answer
    return answer


def _when_again(page: Page) -> str:
    """Return what the server asks of those whom it turns away for now, '' where it asks nothing."""
    told = page.headers.get("retry-after", "").strip()[:40]
    if page.status not in {429, 503} or not told:
        return ""
    return f"The server asks to come back {f'in {told} s' if told.isdecimal() else f'after {told}'}."


def _get(url: str, agent: str, opener: urllib.request.OpenerDirector) -> Page:
    request = urllib.request.Request(url, headers={"User-Agent": agent, "Accept-Encoding": "identity"})
    try:
        with opener.open(request, timeout=_TIMEOUT) as response:
            return _page(response.url, response.status, response.headers.items(), _body(response))
    except urllib.error.HTTPError as error:
        with error:
            return _page(url, error.code, error.headers.items(), _body(error))
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise UnavailableError(f"{url} cannot be fetched: {_why(error)}") from None


def _body(response: http.client.HTTPResponse | urllib.error.HTTPError) -> bytes:
    """Read a body as far as it may go, and no longer than the deadline."""
    parts, size, until = [], 0, time.monotonic() + _DEADLINE
    while size <= _LARGEST and time.monotonic() < until and (part := response.read1(min(1 << 16, _LARGEST + 1 - size))):
        parts.append(part)
        size += len(part)
    return b"".join(parts)


def _why(error: Exception) -> str:
    """Say what a failed request failed of; of TLS, with what to do."""
    cause = getattr(error, "reason", None) or error
    if isinstance(cause, network.PrivateAddressError):
        return f"{cause}, which is only asked when you name it or its site's file says `private_network = true`"
    if isinstance(cause, ssl.SSLCertVerificationError):
        return certificates.SENTENCES[certificates.verification_problem(cause.verify_code)]
    if isinstance(cause, ssl.SSLError):
        return certificates.SENTENCES[certificates.problem_in_words(str(cause)) or "tls_broken"]
    return str(cause)


def _page(url: str, status: int, headers: list[tuple[str, str]], body: bytes) -> Page:
    if len(body) > _LARGEST:
        raise UnavailableError(f"{url} is larger than {_LARGEST // 1024**2} MiB")
    return Page(
        url=url, fetched_at=now(), status=status, headers={name.lower(): value for name, value in headers}, body=body
    )
